//! The constants and options of a TLC configuration.

use super::laws;
use mitregate::check::{Name, Strength};
use mitregate::record;
use mitregate::tla::config::{Config, ConfigError, ConstantReader, Definitions, Ported};
use mitregate::tla::value::Value;

/// The TLA+ module that a configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Module {
    /// The spec that the code refines.
    MultiPaxos,
    /// The same without a bound on attempts.
    MultiPaxosUnbounded,
    /// The spec as first described, which forbids steps of correct code.
    MultiPaxosAsGiven,
}

/// The formula that a configuration names under `SPECIFICATION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Specification {
    /// `Spec`: no fairness.
    Spec,
    /// `FairSpec`: weak fairness of acceptors and learners.
    FairSpec,
    /// `LeaderSpec`: the same, and only the leader tries again, when it is beaten.
    LeaderSpec,
    /// `UnboundedSpec`: every proposer tries again when it is beaten, and attempts are renumbered.
    UnboundedSpec,
    /// `StronglyFairSpec`: the same with strong fairness.
    StronglyFairSpec,
}

impl Specification {
    /// All of them, each with its module.
    pub const ALL: [(Module, Specification); 6] = [
        (Module::MultiPaxos, Specification::Spec),
        (Module::MultiPaxos, Specification::FairSpec),
        (Module::MultiPaxos, Specification::LeaderSpec),
        (Module::MultiPaxosUnbounded, Specification::UnboundedSpec),
        (Module::MultiPaxosUnbounded, Specification::StronglyFairSpec),
        (Module::MultiPaxosAsGiven, Specification::Spec),
    ];

    /// The name in TLA+.
    pub fn name(self) -> &'static str {
        match self {
            Specification::Spec => "Spec",
            Specification::FairSpec => "FairSpec",
            Specification::LeaderSpec => "LeaderSpec",
            Specification::UnboundedSpec => "UnboundedSpec",
            Specification::StronglyFairSpec => "StronglyFairSpec",
        }
    }

    /// The strength of its fairness, if it has any.
    pub fn fairness(self) -> Option<Strength> {
        match self {
            Specification::Spec | Specification::UnboundedSpec => None,
            Specification::FairSpec | Specification::LeaderSpec => Some(Strength::Weak),
            Specification::StronglyFairSpec => Some(Strength::Strong),
        }
    }
}

impl Module {
    /// Every module that has a port; the first is the default.
    pub const ALL: [Module; 3] =
        [Module::MultiPaxos, Module::MultiPaxosUnbounded, Module::MultiPaxosAsGiven];

    /// The module's name in TLA+.
    pub fn name(self) -> &'static str {
        match self {
            Module::MultiPaxos => "MultiPaxos",
            Module::MultiPaxosUnbounded => "MultiPaxosUnbounded",
            Module::MultiPaxosAsGiven => "MultiPaxosAsGiven",
        }
    }

    /// Whether it has a history of votes.
    pub fn has_votes(self) -> bool {
        self != Module::MultiPaxosAsGiven
    }
}

/// The most values that the port handles: they are kept in the bits of a word, below that of `BLANK`.
const MOST_VALUES: usize = 62;

/// The most proposals of one round that the port handles: they are numbered in 16 bits.
const MOST_BALLOTS: usize = 60_000;

/// The most acceptors that the port handles: sets of them have 16 bits.
const MOST_ACCEPTORS: usize = 16;

/// The most acceptors, or values, that may be interchangeable: all their permutations are tried.
const MOST_SYMMETRIC: usize = 6;

/// The most rounds, and the most proposers: they are numbered in 8 bits.
const MOST_NUMBERED: usize = 250;

/// The constants and options of a configuration.
#[allow(clippy::struct_excessive_bools)] // each is a line that a configuration has or has not
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    /// The module that it is for.
    pub module: Module,
    /// Its specification.
    pub specification: Specification,
    /// `Proposers`, in order.
    pub proposers: Vec<i64>,
    /// `Acceptors`, in the order of TLA+ values.
    pub acceptors: Vec<Value>,
    /// `Rounds`, in order.
    pub rounds: Vec<i64>,
    /// The number of `Attempts`, which are 0 to one less.
    pub attempts: u16,
    /// `Values`, in the order of TLA+ values.
    pub values: Vec<Value>,
    /// `NONE`.
    pub none: Value,
    /// Whether `Undecided` is a constraint.
    pub undecided: bool,
    /// Whether acceptors are interchangeable.
    pub acceptor_symmetry: bool,
    /// Whether values are interchangeable.
    pub value_symmetry: bool,
}

impl Constants {
    /// Reads a configuration. `definition` looks up the replacement in `Name <- Other`.
    ///
    /// # Errors
    ///
    /// If the configuration needs something that the port lacks, or an `ASSUME` of the module does
    /// not hold. The error has the line and a remedy.
    pub fn from_config(
        config: &Config,
        module: Module,
        definition: &Definitions<'_>,
    ) -> Result<Constants, ConfigError> {
        Reader { constants: ConstantReader::new(config, definition), config }.read(module)
    }

    /// Checks that the system of real code supports the configuration.
    ///
    /// # Errors
    ///
    /// If it has symmetry of values, which clients distinguish.
    pub fn check_for_code(&self, config: &Config) -> Result<(), ConfigError> {
        if let (true, Some(named)) = (self.value_symmetry, config.symmetry.first()) {
            return Err(config.error(
                named.line,
                format!("{} is not for the code, whose clients tell values apart", named.name),
                "use AcceptorSymmetry, or check the layer spec",
            ));
        }
        Ok(())
    }

    /// Checks that there are few enough acceptors to rename.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub fn check_symmetry(&self, config: &Config) -> Result<(), ConfigError> {
        if self.acceptors.len() <= MOST_SYMMETRIC {
            return Ok(());
        }
        Err(ConstantReader::new(config, &|_| Ok(None)).error(
            "Acceptors",
            format!("{} acceptors have too many permutations", self.acceptors.len()),
            format!(
                "take at most {MOST_SYMMETRIC}, or a scenario and configuration without symmetry"
            ),
        ))
    }

    /// Checks constants that no configuration gives against what the port handles.
    ///
    /// # Errors
    ///
    /// What there is too much of.
    pub fn check_bounds(&self) -> Result<(), String> {
        let bounds = [
            (self.proposers.len(), MOST_NUMBERED, "proposers"),
            (self.acceptors.len(), MOST_ACCEPTORS, "acceptors"),
            (self.rounds.len(), MOST_NUMBERED, "rounds"),
            (self.values.len(), MOST_VALUES, "values"),
            (self.proposers.len() * usize::from(self.attempts), MOST_BALLOTS, "proposals"),
        ];
        let broken = bounds.into_iter().find(|&(count, most, _)| count > most);
        broken.map_or(Ok(()), |(count, most, what)| {
            Err(format!("{count} {what}; at most {most} are possible"))
        })
    }

    /// The number of quorum members: a strict majority.
    pub fn majority(&self) -> usize {
        self.acceptors.len() / 2 + 1
    }

    /// The constants by name, as TLA+ values.
    pub fn named(&self) -> Vec<(Name, String)> {
        let numbers = |numbers: &[i64]| Value::set(numbers.iter().copied().map(Value::Int));
        let attempts = Value::set((0..i64::from(self.attempts)).map(Value::Int));
        vec![
            ("Proposers".into(), numbers(&self.proposers).to_string()),
            ("Acceptors".into(), Value::set(self.acceptors.iter().cloned()).to_string()),
            ("Rounds".into(), numbers(&self.rounds).to_string()),
            ("Attempts".into(), attempts.to_string()),
            ("Values".into(), Value::set(self.values.iter().cloned()).to_string()),
            ("NONE".into(), self.none.to_string()),
        ]
    }

    /// How many proposals a round has.
    pub fn ballots(&self) -> u16 {
        narrow(self.proposers.len()) * self.attempts
    }
}

/// The names under `CONSTANTS` in the specs.
pub const CONSTANT_NAMES: [&str; 6] =
    ["Proposers", "Acceptors", "Rounds", "Attempts", "Values", "NONE"];

struct Reader<'a> {
    constants: ConstantReader<'a>,
    config: &'a Config,
}

impl Reader<'_> {
    fn read(&self, module: Module) -> Result<Constants, ConfigError> {
        let of_module = Specification::ALL.into_iter().filter(|(its, _)| *its == module);
        let specifications: Vec<_> = of_module.map(|(_, behaviours)| behaviours).collect();
        let names: Vec<_> = specifications.iter().map(|behaviours| behaviours.name()).collect();
        let mut properties = laws::STEP_PROPERTIES.to_vec();
        let mut invariants = laws::INVARIANTS.to_vec();
        if module.has_votes() {
            properties.extend(laws::TEMPORAL_PROPERTIES);
            invariants.extend(laws::INVARIANTS_WITH_LEADER);
        }
        self.config.check_ported(&Ported {
            module: module.name(),
            specifications: &names,
            constants: &CONSTANT_NAMES,
            invariants: &invariants,
            properties: &properties,
            constraints: &["Undecided"],
            symmetries: &["AcceptorSymmetry", "ValueSymmetry", "FullSymmetry"],
        })?;
        let (acceptor_symmetry, value_symmetry) = self.symmetry()?;
        let asked = self.config.specification.as_ref().map(|asked| asked.name.as_str());
        let is_asked = |behaviours: &Specification| asked == Some(behaviours.name());
        let constants = Constants {
            module,
            specification: specifications.into_iter().find(is_asked).unwrap_or(Specification::Spec),
            proposers: self.constants.naturals("Proposers", MOST_NUMBERED)?,
            acceptors: self.constants.set("Acceptors", MOST_ACCEPTORS)?,
            rounds: self.constants.naturals("Rounds", MOST_NUMBERED)?,
            attempts: self.attempts()?,
            values: self.constants.set("Values", MOST_VALUES)?,
            none: self.constants.value("NONE")?,
            undecided: !self.config.constraints.is_empty(),
            acceptor_symmetry,
            value_symmetry,
        };
        self.check(&constants)?;
        Ok(constants)
    }

    fn attempts(&self) -> Result<u16, ConfigError> {
        let attempts = self.constants.naturals("Attempts", MOST_BALLOTS)?;
        if attempts.iter().zip(0..).any(|(&attempt, expected)| attempt != expected) {
            return Err(self.constants.error(
                "Attempts",
                "Attempts has a gap, or does not begin at 0",
                "write {0, 1, ...} without gaps",
            ));
        }
        Ok(narrow(attempts.len()))
    }

    /// Whether acceptors and whether values are symmetric.
    fn symmetry(&self) -> Result<(bool, bool), ConfigError> {
        let Some(named) = self.config.symmetry.first() else { return Ok((false, false)) };
        if let Some(second) = self.config.symmetry.get(1) {
            return Err(self.config.error(
                second.line,
                "there are two symmetries",
                "name one; FullSymmetry is that of acceptors and values",
            ));
        }
        let (acceptors, values) = match named.name.as_str() {
            "AcceptorSymmetry" => (true, false),
            "ValueSymmetry" => (false, true),
            _ => (true, true),
        };
        for (wanted, name) in [(acceptors, "Acceptors"), (values, "Values")] {
            let size = self.constants.set(name, MOST_VALUES)?.len();
            if wanted && size > MOST_SYMMETRIC {
                return Err(self.config.error(
                    named.line,
                    format!("{name} has {size} elements, which have too many permutations"),
                    format!("take at most {MOST_SYMMETRIC}, or leave out SYMMETRY"),
                ));
            }
            if wanted
                && let Some(value) = self
                    .constants
                    .set(name, MOST_VALUES)?
                    .iter()
                    .find(|value| !matches!(value, Value::Model(_)))
            {
                return Err(self.config.error(
                    named.line,
                    format!("{} is over {name}, and {value} is no model value", named.name),
                    format!("write {name} with identifiers, such as {{a, b}}"),
                ));
            }
        }
        // A permutation moves a model value wherever it stands.
        let shared = self.constants.set("Acceptors", MOST_ACCEPTORS)?;
        let others = self.constants.set("Values", MOST_VALUES)?;
        if let Some(value) = shared.iter().find(|value| others.contains(value)) {
            return Err(self.config.error(
                named.line,
                format!(
                    "Acceptors and Values share {value}, which {} would move in both",
                    named.name
                ),
                "give the sets elements of their own, or leave out SYMMETRY",
            ));
        }
        Ok((acceptors, values))
    }

    /// The assumptions of `Proposals.tla` that the types do not already carry, and the port's bounds.
    fn check(&self, constants: &Constants) -> Result<(), ConfigError> {
        let record = record! { node: 1 };
        if !matches!(constants.none, Value::Model(_)) || !constants.none.is_comparable(&record) {
            return Err(self.constants.error(
                "NONE",
                format!("NONE is {}, which TLC cannot compare with proposals", constants.none),
                "make NONE a model value of its own: `NONE = NONE`",
            ));
        }
        if constants.values.contains(&constants.none) {
            return Err(self.constants.error(
                "NONE",
                format!("NONE is {}, which is one of Values", constants.none),
                "make NONE a model value of its own: `NONE = NONE`",
            ));
        }
        if constants.proposers.len() * usize::from(constants.attempts) > MOST_BALLOTS {
            return Err(self.constants.error(
                "Attempts",
                "there are too many proposals in a round",
                format!("the port handles at most {MOST_BALLOTS} of them"),
            ));
        }
        Ok(())
    }
}

/// Narrows a count that [`Reader`] has bounded.
#[allow(clippy::cast_possible_truncation)]
fn narrow(count: usize) -> u16 {
    count as u16
}
