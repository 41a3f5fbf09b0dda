//! `gate merge`: the results of all parts of a run.

use std::path::Path;

use super::{MergeArgs, Outcome, Usage, select};
use crate::gate::report::merge::{MergeError, merge};
use crate::gate::report::{Results, text};

pub(super) fn run(args: &MergeArgs) -> Outcome {
    args.reporting.check(&args.files)?;
    let part = |file: &std::path::PathBuf| Ok((file.display().to_string(), read(file)?));
    let parts = args.files.iter().map(part).collect::<Result<Vec<_>, Usage>>()?;
    let (results, missing) = merge(parts).map_err(|error: MergeError| Usage(error.to_string()))?;
    let rows = results.results.iter().map(|it| (it.system.as_str(), it.scenario.as_str()));
    let lines = text::Lines::new(rows, super::terminal_width(), false);
    if args.reporting.is_for_people() {
        let rows = results.results.iter().map(|row| lines.result(row));
        args.reporting.say(&(lines.header() + &rows.collect::<String>()))?;
    }
    let code = args.reporting.finish(&results)?;
    for number in missing {
        super::complain(&format!("part {number} is missing"));
    }
    let not_run = results.missing();
    if let Some(first) = not_run.first() {
        super::complain(&format!("{} were not run, such as {first}", not_run.len()));
    }
    Ok(code)
}

/// Reads what `--report json=FILE` wrote.
pub(super) fn read(file: &Path) -> Result<Results, Usage> {
    serde_json::from_str(&select::read(file)?).map_err(|error| {
        Usage(format!("{} is not what --report json=FILE writes: {error}", file.display()))
    })
}
