//! The pictures in the documents are those that the models draw.

use std::collections::BTreeMap;
use std::path::Path;

use super::pictures;
use mitregate::check::Options;

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

#[test]
fn the_committed_pictures_are_those_of_the_stories() {
    let drawn = pictures(&Options::default()).unwrap();
    let drawn: BTreeMap<_, _> =
        drawn.into_iter().map(|picture| (picture.file, picture.svg)).collect();
    let folder = docs().join("canal_lock");
    let committed: BTreeMap<_, _> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let names = |pictures: &BTreeMap<String, String>| pictures.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&drawn), names(&committed));
    for (name, svg) in &drawn {
        assert!(*svg == committed[name], "{name} has changed: run the verb `pictures`");
    }
    let page = std::fs::read_to_string(docs().join("canal_lock.md")).unwrap();
    for name in drawn.keys() {
        assert!(page.contains(&format!("(canal_lock/{name})")), "{name} is not on the page");
    }
}

#[test]
fn pictures_do_not_depend_on_the_number_of_threads() {
    let drawn = |threads| pictures(&Options { threads, ..Options::default() }).unwrap();
    assert_eq!(drawn(1), drawn(3));
}
