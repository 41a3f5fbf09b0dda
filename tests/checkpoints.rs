//! Explorations that are saved: what is killed goes on to what it would have come to, and what is no checkpoint of a
//! check is refused.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use common::{PROGRAM, timeless};

/// A scenario and a layer; the first with edges and temporal properties, the second without, the third with a miter, the
/// fourth with symmetry, and the last with a lasso.
const CHECKS: [(&str, &str, &str); 5] = [
    ("canal_lock", "keepers_3x2", "system"),
    ("mpsc_queue", "two_by_three", "system"),
    ("multi_paxos", "duel", "miter"),
    ("multi_paxos", "acceptor_crash", "system"),
    ("multi_paxos", "duel_forever", "system"),
];

fn check(system: &str, scenario: &str, layer: &str, more: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    let which = [system, "check", "--scenario", scenario, "--layer", layer, "--format", "json"];
    command.args(which).args(more).stderr(Stdio::null());
    command
}

/// Kills a check again and again at random moments, each time goes on with what was saved, and compares what comes out
/// in the end with what an undisturbed one comes to. How often it was killed.
fn kills_survived(
    (system, scenario, layer): (&str, &str, &str),
    random: &mut fastrand::Rng,
) -> usize {
    let whole = check(system, scenario, layer, &[]).output().unwrap();
    let expected = timeless(&whole.stdout);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let (mut kills, mut pause) = (0, 30);
    loop {
        let is_saved = fs::read_dir(folder).unwrap().any(|entry| {
            entry.unwrap().path().extension().is_some_and(|extension| extension == "checkpoint")
        });
        let save = if is_saved { "--resume" } else { "--checkpoint" };
        let threads = ["1", "2", "3"][random.usize(..3)];
        let more = [save, folder, "--checkpoint-every", "10ms", "--threads", threads];
        let mut child =
            check(system, scenario, layer, &more).stdout(Stdio::piped()).spawn().unwrap();
        // Longer each time, so that it ends on a machine of any speed.
        pause += pause / 8;
        thread::sleep(Duration::from_millis(random.u64(pause / 4..pause)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            continue;
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(timeless(&output.stdout), expected, "{system} {scenario} {layer}");
        assert_eq!(output.status.code(), whole.status.code());
        let left: Vec<_> = fs::read_dir(folder).unwrap().collect();
        assert!(left.is_empty(), "a check that is done needs no checkpoint: {left:?}");
        return kills;
    }
}

#[test]
fn a_check_that_is_killed_goes_on() {
    let mut random = fastrand::Rng::with_seed(15);
    let kills: usize = CHECKS.into_iter().map(|it| kills_survived(it, &mut random)).sum();
    println!("{kills} kills survived");
    assert!(kills >= 10, "{kills}");
}

/// A folder with the checkpoint of a check that was ended early, and that file.
fn saved(layer: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let more = ["--checkpoint", path, "--timeout", "50ms"];
    let output = check("mpsc_queue", "two_by_three", layer, &more).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let mut files = fs::read_dir(folder.path()).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    (folder, file)
}

/// Goes on in a folder: exit code and what people read.
fn resume(folder: &Path, more: &[&str]) -> (i32, String) {
    let folder = folder.to_str().unwrap();
    let more = [&["--resume", folder], more].concat();
    let mut command = check("mpsc_queue", "two_by_three", "system", &more);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_is_no_checkpoint_of_the_check_is_refused() {
    let (folder, file) = saved("system");
    let good = fs::read(&file).unwrap();
    let refuses = |bytes: &[u8], what: &str| {
        fs::write(&file, bytes).unwrap();
        let (code, error) = resume(folder.path(), &[]);
        assert_eq!(code, 2, "{error}");
        assert!(error.contains(what) && error.contains(file.to_str().unwrap()), "{error}");
        assert_eq!(fs::read(&file).unwrap(), bytes, "what was refused was changed");
    };
    refuses(&good[..good.len() - 1], "cut or changed");
    refuses(&good[..good.len() / 2], "cut or changed");
    refuses(&good[..5], "too short");
    refuses(b"", "too short");
    refuses(&[b'x'; 1_000], "does not begin");
    let mut random = fastrand::Rng::with_seed(15);
    for _ in 0..8 {
        let mut bytes = good.clone();
        let place = random.usize(30..bytes.len());
        bytes[place] ^= 1 << random.u8(..8);
        refuses(&bytes, "cut or changed");
    }
    let (_miters, file_of_miter) = saved("miter");
    refuses(&fs::read(file_of_miter).unwrap(), "another check");
    // Told to go on after a violation, it is another check, which has another name.
    fs::write(&file, &good).unwrap();
    let (code, error) = resume(folder.path(), &["--continue"]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("nothing to go on with"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), good);
    // And the good one is still good.
    let (code, error) = resume(folder.path(), &[]);
    assert_eq!(code, 0, "{error}");
    let (code, error) = resume(folder.path(), &[]);
    assert_eq!(code, 2);
    assert!(error.contains("nothing to go on with"), "{error}");
}

/// What a configuration says besides its constants decides what is explored, too.
#[test]
fn a_configuration_that_was_changed_is_another_check() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("mine.cfg");
    let text = common::read("specs/multi_paxos/two_rounds.cfg");
    let name = config.to_str().unwrap();
    let saves = folder.path().join("saves");
    let run = |text: &str, save: &str, more: &[&str]| {
        fs::write(&config, text).unwrap();
        let check = ["multi_paxos", "check", "--config", name, save, saves.to_str().unwrap()];
        let output = Command::new(PROGRAM).args(check).args(more).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert!(!text.contains("CONSTRAINT"));
    let limited = format!("{text}\nCONSTRAINT Undecided\n");
    let (code, error) = run(&limited, "--checkpoint", &["--timeout", "1ms"]);
    assert_eq!(code, Some(3), "{error}");
    let (code, error) = run(&text, "--resume", &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("nothing to go on with"), "{error}");
    let (code, error) = run(&limited, "--resume", &[]);
    assert_eq!(code, Some(0), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_a_check_and_leaves_the_last_checkpoint() {
    let (folder, file) = saved("system");
    let good = fs::read(&file).unwrap();
    // A device that is always full.
    std::os::unix::fs::symlink("/dev/full", file.with_extension("unfinished")).unwrap();
    let (code, error) = resume(folder.path(), &["--checkpoint-every", "1ms"]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("cannot save the check: No space left on device"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), good);
    let (code, error) = resume(folder.path(), &[]);
    assert_eq!(code, 0, "{error}");
}
