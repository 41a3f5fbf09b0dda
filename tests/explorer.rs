//! The Explorer, over HTTP: every scenario and layer opens, and can be walked.

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use common::{example, systems};
use mitregate::gate::{AnySystem, Layer};

/// An Explorer that ends with the test.
struct Explorer {
    process: Child,
    url: String,
}

impl Explorer {
    fn start(system: &dyn AnySystem, scenario: &str, layer: Layer) -> Explorer {
        let mut process = Command::new(example(system.name()))
            .args(["explore", "--scenario", scenario, "--layer", layer.name()])
            .args(["--address", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        let explorer = Explorer { url: url.trim_end_matches('/').to_owned(), process };
        explorer.wait();
        explorer
    }

    /// The address is printed just before the server listens.
    fn wait(&self) {
        for _ in 0..100 {
            if ureq::get(format!("{}/.status", self.url)).call().is_ok() {
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
