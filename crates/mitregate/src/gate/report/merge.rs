//! The results of the parts of a run, put together.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{ResultRow, Results, Shard};

/// Why results do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error(
        "there is nothing to merge; name the files that `--report json=FILE` wrote, one of each part"
    )]
    Nothing,
    /// Results that are not of a part.
    #[error(
        "{file} is of a run that was not in parts; merge what `gate --shard K/N --report json=FILE` wrote"
    )]
    NoPart {
        /// The file.
        file: String,
    },
    /// Two files are of one part.
    #[error("{file} and {other} are both of part {number}; leave one of them out")]
    Twice {
        /// A file.
        file: String,
        /// The other.
        other: String,
        /// The part.
        number: u16,
    },
    /// Two files are of different runs.
    #[error(
        "{file} and {other} are of different runs: {what}; merge the parts of one run of one program"
    )]
    Different {
        /// A file.
        file: String,
        /// The other.
        other: String,
        /// What they do not have in common.
        what: &'static str,
    },
    /// Two files have the same row.
    #[error(
        "{file} has a row {row:?} that another file has as well; were the parts told different --costs?"
    )]
    Both {
        /// The file.
        file: String,
        /// The row.
        row: String,
    },
    /// A file is of a part that its run cannot have.
    #[error("{file} is of part {number} of {of}; it is not what the gate wrote")]
    Number {
        /// The file.
        file: String,
        /// The part.
        number: u16,
        /// How many there are.
        of: u16,
    },
    /// A file has a row that its part does not have.
    #[error("{file} has a row {row:?} that is not of its part; it is not what the gate wrote")]
    Row {
        /// The file.
        file: String,
        /// The row.
        row: String,
    },
}

/// Puts together the results of parts, each with the name of its file, in the order of the whole run; and the numbers of
/// the parts that are not there, whose rows [`Results::missing`] names.
///
/// # Errors
///
/// If they are not parts of one run.
pub fn merge(parts: Vec<(String, Results)>) -> Result<(Results, Vec<u16>), MergeError> {
    let mut known: Vec<(&str, u16)> = Vec::new();
    let mut rows = BTreeSet::new();
    let Some((first_file, first)) = parts.first() else { return Err(MergeError::Nothing) };
    for (file, part) in &parts {
        let whole = |it: &Results| it.shard.as_ref().map(|shard| (shard.of, shard.whole.clone()));
        let Some(Shard { number, of, .. }) = part.shard else {
            return Err(MergeError::NoPart { file: file.clone() });
        };
        if !(1..=of).contains(&number) {
            return Err(MergeError::Number { file: file.clone(), number, of });
        }
        let what = if part.program != first.program {
            Some("they are of different programs (build once, and take that to every part)")
        } else if whole(part) != whole(first) {
            Some("they were to check different things")
        } else {
            None
        };
        if let Some(what) = what {
            let (file, other) = (first_file.clone(), file.clone());
            return Err(MergeError::Different { file, other, what });
        }
        if let Some((other, _)) = known.iter().find(|(_, it)| *it == number) {
            let (file, other) = ((*other).to_owned(), file.clone());
            return Err(MergeError::Twice { file, other, number });
        }
        known.push((file, number));
        for row in part.results.iter().map(ResultRow::key) {
            let file = || file.clone();
            if !part.planned.contains(&row) {
                return Err(MergeError::Row { file: file(), row });
            }
            if !rows.insert(row.clone()) {
                return Err(MergeError::Both { file: file(), row });
            }
        }
    }
    let Some(Shard { of, whole, .. }) = first.shard.clone() else {
        return Err(MergeError::Nothing);
    };
    let is_there = |number: &u16| known.iter().any(|(_, it)| it == number);
    let missing = (1..=of).filter(|number| !is_there(number)).collect();
    let program = first.program.clone();
    let mut results: Vec<_> = parts.into_iter().flat_map(|(_, part)| part.results).collect();
    results.sort_by_key(|row| {
        let key = row.key();
        whole.iter().position(|it| *it == key)
    });
    Ok((Results { program, shard: None, planned: whole, results, faults: None }, missing))
}
