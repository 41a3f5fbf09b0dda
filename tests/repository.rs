//! The repository against itself: specs and their ports, tables and what they name, packages and layers
//! and what they depend on.

mod common;
mod items;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use common::{read, repository, systems};
use items::ported;
use mitregate::check::EdgeLabels;
use mitregate::gate::{AnySystem, Layer};
use mitregate::tla::config::Config;
use mitregate::tla::module;
use serde_json::Value;

/// The folders with Rust code.
const CODE: [&str; 6] = ["src", "crates", "apps", "tests", "examples", "benches"];

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
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

/// The texts of the modules in a system's folder that a module extends, and its own.
fn spec_texts(system: &dyn AnySystem, module: &str) -> Vec<String> {
    let text = read(&format!("specs/{}/{module}.tla", system.name()));
    let extended = text.lines().find_map(|line| line.strip_prefix("EXTENDS ")).unwrap_or_default();
    let of_folder = |name: &&str| system.file(&format!("{name}.tla")).is_some();
    let before = extended.split(',').map(str::trim).filter(of_folder);
    before.flat_map(|name| spec_texts(system, name)).chain([text.clone()]).collect()
}

#[test]
fn every_system_says_what_its_port_has() {
    let names: Vec<_> = ported().iter().map(|ported| ported.system.name()).collect();
    assert_eq!(names, systems().map(AnySystem::name));
}

#[test]
fn the_actions_of_next_are_those_of_the_port() {
    for ported in ported() {
        for module in ported.system.modules() {
            let text = spec_texts(ported.system, &module).concat();
            let next = definition(&text, "Next").trim_start().trim_start_matches("Next ==");
            // \/ \E p \in Producers : Action(p), or \/ Action; a translation of PlusCal puts parentheses
            // around the former.
            let called = next.lines().filter_map(|line| {
                let disjunct = line.trim().trim_start_matches("\\/").trim().trim_start_matches('(');
                let call = disjunct.rsplit(": ").next()?;
                Some(call.split('(').next()?.trim()).filter(|name| !name.is_empty())
            });
            let added = |formula: &str| {
                let adds = |it: &&[&str; 3]| *module == *it[0] && it[1] == formula;
                ported.added.iter().filter(adds).map(|it| it[2]).collect::<Vec<_>>()
            };
            let of_next =
                ported.actions.iter().filter(|it| !ported.added.iter().any(|a| a[2] == **it));
            assert_eq!(names(called), names(of_next.copied()), "{module}");
            for [_, formula, _] in ported.added.iter().filter(|it| *module == *it[0]) {
                let own = definition(&text, formula);
                // The first line is the name.
                let lines = own.trim_start().lines().skip(1);
                let lines = lines.map(|it| it.trim().trim_start_matches("\\/").trim());
                let disjuncts = lines.filter(|it| !it.is_empty());
                assert_eq!(names(disjuncts), names(added(formula).into_iter().chain(["Next"])));
            }
        }
    }
}

#[test]
fn the_variables_of_the_specs_are_those_of_the_ports_states() {
    for ported in ported() {
        for scenario in ported.small {
            let scenario = ported.system.scenario(scenario).unwrap();
            let texts = spec_texts(ported.system, &scenario.module);
            let source = ported.system.source(scenario).unwrap();
            let model = scenario.prepare(&source, Layer::Spec).unwrap().model;
            let graph = model.state_graph(1000, EdgeLabels::Names).unwrap();
            let first = graph.state(0);
            let fields = first.as_fun().unwrap().keys().filter_map(|key| key.as_str());
            let variables: BTreeSet<_> =
                texts.iter().flat_map(|text| module::variables(text)).collect();
            assert_eq!(names(fields), variables, "{}", scenario.module);
        }
    }
}

#[test]
fn laws_are_defined_in_the_specs_and_used_in_configurations() {
    for ported in ported() {
        for scenario in ported.system.scenarios() {
            let module = &scenario.module;
            let texts = spec_texts(ported.system, module);
            let definitions = texts.iter().flat_map(|text| module::definitions(text));
            let defined: BTreeSet<_> = definitions.map(|it| it.name).collect();
            let config = ported.system.source(scenario).unwrap().config;
            for law in config.invariants.iter().chain(&config.properties) {
                assert!(defined.contains(&law.name), "{module} does not define {}", law.name);
            }
        }
        let (mut invariants, mut properties) = (BTreeSet::new(), BTreeSet::new());
        for path in files(&format!("specs/{}", ported.system.name()), "cfg") {
            let text = std::fs::read_to_string(&path).unwrap();
            let config = Config::parse(&path.display().to_string(), &text).unwrap();
            invariants.extend(config.invariants.into_iter().map(|named| named.name));
            properties.extend(config.properties.into_iter().map(|named| named.name));
        }
        assert_eq!(invariants, names(ported.invariants));
        assert_eq!(properties, names(ported.properties));
    }
}

#[test]
fn constants_are_declared_in_the_specs() {
    for ported in ported() {
        let text = spec_texts(ported.system, ported.constants_in).concat();
        // Up to the next unit, of which the first line is not indented.
        let declared = text.split("\nCONSTANTS").nth(1).unwrap().lines().skip(1);
        let declared = declared
            .take_while(|line| line.is_empty() || line.starts_with(' '))
            .filter_map(|line| line.split("\\*").next())
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty());
        assert_eq!(names(declared), names(ported.constants));
    }
}

#[test]
fn the_files_of_a_system_are_those_of_its_folder() {
    for system in systems() {
        let folder = format!("specs/{}", system.name());
        let on_disk: Vec<_> =
            ["tla", "cfg", "toml"].iter().flat_map(|extension| files(&folder, extension)).collect();
        let on_disk: BTreeSet<_> =
            on_disk.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        let embedded: BTreeSet<_> =
            system.files().files().map(|file| file.path().to_str().unwrap()).collect();
        assert_eq!(on_disk, embedded);
        let used: BTreeSet<_> = system.scenarios().iter().map(|it| &*it.config).collect();
        // A configuration of a module that has no port is for reading and for TLC alone.
        let unported = |name: &str| {
            let module = name.trim_end_matches(".cfg");
            embedded.contains(format!("{module}.tla").as_str())
                && !system.modules().iter().any(|ported| ported == module)
        };
        for name in embedded.iter().filter(|name| name.contains(".cfg") && !unported(name)) {
            assert!(used.contains(name), "{name} is in no scenario");
        }
    }
}

#[test]
fn scenarios_have_names_of_their_own_and_something_to_check() {
    for system in systems() {
        let scenarios = system.scenarios();
        let names: BTreeSet<_> = scenarios.iter().map(|scenario| &scenario.name).collect();
        assert_eq!(names.len(), scenarios.len());
        for scenario in scenarios {
            assert!(!scenario.expected.is_empty() && !scenario.about.is_empty());
            assert!(scenario.expected.iter().all(|expected| expected.distinct > Some(0)));
            assert!(system.modules().iter().any(|module| *module == scenario.module));
            // A golden file is about a spec that is checked.
            assert!(!scenario.golden || scenario.expected_on(Layer::Spec).is_some());
        }
    }
}

#[test]
fn the_numbers_in_the_documents_are_the_pinned_ones() {
    let page = Command::new(common::PROGRAM).arg("scenarios").output().unwrap();
    assert!(page.status.success());
    let is_up_to_date = String::from_utf8(page.stdout).unwrap() == read("docs/scenarios.md");
    assert!(is_up_to_date, "write what `mitregate scenarios` prints to docs/scenarios.md");
    for line in read("README.md").lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [system, scenario, layer, distinct] = cells[..] else { continue };
        let Some(system) = systems().into_iter().find(|it| it.name() == system) else { continue };
        let scenario = system.scenario(scenario).unwrap_or_else(|| panic!("{line}"));
        let expected = scenario.expected.iter().find(|it| it.layer.name() == layer);
        let expected = expected.unwrap_or_else(|| panic!("{line}"));
        assert_eq!(distinct.replace(',', ""), expected.distinct.unwrap().to_string(), "{line}");
    }
}

#[test]
fn every_rust_item_in_the_tables_of_the_specs_exists() {
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
    let ported = ported();
    let items = ported.iter().flat_map(|ported| &ported.items).map(|it| (*it).to_owned());
    let items: BTreeSet<_> = items.collect();
    assert_eq!(named, items, "specs/README.md and tests/items name different items");
    for ported in ported {
        let mut wanted = BTreeSet::new();
        for module in ported.system.modules() {
            let texts = spec_texts(ported.system, &module);
            wanted.extend(texts.iter().flat_map(|text| module::variables(text)));
        }
        let laws = ported.invariants.iter().chain(&ported.properties);
        let others = ported.actions.iter().chain(&ported.constants).chain(laws);
        wanted.extend(others.map(|it| (*it).to_owned()));
        for name in wanted {
            assert!(first_cells.contains(&name), "specs/README.md has no row for {name}");
        }
    }
}

/// What cargo prints.
fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .arg("--locked")
        .current_dir(repository(""))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {}: {errors}", args.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The packages of a `cargo tree`, each as name and version.
fn tree(args: &[&str]) -> BTreeSet<String> {
    let tree = cargo(&[&["tree", "--prefix", "none"], args].concat());
    let package = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    tree.lines().filter(|line| !line.is_empty()).map(package).collect()
}

/// The names of what each package of the workspace depends on, on this machine, however far away: what
/// programs are made of, not tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let version = cargo(&["--version", "--verbose"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = cargo(&["metadata", "--format-version", "1", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = list(&metadata["packages"]);
    let names: BTreeMap<_, _> =
        packages.iter().map(|it| (text(&it["id"]), text(&it["name"]))).collect();
    let is_normal = |it: &Value| list(&it["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    let direct = |node: &Value| -> Vec<String> {
        list(&node["deps"]).iter().filter(|it| is_normal(it)).map(|it| text(&it["pkg"])).collect()
    };
    let nodes = list(&metadata["resolve"]["nodes"]);
    let direct: BTreeMap<_, _> = nodes.iter().map(|it| (text(&it["id"]), direct(it))).collect();
    let all = |member: &String| {
        let (mut found, mut open) = (BTreeSet::new(), direct[member].clone());
        while let Some(package) = open.pop() {
            if found.insert(names[&package].clone()) {
                open.extend(direct[&package].iter().cloned());
            }
        }
        (names[member].clone(), found)
    };
    list(&metadata["workspace_members"]).iter().map(|member| all(&text(member))).collect()
}

#[test]
fn packages_depend_only_on_those_below() {
    let dependencies = dependencies();
    let ours: BTreeSet<_> = dependencies.keys().cloned().collect();
    let below = |package: &str| -> BTreeSet<_> { &dependencies[package] & &ours };
    let shipped = ["mitregate-canal-lock", "mitregate-mpsc-queue", "mitregate-multi-paxos"];
    for package in shipped {
        assert_eq!(below(package), BTreeSet::new(), "{package}");
        // Nor does the code that ships know anything of models and tools.
        for tool in ["stateright", "clap", "tiny_http"] {
            assert!(!dependencies[package].contains(tool), "{package} depends on {tool}");
        }
    }
    assert_eq!(below("mitregate"), BTreeSet::new());
    assert_eq!(below("mitregate-models"), names(shipped.into_iter().chain(["mitregate"])));
    for package in ["canal", "mitregate-benches", "mitregate-tests"] {
        let above: Vec<_> = ours.iter().filter(|it| dependencies[*it].contains(package)).collect();
        assert!(above.is_empty(), "{above:?} depend on {package}");
    }
}

#[test]
fn the_checker_needs_no_command_line() {
    let packages = tree(&["-p", "mitregate", "--no-default-features", "-e", "normal"]);
    let named = |name: &str| packages.iter().any(|it| it.split(' ').next() == Some(name));
    assert!(named("mitregate") && named("rayon"), "{packages:?}");
    for name in ["clap", "stateright", "tiny_http", "comfy-table"] {
        assert!(!named(name), "{name} is among {packages:?}");
    }
    assert!(!packages.iter().any(|it| it.starts_with("mitregate-")), "{packages:?}");
}

#[test]
fn few_packages_are_built() {
    let queue = tree(&["-p", "mitregate-mpsc-queue", "-e", "normal"]);
    println!("{} packages for the queue", queue.len());
    assert!(queue.len() <= 10, "{queue:?}");
    let example = tree(&["-p", "mitregate-models", "-e", "normal,build,dev"]);
    // Cargo unifies the features of all default members, so an example is built with what their tests need. These
    // packages get features by that, and none of them more packages, but for the queue: its streams and sinks.
    let more_features =
        ["getrandom", "log", "mitregate-mpsc-queue", "num-traits", "serde_json", "syn"];
    let streams = 2;
    println!("{} packages for an example", example.len() + streams);
    // Eleven of them are for JUnit's XML.
    assert!(example.len() + streams <= 110, "{}: {example:?}", example.len());
    let features = |args: &[&str]| {
        let tree = cargo(&[&["tree", "--prefix", "none", "--format", "{p}!{f}"], args].concat());
        let lines = tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned());
        lines.filter(|line| !line.is_empty()).collect::<BTreeSet<_>>()
    };
    let alone = features(&["-p", "mitregate-models", "-e", "normal,build"]);
    let together = features(&["-e", "normal,build,dev"]);
    let differ = alone.difference(&together).filter_map(|line| line.split(' ').next());
    assert_eq!(
        differ.collect::<BTreeSet<_>>(),
        BTreeSet::from(more_features),
        "a test turns on features of what an example is built from: see that no package comes with them"
    );
}

/// Which modules of the package `mitregate` must not name which others. Those that need a feature which
/// the others lack, Cargo keeps apart only while that feature is off.
#[test]
fn the_modules_of_the_checker_name_only_those_below() {
    let below = ["tla", "check", "press", "explorer", "gate", "cli"];
    for (index, module) in below.iter().enumerate() {
        let folder = files(&format!("crates/mitregate/src/{module}"), "rs");
        let file = repository(&format!("crates/mitregate/src/{module}.rs"));
        for path in folder.into_iter().chain(file.exists().then_some(file)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code: String = lines.collect::<Vec<_>>().join("\n");
            for above in &below[index + 1..] {
                assert!(!code.contains(&format!("crate::{above}")), "{}: {above}", path.display());
            }
        }
    }
}

#[test]
fn no_file_goes_without_a_header_and_no_hash_is_written_by_hand() {
    // The first hides states of any type, and hands on what these derive; the second hashes as the fingerprint of the
    // value that it is kept for.
    let hands_on = ["explorer/any.rs", "check/interned.rs"];
    let hands_on = hands_on.map(|file| repository(&format!("crates/mitregate/src/{file}")));
    for folder in CODE {
        for path in files(folder, "rs").into_iter().chain([repository("build.rs")]) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} has no header", path.display());
            let by_hand = concat!("Hash", " for ");
            let is_by_hand = text.contains(by_hand) && !hands_on.contains(&path);
            assert!(!is_by_hand, "{} writes a Hash by hand", path.display());
            let ignored = concat!("#[", "ignore");
            assert!(!text.contains(ignored), "{} ignores a test", path.display());
        }
    }
}

#[test]
fn one_file_has_unsafe_code() {
    let is_unsafe = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        text.contains("unsafe {")
            || text.contains("unsafe impl")
            || text.contains("allow(unsafe_code")
    };
    // This test names what it looks for, and the other tests are under the same lint.
    let shipped = CODE.into_iter().filter(|folder| *folder != "tests");
    let found: Vec<_> = shipped.flat_map(|it| files(it, "rs")).filter(is_unsafe).collect();
    assert_eq!(found, [common::repository("src/impls/mpsc_queue/atomic.rs")]);
}

#[test]
fn the_explorer_serves_its_own_pages() {
    assert!(!repository("ui").exists(), "the Explorer would serve ui/ in place of its own pages");
}

#[test]
fn ci_runs_what_contributors_run() {
    assert!(read(".github/workflows/ci.yml").contains(".ci/run"));
}

/// The page without what only its doc tests need: hidden lines.
fn shown(page: &str) -> String {
    let mut in_rust = false;
    let is_shown = |line: &&str| {
        match *line {
            "```rust" => in_rust = true,
            "```" => in_rust = false,
            line => return !(in_rust && (line == "#" || line.starts_with("# "))),
        }
        true
    };
    let lines = page.lines().filter(is_shown);
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_walkthrough_is_the_one_whose_code_is_run() {
    let run = std::fs::read_to_string(repository("crates/mitregate/src/walkthrough.md")).unwrap();
    let page = repository("docs/walkthrough.md");
    let note = "<!-- Generated of crates/mitregate/src/walkthrough.md: `MITREGATE_UPDATE=1 cargo test -p mitregate-tests \
                --test repository walkthrough`. -->";
    let (title, rest) = run.split_once("\n\n").unwrap();
    let expected = format!("{title}\n\n{note}\n\n{}", shown(rest));
    if std::env::var_os("MITREGATE_UPDATE").is_some() {
        std::fs::write(&page, &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(page).unwrap_or_default(), expected);
}
