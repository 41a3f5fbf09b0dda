//! Exploration by several workers that share no memory, on timely dataflow: with the verdicts, counts and counterexamples
//! of [`BreadthFirst`](super::BreadthFirst).
//!
//! Workers are threads of one process or of several. Fingerprints of seen states are spread over them, as are the states
//! of a level and the paths to these; nobody keeps more than a share. See the module `search` for how the outcome comes
//! to depend neither on how many they are nor on who is faster.

mod path;
mod rounds;
mod search;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use timely::communication::initialize_from;
use timely::worker::Worker;
use timely::{CommunicationConfig, WorkerConfig};

use super::{Checkable, Engine, Expander, Graph, Options, StopReason};
use rounds::{Rounds, Trouble};
use search::Search;

/// The engine of several workers.
///
/// It has no checkpoints, keeps nothing on disk, and takes no steps alone: what [`Options`] say of those is not for it.
/// Where edges are kept, for a temporal property, the first worker has all of them.
pub struct Distributed<'a> {
    workers: usize,
    lost: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Distributed<'a> {
    /// Workers that are threads of this process; at least one. `lost` is told who was lost, if somebody was.
    pub fn threads(workers: usize, lost: &'a (dyn Fn(&str) + Sync)) -> Distributed<'a> {
        Distributed { workers: workers.max(1), lost }
    }
}

impl Engine for Distributed<'_> {
    /// # Panics
    ///
    /// If the operating system gives no threads.
    fn explore<M: Checkable>(&self, expander: &Expander<'_, M>, options: &Options<'_>) -> Graph {
        let trouble = Arc::new(Trouble::default());
        let (builders, others) = CommunicationConfig::Process(self.workers)
            .try_build()
            .expect("threads of one process need no network");
        let ends = (0..self.workers).map(|index| Rounds::new(index, self.workers, &trouble));
        let (rounds, served): (Vec<_>, Vec<_>) = ends.unzip();
        let served: Mutex<Vec<_>> = Mutex::new(served.into_iter().map(Some).collect());
        let serve = move |allocator| {
            let mut worker = Worker::new(WorkerConfig::default(), allocator, Some(Instant::now()));
            let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = served.get_mut(worker.index()).and_then(Option::take);
            drop(served);
            if let Some(mine) = mine {
                mine.serve(&mut worker);
            }
        };
        let threads =
            initialize_from(builders, others, serve).expect("the operating system gives threads");
        let work = |(index, rounds): (usize, Rounds)| {
            let explore = || Search::new(expander, options, rounds).explore();
            catch_unwind(AssertUnwindSafe(explore)).inspect_err(|_| {
                trouble.report(format!("worker {index} has panicked"));
            })
        };
        let graphs: Vec<_> = std::thread::scope(|scope| {
            let work = &work;
            let start = |it| scope.spawn(move || work(it));
            let started: Vec<_> = rounds.into_iter().enumerate().map(start).collect();
            started.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        if threads.join().iter().any(Result::is_err) {
            trouble.report("a thread of the network has panicked".to_owned());
        }
        let first = graphs.into_iter().next().and_then(Result::ok).and_then(Result::ok);
        let mut graph = first.unwrap_or_else(|| Graph::new(expander.notes()));
        if let Some(what) = trouble.what() {
            graph.stopped = Some(StopReason::Lost);
            (self.lost)(&what);
        }
        graph
    }
}
