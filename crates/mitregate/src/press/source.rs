//! Where a spec's graph is kept: files that TLC wrote, and the compact ones made of them.
//!
//! A compact file is the text of [`StateGraph::to_text`] after a few comments, one of which says of which files it is:
//!
//! ```text
//! # TLC 2.15 found all reachable states, and no error.
//! # module Ticket.tla
//! # config Ticket.cfg
//! # inputs 0f3c...
//! # graph 77ab...
//! ```

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::spec::{Spec, SpecError};
use crate::tla::config::Config;
use crate::tla::dump::StateGraph;
use crate::tla::inputs::{digest, modules_of, text_of};
use crate::tla::tlc::{Outcome, Tlc, TlcVerdict};

/// Set, it says that stale graphs are to be made anew.
const UPDATE: &str = "MITREGATE_UPDATE";

/// The command that renews graphs.
const MEND: &str = "MITREGATE_UPDATE=1 TLA2TOOLS_JAR=tla2tools.jar cargo test";

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> SpecError {
    let path = path.to_owned();
    move |error| SpecError::File { path: path.clone(), problem: error.to_string() }
}

/// What a compact file says of its origin.
#[derive(Debug, Default, PartialEq, Eq)]
struct Origin {
    module: String,
    config: String,
    /// The hash of what TLC read.
    inputs: String,
}

/// A compact file: its origin, if it says one, whether steps out of a constraint are missing, and whether its graph is
/// the one that was written.
struct Compact {
    origin: Option<Origin>,
    is_cut: bool,
    is_whole: bool,
}

const CONSTRAINED: &str = "steps out of a constraint are left out";

impl Origin {
    /// That of a module and a configuration as they are now.
    fn now(module: &Path, config: &Path) -> Result<Origin, SpecError> {
        let problem = |(path, error): (PathBuf, std::io::Error)| file_error(&path)(error);
        let mut contents = vec![text_of(config).map_err(problem)?];
        for module in modules_of(module).map_err(problem)? {
            contents.push(text_of(&module).map_err(problem)?);
        }
        let name =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Origin { module: name(module), config: name(config), inputs: digest(&contents) })
    }
}

impl Compact {
    fn read(path: &Path) -> Result<Compact, SpecError> {
        // What is no text is no graph, which is said below.
        let text = fs::read(path).map_err(file_error(path))?;
        let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
        let mut lines = text.split_inclusive('\n');
        let is_comment = |line: &&str| line.starts_with('#') || line.trim().is_empty();
        let start = lines.by_ref().take_while(is_comment).map(str::len).sum();
        let (comments, graph) = text.split_at(start);
        let mut origin = Origin::default();
        let (mut is_cut, mut is_whole) = (false, false);
        for comment in comments.lines().filter_map(|line| line.strip_prefix("# ")) {
            match comment.split_once(' ') {
                Some(("module", name)) => name.clone_into(&mut origin.module),
                Some(("config", name)) => name.clone_into(&mut origin.config),
                Some(("inputs", hash)) => hash.clone_into(&mut origin.inputs),
                Some(("graph", hash)) => is_whole = hash == digest([graph]),
                _ => is_cut |= comment == CONSTRAINED,
            }
        }
        let origin = (origin != Origin::default()).then_some(origin);
        Ok(Compact { origin, is_cut, is_whole })
    }

    /// Whether the file is of a module and a configuration as they are now, and has not been changed.
    fn check(&self, path: &Path, module: &Path, config: &Path) -> Result<(), SpecError> {
        let now = Origin::now(module, config)?;
        let files = format!("{} with {}", now.module, now.config);
        let why = match &self.origin {
            None => format!("it does not say that it is of {files}"),
            Some(then) if (&then.module, &then.config) != (&now.module, &now.config) => {
                format!("it is of {} with {}, and not of {files}", then.module, then.config)
            }
            Some(then) if *then != now => {
                format!("one of these, or a module that is extended, has changed: {files}")
            }
            Some(_) if !self.is_whole => "it has been changed, or is cut off".to_owned(),
            Some(_) => return Ok(()),
        };
        Err(SpecError::Stale { path: path.to_owned(), why, mend: MEND.to_owned() })
    }
}

/// Whether a file is a dump of TLC's, and no compact file.
fn is_dot(path: &Path) -> Result<bool, SpecError> {
    let mut first = String::new();
    let file = fs::File::open(path).map_err(file_error(path))?;
    // What is no text is no graph either, which is said elsewhere.
    let is_text = BufReader::new(file).read_line(&mut first).is_ok();
    Ok(is_text && first.contains("digraph"))
}

fn parse(path: &Path, is_dot: bool, is_cut: bool) -> Result<Spec, SpecError> {
    let file = BufReader::new(fs::File::open(path).map_err(file_error(path))?);
    let graph = if is_dot { StateGraph::from_dot(file) } else { StateGraph::from_text(file) };
    let graph = graph.map_err(|error| SpecError::Graph { path: path.to_owned(), error })?;
    let mut spec = Spec::from_graph(graph)?;
    spec.is_cut = is_cut;
    Ok(spec)
}

/// A file that is not here, but in the folder of the package: `cargo run` says which that is.
fn located(path: &Path) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let there = Path::new(&package).join(path);
    if !path.exists() && there.exists() { there } else { path.to_owned() }
}

pub(super) fn read(path: &Path) -> Result<Spec, SpecError> {
    let path = &located(path);
    if is_dot(path)? {
        return parse(path, true, false);
    }
    let compact = Compact::read(path)?;
    let Some(origin) = &compact.origin else { return parse(path, false, compact.is_cut) };
    let [module, config] = [&origin.module, &origin.config].map(|name| path.with_file_name(name));
    compact.check(path, &module, &config)?;
    parse(path, false, check_config(&module, &config)?)
}

/// Tests that run at a time may need the same file.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(super) fn from_tlc(module: &Path, config: &Path) -> Result<Spec, SpecError> {
    let (module, config) = (&located(module), &located(config));
    let path = config.with_extension("graph");
    let is_constrained = check_config(module, config)?;
    let _alone = ONE_AT_A_TIME.lock();
    let fresh = if path.exists() {
        Compact::read(&path).and_then(|compact| compact.check(&path, module, config))
    } else {
        Origin::now(module, config)?;
        Err(SpecError::Missing { path: path.clone(), mend: MEND.to_owned() })
    };
    let is_to_be_made = std::env::var_os(UPDATE).is_some_and(|it| !it.is_empty() && it != "0");
    match fresh {
        Err(SpecError::Missing { .. } | SpecError::Stale { .. }) if is_to_be_made => {
            write(&path, module, config)?;
        }
        fresh => fresh?,
    }
    parse(&path, false, is_constrained)
}

/// Whether steps out of a constraint are missing from the graph of a configuration; what would leave states out besides
/// is an error.
fn check_config(module: &Path, config: &Path) -> Result<bool, SpecError> {
    let text = fs::read_to_string(config).map_err(file_error(config))?;
    let text = text.trim_start_matches('\u{feff}');
    let parsed = Config::parse(&config.display().to_string(), text);
    let parsed = parsed.map_err(|error| SpecError::Config(error.to_string()))?;
    let symmetry = parsed.symmetry.first().map(|it| ("SYMMETRY", it));
    let view = parsed.view.as_ref().map(|it| ("VIEW", it));
    let alias = parsed.alias.as_ref().map(|it| ("ALIAS", it));
    if let Some((section, named)) = symmetry.or(view).or(alias) {
        let error = parsed.error(
            named.line,
            format!(
                "with {section} TLC's graph of {} lacks states or shows others",
                module.display()
            ),
            "take it out of the configuration that code is pressed against",
        );
        return Err(SpecError::Config(error.to_string()));
    }
    Ok(!(parsed.constraints.is_empty() && parsed.action_constraints.is_empty()))
}

/// Lets TLC make the graph, and writes it.
pub(super) fn write(path: &Path, module: &Path, config: &Path) -> Result<(), SpecError> {
    let tlc_error = |error: &dyn std::fmt::Display| SpecError::Tlc(error.to_string());
    let origin = Origin::now(module, config)?;
    let tlc = Tlc::locate().map_err(|error| tlc_error(&error))?;
    let outcome = tlc.check(module, config, true, &AtomicBool::new(false));
    let Outcome { version, verdict, violated, graph, .. } =
        outcome.map_err(|error| tlc_error(&error))?;
    let files = format!("{} with {}", module.display(), config.display());
    let Some(graph) = graph.filter(|_| verdict == TlcVerdict::Holds) else {
        let what = match (verdict, violated) {
            (TlcVerdict::Deadlock, _) => "a deadlock; write CHECK_DEADLOCK FALSE into the \
                                          configuration if the spec may come to rest"
                .to_owned(),
            (_, Some(law)) => format!("that {law} fails; mend the spec first"),
            (_, None) => "that a property fails; mend the spec first".to_owned(),
        };
        return Err(SpecError::Tlc(format!("TLC {version} says of {files}: {what}")));
    };
    let is_constrained = check_config(module, config)?;
    let constrained = if is_constrained { format!("# {CONSTRAINED}\n") } else { String::new() };
    let Origin { module, config, inputs } = origin;
    let canonical = graph.canonical();
    if canonical.len() != graph.len() {
        return Err(SpecError::Tlc(format!(
            "TLC's graph of {files} has different states that look the same"
        )));
    }
    let graph = canonical.to_text();
    let text = format!(
        "# TLC {version} found all reachable states, and no error. Written by `{MEND}`.\n\
         # module {module}\n# config {config}\n# inputs {inputs}\n{constrained}# graph {}\n{graph}",
        digest([&graph])
    );
    // Other programs may read it at the same time.
    let new = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, text).map_err(file_error(&new))?;
    fs::rename(&new, path).map_err(file_error(path))
}
