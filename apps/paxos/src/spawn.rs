//! The command line's `spawn`: one node.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate_multi_paxos::{NodeId, Stored};
use mitregate_multi_paxos_runtime::{
    AppendError, Applied, BlockingDisk, DiskFolder, Entry, FORMAT, Identity, JsonLines, Members,
    NodeConfig, NodeError, Observer, Position, Store, Tcp, Timing, Unobserved, run_acceptor,
    run_proposer,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::members::{self, NodeFlag};

#[derive(Args, Debug)]
struct SpawnArgs {
    /// The node's number
    #[arg(long, value_name = "ID")]
    node: u32,
    /// The folder for its log; made if it is missing
    #[arg(long, value_name = "FOLDER")]
    folder: PathBuf,
    /// A file that describes the cluster
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "acceptors", "proposers"])]
    cluster: Option<PathBuf>,
    /// The cluster's name, if it is not in a file
    #[arg(long, value_name = "NAME", default_value = "paxos")]
    name: String,
    /// An acceptor of the cluster; once for each
    #[arg(long = "acceptor", value_name = "ID=HOST:PORT", required_unless_present = "cluster")]
    acceptors: Vec<NodeFlag>,
    /// A proposer of the cluster; once for each
    #[arg(long = "proposer", value_name = "ID=HOST:PORT", required_unless_present = "cluster")]
    proposers: Vec<NodeFlag>,
    /// Append to this file what the node does, for `trace`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Take a snapshot after so many rounds; never without
    #[arg(long, value_name = "ROUNDS", value_parser = clap::value_parser!(u64).range(1..))]
    snapshots: Option<u64>,
    /// Stop at the end of standard input, a moment later if values are not appended by then
    #[arg(long)]
    until_eof: bool,
}

/// The verb `spawn`.
pub(crate) fn verb() -> Verb {
    let notes = "A proposer appends each line of standard input to the log, several at a time, and stops once all \
        of them are in it. It prints \"appended PLACE VALUE\" for each of its own, and \"applied PLACE VALUE\" for \
        each value of the log, in its order, from the first on; a place is a round, and a number in it. What it \
        keeps of the log, and hands over as a snapshot, is these lines. An acceptor runs until Ctrl-C or \
        SIGTERM, also if it is a proposer as well.\n\n\
        The file of a cluster is TOML:\n\n  \
        name = \"demo\"\n\n  [[node]]\n  id = 0\n  address = \"localhost:7000\"\n  roles = [\"acceptor\"]\n\n\
        with a [[node]] for each; the roles are \"acceptor\" and \"proposer\". The file is the same on all nodes. \
        Peers are trusted: there is no encryption.\n\n\
        Exit codes: 0 stopped as asked; 1 the disk failed, or the cluster disagrees; 2 bad usage, a folder of \
        another node or in use, a damaged log, an address that is taken.";
    let command = clap::Command::new("spawn").about("Run one node of a cluster").after_help(notes);
    Verb { command: SpawnArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = SpawnArgs::from_arg_matches(matches)?;
    let members = match &args.cluster {
        Some(path) => members::read(path)?,
        None => members::from_flags(&args.name, &args.acceptors, &args.proposers)?,
    };
    let id = NodeId(args.node);
    if members.address(id).is_none() {
        let ids: Vec<_> = members.ids().map(|id| id.to_string()).collect();
        return Err(format!("the cluster has no node {id}; it has {}", ids.join(", ")).into());
    }
    let folder = DiskFolder::open(&args.folder)
        .map_err(|error| format!("{}: {error}", args.folder.display()))?;
    let identity = Identity { format: FORMAT, cluster: members.name().to_owned(), node: id };
    let (store, stored) = Store::open::<Entry<String>>(folder, identity)?;
    let disk = (BlockingDisk::new(store), stored);
    match &args.trace {
        None => start(&args, members, disk, Unobserved, console),
        Some(path) => {
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .read(true)
                .open(path)
                .and_then(end_line)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            start(&args, members, disk, JsonLines(file), console)
        }
    }
}

/// Ends the last line of a trace, if the node was killed within it.
fn end_line(mut file: File) -> std::io::Result<File> {
    let mut last = [b'\n'];
    if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

type NodeDisk = (BlockingDisk<DiskFolder>, Stored<Entry<String>>);

fn start(
    args: &SpawnArgs,
    members: Members,
    disk: NodeDisk,
    observer: impl Observer<Entry<String>>,
    console: &Console<'_>,
) -> Result<Outcome, VerbError> {
    let id = NodeId(args.node);
    let is_proposer = members.cluster().is_proposer(id);
    let timing = Timing { snapshots: args.snapshots, ..Timing::default() };
    let (seed, start) = (fastrand::u64(..), fastrand::u64(..));
    let config = NodeConfig { id, members, timing, seed, start };
    let (stopping, stopped) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let watch = watch_interrupt(console.interrupt, stopping.clone());
        let running = async {
            if is_proposer {
                let until_eof = args.until_eof;
                let ends = Ends { stopping: stopping.clone(), until_eof };
                propose(config, disk, observer, ends, stopped.clone(), console).await
            } else {
                if args.until_eof {
                    let stopping = stopping.clone();
                    thread::spawn(move || {
                        // An error is an end too.
                        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                        let _ = stopping.send(true);
                    });
                }
                Ok(run_acceptor(config, Tcp, disk, observer, until(stopped.clone())).await)
            }
        };
        tokio::select! {
            ended = running => ended,
            () = watch => Ok(Ok(())),
        }
    })?;
    // A thread that reads standard input may wait for ever.
    runtime.shutdown_background();
    match ended {
        Ok(()) => Ok(Outcome::Expected),
        Err(error @ (NodeError::Listen { .. } | NodeError::NoSuchNode { .. })) => Err(error.into()),
        Err(error) => {
            (console.print)(&format!("stopped: {error}\n"))?;
            Ok(Outcome::Unexpected)
        }
    }
}

/// Done once `true` was sent.
async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender is kept for as long as the node runs.
    let _ = stopped.wait_for(|&stopped| stopped).await;
}

/// Passes Ctrl-C on; never done.
async fn watch_interrupt(interrupt: &AtomicBool, stopping: watch::Sender<bool>) {
    loop {
        if interrupt.load(Ordering::Relaxed) {
            let _ = stopping.send(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// When a proposer ends.
struct Ends {
    stopping: watch::Sender<bool>,
    /// Whether it ends a moment after its input, appended or not.
    until_eof: bool,
}

/// How long what was handed in may take after the end of the input.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a proposer that appends the lines of standard input.
async fn propose(
    config: NodeConfig,
    disk: NodeDisk,
    observer: impl Observer<Entry<String>>,
    Ends { stopping, until_eof }: Ends,
    stopped: watch::Receiver<bool>,
    console: &Console<'_>,
) -> Result<Result<(), NodeError>, VerbError> {
    // An acceptor serves others.
    let stays = config.members.cluster().is_acceptor(config.id) && !until_eof;
    let (log, mut told) = mpsc::unbounded_channel::<Applied<String>>();
    let mut log_lines = LogLines::default();
    let (lines, mut to_append) = mpsc::channel::<String>(1);
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            match line {
                Ok(line) => {
                    if lines.blocking_send(line).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    eprintln!("a line is no UTF-8 and is left out");
                }
                Err(_) => break,
            }
        }
    });
    let window = config.timing.window;
    let (client, node) = run_proposer(config, Tcp, disk, observer, log, until(stopped));
    tokio::pin!(node);
    let mut appends: JoinSet<(Result<Position, AppendError>, String)> = JoinSet::new();
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            ended = &mut node => return Ok(ended),
            Some(applied) = told.recv() => log_lines.take(console, applied)?,
            Some(appended) = appends.join_next() => match appended {
                Ok((Ok(place), value)) => {
                    // The log comes first.
                    while let Ok(applied) = told.try_recv() {
                        log_lines.take(console, applied)?;
                    }
                    (console.print)(&format!("appended {place} {value}\n"))?;
                    if !is_open && appends.is_empty() && !stays {
                        let _ = stopping.send(true);
                    }
                }
                Ok((Err(AppendError::Forgotten), value)) => {
                    while let Ok(applied) = told.try_recv() {
                        log_lines.take(console, applied)?;
                    }
                    if let Some(place) = log_lines.place(&value) {
                        (console.print)(&format!("appended {place} {value}\n"))?;
                    }
                    if !is_open && appends.is_empty() && !stays {
                        let _ = stopping.send(true);
                    }
                }
                Ok((Err(AppendError::Stopped), _)) | Err(_) => {}
                Ok((Err(error), value)) => {
                    return Err(format!("{value:?} is not appended: {error}").into());
                }
            },
            line = to_append.recv(), if is_open && appends.len() < window => if let Some(value) = line {
                let client = client.clone();
                appends.spawn(async move { (client.append(value.clone()).await, value) });
            } else {
                is_open = false;
                    if appends.is_empty() && !stays {
                        let _ = stopping.send(true);
                    } else if until_eof {
                        let stopping = stopping.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(GRACE).await;
                            let _ = stopping.send(true);
                        });
                    }
            },
        }
    }
}

/// The log's values as lines, each with its place. They are printed once.
#[derive(Default)]
struct LogLines(String);

impl LogLines {
    /// Where a value is.
    fn place(&self, value: &str) -> Option<&str> {
        let mut lines = self.0.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(_, known)| *known == value).map(|(place, _)| place)
    }

    fn take(&mut self, console: &Console<'_>, applied: Applied<String>) -> Result<(), VerbError> {
        let printed = self.0.len();
        match applied {
            Applied::Round { items, .. } => {
                for (place, item) in items {
                    if let Some(value) = item.value {
                        let _ = writeln!(self.0, "{place} {value}");
                    }
                }
            }
            // If it has been overtaken by a snapshot of another node, nobody asks any more.
            Applied::Snapshot { answer, .. } => drop(answer.send(self.0.clone().into_bytes())),
            Applied::Install { state, .. } => {
                let state = String::from_utf8(state)?;
                if !state.starts_with(&self.0) {
                    return Err("a snapshot differs from what was applied".into());
                }
                self.0 = state;
            }
        }
        let lines = self.0[printed..].lines().map(|line| format!("applied {line}\n"));
        (console.print)(&lines.collect::<String>())
    }
}
