//! Small models, and how they are checked.

use std::time::Duration;

use mitregate::check::{
    Checkable, Fairness, Formula, Goals, Law, Model, Name, Options, Report, Strength, Temporal,
    Undecidable,
};
use mitregate::tla::value::Value;

/// Two counters that go up to a limit each, in any order; a state for each pair.
#[derive(Clone, Copy)]
pub(crate) struct Counters {
    pub(crate) limit: u8,
    /// States in which the sum exceeds this are outside the boundary.
    pub(crate) boundary: u8,
    /// The sum that the invariant forbids.
    pub(crate) forbidden: u8,
    /// Whether the counters are interchangeable.
    pub(crate) symmetric: bool,
}

pub(crate) const COUNTERS: Counters =
    Counters { limit: 9, boundary: u8::MAX, forbidden: u8::MAX, symmetric: false };

impl Model for Counters {
    type State = (u8, u8);
    type Action = usize;

    fn init_states(&self) -> Vec<(u8, u8)> {
        vec![(0, 0)]
    }

    fn actions(&self, _: &(u8, u8), actions: &mut Vec<usize>) {
        actions.extend([0, 1]);
    }

    fn next_state(&self, &(a, b): &(u8, u8), action: usize) -> Option<(u8, u8)> {
        match action {
            0 => (a < self.limit).then_some((a + 1, b)),
            _ => (b < self.limit).then_some((a, b + 1)),
        }
    }

    fn within_boundary(&self, &(a, b): &(u8, u8)) -> bool {
        a + b <= self.boundary
    }
}

impl Checkable for Counters {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![
            Law::invariant(
                "NotForbidden",
                |m: &Counters, &(a, b)| a + b != m.forbidden,
                |_, &(a, b)| a + b > 3,
            ),
            Law::step(
                "Rises",
                |_, s: &(u8, u8), t: &(u8, u8)| t.0 + t.1 > s.0 + s.1,
                |_, s, t| s != t,
            ),
            Law::invariant("NeverSays", |_, _| true, |_, _| false),
        ]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["First".into(), "Second".into()]
    }

    fn action_name(&self, action: &usize) -> usize {
        *action
    }

    fn view(&self, &(a, b): &(u8, u8)) -> Value {
        Value::record([("a", Value::Int(a.into())), ("b", Value::Int(b.into()))])
    }

    fn has_symmetry(&self) -> bool {
        self.symmetric
    }

    fn representative(&self, &(a, b): &(u8, u8)) -> (u8, u8) {
        (a.min(b), a.max(b))
    }
}

pub(crate) fn options<'a>() -> Options<'a> {
    Options::default()
}

/// Checks all that a model states.
pub(crate) fn check<M: Checkable>(model: &M, options: &Options<'_>) -> Report {
    mitregate::check::check(model, &Goals::all(), options).unwrap()
}

/// A report as text, but for the time, which no two have in common.
pub(crate) fn timeless(report: Report) -> String {
    format!("{:#?}", Report { elapsed: Duration::ZERO, ..report })
}

/// A clock whose hand goes round, or stays where it is. States from `boundary` on are outside.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) hours: u8,
    pub(crate) boundary: u8,
    pub(crate) symmetric: bool,
    /// How many predicates and fairness conditions it has, beyond what makes sense.
    pub(crate) predicates: usize,
    pub(crate) conditions: usize,
}

pub(crate) const CLOCK: Clock =
    Clock { hours: 4, boundary: u8::MAX, symmetric: false, predicates: 0, conditions: 1 };

impl Model for Clock {
    type State = u8;
    type Action = bool;

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<bool>) {
        actions.extend([false, true]);
    }

    fn next_state(&self, hour: &u8, ticks: bool) -> Option<u8> {
        Some(if ticks { (hour + 1) % self.hours } else { *hour })
    }

    fn within_boundary(&self, hour: &u8) -> bool {
        *hour < self.boundary
    }
}

impl Checkable for Clock {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::invariant("IsAnHour", |m: &Clock, &s| s < m.hours, |_, &s| s > 0)]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let struck = |hour| Formula::always_eventually(move |_: &Clock, &s| s == hour);
        let more = (0..self.predicates).map(|_| Formula::eventually(|_: &Clock, &s| s == 0));
        vec![
            Temporal { name: "Strikes".into(), formulas: (0..self.hours).map(struck).collect() },
            Temporal {
                name: "Stops".into(),
                formulas: vec![Formula::eventually_always(|m: &Clock, &s| s + 1 == m.hours)],
            },
            Temporal { name: "More".into(), formulas: more.collect() },
        ]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        // One to ticking; the others to staying, which says nothing: that changes nothing.
        let fair = |index| {
            let is_it = move |_: &Clock, _: &u8, &ticks: &bool| ticks == (index == 0);
            Fairness::new("Tick", Strength::Weak, is_it)
        };
        (0..self.conditions).map(fair).collect()
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Stay".into(), "Tick".into()]
    }

    fn action_name(&self, ticks: &bool) -> usize {
        usize::from(*ticks)
    }

    fn view(&self, hour: &u8) -> Value {
        Value::record([("hour", Value::Int((*hour).into()))])
    }

    fn has_symmetry(&self) -> bool {
        self.symmetric
    }
}

pub(crate) fn ask(model: &Clock, goals: &Goals) -> Result<Report, Undecidable> {
    mitregate::check::check(model, goals, &options())
}
