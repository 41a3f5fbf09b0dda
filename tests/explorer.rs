//! The Explorer, over HTTP: every scenario and layer opens, and can be walked.

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{example, systems};
use mitregate::gate::{AnySystem, Layer};

/// An Explorer that ends with the test.
struct Explorer {
    process: Child,
    url: String,
}

impl Explorer {
    fn start(system: &dyn AnySystem, scenario: &str, layer: Layer) -> Explorer {
        Explorer::with(system, scenario, layer, Stdio::inherit())
    }

    /// What it says on stderr can be read.
    fn quiet(system: &dyn AnySystem, scenario: &str, layer: Layer) -> Explorer {
        Explorer::with(system, scenario, layer, Stdio::piped())
    }

    fn with(system: &dyn AnySystem, scenario: &str, layer: Layer, stderr: Stdio) -> Explorer {
        let mut command = Command::new(example(system.name()));
        command.args(["explore", "--scenario", scenario, "--layer", layer.name()]).stderr(stderr);
        Explorer::of(&mut command)
    }

    fn of(command: &mut Command) -> Explorer {
        let mut process =
            command.args(["--address", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        let url = url.strip_suffix("/#/steps/0").unwrap().to_owned();
        let explorer = Explorer { process, url };
        explorer.wait();
        explorer
    }

    /// The address is printed just before the server listens. A request may have no thread to serve it until
    /// another comes, where threads of the server have ended with connections that were reset.
    fn wait(&self) {
        for _ in 0..100 {
            let status = ureq::get(format!("{}/.status", self.url));
            let patient = status.config().timeout_global(Some(Duration::from_secs(2))).build();
            if patient.call().is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{} does not answer", self.url);
    }

    /// The steps that follow a path of action indices.
    fn steps(&self, path: &str) -> Vec<serde_json::Value> {
        let url = format!("{}/.states{path}", self.url);
        ureq::get(url).call().unwrap().body_mut().read_json().unwrap()
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Follows steps that lead somewhere new, up to a depth, and turns back where there are none; how deep
/// it got.
fn walk(explorer: &Explorer, depth: usize) -> usize {
    walk_on(explorer, "", depth, &mut BTreeSet::new())
}

fn walk_on(explorer: &Explorer, path: &str, depth: usize, seen: &mut BTreeSet<String>) -> usize {
    let mut deepest = 0;
    if depth == 0 {
        return deepest;
    }
    for step in explorer.steps(path) {
        let Some(state) = step["fingerprint"].as_str() else { continue };
        if !seen.insert(state.to_owned()) {
            continue;
        }
        assert!(
            step["state"].is_string()
                && step["svg"].as_str().is_some_and(|svg| svg.contains("<svg"))
        );
        let path = format!("{path}/{}", step["actionIndex"]);
        deepest = deepest.max(1 + walk_on(explorer, &path, depth - 1, seen));
        if deepest == depth {
            break;
        }
    }
    deepest
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_0() {
    let system = systems()[0];
    let scenario = &system.scenarios()[0];
    let mut explorer = Explorer::start(system, &scenario.name, scenario.expected[0].layer);
    let id = explorer.process.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(explorer.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_model_can_be_walked_to_depth_20() {
    for system in systems() {
        let scenario = &system.scenarios()[0];
        let layer = scenario.expected.last().unwrap().layer;
        let explorer = Explorer::start(system, &scenario.name, layer);
        assert_eq!(walk(&explorer, 20), 20);
        let page = ureq::get(&explorer.url).call().unwrap().body_mut().read_to_string().unwrap();
        assert!(page.contains("<html"), "{page}");
    }
}

#[test]
fn every_scenario_and_layer_opens_unless_symmetry_would_be_ignored() {
    for system in systems() {
        for scenario in system.scenarios() {
            for expected in &scenario.expected {
                let source = system.source(scenario).unwrap();
                let model = scenario.prepare(&source, expected.layer).unwrap().model;
                if model.has_symmetry() {
                    let refused = Command::new(example(system.name()))
                        .args(["explore", "--scenario", &scenario.name])
                        .args(["--layer", expected.layer.name()])
                        .output()
                        .unwrap();
                    assert_eq!(refused.status.code(), Some(2), "{}", scenario.name);
                    let message = String::from_utf8(refused.stderr).unwrap();
                    assert!(message.contains("symmetry"), "{message}");
                } else {
                    let explorer = Explorer::start(system, &scenario.name, expected.layer);
                    assert!(!explorer.steps("").is_empty(), "{} {}", scenario.name, expected.layer);
                    assert!(walk(&explorer, 2) >= 1);
                }
            }
        }
    }
}

#[test]
fn a_port_that_is_taken_is_a_clear_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(example("multi_paxos"))
        .args(["explore", "--address", &address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&address) && message.contains("--address"), "{message}");
}

/// The names of the properties that the page shows.
fn properties(explorer: &Explorer) -> Vec<String> {
    let url = format!("{}/.status", explorer.url);
    let status: serde_json::Value = ureq::get(url).call().unwrap().body_mut().read_json().unwrap();
    let of = |it: &serde_json::Value| it[1].as_str().unwrap().to_owned();
    status["properties"].as_array().unwrap().iter().map(of).collect()
}

/// The line above a state that begins so, with its link if it has one. Counterexamples are looked for while the page is served.
fn line(explorer: &Explorer, start: &str) -> String {
    for _ in 0..400 {
        let steps = explorer.steps("");
        let page = steps[0]["svg"].as_str().unwrap();
        let mut lines = page.split("<p>").skip(1).filter_map(|it| Some(it.split_once("</p>")?.0));
        let text = |line: &str| line.rsplit_once("\">").map_or(line, |(_, it)| it).to_owned();
        if let Some(line) = lines.find(|line| text(line).starts_with(start)) {
            return line.to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no line {start}: {}", explorer.steps("")[0]["svg"]);
}

#[test]
fn the_page_points_to_shortest_counterexamples() {
    for (scenario, law, length) in [("as_given", "Refinement", 9), ("as_given", "Refusal", 14)] {
        let explorer = Explorer::start(common::system("multi_paxos"), scenario, Layer::Miter);
        let line = line(&explorer, &format!("{law} fails, "));
        assert!(line.contains(&format!("path of {length} states</a>")), "{line}");
        let (_, path) = line.split_once("href=\"#/steps").unwrap();
        let (path, _) = path.split_once('"').unwrap();
        assert_eq!(path.matches('/').count(), length);
        let (before, last) = path.rsplit_once('/').unwrap();
        let steps = explorer.steps(before);
        let step =
            steps.iter().find(|step| step["actionIndex"].as_u64() == last.parse().ok()).unwrap();
        assert!(step["outcome"].as_str().unwrap().contains(&format!("{law} fails")), "{step}");
    }
}

#[test]
fn the_page_names_what_it_does_not_judge() {
    for (system, scenario, names) in [
        ("multi_paxos", "duel_forever", ["EveryRoundLearned"].as_slice()),
        ("canal_lock", "option4_atomic_deadlock", &["Deadlock"]),
    ] {
        let explorer = Explorer::start(common::system(system), scenario, Layer::Spec);
        let line = line(&explorer, "Not judged here");
        assert!(line.contains(&format!("`check --scenario {scenario} --layer spec`")), "{line}");
        assert!(names.iter().all(|name| line.contains(name)), "{line}");
        for name in names {
            assert!(properties(&explorer).iter().all(|shown| shown != name));
            self::line(&explorer, &format!("{name} fails, "));
        }
    }
}

#[test]
fn an_address_that_is_no_step_is_not_found() {
    for system in systems() {
        let scenario = &system.scenarios()[0];
        let explorer = Explorer::start(system, &scenario.name, scenario.expected[0].layer);
        let mut path = String::new();
        for _ in 0..10 {
            let steps = explorer.steps(&path);
            assert!(steps.iter().all(|step| step["state"].is_string()), "each can be taken");
            let beyond = format!("{}/.states{path}/{}", explorer.url, steps.len());
            let answer = ureq::get(beyond).call();
            assert!(matches!(answer, Err(ureq::Error::StatusCode(404))), "{answer:?}");
            path += "/0";
        }
    }
}

#[test]
fn a_client_that_goes_is_no_trouble() {
    let mut explorer = Explorer::quiet(common::system("multi_paxos"), "duel", Layer::Spec);
    let address = explorer.url.trim_start_matches("http://").to_owned();
    for request in ["", "GET /.st", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"] {
        for _ in 0..20 {
            let mut client = std::net::TcpStream::connect(&address).unwrap();
            client.write_all(request.repeat(5).as_bytes()).unwrap();
            // The connection is reset at once, and not closed in order.
            let client = socket2::Socket::from(client);
            client.set_linger(Some(Duration::ZERO)).unwrap();
            drop(client);
        }
    }
    explorer.wait();
    explorer.process.kill().unwrap();
    let mut told = String::new();
    explorer.process.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
}

#[test]
fn a_folder_of_pages_beside_it_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("ui")).unwrap();
    std::fs::write(folder.path().join("ui/index.htm"), "<html>fooled</html>").unwrap();
    let mut command = Command::new(example("multi_paxos"));
    let explorer = Explorer::of(command.arg("explore").current_dir(folder.path()));
    let page = ureq::get(&explorer.url).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("<html") && !page.contains("fooled"), "{page}");
}

#[test]
fn odd_and_huge_addresses_and_many_requests_do_not_take_it_down() {
    let explorer = Explorer::start(common::system("multi_paxos"), "duel", Layer::Spec);
    let huge = "/0".repeat(10_000);
    for path in ["/../../etc/passwd", "/%00", "//", "/-1", "/99999999999999999999999", "/x", &huge]
    {
        let url = format!("{}/.states{path}", explorer.url);
        let request = ureq::get(url).config().timeout_global(Some(Duration::from_secs(30))).build();
        // Whatever it answers: it goes on.
        drop(request.call());
    }
    std::thread::scope(|threads| {
        let ask = || threads.spawn(|| explorer.steps("/0").len());
        let asked: Vec<_> = (0..50).map(|_| ask()).collect();
        let counts: BTreeSet<usize> = asked.into_iter().map(|it| it.join().unwrap()).collect();
        assert_eq!(counts.len(), 1, "{counts:?}");
    });
}

#[test]
fn a_fault_opens_where_it_fails() {
    let mut command = Command::new(example("mpsc_queue"));
    let explorer = Explorer::of(command.args(["explore", "--scenario", "fault_copy_on_grow"]));
    line(&explorer, "NothingIsLeftBehind fails, with a shortest path of 12 states");
}
