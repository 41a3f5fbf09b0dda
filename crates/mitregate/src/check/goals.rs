//! What is asked of a model: which of its properties, and whether deadlock counts.

use thiserror::Error;

use super::Checkable;
use super::model::Name;
use super::property::{Law, Temporal};
use super::temporal;

/// The name under which the absence of deadlock is reported.
pub const DEADLOCK: &str = "Deadlock";

/// What is asked of a model. Models state all of their properties; the caller of the checker chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goals {
    /// The names of the laws and temporal properties to check; `None` for all that the model states.
    pub properties: Option<Vec<Name>>,
    /// Whether a state without successors is a violation.
    pub deadlock: bool,
}

impl Goals {
    /// All laws and temporal properties that the model states; deadlock is no violation.
    pub fn all() -> Goals {
        Goals::default()
    }

    /// The properties of these names.
    pub fn named<N: Into<Name>>(names: impl IntoIterator<Item = N>) -> Goals {
        Goals { properties: Some(names.into_iter().map(Into::into).collect()), deadlock: false }
    }

    /// The same, and a state without successors is a violation.
    pub fn and_deadlock(self) -> Goals {
        Goals { deadlock: true, ..self }
    }

    fn asks_for(&self, name: &str) -> bool {
        self.properties.as_ref().is_none_or(|names| names.iter().any(|asked| asked == name))
    }

    /// The model's laws that are asked for, in the model's order.
    pub fn laws<M: Checkable>(&self, model: &M) -> Vec<Law<M>> {
        model.laws().into_iter().filter(|law| self.asks_for(&law.name)).collect()
    }

    /// The model's temporal properties that are asked for, in the model's order.
    pub fn temporal<M: Checkable>(&self, model: &M) -> Vec<Temporal<M>> {
        model.temporal().into_iter().filter(|property| self.asks_for(&property.name)).collect()
    }

    /// The names of all that is asked for, in the order of reports.
    pub fn names<M: Checkable>(&self, model: &M) -> Vec<Name> {
        let laws = self.laws(model).into_iter().map(|law| law.name);
        let temporal = self.temporal(model).into_iter().map(|property| property.name);
        laws.chain(self.deadlock.then_some(DEADLOCK.into())).chain(temporal).collect()
    }

    /// Whether all of it can be decided for a model.
    ///
    /// # Errors
    ///
    /// The first thing that cannot: a property that the model does not state, more predicates or
    /// fairness conditions than there are bits for, or a temporal property up to symmetry.
    pub fn check_decidable<M: Checkable>(&self, model: &M) -> Result<(), Undecidable> {
        let stated = || {
            let laws = model.laws().into_iter().map(|law| law.name);
            laws.chain(model.temporal().into_iter().map(|property| property.name))
        };
        for name in self.properties.iter().flatten() {
            if !stated().any(|stated| stated == *name) {
                return Err(Undecidable::Unknown {
                    name: name.to_string(),
                    stated: stated().collect::<Vec<_>>().join(", "),
                });
            }
        }
        let temporal = self.temporal(model);
        if temporal.is_empty() {
            return Ok(());
        }
        let limit = temporal::LIMIT;
        let count = temporal::predicates(&temporal);
        if count > limit {
            return Err(Undecidable::TooManyPredicates { count, limit });
        }
        let count = model.fairness().len();
        if count > limit {
            return Err(Undecidable::TooManyFairnessConditions { count, limit });
        }
        if model.has_symmetry() {
            return Err(Undecidable::LivenessUpToSymmetry);
        }
        Ok(())
    }
}

/// Why something that is asked for cannot be decided, with the mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Undecidable {
    /// The model states no such property.
    #[error("the model states no property {name}; it has {stated}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names of all properties that the model states.
        stated: String,
    },
    /// The predicates of temporal properties are kept in the bits of a word.
    #[error(
        "the model has {count} predicates in its temporal properties, and {limit} is the most; ask for \
         fewer, or make constants smaller"
    )]
    TooManyPredicates {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// So are fairness conditions.
    #[error(
        "the model has {count} fairness conditions, and {limit} is the most; ask for fewer, or make \
         constants smaller"
    )]
    TooManyFairnessConditions {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A cycle of representatives need not be a cycle of states.
    #[error(
        "temporal properties cannot be judged up to symmetry; take SYMMETRY out, or the properties"
    )]
    LivenessUpToSymmetry,
    /// The order of steps matters to it.
    #[error(
        "the temporal property {name} cannot be judged where steps are left out; leave out --partial-order reduce, or the \
         property"
    )]
    LivenessOfReduced {
        /// Its name.
        name: String,
    },
    /// The model keeps what it has seen of an exploration.
    #[cfg(feature = "distributed")]
    #[error(
        "this model keeps what it has seen of an exploration, of which each of several processes sees a part; leave out \
         --processes, --hostfile and --workers"
    )]
    KeepsToItself,
    /// Several processes take no steps alone.
    #[cfg(feature = "distributed")]
    #[error(
        "several processes do not leave steps out; leave out --partial-order reduce, or the other processes"
    )]
    ReducedTogether,
}
