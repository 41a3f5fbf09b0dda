//! Stateright beside the checker: our models in its Explorer and in its searches.
//!
//! [`Stateright`] makes a model of ours one of Stateright's. It hides the types of states and actions, so
//! that Stateright's searches and its web server are compiled once and not for each model. Stateright's own
//! types, such as its actors and networks, are under [`mitregate::stateright`](crate::stateright), so that a
//! user needs no dependency of that name.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::panic;
use std::sync::{Arc, PoisonError, RwLock};

use stateright::{Checker, Model as _, Path, Property};

use crate::check::contract::{Panic, guarded};
use crate::check::miter::{CODE, SPEC, in_the_spec};
use crate::check::replay::violates;
use crate::check::{Checkable, Claim, Goals, Law, NO_PANIC, Name, Trace};
use crate::tla::value::{self, Value};

/// A state or an action of any model.
pub trait Hidden: Any + fmt::Debug + Send + Sync {
    /// Feeds the value to a hasher, all of it.
    fn hash_all(&self, hasher: &mut dyn Hasher);

    /// Whether the other value is of the same type, and equal.
    fn is_same(&self, other: &dyn Any) -> bool;
}

/// A state of any model; cheap to clone.
#[derive(Clone)]
pub struct AnyState(Arc<dyn Hidden>);

/// An action of any model; cheap to clone.
#[derive(Clone)]
pub struct AnyAction(Arc<dyn Hidden>);

/// A state, and how it is shown: Stateright's Explorer shows what `Debug` writes.
struct State<S> {
    state: S,
    show: Arc<Show<S>>,
}

/// The variables of a state, a line each.
type Show<S> = dyn Fn(&S) -> Vec<String> + Send + Sync;

impl<S> fmt::Debug for State<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.show)(&self.state).join("\n"))
    }
}

#[derive(Debug)]
struct Action<A>(A);

impl<S: Eq + Hash + Send + Sync + 'static> Hidden for State<S> {
    fn hash_all(&self, mut hasher: &mut dyn Hasher) {
        self.state.hash(&mut hasher);
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.state == other.state)
    }
}

impl<A: PartialEq + fmt::Debug + Send + Sync + 'static> Hidden for Action<A> {
    fn hash_all(&self, _: &mut dyn Hasher) {}

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

/// What takes the place of a state that a panic has kept from being reached.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Panicked(String);

impl AnyState {
    fn panicked(panic: &Panic) -> AnyState {
        AnyState::of(
            Panicked(panic.to_string()),
            &(Arc::new(|it: &Panicked| vec![it.0.clone()]) as _),
        )
    }

    fn is_panicked(&self) -> bool {
        self.get::<Panicked>().is_some()
    }

    fn of<S: Eq + Hash + Send + Sync + 'static>(state: S, show: &Arc<Show<S>>) -> AnyState {
        AnyState(Arc::new(State { state, show: show.clone() }))
    }

    /// None if the state is of another model.
    fn get<S: 'static>(&self) -> Option<&S> {
        let any: &dyn Any = &*self.0;
        any.downcast_ref().map(|State { state, .. }| state)
    }
}

impl AnyAction {
    /// None if the action is of another model.
    fn get<A: 'static>(&self) -> Option<&A> {
        let any: &dyn Any = &*self.0;
        any.downcast_ref().map(|Action(action)| action)
    }
}

impl PartialEq for AnyState {
    fn eq(&self, other: &AnyState) -> bool {
        self.0.is_same(&*other.0)
    }
}

impl Eq for AnyState {}

impl PartialEq for AnyAction {
    fn eq(&self, other: &AnyAction) -> bool {
        self.0.is_same(&*other.0)
    }
}

// The values that are hidden derive their hashes; this hands on all of what they feed.
impl Hash for AnyState {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_all(state);
    }
}

impl fmt::Debug for AnyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AnyAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What Stateright needs of a model, without its types. A state or action of another model is one that is
/// not enabled, and shows nothing.
pub trait Steps: Send + Sync {
    /// The initial states.
    fn initial(&self) -> Vec<AnyState>;
    /// The actions that are enabled in a state, and those that panic.
    fn actions(&self, state: &AnyState) -> Vec<AnyAction>;
    /// The state after an action, if that is enabled.
    fn next(&self, state: &AnyState, action: &AnyAction) -> Option<AnyState>;
    /// Whether a state is explored.
    fn is_within(&self, state: &AnyState) -> bool;
    /// One state for all that are the same up to symmetry.
    fn representative(&self, state: AnyState) -> AnyState;
    /// An action as people read it.
    fn format(&self, action: &AnyAction) -> String;
    /// A step as the Explorer shows it.
    fn describe(&self, state: &AnyState, action: &AnyAction) -> Option<String>;
    /// What there is to say of a step; of a state alone, if no action is given.
    fn tell(&self, state: &AnyState, action: Option<&AnyAction>) -> Option<Told>;
    /// A state by its variables, a line each.
    fn show(&self, state: &AnyState) -> Vec<String>;
    /// The actions that are offered in a state and cannot be taken, each with the conjunct of its guard that is false, where
    /// the model can tell.
    fn disabled(&self, state: &AnyState) -> Vec<(String, Option<String>)>;
    /// A picture of a state, as SVG.
    fn draw(&self, state: &AnyState) -> Option<String>;
    /// The names of the invariants that the model states.
    fn invariants(&self) -> Vec<Name>;
    /// Whether the invariant of that index holds in a state. One that panics does not.
    fn holds(&self, index: usize, state: &AnyState) -> bool;
    /// Whether the code panicked on the way to this state, or panics when it is asked for its actions.
    fn panics(&self, state: &AnyState) -> bool;
}

/// What there is to say of a step, or of the state where a path begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it changes, a line each.
    pub changes: Vec<String>,
    /// What it performs in the spec, if it is a step of code beside its spec.
    pub performs: Option<String>,
    /// The laws that fail in the state that it leads to, or on the way there, each with what explains it.
    pub fails: Vec<(Name, Vec<String>)>,
}

/// A model with the invariants that it states.
struct Typed<M: Checkable> {
    model: Arc<M>,
    show: Arc<Show<M::State>>,
    /// The laws that are asked, whatever they are about.
    asked: Vec<Name>,
    invariants: Vec<Law<M>>,
}

impl<M: Checkable> Steps for Typed<M> {
    fn initial(&self) -> Vec<AnyState> {
        match guarded(|| self.model.init_states()) {
            Ok(states) => states.into_iter().map(|state| AnyState::of(state, &self.show)).collect(),
            Err(panic) => vec![AnyState::panicked(&panic)],
        }
    }

    // Only those that can be taken: the Explorer's addresses are made of indices into this list, and a
    // step that cannot be taken would have the address of another state.
    fn actions(&self, state: &AnyState) -> Vec<AnyAction> {
        let offered = state.get().and_then(|state| Some((state, self.offered(state).ok()?)));
        let Some((state, mut actions)): Option<(&M::State, Vec<M::Action>)> = offered else {
            return Vec::new();
        };
        actions.retain(|action| {
            // A panic is a step that can be taken, to its own kind of state.
            guarded(|| self.model.next_state(state, action.clone())).map_or(true, |it| it.is_some())
        });
        actions.into_iter().map(|action| AnyAction(Arc::new(Action(action)))).collect()
    }

    fn next(&self, state: &AnyState, action: &AnyAction) -> Option<AnyState> {
        let action: M::Action = action.get().cloned()?;
        let state = state.get()?;
        match guarded(|| self.model.next_state(state, action)) {
            Ok(next) => next.map(|state| AnyState::of(state, &self.show)),
            Err(panic) => Some(AnyState::panicked(&panic)),
        }
    }

    fn is_within(&self, state: &AnyState) -> bool {
        state.is_panicked() || state.get().is_some_and(|state| self.model.within_boundary(state))
    }

    fn representative(&self, state: AnyState) -> AnyState {
        match state.get() {
            Some(typed) if self.model.has_symmetry() => {
                AnyState::of(self.model.representative(typed), &self.show)
            }
            _ => state,
        }
    }

    fn format(&self, action: &AnyAction) -> String {
        action.get().map_or_else(String::new, |action| self.model.format_action(action))
    }

    fn describe(&self, state: &AnyState, action: &AnyAction) -> Option<String> {
        let (state, action) = (state.get()?, action.get()?);
        guarded(|| describe_step(&*self.model, &self.asked, state, action))
            .unwrap_or_else(|panic| Some(panic.to_string()))
    }

    fn tell(&self, state: &AnyState, action: Option<&AnyAction>) -> Option<Told> {
        let state = state.get()?;
        let action = match action {
            Some(action) => Some(action.get()?),
            None => None,
        };
        guarded(|| tell(&*self.model, &self.asked, state, action)).unwrap_or_else(|panic| {
            let fails = vec![(NO_PANIC.into(), vec![panic.to_string()])];
            Some(Told { changes: Vec::new(), performs: None, fails })
        })
    }

    fn show(&self, state: &AnyState) -> Vec<String> {
        let Some(typed) = state.get() else { return vec![format!("{state:?}")] };
        (self.show)(typed)
    }

    fn disabled(&self, state: &AnyState) -> Vec<(String, Option<String>)> {
        let Some(state) = state.get() else { return Vec::new() };
        let offered = self.offered(state).unwrap_or_default().into_iter();
        let why = |action: M::Action| {
            guarded(|| {
                let is_disabled = self.model.next_state(state, action.clone()).is_none();
                let why =
                    || (self.model.format_action(&action), self.model.why_disabled(state, &action));
                is_disabled.then(why)
            })
            .ok()
            .flatten()
        };
        offered.filter_map(why).collect()
    }

    fn draw(&self, state: &AnyState) -> Option<String> {
        let state = state.get()?;
        guarded(|| self.model.picture(state)).ok().flatten()
    }

    fn invariants(&self) -> Vec<Name> {
        self.invariants.iter().map(|law| law.name.clone()).collect()
    }

    fn holds(&self, index: usize, state: &AnyState) -> bool {
        match (self.invariants.get(index), state.get()) {
            (Some(law), Some(state)) => {
                guarded(|| !law.violated_in(&*self.model, state)).unwrap_or(false)
            }
            _ => true,
        }
    }

    fn panics(&self, state: &AnyState) -> bool {
        state.is_panicked() || state.get().is_some_and(|state| self.offered(state).is_err())
    }
}

impl<M: Checkable> Typed<M> {
    fn offered(&self, state: &M::State) -> Result<Vec<M::Action>, Panic> {
        guarded(|| self.model.offered(state))
    }
}

/// The steps of a model, without its types, and of its laws those that are asked.
pub fn steps<M: Checkable>(model: M, goals: &Goals) -> Box<dyn Steps> {
    let asked = goals.names(&model);
    let mut invariants = invariants(&model);
    invariants.retain(|law| asked.contains(&law.name));
    let model = Arc::new(model);
    let shown = model.clone();
    let show = move |state: &M::State| {
        guarded(|| show(&shown.view(state))).unwrap_or_else(|panic| vec![panic.to_string()])
    };
    Box::new(Typed { model, show: Arc::new(show), asked, invariants })
}

/// The path of a trace in the Explorer: of its states, the index of the first among the initial ones, then
/// of each step among those that can be taken. None if the model has no such steps.
pub fn path<M: Checkable>(model: &M, trace: &Trace) -> Option<String> {
    guarded(|| {
        let states = trace.states(model).ok()?;
        let first = model.init_states().iter().position(|state| Some(state) == states.first())?;
        let mut path = first.to_string();
        for (pair, step) in states.windows(2).zip(&trace.steps[1..]) {
            let is_it = |(action, next): &(M::Action, M::State)| {
                *next == pair[1] && Some(model.format_action(action)) == step.action
            };
            let index = model.next_steps(&pair[0]).iter().position(is_it)?;
            path = format!("{path}/{index}");
        }
        Some(path)
    })
    .ok()
    .flatten()
}

/// What is asked of a model and not judged by the Explorer: all but invariants.
pub fn unjudged<M: Checkable>(model: &M, goals: &Goals) -> Vec<Name> {
    let judged = invariants(model);
    let of_the_whole = model.asked_of_the_whole();
    let is_judged =
        |name: &Name| judged.iter().any(|law| law.name == *name) && !of_the_whole.contains(name);
    let names = goals.names(model);
    let unnamed = of_the_whole.iter().filter(|name| !names.contains(name));
    names.iter().filter(|name| !is_judged(name)).chain(unnamed).cloned().collect()
}

fn invariants<M: Checkable>(model: &M) -> Vec<Law<M>> {
    let laws = model.laws().into_iter();
    laws.filter(|law| matches!(law.claim, Claim::Invariant { .. })).collect()
}

/// Lines for the Explorer's page. It shows properties and nothing else of ours, so each line is there as one:
/// as an example that is never found, which the page does not call good.
#[derive(Clone, Default)]
pub struct Remarks(Arc<RwLock<Vec<&'static str>>>);

impl Remarks {
    /// Adds a line. It stays until the process ends.
    pub fn add(&self, line: String) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(String::leak(line));
    }

    fn lines(&self) -> Vec<&'static str> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A model of ours as a model of Stateright's. Its properties are the invariants that the model states, and
/// that the code does not panic.
pub struct Stateright {
    steps: Box<dyn Steps>,
    invariants: usize,
    remarks: Remarks,
}

/// Stateright's properties are plain functions, which cannot know of which law they are. So there is one
/// for each of so many indices; the last takes all laws from there on.
const SHOWN: usize = 32;

impl Stateright {
    /// The model.
    pub fn new<M: Checkable>(model: M) -> Stateright {
        Stateright::of(steps(model, &Goals::all()))
    }

    /// The model whose steps these are.
    pub fn of(steps: Box<dyn Steps>) -> Stateright {
        let remarks = Remarks::default();
        Stateright { invariants: steps.invariants().len(), steps, remarks }
    }

    fn holds<const INDEX: usize>(&self, state: &AnyState) -> bool {
        let last = if INDEX + 1 == SHOWN { self.invariants } else { INDEX + 1 };
        (INDEX..last).all(|index| self.steps.holds(index, state))
    }
}

/// The functions [`Stateright::holds`] of all indices.
macro_rules! holds_by_index {
    ($($index:literal)*) => { [$(Self::holds::<$index>),*] };
}

impl stateright::Model for Stateright {
    type State = AnyState;
    type Action = AnyAction;

    fn init_states(&self) -> Vec<AnyState> {
        self.steps.initial()
    }

    fn actions(&self, state: &AnyState, actions: &mut Vec<AnyAction>) {
        actions.extend(self.steps.actions(state));
    }

    fn next_state(&self, state: &AnyState, action: AnyAction) -> Option<AnyState> {
        self.steps.next(state, &action)
    }

    fn format_action(&self, action: &AnyAction) -> String {
        self.steps.format(action)
    }

    fn format_step(&self, state: &AnyState, action: AnyAction) -> Option<String> {
        self.steps.describe(state, &action)
    }

    /// The invariants, and that nothing panics. Stateright stops early when every property has been
    /// decided: the latter is there where the model states no invariant.
    fn properties(&self) -> Vec<Property<Self>> {
        let conditions: [fn(&Self, &AnyState) -> bool; SHOWN] = holds_by_index!(
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
        );
        let names = self.steps.invariants().into_iter().map(|name| match name {
            Cow::Borrowed(name) => name,
            // A name for each invariant of a model that is served until the process ends.
            Cow::Owned(name) => String::leak(name),
        });
        let invariants = names.zip(conditions).map(|(name, holds)| Property::always(name, holds));
        let no_panic = Property::always(NO_PANIC, |model: &Self, state| !model.steps.panics(state));
        let remarks = self.remarks.lines().into_iter();
        let remarks = remarks.map(|line| Property::sometimes(line, |_, _| false));
        invariants.chain([no_panic]).chain(remarks).collect()
    }

    fn within_boundary(&self, state: &AnyState) -> bool {
        self.steps.is_within(state)
    }

    fn as_svg(&self, path: Path<AnyState, AnyAction>) -> Option<String> {
        self.steps.draw(path.last_state())
    }
}

/// Serves a model in Stateright's Explorer until the process ends. Remarks may come while it is served.
///
/// Sets a panic hook that is silent about panics inside of the web server: it panics on connections that are
/// reset before it has looked at them, in a thread of their own, and goes on.
pub fn serve(steps: Box<dyn Steps>, address: SocketAddr, remarks: Remarks) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|at| at.file().contains("tiny_http")) {
            before(info);
        }
    }));
    Stateright { remarks, ..Stateright::of(steps) }.checker().serve(address);
}

/// How many unique states Stateright's own search finds: depth-first, or else breadth-first. States are
/// replaced by their representatives where the model has a symmetry.
pub fn count(steps: Box<dyn Steps>, depth_first: bool) -> usize {
    let checker = Exhaustive(steps).checker().threads(rayon::current_num_threads());
    if depth_first {
        checker.spawn_dfs().join().unique_state_count()
    } else {
        checker.spawn_bfs().join().unique_state_count()
    }
}

/// A model that Stateright searches to the end, up to symmetry: its properties do not stop it early.
struct Exhaustive(Box<dyn Steps>);

impl stateright::Model for Exhaustive {
    type State = AnyState;
    type Action = AnyAction;

    fn init_states(&self) -> Vec<AnyState> {
        self.0.initial().into_iter().map(|state| self.0.representative(state)).collect()
    }

    fn actions(&self, state: &AnyState, actions: &mut Vec<AnyAction>) {
        actions.extend(self.0.actions(state));
    }

    fn next_state(&self, state: &AnyState, action: AnyAction) -> Option<AnyState> {
        self.0.next(state, &action).map(|next| self.0.representative(next))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("Explored", |_, _| true)]
    }

    fn within_boundary(&self, state: &AnyState) -> bool {
        self.0.is_within(state)
    }
}

/// What a step changes, and which laws fail after it and why; of a state alone, which fail in it.
fn tell<M: Checkable>(
    model: &M,
    asked: &[Name],
    state: &M::State,
    action: Option<&M::Action>,
) -> Option<Told> {
    let next = match action {
        Some(action) => model.next_state(state, action.clone())?,
        None => state.clone(),
    };
    let before = action.map(|action| (state, action));
    let changes = changed(&model.view(state), &model.view(&next));
    let names = before.and_then(|(state, action)| model.performs(state, action, &next));
    let mut fails = Vec::new();
    for law in model.laws().into_iter().filter(|law| asked.contains(&law.name)) {
        if violates(model, &law.name, before.map(|(state, _)| state), &next) {
            let why = model.explain(&law.name, before, &next);
            fails.push((law.name, why));
        }
    }
    Some(Told { changes, performs: names.map(|names| in_the_spec(&names)), fails })
}

/// The halves of a state of code beside its spec.
const HALVES: [&str; 2] = [CODE, SPEC];

/// The variables of a state, a line each; of code beside its spec, those of both halves, and once what is equal in both.
fn show(view: &Value) -> Vec<String> {
    let Some(variables) = fields(view) else { return vec![view.to_string()] };
    let halves: Vec<_> = variables
        .iter()
        .filter(|(name, _)| HALVES.contains(name))
        .filter_map(|(name, half)| Some((*name, fields(half)?)))
        .collect();
    let is_in_all =
        |field: &(&str, &Value)| halves.iter().all(|(_, of_half)| of_half.contains(field));
    let mut lines = Vec::new();
    for (name, value) in &variables {
        let Some((_, of_half)) = halves.iter().find(|(half, _)| half == name) else {
            lines.push(format!("{name} = {value}"));
            continue;
        };
        let is_first = halves[0].0 == *name;
        for field in of_half {
            let (variable, value) = field;
            match is_in_all(field) && halves.len() > 1 {
                true if is_first => lines.push(format!("{variable} = {value}")),
                true => {}
                false => lines.push(format!("{name}.{variable} = {value}")),
            }
        }
    }
    lines
}

/// The changes of a step, a line each; of code beside its spec, once what is equal in both.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let lines: Vec<String> = value::diff(before, after).iter().map(ToString::to_string).collect();
    let in_half = |line: &str, half: usize| {
        Some(line.strip_prefix(HALVES[half])?.strip_prefix('.')?.to_owned())
    };
    let of_half = |half| lines.iter().filter_map(move |line| in_half(line, half));
    let (code, spec): (Vec<_>, Vec<_>) = (of_half(0).collect(), of_half(1).collect());
    let once = |line: String| match (in_half(&line, 0), in_half(&line, 1)) {
        (Some(change), _) if spec.contains(&change) => Some(change),
        (_, Some(change)) if code.contains(&change) => None,
        _ => Some(line),
    };
    lines.iter().cloned().filter_map(once).collect()
}

/// The fields of a record.
fn fields(value: &Value) -> Option<Vec<(&str, &Value)>> {
    let pairs = value.as_fun()?.iter();
    pairs.map(|(name, value)| Some((name.as_str()?, value))).collect()
}

/// A step as the Explorer shows it: what it changed, what it performs in the spec, which laws fail after it and why, and
/// then the whole state.
fn describe_step<M: Checkable>(
    model: &M,
    asked: &[Name],
    state: &M::State,
    action: &M::Action,
) -> Option<String> {
    let Told { changes: mut lines, performs, fails } = tell(model, asked, state, Some(action))?;
    if lines.is_empty() {
        lines.push("nothing changes".to_owned());
    }
    lines.extend(performs);
    for (law, why) in fails {
        lines.extend([String::new(), format!("{law} fails")]);
        lines.extend(why);
    }
    lines.push(String::new());
    lines.extend(show(&model.view(&model.next_state(state, action.clone())?)));
    Some(lines.join("\n"))
}
