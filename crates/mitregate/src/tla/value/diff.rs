//! What changed between two values, down to the fields that did.

use std::collections::BTreeSet;
use std::fmt;

use super::{Pairs, Value, field_name};

/// One difference between two values.
///
/// Displayed as `path: old -> new`, or with what came and went if both are sets:
/// `learned[1]: + v1; - v2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: `promised[a1][1].attempt`. Empty if the values differ as a whole.
    pub path: String,
    /// What was there; `None` if the function had no such argument.
    pub before: Option<Value>,
    /// What is there now; `None` if the function no longer has that argument.
    pub after: Option<Value>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        match (&self.before, &self.after) {
            (Some(Value::Set(before)), Some(Value::Set(after))) => {
                let added = listed("+ ", after.difference(before));
                let removed = listed("- ", before.difference(after));
                let separator = if added.is_empty() || removed.is_empty() { "" } else { "; " };
                write!(f, "{added}{separator}{removed}")
            }
            (Some(before), Some(after)) => write!(f, "{before} -> {after}"),
            (None, Some(after)) => write!(f, "+ {after}"),
            (Some(before), None) => write!(f, "- {before}"),
            (None, None) => Ok(()),
        }
    }
}

/// The sign and the elements; nothing if there are none.
fn listed<'a>(sign: &str, elements: impl Iterator<Item = &'a Value>) -> String {
    let elements: Vec<String> = elements.map(Value::to_string).collect();
    if elements.is_empty() { String::new() } else { format!("{sign}{}", elements.join(", ")) }
}

/// What changed from `before` to `after`: nothing if they are equal.
///
/// Functions, and so records and sequences, are compared argument by argument, all the way down.
/// Below the top, two functions without a common argument count as one change, and so do two
/// records of nothing but scalars that differ in several fields.
pub fn diff(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", before, after, &mut changes);
    changes
}

fn compare(path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Fun(old), Value::Fun(new)) if path.is_empty() || !as_one(old, new) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                let path = extend(path, key);
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => compare(&path, old, new, changes),
                    (old, new) => {
                        changes.push(Change { path, before: old.cloned(), after: new.cloned() });
                    }
                }
            }
        }
        _ => changes.push(Change {
            path: path.to_owned(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        }),
    }
}

/// Whether two different functions are easier to read whole.
fn as_one(old: &Pairs, new: &Pairs) -> bool {
    let common = old.keys().filter(|key| new.contains_key(key)).count();
    let same = old.iter().filter(|(key, value)| new.get(key) == Some(value)).count();
    // Arguments that only one side has differ, too.
    let different = old.len() + new.len() - common - same;
    common == 0 || (different > 1 && is_flat_record(old) && is_flat_record(new))
}

fn is_flat_record(pairs: &Pairs) -> bool {
    pairs.iter().all(|(key, value)| field_name(key).is_some() && value.is_scalar())
}

/// The path of an argument of the function at a path.
pub(crate) fn extend(path: &str, key: &Value) -> String {
    match field_name(key) {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => format!("{path}[{key}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::arbitrary;
    use super::*;
    use proptest::prelude::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        let (before, after) = (Value::parse(before).unwrap(), Value::parse(after).unwrap());
        diff(&before, &after).iter().map(Change::to_string).collect()
    }

    #[test]
    fn changes_name_the_field() {
        assert_eq!(
            shown(
                "[promised |-> (a1 :> <<[attempt |-> 0, node |-> 1]>> @@ a2 :> <<NONE>>), n |-> 1]",
                "[promised |-> (a1 :> <<[attempt |-> 1, node |-> 1]>> @@ a2 :> <<NONE>>), n |-> 2]",
            ),
            ["n: 1 -> 2", "promised[a1][1].attempt: 0 -> 1"]
        );
    }

    #[test]
    fn small_records_change_as_a_whole() {
        let wrap = |record: &str| format!("[p |-> <<{record}>>]");
        assert_eq!(
            shown(&wrap("[a |-> 0, b |-> 1, c |-> 2]"), &wrap("[a |-> 1, b |-> 2, c |-> 2]")),
            ["p[1]: [a |-> 0, b |-> 1, c |-> 2] -> [a |-> 1, b |-> 2, c |-> 2]"]
        );
        assert_eq!(shown(&wrap("NONE"), &wrap("[a |-> 1]")), ["p[1]: NONE -> [a |-> 1]"]);
        // The state itself is taken apart even if all variables are scalars.
        assert_eq!(shown("[x |-> 1, y |-> 1]", "[x |-> 2, y |-> 3]"), ["x: 1 -> 2", "y: 1 -> 3"]);
        assert_eq!(
            shown("[v |-> [p |-> [a |-> 1], w |-> x]]", "[v |-> [p |-> [a |-> 2], w |-> y]]"),
            ["v.p.a: 1 -> 2", "v.w: x -> y"]
        );
    }

    #[test]
    fn sets_and_sequences_show_what_came_and_went() {
        assert_eq!(
            shown("[s |-> {1, 2}, q |-> <<1>>]", "[s |-> {2, 3, 4}, q |-> <<1, 2>>]"),
            ["q[2]: + 2", "s: + 3, 4; - 1"]
        );
        assert_eq!(shown("[s |-> {}]", "[s |-> {v1}]"), ["s: + v1"]);
        assert_eq!(shown("[q |-> <<>>]", "[q |-> <<1, 2>>]"), ["q: <<>> -> <<1, 2>>"]);
        assert_eq!(shown("1", "{}"), ["1 -> {}"]);
        assert_eq!(shown("<<1>>", "<<>>"), ["[1]: - 1"]);
    }

    proptest! {
        #[test]
        fn empty_exactly_for_equal_values(a in arbitrary::value(), b in arbitrary::value()) {
            prop_assert!(diff(&a, &a).is_empty());
            prop_assert_eq!(diff(&a, &b).is_empty(), a == b);
        }
    }
}
