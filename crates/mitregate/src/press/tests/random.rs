//! Random code against random specs, beside the definition: sets of states that are possible, made anew in each step.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A step: from where, where to, and by which action of the spec; code need not name it.
type Steps<A> = Vec<(u32, u32, A)>;

#[derive(Clone, Debug)]
struct Case {
    spec_initial: BTreeSet<u32>,
    spec_steps: Steps<u32>,
    /// For each state of the code, which of the spec's it shows.
    shows: Vec<u32>,
    code_initial: BTreeSet<u32>,
    code_steps: Steps<Option<u32>>,
    /// Whether the view leaves a variable out.
    is_partial: bool,
    steps: usize,
}

const STATES: u32 = 6;
const LABELS: [&str; 2] = ["A", "B"];

fn case() -> impl Strategy<Value = Case> {
    let state = || 0..STATES;
    (
        (vec(state(), 1..3), vec((state(), state(), 0..2_u32), 1..14)),
        (
            vec(state(), 4),
            vec(0..4_u32, 1..3),
            vec((0..4_u32, 0..4_u32, any::<Option<bool>>()), 1..8),
        ),
        (any::<bool>(), 1..4_usize),
        vec(any::<bool>(), 8),
    )
        .prop_map(
            |(
                (spec_initial, spec_steps),
                (mut shows, code_initial, all),
                (is_partial, steps),
                keep,
            )| {
                // Most steps of the code follow the spec, or all cases would fail at once.
                shows[code_initial[0] as usize] = spec_initial[0];
                let follows = |from: u32, to: u32| {
                    let [from, to] = [from, to].map(|it| shows[it as usize]);
                    spec_steps.iter().any(|step| (step.0, step.1) == (from, to))
                };
                let kept = all
                    .iter()
                    .zip(keep)
                    .filter(|((from, to, _), keep)| *keep || follows(*from, *to));
                let code_steps =
                    kept.map(|((from, to, name), _)| (*from, *to, name.map(u32::from))).collect();
                Case {
                    spec_initial: spec_initial.into_iter().collect(),
                    code_initial: code_initial.into_iter().collect(),
                    spec_steps,
                    shows,
                    code_steps,
                    is_partial,
                    steps,
                }
            },
        )
}

impl Case {
    fn view_of(&self, spec_state: u32) -> Value {
        let (x, y) = (i64::from(spec_state % 3), i64::from(spec_state / 3));
        let whole = [("x", Value::Int(x)), ("y", Value::Int(y))];
        Value::record(whole.into_iter().take(if self.is_partial { 1 } else { 2 }))
    }

    fn spec(&self) -> Spec {
        let mut graph = GraphBuilder::default();
        let whole = Case { is_partial: false, ..self.clone() };
        for state in 0..STATES {
            graph.state(whole.view_of(state));
        }
        for &state in &self.spec_initial {
            graph.initial(state);
        }
        for &(from, to, action) in &self.spec_steps {
            graph.edge(from, LABELS[action as usize], to);
        }
        Spec::from_graph(graph.finish()).unwrap()
    }

    /// The states that may be the spec's after a step of the code.
    fn possible_after(
        &self,
        before: &BTreeSet<u32>,
        &(_, to, name): &(u32, u32, Option<u32>),
    ) -> BTreeSet<u32> {
        let after = |from: &BTreeSet<u32>| -> BTreeSet<u32> {
            let steps = self.spec_steps.iter().filter(|step| from.contains(&step.0));
            let named = steps.filter(|step| name.is_none_or(|name| name == step.2));
            named.map(|step| step.1).collect()
        };
        let mut all = BTreeSet::new();
        if name.is_some() {
            all = after(before);
        } else {
            let mut level = before.clone();
            for _ in 0..=self.steps {
                all.extend(&level);
                level = after(&level);
            }
        }
        let view = self.view_of(self.shows[to as usize]);
        all.retain(|&state| self.view_of(state) == view);
        all
    }

    /// Whether some state of the spec is possible all the way; and whether anything was compared.
    fn refines(&self) -> (bool, bool) {
        let begin = |&code: &u32| {
            let view = self.view_of(self.shows[code as usize]);
            let same = |state: &u32| self.view_of(*state) == view;
            (code, self.spec_initial.iter().copied().filter(same).collect())
        };
        let mut open: Vec<(u32, BTreeSet<u32>)> = self.code_initial.iter().map(begin).collect();
        let mut seen = BTreeSet::new();
        let mut moves = false;
        while let Some((code, possible)) = open.pop() {
            if possible.is_empty() {
                return (false, moves);
            }
            if seen.insert((code, possible.clone())) {
                let steps = self.code_steps.iter().filter(|step| step.0 == code);
                let view = |code: u32| self.view_of(self.shows[code as usize]);
                moves |= steps.clone().any(|step| step.2.is_some() || view(code) != view(step.1));
                open.extend(steps.map(|step| (step.1, self.possible_after(&possible, step))));
            }
        }
        (true, moves)
    }
}

impl Code for Case {
    type State = u32;
    type Action = (u32, u32, Option<u32>);

    fn initial(&self) -> Vec<u32> {
        self.code_initial.iter().copied().collect()
    }

    fn actions(&self, state: &u32) -> Vec<Self::Action> {
        let mut actions = self.code_steps.clone();
        actions.retain(|step| step.0 == *state);
        actions
    }

    fn step(&self, _: &u32, action: &Self::Action) -> Option<u32> {
        Some(action.1)
    }

    fn view(&self, state: &u32) -> Result<Value, ValueError> {
        Ok(self.view_of(self.shows[*state as usize]))
    }

    fn spec_action(&self, action: &Self::Action) -> Option<Name> {
        action.2.map(|name| LABELS[name as usize].into())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn verdicts_are_those_of_the_definition(case in case()) {
        let used: BTreeSet<u32> = case.spec_steps.iter().map(|step| step.2).collect();
        let named = case.code_steps.iter().filter_map(|step| step.2);
        // A name that the graph never has is an error of its own.
        prop_assume!(named.clone().all(|name| used.contains(&name)));
        let (refines, moves) = case.refines();
        let report = press(case.clone(), case.spec()).steps(case.steps).threads(1).run().unwrap();
        let expected = match (refines, moves) {
            (false, _) => Verdict::Violated,
            (true, true) => Verdict::Holds,
            (true, false) => Verdict::Inconclusive,
        };
        let found = report.report.property(REFINEMENT).unwrap().verdict;
        prop_assert_eq!(found, expected, "{}", report);
    }
}
