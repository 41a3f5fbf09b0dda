//! The constants of the spec, as a TLC configuration gives them, and what else it asks for.

use super::laws;
use mitregate::check::{Name, Strength};
use mitregate::tla::config::{Config, ConfigError, ConstantReader, Definitions, Named, Ported};
use mitregate::tla::value::Value;

/// The TLA+ module that a configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Module {
    /// The ring grows.
    LockFree,
    /// The ring also shrinks.
    Shrinking,
}

impl Module {
    /// Every module that has a port; the first is the default.
    pub const ALL: [Module; 2] = [Module::LockFree, Module::Shrinking];

    /// The module's name in TLA+.
    pub fn name(self) -> &'static str {
        match self {
            Module::LockFree => "LockFreeMPSCQueue",
            Module::Shrinking => "ShrinkingMPSCQueue",
        }
    }
}

/// What the spec declares under `CONSTANTS`.
pub const CONSTANT_NAMES: [&str; 5] =
    ["MaxProducers", "MaxMessages", "InitialCapacity", "MaxCapacity", "GrowthFactor"];

/// The definition that a configuration may override with model values.
pub const PRODUCERS: &str = "Producers";

/// The most producers: each has three bits in a message.
pub const MOST_PRODUCERS: usize = 8;

/// The most messages: a state keeps sixteen, one more than a run without a fault has.
const MOST_MESSAGES: i64 = 15;

/// The most slots; more than there can be messages anyway.
const MOST_CAPACITY: i64 = 64;

/// The most producers that may be interchangeable: all their permutations are tried.
const MOST_SYMMETRIC: usize = 6;

/// To whom behaviours are fair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FairTo {
    /// Whether there is `WF_vars(ConsumerResizeComplete)`.
    pub resize: bool,
    /// Whether there is `WF_vars(ConsumerDequeue)`.
    pub dequeue: bool,
    /// How strong the condition on `ProducerEnqueue(p)` is, the same for each producer.
    pub enqueue: Option<Strength>,
}

/// The formulas of behaviours that the spec defines, each with its fairness; the first is without any.
pub const SPECIFICATIONS: [(&str, FairTo); 7] = [
    ("Spec", FairTo { resize: false, dequeue: false, enqueue: None }),
    ("ResizeFairSpec", FairTo { resize: true, dequeue: false, enqueue: None }),
    ("DequeueFairSpec", FairTo { resize: false, dequeue: true, enqueue: None }),
    ("EnqueueFairSpec", FairTo { resize: false, dequeue: false, enqueue: Some(Strength::Strong) }),
    ("ConsumerFairSpec", FairTo { resize: true, dequeue: true, enqueue: None }),
    ("ProducerFairSpec", FairTo { resize: true, dequeue: false, enqueue: Some(Strength::Weak) }),
    ("FairSpec", FairTo { resize: true, dequeue: true, enqueue: Some(Strength::Weak) }),
];

/// The same of the spec whose ring also shrinks.
pub const SHRINKING_SPECIFICATIONS: [(&str, FairTo); 2] = [
    ("ShrinkingSpec", FairTo { resize: false, dequeue: false, enqueue: None }),
    ("ShrinkingFairSpec", FairTo { resize: true, dequeue: true, enqueue: None }),
];

/// What a configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    /// The module that it is for.
    pub module: Module,
    /// `MaxMessages`.
    pub max_messages: u8,
    /// `InitialCapacity`, in slots.
    pub initial_capacity: u8,
    /// `MaxCapacity`, in slots.
    pub max_capacity: u8,
    /// `GrowthFactor`.
    pub growth_factor: u8,
    /// `Producers`, in the order of TLA+ values; there are `MaxProducers` of them.
    pub producers: Vec<Value>,
    /// To whom behaviours are fair.
    pub fair_to: FairTo,
    /// Whether producers are interchangeable.
    pub producer_symmetry: bool,
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

    /// `MaxProducers`.
    pub fn max_producers(&self) -> usize {
        self.producers.len()
    }

    /// The producers' numbers, from 0.
    pub fn producer_numbers(&self) -> impl Iterator<Item = u8> + use<> {
        let count = self.producers.len();
        (0_u8..).take(count)
    }

    /// `CapacityOf(g)`: the slots of the ring of a generation.
    pub fn capacity_of(&self, generation: u8) -> u8 {
        (0..generation).fold(self.initial_capacity, |capacity, _| self.grown(capacity))
    }

    /// `Min(capacity * GrowthFactor, MaxCapacity)`: the slots of the ring after one with `capacity`.
    pub fn grown(&self, capacity: u8) -> u8 {
        capacity.saturating_mul(self.growth_factor).min(self.max_capacity)
    }

    /// `Smaller(c)`: the slots of the ring before one with `capacity`, which is not the first.
    pub fn smaller(&self, capacity: u8) -> u8 {
        let below = self.rings().take_while(|ring| *ring < capacity);
        below.last().unwrap_or(capacity)
    }

    /// `Rings`, from the smallest to the largest.
    fn rings(&self) -> impl Iterator<Item = u8> {
        let larger = |ring: &u8| (*ring < self.max_capacity).then(|| self.grown(*ring));
        std::iter::successors(Some(self.initial_capacity), larger)
    }

    /// `Rings`: whether a ring has so many slots.
    pub fn is_ring(&self, capacity: u8) -> bool {
        self.rings().any(|ring| ring == capacity)
    }

    /// Whether a ring is ever replaced by a smaller one.
    pub fn can_shrink(&self) -> bool {
        self.module == Module::Shrinking && self.can_grow()
    }

    /// Whether a ring is ever replaced by a larger one.
    pub fn can_grow(&self) -> bool {
        self.initial_capacity < self.max_capacity
    }

    /// The constants by name, as TLA+ values.
    pub fn named(&self) -> Vec<(Name, String)> {
        let mut named = vec![
            ("MaxProducers".into(), self.max_producers().to_string()),
            ("MaxMessages".into(), self.max_messages.to_string()),
            ("InitialCapacity".into(), self.initial_capacity.to_string()),
            ("MaxCapacity".into(), self.max_capacity.to_string()),
            ("GrowthFactor".into(), self.growth_factor.to_string()),
        ];
        if self.producers.iter().any(|producer| producer.as_int().is_none()) {
            named.push((PRODUCERS.into(), Value::set(self.producers.iter().cloned()).to_string()));
        }
        named
    }
}

struct Reader<'a> {
    constants: ConstantReader<'a>,
    config: &'a Config,
}

impl Reader<'_> {
    fn read(&self, module: Module) -> Result<Constants, ConfigError> {
        let config = self.config;
        let constants: Vec<_> = CONSTANT_NAMES.into_iter().chain([PRODUCERS]).collect();
        let mut invariants = laws::INVARIANTS.to_vec();
        let mut properties: Vec<_> =
            laws::STEP_PROPERTIES.into_iter().chain(laws::TEMPORAL_PROPERTIES).collect();
        let mut specifications = SPECIFICATIONS.to_vec();
        if module == Module::Shrinking {
            invariants.extend(laws::SHRINKING_INVARIANTS);
            properties.extend(laws::SHRINKING_STEP_PROPERTIES);
            specifications = SHRINKING_SPECIFICATIONS.to_vec();
        }
        config.check_ported(&Ported {
            module: module.name(),
            specifications: &specifications.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            constants: &constants,
            invariants: &invariants,
            properties: &properties,
            constraints: &[],
            symmetries: &["ProducerSymmetry"],
        })?;
        let fair_to = |named: &Named| {
            specifications.iter().find(|(name, _)| *name == named.name).map(|(_, fair_to)| *fair_to)
        };
        let initial_capacity = self.capacity("InitialCapacity", 1)?;
        let constants = Constants {
            module,
            max_messages: self.constants.number("MaxMessages", 1..=MOST_MESSAGES)?,
            initial_capacity,
            max_capacity: self.capacity("MaxCapacity", i64::from(initial_capacity))?,
            // A larger factor reaches the largest ring in one step as well.
            growth_factor: self.constants.number("GrowthFactor", 2..=MOST_CAPACITY)?,
            producers: self.producers()?,
            fair_to: config.specification.as_ref().and_then(fair_to).unwrap_or_default(),
            producer_symmetry: !config.symmetry.is_empty(),
        };
        self.check_symmetry(&constants)?;
        Ok(constants)
    }

    fn capacity(&self, name: &str, least: i64) -> Result<u8, ConfigError> {
        let capacity: u8 = self.constants.number(name, least..=MOST_CAPACITY)?;
        if capacity.is_power_of_two() {
            return Ok(capacity);
        }
        Err(self.constants.error(
            name,
            format!("{name} is {capacity}, which is no power of two"),
            format!(
                "write {} or {}",
                capacity.next_power_of_two() / 2,
                capacity.next_power_of_two()
            ),
        ))
    }

    /// `Producers`: `1 .. MaxProducers`, or what the configuration has in its place.
    fn producers(&self) -> Result<Vec<Value>, ConfigError> {
        let most = i64::try_from(MOST_PRODUCERS).unwrap_or(i64::MAX);
        let count: u8 = self.constants.number("MaxProducers", 1..=most)?;
        if self.config.constant(PRODUCERS).is_none() {
            return Ok((1..=i64::from(count)).map(Value::Int).collect());
        }
        let value = self.constants.value(PRODUCERS)?;
        match value.as_set() {
            Some(set) if set.len() == usize::from(count) => Ok(set.iter().cloned().collect()),
            _ => Err(self.constants.error(
                PRODUCERS,
                format!("{PRODUCERS} is {value}, and MaxProducers is {count}"),
                "write a set of that many model values, such as {p1, p2}, or remove the line",
            )),
        }
    }

    fn check_symmetry(&self, constants: &Constants) -> Result<(), ConfigError> {
        let Some(named) = self.config.symmetry.first() else { return Ok(()) };
        if constants.max_producers() > MOST_SYMMETRIC {
            return Err(self.config.error(
                named.line,
                format!("{} producers have too many permutations", constants.max_producers()),
                format!("take at most {MOST_SYMMETRIC}, or leave out SYMMETRY"),
            ));
        }
        match constants.producers.iter().find(|producer| producer.as_model().is_none()) {
            None => Ok(()),
            Some(producer) => Err(self.config.error(
                named.line,
                format!("{} is over {PRODUCERS}, and {producer} is no model value", named.name),
                format!("add a line `{PRODUCERS} = {{p1, p2}}` with identifiers under CONSTANTS"),
            )),
        }
    }
}
