//! Partial orders: a claim that is false is found, and one order is enough for what commutes.

use mitregate::check::{
    Checkable, Goals, INDEPENDENT, Law, Model, NO_PANIC, Name, Options, PartialOrder, Report,
    StopReason, Undecidable, Verdict, check, check_with,
};
use mitregate::record;
use mitregate::tla::value::Value;

use super::engine::OneByOne;
use super::models::CLOCK;

/// Two counters, of which steps of the first are called ample.
struct Two {
    /// Both counters after a step of the second.
    second: fn(u8, u8) -> Option<(u8, u8)>,
    /// The first after a step of it.
    first: fn(u8, u8) -> Option<u8>,
    /// An invariant.
    holds: fn(u8, u8) -> bool,
    /// A law of steps.
    may: fn((u8, u8), (u8, u8)) -> bool,
    is_within: fn(u8, u8) -> bool,
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
            (self.second)(first, second)
        } else {
            (self.first)(first, second).map(|first| (first, second))
        }
    }

    fn within_boundary(&self, &(first, second): &(u8, u8)) -> bool {
        (self.is_within)(first, second)
    }

    fn is_ample(&self, &(first, second): &(u8, u8), is_second: &bool) -> bool {
        !is_second && (self.is_ample)(first, second)
    }
}

impl Checkable for Two {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![
            self.invariant("Law", |two, &(first, second)| (two.holds)(first, second)),
            self.step_property("Step", |two, &from, &to| (two.may)(from, to)),
        ]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["First".into(), "Second".into()]
    }

    fn action_name(&self, is_second: &bool) -> usize {
        usize::from(*is_second)
    }

    fn view(&self, &(first, second): &(u8, u8)) -> Value {
        record! { first: first, second: second }
    }
}

fn up(counter: u8) -> Option<u8> {
    (counter < 99).then_some(counter + 1)
}

/// Two counters that do not know of each other, and no law.
const APART: Two = Two {
    second: |first, second| Some((first, up(second)?)),
    first: |first, _| up(first),
    holds: |_, _| true,
    may: |_, _| true,
    is_within: |_, _| true,
    is_ample: |_, _| true,
};

/// A step of the second that ends everything.
fn ends(first: u8, second: u8) -> Option<(u8, u8)> {
    (second == 0).then_some((first, 1))
}

/// A step of the first, as long as nothing has happened.
fn once(first: u8, second: u8) -> Option<u8> {
    (first + second == 0).then_some(1)
}

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
    let apart = |second, first| Two { second, first, ..APART };
    // After the first there is more to do.
    let more: fn(u8, u8) -> Option<u8> =
        |first, second| (first == second && first < 3).then_some(first + 1);
    let cases: [(Two, &str); 14] = [
        (
            Two { second: |first, _| Some((first, first)), ..APART },
            "true leads elsewhere before it than after it",
        ),
        (
            Two {
                second: |first, second| Some((first, up(second).filter(|_| first == 0)?)),
                ..APART
            },
            "leads elsewhere before it than after it",
        ),
        (Two { is_ample: |_, second| second == 0, ..APART }, "makes it ample no more"),
        (
            Two { holds: |first, second| first == 1 || second != 1, ..APART },
            "violates Law before it, and does not after it",
        ),
        (Two { holds: |first, _| first != 0, ..APART }, "makes Law hold again"),
        (apart(ends, once), "disables it"),
        (Two { holds: |_, second| second != 1, ..apart(ends, more) }, "disables it"),
        (Two { first: |_, _| panic!("first"), ..APART }, "false panics, and is called ample"),
        (
            Two {
                first: |first, second| if second == 1 { panic!("first") } else { up(first) },
                ..APART
            },
            "makes it panic",
        ),
        (
            Two {
                second: |first, second| {
                    if first == 0 { panic!("second") } else { Some((first, second)) }
                },
                ..APART
            },
            "panics only before it, or only after it",
        ),
        (Two { is_within: |first, _| first == 0, ..APART }, "leads out of the boundary"),
        (
            Two { is_within: |first, second| second == 0 || first == 1, ..APART },
            "leads out of the boundary before it or after it alone",
        ),
        (Two { may: |from, to| (from, to) != ((0, 1), (1, 1)), ..APART }, "lets it violate Step"),
        (
            Two { may: |from, to| (from, to) != ((0, 0), (0, 1)), ..APART },
            "violates Step before it, and does not after it",
        ),
    ];
    for (two, said) in cases {
        let found = found(&two);
        assert!(found.contains(said), "{said}: {found:?}");
        // It is found in a sample as well, and is no pass.
        let reduced = explore(&two, PartialOrder::Reduce);
        assert_eq!(reduced.verdict(), Verdict::Violated, "{said}");
        assert!(reduced.property(INDEPENDENT).is_some(), "{said}");
    }
}

#[test]
fn claims_that_are_true_are_believed() {
    let cases = [
        // Nothing follows on what has gone wrong, in either order.
        Two { second: ends, first: once, holds: |_, second| second != 1, ..APART },
        // The second does what the first does, too.
        Two {
            second: |_, second| (second == 0).then_some((1, 1)),
            first: |first, _| (first == 0).then_some(1),
            ..APART
        },
        // The first lets the second go on.
        Two { second: |first, second| Some((first, up(second).filter(|_| first == 99)?)), ..APART },
        // It violates the law in either order.
        Two { may: |from, to| from.0 == to.0, ..APART },
        // Both orders lead out of the boundary.
        Two { is_within: |_, second| second == 0, ..APART },
    ];
    for (index, two) in cases.iter().enumerate() {
        assert_eq!(found(two), "", "{index}");
    }
}

/// The first counter goes round for ever, and must not keep the second from its violation.
#[test]
fn no_action_is_put_off_for_ever() {
    let round =
        Two { first: |first, _| Some((first + 1) % 100), holds: |_, second| second < 99, ..APART };
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
        record! { arrived: arrived, lost: lost }
    }
}

/// The counters do not know of each other, but the second panics at five.
#[test]
fn a_claim_about_code_that_panics_is_no_pass() {
    let panics = Two {
        second: |first, second| {
            if second == 5 { panic!("five") } else { Some((first, up(second)?)) }
        },
        ..APART
    };
    for partial_order in [PartialOrder::Verify, PartialOrder::Reduce] {
        let report = explore(&panics, partial_order);
        assert_eq!(report.verdict(), Verdict::Violated);
        assert!(report.property(NO_PANIC).unwrap().counterexample.is_some());
    }
}

/// The first of two panics at one depth is told, and none that is deeper.
#[test]
fn of_several_panics_the_first_is_told() {
    let first: fn(u8, u8) -> Option<u8> =
        |first, second| if (first, second) == (1, 0) { panic!("first") } else { up(first) };
    let second: fn(u8, u8) -> Option<(u8, u8)> =
        |first, second| if second == 1 { panic!("second") } else { Some((first, up(second)?)) };
    let panics = Two { second, first, ..APART };
    let options = Options { keep_going: true, ..Options::default() };
    let report = check(&panics, &Goals::all(), &options).unwrap();
    let trace = report.property(NO_PANIC).unwrap().counterexample.as_ref().unwrap();
    assert_eq!(trace.len(), 2, "{trace}");
    assert_eq!(trace.steps[1].state, record! { first: 1, second: 0 });
    // So it is where one search has one place for what it notes.
    let other = check_with(&OneByOne, &panics, &Goals::all(), &options).unwrap();
    assert_eq!(other.property(NO_PANIC).unwrap().counterexample.as_ref().unwrap().len(), 2);
    // And the search ends there, unless it is told to go on.
    let report = explore(&panics, PartialOrder::Full);
    assert_eq!((report.distinct, report.stopped), (4, Some(StopReason::Violation)));
}

#[test]
fn what_is_said_of_a_claim_is_of_the_first_state_in_which_it_is_false() {
    let late =
        Two { second: |first, second| Some((first, up(second).filter(|_| first < 7)?)), ..APART };
    let report = explore(&late, PartialOrder::Verify);
    let found = report.property(INDEPENDENT).unwrap().counterexample.as_ref().unwrap();
    assert_eq!(found.len(), 7, "{found}");
    assert!(found.to_string().contains("false is called ample, and true"), "{found}");
}

#[test]
fn temporal_properties_are_not_decided_on_a_reduced_graph() {
    let options = Options { partial_order: PartialOrder::Reduce, ..Options::default() };
    let refused = check(&CLOCK, &Goals::all(), &options);
    assert!(matches!(refused, Err(Undecidable::LivenessOfReduced { .. })), "{refused:?}");
    let safety = check(&CLOCK, &Goals::named(["IsAnHour"]), &options);
    assert_eq!(safety.unwrap().verdict(), Verdict::Holds);
    let verify = Options { partial_order: PartialOrder::Verify, ..Options::default() };
    assert!(check(&CLOCK, &Goals::named(["Strikes"]), &verify).is_ok());
}

/// A step that leads to where it came from is not taken alone.
#[test]
fn what_leads_nowhere_is_not_taken_alone() {
    let stays = Two { first: |first, _| Some(first), ..APART };
    assert_eq!(explore(&stays, PartialOrder::Reduce).distinct, 100);
    let report = explore(&stays, PartialOrder::Full);
    assert_eq!(report.distinct, 100);
}

#[test]
fn what_is_not_offered_does_not_commute() {
    let options =
        Options { partial_order: PartialOrder::Verify, keep_going: true, ..Options::default() };
    let report = check(&Letter, &Goals::all(), &options).unwrap();
    let found = report.property(INDEPENDENT).unwrap().counterexample.as_ref().unwrap();
    assert!(found.to_string().contains("violates Arrives before it"), "{found}");
}
