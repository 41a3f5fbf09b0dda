//! What TLC reads, and whether it is still the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::Hasher;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use siphasher::sip128::{Hasher128, SipHasher13};

/// A hash of contents in their order, the same on every machine and for good.
pub fn digest(contents: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hasher = SipHasher13::new();
    for content in contents {
        let content = content.as_ref();
        hasher.write(&(content.len() as u64).to_le_bytes());
        hasher.write(content);
    }
    format!("{:032x}", hasher.finish128().as_u128())
}

/// A hash of this program's file: another program may number states otherwise.
///
/// # Errors
///
/// If it cannot be read.
pub fn digest_of_program() -> io::Result<String> {
    let mut program = BufReader::with_capacity(1 << 16, fs::File::open(std::env::current_exe()?)?);
    let mut hasher = SipHasher13::new();
    loop {
        let some = program.fill_buf()?;
        if some.is_empty() {
            return Ok(format!("{:032x}", hasher.finish128().as_u128()));
        }
        hasher.write(some);
        let count = some.len();
        program.consume(count);
    }
}

/// The modules in a folder, by their file names.
///
/// # Errors
///
/// If the folder cannot be read.
pub fn modules_in(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut modules = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tla") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            modules.insert(name, path);
        }
    }
    Ok(modules)
}

/// A module, and the modules beside it that it names, or that these name: all that TLC may read but for its own
/// standard modules, and for data that a module reads. Sorted by name.
///
/// # Errors
///
/// The file that cannot be read.
pub fn modules_of(module: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let folder = module.parent().unwrap_or(Path::new(""));
    let beside = modules_in(folder).map_err(|error| (folder.to_owned(), error))?;
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut open = vec![module.to_owned()];
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if found.contains_key(&name) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| (path.clone(), error))?;
        found.insert(name, path);
        // A name that means something else, or stands in a comment, makes one file too many, which does no harm. Some
        // file systems do not tell letters' case apart.
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let words: BTreeSet<String> = words.map(str::to_ascii_lowercase).collect();
        let is_named = |name: &str| {
            name.strip_suffix(".tla").is_some_and(|stem| words.contains(&stem.to_ascii_lowercase()))
        };
        open.extend(beside.iter().filter(|(name, _)| is_named(name)).map(|(_, path)| path.clone()));
    }
    Ok(found.into_values().collect())
}

/// The content of a text file as it is hashed: line ends are those of Unix, whatever a checkout made of them.
///
/// # Errors
///
/// If the file cannot be read.
pub fn text_of(path: &Path) -> Result<String, (PathBuf, io::Error)> {
    let text = fs::read_to_string(path).map_err(|error| (path.to_owned(), error))?;
    Ok(text.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_by_the_names_that_others_mention() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        file("A.tla", "---- MODULE A ----\nEXTENDS Naturals, B\n\\* not E\n====");
        file("B.tla", "---- MODULE B ----\nI == INSTANCE C WITH x <- 1\n====");
        file("C.tla", "---- MODULE C ----\nEXTENDS A\n====");
        file("D.tla", "---- MODULE D ----\n====");
        let names = |module: &str| -> Vec<String> {
            let found = modules_of(&folder.path().join(module)).unwrap();
            found.iter().map(|it| it.file_stem().unwrap().to_string_lossy().into()).collect()
        };
        assert_eq!(names("A.tla"), ["A", "B", "C"]);
        assert_eq!(names("D.tla"), ["D"]);
        let (missing, _) = modules_of(&folder.path().join("E.tla")).unwrap_err();
        assert!(missing.ends_with("E.tla"));
    }

    #[test]
    fn contents_are_told_apart_and_line_ends_are_not() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        fs::write(&one, "a\nb").unwrap();
        fs::write(&other, "a\r\nb").unwrap();
        assert_eq!(text_of(&one).unwrap(), text_of(&other).unwrap());
    }
}
