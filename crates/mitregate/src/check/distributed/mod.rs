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
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::{AllocatorBuilder, Hooks, WorkerGuards, initialize_from};
use timely::worker::Worker;
use timely::{CommunicationConfig, WorkerConfig};

use super::explore::Watchdog;
use super::trace::Trace;
use super::{Checkable, Engine, Expander, Graph, Options, StopReason};
use cluster::Met;
pub use cluster::{Cluster, ClusterError};
use rounds::{NAP, Rounds, Trouble};
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

    /// What timely's workers are made of.
    fn connect(&self, trouble: &Arc<Trouble>, saves: bool) -> Result<Connected, ClusterError> {
        let Some((cluster, what)) = self.cluster else {
            let built = CommunicationConfig::Process(self.workers).try_build();
            let (builders, guard) = built.map_err(ClusterError::Lost)?;
            return Ok(Connected { builders, guard });
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
        let hooks = Hooks::default();
        let own = ProcessBuilder::new_typed_vector(self.workers, hooks.refill.clone(), None);
        let process = cluster.process();
        let (builders, guard) =
            initialize_networking_from_sockets(own, data, process, self.workers, hooks)
                .map_err(unconnected)?;
        let builders = builders.into_iter().map(AllocatorBuilder::Tcp).collect();
        Ok(Connected { builders, guard: Box::new(guard) })
    }
}

struct Connected {
    builders: Vec<AllocatorBuilder>,
    guard: Box<dyn std::any::Any + Send>,
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
        let (process, processes) =
            self.cluster.map_or((0, 1), |(it, _)| (it.process(), it.processes()));
        let first = process * self.workers;
        let workers = first..first + self.workers;
        let all = (processes * self.workers, processes);
        let ends = workers.map(|it| Rounds::new(it, all, &trouble));
        let (rounds, served): (Vec<_>, Vec<_>) = ends.unzip();
        let served: Mutex<Vec<_>> = Mutex::new(served.into_iter().map(Some).collect());
        let serve = move |allocator| {
            let mut worker = Worker::new(WorkerConfig::default(), allocator, Some(Instant::now()));
            let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = served.get_mut(worker.index() - first).and_then(Option::take);
            drop(served);
            if let Some(mine) = mine {
                mine.serve(&mut worker);
            }
        };
        let threads =
            initialize_from(builders, guard, serve).expect("the operating system gives threads");
        let at_work: Vec<AtWork> = rounds.iter().map(|_| AtWork::default()).collect();
        let work = |rounds: Rounds, at_work| {
            let index = rounds.index();
            let explore = || Search::new(expander, options, rounds, at_work).explore(self.resumes);
            catch_unwind(AssertUnwindSafe(explore)).inspect_err(|_| {
                trouble.report(format!("worker {index} has panicked"));
            })
        };
        let graphs: Vec<_> = std::thread::scope(|scope| {
            let work = &work;
            let started: Vec<_> = rounds
                .into_iter()
                .zip(&at_work)
                .map(|(rounds, at_work)| scope.spawn(move || work(rounds, at_work)))
                .collect();
            if let Some(watchdog) = options.watchdog {
                let is_over = || started.iter().all(std::thread::ScopedJoinHandle::is_finished);
                let is_lost = || trouble.is_there();
                let seen = (at_work.as_slice(), &is_over as _, &is_lost as _);
                watch_steps(expander.model(), options, watchdog, seen);
            }
            started.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let explored: Vec<_> =
            graphs.into_iter().filter_map(Result::ok).filter_map(Result::ok).collect();
        let is_lost = explored.len() < self.workers || explored.iter().any(|(_, is_lost)| *is_lost);
        if is_lost {
            // Timely may notice before who listens does, and cannot tell who it was.
            let patience = self.cluster.map_or(Duration::ZERO, |(cluster, _)| cluster.patience());
            let deadline = Instant::now() + patience;
            while !trouble.is_there() && Instant::now() < deadline {
                std::thread::sleep(NAP);
            }
            trouble.report("a connection to another process was lost".to_owned());
        }
        end(threads, &trouble);
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
fn end(threads: WorkerGuards<()>, trouble: &Trouble) {
    let (ends, ended) = mpsc::channel::<()>();
    let join = move || {
        let _ends = ends;
        // What another process has left behind is told elsewhere.
        let _ = catch_unwind(AssertUnwindSafe(|| threads.join()));
    };
    let joins = std::thread::Builder::new().name("timely:end".to_owned()).spawn(join);
    let is_waiting = || ended.recv_timeout(NAP) == Err(RecvTimeoutError::Timeout);
    while joins.is_ok() && !trouble.is_there() && is_waiting() {}
}

/// Waits for workers to end. Tells of a state that one is at work on all the time when its time is up.
fn watch_steps<M: Checkable>(
    model: &M,
    options: &Options<'_>,
    watchdog: Watchdog<'_>,
    (at_work, is_over, is_lost): (&[AtWork], &dyn Fn() -> bool, &dyn Fn() -> bool),
) {
    let start = Instant::now();
    let mut late: Option<(Instant, Vec<Option<Vec<u32>>>)> = None;
    while !is_over() {
        std::thread::sleep(Duration::from_millis(1).max(start.elapsed() / 64).min(NAP));
        let is_interrupted =
            options.interrupt.is_some_and(|it| it.load(std::sync::atomic::Ordering::Relaxed));
        let is_late = options.budget.timeout.is_some_and(|it| start.elapsed() >= it);
        if !is_interrupted && !is_late && !is_lost() {
            continue;
        }
        let now = || at_work.iter().map(AtWork::path).collect();
        let (since, before) = late.get_or_insert_with(|| (Instant::now(), now()));
        if since.elapsed() < watchdog.patience {
            continue;
        }
        let mut same = now().into_iter().zip(&*before).filter(|(now, before)| now == *before);
        if let Some((Some(path), _)) = same.find(|(path, _)| path.is_some()) {
            (watchdog.tell)(&Trace::along(model, &path, ""));
            return;
        }
        late = None;
    }
}
