//! Code against a spec in one call, from a test.
//!
//! The code is a step machine with four methods ([`Code`]); the spec is the graph that TLC writes, or a port
//! ([`Spec`]); what connects them is the code's [view](Code::view), a record of the spec's variables, or of some of
//! them. A step of the code is right if the spec has a step from the state before to one with the view after, or if
//! the view is unchanged. Where the view leaves variables out, several states of the spec may be possible, and all
//! of them are kept: the code is wrong where none is left. That is the construction of a subset automaton, by which
//! the traces of one transition system are held against those of another.
//!
//! ```
//! use mitregate::press::{Code, Spec};
//! use mitregate::press;
//! use mitregate::tla::dump::StateGraph;
//! use mitregate::tla::value::Value;
//!
//! /// A counter that stops at 2, and begins again.
//! struct Counter;
//!
//! impl Code for Counter {
//!     type State = u8;
//!     type Action = &'static str;
//!
//!     fn initial(&self) -> Vec<u8> {
//!         vec![0]
//!     }
//!
//!     fn actions(&self, _: &u8) -> Vec<&'static str> {
//!         vec!["add", "reset"]
//!     }
//!
//!     fn step(&self, count: &u8, action: &&'static str) -> Option<u8> {
//!         match *action {
//!             "add" => (*count < 2).then(|| count + 1),
//!             _ => (*count == 2).then_some(0),
//!         }
//!     }
//!
//!     fn view(&self, count: &u8) -> Value {
//!         Value::record([("x", Value::Int((*count).into()))])
//!     }
//! }
//!
//! // As `java -jar tla2tools.jar -dump dot,actionlabels Counter.dot Counter.tla` writes it.
//! let dot = r#"strict digraph DiskGraph {
//! 1 [label="x = 0",style = filled]
//! 1 -> 2 [label="Add"];
//! 2 [label="x = 1"];
//! 2 -> 3 [label="Add"];
//! 3 [label="x = 2"];
//! 3 -> 1 [label="Reset"];
//! }"#;
//! let spec = Spec::from_graph(StateGraph::from_dot(dot).unwrap()).unwrap();
//! let report = press!(Counter, spec)
//!     .invariant("AtMostTwo", |count| *count <= 2)
//!     .expect_complete()
//!     .run()
//!     .unwrap();
//! report.assert();
//! ```

use std::fmt::{self, Debug, Write as _};
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use thiserror::Error;

pub use spec::{Spec, SpecError};

use crate::check::contract::is_required;
use crate::check::liveness::Strength;
use crate::check::miter::{Answer, REFUSAL};
use crate::check::{
    Budget, Fairness, Formula, Goals, Law, Name, Options, PropertyReport, Report, Temporal, Trace,
    Undecidable, Verdict, check,
};
use crate::tla::value::Value;
use pressed::{Pair, Pressed};

mod pressed;
mod spec;
#[cfg(test)]
mod tests;

/// Code under test: a step machine.
pub trait Code: Send + Sync + Sized + 'static {
    /// A state. Its hash and equality are to be derived: a field that a hash leaves out can hide states.
    type State: Clone + Debug + Eq + Hash + Send + Sync + 'static;

    /// What leads from one state to another. Reports show it as its `Debug` does.
    type Action: Clone + Debug + PartialEq + Send + Sync + 'static;

    /// The initial states.
    fn initial(&self) -> Vec<Self::State>;

    /// The actions that may be tried in a state, in an order that is the same every time.
    fn actions(&self, state: &Self::State) -> Vec<Self::Action>;

    /// The state after an action; none if it cannot be taken.
    fn step(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State>;

    /// What the spec sees of a state: a record of its variables, or of some of them, the same in each state.
    fn view(&self, state: &Self::State) -> Value;

    /// The spec's action that an action of the code is. Without a name, a step may be any action, or none where the
    /// view stays.
    fn spec_action(&self, _action: &Self::Action) -> Option<Name> {
        None
    }

    /// Asks the code for something that the spec does not allow in a state: an action of the spec, by its name.
    fn refuses(&self, _state: &Self::State, _spec_action: &str) -> Answer {
        Answer::NotAsked
    }
}

/// What is expected of code besides that it refines its spec.
struct Expectations<C: Code> {
    laws: Vec<Law<Pressed<C>>>,
    temporal: Vec<Box<dyn Fn() -> Temporal<Pressed<C>> + Send + Sync>>,
    fairness: Vec<Box<dyn Fn() -> Fairness<Pressed<C>> + Send + Sync>>,
    /// How many steps of the spec a step of the code may be.
    steps: usize,
    complete: bool,
}

/// Code and spec that are to be pressed against one another. [`press`] begins one, and [`Press::run`] runs it.
pub struct Press<C: Code> {
    code: C,
    spec: Spec,
    expected: Expectations<C>,
    budget: Budget,
    threads: usize,
    save: Option<PathBuf>,
    written: String,
}

/// Why code and spec cannot be pressed against one another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PressError {
    /// The code has no initial state.
    #[error("Code::initial gives no state; give at least one")]
    NoInitialState,
    /// The view is no record.
    #[error("Code::view gives no record; give one with the spec's variables, by Value::record")]
    NoRecord,
    /// The view has a variable that the spec does not have.
    #[error(
        "Code::view has a variable {name:?}, and the spec has {known}; name it as the spec does"
    )]
    NoSuchVariable {
        /// The variable.
        name: String,
        /// What the spec has.
        known: String,
    },
    /// Something that is asked cannot be decided.
    #[error("{0}")]
    Undecidable(#[from] Undecidable),
    /// A counterexample cannot be saved.
    #[error("cannot write {}: {problem}", path.display())]
    Save {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
}

/// Begins to press code against its spec. The macro of the same name writes down the code's expression besides, for
/// the test that a report comes with.
pub fn press<C: Code>(code: C, spec: Spec) -> Press<C> {
    Press {
        code,
        spec,
        expected: Expectations {
            laws: Vec::new(),
            temporal: Vec::new(),
            fairness: Vec::new(),
            steps: 1,
            complete: false,
        },
        budget: Budget::default(),
        threads: 0,
        save: None,
        written: short_name::<C>(),
    }
}

/// As the function [`press`](fn@crate::press::press).
#[macro_export]
macro_rules! press {
    ($code:expr, $spec:expr) => {
        $crate::press::press($code, $spec).written(stringify!($code))
    };
}

/// A type's name without its path.
fn short_name<T>() -> String {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name).to_owned()
}

impl<C: Code> Press<C> {
    /// How the code is written in Rust, for the test that a report comes with.
    #[must_use]
    pub fn written(mut self, code: &str) -> Self {
        code.clone_into(&mut self.written);
        self
    }

    /// Asks that something holds in each state of the code.
    #[must_use]
    pub fn invariant(
        mut self,
        name: impl Into<Name>,
        holds: impl Fn(&C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let holds = move |_: &Pressed<C>, pair: &Pair<C::State>| holds(&pair.code);
        self.expected.laws.push(Law::invariant(name, holds, |_, _| true));
        self
    }

    /// Asks that something holds of each step of the code that changes its state.
    #[must_use]
    pub fn step_property(
        mut self,
        name: impl Into<Name>,
        holds: impl Fn(&C::State, &C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let holds = move |_: &Pressed<C>, before: &Pair<C::State>, after: &Pair<C::State>| {
            before.code == after.code || holds(&before.code, &after.code)
        };
        self.expected.laws.push(Law::step(name, holds, |_, _, _| true));
        self
    }

    /// Asks that whenever something holds, something else holds then or later: `P ~> Q`, under the fairness that is
    /// assumed.
    #[must_use]
    pub fn leads_to(
        mut self,
        name: impl Into<Name>,
        p: impl Fn(&C::State) -> bool + Send + Sync + 'static,
        q: impl Fn(&C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let (name, p, q) = (name.into(), Arc::new(p), Arc::new(q));
        self.expected.temporal.push(Box::new(move || {
            let (p, q) = (p.clone(), q.clone());
            let formula = Formula::leads_to(
                move |_: &Pressed<C>, pair: &Pair<C::State>| p(&pair.code),
                move |_, pair| q(&pair.code),
            );
            Temporal { name: name.clone(), formulas: vec![formula] }
        }));
        self
    }

    /// Assumes weak fairness of some actions of the code: if one of them can be taken all the time, one is.
    #[must_use]
    pub fn weakly_fair(
        self,
        name: impl Into<Name>,
        actions: impl Fn(&C::Action) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.fair(name.into(), Strength::Weak, actions)
    }

    /// Assumes strong fairness of some actions of the code: if one of them can be taken again and again, one is.
    #[must_use]
    pub fn strongly_fair(
        self,
        name: impl Into<Name>,
        actions: impl Fn(&C::Action) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.fair(name.into(), Strength::Strong, actions)
    }

    fn fair(
        mut self,
        name: Name,
        strength: Strength,
        actions: impl Fn(&C::Action) -> bool + Send + Sync + 'static,
    ) -> Self {
        let actions = Arc::new(actions);
        self.expected.fairness.push(Box::new(move || {
            let actions = actions.clone();
            Fairness::new(name.clone(), strength, move |_: &Pressed<C>, _, action| actions(action))
        }));
        self
    }

    /// Allows a step of the code to be up to so many steps of the spec. One is the default.
    #[must_use]
    pub fn steps(mut self, most: usize) -> Self {
        self.expected.steps = most.max(1);
        self
    }

    /// Asks that the code does all that the spec allows: that it is in each state of the spec, and takes each of its
    /// labelled steps but those that change nothing.
    #[must_use]
    pub fn expect_complete(mut self) -> Self {
        self.expected.complete = true;
        self
    }

    /// Ends the exploration at so many states; what is open then is inconclusive, which is no pass.
    #[must_use]
    pub fn max_states(mut self, most: u64) -> Self {
        self.budget.max_states = Some(most);
        self
    }

    /// Ends the exploration after this time; what is open then is inconclusive, which is no pass.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.budget.timeout = Some(time);
        self
    }

    /// Uses so many threads; one per core is the default. Results are the same for any number.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Writes each counterexample into this folder, as `PROPERTY.itf.json`.
    #[must_use]
    pub fn save(mut self, folder: impl AsRef<Path>) -> Self {
        self.save = Some(folder.as_ref().to_owned());
        self
    }

    /// Explores all that the code can do, beside the spec.
    ///
    /// # Errors
    ///
    /// [`PressError`] if the view is not one of this spec, something asked cannot be decided, or a counterexample
    /// cannot be written.
    pub fn run(self) -> Result<PressReport, PressError> {
        let Press { code, spec, expected, budget, threads, save, written } = self;
        let is_asked_to_be_complete = expected.complete;
        let pressed = Pressed::new(code, spec, expected)?;
        let goals = Goals::all();
        let options = Options { threads, budget, ..Options::default() };
        let report = check(&pressed, &goals, &options)?;
        let realised = Realised::of(&pressed);
        let first_views: Vec<_> =
            pressed.code.initial().iter().map(|state| pressed.code.view(state)).collect();
        let report = PressReport {
            report,
            realised,
            is_asked_to_be_complete,
            written,
            first_views,
            saved: Vec::new(),
        };
        match save {
            Some(folder) => report.saved_in(&folder),
            None => Ok(report),
        }
    }
}

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
    /// Whether it is known exactly: where the view leaves variables out, the code is counted in every state that is
    /// possible.
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

impl Realised {
    fn of<C: Code>(pressed: &Pressed<C>) -> Realised {
        let spec = &pressed.spec;
        let moves = |edge: &usize| spec.edges[*edge].target != spec.source(*edge);
        let all: Vec<_> = (0..spec.edge_count()).filter(moves).collect();
        let paths = spec.paths();
        let mut never = Vec::new();
        for (number, name) in (0..).zip(&spec.names) {
            let of_action = || all.iter().filter(|edge| spec.edges[**edge].action == number);
            let missing: Vec<_> =
                of_action().filter(|edge| !pressed.edges_taken.has(**edge)).collect();
            let depth = |edge: &&&usize| paths.depth[spec.source(***edge) as usize];
            if let Some(&&nearest) = missing.iter().min_by_key(depth) {
                let (edges, all) = (missing.len(), of_action().count());
                let path = spec.path_to(&paths, nearest);
                never.push(Never { action: name.clone(), edges, all, path });
            }
        }
        Realised {
            states: pressed.states_reached.count(),
            all_states: spec.len(),
            edges: all.iter().filter(|edge| pressed.edges_taken.has(**edge)).count(),
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
    /// How much of the spec the code realises, as far as it was explored.
    pub realised: Realised,
    is_asked_to_be_complete: bool,
    written: String,
    first_views: Vec<Value>,
    saved: Vec<PathBuf>,
}

impl PressReport {
    /// The verdict on everything that was asked.
    pub fn verdict(&self) -> Verdict {
        let of_all = self.report.verdict();
        if of_all == Verdict::Holds && self.is_asked_to_be_complete && !self.realised.is_complete()
        {
            return Verdict::Violated;
        }
        of_all
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
                "counterexample": it.counterexample.as_ref().map(|trace| trace.to_itf([].into())),
            })
        };
        let never = |it: &Never| json!({ "action": it.action, "edges": it.edges, "of": it.all });
        let Realised { states, all_states, edges, all_edges, never: missing, is_exact } =
            &self.realised;
        json!({
            "verdict": self.verdict().word(),
            "distinct": self.report.distinct,
            "edges": self.report.edges,
            "properties": self.report.properties.iter().map(property).collect::<Vec<_>>(),
            "spec": {
                "states": states,
                "of_states": all_states,
                "edges": edges,
                "of_edges": all_edges,
                "never": missing.iter().map(never).collect::<Vec<_>>(),
                "exact": is_exact,
            },
        })
    }

    fn saved_in(mut self, folder: &Path) -> Result<PressReport, PressError> {
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
            self.saved.push(path);
        }
        Ok(self)
    }

    /// A test that follows a counterexample on the code alone, and fails as long as the code does what it does now.
    /// None for a behaviour that goes on for ever.
    fn test(&self, property: &PropertyReport) -> Option<String> {
        let trace = property.counterexample.as_ref()?;
        if trace.back.is_some() {
            return None;
        }
        let (first, last) = (trace.steps.first(), trace.steps.last());
        let start =
            first.and_then(|first| self.first_views.iter().position(|it| *it == first.state));
        let actions =
            trace.steps.iter().filter_map(|step| step.action.as_ref()).chain(&trace.tried);
        let actions: Vec<_> = actions.map(|action| format!("{action:?}")).collect();
        let mut text = format!(
            "#[test]\nfn {}_is_mended() {{\n    let code = {};\n    let end = mitregate::press::follow(&code, {}, &[{}]);\n",
            file_name(&property.name).to_lowercase(),
            self.written,
            start.unwrap_or_default(),
            actions.join(", "),
        );
        if is_required(&property.name) {
            // A panic is enough to fail.
            text.push_str("    drop(end);\n");
        } else {
            let view = last.map(|last| last.state.to_string()).unwrap_or_default();
            let _ = write!(
                text,
                "    let view = end.map(|state| mitregate::press::Code::view(&code, &state).to_string());\n    \
                 assert_ne!(view.as_deref(), Some({view:?}));\n",
            );
        }
        text.push_str("}\n");
        Some(text)
    }
}

/// A name with what is odd in file names replaced.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Takes actions, by their `Debug`, from an initial state: the state that they lead to; none if one of them cannot be
/// taken.
pub fn follow<C: Code>(code: &C, start: usize, actions: &[&str]) -> Option<C::State> {
    let mut state = code.initial().into_iter().nth(start)?;
    for name in actions {
        let offered = code.actions(&state);
        let action = offered.into_iter().find(|action| format!("{action:?}") == **name)?;
        state = code.step(&state, &action)?;
    }
    Some(state)
}

impl fmt::Display for PressReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Realised { states, all_states, edges, all_edges, never, is_exact } = &self.realised;
        writeln!(
            f,
            "{}: {} states of the code, {} steps; it is in {states} of the spec's {all_states} states, and takes \
             {edges} of its {all_edges} steps{}",
            self.verdict().word(),
            self.report.distinct,
            self.report.edges,
            if *is_exact { "" } else { ", as far as its view tells" },
        )?;
        let is_violated = self.report.verdict() == Verdict::Violated;
        for property in &self.report.properties {
            let PropertyReport { name, verdict, .. } = property;
            let length = property.counterexample.as_ref().map_or(0, Trace::len);
            match verdict {
                Verdict::Violated => writeln!(f, "✗ {name} fails, after {length} states")?,
                Verdict::Holds if *name == REFUSAL && property.is_vacuous() => {}
                Verdict::Holds => writeln!(f, "✓ {name} holds")?,
                Verdict::Inconclusive if is_violated => {}
                Verdict::Inconclusive => {
                    let why = property.undecided.as_deref().unwrap_or("it was not decided");
                    writeln!(f, "? {name} is inconclusive: {why}")?;
                }
            }
        }
        let open = self.report.properties.iter().filter(|it| it.verdict == Verdict::Inconclusive);
        let open: Vec<_> = open.map(|it| &*it.name).filter(|_| is_violated).collect();
        if !open.is_empty() {
            writeln!(f, "? not decided, because the exploration ended there: {}", open.join(", "))?;
        }
        for property in &self.report.properties {
            let Some(trace) = &property.counterexample else { continue };
            writeln!(f, "\n{}:\n{trace}", property.name)?;
            if let Some(test) = self.test(property) {
                writeln!(f, "This test fails until the code is mended:\n\n{test}")?;
            }
        }
        if self.report.verdict() == Verdict::Holds {
            for Never { action, edges, all, path } in never {
                writeln!(
                    f,
                    "the code never takes {edges} of {all} steps {action}; the first one is at the end of"
                )?;
                writeln!(f, "{path}")?;
            }
        }
        for path in &self.saved {
            writeln!(f, "saved {}", path.display())?;
        }
        Ok(())
    }
}
