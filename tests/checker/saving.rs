//! Explorations that are interrupted, saved and gone on with, and such as keep on disk what memory has no room for.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mitregate::check::explore::Progress;
use mitregate::check::{
    Budget, Checkable, Checkpoint, CheckpointError, Disk, Goals, Model, Name, Options, Report,
    StopReason, Verdict, checkpoint,
};
use mitregate::tla::value::Value;

use super::engine::Bits;
use super::models::{COUNTERS, Counters, check, options, timeless};

const LONG: Duration = Duration::from_hours(1);

fn fails(error: &std::io::Error) {
    panic!("it can be saved: {error}");
}

/// Interrupts a check after so many blocks, again and again, and goes on from what was saved; how often it went on.
fn in_pieces<M: Checkable>(model: &M, blocks: u64, keep_going: bool) -> (Report, usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    let mut rounds = 0;
    loop {
        let (interrupt, seen) = (AtomicBool::new(false), AtomicU64::new(0));
        let progress = |_: Progress| {
            let is_due = seen.fetch_add(1, Ordering::Relaxed) + 1 == blocks;
            interrupt.fetch_or(is_due, Ordering::Relaxed);
        };
        let saved = (rounds > 0).then(|| checkpoint::read(&file, "it").unwrap());
        let saved = Mutex::new(saved);
        let of_it = Checkpoint { file: &file, identity: "it", every: LONG, failed: &fails };
        let options = Options {
            threads: 2,
            keep_going,
            interrupt: Some(&interrupt),
            progress: Some(&progress),
            checkpoint: Some(of_it),
            resume: Some(&saved),
            ..options()
        };
        let report = check(model, &options);
        if report.stopped != Some(StopReason::Interrupted) {
            return (report, rounds);
        }
        rounds += 1;
    }
}

#[test]
fn what_was_interrupted_goes_on_to_what_it_would_have_come_to() {
    let wide = Bits(14);
    let forbidden = Counters { limit: 40, forbidden: 60, ..COUNTERS };
    for keep_going in [false, true] {
        let whole = |report| (timeless(report), keep_going);
        let of_wide = whole(check(&wide, &Options { keep_going, ..options() }));
        let of_forbidden = whole(check(&forbidden, &Options { keep_going, ..options() }));
        for blocks in [1, 2, 3, 7] {
            let (report, rounds) = in_pieces(&wide, blocks, keep_going);
            assert_eq!(whole(report), of_wide, "{blocks}");
            assert!(rounds > 0, "{blocks}");
            let (report, rounds) = in_pieces(&forbidden, blocks, keep_going);
            assert_eq!(whole(report), of_forbidden, "{blocks}");
            assert!(rounds > 0, "{blocks}");
        }
    }
}

/// Interrupts at once, and leaves a checkpoint.
fn begin<M: Checkable>(model: &M, file: &Path) {
    begin_until(model, file, 10);
}

/// The same after so many levels.
fn begin_until<M: Checkable>(model: &M, file: &Path, levels: u64) {
    let interrupt = AtomicBool::new(false);
    let progress = |progress: Progress| {
        interrupt.fetch_or(progress.depth > levels, Ordering::Relaxed);
    };
    let of_it = Checkpoint { file, identity: "it", every: LONG, failed: &fails };
    let options = Options {
        interrupt: Some(&interrupt),
        progress: Some(&progress),
        checkpoint: Some(of_it),
        ..options()
    };
    assert_eq!(check(model, &options).stopped, Some(StopReason::Interrupted));
}

/// Goes on with a checkpoint.
fn go_on<M: Checkable>(model: &M, file: &Path, options: &Options<'_>) -> Report {
    let saved = Mutex::new(Some(checkpoint::read(file, "it").unwrap()));
    let Options { budget, edges, .. } = *options;
    check(model, &Options { resume: Some(&saved), budget, edges, ..self::options() })
}

#[test]
fn one_that_goes_on_keeps_to_its_budget_and_is_of_the_same_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    begin(&COUNTERS, &file);
    let budget = |max_states| Budget { max_states: Some(max_states), ..Budget::default() };
    let few = go_on(&COUNTERS, &file, &Options { budget: budget(20), ..options() });
    assert_eq!(few.stopped, Some(StopReason::States));
    assert!(few.distinct > 50 && few.verdict() == Verdict::Inconclusive, "{few:#?}");
    // As many as there are is not too many.
    let all = go_on(&COUNTERS, &file, &Options { budget: budget(100), ..options() });
    assert_eq!((all.stopped, all.distinct), (None, 100));
    // Nor are they if all of them were known when it was interrupted.
    begin_until(&COUNTERS, &file, 17);
    let all = go_on(&COUNTERS, &file, &Options { budget: budget(100), ..options() });
    assert_eq!((all.stopped, all.distinct), (None, 100));
    // With edges the table of seen states has to have numbers, which this one has not: it begins anew.
    let edges = go_on(&COUNTERS, &file, &Options { edges: true, ..options() });
    assert_eq!(timeless(edges), timeless(check(&COUNTERS, &options())));
    // Time that went by before counts as well.
    let long = go_on(&COUNTERS, &file, &options());
    assert!(long.elapsed > Duration::ZERO);
}

/// Counts up, and leads elsewhere once it is told to.
pub(crate) struct Fickle(pub(crate) AtomicBool);

impl Model for Fickle {
    type State = u32;
    type Action = ();

    fn init_states(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, _: &u32, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, state: &u32, (): ()) -> Option<u32> {
        let step = if self.0.load(Ordering::Relaxed) { 2 } else { 1 };
        (*state < 40).then_some(state + step)
    }
}

impl Checkable for Fickle {
    fn action_names(&self) -> Vec<Name> {
        vec!["Up".into()]
    }

    fn action_name(&self, (): &()) -> usize {
        0
    }

    fn view(&self, state: &u32) -> Value {
        Value::Int((*state).into())
    }
}

#[test]
fn steps_that_lead_elsewhere_than_before_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    let fickle = Fickle(AtomicBool::new(false));
    begin(&fickle, &file);
    fickle.0.store(true, Ordering::Relaxed);
    let report = go_on(&fickle, &file, &options());
    assert_eq!(report.verdict(), Verdict::Violated, "{report:#?}");
    assert!(format!("{report:?}").contains("the steps of a checkpoint led elsewhere"));
}

#[test]
fn a_checkpoint_is_refused_that_is_damaged_or_of_something_else_and_one_that_cannot_be_written_ends_it()
 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    begin(&COUNTERS, &file);
    assert!(checkpoint::check(&file, "it").is_ok());
    let other = checkpoint::check(&file, "another").unwrap_err();
    assert!(matches!(other, CheckpointError::Other { .. }), "{other}");
    let whole = fs::read(&file).unwrap();
    for at in [0, 30, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&file, &changed).unwrap();
        let damaged = checkpoint::read(&file, "it").err().unwrap();
        assert!(matches!(damaged, CheckpointError::Damaged { .. }), "{at}: {damaged}");
        fs::write(&file, &whole[..at]).unwrap();
        let cut = checkpoint::read(&file, "it").err().unwrap();
        assert!(matches!(cut, CheckpointError::Damaged { .. }), "{at}: {cut}");
    }
    let nowhere = folder.path().join("no/such.checkpoint");
    let told = Mutex::new(0);
    let failed = |_: &std::io::Error| *told.lock().unwrap() += 1;
    let save = |every| {
        let of_it = Checkpoint { file: &nowhere, identity: "it", every, failed: &failed };
        check(&COUNTERS, &Options { checkpoint: Some(of_it), ..options() })
    };
    // Nothing is due in so long a time, so nothing fails.
    assert_eq!((save(LONG).stopped, *told.lock().unwrap()), (None, 0));
    let report = save(Duration::ZERO);
    assert_eq!(report.stopped, Some(StopReason::Checkpoint));
    assert_eq!(*told.lock().unwrap(), 1);
    assert_eq!(report.verdict(), Verdict::Inconclusive);
}

#[test]
fn a_check_on_disk_comes_to_what_one_in_memory_comes_to() {
    let folder = tempfile::tempdir().unwrap();
    let counters = Counters { limit: 200, ..COUNTERS };
    let whole = timeless(check(&counters, &options()));
    // So little that the table is a file again and again.
    for memory in [1, 1 << 16, 1 << 30] {
        let disk = Disk { folder: folder.path(), memory, failed: &fails };
        let report = check(&counters, &Options { disk: Some(disk), threads: 2, ..options() });
        assert_eq!(timeless(report), whole, "{memory}");
    }
    // Where a level has several blocks, a budget ends it within one of them, of which more steps are counted on disk.
    let (wide, goals) = (Bits(14), Goals::named(["NoSevenths"]));
    for max_states in [3_000, 9_000, 16_000] {
        let budget = Budget { max_states: Some(max_states), ..Budget::default() };
        let of_memory = Options { budget, keep_going: true, threads: 2, ..options() };
        let checked = |options: &Options<'_>| {
            let report = mitregate::check::check(&wide, &goals, options).unwrap();
            (report.distinct, report.stopped, report.depth, report.verdict())
        };
        let disk = Disk { folder: folder.path(), memory: 1 << 30, failed: &fails };
        let of_disk = Options { disk: Some(disk), ..of_memory };
        assert_eq!(checked(&of_disk), checked(&of_memory), "{max_states}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
