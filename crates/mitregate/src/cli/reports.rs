//! What becomes of results: what people read, and reports in files.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Format, Usage, code};
use crate::gate::Outcome;
use crate::gate::report::{Results, github, junit, markdown, text};

const REPORT: &str = "\
Write a report as well: junit=FILE, markdown=FILE, json=FILE or github; may be given several times";

const REPORTS: &str = "\
Write a report as well, once all is checked; may be given several times

Reports:
- junit=FILE:    JUnit's XML, for tools that show tests
- markdown=FILE: a page, such as for the summary of a step on GitHub
- json=FILE:     what --format json prints, with the counterexamples
- github[=FILE]: annotations beside the lines of a change on GitHub, which reads them from standard output

FILE is written in one go. A dash stands for standard output, and moves the text to standard error.";

#[derive(Args, Clone, Debug)]
pub(super) struct Reporting {
    /// How to print results
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[arg(long, value_name = "KIND[=FILE]", value_parser = ReportTo::parse, help = REPORT, long_help = REPORTS)]
    report: Vec<ReportTo>,
    /// Whether nothing is printed: another process does.
    #[arg(skip)]
    is_silent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Junit,
    Markdown,
    Json,
    Github,
}

/// A report, and the file that it goes to; none for standard output.
#[derive(Clone, Debug)]
struct ReportTo {
    kind: Kind,
    file: Option<PathBuf>,
}

impl ReportTo {
    fn parse(argument: &str) -> Result<ReportTo, String> {
        let (kind, file) = match argument.split_once('=') {
            Some((kind, file)) => (kind, Some(file)),
            None => (argument, None),
        };
        let kinds = "junit=FILE, markdown=FILE, json=FILE or github";
        let kind = Kind::from_str(kind, false)
            .map_err(|_| format!("there is no report {kind:?}; choose {kinds}"))?;
        match file {
            None if kind != Kind::Github => {
                Err(format!("where to? {argument}=FILE, or {argument}=- for standard output"))
            }
            Some("") => Err(format!("there is no file after {argument}")),
            None | Some("-") => Ok(ReportTo { kind, file: None }),
            Some(file) => Ok(ReportTo { kind, file: Some(file.into()) }),
        }
    }

    /// Whether it has standard output for itself. Annotations are lines among others.
    fn takes_stdout(&self) -> bool {
        self.file.is_none() && self.kind != Kind::Github
    }

    fn text(&self, results: &Results) -> Result<String, String> {
        match self.kind {
            Kind::Junit => junit::text(results).map_err(|error| error.to_string()),
            Kind::Markdown => Ok(markdown::text(results)),
            // Without the blanks that people read by: counterexamples are long.
            Kind::Json => serde_json::to_string(results)
                .map(|text| text + "\n")
                .map_err(|error| error.to_string()),
            Kind::Github => Ok(github::text(results)),
        }
    }
}

impl Reporting {
    /// For a process of several that is not the first.
    #[cfg(feature = "distributed")]
    pub(super) fn silent() -> Reporting {
        Reporting { format: Format::Text, report: Vec::new(), is_silent: true }
    }

    pub(super) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Looks whether all of it can go where it is to go, and not over what is read.
    pub(super) fn check(&self, read: &[PathBuf]) -> Result<(), Usage> {
        let json = usize::from(matches!(self.format, Format::Json));
        if json + self.report.iter().filter(|it| it.takes_stdout()).count() > 1 {
            return Err(Usage(
                "standard output has room for one report; name a file for the others".to_owned(),
            ));
        }
        let mut files = self.report.iter().filter_map(|it| it.file.as_deref());
        let mut known: BTreeSet<_> = read.iter().map(|file| target_of(file)).collect();
        if let Some(input) = files.clone().find(|file| known.contains(&target_of(file))) {
            let input = input.display();
            return Err(Usage(format!("{input} is read; name another file for the report")));
        }
        if let Some(twice) = files.find(|file| !known.insert(target_of(file))) {
            let twice = twice.display();
            return Err(Usage(format!("two reports are to go to {twice}; name a file for each")));
        }
        Ok(())
    }

    /// Whether other programs get the results as data.
    pub(super) fn has_data(&self) -> bool {
        !self.is_for_people() || self.report.iter().any(|it| it.kind == Kind::Json)
    }

    /// Whether people get to read anything.
    pub(super) fn is_for_people(&self) -> bool {
        matches!(self.format, Format::Text)
    }

    /// Tells people, where nothing else goes.
    pub(super) fn say(&self, words: &str) -> Result<(), Usage> {
        if self.is_silent {
            return Ok(());
        }
        if !self.is_for_people() || self.report.iter().any(ReportTo::takes_stdout) {
            super::tell(words);
            return Ok(());
        }
        super::print(words)
    }

    /// Prints the last words and writes the reports; how to exit.
    pub(super) fn finish(&self, results: &Results) -> Result<u8, Usage> {
        match self.format {
            Format::Text => self.say(&text::summary(results))?,
            Format::Json => {
                super::print_json(results)?;
            }
        }
        let mut failed = false;
        for report in &self.report {
            let written = report.text(results).and_then(|text| match &report.file {
                Some(file) => replace(file, &text)
                    .map_err(|error| format!("cannot write {}: {error}", file.display())),
                None if report.takes_stdout() => super::print(&text).map_err(|Usage(why)| why),
                None => self.say(&text).map_err(|Usage(why)| why),
            });
            if let Err(problem) = written {
                super::fail_with(&format!("a report is missing: {problem}"));
                failed = true;
            }
        }
        let missing = !results.missing().is_empty();
        Ok(match results.outcome() {
            // The worst of all: a failure outweighs what is open. Nothing checked is a failure as well.
            Outcome::Unexpected if !(results.results.is_empty() && missing) => code::FAILED,
            _ if failed => code::USAGE,
            Outcome::Expected if !missing => code::EXPECTED,
            _ => code::INCONCLUSIVE,
        })
    }
}

/// Writes a file in one go: whoever reads it finds what was there before, or all of this.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let target = target_of(path);
    // A device or a pipe is no file that could be replaced, and nor is one that this program prints to.
    let is_open = |stream: &str| is_same(&target, Path::new(stream));
    if (target.exists() && !target.is_file()) || is_open("/dev/stdout") || is_open("/dev/stderr") {
        let mut file = std::fs::OpenOptions::new().append(true).open(&target)?;
        return file.write_all(text.as_bytes());
    }
    // Without the name of a file that nobody has asked for.
    let plain = |error: std::io::Error| {
        error.raw_os_error().map_or(error, std::io::Error::from_raw_os_error)
    };
    let mut file = new_file(folder_of(&target)).map_err(plain)?;
    if let Ok(before) = target.metadata() {
        let permissions = before.permissions();
        if permissions.readonly() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::PermissionDenied,
                "it is read-only",
            ));
        }
        file.as_file().set_permissions(permissions).map_err(plain)?;
    }
    file.write_all(text.as_bytes()).map_err(plain)?;
    file.persist(&target).map(|_| ()).map_err(|error| plain(error.error))
}

/// The file that is written for a path: a link stays one, wherever it leads.
fn target_of(path: &Path) -> PathBuf {
    let linked = path.read_link().ok();
    let target = match &linked {
        Some(to) => path.parent().unwrap_or(Path::new("")).join(to),
        None => path.to_owned(),
    };
    let in_folder = || Some(folder_of(&target).canonicalize().ok()?.join(target.file_name()?));
    target.canonicalize().ok().or_else(in_folder).unwrap_or(target)
}

fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Whether both are one file.
fn is_same(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let of = |path: &Path| path.metadata().map(|it| (it.dev(), it.ino())).ok();
        of(one).is_some() && of(one) == of(other)
    }
    #[cfg(not(unix))]
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// A file that as many may read as may read any other that is made here.
fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".report").tempfile_in(folder)
}
