//! The repository against itself: specs and their ports, tables and what they name, layers and what
//! they import.

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::{read, repository};
use mitregate::gate::{Layer, System};
use mitregate::models::SYSTEMS;
use mitregate::models::multi_paxos::MultiPaxos;
use mitregate::models::multi_paxos::constants::CONSTANT_NAMES;
use mitregate::models::multi_paxos::laws::{INVARIANTS, STEP_PROPERTIES};
use mitregate::models::multi_paxos::spec::ACTIONS;
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
            assert!(!scenario.golden || scenario.expects(Layer::Spec).is_some());
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

fn items() -> BTreeSet<&'static str> {
    items! {
        "x" => 1,
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
