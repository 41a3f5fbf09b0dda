//! Files of graphs: fresh, stale, cut and made anew.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::source::write as write_by_tlc;
use super::*;
use crate::tla::inputs::{digest, text_of};

const MODULE: &str = "---- MODULE Toggle ----\nEXTENDS Naturals\nVARIABLE x\nInit == x = 0\n\
                      Set == x = 0 /\\ x' = 1\nClear == x = 1 /\\ x' = 0\n\
                      Spec == Init /\\ [][Set \\/ Clear]_x\nSmall == x < 2\n====\n";
const CONFIG: &str = "SPECIFICATION Spec\nINVARIANT Small\n";
const GRAPH: &str = "states 2\n* [x |-> 0]\n  [x |-> 1]\nedges 2\n0 -> 1 : Set\n1 -> 0 : Clear\n";

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        let files = Files { folder: tempfile::tempdir().unwrap() };
        files.write("Toggle.tla", MODULE);
        files.write("Toggle.cfg", CONFIG);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The graph as TLC would have made it of the files that are there.
    fn write_graph(&self) {
        let texts = ["Toggle.cfg", "Toggle.tla"].map(|name| text_of(&self.path(name)).unwrap());
        let (inputs, graph) = (digest(texts), digest([GRAPH]));
        let origin = "# by hand\n# module Toggle.tla\n# config Toggle.cfg\n";
        let text = format!("{origin}# inputs {inputs}\n# graph {graph}\n{GRAPH}");
        self.write("Toggle.graph", &text);
    }

    fn spec(&self) -> Result<Spec, SpecError> {
        Spec::from_tlc(self.path("Toggle.tla"), self.path("Toggle.cfg"))
    }
}

fn shown<T: Debug>(result: Result<T, SpecError>, folder: &Path) -> String {
    result.unwrap_err().to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn a_graph_is_that_of_the_module_and_the_configuration_as_they_are() {
    let files = Files::new();
    let folder = files.folder.path();
    let missing = shown(files.spec(), folder);
    assert!(
        missing.starts_with("there is no Toggle.graph, which holds TLC's graph; write it with"),
        "{missing}"
    );
    assert!(
        missing.contains("MITREGATE_UPDATE=1 TLA2TOOLS_JAR=tla2tools.jar cargo test"),
        "{missing}"
    );
    files.write_graph();
    assert_eq!(files.spec().unwrap().graph().len(), 2);
    assert_eq!(Spec::read(files.path("Toggle.graph")).unwrap().graph().len(), 2);
    // A checkout may change the ends of lines.
    files.write("Toggle.tla", &MODULE.replace('\n', "\r\n"));
    assert!(files.spec().is_ok());
    for (name, text) in
        [("Toggle.tla", MODULE.replace("x < 2", "x < 3")), ("Toggle.cfg", format!("{CONFIG}\n"))]
    {
        files.write(name, &text);
        for stale in [files.spec(), Spec::read(files.path("Toggle.graph"))] {
            let stale = shown(stale, folder);
            assert!(
                stale.starts_with(
                    "Toggle.graph is stale: one of these, or a module that is extended, has changed: Toggle.tla with \
                     Toggle.cfg; renew it with"
                ),
                "{stale}"
            );
        }
        files.write("Toggle.tla", MODULE);
        files.write("Toggle.cfg", CONFIG);
        assert!(files.spec().is_ok());
    }
    // A module that it extends.
    files.write("Other.tla", "---- MODULE Other ----\n====\n");
    files.write("Toggle.tla", &MODULE.replace("Naturals", "Naturals, Other"));
    assert!(shown(files.spec(), folder).contains("is stale"));
    files.write("Toggle.tla", MODULE);
    fs::rename(files.path("Toggle.graph"), files.path("Else.graph")).unwrap();
    assert!(Spec::read(files.path("Else.graph")).is_ok());
    files.write("Else.cfg", CONFIG);
    let other = shown(Spec::from_tlc(files.path("Toggle.tla"), files.path("Else.cfg")), folder);
    assert!(other.starts_with("Else.graph is stale: it is of Toggle.tla with Toggle.cfg, and not of Toggle.tla with Else.cfg"), "{other}");
    files.write("Toggle.graph", GRAPH);
    assert!(
        shown(files.spec(), folder)
            .contains("it does not say that it is of Toggle.tla with Toggle.cfg")
    );
    // Read by its name, what does not say of what it is is taken as it is.
    assert!(Spec::read(files.path("Toggle.graph")).is_ok());
}

#[test]
fn what_is_no_graph_of_all_states_is_refused() {
    let files = Files::new();
    let folder = files.folder.path();
    files.write_graph();
    let whole = fs::read_to_string(files.path("Toggle.graph")).unwrap();
    files.write("Toggle.graph", whole.strip_suffix("1 -> 0 : Clear\n").unwrap());
    let cut = shown(files.spec(), folder);
    assert!(cut.starts_with("Toggle.graph is stale: it has been changed, or is cut off"), "{cut}");
    // Nor is one whose step leads elsewhere.
    files.write("Toggle.graph", &whole.replace("1 -> 0 : Clear", "1 -> 1 : Clear"));
    assert!(shown(files.spec(), folder).contains("it has been changed"));
    // An origin without a hash of the graph is no whole one.
    let kept = whole.lines().filter(|line| !line.starts_with("# graph"));
    files.write("Toggle.graph", &kept.flat_map(|line| [line, "\n"]).collect::<String>());
    assert!(shown(files.spec(), folder).contains("it has been changed"));
    // Without a word on its origin it is only cut off.
    let bare = GRAPH.strip_suffix("1 -> 0 : Clear\n").unwrap();
    files.write("Toggle.graph", bare);
    let cut = shown(Spec::read(files.path("Toggle.graph")), folder);
    assert!(cut.starts_with("Toggle.graph: the graph is cut off"), "{cut}");
    files.write("Toggle.cfg", "SPECIFICATION Spec\nSYMMETRY Small\n");
    let symmetric = shown(files.spec(), folder);
    assert!(
        symmetric.starts_with("Toggle.cfg:2: with SYMMETRY TLC's graph of Toggle.tla lacks states"),
        "{symmetric}"
    );
    files.write("Toggle.cfg", "SPECIFICATION Spec\nALIAS Small\n");
    assert!(shown(files.spec(), folder).starts_with("Toggle.cfg:2: with ALIAS"));
    files.write("Toggle.cfg", "SPECIFICATION\n");
    assert!(shown(files.spec(), folder).starts_with("Toggle.cfg:1: "));
    fs::write(files.path("Toggle.graph"), [0xff, 0xfe]).unwrap();
    let bytes = shown(Spec::read(files.path("Toggle.graph")), folder);
    assert!(bytes.starts_with("Toggle.graph: "), "{bytes}");
    let gone = shown(Spec::from_tlc(files.path("No.tla"), files.path("Toggle.cfg")), folder);
    assert!(gone.contains("Toggle.cfg"), "{gone}");
    files.write("Toggle.cfg", CONFIG);
    let gone = shown(Spec::from_tlc(files.path("No.tla"), files.path("Toggle.cfg")), folder);
    assert!(gone.starts_with("No.tla: "), "{gone}");
    let dot = "strict digraph DiskGraph {\n1 [label=\"x = 0\",style = filled]\n";
    files.write("cut.dot", dot);
    assert!(
        shown(Spec::read(files.path("cut.dot")), folder)
            .starts_with("cut.dot: the graph is cut off")
    );
    files.write("empty.dot", "strict digraph DiskGraph {\n}\n");
    assert!(shown(Spec::read(files.path("empty.dot")), folder).contains("no initial state"));
}

#[test]
fn a_constraint_says_that_steps_are_missing() {
    let files = Files::new();
    for (section, is_cut) in
        [("", false), ("CONSTRAINT Small\n", true), ("ACTION_CONSTRAINT Small\n", true)]
    {
        files.write("Toggle.cfg", &format!("{CONFIG}{section}"));
        files.write_graph();
        let read = [files.spec(), Spec::read(files.path("Toggle.graph"))];
        assert_eq!(read.map(|spec| spec.unwrap().is_cut()), [is_cut; 2], "{section}");
    }
    // Of a file that does not say of what it is, a comment tells.
    let cut = "# steps out of a constraint are left out\n";
    for (comments, is_cut) in
        [("", false), ("# as it is\n", false), (cut, true), (&format!("{cut}# as it is\n"), true)]
    {
        files.write("Bare.graph", &format!("{comments}{GRAPH}"));
        let spec = Spec::read(files.path("Bare.graph")).unwrap();
        assert_eq!(spec.is_cut(), is_cut, "{comments}");
    }
}

/// In processes of their own, for their folder and what Cargo and a person say to them.
#[test]
fn graphs_are_found_in_the_folder_of_the_package_and_renewed_on_request() {
    const CHILD: &str = "MITREGATE_TEST_READS";
    const UPDATE: &str = "MITREGATE_UPDATE";
    const NAME: &str = "press::tests::source::graphs_are_found_in_the_folder_of_the_package_and_renewed_on_request";

    if std::env::var_os(CHILD).is_some() {
        match Spec::from_tlc("Toggle.tla", "Toggle.cfg") {
            Ok(spec) => println!("told: {spec:?}"),
            Err(error) => println!("told: {error}"),
        }
        return;
    }
    let files = Files::new();
    let here = tempfile::tempdir().unwrap();
    let told = |update: Option<&str>| {
        let mut again = again(NAME);
        again.current_dir(here.path()).env(CHILD, "1");
        again.env("CARGO_MANIFEST_DIR", files.folder.path());
        again.env("TLA2TOOLS_JAR", here.path().join("no.jar")).env_remove(UPDATE);
        let out = again.envs(update.map(|update| (UPDATE, update))).output().unwrap();
        let out = String::from_utf8(out.stdout).unwrap();
        out.lines().find_map(|line| line.split_once("told: ")).map(|(_, told)| told.to_owned())
    };
    let asks = |told: Option<String>| told.unwrap().contains("which holds TLC's graph; write it");
    for update in [None, Some(""), Some("0")] {
        assert!(asks(told(update)), "{update:?}");
    }
    // There is no TLC to do it.
    let tried = told(Some("1")).unwrap();
    assert!(tried.contains("no.jar") && !files.path("Toggle.graph").exists(), "{tried}");
    files.write_graph();
    assert_eq!(told(None).unwrap(), "Spec of 2 states and 2 edges");
    // What is here comes first.
    fs::write(here.path().join("Toggle.cfg"), "SPECIFICATION\n").unwrap();
    let own = told(None).unwrap();
    assert!(own.starts_with("Toggle.cfg:1: "), "{own}");
}

#[test]
fn tlc_makes_a_graph_anew() {
    let Some(_) = crate::tla::tlc::tests::tlc("tlc_makes_a_graph_anew") else { return };
    let files = Files::new();
    let folder = files.folder.path();
    let path = files.path("Toggle.graph");
    let write = || write_by_tlc(&path, &files.path("Toggle.tla"), &files.path("Toggle.cfg"));
    write().unwrap();
    let spec = files.spec().unwrap();
    assert_eq!(spec.graph().to_text(), GRAPH);
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("# TLC 2") && text.contains("found all reachable states, and no error"),
        "{text}"
    );
    // A run that fails leaves a graph that lacks states; the one that is there stays.
    files.write("Toggle.tla", &MODULE.replace("x < 2", "x < 1"));
    let failed = shown(write(), folder);
    assert!(failed.contains("that Small fails; mend the spec first"), "{failed}");
    files.write("Toggle.tla", &MODULE.replace("Clear ==", "Clear == FALSE /\\"));
    assert!(shown(write(), folder).contains("a deadlock; write CHECK_DEADLOCK FALSE"));
    files.write("Toggle.tla", &MODULE.replace("x = 0 /\\", "x = 0 /\\ /\\ )"));
    let broken = shown(write(), folder);
    assert!(broken.contains("TLC came to no verdict") && broken.contains("line 5"), "{broken}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    files.write("Toggle.tla", MODULE);
    files.write("Toggle.cfg", "SPECIFICATION OfAnother\n");
    let other = shown(write(), folder);
    assert!(other.contains("OfAnother"), "{other}");
}
