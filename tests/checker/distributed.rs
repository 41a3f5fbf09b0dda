//! Exploration by several workers: threads of one process, and processes, which are threads of this one here.

mod budgets;
mod peers;
mod saving;
mod sharing;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mitregate::check::{
    BreadthFirst, Checkable, Cluster, ClusterError, Distributed, Goals, Options, Report, Together,
    check_with,
};

use super::models::{options, timeless};

/// Within which a process of this machine comes, and says that it is alive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Addresses of this machine at which something listens.
fn addresses(count: usize) -> (Vec<TcpListener>, Vec<String>) {
    let listeners: Vec<_> =
        (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
    let names = listeners.iter().map(|it| it.local_addr().unwrap().to_string()).collect();
    (listeners, names)
}

/// A process, and why it has ended, if that is another one.
struct Process {
    cluster: Arc<Cluster>,
    told: Mutex<Vec<ClusterError>>,
}

impl Process {
    fn new(cluster: Cluster) -> Process {
        Process { cluster: Arc::new(cluster), told: Mutex::new(Vec::new()) }
    }

    fn is_first(&self) -> bool {
        self.cluster.process() == 0
    }

    fn check<M: Checkable>(
        &self,
        model: &M,
        goals: &Goals,
        options: &Options<'_>,
        resumes: bool,
    ) -> Report {
        let failed = |error: &ClusterError| {
            let error = match error {
                ClusterError::Lost(what) => ClusterError::Lost(what.clone()),
                other => ClusterError::Differs(other.to_string()),
            };
            self.told.lock().unwrap().push(error);
        };
        let together =
            Together { cluster: &self.cluster, what: "it, wholly", failed: &failed, resumes };
        check_with(&Distributed::processes(together), model, goals, options).unwrap()
    }

    /// Whether that is what was given to it.
    fn is_of_input(&self) -> bool {
        let told = self.told.lock().unwrap();
        !told.is_empty() && told.iter().all(|it| matches!(it, ClusterError::Differs(_)))
    }

    /// Why it has ended.
    fn told(&self) -> String {
        let told = self.told.lock().unwrap();
        told.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

/// So many processes that do the same.
fn processes<R: Send>(
    count: usize,
    workers: usize,
    patience: Duration,
    run: impl Fn(&Process) -> R + Sync,
) -> Vec<R> {
    let (listeners, addresses) = addresses(count);
    let build = || "this".to_owned();
    std::thread::scope(|scope| {
        let run = &run;
        let started: Vec<_> = listeners
            .into_iter()
            .enumerate()
            .map(|(process, listener)| {
                let cluster = Cluster::with_listener(
                    listener,
                    addresses.clone(),
                    process,
                    workers,
                    patience,
                    build(),
                );
                scope.spawn(move || run(&Process::new(cluster.unwrap())))
            })
            .collect();
        started.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

/// Processes that check a model and come to an end together: what each says, without the time.
fn checked<M: Checkable>(
    (count, workers): (usize, usize),
    model: &M,
    goals: &Goals,
    options: impl Fn() -> Options<'static> + Sync,
) -> Vec<String> {
    processes(count, workers, PATIENCE, |process| {
        let report = process.check(model, goals, &options(), false);
        let code = u8::from(process.is_first());
        assert_eq!((process.cluster.exit_code(code).unwrap(), &process.told()[..]), (1, ""));
        timeless(report)
    })
}

/// What workers that are threads come to, and the simple engine.
fn by_threads<M: Checkable>(
    workers: usize,
    model: &M,
    goals: &Goals,
    options: &Options<'_>,
) -> (Report, Report) {
    let lost = |error: &ClusterError| panic!("{error}");
    let engine = Distributed::threads(workers, &lost);
    let theirs = check_with(&engine, model, goals, options).unwrap();
    let ours = check_with(&BreadthFirst, model, goals, options).unwrap();
    (theirs, ours)
}
