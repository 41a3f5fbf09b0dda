//! Exploration by several workers that share no memory, on timely dataflow: with the verdicts, counts and counterexamples
//! of [`BreadthFirst`](super::BreadthFirst).
//!
//! Workers are threads of one process or of several. Fingerprints of seen states are spread over them, as are the states
//! of a level and the paths to these; nobody keeps more than a share. See the module `search` for how the outcome comes
//! to depend neither on how many they are nor on who is faster.

mod cluster;
mod path;
mod rounds;
mod saved;
mod search;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::allocator::TcpBuilder;
use timely::communication::allocator::zero_copy::initialize::{
    CommsGuard, initialize_networking_from_sockets,
};
use timely::communication::{Allocator, Hooks};

use super::watchdog::Watched;
use super::{Checkable, Engine, Expander, Graph, Options, StopReason};
use cluster::Met;
pub use cluster::{Cluster, ClusterError};
pub(crate) use rounds::is_on_network;
use rounds::{NAP, Rounds, Trouble, quietly};
pub use saved::{is_saved, remove, saved_by};
use search::{AtWork, Search};

/// The engine of several workers.
///
/// It keeps nothing on disk but checkpoints, and takes no steps alone: what [`Options`] say of that is not for it. A
/// checkpoint's file is only how the names of its files begin: each worker has its own.
/// Where edges are kept, for a temporal property, the first worker has all of them; in the other processes nothing that is
/// asked of edges is decided.
pub struct Distributed<'a> {
    workers: usize,
    cluster: Option<(&'a Arc<Cluster>, &'a str)>,
    failed: &'a (dyn Fn(&ClusterError) + Sync),
    resumes: bool,
}

/// What several processes do together, for [`Options`].
#[derive(Clone, Copy)]
pub struct Together<'a> {
    /// The processes.
    pub cluster: &'a Arc<Cluster>,
    /// All that decides what is explored, and in which order: it has to be the same in all of them.
    pub what: &'a str,
    /// Told why it ended, if that is another process.
    pub failed: &'a (dyn Fn(&ClusterError) + Sync),
    /// Whether it goes on from the last checkpoint that all workers have. Where none has any it begins anew.
    pub resumes: bool,
}

impl<'a> Distributed<'a> {
    /// Workers that are threads of this process; at least one. `failed` is told who was lost, if somebody was.
    pub fn threads(workers: usize, failed: &'a (dyn Fn(&ClusterError) + Sync)) -> Distributed<'a> {
        Distributed { workers: workers.max(1), cluster: None, failed, resumes: false }
    }

    /// Workers of several processes, each of which calls this.
    pub fn processes(together: Together<'a>) -> Distributed<'a> {
        let Together { cluster, what, failed, resumes } = together;
        Distributed { workers: cluster.workers(), cluster: Some((cluster, what)), failed, resumes }
    }

    /// Has there be trouble, because a worker cannot go on.
    fn tell_lost(&self, trouble: &Trouble) {
        // Timely may notice before who listens does, and cannot tell who it was.
        let patience = self.cluster.map_or(Duration::ZERO, |(cluster, _)| cluster.patience());
        let deadline = Instant::now() + patience;
        while !trouble.is_there() && Instant::now() < deadline {
            std::thread::sleep(NAP);
        }
        trouble.report("a connection to another process was lost".to_owned());
    }

    /// What timely's workers are made of.
    fn connect(&self, trouble: &Arc<Trouble>, saves: bool) -> Result<Connected, ClusterError> {
        let hooks = Hooks::default();
        let own = ProcessBuilder::new_typed_vector(self.workers, hooks.refill.clone(), None);
        let Some((cluster, what)) = self.cluster else {
            let builder = |it: ProcessBuilder| -> Builder {
                Box::new(move || Allocator::Process(it.build()))
            };
            return Ok(Connected { builders: own.into_iter().map(builder).collect(), guard: None });
        };
        let unconnected = |error: std::io::Error| {
            ClusterError::Lost(format!("the connections to other processes are of no use: {error}"))
        };
        // They save together, or go on together, or not at all.
        let how = match (saves, self.resumes) {
            (_, true) => ", gone on with",
            (true, false) => ", saved",
            (false, false) => "",
        };
        let Met { data, life } = cluster.meet(&format!("{what}{how}"))?;
        cluster.watch(life, trouble).map_err(unconnected)?;
        let process = cluster.process();
        let (builders, guard) =
            initialize_networking_from_sockets(own, data, process, self.workers, hooks)
                .map_err(unconnected)?;
        let builder = |it: TcpBuilder| -> Builder { Box::new(move || Allocator::Tcp(it.build())) };
        let builders = builders.into_iter().map(builder).collect();
        Ok(Connected { builders, guard: Some(guard) })
    }
}

/// Connects one worker, on its thread.
type Builder = Box<dyn FnOnce() -> Allocator + Send>;

struct Connected {
    builders: Vec<Builder>,
    /// Whoever drops it waits until all is sent and others have left.
    guard: Option<CommsGuard>,
}

impl Engine for Distributed<'_> {
    /// # Panics
    ///
    /// If the operating system gives no threads.
    fn explore<M: Checkable>(&self, expander: &Expander<'_, M>, options: &Options<'_>) -> Graph {
        let trouble = Arc::new(Trouble::default());
        let Connected { builders, guard } =
            match self.connect(&trouble, options.checkpoint.is_some()) {
                Ok(connected) => connected,
                Err(error) => {
                    (self.failed)(&error);
                    let mut graph = Graph::new(expander.notes());
                    graph.stopped = Some(StopReason::Lost);
                    return graph;
                }
            };
        let (start, (ends, ended)) = (Instant::now(), mpsc::channel::<()>());
        let at_work: Vec<AtWork> = builders.iter().map(|_| AtWork::default()).collect();
        let work = |builder: Builder, at_work: &AtWork| {
            let rounds = quietly(|| Rounds::new(builder(), self.workers, &trouble));
            let mut rounds = rounds.inspect_err(|_| self.tell_lost(&trouble))?;
            let search = Search::new(expander, options, &mut rounds, at_work);
            let explored = catch_unwind(AssertUnwindSafe(|| search.explore(self.resumes)));
            // Others wait for whoever leaves.
            match &explored {
                Err(_) => trouble.report(format!("worker {} has panicked", rounds.index())),
                Ok((_, true)) => self.tell_lost(&trouble),
                Ok((_, false)) => {}
            }
            at_work.set(None);
            rounds.leave();
            explored
        };
        let graphs: Vec<_> = std::thread::scope(|scope| {
            let work = &work;
            let started: Vec<_> = builders
                .into_iter()
                .zip(&at_work)
                .map(|(builder, at_work)| {
                    let ends = ends.clone();
                    scope.spawn(move || {
                        let _ends = ends;
                        work(builder, at_work)
                    })
                })
                .collect();
            // They have one each.
            drop(ends);
            if let Some(watchdog) = options.watchdog {
                let paths = || at_work.iter().map(AtWork::path).collect();
                let is_lost = || trouble.is_there();
                let watched = Watched { start, ended: &ended, at_work: &paths, is_lost: &is_lost };
                watchdog.watch(expander.model(), options, watched);
            }
            started.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let explored: Vec<_> =
            graphs.into_iter().filter_map(Result::ok).filter_map(Result::ok).collect();
        let is_lost = explored.len() < self.workers || explored.iter().any(|(_, is_lost)| *is_lost);
        end(guard, &trouble);
        // Where steps led elsewhere, only who took them knows.
        let indeterminate = explored.iter().find_map(|(it, _)| it.notes.indeterminate.clone());
        let first = explored.into_iter().next().map(|(graph, _)| graph);
        let mut graph = first.unwrap_or_else(|| Graph::new(expander.notes()));
        graph.notes.indeterminate = graph.notes.indeterminate.or(indeterminate);
        if let (true, Some(what)) = (is_lost, trouble.what()) {
            graph.stopped = Some(StopReason::Lost);
            if let Some((cluster, _)) = self.cluster {
                cluster.give_up();
            }
            let error =
                if trouble.is_of_input() { ClusterError::Differs } else { ClusterError::Lost };
            (self.failed)(&error(what));
        }
        graph
    }
}

/// Waits until timely has sent all that there is to send; not for a process that is lost, which may be stopped.
fn end(guard: Option<CommsGuard>, trouble: &Trouble) {
    let (ends, ended) = mpsc::channel::<()>();
    let join = move || {
        let _ends = ends;
        // What another process has left behind is told elsewhere.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(guard)));
    };
    let joins = std::thread::Builder::new().name("timely:end".to_owned()).spawn(join);
    let is_waiting = || ended.recv_timeout(NAP) == Err(RecvTimeoutError::Timeout);
    while joins.is_ok() && !trouble.is_there() && is_waiting() {}
}
