//! Explorations by several processes: what comes out is what one process comes to, whoever is killed is missed, and who
//! does not belong together says so.
#![cfg(feature = "distributed")]

mod common;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use common::{PROGRAM, timeless};

/// What is compared: a violation of the code against the spec, one up to symmetry, one with a lasso, edges and temporal
/// properties that hold on many levels, a deadlock, and the queue.
const CHECKS: [(&str, &[&str]); 6] = [
    ("multi_paxos", &["--scenario", "as_given"]),
    ("multi_paxos", &["--scenario", "acceptor_crash"]),
    ("multi_paxos", &["--scenario", "duel_forever"]),
    ("canal_lock", &["--scenario", "keepers_3x2"]),
    ("canal_lock", &["--scenario", "fault_finished_too_soon", "--continue"]),
    ("mpsc_queue", &["--scenario", "two_by_three,fault_copy_on_grow"]),
];

/// Held by each test: with the processes of all at once nobody is heard of in time, and ports that are free are not for long.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check(system: &str, more: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args([system, "check", "--format", "json"]).args(more);
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn any_number_of_processes_comes_to_what_one_comes_to() {
    let _alone = alone();
    for (system, what) in CHECKS {
        let alone = check(system, what).output().unwrap();
        let expected = timeless(&alone.stdout);
        for (processes, workers) in [("1", "2"), ("2", "1"), ("3", "1"), ("4", "2")] {
            let more = [what, &["--processes", processes, "--workers", workers]].concat();
            let together = check(system, &more).output().unwrap();
            let place = format!("{system} {what:?}, {processes} processes of {workers}");
            assert_eq!(timeless(&together.stdout), expected, "{place}");
            assert_eq!(together.status.code(), alone.status.code(), "{place}");
            assert_eq!(stderr(&together), "", "{place}");
        }
    }
}

/// Free ports of this machine, as a hostfile.
fn hostfile(folder: &Path, processes: usize) -> String {
    let listeners: Vec<_> =
        (0..processes).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let addresses: Vec<_> =
        listeners.iter().map(|it| it.local_addr().unwrap().to_string()).collect();
    let file = folder.join("hosts");
    fs::write(&file, addresses.join("\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

/// One process of a hostfile.
fn start(hosts: &str, process: usize, what: &[&str]) -> Child {
    let process = process.to_string();
    let more = [what, &["--hostfile", hosts, "--process", &process, "--patience", "3s"]].concat();
    let mut command = check("multi_paxos", &more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for processes, none of which may take longer than this.
fn all_end(processes: Vec<Child>, within: Duration) -> Vec<Output> {
    let deadline = Instant::now() + within;
    let end = |mut child: Child| {
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                let _ = child.kill();
                panic!("a process hangs");
            }
            thread::sleep(Duration::from_millis(10));
        }
        child.wait_with_output().unwrap()
    };
    processes.into_iter().map(end).collect()
}

#[test]
fn a_hostfile_brings_processes_together_and_the_first_one_prints() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let hosts = hostfile(folder.path(), 3);
    let what = ["--scenario", "as_given", "--layer", "miter", "--max-states", "100"];
    let started = [2, 0, 1].map(|process| start(&hosts, process, &what)).into();
    let ended = all_end(started, Duration::from_secs(30));
    // All exit as the first does, here because the budget was hit.
    for output in &ended {
        assert_eq!(output.status.code(), Some(3), "{}", stderr(output));
    }
    assert_eq!(timeless(&ended[1].stdout)["results"][0]["stopped"], "states");
    assert!(ended[0].stdout.is_empty() && ended[2].stdout.is_empty());
}

/// Minutes of work.
const LONG: [&str; 4] = ["--scenario", "leader_three", "--layer", "system"];

#[test]
fn who_is_killed_or_stopped_is_named_by_all_others() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(18);
    for victim in 0..3 {
        for signal in ["KILL", "STOP"] {
            let hosts = hostfile(folder.path(), 3);
            let mut started: Vec<_> = (0..3).map(|it| start(&hosts, it, &LONG)).collect();
            thread::sleep(Duration::from_millis(random.u64(300..2_000)));
            let mut victim_process = started.remove(victim);
            let id = victim_process.id().to_string();
            let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap();
            assert!(sent.success());
            let ended = all_end(started, Duration::from_secs(10));
            victim_process.kill().unwrap();
            victim_process.wait().unwrap();
            for output in &ended {
                let said = stderr(output);
                assert_eq!(output.status.code(), Some(3), "{signal} {victim}: {said}");
                // Whoever gives up because of it says why, and whom that one has missed.
                assert!(said.contains(&format!("process {victim} (")), "{signal} {victim}: {said}");
                assert!(!said.contains("panicked"), "{said}");
            }
        }
    }
}

/// The levels of which a folder has parts of checkpoints.
fn levels_saved(folder: &Path) -> Vec<usize> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let level = |name: String| name.strip_suffix(".checkpoint")?.rsplit_once('.')?.1.parse().ok();
    names.filter_map(level).collect()
}

/// Kills one of some processes when levels from this one on have been saved, and waits for the others.
fn kill_at(mut started: Vec<Child>, victim: usize, folder: &Path, level: usize) {
    while !levels_saved(folder).iter().any(|it| *it >= level) {
        if started.iter_mut().all(|it| it.try_wait().unwrap().is_some()) {
            let said = all_end(started, Duration::ZERO);
            panic!("nothing is saved: {:?}", said.iter().map(stderr).collect::<Vec<_>>());
        }
        thread::sleep(Duration::from_millis(2));
    }
    let mut killed = started.remove(victim);
    killed.kill().unwrap();
    killed.wait().unwrap();
    for output in all_end(started, Duration::from_secs(10)) {
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    }
}

#[test]
fn processes_that_were_killed_go_on_from_the_last_level_that_all_have_saved() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    let saved_name = saved.to_str().unwrap().to_owned();
    // Without edges; and with them, which are the first process's, in the second of two checks.
    for (system, what, workers, kills) in [
        ("multi_paxos", ["--scenario", "duel", "--layer", "system"], "1", [4, 9, 12]),
        (
            "canal_lock",
            ["--scenario", "small_alpha,alpha", "--layer", "spec"],
            "2",
            [200, 300, 500],
        ),
    ] {
        let with = |how: &str, more: &[&str]| {
            let hosts = hostfile(folder.path(), 3);
            let start = |process: usize| {
                let process = process.to_string();
                let mut command = check(system, &what);
                command.args([how, &saved_name, "--checkpoint-every", "0s"]).args(more);
                command.args(["--hostfile", &hosts, "--process", &process, "--workers", workers]);
                command.args(["--patience", "3s"]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            };
            (0..3).map(start).collect::<Vec<_>>()
        };
        for (victim, level) in kills.into_iter().enumerate() {
            let how = if victim == 0 { "--checkpoint" } else { "--resume" };
            kill_at(with(how, &[]), victim, &saved, level);
        }
        // One that goes on knows at once more states than it may.
        let ended = all_end(with("--resume", &["--max-states", "100"]), LONG_ENOUGH);
        let results = timeless(&ended[0].stdout)["results"].clone();
        let known = results.as_array().unwrap().last().unwrap()["distinct"].as_u64();
        assert!(known.unwrap() > 1_000, "{known:?} {}", stderr(&ended[0]));
        let ended = all_end(with("--resume", &[]), LONG_ENOUGH);
        let alone = check(system, &what).output().unwrap();
        assert_eq!(timeless(&ended[0].stdout), timeless(&alone.stdout), "{}", stderr(&ended[0]));
        for output in ended {
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        }
        assert_eq!(fs::read_dir(&saved).unwrap().count(), 0);
        // There is nothing left to go on with.
        for output in all_end(with("--resume", &[]), Duration::from_secs(10)) {
            assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        }
    }
}

#[test]
fn a_checkpoint_that_lacks_a_part_or_is_damaged_is_refused() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    let start_all = |how: &str, processes: usize, most: &str| {
        let hosts = hostfile(folder.path(), processes);
        let saved = saved.to_str().unwrap();
        let what = ["--scenario", "duel", "--layer", "system", how, saved, "--checkpoint-every"];
        let what = [&what[..], &["0s", "--max-states", most]].concat();
        (0..processes).map(|it| start(&hosts, it, &what)).collect::<Vec<_>>()
    };
    let with = |how: &str, processes: usize| start_all(how, processes, "1000000");
    for output in all_end(start_all("--checkpoint", 2, "20000"), LONG_ENOUGH) {
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    }
    // What was saved last stays, and nothing else.
    let levels = levels_saved(&saved);
    assert!(matches!(levels[..], [one, other] if one == other && one > 5), "{levels:?}");
    let of_worker = |worker: usize| {
        let files = fs::read_dir(&saved).unwrap().map(|it| it.unwrap().path());
        let is_its =
            |path: &std::path::PathBuf| path.to_string_lossy().contains(&format!(".{worker}of2."));
        files.filter(is_its).collect::<Vec<_>>()
    };
    // Of another number of workers there is nothing.
    for output in all_end(with("--resume", 3), Duration::from_secs(10)) {
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains("there is nothing to go on with"), "{}", stderr(&output));
    }
    let last = of_worker(0).into_iter().max().unwrap();
    let whole = fs::read(&last).unwrap();
    let refused = |why: &str, process: usize| {
        let ended = all_end(with("--resume", 2), Duration::from_secs(10));
        assert_eq!(ended[process].status.code(), Some(2), "{why}");
        assert!(stderr(&ended[process]).contains(why), "{}", stderr(&ended[process]));
        // The other one is told, or misses it.
        assert_ne!(ended[1 - process].status.code(), Some(0));
    };
    fs::write(&last, &whole[..whole.len() / 2]).unwrap();
    refused("damaged", 0);
    fs::write(&last, &whole).unwrap();
    // The part of another worker under the name of this one's.
    let parts: Vec<_> = of_worker(1).into_iter().map(|it| (fs::read(&it).unwrap(), it)).collect();
    for (_, file) in &parts {
        fs::write(file, &whole).unwrap();
    }
    refused("is a checkpoint of another check", 1);
    for (_, file) in &parts {
        fs::remove_file(file).unwrap();
    }
    refused("there is nothing to go on with", 1);
    for (part, file) in &parts {
        fs::write(file, part).unwrap();
    }
    for output in all_end(with("--resume", 2), LONG_ENOUGH) {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

/// At any moment from before they meet until after they are done.
#[cfg(feature = "deep")]
#[test]
fn deep_two_hundred_kills_are_noticed() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(200);
    let what = ["--scenario", "duel"];
    // The first run is slower than the others: of what it takes, much would come after they are done.
    let takes = (0..3).map(|_| {
        let hosts = hostfile(folder.path(), 3);
        let begun = Instant::now();
        let whole = all_end((0..3).map(|it| start(&hosts, it, &what)).collect(), LONG_ENOUGH);
        assert!(whole.iter().all(|output| output.status.code() == Some(0)));
        u64::try_from(begun.elapsed().as_millis()).unwrap()
    });
    let takes = takes.min().unwrap();
    let (mut missed, mut too_late) = (0, 0);
    for _ in 0..200 {
        let hosts = hostfile(folder.path(), 3);
        let mut started: Vec<_> = (0..3).map(|it| start(&hosts, it, &what)).collect();
        thread::sleep(Duration::from_millis(random.u64(0..takes)));
        let victim = random.usize(0..3);
        let mut killed = started.remove(victim);
        let was_done = killed.try_wait().unwrap().is_some();
        killed.kill().unwrap();
        let was_done = was_done || killed.wait().unwrap().code() == Some(0);
        for output in all_end(started, Duration::from_secs(10)) {
            let (code, said) = (output.status.code(), stderr(&output));
            if was_done {
                assert_eq!(code, Some(0), "{said}");
                too_late += 1;
            } else if code == Some(0) {
                // The first process tells how to exit, and then exits itself: the victim was told as well.
                too_late += 1;
            } else {
                assert_eq!(code, Some(3), "{said}");
                assert!(said.contains(&format!("process {victim} (")), "{said}");
                missed += 1;
            }
        }
    }
    println!("{missed} processes missed another, {too_late} were done before");
    assert!(missed > 300, "{missed}, {too_late}");
}

const LONG_ENOUGH: Duration = Duration::from_mins(1);

#[test]
fn who_does_not_come_or_differs_is_named() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let what = ["--scenario", "as_given"];
    let hosts = hostfile(folder.path(), 3);
    let started = vec![start(&hosts, 0, &what), start(&hosts, 1, &what)];
    for output in all_end(started, Duration::from_secs(10)) {
        assert_eq!(output.status.code(), Some(3));
        let said = stderr(&output);
        assert!(said.contains("process 2 (") && said.contains("has not come within 3 s"), "{said}");
    }
    for (other, said_of) in [
        (&["--scenario", "duel"][..], "in what it explores"),
        (&["--scenario", "as_given", "--workers", "2"], "in the number of workers: 2, and here 1"),
    ] {
        let hosts = hostfile(folder.path(), 2);
        let started = vec![start(&hosts, 0, &what), start(&hosts, 1, other)];
        let ended = all_end(started, Duration::from_secs(10));
        for output in &ended {
            assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
        }
        assert!(stderr(&ended[0]).contains(said_of), "{}", stderr(&ended[0]));
    }
}

#[test]
fn a_hostfile_of_no_use_is_refused() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hosts");
    let refusal = |text: &str, process: &str| {
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let more = ["--hostfile", file, "--process", process];
        let output = check("multi_paxos", &more).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        stderr(&output)
    };
    assert!(refusal("", "0").contains("has no address"));
    assert!(refusal("127.0.0.1:0", "1").contains("there is no process 1 of 1"));
    assert!(refusal("here\n127.0.0.1:1", "0").contains("\"here\" is no address such as host:port"));
    let twice = refusal("127.0.0.1:0\n127.0.0.1:0", "0");
    assert!(twice.contains("two processes have the address 127.0.0.1:0"), "{twice}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(refusal(&address, "0").contains("cannot wait for other processes at"));
}
