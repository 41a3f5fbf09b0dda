//! The program as a person uses it: real processes, sockets and files.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

fn paxos() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paxos"));
    command.env("NO_COLOR", "1");
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = paxos().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// Sends a signal to a process.
fn signal(name: &str, child: &Child) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Waits for a process; it is killed if that takes too long.
fn wait(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    panic!("it does not end");
}

/// An address that nobody listens on.
fn free_address() -> String {
    // A host of its own, where there are several: on 127.0.0.1 another test may take the port before a node does.
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let host = match COUNT.fetch_add(1, Ordering::Relaxed) {
        count if cfg!(target_os = "linux") => format!("127.0.77.{count}:0"),
        _ => "127.0.0.1:0".to_owned(),
    };
    TcpListener::bind(host).unwrap().local_addr().unwrap().to_string()
}

/// The arguments of an acceptor, alone with a proposer that does not run.
fn acceptor<'a>(folder: &'a str, acceptor: &'a str, proposer: &'a str) -> Vec<&'a str> {
    vec!["spawn", "--node", "0", "--folder", folder, "--acceptor", acceptor, "--proposer", proposer]
}

#[test]
fn a_cluster_whose_nodes_are_killed_agrees_and_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let kept = kept.to_str().unwrap();
    let (code, text, problems) =
        run(&["cluster", "--values", "600", "--kills", "3", "--seed", "2", "--folder", kept]);
    assert_eq!(code, Some(0), "{text}{problems}");
    for part in ["killed, with", "restarted from its disk", "the same on all clients", "explained"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The traces that it keeps are what `trace` reads.
    let files: Vec<String> = [0, 1, 2, 10, 11].map(|id| format!("{kept}/node-{id}.jsonl")).into();
    let trace = |files: &[String]| {
        let arguments: Vec<&str> =
            std::iter::once("trace").chain(files.iter().map(String::as_str)).collect();
        run(&arguments)
    };
    let (code, text, problems) = trace(&files);
    assert_eq!(code, Some(0), "{text}{problems}");
    assert!(text.starts_with("explained: "), "{text}");
    // Something learned that was never chosen is not.
    let file = &files[3];
    let lines = fs::read_to_string(file).unwrap();
    let number = lines
        .lines()
        .position(|line| line.contains("\"Learn\"") && line.contains("value-"))
        .unwrap();
    let forged: String = (0..)
        .zip(lines.lines())
        .map(|(at, line)| {
            if at == number {
                line.replace("value-", "forged-") + "\n"
            } else {
                line.to_owned() + "\n"
            }
        })
        .collect();
    fs::write(file, forged).unwrap();
    let (code, text, _) = trace(&files);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("NOT EXPLAINED: "), "{text}");
    assert!(text.contains(&format!("node-10.jsonl:{}: node 10: Learn(", number + 1)), "{text}");
    // The folder is not taken again.
    let (code, _, problems) = run(&["cluster", "--folder", kept]);
    assert_eq!(code, Some(2));
    assert!(problems.contains("is not empty; choose another folder"), "{problems}");
}

#[cfg(unix)]
#[test]
fn a_cluster_that_is_stopped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["-INT", "-TERM"] {
        let mut cluster = paxos()
            .args(["cluster", "--values", "100000", "--kills", "0"])
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(cluster.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(line.contains("3 acceptors and 2 clients run"), "{line}");
        std::thread::sleep(Duration::from_millis(200));
        let running = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(running, 1, "{name}: its folder");
        signal(name, &cluster);
        assert_eq!(wait(&mut cluster), Some(3), "{name}");
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("interrupted: all nodes are stopped"), "{name}: {rest}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}: the folder stays");
    }
}

#[cfg(unix)]
#[test]
fn an_acceptor_ends_when_it_is_told_to_and_starts_again_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let [one, other] = [free_address(), free_address()].map(|address| format!("0={address}"));
    let proposer = other.replacen('0', "10", 1);
    for name in ["-TERM", "-INT", "-TERM"] {
        let mut node =
            paxos().args(acceptor(path, &one, &proposer)).stdout(Stdio::null()).spawn().unwrap();
        // It listens once it has its folder.
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(&one[2..]).is_err() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        // The folder is in use.
        let (code, _, problems) = run(&acceptor(path, &one, &proposer));
        assert_eq!(code, Some(2));
        assert!(problems.contains(&format!("{path}: another process uses it")), "{problems}");
        signal(name, &node);
        assert_eq!(wait(&mut node), Some(0), "{name}");
    }
    // It is the folder of this node of this cluster.
    let text = |path: &Path| fs::read(path).unwrap();
    let before = text(&folder.path().join("log"));
    let named = |name: &'static str| {
        let mut arguments = acceptor(path, &one, &proposer);
        arguments.extend(["--name", name]);
        run(&arguments)
    };
    let (code, _, problems) = named("other");
    assert_eq!(code, Some(2));
    assert!(problems.contains("the log of node 0 of cluster \"paxos\""), "{problems}");
    // It is damaged.
    let mut damaged = before.clone();
    damaged[20] ^= 1;
    fs::write(folder.path().join("log"), damaged).unwrap();
    let (code, _, problems) = named("paxos");
    assert_eq!(code, Some(2));
    assert!(problems.contains("log: damaged at byte 0: the record does not"), "{problems}");
}

#[test]
fn bad_input_is_refused_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node");
    let path = path.to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("0={}", taken.local_addr().unwrap());
    let free = format!("10={}", free_address());
    let file = folder.path().join("cluster.toml");
    let with_file = |text: &str| {
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        run(&["spawn", "--node", "0", "--folder", path, "--cluster", file])
    };
    let node = "\n[[node]]\nid = 0\naddress = \"localhost:1\"\nroles = [\"acceptor\"]\n";
    let cases = [
        (run(&acceptor(path, &taken, &free)), "cannot listen on 127.0.0.1"),
        (run(&acceptor(path, "0:7000", &free)), "write ID=HOST:PORT, such as 0=localhost:7000"),
        (run(&acceptor(path, "1=localhost:1", &free)), "the cluster has no node 0; it has 1, 10"),
        (run(&["spawn", "--node", "0", "--folder", path]), "--acceptor"),
        (with_file("name = 1"), "cluster.toml: TOML parse error at line 1"),
        (with_file(&format!("name = \"x\"\n{node}")), "a cluster needs at least one proposer"),
        (with_file(&format!("name = \"x\"\n{node}{node}")), "node 0 is given twice"),
        (run(&["trace", file.to_str().unwrap()]), "cluster.toml:1: no entry of a trace"),
        (run(&["trace", "nowhere.jsonl"]), "nowhere.jsonl: No such file"),
        (run(&["cluster", "--acceptors", "0"]), "1..=9"),
    ];
    for ((code, text, problems), expected) in cases {
        assert_eq!(code, Some(2), "{expected}: {text}{problems}");
        assert!(problems.contains(expected), "{expected}: {problems}");
    }
}

#[test]
fn clients_by_hand_append_what_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let [a, p] = [free_address(), free_address()];
    let (acceptor, proposer) = (format!("0={a}"), format!("10={p}"));
    let arguments = |node: &str| {
        let path = folder.path().join(node);
        let fixed = ["spawn", "--node", node, "--acceptor", &acceptor, "--proposer", &proposer];
        let mut arguments: Vec<String> = fixed.map(str::to_owned).into();
        arguments.extend(["--folder".to_owned(), path.to_str().unwrap().to_owned()]);
        arguments
    };
    let mut node = paxos()
        .args(arguments("0"))
        .arg("--until-eof")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let append = |values: &str| {
        let mut client = paxos()
            .args(arguments("10"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        client.stdin.take().unwrap().write_all(values.as_bytes()).unwrap();
        let mut text = String::new();
        client.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(wait(&mut client), Some(0), "{text}");
        text
    };
    let text = append("one\ntwo words\n");
    let rounds = |text: &str, kind: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(kind));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut appended = rounds(&text, "appended ");
    appended.sort_unstable();
    assert_eq!(rounds(&text, "applied "), appended, "{text}");
    assert!(text.contains("two words"), "{text}");
    // The next one is told the whole log, which only the acceptor knows.
    let text = append("three\n");
    let applied = rounds(&text, "applied ");
    assert_eq!(applied.len(), 3, "{text}");
    assert_eq!(applied[..2], appended[..], "{text}");
    drop(node.stdin.take());
    assert_eq!(wait(&mut node), Some(0));
}
