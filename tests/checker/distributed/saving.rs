//! Explorations of several workers that are saved and gone on with.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mitregate::check::distributed::{is_saved, remove, saved_by};
use mitregate::check::explore::Progress;
use mitregate::check::{
    Budget, Checkable, Checkpoint, Goals, Options, Report, StopReason, Verdict, check,
};

use super::super::engine::Bits;
use super::super::models::timeless;
use super::super::saving::Fickle;
use super::sharing::Fan;
use super::{PATIENCE, options, processes};

fn fails(error: &io::Error) {
    panic!("it can be saved: {error}");
}

fn every(file: &Path, every: Duration) -> Checkpoint<'_> {
    Checkpoint { file, identity: "it", every, failed: &fails }
}

/// Explores with a checkpoint of each level, up to one; what each process says.
fn run<M: Checkable + Sync>(
    model: &M,
    goals: &Goals,
    (count, workers): (usize, usize),
    file: &Path,
    (resumes, until): (bool, u64),
) -> Vec<(Report, String)> {
    let told = run_and_judge(model, goals, (count, workers), file, (resumes, until));
    told.into_iter().map(|(report, told, _)| (report, told)).collect()
}

/// The same, and whether it ended because of what was given to the process.
fn run_and_judge<M: Checkable + Sync>(
    model: &M,
    goals: &Goals,
    (count, workers): (usize, usize),
    file: &Path,
    (resumes, until): (bool, u64),
) -> Vec<(Report, String, bool)> {
    processes(count, workers, PATIENCE, |process| {
        let interrupt = AtomicBool::new(false);
        let progress = |it: Progress| interrupt.store(it.depth >= until, Ordering::Relaxed);
        let options = Options {
            checkpoint: Some(every(file, Duration::ZERO)),
            interrupt: Some(&interrupt),
            progress: Some(&progress),
            keep_going: true,
            ..options()
        };
        let report = process.check(model, goals, &options, resumes);
        if process.told().is_empty() {
            process.cluster.exit_code(0).unwrap();
        }
        (report, process.told(), process.is_of_input())
    })
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let name = |it: io::Result<fs::DirEntry>| it.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn what_was_interrupted_goes_on_to_what_it_would_have_come_to() {
    fn compare<M: Checkable + Sync>(model: &M, goals: &Goals, shape: (usize, usize)) {
        let alone = check(model, goals, &Options { keep_going: true, ..options() }).unwrap();
        let depth = alone.depth;
        let alone = timeless(alone);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it.checkpoint");
        let mut ends = 0;
        for until in 1.. {
            let reports = run(model, goals, shape, &file, (until > 1, until));
            let workers = shape.0 * shape.1;
            for (report, told) in &reports {
                assert_eq!(told, "");
                if report.stopped == Some(StopReason::Interrupted) {
                    assert!(report.elapsed > Duration::ZERO);
                    continue;
                }
                ends += 1;
                assert_eq!(timeless(report.clone()), alone, "{shape:?}, {until} levels");
            }
            if ends > 0 {
                // It has been interrupted after each level.
                assert_eq!((ends, until), (shape.0, depth as u64), "{shape:?}");
            }
            // Each worker has kept its part of the last level after which there was one more, and no other.
            let levels = until.min(depth as u64 - 1);
            let parts = (0..workers).map(|it| format!("it.{it}of{workers}.{levels}.checkpoint"));
            let mut parts: Vec<_> = parts.collect();
            parts.sort();
            assert_eq!(names(folder.path()), parts);
            if ends > 0 {
                break;
            }
        }
    }
    let goals = Goals::named(["NoSevenths"]).and_deadlock();
    for shape in [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)] {
        compare(&Bits(8), &goals, shape);
    }
    compare(&Fan::new([900, 30]), &Goals::all().and_deadlock(), (2, 2));
}

#[test]
fn what_was_saved_is_found_and_removed_by_who_it_belongs_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    fs::write(folder.path().join("its.0of9.2.checkpoint"), "of another").unwrap();
    assert_eq!(saved_by(&file, 4), None);
    assert!(!is_saved(&file, "it", 0..4, 4).unwrap());
    let goals = Goals::named(["NoSevenths"]);
    run(&Bits(8), &goals, (2, 2), &file, (false, 3));
    assert_eq!((saved_by(&file, 4), saved_by(&file, 2)), (None, Some(4)));
    for (mine, is) in [(0..2, true), (2..4, true), (3..4, true), (4..5, false)] {
        assert_eq!(is_saved(&file, "it", mine.clone(), 4).unwrap(), is, "{mine:?}");
    }
    assert!(!is_saved(&file, "it", 0..2, 2).unwrap());
    let other = is_saved(&file, "another", 0..2, 4).unwrap_err().to_string();
    assert!(other.contains("it.0of4.3.checkpoint"), "{other}");
    fs::write(folder.path().join("it.1of4.3.checkpoint.new"), "unfinished").unwrap();
    remove(&file, 0..2, 4).unwrap();
    let left = ["it.2of4.3.checkpoint", "it.3of4.3.checkpoint", "its.0of9.2.checkpoint"];
    assert_eq!(names(folder.path()), left);
    // A part that was given the name of another is not that.
    fs::copy(folder.path().join(left[1]), folder.path().join("it.0of4.3.checkpoint")).unwrap();
    assert!(is_saved(&file, "it", 0..1, 4).is_err());
    assert!(is_saved(&folder.path().join("no/such"), "it", 0..1, 4).is_err());
}

#[test]
fn one_that_goes_on_keeps_to_its_budget_and_is_of_the_same_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    let goals = Goals::named(["NoSevenths"]);
    let go_on = |max_states: u64, edges: bool| {
        processes(2, 1, PATIENCE, |process| {
            let budget = Budget { max_states: Some(max_states), ..Budget::default() };
            let checkpoint = Some(every(&file, Duration::from_hours(1)));
            let options = Options { budget, edges, checkpoint, keep_going: true, ..options() };
            let report = process.check(&Bits(8), &goals, &options, true);
            if process.told().is_empty() {
                process.cluster.exit_code(0).unwrap();
            }
            (report, process.told())
        })
    };
    // Nobody has saved anything: it begins.
    for (report, told) in go_on(1 << 8, false) {
        assert_eq!((report.distinct, report.stopped, &told[..]), (1 << 8, None, ""));
    }
    // An hour has not gone by.
    assert_eq!(names(folder.path()), [""; 0]);
    run(&Bits(8), &goals, (2, 1), &file, (false, 3));
    // 1 + 8 + 28 + 56 states are known after three levels.
    for (max_states, stopped) in [(92, true), (93, true), (255, true), (256, false)] {
        for (report, told) in go_on(max_states, false) {
            let ends = stopped.then_some(StopReason::States);
            assert_eq!((report.stopped, &told[..]), (ends, ""), "{max_states}");
            assert_eq!(report.distinct, max_states.max(93));
            assert!(report.depth >= 3);
        }
    }
    // All states are known before the last level.
    run(&Bits(8), &goals, (2, 1), &file, (false, 8));
    for (max_states, ends) in [(255, Some(StopReason::States)), (256, None)] {
        for (report, told) in go_on(max_states, false) {
            assert_eq!((report.distinct, report.stopped, &told[..]), (256, ends, ""));
        }
    }
    for (report, told) in go_on(256, true) {
        assert_eq!(report.stopped, Some(StopReason::Lost));
        assert!(told.contains("and none are asked for, or the other way round"), "{told}");
    }
}

/// What each process says of parts of which something has become.
fn told_after(spoil: impl Fn(&Path)) -> Vec<(String, bool)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    let goals = Goals::named(["NoSevenths"]);
    run(&Bits(8), &goals, (2, 1), &file, (false, 3));
    spoil(folder.path());
    let reports = run_and_judge(&Bits(8), &goals, (2, 1), &file, (true, 99));
    let told = |(report, told, is_of_input): (Report, String, bool)| {
        let ends = (report.stopped, report.verdict());
        assert_eq!(ends, (Some(StopReason::Lost), Verdict::Inconclusive), "{told}");
        (told, is_of_input)
    };
    reports.into_iter().map(told).collect()
}

#[test]
fn parts_that_are_missing_or_damaged_end_it_with_the_reason_in_all_processes() {
    let missing = told_after(|folder| {
        fs::remove_file(folder.join("it.1of2.3.checkpoint")).unwrap();
    });
    for (told, is_of_input) in missing {
        assert!(is_of_input || told.starts_with("process "), "{told}");
        let what = "there is no level of which all parts are there: worker 0 has level 3, worker 1 has saved nothing";
        assert!(told.contains(what), "{told}");
    }
    let damaged = told_after(|folder| {
        let part = folder.join("it.1of2.3.checkpoint");
        let mut bytes = fs::read(&part).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&part, bytes).unwrap();
    });
    // Of two, the second is given what is damaged.
    assert_eq!([damaged[0].1, damaged[1].1], [false, true]);
    for (told, _) in damaged {
        assert!(told.contains("it.1of2.3.checkpoint"), "{told}");
    }
    // The first one removes its parts when all is judged, so it may be the only one that has none.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    let goals = Goals::named(["NoSevenths"]);
    run(&Bits(8), &goals, (2, 1), &file, (false, 3));
    remove(&file, 0..1, 2).unwrap();
    for (report, told) in run(&Bits(8), &goals, (2, 1), &file, (true, 99)) {
        assert_eq!((report.distinct, report.stopped, &told[..]), (1 << 8, None, ""));
    }
}

#[test]
fn a_part_that_cannot_be_written_ends_it_in_all_processes() {
    let folder = tempfile::tempdir().unwrap();
    let told: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let failed = |error: &io::Error| told.lock().unwrap().push(error.to_string());
    let reports = processes(2, 1, PATIENCE, |process| {
        let name = if process.is_first() { "it.checkpoint" } else { "no/such.checkpoint" };
        let file = folder.path().join(name);
        let every = Duration::ZERO;
        let checkpoint = Some(Checkpoint { file: &file, identity: "it", every, failed: &failed });
        let options = Options { checkpoint, ..options() };
        let report = process.check(&Bits(8), &Goals::named(["NoSevenths"]), &options, false);
        process.cluster.exit_code(0).unwrap();
        (report.stopped, report.depth)
    });
    // It ends before the second level.
    assert_eq!(reports, [(Some(StopReason::Checkpoint), 1); 2]);
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("no/such.1of2.1.checkpoint"), "{told:?}");
}

#[test]
fn steps_that_lead_elsewhere_than_before_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it.checkpoint");
    let fickle = Fickle(AtomicBool::new(false));
    run(&fickle, &Goals::all(), (1, 2), &file, (false, 9));
    fickle.0.store(true, Ordering::Relaxed);
    let reports = run(&fickle, &Goals::all(), (1, 2), &file, (true, 99));
    for (report, told) in reports {
        assert_eq!(report.verdict(), Verdict::Violated, "{report:#?}");
        let what = "steps led elsewhere when what was saved was gone on with";
        assert_eq!(told, what);
        assert!(format!("{report:?}").contains(what));
    }
}
