//! Models that exist already, as code to press.

use super::Code;
use crate::check::miter::Refinement;
use crate::check::{Checkable, Model, Name, fingerprint};
use crate::tla::value::{Value, ValueError};

/// A model of ours as code: a port in Rust that is pressed against TLC's graph need not be trusted.
///
/// Its steps are named.
pub struct Port<M>(pub M);

impl<M: Checkable> Code for Port<M> {
    type State = <M as Model>::State;
    type Action = <M as Model>::Action;

    fn initial(&self) -> Vec<Self::State> {
        self.0.init_states()
    }

    fn actions(&self, state: &Self::State) -> Vec<Self::Action> {
        self.0.offered(state)
    }

    fn step(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State> {
        self.0.next_state(state, action.clone())
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.0.within_boundary(state)
    }

    fn view(&self, state: &Self::State) -> Result<Value, ValueError> {
        Ok(self.0.view(state))
    }

    fn spec_action(&self, action: &Self::Action) -> Option<Name> {
        self.0.action_names().into_iter().nth(self.0.action_name(action))
    }
}

/// Code that has a [`Refinement`] already, of which the spec sees what that says. The port's states say it in TLA+; what
/// it allows plays no part.
pub struct Refined<R: Refinement> {
    /// The code's model.
    pub code: R::Code,
    /// The port, for its view.
    pub spec: R::Spec,
    /// What connects them.
    pub refinement: R,
}

impl<R: Refinement> Code for Refined<R> {
    type State = <R::Code as Model>::State;
    type Action = <R::Code as Model>::Action;

    fn initial(&self) -> Vec<Self::State> {
        self.code.init_states()
    }

    fn actions(&self, state: &Self::State) -> Vec<Self::Action> {
        self.code.offered(state)
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.code.within_boundary(state)
    }

    fn step(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State> {
        self.code.next_state(state, action.clone())
    }

    fn view(&self, state: &Self::State) -> Result<Value, ValueError> {
        Ok(self.spec.view(&self.refinement.project(&self.code, state)))
    }

    fn view_key(&self, state: &Self::State) -> u64 {
        match self.refinement.projection(&self.code, state) {
            Some(kept) => kept.fingerprint(),
            None => fingerprint(&*self.refinement.project(&self.code, state)),
        }
    }
}

/// A model of Stateright's as it is, with what its spec sees of a state.
///
/// Its `always` properties are asked by [`Press::invariant`](super::Press::invariant), and so on:
/// [`Press::properties`](super::Press::properties) asks all of them.
#[cfg(feature = "stateright")]
pub struct Stateright<M, V> {
    pub(super) model: std::sync::Arc<M>,
    view: V,
}

#[cfg(feature = "stateright")]
mod from_stateright {
    use std::fmt::Debug;
    use std::hash::Hash;
    use std::sync::Arc;

    use super::{Code, Stateright, Value, ValueError};
    use crate::press::Press;

    impl<M, V> Stateright<M, V>
    where
        M: stateright::Model,
        V: Fn(&M::State) -> Result<Value, ValueError>,
    {
        /// A model and its view; [`to_value`](crate::tla::to_value) is one.
        pub fn new(model: M, view: V) -> Self {
            Stateright { model: Arc::new(model), view }
        }
    }

    impl<M, V> Code for Stateright<M, V>
    where
        M: stateright::Model + Send + Sync + 'static,
        M::State: Clone + Debug + Eq + Hash + Send + Sync + 'static,
        M::Action: Clone + Debug + PartialEq + Send + Sync + 'static,
        V: Fn(&M::State) -> Result<Value, ValueError> + Send + Sync + 'static,
    {
        type State = M::State;
        type Action = M::Action;

        fn initial(&self) -> Vec<M::State> {
            self.model.init_states()
        }

        fn actions(&self, state: &M::State) -> Vec<M::Action> {
            let mut actions = Vec::new();
            self.model.actions(state, &mut actions);
            actions
        }

        fn within_boundary(&self, state: &M::State) -> bool {
            self.model.within_boundary(state)
        }

        fn step(&self, state: &M::State, action: &M::Action) -> Option<M::State> {
            self.model.next_state(state, action.clone())
        }

        fn view(&self, state: &M::State) -> Result<Value, ValueError> {
            (self.view)(state)
        }
    }

    impl<M, V> Press<Stateright<M, V>>
    where
        M: stateright::Model + Send + Sync + 'static,
        M::State: Clone + Debug + Eq + Hash + Send + Sync + 'static,
        M::Action: Clone + Debug + PartialEq + Send + Sync + 'static,
        V: Fn(&M::State) -> Result<Value, ValueError> + Send + Sync + 'static,
    {
        /// Asks the model's own properties: what is `always`, `sometimes` or `eventually` so. Of the last, cycles count
        /// here, which Stateright's own searches pass over.
        #[must_use]
        pub fn properties(mut self) -> Self {
            let model = self.code.model.clone();
            for property in model.properties() {
                let (name, condition) = (property.name, property.condition);
                let model = model.clone();
                let holds = move |state: &M::State| condition(&model, state);
                self = match property.expectation {
                    stateright::Expectation::Always => self.invariant(name, holds),
                    stateright::Expectation::Sometimes => self.reaches(name, holds),
                    stateright::Expectation::Eventually => self.eventually(name, holds),
                };
            }
            self
        }
    }
}
