//! Tests of the queue: against a plain queue, with real threads, under loom.

mod drops;
mod interleaved;
mod sequential;
mod stalled;
mod stress;
#[cfg(feature = "async")]
mod tasks;
mod waiting;

/// A waker that panics when it is called.
struct PanickingWaker;

impl std::task::Wake for PanickingWaker {
    fn wake(self: std::sync::Arc<Self>) {
        panic!("a waker that panics");
    }
}
