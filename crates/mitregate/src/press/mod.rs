//! Code against a spec in one call, from a test.
//!
//! The code is a step machine with four methods ([`Code`]); the spec is the graph that TLC writes, or a port
//! ([`Spec`]); what connects them is the code's [view](Code::view), a record of the spec's variables, or of some of
//! them. A step of the code is right if the spec has a step from the state before to one with the view after, or, where
//! it names no action, if the view is unchanged. Where the view leaves variables out, several states of the spec may be possible, and all
//! of them are kept: the code is wrong where none is left. That is the construction of a subset automaton, by which
//! the traces of one transition system are held against those of another.
//!
//! ```
//! use mitregate::press::{Code, Spec};
//! use mitregate::{press, record};
//! use mitregate::tla::dump::StateGraph;
//! use mitregate::tla::value::{Value, ValueError};
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
//!     fn view(&self, count: &u8) -> Result<Value, ValueError> {
//!         Ok(record! { x: *count })
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
//! let spec = Spec::from_graph(StateGraph::from_dot(dot.as_bytes()).unwrap()).unwrap();
//! let report = press!(Counter, spec)
//!     .invariant("AtMostTwo", |count| *count <= 2)
//!     .expect_complete()
//!     .run()
//!     .unwrap();
//! report.assert();
//! ```

use std::fmt::{self, Debug};
use std::hash::Hash;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

#[cfg(feature = "stateright")]
pub use adapters::Stateright;
pub use adapters::{Port, Refined};
pub use pressed::{Pair, Pressed};
pub use regression::follow;
pub use report::{Never, PressReport, Realised};
pub use spec::{Spec, SpecError, SpecStep};

pub use crate::check::Name;
use crate::check::contract::guarded;
use crate::check::liveness::Strength;
pub use crate::check::miter::Answer;
use crate::check::{
    Budget, Fairness, Formula, Goals, Law, Options, Temporal, Trace, Undecidable, Watchdog, check,
    fingerprint,
};
pub use crate::tla::value::{Mapping, Value, ValueError, to_value, with};
use asked::Asked;
use pressed::Whole;

mod adapters;
mod asked;
mod explain;
mod pressed;
mod regression;
mod report;
mod source;
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
    /// [`to_value`] makes one of whatever implements `serde::Serialize`.
    ///
    /// What code without a spec does not say is its `Debug`, for people to read.
    ///
    /// # Errors
    ///
    /// What has no TLA+ value.
    fn view(&self, state: &Self::State) -> Result<Value, ValueError> {
        Ok(Value::record([("state", Value::Str(format!("{state:?}").into()))]))
    }

    /// Whether a state is explored. What lies outside is held to laws and not to the spec, and nothing is said of
    /// behaviours that go there.
    fn within_boundary(&self, _state: &Self::State) -> bool {
        true
    }

    // Of all that a view depends on: states that have the same are viewed once. For adapters, which know that.
    #[doc(hidden)]
    fn view_key(&self, state: &Self::State) -> u64 {
        fingerprint(state)
    }

    /// The spec's action that an action of the code is, with its arguments (`Draw(1)`) or without. They count as far as
    /// the spec's labels have them. A step with a name is one step of the spec. Without a name it may be any action, or
    /// none where the view stays.
    fn spec_action(&self, _action: &Self::Action) -> Option<Name> {
        None
    }

    /// Asks the code for something that the spec does not allow in a state: an action of the spec, by its label.
    fn refuses(&self, _state: &Self::State, _spec_action: &str) -> Answer {
        Answer::NotAsked
    }
}

/// Code and spec that are to be pressed against one another. [`press`] begins one, and [`Press::run`] runs it. A clone
/// shares both.
pub struct Press<C: Code> {
    code: Arc<C>,
    spec: Spec,
    asked: Asked<Pressed<C>>,
    whole: Whole,
    budget: Budget,
    threads: usize,
    save: Option<PathBuf>,
    written: String,
}

impl<C: Code> Clone for Press<C> {
    fn clone(&self) -> Self {
        let Press { code, spec, asked, whole, budget, threads, save, written } = self;
        Press {
            code: code.clone(),
            spec: spec.clone(),
            asked: asked.clone(),
            whole: whole.clone(),
            budget: *budget,
            threads: *threads,
            save: save.clone(),
            written: written.clone(),
        }
    }
}

/// Why code and spec cannot be pressed against one another. Its `Debug` is its `Display`, because that is what a failed
/// test shows.
#[derive(Clone, PartialEq, Eq, Error)]
pub enum PressError {
    /// The code has other initial states, or a state another view, when it is asked again.
    #[error(
        "Code::{what} does not give the same each time; let it depend on the state and on nothing else"
    )]
    Unsteady {
        /// The method.
        what: &'static str,
    },
    /// The code has no initial state.
    #[error("Code::initial gives no state; give at least one")]
    NoInitialState,
    /// The view is no record.
    #[error(
        "Code::view gives no record with variables; give those of the spec, or some of them, by Value::record"
    )]
    NoRecord,
    /// The view has a variable that the spec does not have.
    #[error(
        "Code::view has a variable {name:?}, and the spec has {known}; {}",
        if name == "state" { "implement Code::view" } else { "name it as the spec does" }
    )]
    NoSuchVariable {
        /// The variable.
        name: String,
        /// What the spec has.
        known: String,
    },
    /// A variable of the first view has a value of a kind that it never has in the spec.
    #[error(
        "Code::view: {name} is {value}, a {kind}, and in the spec a {known}{}",
        if known == "set" && *kind == "function" {
            "; say so with #[serde(serialize_with = \"with::set\")], or with Mapping::set"
        } else if known == "model value" && *kind == "string" {
            "; say so with #[serde(serialize_with = \"with::model\")], or with Mapping::model"
        } else {
            ""
        }
    )]
    WrongKind {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
        /// What that is.
        kind: &'static str,
        /// What the spec has.
        known: String,
    },
    /// The code names an action that the spec does not have.
    #[error("Code::spec_action names {name:?}, and the spec has {known}; name it as the spec does")]
    NoSuchAction {
        /// The action.
        name: String,
        /// What the spec has.
        known: String,
    },
    /// Two properties have one name, or one has a name of ours.
    #[error("there are two properties {name:?}, of which one may be of ours; give it another name")]
    Twice {
        /// The name.
        name: String,
    },
    /// A state has no view.
    #[error("Code::view: {error}; in the state {state}")]
    View {
        /// The state.
        state: String,
        /// What has no value.
        error: ValueError,
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

impl fmt::Debug for PressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Begins to press code against its spec. The macro of the same name writes down the code's expression besides, for
/// the test that a report comes with.
pub fn press<C: Code>(code: C, spec: Spec) -> Press<C> {
    Press {
        code: Arc::new(code),
        spec,
        asked: Asked::default(),
        whole: Whole { steps: 1, ..Whole::default() },
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
    /// The spec.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How the code is written in Rust, for the test that a report comes with.
    #[must_use]
    pub fn written(mut self, code: &str) -> Self {
        code.clone_into(&mut self.written);
        self
    }

    /// Asks that something holds in each state of the code.
    #[must_use]
    #[track_caller]
    pub fn invariant(
        mut self,
        name: impl Into<Name>,
        holds: impl Fn(&C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let holds = move |_: &Pressed<C>, pair: &Pair<C::State>| holds(&pair.code);
        self.asked.laws.push(Law::invariant(name, holds, |_, _| true));
        self
    }

    /// Asks that something holds of each step of the code that changes its state.
    #[must_use]
    #[track_caller]
    pub fn step_property(
        mut self,
        name: impl Into<Name>,
        holds: impl Fn(&C::State, &C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let holds = move |_: &Pressed<C>, before: &Pair<C::State>, after: &Pair<C::State>| {
            before.code == after.code || holds(&before.code, &after.code)
        };
        self.asked.laws.push(Law::step(name, holds, |_, _, _| true));
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
        let formula = Formula::leads_to(
            move |_: &Pressed<C>, pair: &Pair<C::State>| p(&pair.code),
            move |_, pair| q(&pair.code),
        );
        self.asked.temporal.push(Temporal { name: name.into(), formulas: vec![formula] });
        self
    }

    /// Asks that something holds at some time on every way that the code can go: `<>P`, under the fairness that is
    /// assumed.
    #[must_use]
    pub fn eventually(
        mut self,
        name: impl Into<Name>,
        p: impl Fn(&C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let formula =
            Formula::eventually(move |_: &Pressed<C>, pair: &Pair<C::State>| p(&pair.code));
        self.asked.temporal.push(Temporal { name: name.into(), formulas: vec![formula] });
        self
    }

    /// Asks that something holds in at least one state of the code.
    #[must_use]
    #[track_caller]
    pub fn reaches(
        mut self,
        name: impl Into<Name>,
        p: impl Fn(&C::State) -> bool + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        self.whole.to_reach.push(name.clone());
        let reached = move |_: &Pressed<C>, pair: &Pair<C::State>| p(&pair.code);
        self.asked.laws.push(Law::invariant(name, |_, _| true, reached));
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

    /// Assumes weak fairness for each of several, such as the processes: `\A p \in Processes : WF(Next(p))`.
    #[must_use]
    pub fn each_weakly_fair<T: Debug + Send + Sync + 'static>(
        mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        actions: impl Fn(&T, &C::Action) -> bool + Send + Sync + 'static,
    ) -> Self {
        let actions = Arc::new(actions);
        for item in items {
            let (name, actions) = (format!("{name}({item:?})"), actions.clone());
            self = self.weakly_fair(name, move |action| actions(&item, action));
        }
        self
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
        // A step that leaves the code as it was is none of `<A>_vars`, whatever it may be in the spec.
        let actions = move |pressed: &Pressed<C>, pair: &Pair<C::State>, action: &C::Action| {
            actions(action)
                && pressed.code.step(&pair.code, action).is_some_and(|next| next != pair.code)
        };
        self.asked.fairness.push(Fairness::new(name, strength, actions));
        self
    }

    /// Allows a step of the code to be up to so many steps of the spec. One is the default.
    #[must_use]
    pub fn steps(mut self, most: usize) -> Self {
        self.whole.steps = most.max(1);
        self
    }

    /// Asks that the code does all that the spec allows: that it is in each state of the spec, and takes each of its
    /// labelled steps but those that change nothing.
    #[must_use]
    pub fn expect_complete(mut self) -> Self {
        self.whole.complete = true;
        self
    }

    /// Asks that a step can be taken in each state of the code.
    #[must_use]
    pub fn no_deadlock(mut self) -> Self {
        self.whole.no_deadlock = true;
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

    /// Writes each counterexample into this folder: as `PROPERTY.itf.json`, and as a test in `PROPERTY.rs`. Otherwise a
    /// test writes them into a folder of its own under `target/mitregate`.
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
        let Press { code, spec, asked, whole, budget, threads, save, written } = self;
        let goals = whole.goals();
        let pressed = Pressed::new(code, spec, asked, whole, written.clone())?;
        let options = Options { threads, budget, ..Options::default() };
        let asks_spec = !Goals::all().names(&pressed.spec).is_empty();
        let of_spec =
            asks_spec.then(|| check(&pressed.spec, &Goals::all(), &options)).transpose()?;
        let stuck = |trace: &Trace| end_beside_stuck(trace);
        let watchdog = Watchdog { patience: PATIENCE, tell: &stuck };
        // Without a time there is none that could be up.
        let options = Options { watchdog: budget.timeout.map(|_| watchdog), ..options };
        let report = check(&pressed, &goals, &options)?;
        if let Some(problem) = pressed.problem.get() {
            return Err(problem.clone());
        }
        let report = PressReport {
            of_spec,
            tests: report
                .properties
                .iter()
                .filter_map(|it| Some((it.name.clone(), guarded(|| pressed.test_of(it)).ok()??)))
                .collect(),
            realised: (!pressed.spec.is_none).then(|| Realised::of(&pressed)),
            to_reach: pressed.whole.to_reach.clone(),
            report,
            saved: Vec::new(),
        };
        match (save, under_target(&written)) {
            (Some(folder), _) => report.saved_in(&folder),
            // Nobody asked for it, so it is no error if it cannot be.
            (None, Some(folder)) => Ok(report.clone().saved_in(&folder).unwrap_or(report)),
            (None, None) => Ok(report),
        }
    }

    /// What is asked, for a check of the model.
    pub fn goals(&self) -> Goals {
        self.whole.goals()
    }

    /// How far the exploration may go.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Code and spec as one model, for everything that takes a [`Checkable`](crate::check::Checkable): searches, random
    /// walks, replays. Budgets, and laws of the spec, are no part of it.
    ///
    /// # Errors
    ///
    /// As for [`Press::run`], before anything is explored.
    pub fn model(self) -> Result<Pressed<C>, PressError> {
        Pressed::new(self.code, self.spec, self.asked, self.whole, self.written)
    }
}

/// How long a step may go on when the time is up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says which state keeps a test from ending, and ends all tests of the program: a step that does not return cannot be
/// ended otherwise.
fn end_beside_stuck(trace: &Trace) {
    let seconds = PATIENCE.as_secs();
    let states = trace.len();
    // Whoever has closed it does not read.
    let _ = writeln!(
        std::io::stderr(),
        "inconclusive: a step out of state {states} has not ended {seconds} s after the time was up; the code may loop \
         there for ever\n{trace}"
    );
    std::process::exit(3);
}

/// A folder for the test that runs, in the folder that Cargo builds into; none for other programs.
fn under_target(written: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let deps = program.parent().filter(|folder| folder.ends_with("deps"))?;
    let stem = program.file_stem()?.to_string_lossy().into_owned();
    let crate_name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("main");
    // With one thread, tests run on the main one.
    let test = if test == "main" { written } else { test };
    let folder = format!("{crate_name}-{}", report::file_name(test));
    Some(deps.parent()?.parent()?.join("mitregate").join(folder))
}
