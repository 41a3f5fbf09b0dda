//! `check` with several processes: those that it starts on this machine, or those of a list of hosts.

use std::net::TcpListener;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;

use super::{Usage, code};
use crate::check::distributed::is_on_network;
use crate::check::{Cluster, ClusterError};
use crate::tla::inputs::digest_of_program;

/// Tell a process that was started by another one its number, and the addresses of all.
const PROCESS: &str = "MITREGATE_PROCESS";
const ADDRESSES: &str = "MITREGATE_ADDRESSES";

/// What one process can do alone.
const ALONE: [&str; 4] = ["disk", "update", "partial_order", "threads"];

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Several processes")]
pub(super) struct Together {
    /// Explore with so many processes, which this one starts on this machine
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64),
          conflicts_with = "hostfile", conflicts_with_all = ALONE)]
    processes: Option<u16>,
    /// Explore with the processes whose addresses this file has, a host:port in each line; each of them is started with
    /// the same arguments and its own --process. All have to be one program. The first one prints
    #[arg(long, value_name = "FILE", requires = "process",
          conflicts_with_all = ALONE)]
    hostfile: Option<PathBuf>,
    /// Which line of the hostfile this process is, from 0
    #[arg(long, value_name = "K", requires = "hostfile")]
    process: Option<usize>,
    /// How many workers each process has; they share no memory [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256),
          conflicts_with_all = ALONE)]
    workers: Option<u16>,
    /// How long to wait for a process that does not come, or that nothing is heard of
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = humantime::parse_duration)]
    patience: Duration,
}

/// This process among others.
pub(super) struct Member {
    pub(super) cluster: Arc<Cluster>,
    /// Those that this one has started.
    children: Vec<Child>,
    /// Whether one of them is lost.
    is_broken: AtomicBool,
}

impl Together {
    /// Meets nobody yet; none if it is not asked for.
    pub(super) fn member(&self) -> Result<Option<Member>, Usage> {
        let is_asked =
            self.processes.is_some() || self.hostfile.is_some() || self.workers.is_some();
        if !is_asked {
            return Ok(None);
        }
        let sensible = Duration::from_secs(1)..=Duration::from_hours(24);
        if !sensible.contains(&self.patience) {
            return Err(Usage("--patience has to be from 1s to 1day".to_owned()));
        }
        quiet_network();
        let build = digest_of_program()
            .map_err(|error| Usage(format!("cannot read this program: {error}")))?;
        let workers = usize::from(self.workers.unwrap_or(1));
        let cluster = |addresses, process| {
            Cluster::new(addresses, process, workers, self.patience, build.clone())
        };
        if let (Some(file), Some(process)) = (&self.hostfile, self.process) {
            let text = super::select::read(file)?;
            let addresses: Vec<String> = text
                .lines()
                .map(str::trim)
                .filter(|it| !it.is_empty() && !it.starts_with('#'))
                .map(str::to_owned)
                .collect();
            if addresses.is_empty() {
                let file = file.display();
                return Err(Usage(format!(
                    "{file} has no address; it should have a host:port in each line"
                )));
            }
            let cluster = Arc::new(cluster(addresses, process)?);
            return Ok(Some(Member::new(cluster)));
        }
        let addresses = std::env::var(ADDRESSES).unwrap_or_default();
        let addresses: Vec<String> = addresses.split(',').map(str::to_owned).collect();
        // A program that is started below may ask for processes of its own.
        let are_those = self.processes.is_some_and(|it| usize::from(it) == addresses.len());
        if let (true, Ok(process)) = (are_those, std::env::var(PROCESS)) {
            let process = process.parse().map_err(|_| Usage(format!("{PROCESS} is no number")))?;
            let cluster = Arc::new(cluster(addresses, process)?);
            return Ok(Some(Member::new(cluster)));
        }
        let processes = usize::from(self.processes.unwrap_or(1));
        let no_port = |error| Usage(format!("cannot get a port on this machine: {error}"));
        let mut listeners = Vec::new();
        let mut addresses = Vec::new();
        for _ in 0..processes {
            let listener = TcpListener::bind("127.0.0.1:0").map_err(no_port)?;
            addresses.push(listener.local_addr().map_err(no_port)?.to_string());
            listeners.push(listener);
        }
        // The others' ports are free again for them; nobody else is given them so soon.
        let listener = listeners.swap_remove(0);
        drop(listeners);
        let all = addresses.clone();
        let cluster = Cluster::with_listener(listener, all, 0, workers, self.patience, build);
        let mut member = Member::new(Arc::new(cluster?));
        let program = std::env::current_exe()
            .map_err(|error| Usage(format!("cannot find this program: {error}")))?;
        for process in 1..processes {
            let child = Command::new(&program)
                .args(std::env::args_os().skip(1))
                .env(PROCESS, process.to_string())
                .env(ADDRESSES, addresses.join(","))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .map_err(|error| Usage(format!("cannot start process {process}: {error}")))?;
            member.children.push(child);
        }
        Ok(Some(member))
    }
}

impl Member {
    fn new(cluster: Arc<Cluster>) -> Member {
        Member { cluster, children: Vec::new(), is_broken: AtomicBool::new(false) }
    }

    /// Notes that one of them is lost: there is no going on.
    pub(super) fn break_up(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// The numbers of its workers, and how many there are in all.
    pub(super) fn workers(&self) -> (Range<usize>, usize) {
        let (each, first) = (self.cluster.workers(), self.cluster.process());
        (first * each..(first + 1) * each, self.cluster.processes() * each)
    }

    /// Whether it prints what comes out.
    pub(super) fn is_first(&self) -> bool {
        self.cluster.process() == 0
    }

    /// How all of them exit: as the first one does.
    pub(super) fn exit_code(mut self, code: u8) -> Result<u8, Usage> {
        if self.is_broken() {
            return Ok(code);
        }
        match self.cluster.exit_code(code) {
            Ok(code) => {
                // One that does not end is ended.
                let deadline = Instant::now() + self.cluster.patience();
                let is_running = |child: &mut Child| matches!(child.try_wait(), Ok(None));
                while self.children.iter_mut().any(is_running) && Instant::now() < deadline {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(code)
            }
            Err(ClusterError::Lost(what)) => {
                super::complain(&what);
                Ok(if code == code::EXPECTED { code::INCONCLUSIVE } else { code })
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Member {
    /// None is left behind.
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Keeps the panics of timely, by which it tells that a connection has ended, from the terminal: who is lost is said in a
/// sentence.
fn quiet_network() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        let is_timelys = thread.name().is_some_and(|name| name.starts_with("timely:"));
        if !is_timelys && !is_on_network() {
            before(panic);
        }
    }));
}
