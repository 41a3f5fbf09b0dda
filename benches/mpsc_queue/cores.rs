//! On which cores the threads of a workload ran: the system says where, and figures depend on it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Mutex, PoisonError};

static RAN_ON: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Notes the core on which this thread is, where the system tells (Linux).
pub(crate) fn note() {
    // The 37th field after the program's name, which may have spaces and is in brackets.
    let stat = fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    if let Some(core) = rest.split_whitespace().nth(36).and_then(|it| it.parse().ok()) {
        RAN_ON.lock().unwrap_or_else(PoisonError::into_inner).insert(core);
    }
}

/// The cores that were noted since the last call.
pub(crate) fn take() -> BTreeSet<u32> {
    std::mem::take(&mut *RAN_ON.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The cores of some rounds, and how often all threads were on one of them.
pub(crate) fn told(rounds: &[BTreeSet<u32>]) -> String {
    let all: BTreeSet<u32> = rounds.iter().flatten().copied().collect();
    let names: Vec<String> = all.iter().map(u32::to_string).collect();
    let on_one = rounds.iter().filter(|it| it.len() == 1).count();
    match (all.len(), on_one) {
        (0 | 1, _) | (_, 0) => names.join(", "),
        _ => format!("{}; one in {on_one} of {}", names.join(", "), rounds.len()),
    }
}
