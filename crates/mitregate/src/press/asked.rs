//! What is asked of a model, as a chain of calls collects it.

use crate::check::{Fairness, Law, Model, Temporal};

/// Laws, temporal properties, and the fairness under which these are to hold.
pub(super) struct Asked<M: Model> {
    pub(super) laws: Vec<Law<M>>,
    pub(super) temporal: Vec<Temporal<M>>,
    pub(super) fairness: Vec<Fairness<M>>,
}

impl<M: Model> Default for Asked<M> {
    fn default() -> Self {
        Asked { laws: Vec::new(), temporal: Vec::new(), fairness: Vec::new() }
    }
}

impl<M: Model> Clone for Asked<M> {
    fn clone(&self) -> Self {
        let Asked { laws, temporal, fairness } = self;
        Asked { laws: laws.clone(), temporal: temporal.clone(), fairness: fairness.clone() }
    }
}
