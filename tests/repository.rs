//! The repository against itself: specs and their ports, tables and what they name, layers and what
//! they import.

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::{read, repository};
use mitregate::gate::{Layer, System};
use mitregate::impls::multi_paxos as code;
use mitregate::models::SYSTEMS;
use mitregate::models::multi_paxos::constants::CONSTANT_NAMES;
use mitregate::models::multi_paxos::laws::{INVARIANTS, STEP_PROPERTIES};
use mitregate::models::multi_paxos::spec::ACTIONS;
use mitregate::models::multi_paxos::{Constants, MultiPaxos, laws, spec};
use mitregate::tla::config::Config;
use mitregate::tla::module;

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The text of a definition: from its name to the next blank line.
fn definition<'a>(text: &'a str, name: &str) -> &'a str {
    let start = text.find(&format!("\n{name} ==")).unwrap_or_else(|| panic!("no {name}"));
    text[start..].split("\n\n").next().unwrap()
}

#[test]
fn the_actions_of_next_are_those_of_the_port() {
    for module in MultiPaxos.modules() {
        let text = read(&format!("specs/multi_paxos/{module}.tla"));
        let next = definition(&text, "Next");
        let called = next.lines().filter_map(|line| {
            let call = line.rsplit_once(" : ")?.1;
            Some(call.split('(').next()?.trim())
        });
        assert_eq!(names(called), names(ACTIONS), "{module}");
    }
}

#[test]
fn the_variables_of_the_specs_are_those_of_the_ports_states() {
    for (module, scenario) in [("MultiPaxos", "duel"), ("MultiPaxosAsGiven", "as_given")] {
        let text = read(&format!("specs/multi_paxos/{module}.tla"));
        let scenario = MultiPaxos.scenario(scenario).unwrap();
        let source = MultiPaxos.source(scenario).unwrap();
        let model = MultiPaxos.prepare(scenario, &source, Layer::Spec).unwrap().model;
        let graph = model.state_graph(1000).unwrap();
        let fields = graph.states[0].as_fun().unwrap().keys().filter_map(|key| key.as_str());
        assert_eq!(names(fields), module::variables(&text).into_iter().collect(), "{module}");
    }
}

#[test]
fn laws_are_defined_in_the_specs_and_used_in_configurations() {
    for module in MultiPaxos.modules() {
        let text = read(&format!("specs/multi_paxos/{module}.tla"));
        let defined: BTreeSet<_> =
            module::definitions(&text).into_iter().map(|definition| definition.name).collect();
        for law in INVARIANTS.iter().chain(&STEP_PROPERTIES) {
            assert!(defined.contains(*law), "{module} does not define {law}");
        }
    }
    let (mut invariants, mut properties) = (BTreeSet::new(), BTreeSet::new());
    for path in files("specs/multi_paxos", "cfg") {
        let text = std::fs::read_to_string(&path).unwrap();
        let config = Config::parse(&path.display().to_string(), &text).unwrap();
        invariants.extend(config.invariants.into_iter().map(|named| named.name));
        properties.extend(config.properties.into_iter().map(|named| named.name));
    }
    assert_eq!(invariants, names(INVARIANTS));
    assert_eq!(properties, names(STEP_PROPERTIES));
}

#[test]
fn constants_are_declared_in_the_specs() {
    let text = read("specs/multi_paxos/Proposals.tla");
    let declared = text.split("CONSTANTS").nth(1).unwrap().split("ASSUME").next().unwrap();
    let declared = declared
        .lines()
        .filter_map(|line| line.split("\\*").next())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty());
    assert_eq!(names(declared), names(CONSTANT_NAMES));
}

#[test]
fn the_files_of_a_system_are_those_of_its_folder() {
    for system in SYSTEMS {
        let folder = format!("specs/{}", system.name());
        let mut on_disk = files(&folder, "tla");
        on_disk.extend(files(&folder, "cfg"));
        let on_disk: BTreeSet<_> =
            on_disk.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        let embedded: BTreeSet<_> = system.files().iter().map(|file| file.name).collect();
        assert_eq!(on_disk, embedded);
        let used: BTreeSet<_> = system.scenarios().iter().map(|it| it.config).collect();
        for name in embedded.iter().filter(|name| name.contains(".cfg")) {
            assert!(used.contains(name), "{name} is in no scenario");
        }
    }
}

#[test]
fn scenarios_have_names_of_their_own_and_something_to_check() {
    for system in SYSTEMS {
        let scenarios = system.scenarios();
        let names: BTreeSet<_> = scenarios.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), scenarios.len());
        for scenario in scenarios {
            assert!(!scenario.expected.is_empty() && !scenario.story.is_empty());
            assert!(scenario.expected.iter().all(|expected| expected.distinct > 0));
            assert!(system.modules().contains(&scenario.module));
            // A golden file is about a spec that is checked.
            assert!(!scenario.golden || scenario.expected_on(Layer::Spec).is_some());
        }
    }
}

#[test]
fn the_numbers_in_the_readme_are_the_pinned_ones() {
    let readme = read("README.md");
    let mut rows = BTreeSet::new();
    for line in readme.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [system, scenario, layer, distinct] = cells[..] else { continue };
        let Some(system) = SYSTEMS.iter().find(|it| it.name() == system) else { continue };
        let scenario = system.scenario(scenario).unwrap_or_else(|| panic!("{line}"));
        let expected = scenario.expected.iter().find(|it| it.layer.name() == layer).unwrap();
        assert_eq!(distinct.replace(',', ""), expected.distinct.to_string(), "{line}");
        rows.insert((scenario.name, layer.to_owned()));
    }
    for system in SYSTEMS {
        for scenario in system.scenarios() {
            use mitregate::gate::Lane;
            if scenario.lane == Lane::Deep || scenario.name.starts_with("fault_") {
                continue;
            }
            for expected in scenario.expected {
                let row = (scenario.name, expected.layer.name().to_owned());
                assert!(rows.contains(&row), "the README lacks {row:?}");
            }
        }
    }
}

/// Items that `specs/README.md` names; each is used, so that the compiler resolves it.
macro_rules! items {
    ($($name:literal => $use:expr,)*) => {
        BTreeSet::from([$({ let _ = $use; $name }),*])
    };
}

/// A transport over which nothing comes.
struct Silence;

impl code::Transport<u8> for Silence {
    type Error = ();

    fn persist(&mut self, _: &code::DurableProposerState) -> Result<(), ()> {
        Ok(())
    }

    fn send(&mut self, _: code::Outgoing<u8>) -> Result<(), ()> {
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<(code::NodeId, code::Message<u8>)>, ()> {
        Ok(None)
    }

    fn back_off(&mut self, _: u32) {}
}

/// Names a generic function for any transport.
fn run<T: code::Transport<u8>>(it: &mut T) -> bool {
    let cluster = code::Cluster::new([code::NodeId(0)], [code::NodeId(1)], []).unwrap();
    let mut proposer = code::Proposer::new(code::NodeId(1));
    code::run_proposer(&mut proposer, &cluster, code::Round(0), 0, 1, it).is_ok()
}

fn items() -> BTreeSet<&'static str> {
    items! {
        "impls::multi_paxos::AcceptorEvent::Accept" => |it: code::AcceptorEvent<u8>| matches!(it, code::AcceptorEvent::Accept { .. }),
        "impls::multi_paxos::AcceptorEvent::Promise" => |it: code::AcceptorEvent<u8>| matches!(it, code::AcceptorEvent::Promise { .. }),
        "impls::multi_paxos::AcceptorRound::accepted" => code::AcceptorRound::<u8>::accepted,
        "impls::multi_paxos::AcceptorRound::promised" => code::AcceptorRound::<u8>::promised,
        "impls::multi_paxos::AcceptorStateStore::accept" => code::AcceptorStateStore::<u8>::accept,
        "impls::multi_paxos::AcceptorStateStore::accepted" => code::AcceptorStateStore::<u8>::accepted,
        "impls::multi_paxos::AcceptorStateStore::promise" => code::AcceptorStateStore::<u8>::promise,
        "impls::multi_paxos::AcceptorStateStore::promised" => code::AcceptorStateStore::<u8>::promised,
        "impls::multi_paxos::Attempt" => std::any::type_name::<code::Attempt>(),
        "impls::multi_paxos::Campaign::own" => code::Campaign::<u8>::own,
        "impls::multi_paxos::Cluster::acceptors" => code::Cluster::acceptors,
        "impls::multi_paxos::Cluster::proposers" => code::Cluster::proposers,
        "impls::multi_paxos::Cluster::quorum_size" => code::Cluster::quorum_size,
        "impls::multi_paxos::DurableAcceptorState::apply" => code::DurableAcceptorState::<u8>::apply,
        "impls::multi_paxos::DurableProposerState::attempt" => code::DurableProposerState::attempt,
        "impls::multi_paxos::Learner::apply" => code::Learner::<u8>::apply,
        "impls::multi_paxos::Learner::value" => code::Learner::<u8>::value,
        "impls::multi_paxos::ProposeResult::Learned" => |it: code::ProposeResult<u8>| matches!(it, code::ProposeResult::Learned { .. }),
        "impls::multi_paxos::ProposeResult::Rejected" => |it: code::ProposeResult<u8>| matches!(it, code::ProposeResult::Rejected { .. }),
        "impls::multi_paxos::Proposer::handle" => code::Proposer::<u8>::handle,
        "impls::multi_paxos::Proposer::next_attempt" => code::Proposer::<u8>::next_attempt,
        "impls::multi_paxos::Proposer::retry" => code::Proposer::<u8>::retry,
        "impls::multi_paxos::QuorumTracker::track" => code::QuorumTracker::<u8>::track,
        "impls::multi_paxos::Round" => std::any::type_name::<code::Round>(),
        "impls::multi_paxos::SharedAcceptorState::accept" => code::SharedAcceptorState::<u8>::accept,
        "impls::multi_paxos::SharedAcceptorState::durable" => code::SharedAcceptorState::<u8>::durable,
        "impls::multi_paxos::SharedAcceptorState::promise" => code::SharedAcceptorState::<u8>::promise,
        "impls::multi_paxos::run_proposer" => run::<Silence>,
        "models::multi_paxos::constants::Constants::acceptor_symmetry" => |it: Constants| it.acceptor_symmetry,
        "models::multi_paxos::constants::Constants::acceptors" => |it: Constants| it.acceptors,
        "models::multi_paxos::constants::Constants::attempts" => |it: Constants| it.attempts,
        "models::multi_paxos::constants::Constants::majority" => Constants::majority,
        "models::multi_paxos::constants::Constants::none" => |it: Constants| it.none,
        "models::multi_paxos::constants::Constants::proposers" => |it: Constants| it.proposers,
        "models::multi_paxos::constants::Constants::rounds" => |it: Constants| it.rounds,
        "models::multi_paxos::constants::Constants::undecided" => |it: Constants| it.undecided,
        "models::multi_paxos::constants::Constants::value_symmetry" => |it: Constants| it.value_symmetry,
        "models::multi_paxos::constants::Constants::values" => |it: Constants| it.values,
        "models::multi_paxos::laws::agreement" => laws::agreement,
        "models::multi_paxos::laws::consistency" => laws::consistency,
        "models::multi_paxos::laws::monotonic_accepts" => laws::monotonic_accepts,
        "models::multi_paxos::laws::monotonic_promises" => laws::monotonic_promises,
        "models::multi_paxos::laws::nothing_learned" => laws::nothing_learned,
        "models::multi_paxos::laws::promise_integrity" => laws::promise_integrity,
        "models::multi_paxos::laws::type_ok" => laws::type_ok,
        "models::multi_paxos::laws::validity" => laws::validity,
        "models::multi_paxos::spec::Action::Accept" => |it: spec::Action| matches!(it, spec::Action::Accept { .. }),
        "models::multi_paxos::spec::Action::IncrementAttempt" => |it: spec::Action| matches!(it, spec::Action::IncrementAttempt { .. }),
        "models::multi_paxos::spec::Action::Learn" => |it: spec::Action| matches!(it, spec::Action::Learn { .. }),
        "models::multi_paxos::spec::Action::Promise" => |it: spec::Action| matches!(it, spec::Action::Promise { .. }),
        "models::multi_paxos::spec::Ballot::NONE" => spec::Ballot::NONE,
        "models::multi_paxos::spec::Spec::accepted_proposal" => spec::Spec::accepted_proposal,
        "models::multi_paxos::spec::Spec::chosen" => spec::Spec::chosen,
        "models::multi_paxos::spec::State::accepted" => |it: spec::State| it.accepted,
        "models::multi_paxos::spec::State::add_vote" => spec::State::add_vote,
        "models::multi_paxos::spec::State::learned" => |it: spec::State| it.learned,
        "models::multi_paxos::spec::State::promised" => |it: spec::State| it.promised,
        "models::multi_paxos::spec::State::proposer_attempt" => |it: spec::State| it.proposer_attempt,
        "models::multi_paxos::spec::State::votes" => |it: spec::State| it.votes,
    }
}

#[test]
fn every_rust_item_in_the_tables_of_the_specs_exists() {
    let items = items();
    let text = read("specs/README.md");
    let mut named = BTreeSet::new();
    let mut first_cells = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split('|');
        let first = cells.next().unwrap().trim().trim_matches('`').to_owned();
        let rest: String = cells.collect();
        let spans: Vec<_> = rest.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let paths = spans.iter().filter(|span| span.contains("::"));
        if paths.clone().next().is_some() {
            first_cells.insert(first.split(['[', '(']).next().unwrap().to_owned());
        }
        named.extend(paths.cloned());
    }
    let items: BTreeSet<_> = items.into_iter().map(str::to_owned).collect();
    assert_eq!(named, items, "specs/README.md and the list above name different items");
    let mut wanted = module::variables(&read("specs/multi_paxos/MultiPaxos.tla"));
    wanted.extend(ACTIONS.iter().chain(&INVARIANTS).chain(&STEP_PROPERTIES).map(|it| (*it).into()));
    wanted.extend(CONSTANT_NAMES.iter().map(|it| (*it).into()));
    for name in wanted {
        assert!(first_cells.contains(&name), "specs/README.md has no row for {name}");
    }
}

#[test]
fn the_code_that_ships_knows_nothing_of_models() {
    for path in files("src/impls", "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["stateright", "crate::models", "crate::check", "crate::gate", "crate::tla"] {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(
                !lines.into_iter().any(|line| line.contains(word)),
                "{}: {word}",
                path.display()
            );
        }
    }
}

#[test]
fn the_checker_and_the_gate_know_no_system() {
    for folder in ["src/check", "src/gate", "src/tla", "src/cli"] {
        for path in files(folder, "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            assert!(!code.contains("crate::models"), "{}", path.display());
            assert!(!code.contains("crate::impls"), "{}", path.display());
        }
    }
}

#[test]
fn no_file_goes_without_a_header_and_no_hash_is_written_by_hand() {
    for folder in ["src", "tests", "examples", "benches"] {
        for path in files(folder, "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} has no header", path.display());
            let by_hand = concat!("Hash", " for ");
            assert!(!text.contains(by_hand), "{} writes a Hash by hand", path.display());
            let ignored = concat!("#[", "ignore");
            assert!(!text.contains(ignored), "{} ignores a test", path.display());
        }
    }
}

#[test]
fn the_explorer_serves_its_own_pages() {
    assert!(!repository("ui").exists(), "the Explorer would serve ui/ in place of its own pages");
}

#[test]
fn ci_runs_what_contributors_run() {
    assert!(read(".github/workflows/ci.yml").contains(".ci/run"));
}
