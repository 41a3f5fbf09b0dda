//! The constants of the specs, as a TLC configuration gives them, and what else it asks for.

use super::laws;
use mitregate::check::{Name, Strength};
use mitregate::tla::config::{Config, ConfigError, ConstantReader, Definitions, Ported};
use mitregate::tla::value::Value;

/// The TLA+ module that a configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Module {
    /// The spec that the code refines.
    MultiPaxos,
    /// The same with as many attempts as anybody wants.
    MultiPaxosUnbounded,
    /// The spec as first described, which forbids steps of correct code.
    MultiPaxosAsGiven,
}

/// Which behaviours a configuration is about: what its `SPECIFICATION` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Specification {
    /// `Spec`: nobody has to do anything.
    Spec,
    /// `FairSpec`: acceptors and learners do what they can.
    FairSpec,
    /// `LeaderSpec`: the same, and one proposer alone tries again, when it is beaten.
    LeaderSpec,
    /// `UnboundedSpec`: every proposer tries again when it is beaten, and attempts are renumbered.
    UnboundedSpec,
    /// `StronglyFairSpec`: the same, and what can be done again and again is done again and again.
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

    /// How strongly behaviours are fair to everybody, if they are.
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

/// The most values that the port handles: they are kept in the bits of a word.
const MOST_VALUES: usize = 62;

/// The most proposals of one round that the port handles: they are numbered in 16 bits.
const MOST_BALLOTS: usize = 60_000;

/// The most acceptors that the port handles: quorums are enumerated.
const MOST_ACCEPTORS: usize = 16;

/// The most acceptors, or values, that may be interchangeable: all their permutations are tried.
const MOST_SYMMETRIC: usize = 6;

/// The most rounds, and the most proposers: they are numbered in 8 bits.
const MOST_NUMBERED: usize = 250;

/// What a configuration says.
#[allow(clippy::struct_excessive_bools)] // each is a line that a configuration has or has not
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    /// The module that it is for.
    pub module: Module,
    /// Which behaviours it is about.
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
    /// Reads a configuration. `definition` looks up what a replacement (`Name <- Other`) stands for.
    ///
    /// # Errors
    ///
    /// Whatever the configuration asks for and the port lacks, and every `ASSUME` of the module that
    /// does not hold: with the line, and what to do about it.
    pub fn from_config(
        config: &Config,
        module: Module,
        definition: &Definitions<'_>,
    ) -> Result<Constants, ConfigError> {
        Reader { constants: ConstantReader::new(config, definition), config }.read(module)
    }

    /// Holds what the configuration asks for against what the models of the code have.
    ///
    /// # Errors
    ///
    /// If it asks for the symmetry of values, which clients tell apart.
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

    /// Holds the number of acceptors against what renaming them can cope with.
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

/// What the specs declare under `CONSTANTS`.
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
        Ok((acceptors, values))
    }

    /// The assumptions of `Proposals.tla` that the types do not already carry, and the port's bounds.
    fn check(&self, constants: &Constants) -> Result<(), ConfigError> {
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
