//! States and actions without their types.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::check::contract::Panic;

/// A state or an action of any model.
pub trait Hidden: Any + fmt::Debug + Send + Sync {
    /// Feeds the value to a hasher, all of it.
    fn hash_all(&self, hasher: &mut dyn Hasher);

    /// Whether the other value is of the same type, and equal.
    fn is_same(&self, other: &dyn Any) -> bool;
}

/// A state of any model; cheap to clone.
#[derive(Clone)]
pub struct AnyState(Arc<dyn Hidden>);

/// An action of any model; cheap to clone.
#[derive(Clone)]
pub struct AnyAction(pub(super) Arc<dyn Hidden>);

/// A state, and how it is shown: Stateright's Explorer shows what `Debug` writes.
pub(super) struct State<S> {
    state: S,
    show: Arc<Show<S>>,
}

/// The variables of a state, a line each.
pub(super) type Show<S> = dyn Fn(&S) -> Vec<String> + Send + Sync;

impl<S> fmt::Debug for State<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.show)(&self.state).join("\n"))
    }
}

#[derive(Debug)]
pub(super) struct Action<A>(pub(super) A);

impl<S: Eq + Hash + Send + Sync + 'static> Hidden for State<S> {
    fn hash_all(&self, mut hasher: &mut dyn Hasher) {
        self.state.hash(&mut hasher);
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.state == other.state)
    }
}

impl<A: PartialEq + fmt::Debug + Send + Sync + 'static> Hidden for Action<A> {
    fn hash_all(&self, _: &mut dyn Hasher) {}

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

/// What takes the place of a state that a panic has kept from being reached.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Panicked(String);

impl AnyState {
    pub(super) fn panicked(panic: &Panic) -> AnyState {
        AnyState::of(
            Panicked(panic.to_string()),
            &(Arc::new(|it: &Panicked| vec![it.0.clone()]) as _),
        )
    }

    pub(super) fn is_panicked(&self) -> bool {
        self.get::<Panicked>().is_some()
    }

    pub(super) fn of<S: Eq + Hash + Send + Sync + 'static>(
        state: S,
        show: &Arc<Show<S>>,
    ) -> AnyState {
        AnyState(Arc::new(State { state, show: show.clone() }))
    }

    /// None if the state is of another model.
    pub(super) fn get<S: 'static>(&self) -> Option<&S> {
        let any: &dyn Any = &*self.0;
        any.downcast_ref().map(|State { state, .. }| state)
    }
}

impl AnyAction {
    /// None if the action is of another model.
    pub(super) fn get<A: 'static>(&self) -> Option<&A> {
        let any: &dyn Any = &*self.0;
        any.downcast_ref().map(|Action(action)| action)
    }
}

impl PartialEq for AnyState {
    fn eq(&self, other: &AnyState) -> bool {
        self.0.is_same(&*other.0)
    }
}

impl Eq for AnyState {}

impl PartialEq for AnyAction {
    fn eq(&self, other: &AnyAction) -> bool {
        self.0.is_same(&*other.0)
    }
}

// The values that are hidden derive their hashes; this hands on all of what they feed.
impl Hash for AnyState {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_all(state);
    }
}

impl fmt::Debug for AnyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AnyAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
