//! Where a spec's graph is kept: files that TLC wrote, and the compact ones made of them.
//!
//! A compact file is the text of [`StateGraph::to_text`] after a few comments, one of which says of which files it is:
//!
//! ```text
//! # TLC 2.15 found all reachable states, and no error.
//! # of Ticket.tla with Ticket.cfg
//! # hash 0f3c...
//! ```

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
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
    hash: String,
}

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
        Ok(Origin { module: name(module), config: name(config), hash: digest(&contents) })
    }

    /// That of the comments at the beginning of a file; none if they do not say.
    fn of(path: &Path) -> Result<Option<Origin>, SpecError> {
        let file = fs::File::open(path).map_err(file_error(path))?;
        let mut origin = Origin::default();
        for line in BufReader::new(file).lines() {
            let line = line.map_err(file_error(path))?;
            let Some(comment) = line.strip_prefix("# ") else { break };
            if let Some((module, config)) =
                comment.strip_prefix("of ").and_then(|files| files.split_once(" with "))
            {
                (origin.module, origin.config) = (module.to_owned(), config.to_owned());
            } else if let Some(hash) = comment.strip_prefix("hash ") {
                hash.clone_into(&mut origin.hash);
            }
        }
        Ok((origin != Origin::default()).then_some(origin))
    }
}

/// Whether a file is of a module and a configuration as they are now.
fn check_fresh(path: &Path, module: &Path, config: &Path) -> Result<(), SpecError> {
    let stale = |changed: String| SpecError::Stale {
        path: path.to_owned(),
        changed,
        mend: MEND.to_owned(),
    };
    let now = Origin::now(module, config)?;
    match Origin::of(path)? {
        None => {
            Err(stale(format!("it does not say that it is of {} with {}", now.module, now.config)))
        }
        Some(then) if then == now => Ok(()),
        Some(then) if (&then.module, &then.config) != (&now.module, &now.config) => {
            Err(stale(format!(
                "it is of {} with {}, not of {} with {},",
                then.module, then.config, now.module, now.config
            )))
        }
        Some(_) => Err(stale(format!(
            "{} or {}, or a module that is extended, has changed",
            now.module, now.config
        ))),
    }
}

fn parse(path: &Path) -> Result<Spec, SpecError> {
    let open = || fs::File::open(path).map(BufReader::new).map_err(file_error(path));
    let mut first = String::new();
    // What is no text is no graph either, which is said below.
    let is_dot = open()?.read_line(&mut first).is_ok() && first.contains("digraph");
    let graph = if is_dot { StateGraph::from_dot(open()?) } else { StateGraph::from_text(open()?) };
    let graph = graph.map_err(|error| SpecError::Graph { path: path.to_owned(), error })?;
    Spec::from_graph(graph)
}

/// A file that is not here, but in the folder of the package: `cargo run` says which that is.
fn located(path: &Path) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let there = Path::new(&package).join(path);
    if !path.exists() && there.exists() { there } else { path.to_owned() }
}

pub(super) fn read(path: &Path) -> Result<Spec, SpecError> {
    let path = &located(path);
    if let Ok(Some(origin)) = Origin::of(path) {
        let beside = |name: &str| path.with_file_name(name);
        check_fresh(path, &beside(&origin.module), &beside(&origin.config))?;
    }
    parse(path)
}

pub(super) fn from_tlc(module: &Path, config: &Path) -> Result<Spec, SpecError> {
    let (module, config) = (&located(module), &located(config));
    let path = config.with_extension("graph");
    check_config(module, config)?;
    let fresh = if path.exists() {
        check_fresh(&path, module, config)
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
    parse(&path)
}

/// Whether the graph of a configuration has all states.
fn check_config(module: &Path, config: &Path) -> Result<(), SpecError> {
    let text = fs::read_to_string(config).map_err(file_error(config))?;
    let text = text.trim_start_matches('\u{feff}');
    let parsed = Config::parse(&config.display().to_string(), text);
    let parsed = parsed.map_err(|error| SpecError::Config(error.to_string()))?;
    let lacking = parsed.symmetry.first().map(|it| ("SYMMETRY", it));
    if let Some((section, named)) = lacking.or(parsed.view.as_ref().map(|it| ("VIEW", it))) {
        let error = parsed.error(
            named.line,
            format!("with {section} TLC's graph of {} lacks states", module.display()),
            "take it out of the configuration that code is pressed against",
        );
        return Err(SpecError::Config(error.to_string()));
    }
    Ok(())
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
    let Origin { module, config, hash } = origin;
    let text = format!(
        "# TLC {version} found all reachable states, and no error. Written by `{MEND}`.\n\
         # of {module} with {config}\n# hash {hash}\n{}",
        graph.canonical().to_text()
    );
    // Tests that run at a time may write it together.
    let new = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, text).map_err(file_error(&new))?;
    fs::rename(&new, path).map_err(file_error(path))
}
