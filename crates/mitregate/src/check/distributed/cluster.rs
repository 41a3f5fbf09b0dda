//! Processes that explore together: how they meet, whether they are the same program, and who is lost.
//!
//! For each exploration every two processes make two connections. One is timely's. On the other they say who they are,
//! before any state is expanded, and from then on that they are alive; timely itself waits for ever for a process that is
//! stopped, and compares nothing.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::rounds::Trouble;
use crate::check::fingerprint;

/// How often a process says that it is alive.
const BEAT: Duration = Duration::from_millis(500);

/// How long it sleeps before it tries once more to connect.
const AGAIN: Duration = Duration::from_millis(20);

/// How long it waits for the greeting of whoever connects: a process says it at once.
const STRANGER: Duration = Duration::from_secs(2);

/// What begins each greeting. Other programs say something else, and older ones say it otherwise.
const MAGIC: &str = "mitregate 1";

/// A greeting is no longer than this.
const MOST_BYTES: usize = 1 << 20;

/// A process is alive; it leaves, as all do; or it leaves because of what follows.
const ALIVE: u8 = b'.';
const LEAVES: u8 = b'!';
const FAILS: u8 = b'?';

/// Why processes do not explore together.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// There are not two, or one has a number that none has.
    #[error("there is no process {process} of {processes}: processes are numbered from 0")]
    NoSuchProcess {
        /// The number.
        process: usize,
        /// How many there are.
        processes: usize,
    },
    /// Two have the same address.
    #[error("two processes have the address {0}; give each its own")]
    Twice(String),
    /// An address is none.
    #[error("{address:?} is no address such as host:port: {error}")]
    NoAddress {
        /// What was given.
        address: String,
        /// What is wrong with it.
        error: io::Error,
    },
    /// Nothing can come in.
    #[error("cannot wait for other processes at {address}: {error}")]
    Bind {
        /// The address of this process.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// Somebody has not come, or has gone.
    #[error("{0}")]
    Lost(String),
    /// Somebody is another program, or does something else.
    #[error("{0}")]
    Differs(String),
}

/// The processes that explore together, as one of them sees it.
pub struct Cluster {
    addresses: Vec<String>,
    process: usize,
    workers: usize,
    listener: TcpListener,
    patience: Duration,
    build: String,
    /// How often they have met.
    met: AtomicU64,
    /// Who listens to the others since they have met.
    watch: Mutex<Option<Watch>>,
}

/// What processes meet for when nothing is left to explore.
const THE_END: &str = "the end";

/// What a process says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Greeting {
    magic: String,
    process: usize,
    /// Whether the connection is timely's.
    is_data: bool,
    met: u64,
    addresses: Vec<String>,
    workers: usize,
    build: String,
    what: String,
    /// Hashing may differ between machines on which one program runs.
    canary: u64,
}

/// Connections to the other processes, by number: timely's, and those on which they say that they are alive.
pub(super) struct Met {
    pub(super) data: Vec<Option<TcpStream>>,
    pub(super) life: Vec<Option<TcpStream>>,
}

impl Cluster {
    /// The process of that number, of those at the addresses. Each has so many workers, and is given up when nothing has
    /// been heard of it for as long as `patience`. `build` is what has to be the same in all.
    ///
    /// # Errors
    ///
    /// If the addresses are of no use, or this process's is taken.
    pub fn new(
        addresses: Vec<String>,
        process: usize,
        workers: usize,
        patience: Duration,
        build: String,
    ) -> Result<Cluster, ClusterError> {
        check(&addresses, process)?;
        let address = &addresses[process];
        let listener = TcpListener::bind(address)
            .map_err(|error| ClusterError::Bind { address: address.clone(), error })?;
        Cluster::with_listener(listener, addresses, process, workers, patience, build)
    }

    /// The same, where something listens at this process's address already.
    ///
    /// # Errors
    ///
    /// If the addresses are of no use.
    pub fn with_listener(
        listener: TcpListener,
        addresses: Vec<String>,
        process: usize,
        workers: usize,
        patience: Duration,
        build: String,
    ) -> Result<Cluster, ClusterError> {
        check(&addresses, process)?;
        listener
            .set_nonblocking(true)
            .map_err(|error| ClusterError::Bind { address: addresses[process].clone(), error })?;
        let met = AtomicU64::new(0);
        let workers = workers.max(1);
        let watch = Mutex::new(None);
        Ok(Cluster { addresses, process, workers, listener, patience, build, met, watch })
    }

    /// The number of this process.
    pub fn process(&self) -> usize {
        self.process
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.addresses.len()
    }

    /// How many workers each process has.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// How long it waits for another one.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    fn name(&self, process: usize) -> String {
        // What another process calls itself may be any number.
        let address = self.addresses.get(process).map_or("nowhere", String::as_str);
        format!("process {process} ({address})")
    }

    fn greeting(&self, what: &str, is_data: bool) -> Greeting {
        Greeting {
            magic: MAGIC.to_owned(),
            process: self.process,
            is_data,
            met: self.met.load(Ordering::SeqCst),
            addresses: self.addresses.clone(),
            workers: self.workers,
            build: self.build.clone(),
            what: what.to_owned(),
            canary: fingerprint(&("canary", [1_u8, 2, 3], 4_u64, Some("five"))),
        }
    }

    /// Meets all others, to do `what`.
    ///
    /// # Errors
    ///
    /// If somebody does not come in time, or differs.
    pub(super) fn meet(&self, what: &str) -> Result<Met, ClusterError> {
        // Somebody may still be judging what was explored, and says that it is alive as long as that takes.
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(who) = watch.and_then(Watch::end) {
            return Err(ClusterError::Lost(who));
        }
        let mut met = Met { data: self.nobody(), life: self.nobody() };
        let gathered = self.gather(what, &mut met);
        if let Err(error) = gathered {
            let error = match error {
                // One that is gone may have given up because of another.
                ClusterError::Lost(who) => ClusterError::Lost(self.gone_too(who, &met)),
                other => other,
            };
            // Those who have come wait for this process: it says whom it has missed.
            for stream in met.life.iter_mut().flatten() {
                let _ = stream.write_all(&[&[FAILS], error.to_string().as_bytes()].concat());
            }
            return Err(error);
        }
        self.met.fetch_add(1, Ordering::SeqCst);
        Ok(met)
    }

    /// Adds those of the others whose connections have ended, and what they have said before.
    fn gone_too(&self, who: String, met: &Met) -> String {
        let ended = |(process, stream): (usize, &TcpStream)| {
            let mut byte = [0];
            let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut byte));
            let name = self.name(process);
            match peeked {
                Ok(1) if byte[0] == FAILS => Some(given_up(&name, stream)),
                Ok(1..) => None,
                Err(error) if error.kind() == ErrorKind::WouldBlock => None,
                Ok(0) | Err(_) => Some(format!("{name} is gone")),
            }
        };
        let there = met.life.iter().enumerate();
        let there = there.filter_map(|(process, stream)| Some((process, stream.as_ref()?)));
        there.filter_map(ended).fold(who, |who, more| format!("{who}; {more}"))
    }

    fn gather(&self, what: &str, met: &mut Met) -> Result<(), ClusterError> {
        let deadline = Instant::now() + self.patience;
        for process in 0..self.process {
            for is_data in [true, false] {
                let mut stream = self.connect(process, deadline)?;
                let mine = self.greeting(what, is_data);
                let theirs = self.greet(&mut stream, &mine, process)?;
                self.compare(&mine, &theirs)?;
                let of = if is_data { &mut met.data } else { &mut met.life };
                of[process] = Some(stream);
            }
        }
        loop {
            let after = self.process + 1..self.processes();
            let is_missing = |&it: &usize| met.data[it].is_none() || met.life[it].is_none();
            let missing: Vec<usize> = after.filter(is_missing).collect();
            if missing.is_empty() {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.late(&missing));
            }
            match self.listener.accept() {
                Ok((mut stream, _)) => {
                    // Somebody who says nothing, or something else, does not belong here.
                    let Ok(theirs) = Self::hear(&mut stream, STRANGER.min(left)) else { continue };
                    let mine = self.greeting(what, theirs.is_data);
                    if say(&mut stream, &mine).is_err() {
                        continue;
                    }
                    self.compare(&mine, &theirs)?;
                    if theirs.process <= self.process {
                        continue;
                    }
                    let of = if theirs.is_data { &mut met.data } else { &mut met.life };
                    if let Some(place @ None) = of.get_mut(theirs.process) {
                        *place = Some(stream);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(AGAIN),
                Err(error) => {
                    let address = self.addresses[self.process].clone();
                    return Err(ClusterError::Bind { address, error });
                }
            }
        }
    }

    /// Has the first process say how all of them exit, and the others hear it.
    ///
    /// # Errors
    ///
    /// If the first process, or another one, does not come.
    pub fn exit_code(&self, code: u8) -> Result<u8, ClusterError> {
        let Met { life, .. } = self.meet(THE_END)?;
        let mut heard = code;
        for (process, stream) in life.into_iter().enumerate() {
            let Some(mut stream) = stream else { continue };
            if self.process == 0 {
                // Who has gone since is told nothing.
                let _ = stream.write_all(&[code]);
            } else if process == 0 {
                let mut byte = [0];
                let read = stream
                    .set_read_timeout(Some(self.patience))
                    .and_then(|()| stream.read_exact(&mut byte));
                read.map_err(|_| self.lost(0))?;
                if byte[0] == FAILS {
                    return Err(ClusterError::Lost(given_up(&self.name(0), &stream)));
                }
                heard = byte[0];
            }
        }
        Ok(heard)
    }

    fn nobody(&self) -> Vec<Option<TcpStream>> {
        self.addresses.iter().map(|_| None).collect()
    }

    fn late(&self, processes: &[usize]) -> ClusterError {
        let names: Vec<_> = processes.iter().map(|&it| self.name(it)).collect();
        let have = if names.len() == 1 { "has" } else { "have" };
        let (names, patience) = (names.join(" and "), self.patience.as_secs_f32());
        ClusterError::Lost(format!("{names} {have} not come within {patience} s"))
    }

    fn lost(&self, process: usize) -> ClusterError {
        ClusterError::Lost(format!("{} is gone", self.name(process)))
    }

    fn connect(&self, process: usize, deadline: Instant) -> Result<TcpStream, ClusterError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.late(&[process]));
            }
            let mut addresses = self.addresses[process].to_socket_addrs().into_iter().flatten();
            let connected = addresses.find_map(|it| TcpStream::connect_timeout(&it, left).ok());
            if let Some(stream) = connected {
                return Ok(stream);
            }
            std::thread::sleep(AGAIN);
        }
    }

    fn greet(
        &self,
        stream: &mut TcpStream,
        mine: &Greeting,
        process: usize,
    ) -> Result<Greeting, ClusterError> {
        say(stream, mine).map_err(|_| self.lost(process))?;
        let theirs = Self::hear(stream, self.patience).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => {
                let name = self.name(process);
                ClusterError::Differs(format!("{name} is no process of this program"))
            }
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.late(&[process]),
            _ => self.lost(process),
        })?;
        if theirs.process == process {
            Ok(theirs)
        } else {
            let (name, other) = (self.name(process), theirs.process);
            Err(ClusterError::Differs(format!("{name} says that it is process {other}")))
        }
    }

    fn hear(stream: &mut TcpStream, patience: Duration) -> io::Result<Greeting> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MOST_BYTES {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes)?;
        stream.set_read_timeout(None)?;
        let greeting: Greeting =
            serde_json::from_slice(&bytes).map_err(|_| ErrorKind::InvalidData)?;
        if greeting.magic == MAGIC { Ok(greeting) } else { Err(ErrorKind::InvalidData.into()) }
    }

    /// Whether another process is the same program, and does the same.
    fn compare(&self, mine: &Greeting, theirs: &Greeting) -> Result<(), ClusterError> {
        let differs = |what: &str, mine: &str, theirs_has: &str| {
            Err(ClusterError::Differs(format!(
                "{} differs from this one, process {}, in {what}: {theirs_has}, and here {mine}",
                self.name(theirs.process.min(self.processes() - 1)),
                self.process,
            )))
        };
        if mine.addresses != theirs.addresses {
            return differs(
                "the addresses of the processes",
                &mine.addresses.join(" "),
                &theirs.addresses.join(" "),
            );
        }
        if mine.workers != theirs.workers {
            let (mine, theirs) = (mine.workers.to_string(), theirs.workers.to_string());
            return differs("the number of workers", &mine, &theirs);
        }
        if mine.build != theirs.build {
            return differs("the program, which has to be one file", &mine.build, &theirs.build);
        }
        if mine.what != theirs.what && [&mine.what, &theirs.what].contains(&&THE_END.to_owned()) {
            let ends = if mine.what == THE_END { self.process } else { theirs.process };
            let name = self.name(ends);
            return Err(ClusterError::Lost(format!("{name} has ended before all was explored")));
        }
        if mine.what != theirs.what {
            let (mine, theirs_has) = apart(&mine.what, &theirs.what);
            return differs("what it explores", mine, theirs_has);
        }
        if mine.met != theirs.met {
            let (mine, theirs) = (mine.met.to_string(), theirs.met.to_string());
            return differs("the explorations before this one", &mine, &theirs);
        }
        if mine.canary != theirs.canary {
            let (mine, theirs) = (mine.canary.to_string(), theirs.canary.to_string());
            return differs("how the processor hashes", &mine, &theirs);
        }
        Ok(())
    }

    /// Watches the others from now on, until they meet again.
    pub(super) fn watch(
        self: &Arc<Self>,
        life: Vec<Option<TcpStream>>,
        trouble: &Arc<Trouble>,
    ) -> io::Result<()> {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut listeners = Vec::new();
        let mut streams = Vec::new();
        for (process, stream) in life.into_iter().enumerate() {
            let Some(stream) = stream else { continue };
            stream.set_read_timeout(Some(self.patience))?;
            stream.set_write_timeout(Some(self.patience))?;
            streams.push(stream.try_clone()?);
            let listens = self.listener_of(process);
            let trouble = Arc::clone(trouble);
            listeners.push(std::thread::spawn(move || {
                let who = listens(stream);
                if let Some(who) = &who {
                    trouble.report(who.clone());
                }
                who
            }));
        }
        let (over, troubled) = (Arc::clone(&is_over), Arc::clone(trouble));
        let every = BEAT.min(self.patience / 4);
        let beat = std::thread::spawn(move || beat(&mut streams, every, &over, &troubled));
        let watch = Watch { is_over, beat, listeners };
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch);
        Ok(())
    }

    /// Tells the others why this process gives up, which is known to who says that it is alive.
    pub(super) fn give_up(&self) {
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(watch) = watch {
            watch.beat.thread().unpark();
            let _ = watch.beat.join();
        }
    }

    /// What listens to a process until it leaves, and tells what is wrong if it does so otherwise than all do.
    fn listener_of(&self, process: usize) -> impl Fn(TcpStream) -> Option<String> + use<> {
        let (name, patience) = (self.name(process), self.patience.as_secs_f32());
        move |mut stream| {
            let mut byte = [0];
            loop {
                match stream.read(&mut byte) {
                    Ok(1) if byte[0] == ALIVE => {}
                    Ok(1) if byte[0] == LEAVES => return None,
                    Ok(1) => return Some(given_up(&name, &stream)),
                    Err(error)
                        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                    {
                        return Some(format!("{name} has not been heard of for {patience} s"));
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Ok(_) | Err(_) => return Some(format!("{name} is gone")),
                }
            }
        }
    }
}

/// Whether there is such a process, and each has an address of its own.
fn check(addresses: &[String], process: usize) -> Result<(), ClusterError> {
    let processes = addresses.len();
    if process >= processes {
        return Err(ClusterError::NoSuchProcess { process, processes });
    }
    for (index, address) in addresses.iter().enumerate() {
        if addresses[..index].contains(address) {
            return Err(ClusterError::Twice(address.clone()));
        }
        if let Err(error) = address.to_socket_addrs() {
            // A host may come later than this one; what is no address never does.
            if error.kind() == ErrorKind::InvalidInput {
                return Err(ClusterError::NoAddress { address: address.clone(), error });
            }
        }
    }
    Ok(())
}

/// What a process says that gives up.
fn given_up(name: &str, stream: &TcpStream) -> String {
    let mut why = String::new();
    let _ = stream.take(MOST_BYTES as u64).read_to_string(&mut why);
    format!("{name} has given up: {}", why.trim_start_matches(char::from(FAILS)))
}

/// Says that this process is alive, until it leaves, and then why.
fn beat(streams: &mut [TcpStream], every: Duration, is_over: &AtomicBool, trouble: &Trouble) {
    while !is_over.load(Ordering::SeqCst) && !trouble.is_there() {
        for stream in &mut *streams {
            // Who listens to it notices.
            let _ = stream.write_all(&[ALIVE]);
        }
        std::thread::park_timeout(every);
    }
    for stream in streams {
        let _ = match trouble.what() {
            None => stream.write_all(&[LEAVES]),
            Some(why) => stream.write_all(&[&[FAILS], why.as_bytes()].concat()),
        };
        let _ = stream.shutdown(Shutdown::Write);
    }
}

/// Those who listen to the others, and who says to them that this process is alive.
struct Watch {
    is_over: Arc<AtomicBool>,
    beat: JoinHandle<()>,
    listeners: Vec<JoinHandle<Option<String>>>,
}

impl Watch {
    /// Tells the others that this process leaves, and waits until they do. Who was lost, if somebody was.
    fn end(self) -> Option<String> {
        self.is_over.store(true, Ordering::SeqCst);
        self.beat.thread().unpark();
        let _ = self.beat.join();
        self.listeners.into_iter().find_map(|it| it.join().ok().flatten())
    }
}

/// Where two texts differ, a word before that, and what comes after it.
fn apart<'t>(one: &'t str, other: &'t str) -> (&'t str, &'t str) {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let begin = (0..=same).rev().find(|&at| one.is_char_boundary(at)).unwrap_or_default();
    let begin = one[..begin].trim_end_matches(", ").rfind([' ', ',']).map_or(0, |at| at + 1);
    let (one, other) = (&one[begin..], &other[begin..]);
    let same = one.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count();
    let same = same.min(one.len()).min(other.len());
    let end = (0..=same).rev().find(|&it| one.is_char_boundary(one.len() - it));
    // A word of what they have in common shows where that is.
    let end = end.map_or(0, |it| it - one[one.len() - it..].find([' ', ',']).unwrap_or(it));
    (&one[..one.len() - end], &other[..other.len() - end])
}

fn say(stream: &mut TcpStream, greeting: &Greeting) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    let bytes = serde_json::to_vec(greeting)?;
    let length = u32::try_from(bytes.len()).map_err(|_| ErrorKind::InvalidData)?;
    stream.write_all(&length.to_le_bytes())?;
    stream.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn where_texts_differ_is_shown_in_whole_words() {
        let texts = [
            (["a, b, c", "a, x, c"], ["a, b", "a, x"]),
            (["one, two, three, four", "one, two, 3, four"], ["two, three", "two, 3"]),
            (["x of a, with b, in c", "x of a, with e, in c"], ["b", "e"]),
            (["limit 12 and so on", "limit 1 and so on"], ["12", "1"]),
            (["the same", "the same, and more"], ["same", "same, and more"]),
            (["sizes 15, 25 then", "sizes 15, 35 then"], ["15, 25", "15, 35"]),
            (["reads abcx now", "reads abdx now"], ["abcx", "abdx"]),
            (["ends in é", "ends in è"], ["é", "è"]),
            (["of aé here", "of bé here"], ["aé", "bé"]),
            (["", "all"], ["", "all"]),
        ];
        for ([one, other], [differs, from]) in texts {
            assert_eq!(apart(one, other), (differs, from), "{one:?} and {other:?}");
            assert_eq!(apart(other, one), (from, differs), "{other:?} and {one:?}");
        }
    }
}
