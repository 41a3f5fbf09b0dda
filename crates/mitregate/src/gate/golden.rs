//! Golden files: what TLC said of a configuration, so that tests hold the port to it without Java.
//!
//! `specs/golden/SYSTEM/MODULE.CONFIG.json` holds TLC's version, command, counts and verdict, and what they
//! were made from; for small configurations a `.graph` beside it holds every state and every labelled edge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::model::AnyModel;
use super::report::json_text;
use super::scenario::Scenario;
use crate::check::EdgeLabels;
use crate::check::{DEADLOCK, Kind, Report, Trace, Verdict};
use crate::tla::dump::StateGraph;
use crate::tla::inputs::{digest, modules_in};
use crate::tla::tlc::{Outcome, TlcVerdict};

/// Graphs of up to so many states are kept.
const SMALL: u64 = 1000;

/// What TLC said.
#[derive(Clone, Serialize, Deserialize)]
pub struct Golden {
    /// Counts and verdict, and the graph of a small configuration.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What TLC read, as [`inputs`] tells.
    pub inputs: String,
    /// How long TLC took, in whole seconds, rounded up.
    pub took_s: u64,
}

/// Tells apart what TLC reads: 128 bits of its jar, the configuration, and all modules in the folders of the
/// module and of the library.
///
/// # Errors
///
/// If one of them cannot be read.
pub fn inputs(
    jar: &Path,
    config: &Path,
    module: &Path,
    library: Option<&Path>,
) -> Result<String, GoldenError> {
    let mut modules = BTreeMap::new();
    // The module's folder comes first, as for TLC.
    for folder in [module.parent().unwrap_or(Path::new(""))].into_iter().chain(library) {
        for (name, path) in modules_in(folder).map_err(|error| input(folder, error))? {
            modules.entry(name).or_insert(path);
        }
    }
    let contents = [jar, config].into_iter().chain(modules.values().map(PathBuf::as_path));
    let contents: Result<Vec<_>, _> =
        contents.map(|path| std::fs::read(path).map_err(|error| input(path, error))).collect();
    Ok(digest(contents?))
}

/// A golden file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// The file system says no.
    #[error("{path}: {error}; `tlc --update` writes it anew")]
    File {
        /// The file.
        path: String,
        /// What it says.
        error: std::io::Error,
    },
    /// What TLC would read cannot be read.
    #[error("{path}: {error}")]
    Input {
        /// The file or folder.
        path: String,
        /// What the file system says.
        error: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} is no golden file: {problem}; `tlc --update` writes it anew")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

impl Golden {
    /// What TLC says now, from those [`inputs`].
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // seconds of a run
    pub fn new(mut outcome: Outcome, inputs: String) -> Golden {
        // Goldens are the same whichever version of TLC wrote them.
        outcome.graph = outcome.graph.map(StateGraph::without_arguments);
        let took_s = outcome.seconds.ceil() as u64;
        Golden { outcome, inputs, took_s }
    }

    /// Whether the graph is there, where one is wanted and TLC went through all of it.
    pub fn has_graph_if(&self, wanted: bool) -> bool {
        self.outcome.graph.is_some() || !wanted || self.outcome.verdict != TlcVerdict::Holds
    }

    /// Where the golden file of a scenario's configuration is.
    pub fn path(specs: &Path, system: &str, scenario: &Scenario) -> PathBuf {
        let stem = scenario.config.trim_end_matches(".cfg");
        specs.join("golden").join(system).join(format!("{}.{stem}.json", scenario.module))
    }

    /// Whether a model's graph is small enough to be kept. Up to symmetry TLC and we keep different
    /// states of a class, so such graphs are not compared.
    pub fn wants_graph(model: &dyn AnyModel) -> bool {
        !model.has_symmetry() && model.state_graph(SMALL, EdgeLabels::Names).is_some()
    }

    /// Reads a golden file, and the graph beside it if there is one.
    ///
    /// # Errors
    ///
    /// If it is missing or damaged.
    pub fn read(path: &Path) -> Result<Golden, GoldenError> {
        let content =
            |problem: String| GoldenError::Content { path: path.display().to_string(), problem };
        let mut golden: Golden =
            serde_json::from_str(&read(path)?).map_err(|error| content(error.to_string()))?;
        let graph = path.with_extension("graph");
        if graph.exists() {
            let graph = StateGraph::from_text(read(&graph)?.as_bytes())
                .map_err(|error| content(error.to_string()))?;
            golden.outcome.graph = Some(graph);
        }
        Ok(golden)
    }

    /// Writes a golden file, and the graph beside it.
    ///
    /// # Errors
    ///
    /// If the file system says no.
    pub fn write(&self, path: &Path) -> Result<(), GoldenError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| file(folder, error))?;
        }
        let text = json_text(self).map_err(|error| GoldenError::Content {
            path: path.display().to_string(),
            problem: error.to_string(),
        })?;
        std::fs::write(path, text).map_err(|error| file(path, error))?;
        if let Some(graph) = &self.outcome.graph {
            let path = path.with_extension("graph");
            let text = graph.canonical().to_text();
            std::fs::write(&path, text).map_err(|error| file(&path, error))?;
        }
        Ok(())
    }

    /// The verdict in words.
    pub fn verdict(&self) -> String {
        let violated = self.outcome.violated.as_deref().unwrap_or("a property");
        let fails = if names(violated).count() > 1 { "fail" } else { "fails" };
        match (self.outcome.verdict, self.outcome.trace_length) {
            (TlcVerdict::Holds, _) => "that all holds".to_owned(),
            (TlcVerdict::Deadlock, Some(length)) => format!("deadlock after {length} states"),
            (TlcVerdict::Deadlock, None) => "deadlock".to_owned(),
            (TlcVerdict::Violated, Some(length)) => {
                format!("that {violated} {fails} after {length} states")
            }
            (TlcVerdict::Violated, None) => format!("that {violated} {fails}"),
        }
    }

    /// How what TLC says now differs from what it said, a sentence for each difference.
    ///
    /// Other versions of TLC count generated states in other ways, so these are compared only
    /// between runs of one version.
    pub fn drift(&self, now: &Golden) -> Vec<String> {
        let (then, now) = (&self.outcome, &now.outcome);
        let mut drift = Vec::new();
        let mut compare = |what: &str, then: String, now: String| {
            if then != now {
                drift.push(format!("{what}: TLC said {then}, and now says {now}"));
            }
        };
        // TLC looks for fair cycles from time to time, and stops where it finds one.
        let timed = |it: &Outcome| it.verdict == TlcVerdict::Violated && it.trace_length.is_none();
        let counted = !timed(then) && !timed(now);
        if counted {
            compare("distinct states", then.distinct.to_string(), now.distinct.to_string());
        }
        // Later versions tell a depth, and name properties, where TLC 2.15 does not.
        if then.version == now.version || then.depth.is_some() {
            compare("depth", show(then.depth), show(now.depth));
        }
        compare("verdict", then.verdict.word().to_owned(), now.verdict.word().to_owned());
        let named = |it: &Outcome| it.violated.clone().unwrap_or("nothing".to_owned());
        let is_told = then.version == now.version || then.violated.is_some();
        // Of several temporal properties later versions name those that fail on the lasso that they show, and
        // that is not the same one every time.
        let overlaps = || {
            let [then, now] = [then, now].map(|it| it.violated.as_deref().unwrap_or_default());
            names(then).any(|one| names(now).any(|other| one == other))
        };
        if is_told && !(timed(then) && timed(now) && overlaps()) {
            compare("violated", named(then), named(now));
        }
        compare("trace length", show(then.trace_length), show(now.trace_length));
        if counted && then.version == now.version {
            compare("generated states", then.generated.to_string(), now.generated.to_string());
        }
        if let (Some(then), Some(now)) = (&then.graph, &now.graph)
            && let Err(difference) = then.compare(now)
        {
            drift.push(difference.named("the golden file", "TLC").to_string());
        }
        drift
    }
}

/// How the port differs from what TLC says, a sentence for each difference.
pub fn compare_with_port(tlc: &Golden, model: &dyn AnyModel, port: &Report) -> Vec<String> {
    let outcome = &tlc.outcome;
    let mut problems = Vec::new();
    match (outcome.verdict, port.verdict()) {
        (TlcVerdict::Holds, Verdict::Holds) => {
            if outcome.distinct != port.distinct {
                problems.push(format!(
                    "TLC has {} distinct states, the port {}",
                    outcome.distinct, port.distinct
                ));
            }
            if outcome.depth.is_some_and(|depth| depth != port.depth) {
                let depth = show(outcome.depth);
                problems.push(format!("TLC's depth is {depth}, the port's {}", port.depth));
            }
        }
        (TlcVerdict::Violated | TlcVerdict::Deadlock, Verdict::Violated) => {
            let violated = || port.properties.iter().filter(|it| it.verdict == Verdict::Violated);
            let same = match (outcome.verdict, outcome.violated.as_deref()) {
                (TlcVerdict::Deadlock, _) => violated().find(|it| it.name == DEADLOCK),
                // The place of a conjunct that has no name.
                (_, Some(place)) if place.starts_with("line ") => {
                    violated().find(|it| it.kind == Kind::Step)
                }
                (_, Some(laws)) => violated().find(|it| names(laws).any(|law| it.name == *law)),
                // Of several temporal properties TLC 2.15 does not say which one is violated.
                (_, None) => violated().find(|it| it.kind == Kind::Liveness),
            };
            let length = same.and_then(|it| it.counterexample.as_ref()).map(Trace::len);
            // TLC's lassos are not the shortest.
            let comparable = same.is_some_and(|it| it.kind != Kind::Liveness);
            match (length, outcome.trace_length) {
                (None, _) => {
                    problems.push(format!("TLC says {}, the port does not", tlc.verdict()));
                }
                (Some(ours), Some(theirs)) if comparable && ours as u64 != theirs => {
                    problems.push(format!(
                        "TLC says {}, the port's counterexample has {ours} states",
                        tlc.verdict(),
                    ));
                }
                _ => {}
            }
        }
        _ => problems.push(format!(
            "TLC says {}, the port says {}",
            tlc.verdict(),
            port.verdict().word()
        )),
    }
    if let Some(theirs) = &outcome.graph {
        // A port with more states than TLC is shown where it first goes astray, within reason.
        match model.state_graph(100 * SMALL, EdgeLabels::Names) {
            Some(ours) => {
                if let Err(difference) = theirs.compare(&ours) {
                    problems.push(difference.named("TLC", "the port").to_string());
                }
            }
            None => problems.push("the port has far more states than TLC".to_owned()),
        }
    }
    problems
}

/// The names in what TLC calls violated: later versions say `P and Q` of temporal properties.
fn names(violated: &str) -> impl Iterator<Item = &str> {
    let parts = violated.split(", ").flat_map(|part| part.split(" and "));
    parts.map(|name| name.trim_start_matches("and ").trim()).filter(|name| !name.is_empty())
}

fn show(number: Option<u64>) -> String {
    number.map_or("nothing".to_owned(), |number| number.to_string())
}

fn read(path: &Path) -> Result<String, GoldenError> {
    std::fs::read_to_string(path).map_err(|error| file(path, error))
}

fn input(path: &Path, error: std::io::Error) -> GoldenError {
    GoldenError::Input { path: path.display().to_string(), error }
}

fn file(path: &Path, error: std::io::Error) -> GoldenError {
    GoldenError::File { path: path.display().to_string(), error }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn violated(names: Option<&str>, trace_length: Option<u64>) -> Golden {
        let outcome = Outcome {
            version: "2026.04".to_owned(),
            command: String::new(),
            distinct: 4,
            generated: 4,
            depth: None,
            verdict: TlcVerdict::Violated,
            violated: names.map(str::to_owned),
            trace_length,
            graph: None,
            seconds: 0.2,
        };
        Golden::new(outcome, String::new())
    }

    #[test]
    fn which_temporal_properties_a_lasso_violates_is_no_drift() {
        let drift = |then: &str, now: &str, length: Option<u64>| {
            violated(Some(then), length).drift(&violated(Some(now), length))
        };
        assert_eq!(drift("P and Q", "P", None), Vec::<String>::new());
        assert_eq!(drift("Q", "P, Q, and R", None), Vec::<String>::new());
        assert_eq!(drift("P and Q", "R", None).len(), 1);
        // An invariant is named in every version.
        assert_eq!(drift("P", "P and Q", Some(3)).len(), 1);
        assert_eq!(violated(Some("P"), None).verdict(), "that P fails");
        assert_eq!(violated(Some("P and Q"), None).verdict(), "that P and Q fail");
        assert_eq!(violated(Some("P"), None).took_s, 1);
    }

    #[test]
    fn whatever_tlc_reads_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let [module, library] = ["module", "library"].map(|name| folder.path().join(name));
        let path = |name: &str| folder.path().join(name);
        for folder in [&module, &library] {
            fs::create_dir_all(folder).unwrap();
        }
        let files =
            ["tla2tools.jar", "module/m.cfg", "module/M.tla", "module/N.tla", "library/L.tla"];
        for file in files.into_iter().chain(["library/N.tla", "module/other.cfg"]) {
            fs::write(path(file), file).unwrap();
        }
        let now = || {
            let [jar, config, main] = ["tla2tools.jar", "module/m.cfg", "module/M.tla"].map(&path);
            inputs(&jar, &config, &main, Some(&library)).unwrap()
        };
        let before = now();
        assert_eq!(before, now());
        for file in files {
            fs::write(path(file), "else").unwrap();
            assert_ne!(now(), before, "{file}");
            fs::write(path(file), file).unwrap();
        }
        // TLC takes the module beside the main one, and reads no other configuration.
        for file in ["library/N.tla", "module/other.cfg"] {
            fs::write(path(file), "else").unwrap();
            assert_eq!(now(), before, "{file}");
        }
        let missing = inputs(&path("none.jar"), &path("module/m.cfg"), &path("module/M.tla"), None);
        let missing = missing.unwrap_err().to_string();
        assert!(missing.contains("none.jar") && !missing.contains("--update"), "{missing}");
        // A module's name alone is one of this folder.
        let here = inputs(&path("tla2tools.jar"), &path("module/m.cfg"), Path::new("M.tla"), None);
        assert!(here.is_ok());
    }
}
