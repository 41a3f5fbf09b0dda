//! A graph as a table.

use mitregate::check::liveness::{Edge, StateId, Transitions};

/// States are the indices of the three lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) initial: Vec<StateId>,
    pub(crate) edges: Vec<Vec<Edge>>,
    pub(crate) enabled: Vec<u64>,
    pub(crate) holds: Vec<u64>,
}

impl Table {
    /// Adds a step, and enables what it takes.
    pub(crate) fn add(&mut self, source: StateId, edge: Edge) {
        self.edges[source as usize].push(edge);
        if edge.target != source {
            self.enabled[source as usize] |= edge.takes;
        }
    }
}

impl Transitions for Table {
    fn state_count(&self) -> usize {
        self.edges.len()
    }

    fn initial(&self) -> &[StateId] {
        &self.initial
    }

    fn degree(&self, state: StateId) -> u32 {
        u32::try_from(self.edges[state as usize].len()).unwrap()
    }

    fn edge(&self, state: StateId, index: u32) -> Edge {
        self.edges[state as usize][index as usize]
    }

    fn enabled(&self, state: StateId) -> u64 {
        self.enabled[state as usize]
    }

    fn holds(&self, state: StateId) -> u64 {
        self.holds[state as usize]
    }
}
