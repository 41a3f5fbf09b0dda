//! Partial orders: what models claim of their steps is true in every state, reduced explorations come to the verdicts of
//! whole ones, and a claim that is false is found.

mod common;

use common::systems;
use mitregate::check::{
    Checkable, Goals, INDEPENDENT, Law, Model, Name, Options, PartialOrder, Report, Undecidable,
    Verdict, check,
};
use mitregate::gate::run::JobError;
use mitregate::gate::{Job, Lane, Layer, Outcome};
use mitregate::tla::value::Value;

/// The layers of the system that claims something, of scenarios of up to so many states.
fn jobs(most: u64) -> impl Iterator<Item = Job<'static>> {
    systems().into_iter().filter(|it| it.name() == "mpsc_queue").flat_map(move |system| {
        let quick = system.scenarios().iter().filter(|it| it.lane == Lane::Quick);
        quick.flat_map(move |scenario| {
            let small =
                move |distinct: Option<u64>| distinct.is_some_and(|distinct| distinct <= most);
            let expected = scenario.expected.iter();
            expected
                .filter(move |it| it.layer != Layer::Spec && small(it.distinct))
                .map(move |expected| Job { system, scenario, source: None, layer: expected.layer })
        })
    })
}

fn name(job: &Job<'_>) -> String {
    format!("{} {} {}", job.system.name(), job.name(), job.layer)
}

fn run(job: &Job<'_>, partial_order: PartialOrder) -> Result<Report, JobError> {
    let judged = job.run(&Options { partial_order, ..Options::default() })?;
    let report = judged.report;
    let is_found = report.property(INDEPENDENT).is_some();
    assert!(judged.outcome == Outcome::Expected || is_found, "{}: {:?}", name(job), judged.remarks);
    Ok(report)
}

/// In faulty code one process uses what is another's, and then the claim need not be true.
#[test]
fn what_correct_code_claims_is_true_in_every_state() {
    let mut count = 0;
    for job in jobs(60_000) {
        let report = run(&job, PartialOrder::Verify).unwrap();
        let is_found = report.property(INDEPENDENT).is_some();
        assert!(!is_found || job.scenario.name.starts_with("fault_"), "{}", name(&job));
        count += 1;
    }
    assert!(count > 80, "{count}");
}

#[test]
fn reduced_explorations_come_to_the_same_verdicts() {
    let (mut count, mut refused, mut dependent, mut largest) = (0, 0, 0, 0.0_f64);
    let (mut all, mut left) = (0, 0);
    for job in jobs(20_000) {
        let reduced = match run(&job, PartialOrder::Reduce) {
            Ok(report) => report,
            Err(JobError::Undecidable(Undecidable::LivenessOfReduced { .. })) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("{}: {error}", name(&job)),
        };
        if reduced.property(INDEPENDENT).is_some() {
            // That says what is wrong, and is no pass.
            assert!(job.scenario.name.starts_with("fault_"), "{}", name(&job));
            assert_eq!(reduced.verdict(), Verdict::Violated);
            dependent += 1;
            continue;
        }
        let whole = run(&job, PartialOrder::Full).unwrap();
        assert_eq!(reduced.verdict(), whole.verdict(), "{}", name(&job));
        for (one, other) in reduced.properties.iter().zip(&whole.properties) {
            assert_eq!((&one.name, one.verdict), (&other.name, other.verdict), "{}", name(&job));
        }
        if whole.verdict() == Verdict::Holds {
            assert!(reduced.distinct <= whole.distinct);
            (all, left) = (all + whole.distinct, left + reduced.distinct);
            #[allow(clippy::cast_precision_loss)] // it is printed with two digits
            let saved = 1.0 - reduced.distinct as f64 / whole.distinct as f64;
            largest = largest.max(saved);
        }
        count += 1;
    }
    println!(
        "{count} checks, {left} states in place of {all}, at most {:.0} % less; {refused} with liveness, {dependent} of \
         faulty code with a claim that is false",
        largest * 100.0
    );
    assert!(count > 40 && refused > 5, "{count} {refused}");
    assert!(left < all && largest > 0.3);
}

/// Two counters, of which steps of the first are called ample.
struct Two {
    /// The second counter after a step of it, by both counters.
    second: fn(u8, u8) -> Option<u8>,
    /// The first after a step of it.
    first: fn(u8) -> Option<u8>,
    holds: fn(u8, u8) -> bool,
    is_ample: fn(u8, u8) -> bool,
}

impl Model for Two {
    type State = (u8, u8);
    type Action = bool;

    fn init_states(&self) -> Vec<(u8, u8)> {
        vec![(0, 0)]
    }

    fn actions(&self, _: &(u8, u8), actions: &mut Vec<bool>) {
        actions.extend([false, true]);
    }

    fn next_state(&self, &(first, second): &(u8, u8), is_second: bool) -> Option<(u8, u8)> {
        if is_second {
            (self.second)(first, second).map(|second| (first, second))
        } else {
            (self.first)(first).map(|first| (first, second))
        }
    }

    fn is_ample(&self, &(first, second): &(u8, u8), is_second: &bool) -> bool {
        !is_second && (self.is_ample)(first, second)
    }
}

impl Checkable for Two {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![self.invariant("Law", |two, &(first, second)| (two.holds)(first, second))]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["First".into(), "Second".into()]
    }

    fn action_name(&self, is_second: &bool) -> usize {
        usize::from(*is_second)
    }

    fn view(&self, &(first, second): &(u8, u8)) -> Value {
        Value::record([("first", i64::from(first).into()), ("second", i64::from(second).into())])
    }
}

fn up(counter: u8) -> Option<u8> {
    (counter < 99).then_some(counter + 1)
}

/// Two counters that do not know of each other, and no law.
const APART: Two =
    Two { second: |_, second| up(second), first: up, holds: |_, _| true, is_ample: |_, _| true };

fn explore(two: &Two, partial_order: PartialOrder) -> Report {
    check(two, &Goals::all(), &Options { partial_order, ..Options::default() }).unwrap()
}

/// What is said of a claim, by an exploration that verifies it; nothing if it is true.
fn found(two: &Two) -> String {
    let report = explore(two, PartialOrder::Verify);
    let counterexample = report.property(INDEPENDENT).and_then(|it| it.counterexample.as_ref());
    counterexample.map(ToString::to_string).unwrap_or_default()
}

#[test]
fn one_order_is_enough_for_what_commutes() {
    assert_eq!(found(&APART), "");
    assert_eq!(explore(&APART, PartialOrder::Full).distinct, 10_000);
    // The first 64 states are expanded whole, for what is looked at in a sample of states.
    let reduced = explore(&APART, PartialOrder::Reduce);
    assert!(reduced.distinct < 2_500, "{}", reduced.distinct);
    assert_eq!(reduced.verdict(), Verdict::Holds);
}

#[test]
fn claims_that_are_false_are_found() {
    let cases: [(Two, &str); 5] = [
        (
            Two { second: |first, _| Some(first), ..APART },
            "leads elsewhere before it than after it",
        ),
        (
            Two { second: |first, second| (first == 0).then(|| up(second)).flatten(), ..APART },
            "leads elsewhere before it than after it",
        ),
        (Two { is_ample: |_, second| second == 0, ..APART }, "makes it ample no more"),
        (
            Two { holds: |first, second| first == 1 || second != 1, ..APART },
            "violates Law before it",
        ),
        (Two { holds: |first, _| first != 0, ..APART }, "makes Law hold again"),
    ];
    for (two, said) in cases {
        let found = found(&two);
        assert!(found.contains(said), "{said}: {found:?}");
        // It is found in a sample as well, and is no pass.
        let reduced = explore(&two, PartialOrder::Reduce);
        assert_eq!(reduced.verdict(), Verdict::Violated, "{said}");
    }
}

/// The first counter goes round for ever, and must not keep the second from its violation.
#[test]
fn no_action_is_put_off_for_ever() {
    let round = Two {
        first: |first| Some((first + 1) % 100),
        second: |_, second| up(second),
        holds: |_, second| second < 99,
        is_ample: |_, _| true,
    };
    assert_eq!(explore(&round, PartialOrder::Reduce).verdict(), Verdict::Violated);
}

/// A letter that arrives or gets lost, as long as it is under way: that is said by what is offered, and not by the steps.
struct Letter;

impl Model for Letter {
    /// How often it has arrived, and been lost.
    type State = (u8, u8);
    type Action = bool;

    fn init_states(&self) -> Vec<(u8, u8)> {
        vec![(0, 0)]
    }

    fn actions(&self, state: &(u8, u8), actions: &mut Vec<bool>) {
        if *state == (0, 0) {
            actions.extend([false, true]);
        }
    }

    fn next_state(&self, &(arrived, lost): &(u8, u8), is_loss: bool) -> Option<(u8, u8)> {
        Some(if is_loss { (arrived, 1) } else { (1, lost) })
    }

    fn is_ample(&self, _: &(u8, u8), is_loss: &bool) -> bool {
        !is_loss
    }
}

impl Checkable for Letter {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![self.invariant("Arrives", |_, &(arrived, lost)| arrived >= lost)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Arrive".into(), "Lose".into()]
    }

    fn action_name(&self, is_loss: &bool) -> usize {
        usize::from(*is_loss)
    }

    fn view(&self, &(arrived, lost): &(u8, u8)) -> Value {
        Value::record([("arrived", i64::from(arrived).into()), ("lost", i64::from(lost).into())])
    }
}

#[test]
fn what_is_not_offered_does_not_commute() {
    let options =
        Options { partial_order: PartialOrder::Verify, keep_going: true, ..Options::default() };
    let report = check(&Letter, &Goals::all(), &options).unwrap();
    let found = report.property(INDEPENDENT).unwrap().counterexample.as_ref().unwrap();
    assert!(found.to_string().contains("violates Arrives before it"), "{found}");
}
