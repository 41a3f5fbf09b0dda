//! An engine of somebody else's.

use std::collections::HashMap;
use std::time::Duration;

use mitregate::check::graph::StateId;
use mitregate::check::{
    Asked, BreadthFirst, Checkable, DEADLOCK, Engine, Expander, Expansion, Fairness, Formula,
    Goals, Graph, Law, Model, Name, Options, Report, StopReason, Strength, Temporal, Trace,
    Verdict, check_with, fingerprint,
};
use mitregate::tla::value::Value;

use super::models::{CLOCK, COUNTERS, Clock, Counters, options};

/// An engine that anybody could write: breadth first, one state after the other, on one thread.
pub(crate) struct OneByOne;

impl Engine for OneByOne {
    fn explore<M: Checkable>(&self, expander: &Expander<'_, M>, options: &Options<'_>) -> Graph {
        let mut graph = Graph::new(expander.notes());
        let mut notes = expander.notes();
        let mut seen: HashMap<u64, StateId> = HashMap::new();
        let mut level = Vec::new();
        for initial in expander.initial(&mut notes) {
            seen.entry(initial.fingerprint).or_insert_with(|| {
                level.push(initial.state);
                graph.add_state(None, initial.action)
            });
        }
        let mut expansion = Expansion::default();
        let mut source: StateId = 0;
        while !level.is_empty() && graph.stopped.is_none() {
            graph.begin_level(source);
            for state in std::mem::take(&mut level) {
                let depth = graph.depth();
                // Every law is asked in every state.
                let asked = Asked::default();
                expander.expand(
                    (source, &state),
                    depth,
                    (&asked, &|_| true),
                    &mut expansion,
                    &mut notes,
                );
                for successor in expansion.successors.drain(..) {
                    let target = *seen.entry(successor.fingerprint).or_insert_with(|| {
                        level.push(successor.state);
                        graph.add_state(Some(source), successor.action)
                    });
                    graph.add_edge(target, successor.action, successor.takes);
                }
                graph.end_edges();
                if let Some(label) = expansion.label {
                    graph.add_label(label);
                }
                source += 1;
            }
            if expander.is_violated(&notes) && !options.keep_going {
                graph.stopped = Some(StopReason::Violation);
            }
        }
        graph.notes = notes;
        graph
    }
}

/// So many bits, each of which is set at some time. Its levels are wide in the middle.
pub(crate) struct Bits(pub(crate) u16);

impl Model for Bits {
    type State = u16;
    type Action = u16;

    fn init_states(&self) -> Vec<u16> {
        vec![0]
    }

    fn actions(&self, _: &u16, actions: &mut Vec<u16>) {
        actions.extend(0..self.0);
    }

    fn next_state(&self, bits: &u16, bit: u16) -> Option<u16> {
        (bits >> bit & 1 == 0).then_some(bits | 1 << bit)
    }
}

impl Checkable for Bits {
    fn laws(&self) -> Vec<Law<Self>> {
        let is_seventh = |bits: u16| bits.count_ones() == 7 && bits.is_multiple_of(7);
        let says = |_: &Bits, &bits: &u16| bits.count_ones() == 7;
        vec![Law::invariant("NoSevenths", move |_: &Bits, &bits| !is_seventh(bits), says)]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let is_set = |bit| Formula::eventually(move |_: &Bits, &bits| bits >> bit & 1 == 1);
        let is_empty = Formula::always_eventually(|_: &Bits, &bits| bits == 0);
        vec![
            Temporal { name: "Filled".into(), formulas: (0..self.0).map(is_set).collect() },
            Temporal { name: "Emptied".into(), formulas: vec![is_empty] },
        ]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        let fair = |bit| {
            let is_it = move |_: &Bits, _: &u16, action: &u16| *action == bit;
            Fairness::new(format!("Set({bit})"), Strength::Weak, is_it)
        };
        (0..self.0).map(fair).collect()
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Set".into()]
    }

    fn action_name(&self, _: &u16) -> usize {
        0
    }

    fn view(&self, bits: &u16) -> Value {
        Value::record([("bits", Value::Int((*bits).into()))])
    }
}

/// A random graph: each state leads to up to four others, some of them outside the boundary.
struct Scattered {
    seed: u64,
    states: u64,
}

impl Scattered {
    fn random(&self, of: (u64, u64)) -> u64 {
        fingerprint(&(self.seed, of))
    }
}

impl Model for Scattered {
    type State = u64;
    type Action = u64;

    fn init_states(&self) -> Vec<u64> {
        (0..=self.seed % 3).chain([1]).collect()
    }

    fn actions(&self, _: &u64, actions: &mut Vec<u64>) {
        actions.extend(0..4);
    }

    fn next_state(&self, &state: &u64, action: u64) -> Option<u64> {
        let target = self.random((state, action));
        // Of some states nothing leads on, and others are led to more often.
        (target % 7 < 4 && !self.random((state, 9)).is_multiple_of(97))
            .then(|| (target >> 8) % self.states % (1 + (target >> 40) % self.states))
    }

    fn within_boundary(&self, state: &u64) -> bool {
        !self.random((*state, 10)).is_multiple_of(50) || *state < 3
    }
}

impl Checkable for Scattered {
    fn laws(&self) -> Vec<Law<Self>> {
        let is_rare = |m: &Self, s: u64, t: u64| m.random((s, 100 + t)).is_multiple_of(3_000);
        vec![
            Law::invariant(
                "NotSeen",
                |m: &Self, &s| !m.random((s, 11)).is_multiple_of(900),
                |_, &s| s > 99,
            ),
            Law::step("Grows", move |m, &s, &t| !is_rare(m, s, t), |_, s, t| s < t),
        ]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let returns = Formula::always_eventually(|_: &Self, &s| s < 3);
        vec![Temporal { name: "Returns".into(), formulas: vec![returns] }]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        vec![Fairness::new("First", Strength::Strong, |_: &Self, _, &action| action == 0)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Even".into(), "Odd".into()]
    }

    fn action_name(&self, action: &u64) -> usize {
        usize::from(!action.is_multiple_of(2))
    }

    fn view(&self, state: &u64) -> Value {
        Value::record([("state", Value::Int(i64::try_from(*state).unwrap()))])
    }
}

#[test]
fn an_engine_of_somebody_elses_comes_to_the_same_report() {
    fn compare<M: Checkable>(model: &M, goals: &Goals, keep_going: bool) -> Report {
        let options = Options { keep_going, ..options() };
        let timeless = |report: Report| Report { elapsed: Duration::ZERO, ..report };
        let ours = timeless(check_with(&BreadthFirst, model, goals, &options).unwrap());
        let theirs = timeless(check_with(&OneByOne, model, goals, &options).unwrap());
        assert_eq!(format!("{ours:#?}"), format!("{theirs:#?}"));
        #[cfg(feature = "distributed")]
        for workers in 1..=4 {
            let lost = |error: &mitregate::check::ClusterError| panic!("{error}");
            let engine = mitregate::check::Distributed::threads(workers, &lost);
            let theirs = timeless(check_with(&engine, model, goals, &options).unwrap());
            assert_eq!(format!("{ours:#?}"), format!("{theirs:#?}"), "{workers} workers");
        }
        ours
    }
    let all = Goals::all().and_deadlock();
    let report = compare(&CLOCK, &all, false);
    let verdicts = ["Strikes", "Stops"].map(|name| report.property(name).unwrap().verdict);
    assert_eq!(verdicts, [Verdict::Holds, Verdict::Violated]);
    compare(&Clock { boundary: 3, ..CLOCK }, &all, false);
    compare(&Clock { conditions: 0, hours: 60, ..CLOCK }, &Goals::named(["Strikes"]), false);
    // Violations in and outside the boundary, and up to symmetry.
    let many = Counters { limit: 60, forbidden: 70, ..COUNTERS };
    for model in [many, Counters { boundary: 69, ..many }, Counters { symmetric: true, ..many }] {
        for keep_going in [false, true] {
            let report = compare(&model, &all, keep_going);
            assert_eq!(report.verdict(), Verdict::Violated);
        }
    }
    for seed in 0..40 {
        for keep_going in [false, true] {
            let goals = Goals::named(["NotSeen", "Grows"]).and_deadlock();
            compare(&Scattered { seed, states: 2_000 }, &goals, keep_going);
        }
        compare(&Scattered { seed, states: 300 }, &Goals::named(["Returns"]), false);
    }
    // Levels of several blocks.
    let report = compare(&Bits(14), &Goals::named(["Filled", "Emptied"]), false);
    assert_eq!((report.distinct, report.depth), (1 << 14, 15));
    let verdicts = ["Filled", "Emptied"].map(|name| report.property(name).unwrap().verdict);
    assert_eq!(verdicts, [Verdict::Holds, Verdict::Violated]);
    for keep_going in [false, true] {
        let report = compare(&Bits(14), &all, keep_going);
        let length = |name| report.property(name)?.counterexample.as_ref().map(Trace::len);
        assert_eq!(length("NoSevenths"), Some(8));
        assert_eq!(length(DEADLOCK), keep_going.then_some(15));
    }
}
