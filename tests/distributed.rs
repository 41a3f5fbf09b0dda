//! Explorations by several processes: what comes out is what one process comes to, whoever is killed is missed, and who
//! does not belong together says so.
#![cfg(feature = "distributed")]

mod common;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
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

/// At any moment from before they meet until after they are done.
#[cfg(feature = "deep")]
#[test]
fn deep_two_hundred_kills_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(200);
    let what = ["--scenario", "duel"];
    let hosts = hostfile(folder.path(), 3);
    let begun = Instant::now();
    let whole = all_end((0..3).map(|it| start(&hosts, it, &what)).collect(), LONG_ENOUGH);
    let takes = u64::try_from(begun.elapsed().as_millis()).unwrap();
    assert!(whole.iter().all(|output| output.status.code() == Some(0)));
    let (mut missed, mut too_late) = (0, 0);
    for _ in 0..200 {
        let hosts = hostfile(folder.path(), 3);
        let mut started: Vec<_> = (0..3).map(|it| start(&hosts, it, &what)).collect();
        thread::sleep(Duration::from_millis(random.u64(0..takes + takes / 8)));
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

#[cfg(feature = "deep")]
const LONG_ENOUGH: Duration = Duration::from_mins(1);

#[test]
fn who_does_not_come_or_differs_is_named() {
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
