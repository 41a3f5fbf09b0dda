//! Partial orders: what models claim of their steps is true in every state, and reduced explorations come to the verdicts
//! of whole ones. What small models show of it is among the checker's own tests.

mod common;

use common::systems;
use mitregate::check::{INDEPENDENT, Options, PartialOrder, Report, Undecidable, Verdict};
use mitregate::gate::run::JobError;
use mitregate::gate::{Job, Lane, Layer, Outcome};

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
