//! The command line's `cluster`: nodes as processes, which are killed and restarted while they append values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, FromArgMatches};
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate_models::multi_paxos::validation::{Validation, validate};
use mitregate_multi_paxos::{NodeId, Round};
use mitregate_multi_paxos_runtime::{Member, Position};

use crate::members;

#[derive(Args, Debug)]
struct ClusterArgs {
    /// How many acceptors
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9))]
    acceptors: u32,
    /// How many clients, each a proposer
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=9))]
    clients: u32,
    /// How many values the clients append together
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    values: u32,
    /// How often a node is killed, and restarted
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=1000))]
    kills: u32,
    /// Which nodes are killed is drawn from this; when they are is up to the machine
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// After how many rounds a client takes a snapshot
    #[arg(long, value_name = "ROUNDS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    snapshots: u64,
    /// Keep logs and traces in this folder, which must be empty or missing [default: a folder that is
    /// removed afterwards]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Give up if nothing is appended for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

/// The verb `cluster`.
pub(crate) fn verb() -> Verb {
    let notes = "Every node is a process of its own, on loopback, with a folder of its own. The clients append \
        values; now and then a node is killed, as by kill -9, and restarted a moment later from what is on its disk. In \
        the end, the clients' logs must agree, every value that was acknowledged must be in them at its round, and \
        the nodes' traces must be explained by MultiPaxos.tla.\n\n\
        Exit codes: 0 all of that holds; 1 it does not; 3 stopped by Ctrl-C or for lack of progress.";
    let command = clap::Command::new("cluster")
        .about("Run a cluster on this machine, kill nodes, and look whether the log agrees")
        .after_help(notes);
    Verb { command: ClusterArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = ClusterArgs::from_arg_matches(matches)?;
    let temporary;
    let folder = if let Some(folder) = &args.folder {
        let shown = folder.display();
        fs::create_dir_all(folder).map_err(|error| format!("{shown}: {error}"))?;
        let mut entries = fs::read_dir(folder).map_err(|error| format!("{shown}: {error}"))?;
        if entries.next().is_some() {
            return Err(format!("{shown} is not empty; choose another folder").into());
        }
        folder.as_path()
    } else {
        temporary = tempfile::tempdir()?;
        temporary.path()
    };
    Run::new(&args, folder, console)?.go()
}

/// What a node says.
enum News {
    Line(String),
    /// Its output has ended.
    End,
}

/// What a node says, and in which of its starts.
type Told = (NodeId, u32, News);

/// A node's process. It is killed when it is dropped.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client, over all its starts.
#[derive(Default)]
struct Client {
    /// Values that it has not been given yet, last one first.
    to_do: Vec<String>,
    /// Values that it was given and has not acknowledged, and since when.
    open: BTreeMap<String, Instant>,
    /// What it has acknowledged, with the place.
    acknowledged: BTreeMap<String, Position>,
    /// When it was given them, when that was known here, and their places.
    calls: Vec<Call>,
    /// The values in each place, of all its starts: there should be one.
    log: BTreeMap<Position, BTreeSet<String>>,
    /// The last place that its last start has applied.
    reached: Position,
}

/// An append that was acknowledged.
#[derive(Clone, Copy, Debug)]
struct Call {
    begun: Instant,
    ended: Instant,
    place: Position,
}

/// Two appends of which the one began after the other had ended, and whose places are not in that order.
///
/// If there are none, the appends are linearizable: in the order of their places each can take effect between its
/// beginning and its end, as late as the one before it or as its own beginning.
fn out_of_order(calls: &[Call]) -> Option<(Call, Call)> {
    let (mut by_begun, mut by_ended) = (calls.to_vec(), calls.to_vec());
    by_begun.sort_by_key(|call| call.begun);
    by_ended.sort_by_key(|call| call.ended);
    let mut ended = by_ended.into_iter().peekable();
    let mut last: Option<Call> = None;
    for call in by_begun {
        while let Some(before) = ended.next_if(|before| before.ended < call.begun) {
            if last.is_none_or(|last| last.place < before.place) {
                last = Some(before);
            }
        }
        if let Some(last) = last.filter(|last| last.place >= call.place) {
            return Some((last, call));
        }
    }
    None
}

struct Run<'a> {
    args: &'a ClusterArgs,
    folder: &'a Path,
    console: &'a Console<'a>,
    members: Vec<Member>,
    random: fastrand::Rng,
    processes: BTreeMap<NodeId, Process>,
    clients: BTreeMap<NodeId, Client>,
    /// Says which start of a node news is from.
    starts: BTreeMap<NodeId, u32>,
    to_tell: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
    began: Instant,
    /// What went wrong.
    problems: Vec<String>,
}

/// A place of the log, as a client's node prints it.
fn parse(place: &str) -> Option<Position> {
    let (round, index) = place.split_once('.')?;
    Some(Position { round: Round(round.parse().ok()?), index: index.parse().ok()? })
}

/// How long a killed node stays down.
const DOWN: Duration = Duration::from_millis(400);

/// How many values a client has open.
const OPEN: usize = 16;

impl<'a> Run<'a> {
    fn new(
        args: &'a ClusterArgs,
        folder: &'a Path,
        console: &'a Console<'a>,
    ) -> Result<Run<'a>, VerbError> {
        let count = args.acceptors + args.clients;
        // The system chooses ports. They are free until others ask it for one; a node that finds its own taken
        // says so.
        let sockets: Result<Vec<_>, _> =
            (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
        let members: Result<Vec<_>, std::io::Error> = (0..)
            .zip(sockets?)
            .map(|(number, socket)| {
                let is_acceptor = number < args.acceptors;
                let id = if is_acceptor { number } else { 10 + number - args.acceptors };
                let address = socket.local_addr()?.to_string();
                Ok(Member { id: NodeId(id), address, is_acceptor, is_proposer: !is_acceptor })
            })
            .collect();
        let members = members?;
        fs::write(folder.join("cluster.toml"), members::file("loopback", &members))?;
        let clients = members.iter().filter(|member| member.is_proposer);
        let mut clients: BTreeMap<NodeId, Client> =
            clients.map(|member| (member.id, Client::default())).collect();
        let ids: Vec<_> = clients.keys().copied().collect();
        for number in (1..=args.values).rev() {
            let id = ids[number as usize % ids.len()];
            if let Some(client) = clients.get_mut(&id) {
                client.to_do.push(format!("value-{number}"));
            }
        }
        let (to_tell, told) = mpsc::channel();
        Ok(Run {
            args,
            folder,
            console,
            members,
            random: fastrand::Rng::with_seed(args.seed),
            processes: BTreeMap::new(),
            clients,
            starts: BTreeMap::new(),
            to_tell,
            told,
            began: Instant::now(),
            problems: Vec::new(),
        })
    }

    fn say(&self, text: &str) -> Result<(), VerbError> {
        (self.console.print)(&format!("{:6.2} s  {text}\n", self.began.elapsed().as_secs_f64()))
    }

    fn path(&self, id: NodeId, end: &str) -> PathBuf {
        self.folder.join(format!("node-{id}{end}"))
    }

    /// Starts a node's process.
    fn start(&mut self, id: NodeId) -> Result<(), VerbError> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("spawn")
            .args(["--node", &id.to_string(), "--until-eof"])
            .args(["--snapshots", &self.args.snapshots.to_string()])
            .arg("--cluster")
            .arg(self.folder.join("cluster.toml"))
            .arg("--folder")
            .arg(self.path(id, ""))
            .arg("--trace")
            .arg(self.path(id, ".jsonl"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take();
        let start = self.starts.entry(id).or_default();
        *start += 1;
        let (start, news) = (*start, self.to_tell.clone());
        thread::spawn(move || {
            for line in BufReader::new(output.into_iter().next()?).lines() {
                news.send((id, start, News::Line(line.ok()?))).ok()?;
            }
            news.send((id, start, News::End)).ok()
        });
        self.processes.insert(id, Process { child, input });
        if let Some(client) = self.clients.get_mut(&id) {
            // What it had not acknowledged may be in the log or not. It is appended again under another name.
            let open = std::mem::take(&mut client.open).into_keys();
            let again = open.map(|it| format!("{it}-again"));
            client.to_do.extend(again);
            client.reached = Position::default();
        }
        Ok(())
    }

    /// Gives clients more to do.
    fn feed(&mut self) {
        for (id, client) in &mut self.clients {
            let Some(process) = self.processes.get_mut(id) else { continue };
            let Some(input) = &mut process.input else { continue };
            while client.open.len() < OPEN
                && let Some(value) = client.to_do.pop()
            {
                // If it has just died, the value is open, and so is appended again.
                let begun = Instant::now();
                let _ = writeln!(input, "{value}");
                client.open.insert(value, begun);
            }
            let _ = input.flush();
        }
    }

    fn left(&self) -> usize {
        self.clients.values().map(|client| client.to_do.len() + client.open.len()).sum()
    }

    fn acknowledged(&self) -> usize {
        self.clients.values().map(|client| client.acknowledged.len()).sum()
    }

    fn go(mut self) -> Result<Outcome, VerbError> {
        for id in self.members.iter().map(|member| member.id).collect::<Vec<_>>() {
            self.start(id)?;
        }
        self.say(&format!(
            "{} acceptors and {} clients run, on ports that the system chose",
            self.args.acceptors, self.args.clients
        ))?;
        let mut kills = 0;
        let mut down: Option<(NodeId, Instant)> = None;
        let (mut last, mut progress) = (0, Instant::now());
        loop {
            self.feed();
            if !self.problems.is_empty() {
                return self.tell_problems();
            }
            let has_all = self.left() == 0;
            if has_all && down.is_none() && kills == self.args.kills {
                break;
            }
            if self.console.interrupt.load(Ordering::Relaxed) {
                self.say("interrupted: all nodes are stopped")?;
                return Ok(Outcome::Inconclusive);
            }
            let done = self.acknowledged();
            if done > last || has_all {
                (last, progress) = (done, Instant::now());
                (self.console.progress)(&format!("{done} values are in the log"));
            } else if progress.elapsed().as_secs() >= self.args.patience {
                self.say(&format!(
                    "nothing was appended for {} s: given up; --patience waits longer",
                    self.args.patience
                ))?;
                return Ok(Outcome::Inconclusive);
            }
            match down {
                None if kills < self.args.kills
                    && (has_all
                        || done
                            >= (kills + 1) as usize * self.args.values as usize
                                / (self.args.kills + 1) as usize) =>
                {
                    kills += 1;
                    let index = self.random.usize(..self.members.len());
                    let id = self.members[index].id;
                    self.processes.remove(&id);
                    self.say(&format!("{} killed, with {done} values in the log", self.name(id)))?;
                    down = Some((id, Instant::now()));
                }
                Some((id, since)) if since.elapsed() >= DOWN => {
                    self.start(id)?;
                    self.say(&format!("{} restarted from its disk", self.name(id)))?;
                    down = None;
                }
                _ => {}
            }
            match self.told.recv_timeout(Duration::from_millis(20)) {
                Ok((id, start, news)) => {
                    self.take(id, start, news)?;
                    while let Ok((id, start, news)) = self.told.try_recv() {
                        self.take(id, start, news)?;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        self.say(&format!("all {} values are acknowledged", self.acknowledged()))?;
        self.finish()
    }

    fn name(&self, id: NodeId) -> String {
        let role = if self.clients.contains_key(&id) { "client" } else { "acceptor" };
        format!("{role} {id}")
    }

    /// Takes what a node says.
    fn take(&mut self, id: NodeId, start: u32, news: News) -> Result<(), VerbError> {
        let is_current = self.starts.get(&id) == Some(&start) && self.processes.contains_key(&id);
        match news {
            News::Line(line) => {
                let mut words = line.splitn(3, ' ');
                let (kind, place, value) = (words.next(), words.next(), words.next());
                match (kind, place.and_then(parse), value, self.clients.get_mut(&id)) {
                    (Some("applied"), Some(place), Some(value), Some(client)) => {
                        // What an earlier start has said must not differ.
                        client.log.entry(place).or_default().insert(value.to_owned());
                        if is_current {
                            client.reached = client.reached.max(place);
                        }
                    }
                    (Some("appended"), Some(place), Some(value), Some(client)) => {
                        if let Some(begun) = client.open.remove(value) {
                            client.calls.push(Call { begun, ended: Instant::now(), place });
                        }
                        client.acknowledged.insert(value.to_owned(), place);
                    }
                    _ => self.say(&format!("{}: {line}", self.name(id)))?,
                }
                Ok(())
            }
            News::End if !is_current => Ok(()),
            News::End => {
                let code = self.processes.get_mut(&id).map(|it| it.child.wait());
                let is_usage = matches!(code, Some(Ok(status)) if status.code() == Some(2));
                let what = format!("{} has ended by itself; what it said is above", self.name(id));
                if is_usage {
                    return Err(what.into());
                }
                self.problems.push(what);
                Ok(())
            }
        }
    }

    /// Waits until the clients' logs have all that was acknowledged, stops all nodes, and looks.
    fn finish(mut self) -> Result<Outcome, VerbError> {
        let last = self.clients.values().filter_map(|client| client.acknowledged.values().max());
        let last = last.max().copied().unwrap_or_default();
        let deadline = Instant::now() + Duration::from_secs(self.args.patience);
        while self.clients.values().any(|client| client.reached < last) {
            if self.console.interrupt.load(Ordering::Relaxed) {
                return Ok(Outcome::Inconclusive);
            }
            if Instant::now() >= deadline {
                self.say("a client does not catch up: given up; --patience waits longer")?;
                return Ok(Outcome::Inconclusive);
            }
            if let Ok((id, start, news)) = self.told.recv_timeout(Duration::from_millis(50)) {
                self.take(id, start, news)?;
            }
        }
        self.processes.clear();
        let disagreements = self.disagreements(last);
        self.problems.extend(disagreements);
        let calls: Vec<_> = self.clients.values().flat_map(|it| it.calls.clone()).collect();
        match out_of_order(&calls) {
            Some((first, second)) => self.problems.push(format!(
                "the append to {} ended before that to {} began: they are not linearizable",
                first.place, second.place
            )),
            None => {
                self.say(&format!("the {} appends are linearizable", calls.len()))?;
            }
        }
        let mut text = String::new();
        let first = self.clients.values().next().map(|client| client.log.range(..=last));
        for (place, values) in first.clone().into_iter().flatten().take(5) {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            let _ = writeln!(text, "  {:>6}  {}", place.to_string(), values.join(", "));
        }
        let _ = writeln!(
            text,
            "  ... {} values in {} rounds; the same on all clients",
            first.map_or(0, Iterator::count),
            last.round.0 + 1
        );
        if self.problems.is_empty() {
            (self.console.print)(&text)?;
        }
        let mut outcome = Outcome::Expected;
        match self.validate()? {
            Validation::Explained { events, actions, .. } => self.say(&format!(
                "the traces are explained by MultiPaxos.tla: {events} events, {actions} actions"
            ))?,
            Validation::Unexplained { explained, events, .. } => self.problems.push(format!(
                "the traces are not explained by MultiPaxos.tla: {explained} of {events} events; run again with \
                 --folder, then `trace` on its files"
            )),
            Validation::Undecided { why, .. } => {
                self.say(&format!("whether MultiPaxos.tla explains the traces is undecided: {why}"))?;
                outcome = Outcome::Inconclusive;
            }
        }
        if self.problems.is_empty() { Ok(outcome) } else { self.tell_problems() }
    }

    fn tell_problems(&self) -> Result<Outcome, VerbError> {
        for problem in &self.problems {
            self.say(&format!("FAILED: {problem}"))?;
        }
        Ok(Outcome::Unexpected)
    }

    /// What is wrong with the logs up to a round.
    fn disagreements(&self, last: Position) -> Vec<String> {
        let mut problems = Vec::new();
        let mut agreed: BTreeMap<Position, (&str, NodeId)> = BTreeMap::new();
        for (&id, client) in &self.clients {
            let entries = client.log.range(..=last);
            for (&place, value) in
                entries.flat_map(|(place, values)| values.iter().map(move |value| (place, value)))
            {
                let (known, by) = *agreed.entry(place).or_insert((value, id));
                if known != value {
                    problems.push(format!(
                        "{place} is {known:?} for client {by}, and {value:?} for client {id}"
                    ));
                }
            }
        }
        for (&id, client) in &self.clients {
            let mut first: BTreeMap<&str, Position> = BTreeMap::new();
            for (&place, values) in client.log.range(..=last) {
                for value in values {
                    if let Some(first) = first.insert(value, place) {
                        problems
                            .push(format!("client {id} has {value:?} at {first} and at {place}"));
                    }
                }
            }
        }
        for (&id, client) in &self.clients {
            for (value, place) in self.clients.values().flat_map(|client| &client.acknowledged) {
                if !client.log.get(place).is_some_and(|values| values.contains(value)) {
                    problems.push(format!(
                        "{value:?} was acknowledged for {place}, where client {id} has {:?}",
                        client.log.get(place)
                    ));
                }
            }
        }
        problems
    }

    fn validate(&self) -> Result<Validation, VerbError> {
        let mut files = Vec::new();
        for member in &self.members {
            let path = self.path(member.id, ".jsonl");
            let name = path.display().to_string();
            let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            files.push((name, text));
        }
        Ok(validate(&files)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_are_in_the_order_of_time() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let call = |begun, ended, round| Call {
            begun: at(begun),
            ended: at(ended),
            place: Position { round: Round(round), index: 0 },
        };
        // The second and the third overlap.
        let calls = [call(0, 2, 0), call(3, 6, 2), call(4, 8, 1), call(9, 10, 3)];
        assert!(out_of_order(&calls).is_none());
        let calls = [call(9, 10, 1), call(0, 2, 0), call(4, 8, 2), call(20, 30, 7)];
        let (first, second) = out_of_order(&calls).unwrap();
        assert_eq!((first.place.round, second.place.round), (Round(2), Round(1)));
        let twice = [call(0, 2, 0), call(3, 4, 0)];
        assert!(out_of_order(&twice).is_some());
    }
}
