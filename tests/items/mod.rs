//! What `specs/README.md` has to have a row for, and the Rust items that it names, system by system.

use std::collections::BTreeSet;

use mitregate::gate::AnySystem;

mod canal_lock;
mod mpsc_queue;
mod multi_paxos;

/// What a system's port has, by the names of the spec.
pub(crate) struct Ported {
    pub(crate) system: &'static dyn AnySystem,
    pub(crate) actions: Vec<&'static str>,
    /// Of these, what a module adds to `Next` by a formula of its own: module, formula, action.
    pub(crate) added: Vec<[&'static str; 3]>,
    pub(crate) invariants: Vec<&'static str>,
    /// Properties of steps and of behaviours.
    pub(crate) properties: Vec<&'static str>,
    pub(crate) constants: Vec<&'static str>,
    /// The module that declares the constants.
    pub(crate) constants_in: &'static str,
    /// A small scenario of each module.
    pub(crate) small: Vec<&'static str>,
    /// The items that the tables name; each is used, so that the compiler resolves it.
    pub(crate) items: BTreeSet<&'static str>,
}

/// Every system's port.
pub(crate) fn ported() -> [Ported; 3] {
    [multi_paxos::ported(), mpsc_queue::ported(), canal_lock::ported()]
}

/// Names items and uses them.
macro_rules! items {
    ($($name:literal => $use:expr,)*) => {
        std::collections::BTreeSet::from([$({ let _ = $use; $name }),*])
    };
}
use items;
