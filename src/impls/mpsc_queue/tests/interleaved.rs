//! Every interleaving of a few threads, and every reordering that the memory model allows, by loom.
//!
//! The queue is the one that ships, on loom's atomics and cells. Loom fails a model when two
//! threads access a cell without order between them, when threads wait for ever, when something is
//! leaked, and when an assertion fails.
//!
//! That loom looks at the right things is shown by breaking the queue: [`weak`] weakens orderings one
//! at a time, [`faulty`] injects faults that such queues have been shipped with. Both do it in
//! [`memory`], which is for tests only: the code that ships has no switch for faults. Faults that memory
//! cannot imitate are left to the model checker, as are those that loom cannot see.

mod faulty;
mod memory;
mod models;
mod platform;
mod sound;
mod weak;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use memory::Fault;
use models::Model;

/// Explores a model. Switches of threads that nothing forces are limited to `preemptions` in an
/// execution; most faults need two. Returns how many executions there were.
fn explore(model: Model, fault: Option<Fault>, preemptions: usize) -> usize {
    memory::inject(fault);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    // Of the standard library, as loom is to take no notice.
    let executions = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&executions);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    executions.load(Ordering::Relaxed)
}

/// Whether the model fails with this fault.
fn is_caught(model: Model, fault: Fault, preemptions: usize) -> bool {
    catch_unwind(AssertUnwindSafe(|| explore(model, Some(fault), preemptions))).is_err()
}
