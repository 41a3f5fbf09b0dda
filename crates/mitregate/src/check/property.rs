//! What can be asked of a model: laws, temporal properties, and the fairness under which these hold.

use std::panic::Location;
use std::sync::Arc;

pub use super::liveness::Strength;
use super::model::{Model, Name};

/// A predicate on states of a model.
pub type OnState<M> = Arc<dyn Fn(&M, &<M as Model>::State) -> bool + Send + Sync>;

/// A predicate on both ends of a step of a model.
pub type OnStep<M> =
    Arc<dyn Fn(&M, &<M as Model>::State, &<M as Model>::State) -> bool + Send + Sync>;

/// A set of actions that may know an argument, such as the process that takes them.
pub type Actions<M> =
    Arc<dyn Fn(&M, &<M as Model>::State, &<M as Model>::Action) -> bool + Send + Sync>;

/// A named invariant or step property.
pub struct Law<M: Model> {
    /// The name that the spec gives it.
    pub name: Name,
    /// What it claims, and its witness.
    pub claim: Claim<M>,
    /// Where in the source it is stated.
    pub stated_at: &'static Location<'static>,
    /// Whether states with one key have one answer; see [`Law::by_key`].
    pub(super) is_by_key: bool,
}

/// What a [`Law`] claims, with its witness: a predicate that holds somewhere if the law is not vacuous.
pub enum Claim<M: Model> {
    /// `[]P`: the predicate holds in every reachable state.
    Invariant {
        /// `P`.
        holds: OnState<M>,
        /// A state in which the invariant is not trivially true.
        witness: OnState<M>,
    },
    /// `[][A]_v`: every step that changes something satisfies the predicate.
    Step {
        /// `A`.
        holds: OnStep<M>,
        /// A step on which the property is not trivially true.
        witness: OnStep<M>,
    },
}

impl<M: Model> Law<M> {
    /// An invariant and its witness.
    #[track_caller]
    pub fn invariant(
        name: impl Into<Name>,
        holds: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static,
        witness: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let claim = Claim::Invariant { holds: Arc::new(holds), witness: Arc::new(witness) };
        Law { name: name.into(), claim, stated_at: Location::caller(), is_by_key: false }
    }

    /// A step property and its witness.
    #[track_caller]
    pub fn step(
        name: impl Into<Name>,
        holds: impl Fn(&M, &M::State, &M::State) -> bool + Send + Sync + 'static,
        witness: impl Fn(&M, &M::State, &M::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let claim = Claim::Step { holds: Arc::new(holds), witness: Arc::new(witness) };
        Law { name: name.into(), claim, stated_at: Location::caller(), is_by_key: false }
    }

    /// The same law, of which the model says that it and its witness depend on nothing but the
    /// [key](super::Checkable::key) of a state; on those of both states, for a step.
    pub fn by_key(self) -> Self {
        Law { is_by_key: true, ..self }
    }

    /// Whether it is an invariant that does not hold in a state.
    pub fn violated_in(&self, model: &M, state: &M::State) -> bool {
        matches!(&self.claim, Claim::Invariant { holds, .. } if !holds(model, state))
    }

    /// Whether it is a step property that does not hold on a step. A step that changes nothing
    /// satisfies every `[][A]_v`.
    pub fn violated_on(&self, model: &M, state: &M::State, next: &M::State) -> bool {
        matches!(&self.claim, Claim::Step { holds, .. }
            if !holds(model, state, next) && state != next)
    }

    /// Whether it is violated by a step: on it, or in the state that it leads to.
    pub fn violated_by(&self, model: &M, state: &M::State, next: &M::State) -> bool {
        self.violated_on(model, state, next) || self.violated_in(model, next)
    }

    /// Whether it is an invariant whose witness holds in a state.
    pub fn witnessed_in(&self, model: &M, state: &M::State) -> bool {
        matches!(&self.claim, Claim::Invariant { witness, .. } if witness(model, state))
    }

    /// Whether it is a step property whose witness holds on a step.
    pub fn witnessed_on(&self, model: &M, state: &M::State, next: &M::State) -> bool {
        matches!(&self.claim, Claim::Step { witness, .. }
            if witness(model, state, next) && state != next)
    }
}

impl<M: Model> Clone for Law<M> {
    fn clone(&self) -> Self {
        Law { name: self.name.clone(), claim: self.claim.clone(), ..*self }
    }
}

impl<M: Model> Clone for Claim<M> {
    fn clone(&self) -> Self {
        match self {
            Claim::Invariant { holds, witness } => {
                Claim::Invariant { holds: holds.clone(), witness: witness.clone() }
            }
            Claim::Step { holds, witness } => {
                Claim::Step { holds: holds.clone(), witness: witness.clone() }
            }
        }
    }
}

/// A named temporal property: a conjunction of formulas, such as one for each ship.
pub struct Temporal<M: Model> {
    /// The name that the spec gives it.
    pub name: Name,
    /// The conjuncts.
    pub formulas: Vec<Formula<M>>,
}

/// A temporal formula.
pub enum Formula<M: Model> {
    /// `<>P`: at some time.
    Eventually(OnState<M>),
    /// `[]<>P`: again and again.
    AlwaysEventually(OnState<M>),
    /// `<>[]P`: from some time on.
    EventuallyAlways(OnState<M>),
    /// `P ~> Q`: whenever `P`, then `Q` at that time or later.
    LeadsTo(OnState<M>, OnState<M>),
}

impl<M: Model> Clone for Temporal<M> {
    fn clone(&self) -> Self {
        Temporal { name: self.name.clone(), formulas: self.formulas.clone() }
    }
}

impl<M: Model> Clone for Formula<M> {
    fn clone(&self) -> Self {
        self.map(Arc::clone)
    }
}

impl<M: Model> Formula<M> {
    /// `<>P`.
    pub fn eventually(p: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static) -> Self {
        Formula::Eventually(Arc::new(p))
    }

    /// `[]<>P`.
    pub fn always_eventually(p: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static) -> Self {
        Formula::AlwaysEventually(Arc::new(p))
    }

    /// `<>[]P`.
    pub fn eventually_always(p: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static) -> Self {
        Formula::EventuallyAlways(Arc::new(p))
    }

    /// `P ~> Q`.
    pub fn leads_to(
        p: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static,
        q: impl Fn(&M, &M::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        Formula::LeadsTo(Arc::new(p), Arc::new(q))
    }

    /// The same formula with each of its predicates replaced.
    pub fn map<N: Model>(&self, replace: impl Fn(&OnState<M>) -> OnState<N>) -> Formula<N> {
        match self {
            Formula::Eventually(p) => Formula::Eventually(replace(p)),
            Formula::AlwaysEventually(p) => Formula::AlwaysEventually(replace(p)),
            Formula::EventuallyAlways(p) => Formula::EventuallyAlways(replace(p)),
            Formula::LeadsTo(p, q) => Formula::LeadsTo(replace(p), replace(q)),
        }
    }
}

/// A fairness condition, `WF_v(A)` or `SF_v(A)`: temporal properties are checked of the behaviours
/// that satisfy all of them.
pub struct Fairness<M: Model> {
    /// The name of `A`: an action, or a process.
    pub name: Name,
    /// Weak or strong.
    pub strength: Strength,
    /// `A`, as a set of actions; a step of `A` that changes nothing does not count.
    pub actions: Actions<M>,
}

impl<M: Model> Clone for Fairness<M> {
    fn clone(&self) -> Self {
        let Fairness { name, strength, actions } = self;
        Fairness { name: name.clone(), strength: *strength, actions: actions.clone() }
    }
}

impl<M: Model> Fairness<M> {
    /// `WF_v(A)` or `SF_v(A)`.
    pub fn new(
        name: impl Into<Name>,
        strength: Strength,
        actions: impl Fn(&M, &M::State, &M::Action) -> bool + Send + Sync + 'static,
    ) -> Self {
        Fairness { name: name.into(), strength, actions: Arc::new(actions) }
    }
}
