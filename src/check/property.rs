//! What a model is checked for: laws, temporal properties, and the fairness under which these hold.

use std::sync::Arc;

use stateright::Model;

use super::Checkable;
pub use super::liveness::Strength;

/// A predicate on states of a model.
pub type OnState<M> = fn(&M, &<M as Model>::State) -> bool;

/// A predicate on both ends of a step of a model.
pub type OnStep<M> = fn(&M, &<M as Model>::State, &<M as Model>::State) -> bool;

/// A named property, with a witness: a predicate that holds somewhere if the law says anything at
/// all. A law whose witness is never reached is vacuous.
pub struct Law<M: Model> {
    /// The name that the spec gives it.
    pub name: &'static str,
    /// What it claims, and its witness.
    pub claim: Claim<M>,
}

/// What a [`Law`] claims.
pub enum Claim<M: Model> {
    /// `[]P`: the predicate holds in every reachable state.
    Invariant {
        /// `P`.
        holds: OnState<M>,
        /// A state in which the invariant says something.
        witness: OnState<M>,
    },
    /// `[][A]_v`: every step that changes something satisfies the predicate.
    Step {
        /// `A`.
        holds: OnStep<M>,
        /// A step about which the property says something.
        witness: OnStep<M>,
    },
}

impl<M: Model> Law<M> {
    /// An invariant and its witness.
    pub fn invariant(name: &'static str, holds: OnState<M>, witness: OnState<M>) -> Self {
        Law { name, claim: Claim::Invariant { holds, witness } }
    }

    /// A step property and its witness.
    pub fn step(name: &'static str, holds: OnStep<M>, witness: OnStep<M>) -> Self {
        Law { name, claim: Claim::Step { holds, witness } }
    }
}

impl<M: Checkable> Law<M> {
    /// Whether it is an invariant that does not hold in a state.
    pub fn violated_in(&self, model: &M, state: &M::State) -> bool {
        matches!(self.claim, Claim::Invariant { holds, .. } if !holds(model, state))
    }

    /// Whether it is a step property that does not hold on a step. A step that changes nothing
    /// satisfies every `[][A]_v`.
    pub fn violated_on(&self, model: &M, state: &M::State, next: &M::State) -> bool {
        matches!(self.claim, Claim::Step { holds, .. }
            if !holds(model, state, next) && state != next)
    }

    /// Whether it is an invariant that says something in a state.
    pub fn witnessed_in(&self, model: &M, state: &M::State) -> bool {
        matches!(self.claim, Claim::Invariant { witness, .. } if witness(model, state))
    }

    /// Whether it is a step property that says something about a step.
    pub fn witnessed_on(&self, model: &M, state: &M::State, next: &M::State) -> bool {
        matches!(self.claim, Claim::Step { witness, .. } if witness(model, state, next))
    }
}

impl<M: Model> Clone for Law<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model> Copy for Law<M> {}

impl<M: Model> Clone for Claim<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model> Copy for Claim<M> {}

/// A predicate on states that may know an argument, such as the ship that it is about.
pub type Predicate<M> = Arc<dyn Fn(&M, &<M as Model>::State) -> bool + Send + Sync>;

/// A set of actions that may know an argument, such as the process that takes them.
pub type Actions<M> =
    Arc<dyn Fn(&M, &<M as Model>::State, &<M as Model>::Action) -> bool + Send + Sync>;

/// A named temporal property: a conjunction of formulas, such as one for each ship.
pub struct Temporal<M: Model> {
    /// The name that the spec gives it.
    pub name: &'static str,
    /// The conjuncts.
    pub formulas: Vec<Formula<M>>,
}

/// A temporal formula.
pub enum Formula<M: Model> {
    /// `<>P`: at some time.
    Eventually(Predicate<M>),
    /// `[]<>P`: again and again.
    AlwaysEventually(Predicate<M>),
    /// `<>[]P`: from some time on.
    EventuallyAlways(Predicate<M>),
    /// `P ~> Q`: whenever `P`, then `Q` at that time or later.
    LeadsTo(Predicate<M>, Predicate<M>),
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
}

/// A fairness condition, `WF_v(A)` or `SF_v(A)`: temporal properties are checked of the behaviours
/// that satisfy all of them.
pub struct Fairness<M: Model> {
    /// What it is fair to: an action, or a process.
    pub name: String,
    /// Weak or strong.
    pub strength: Strength,
    /// `A`, as a set of actions; a step of `A` that changes nothing does not count.
    pub actions: Actions<M>,
}

impl<M: Model> Fairness<M> {
    /// `WF_v(A)` or `SF_v(A)`.
    pub fn new(
        name: impl Into<String>,
        strength: Strength,
        actions: impl Fn(&M, &M::State, &M::Action) -> bool + Send + Sync + 'static,
    ) -> Self {
        Fairness { name: name.into(), strength, actions: Arc::new(actions) }
    }
}
