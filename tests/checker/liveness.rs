//! Liveness under fairness: against a brute-force oracle on random graphs, and against TLC.

mod brute;
mod corpus;
mod table;

use mitregate::check::liveness::{
    Answer, Edge, Fairness, Formula, Lasso, StateId, Strength, Transitions, judge,
};
use proptest::prelude::*;
use table::Table;

/// How many random graphs a property is tried on.
const CASES: u32 = 12_000;

const FORMULAS: [Formula; 6] = [
    Formula::Eventually(0),
    Formula::AlwaysEventually(0),
    Formula::EventuallyAlways(0),
    Formula::LeadsTo(0, 1),
    Formula::LeadsTo(1, 0),
    Formula::LeadsTo(1, 1),
];

fn answer(graph: &impl Transitions, fairness: &Fairness, formula: Formula) -> Answer {
    judge(graph, fairness, &[formula]).unwrap().answers.remove(0)
}

fn fairness() -> impl Strategy<Value = Fairness> {
    let strength = prop_oneof![1 => Just(Strength::Weak), 2 => Just(Strength::Strong)];
    prop::collection::vec(strength, 0..4).prop_map(|conditions| Fairness { conditions })
}

/// Small graphs; some conditions are enabled where no listed step takes them.
fn tables() -> impl Strategy<Value = Table> {
    (1..=7u32).prop_flat_map(|states| {
        let count = states as usize;
        // Few steps take a condition, else nearly every component is fair.
        let takes = (0..8u64, 0..8u64).prop_map(|(a, b)| a & b);
        let edge = (0..states, 0..states, takes);
        (
            prop::collection::vec(edge, 0..=2 * count + 2),
            prop::collection::vec(0..states, 0..3),
            prop::collection::vec(0..4u64, count),
            prop::collection::vec(prop_oneof![6 => Just(0u64), 1 => 0..8u64], count),
        )
            .prop_map(|(edges, initial, holds, outward)| {
                let mut table = Table { initial, holds, ..Table::default() };
                table.enabled = outward;
                table.edges = vec![Vec::new(); table.holds.len()];
                for (source, target, takes) in edges {
                    table.add(source, Edge { target, takes });
                }
                table
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn verdicts_are_those_of_brute_force(table in tables(), fairness in fairness()) {
        let judgement = judge(&table, &fairness, &FORMULAS).unwrap();
        for (formula, answer) in FORMULAS.into_iter().zip(judgement.answers) {
            let expected = brute::shortest_stem(&table, &fairness, formula);
            prop_assert_eq!(answer.lasso.is_some(), expected.is_some(), "{:?}", formula);
            if let (Some(lasso), Some(expected)) = (&answer.lasso, expected) {
                brute::assert_is_counterexample(&table, &fairness, formula, lasso);
                assert_is_short(&table, &fairness, formula, lasso, &expected);
            }
            prop_assert_eq!(answer.vacuous, brute::is_vacuous(&table, formula));
        }
        prop_assert_eq!(judgement.reachable, brute::reachable(&table).len());
        prop_assert_eq!(judgement.never_enabled, brute::never_enabled(&table, &fairness));
        prop_assert_eq!(judgement.never_taken, brute::never_taken(&table, &fairness));
    }
}

/// Up to this length, all shorter cycles are tried.
const LONGEST_CYCLE: usize = 7;

fn assert_is_short(
    table: &Table,
    fairness: &Fairness,
    formula: Formula,
    lasso: &Lasso,
    expected: &brute::ShortestStem,
) {
    let stem = lasso.stem.len();
    let has_no_step = lasso.stem.is_empty() && lasso.cycle.is_empty();
    assert_eq!((lasso.len(), lasso.is_empty()), (stem + lasso.cycle.len(), has_no_step));
    if lasso.cycle.is_empty() && stem != expected.to_any {
        assert_eq!(Some(stem), expected.to_stutter, "the stem is as short as claimed");
    } else {
        assert_eq!(stem, expected.to_any, "the stem is as short as claimed");
    }
    if let (false, Some(to_stutter)) = (lasso.cycle.is_empty(), expected.to_stutter) {
        assert!(lasso.len() < to_stutter, "stuttering would be shorter");
    }
    let legs = fairness.conditions.len() + 2;
    assert!(lasso.cycle.len() <= legs * table.state_count(), "the cycle is short");
    if (1..=LONGEST_CYCLE).contains(&lasso.cycle.len()) {
        let shorter = brute::has_fair_cycle(
            table,
            fairness,
            formula,
            lasso.loop_start,
            lasso.cycle.len() - 1,
        );
        assert!(!shorter, "no fair cycle through that state is shorter: {lasso:?}");
    }
}

#[test]
fn a_cycle_is_as_short_as_can_be() {
    // `A` leads to and fro, `B` only one way; fairness to both, and nothing ever comes to pass.
    let mut table = Table { initial: vec![0], holds: vec![0, 0], ..Table::default() };
    table.enabled = vec![0, 0];
    table.edges = vec![Vec::new(); 2];
    let (a, b) = (1, 2);
    table.add(0, Edge { target: 1, takes: a });
    table.add(0, Edge { target: 1, takes: b });
    table.add(1, Edge { target: 0, takes: a });
    let fairness = Fairness { conditions: vec![Strength::Weak, Strength::Strong] };
    let lasso = answer(&table, &fairness, Formula::AlwaysEventually(0)).lasso.unwrap();
    let taken: Vec<u64> =
        lasso.cycle.iter().map(|it| table.edge(it.source, it.edge).takes).collect();
    assert_eq!((lasso.stem.len(), taken), (0, vec![b, a]));
}

/// States `0..count`, each of which leads to the next, and the last one to the first. Only the last
/// step takes the condition, which is enabled everywhere.
struct Ring(StateId);

impl Transitions for Ring {
    fn state_count(&self) -> usize {
        self.0 as usize
    }
    fn initial(&self) -> &[StateId] {
        &[0]
    }
    fn degree(&self, _: StateId) -> u32 {
        1
    }
    fn edge(&self, state: StateId, _: u32) -> Edge {
        let target = (state + 1) % self.0;
        Edge { target, takes: u64::from(target == 0) }
    }
    fn enabled(&self, _: StateId) -> u64 {
        1
    }
    fn holds(&self, state: StateId) -> u64 {
        u64::from(state == self.0 / 2)
    }
}

#[test]
fn a_cycle_of_two_million_states_needs_no_recursion() {
    let ring = Ring(2_000_000);
    for strength in [Strength::Weak, Strength::Strong] {
        let fairness = Fairness { conditions: vec![strength] };
        assert_eq!(answer(&ring, &fairness, Formula::AlwaysEventually(0)).lasso, None);
        let lasso = answer(&ring, &fairness, Formula::EventuallyAlways(0)).lasso.unwrap();
        assert_eq!((lasso.stem.len(), lasso.cycle.len()), (0, 2_000_000));
    }
    let lasso = answer(&ring, &Fairness::default(), Formula::LeadsTo(0, 1)).lasso.unwrap();
    assert_eq!((lasso.stem.len(), lasso.since, lasso.cycle.len()), (1_000_000, 1_000_000, 0));
}

/// Nested cycles: condition `k` is enabled in state `k` only, which leads back to state 0 by steps
/// that take all lower conditions. Each round of looking again removes one state.
#[test]
fn starved_conditions_are_removed_one_by_one() {
    let depth = 40u32;
    let mut table = Table { initial: vec![0], ..Table::default() };
    for state in 0..=depth {
        table.edges.push(Vec::new());
        table.enabled.push(0);
        table.holds.push(0);
        if state > 0 {
            let below = (1u64 << (state - 1)) - 1;
            table.add(state - 1, Edge { target: state, takes: 0 });
            table.add(state, Edge { target: state - 1, takes: below });
            table.enabled[state as usize] |= 1 << (state - 1);
        }
    }
    let fairness = Fairness { conditions: vec![Strength::Strong; depth as usize] };
    let lasso = answer(&table, &fairness, Formula::AlwaysEventually(0)).lasso.unwrap();
    brute::assert_is_counterexample(&table, &fairness, Formula::AlwaysEventually(0), &lasso);
    // With a demand that only the last state meets, every round is needed to refuse it.
    for state in 0..depth {
        table.holds[state as usize] = 1;
    }
    assert_eq!(answer(&table, &fairness, Formula::EventuallyAlways(0)).lasso, None);
    let weaker = Fairness { conditions: vec![Strength::Strong; depth as usize - 1] };
    let lasso = answer(&table, &weaker, Formula::EventuallyAlways(0)).lasso.unwrap();
    brute::assert_is_counterexample(&table, &weaker, Formula::EventuallyAlways(0), &lasso);
}

#[test]
fn a_state_that_was_never_expanded_ends_no_fair_lasso() {
    let mut table = Table {
        initial: vec![0],
        edges: vec![Vec::new(), Vec::new()],
        enabled: vec![0, u64::MAX],
        holds: vec![0, 0],
    };
    table.add(0, Edge { target: 1, takes: 1 });
    let fairness = Fairness { conditions: vec![Strength::Weak] };
    assert_eq!(answer(&table, &fairness, Formula::Eventually(0)).lasso, None);
    assert!(answer(&table, &Fairness::default(), Formula::Eventually(0)).lasso.is_some());
}

#[test]
fn nonsense_is_refused_with_its_place_and_the_mend() {
    let good = Table {
        initial: vec![0],
        edges: vec![vec![Edge { target: 0, takes: 0 }]],
        enabled: vec![0],
        holds: vec![0],
    };
    let fair = |count| Fairness { conditions: vec![Strength::Weak; count] };
    let refusal = |table: &Table, count, formula| {
        judge(table, &fair(count), &[formula]).unwrap_err().to_string()
    };
    let formula = Formula::Eventually(0);
    assert!(judge(&good, &fair(64), &[formula]).is_ok());
    assert_eq!(refusal(&good, 65, formula), "65 fairness conditions are more than 64");
    assert_eq!(
        refusal(&good, 0, Formula::LeadsTo(0, 64)),
        "there is no predicate 64: number them from 0 to 63"
    );
    let mut bad = good.clone();
    bad.initial = vec![1];
    assert_eq!(
        refusal(&bad, 0, formula),
        "the initial state 1 does not exist: there are 1 states, numbered from 0"
    );
    bad = good.clone();
    bad.edges[0].push(Edge { target: 7, takes: 0 });
    assert_eq!(
        refusal(&bad, 0, formula),
        "state 7, to which state 0 leads, does not exist: there are 1 states, numbered from 0"
    );
    bad = Table {
        edges: vec![vec![Edge { target: 1, takes: 4 }], vec![]],
        enabled: vec![1, 0],
        holds: vec![0, 0],
        ..good
    };
    assert_eq!(
        refusal(&bad, 3, formula),
        "the step from state 0 to state 1 satisfies condition 2, which is not enabled in state 0: \
         add it to what is enabled there"
    );
}
