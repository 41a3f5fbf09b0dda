//! Counterexamples in files: as data, to read, to look at, and as a test.

use std::collections::BTreeMap;
use std::path::Path;

use super::Usage;
use super::reports::replace;
use crate::check::Trace;
use crate::gate::{Job, Judged};

/// Writes each counterexample into a folder, in four files of one name: ITF, with what `replay` needs to find its model
/// again; text; a picture; and a test in Rust.
pub(super) fn save_all(job: &Job<'_>, judged: &Judged, folder: &Path) -> Result<(), Usage> {
    let mut model = None;
    for property in &judged.report.properties {
        let Some(trace) = &property.counterexample else { continue };
        make(folder)?;
        let name = job.name();
        let stem = match job.source {
            // A configuration by its file's name.
            Some(_) => Path::new(&name).file_stem().unwrap_or_default().display().to_string(),
            None => name.replace(['/', '\\'], "_"),
        };
        let law = property.name.replace(['/', '\\'], "_");
        let stem = format!("{stem}-{}-{law}", job.layer);
        let file = |extension: &str| folder.join(format!("{stem}.{extension}"));
        let itf = itf(job, &property.name, trace);
        write(&file("itf.json"), &itf)?;
        let title = format!("{}, {}, {}: {}", judged.system, name, job.layer, property.name);
        write(&file("txt"), &format!("{title}\n\n{trace}"))?;
        if model.is_none() {
            model = Some(job.prepare()?.model);
        }
        if let Some(film) = model.as_ref().and_then(|model| model.film(trace)) {
            write(&file("svg"), &film)?;
        }
        let own = judged.about.get(&property.name).and_then(|about| about.test.clone());
        if let Some(test) = own.or_else(|| test(job, &title, &stem)) {
            write(&file("rs"), &test)?;
        }
    }
    Ok(())
}

/// Makes a folder, if it is not there.
pub(super) fn make(folder: &Path) -> Result<(), Usage> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Usage(format!("cannot make {}: {error}", folder.display())))
}

fn write(file: &Path, text: &str) -> Result<(), Usage> {
    replace(file, text).map_err(|error| Usage(format!("cannot write {}: {error}", file.display())))
}

/// A test that follows a saved counterexample in the code as it is then.
fn test(job: &Job<'_>, title: &str, stem: &str) -> Option<String> {
    let system = job.system.loaded_by()?;
    let name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    Some(format!(
        "/// {title} does not fail any more in the way that {stem}.itf.json has.\n\
         #[test]\nfn no_more_{name}() {{\n    \
             let system = {system}.unwrap();\n    \
             let trace = include_str!({:?});\n    \
             let replayed = mitregate::gate::replay::replay(&*system, trace).unwrap();\n    \
             assert!(replayed.is_mended(), \"{{replayed}}\");\n}}\n",
        format!("{stem}.itf.json"),
    ))
}

/// A counterexample in ITF, with what is needed to find its model again.
pub(super) fn itf(job: &Job<'_>, law: &str, trace: &Trace) -> String {
    let mut meta = BTreeMap::from([
        ("system".to_owned(), job.system.name().to_owned()),
        ("scenario".to_owned(), job.scenario.name.clone()),
        ("layer".to_owned(), job.layer.name().to_owned()),
        ("property".to_owned(), law.to_owned()),
        ("length".to_owned(), trace.len().to_string()),
    ]);
    if let Some(source) = job.source {
        meta.insert("module".to_owned(), source.module.clone());
        meta.insert("config".to_owned(), source.config.text.clone());
        meta.insert("config_file".to_owned(), source.config.file.clone());
        meta.insert("modules".to_owned(), serde_json::json!(source.modules).to_string());
    }
    format!("{:#}\n", trace.to_itf(meta))
}
