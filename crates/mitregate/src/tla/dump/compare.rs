//! The first difference between two state graphs.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;

use super::StateGraph;
use crate::tla::value::{Change, Value, diff};

/// One of the two graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The graph that was asked to compare itself.
    Left,
    /// The graph that it was given.
    Right,
}

/// One step of a path, with the state it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// The action; `None` for the initial state, and only there.
    pub action: Option<String>,
    /// The state after the step.
    pub state: Value,
}

/// What the other side does instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The state that is closest to the one that only one side has.
    pub state: Value,
    /// What is different here, compared to that.
    pub changes: Vec<Change>,
}

/// The first difference between two graphs: a step, or an initial state, of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What to call the left and the right graph. Set by [`Difference::named`].
    pub names: Box<(String, String)>,
    /// A shortest path in both graphs from an initial state to the last state before the
    /// difference; empty if the difference is in the initial states.
    pub path: Vec<PathStep>,
    /// The graph that has the step or initial state.
    pub side: Side,
    /// The action of the step; `None` for an initial state.
    pub action: Option<String>,
    /// The state that the step leads to, or the initial state.
    pub successor: Value,
    /// What the other side does under that action, or begins with, if it does anything: whatever
    /// has the fewest differences to `successor`, preferably something that only it does.
    pub nearest: Option<Box<Nearest>>,
}

impl Difference {
    /// The same with names for the two graphs, for display.
    #[must_use]
    pub fn named(mut self, left: impl Into<String>, right: impl Into<String>) -> Difference {
        *self.names = (left.into(), right.into());
        self
    }
}

impl std::error::Error for Difference {}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = &*self.names;
        let (owner, other) = match self.side {
            Side::Left => (left, right),
            Side::Right => (right, left),
        };
        let what = self.action.as_deref().unwrap_or("initial state");
        match self.path.len() {
            0 => write!(f, "{left} and {right} differ from the beginning:")?,
            1 => write!(f, "{left} and {right} differ in the first step:")?,
            2 => write!(f, "{left} and {right} agree on one step, then differ:")?,
            n => write!(f, "{left} and {right} agree on {} steps, then differ:", n - 1)?,
        }
        let mut before = None;
        for (n, step) in self.path.iter().enumerate() {
            if let (Some(action), Some(before)) = (&step.action, before) {
                write!(f, "\n  {n}. {action}")?;
                write_changes(f, &diff(before, &step.state))?;
            } else {
                write!(f, "\n  {n}. initial state")?;
                write_state(f, &step.state)?;
            }
            before = Some(&step.state);
        }
        if let Some(before) = before {
            write!(f, "\nthen only {owner} has this {what}:")?;
            write_changes(f, &diff(before, &self.successor))?;
        } else {
            write!(f, "\nonly {owner} has this {what}:")?;
            write_state(f, &self.successor)?;
        }
        let Some(nearest) = &self.nearest else { return write!(f, "\n{other} has no {what} here") };
        write!(f, "\nthe nearest {what} of {other} is different ({owner} -> {other}):")?;
        write_changes(f, &nearest.changes)
    }
}

/// One line for each variable.
fn write_state(f: &mut fmt::Formatter<'_>, state: &Value) -> fmt::Result {
    let Some(variables) = state.as_fun().filter(|_| state.is_record()) else {
        return write!(f, "\n       {state}");
    };
    for (variable, value) in variables {
        write!(f, "\n       {} = {value}", variable.as_str().unwrap_or_default())?;
    }
    Ok(())
}

fn write_changes(f: &mut fmt::Formatter<'_>, changes: &[Change]) -> fmt::Result {
    if changes.is_empty() {
        write!(f, "\n       (nothing changes)")?;
    }
    for change in changes {
        write!(f, "\n       {change}")?;
    }
    Ok(())
}

/// A graph by its states instead of their numbers. Sorted, so that the first difference does not
/// depend on numbers either.
struct View<'a> {
    /// As steps by an action without a name.
    initial: Steps<'a>,
    steps: HashMap<&'a Value, Steps<'a>>,
}

/// Actions, and where they lead.
type Steps<'a> = BTreeSet<(&'a str, &'a Value)>;

impl<'a> View<'a> {
    fn of(graph: &'a StateGraph, states: &'a [Value]) -> View<'a> {
        let mut steps: HashMap<_, Steps<'_>> = HashMap::new();
        for (from, action, to) in graph.edges() {
            steps.entry(&states[from as usize]).or_default().insert((action, &states[to as usize]));
        }
        let initial = graph.initial().iter().map(|&n| ("", &states[n as usize])).collect();
        View { initial, steps }
    }
}

pub(super) fn compare(left: &StateGraph, right: &StateGraph) -> Result<(), Difference> {
    let [left_states, right_states] = [left, right].map(|graph| graph.states().collect::<Vec<_>>());
    let (left, right) = (View::of(left, &left_states), View::of(right, &right_states));
    if let Some(mut difference) = first_extra(&left.initial, &right.initial) {
        difference.action = None;
        return Err(difference);
    }
    let mut queue: VecDeque<&Value> = left.initial.iter().map(|&(_, state)| state).collect();
    let mut reached: HashMap<&Value, Option<(&Value, &str)>> =
        queue.iter().map(|&state| (state, None)).collect();
    let none = BTreeSet::new();
    while let Some(state) = queue.pop_front() {
        let steps = left.steps.get(state).unwrap_or(&none);
        if let Some(mut difference) = first_extra(steps, right.steps.get(state).unwrap_or(&none)) {
            difference.path = path_to(state, &reached);
            return Err(difference);
        }
        for &(action, next) in steps {
            reached.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some((state, action))
            });
        }
    }
    Ok(())
}

/// The first step that only one side has; the left one's come first.
fn first_extra(left: &Steps<'_>, right: &Steps<'_>) -> Option<Difference> {
    let (side, (action, successor), own, others) =
        if let Some(&step) = left.difference(right).next() {
            (Side::Left, step, left, right)
        } else {
            (Side::Right, *right.difference(left).next()?, right, left)
        };
    let nearest = others
        .iter()
        .filter(|(other, _)| *other == action)
        .map(|step| (own.contains(step), diff(successor, step.1), step.1))
        .min_by_key(|(common, changes, _)| (*common, changes.len()))
        .map(|(_, changes, state)| Box::new(Nearest { state: state.clone(), changes }));
    Some(Difference {
        names: Box::new(("left".to_owned(), "right".to_owned())),
        path: Vec::new(),
        side,
        action: Some(action.to_owned()),
        successor: successor.clone(),
        nearest,
    })
}

fn path_to(state: &Value, reached: &HashMap<&Value, Option<(&Value, &str)>>) -> Vec<PathStep> {
    let mut path = Vec::new();
    let mut state = state;
    while let Some(Some((before, action))) = reached.get(state) {
        path.push(PathStep { action: Some((*action).to_owned()), state: state.clone() });
        state = before;
    }
    path.push(PathStep { action: None, state: state.clone() });
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::super::samples::graph;
    use super::*;

    #[test]
    fn numbers_do_not_matter() {
        let a = graph(&[0, 1, 2], &[0], &[(0, "A", 1), (1, "B", 2)]);
        let b = graph(&[2, 1, 0], &[2], &[(2, "A", 1), (1, "B", 0)]);
        assert_eq!(a.compare(&b), Ok(()));
    }

    #[test]
    fn the_first_difference_comes_with_its_path() {
        let a = graph(&[0, 1, 2, 3], &[0], &[(0, "A", 1), (1, "B", 2), (2, "C", 3)]);
        let b = graph(&[0, 1, 5], &[0], &[(0, "A", 1), (1, "B", 2)]);
        let difference = a.compare(&b).unwrap_err();
        assert_eq!(difference.side, Side::Left);
        assert_eq!(difference.action.as_deref(), Some("B"));
        assert_eq!(difference.path.len(), 2);
        assert_eq!(
            difference.named("TLC", "port").to_string(),
            "TLC and port agree on one step, then differ:\n  0. initial state\n       x = 0\n  \
             1. A\n       x: 0 -> 1\nthen only TLC has this B:\n       x: 1 -> 2\nthe nearest B of \
             port is different (TLC -> port):\n       x: 2 -> 5"
        );
    }

    #[test]
    fn both_directions_count() {
        let a = graph(&[0, 1], &[0], &[(0, "A", 1)]);
        let b = graph(&[0, 1], &[0], &[(0, "A", 1), (0, "B", 0)]);
        let difference = a.compare(&b).unwrap_err();
        assert_eq!((difference.side, difference.nearest.is_none()), (Side::Right, true));
        let text = difference.to_string();
        assert!(text.contains("only right has this B:\n       (nothing changes)"), "{text}");
        assert!(text.ends_with("left has no B here"), "{text}");
        assert_eq!(b.compare(&a).unwrap_err().side, Side::Left);
    }

    #[test]
    fn initial_states_come_first() {
        let a = graph(&[0, 1], &[0], &[(0, "A", 1)]);
        let b = graph(&[0, 1, 4], &[0, 2], &[]);
        let difference = a.compare(&b).unwrap_err();
        assert_eq!((difference.side, difference.action.as_ref()), (Side::Right, None));
        assert!(difference.path.is_empty());
        let text = difference.to_string();
        assert!(text.contains("only right has this initial state:"), "{text}");
        assert!(text.contains("x: 4 -> 0"), "{text}");
    }

    #[test]
    fn the_nearest_is_preferably_not_common() {
        let a = graph(&[0, 1, 2], &[0], &[(0, "A", 1), (0, "A", 2)]);
        let b = graph(&[0, 1, 3], &[0], &[(0, "A", 1), (0, "A", 2)]);
        let nearest = a.compare(&b).unwrap_err().nearest.unwrap();
        assert_eq!(nearest.state.field("x"), Some(&Value::Int(3)));
    }
}
