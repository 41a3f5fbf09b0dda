//! What came out of pressing code against its spec, for people, programs and tests.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::pressed::Pressed;
use super::{Code, PressError};
use crate::check::miter::REFUSAL;
use crate::check::{Name, PropertyReport, Report, Trace, Verdict};

/// How much of a spec the code realises.
#[derive(Clone, Debug, PartialEq)]
pub struct Realised {
    /// In how many of the spec's states the code was.
    pub states: usize,
    /// How many there are.
    pub all_states: usize,
    /// How many of the labelled steps that change something the code took.
    pub edges: usize,
    /// How many there are.
    pub all_edges: usize,
    /// What the code never did, by action.
    pub never: Vec<Never>,
    /// Whether it is known exactly: where a step of the code may be one of several of the spec's, because the view leaves
    /// variables out or the step is not named, all of them count.
    pub is_exact: bool,
}

/// Steps of one action that the code never took.
#[derive(Clone, Debug, PartialEq)]
pub struct Never {
    /// The action.
    pub action: Name,
    /// How many steps of it.
    pub edges: usize,
    /// Of how many.
    pub all: usize,
    /// A shortest way to the first of them, in the spec.
    pub path: Trace,
}

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Never { action, edges, all, .. } = self;
        write!(f, "the code never takes {edges} of {all} steps {action}")
    }
}

impl Realised {
    pub(super) fn of<C: Code>(pressed: &Pressed<C>) -> Realised {
        let spec = &pressed.spec;
        let graph = &spec.graph;
        let moves = |step: &usize| graph.edge(*step).target != graph.source(*step);
        let all: Vec<usize> = (0..graph.edge_count()).filter(moves).collect();
        let paths = spec.paths();
        let mut of_label = vec![(0, 0, None::<usize>); graph.actions().len()];
        for &step in &all {
            let (count, missing, nearest) = &mut of_label[graph.edge(step).action as usize];
            *count += 1;
            if !pressed.edges_taken.has(step) {
                *missing += 1;
                let depth = |step: usize| paths.depth[graph.source(step) as usize];
                if nearest.is_none_or(|nearest| depth(step) < depth(nearest)) {
                    *nearest = Some(step);
                }
            }
        }
        let labels = of_label.into_iter().zip(graph.actions());
        let never = labels.filter_map(|((all, edges, nearest), label)| {
            let path = spec.path_to(&paths, nearest?);
            Some(Never { action: label.clone().into(), edges, all, path })
        });
        let never = never.collect();
        Realised {
            states: pressed.states_reached.count(),
            all_states: graph.len(),
            edges: all.iter().filter(|step| pressed.edges_taken.has(**step)).count(),
            all_edges: all.len(),
            never,
            is_exact: pressed.is_exact(),
        }
    }

    /// Whether the code does all that the spec allows.
    pub fn is_complete(&self) -> bool {
        self.never.is_empty() && self.states == self.all_states
    }
}

/// What came out.
#[derive(Clone, Debug)]
pub struct PressReport {
    /// Verdicts and counterexamples.
    pub report: Report,
    /// How much of the spec the code realises, as far as it was explored; none without a spec.
    pub realised: Option<Realised>,
    /// Verdicts on what is asked of the spec itself; none where nothing is.
    pub of_spec: Option<Report>,
    pub(super) to_reach: Vec<Name>,
    /// By property, a test that follows its counterexample on the code alone.
    pub tests: Vec<(Name, String)>,
    pub(super) saved: Vec<PathBuf>,
}

impl PressReport {
    /// The verdict on everything that was asked.
    pub fn verdict(&self) -> Verdict {
        let of_spec = self.of_spec.as_ref().map(Report::verdict);
        Verdict::of_all([self.report.verdict()].into_iter().chain(of_spec))
    }

    /// Ends the test with this report, unless everything that was asked holds. What was asked and not decided is no
    /// pass.
    ///
    /// # Panics
    ///
    /// Then.
    pub fn assert(&self) {
        assert!(self.verdict() == Verdict::Holds, "\n{self}");
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Json {
        let property = |it: &PropertyReport| {
            json!({
                "name": it.name,
                "kind": it.kind.word(),
                "verdict": it.verdict.word(),
                "undecided": it.undecided,
                "vacuous": it.is_vacuous(),
                "counterexample": it.counterexample.as_ref().map(|trace| trace.to_itf([].into())),
            })
        };
        let never = |it: &Never| json!({ "action": it.action, "edges": it.edges, "of": it.all });
        let spec = |it: &Realised| {
            json!({
                "states": it.states,
                "of_states": it.all_states,
                "edges": it.edges,
                "of_edges": it.all_edges,
                "never": it.never.iter().map(never).collect::<Vec<_>>(),
                "exact": it.is_exact,
            })
        };
        json!({
            "verdict": self.verdict().word(),
            "distinct": self.report.distinct,
            "edges": self.report.edges,
            "outside": self.report.outside,
            "complete": self.report.stopped.is_none(),
            "properties": self.report.properties.iter().map(property).collect::<Vec<_>>(),
            "properties_of_spec": self
                .of_spec
                .iter()
                .flat_map(|report| report.properties.iter().map(property))
                .collect::<Vec<_>>(),
            "spec": self.realised.as_ref().map(spec),
        })
    }

    fn test_of(&self, property: &str) -> Option<&str> {
        let test = self.tests.iter().find(|(name, _)| name == property);
        test.map(|(_, test)| test.as_str())
    }

    pub(super) fn saved_in(mut self, folder: &Path) -> Result<PressReport, PressError> {
        let failed = |path: &Path, error: &std::io::Error| PressError::Save {
            path: path.to_owned(),
            problem: error.to_string(),
        };
        for property in &self.report.properties {
            let Some(trace) = &property.counterexample else { continue };
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
            let path = folder.join(format!("{}.itf.json", file_name(&property.name)));
            let meta = [("property".to_owned(), property.name.to_string())].into();
            let text = format!("{:#}\n", trace.to_itf(meta));
            std::fs::write(&path, text).map_err(|error| failed(&path, &error))?;
            if let Some(test) = self.test_of(&property.name) {
                let path = path.with_extension("").with_extension("rs");
                std::fs::write(&path, test).map_err(|error| failed(&path, &error))?;
                self.saved.push(path);
            }
            self.saved.push(path);
        }
        Ok(self)
    }
}

/// A name with what is odd in file names replaced.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl fmt::Display for Realised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it is in {} of the spec's {} states, and takes {} of its {} steps{}",
            self.states,
            self.all_states,
            self.edges,
            self.all_edges,
            if self.is_exact { "" } else { ", as far as can be told" },
        )
    }
}

impl fmt::Display for PressReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} states of the code, {} steps",
            self.verdict().word(),
            self.report.distinct,
            self.report.edges,
        )?;
        if let Some(it) = &self.realised {
            write!(f, "; {it}")?;
        }
        writeln!(f)?;
        let is_violated = self.report.verdict() == Verdict::Violated;
        if self.report.properties.is_empty() {
            writeln!(f, "? nothing is asked; ask by .invariant and its like, or give a spec")?;
        }
        let of_spec = self.of_spec.iter().flat_map(|report| &report.properties);
        let of_spec = of_spec.map(|property| (property, " of the spec"));
        let of_code = self.report.properties.iter().map(|property| (property, ""));
        for (property, of) in of_code.chain(of_spec) {
            let PropertyReport { name, verdict, undecided, counterexample, .. } = property;
            let why = undecided.as_deref().unwrap_or("it was not decided");
            match (verdict, counterexample) {
                (Verdict::Violated, Some(trace)) => {
                    let s = if trace.len() == 1 { "" } else { "s" };
                    writeln!(f, "✗ {name}{of} fails, after {} state{s}", trace.len())?;
                }
                (Verdict::Violated, None) => writeln!(f, "✗ {name}{of} fails: {why}")?,
                (Verdict::Holds, _) if *name == REFUSAL && property.is_vacuous() => {}
                (Verdict::Holds, _) if self.to_reach.contains(name) => {
                    writeln!(f, "✓ {name} is reached")?;
                }
                (Verdict::Holds, _) if property.is_vacuous() => {
                    writeln!(f, "✓ {name}{of} holds, but never comes into play")?;
                }
                (Verdict::Holds, _) => writeln!(f, "✓ {name}{of} holds")?,
                (Verdict::Inconclusive, _) if is_violated => {}
                (Verdict::Inconclusive, _) => {
                    writeln!(f, "? {name}{of} is inconclusive: {why}")?;
                }
            }
        }
        let open = self.report.properties.iter().filter(|it| it.verdict == Verdict::Inconclusive);
        let open: Vec<_> = open.map(|it| &*it.name).filter(|_| is_violated).collect();
        if !open.is_empty() {
            writeln!(f, "? not decided, because the exploration ended there: {}", open.join(", "))?;
        }
        for property in self.of_spec.iter().flat_map(|report| &report.properties) {
            let Some(trace) = &property.counterexample else { continue };
            writeln!(f, "\n{} of the spec:\n{trace}", property.name)?;
        }
        for property in &self.report.properties {
            let Some(trace) = &property.counterexample else { continue };
            writeln!(f, "\n{}:\n{trace}", property.name)?;
            if let Some(test) = self.test_of(&property.name) {
                writeln!(f, "This test fails until the code is mended:\n\n{test}")?;
            }
        }
        if self.report.stopped.is_none() {
            for never in self.realised.iter().flat_map(|it| &it.never) {
                writeln!(f, "{never}; the first one is at the end of\n{}", never.path)?;
            }
        }
        for condition in &self.report.never_enabled {
            writeln!(f, "note: the fairness {condition} is never enabled")?;
        }
        for path in &self.saved {
            writeln!(f, "saved {}", path.display())?;
        }
        Ok(())
    }
}
