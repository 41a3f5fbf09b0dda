//! Values of Rust as values of TLA+, by way of serde: a serializer whose output is a [`Value`].

mod part;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Serialize, ser};
use thiserror::Error;

use self::part::Part;
use super::Value;

/// The value of TLA+ that a value of Rust stands for.
///
/// | serde's data model | TLA+ |
/// |---|---|
/// | booleans, integers | themselves; integers beyond 64 bits with sign are an error |
/// | characters, strings | strings |
/// | floating-point numbers | an error |
/// | bytes | the sequence of their numbers |
/// | `None` | an error, or what [`Mapping::none`] says |
/// | `Some(x)`, newtype structs | what they hold |
/// | `()`, unit structs | `<<>>` |
/// | sequences, tuples, tuple structs | sequences |
/// | structs | records |
/// | maps | functions, whose arguments are mapped like any value |
/// | a variant `V` without fields | `"V"` |
/// | `V(x)` | `[tag \|-> "V", value \|-> x]` |
/// | `V(x, y)` | `[tag \|-> "V", value \|-> <<x, y>>]` |
/// | `V { f: x }` | `[tag \|-> "V", f \|-> x]` |
///
/// `<<>>` and the record without fields are one value of TLA+, so a struct without fields and an empty list or map
/// are equal here. What serde's attributes do, they do here as well: `#[serde(tag = "type")]` makes an enum the
/// records that a message often is in TLA+. Sets, model values and functions from 0 are not in serde's data model:
/// the functions in [`with`] say so at a field, and [`Mapping`] from outside.
///
/// ```
/// use std::collections::{BTreeMap, BTreeSet};
///
/// use mitregate::tla::{to_value, with};
/// use serde::Serialize;
///
/// #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
/// struct Acceptor(#[serde(serialize_with = "with::model")] String);
///
/// #[derive(Serialize)]
/// #[serde(tag = "type")]
/// enum Message {
///     #[serde(rename = "1a")]
///     Prepare { bal: u64 },
/// }
///
/// #[derive(Serialize)]
/// struct State {
///     #[serde(rename = "maxBal")]
///     max_bal: BTreeMap<Acceptor, i64>,
///     #[serde(serialize_with = "with::set")]
///     msgs: Vec<Message>,
/// }
///
/// let state = State {
///     max_bal: BTreeMap::from([(Acceptor("a1".to_owned()), -1)]),
///     msgs: vec![Message::Prepare { bal: 0 }],
/// };
/// let value = to_value(&state)?;
/// assert_eq!(value.to_string(), r#"[maxBal |-> (a1 :> -1), msgs |-> {[bal |-> 0, type |-> "1a"]}]"#);
/// # Ok::<(), mitregate::tla::ValueError>(())
/// ```
///
/// # Errors
///
/// The first part of the value that stands for none, with its path and what to do.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, ValueError> {
    Mapping::new().to_value(value)
}

/// Why a value of Rust stands for none of TLA+.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {problem}", if path.is_empty() { "the value as a whole" } else { path })]
pub struct ValueError {
    /// The part that does not: `votes[2].ballot`. Fields have the names that serde has for them; elements are
    /// numbered as in TLA+, from 1, or as [`with::from_zero`] says. Empty if it is the value as a whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl ValueError {
    fn new(problem: impl Into<String>) -> ValueError {
        ValueError { path: String::new(), problem: problem.into() }
    }

    /// The same of what has the part at `place`: a field, or an argument in brackets.
    fn within(mut self, place: &str) -> ValueError {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{place}{dot}{}", self.path);
        self
    }

    fn at_key(self, key: &Value) -> ValueError {
        self.within(&format!("[{key}]"))
    }

    /// The same of a map of which it is about a key.
    fn in_key(self) -> ValueError {
        let ValueError { path, problem } = self;
        let place = if path.is_empty() { String::new() } else { format!(", at {path}") };
        ValueError::new(format!("in a key{place}: {problem}"))
    }
}

impl ser::Error for ValueError {
    fn custom<T: Display>(problem: T) -> ValueError {
        ValueError::new(problem.to_string())
    }
}

/// How values of types become values of TLA+ whose derived `Serialize` cannot be changed.
///
/// A path is names of fields joined by dots, as serde has them and before they are renamed here. Elements of
/// sequences and values of maps add nothing to it: `votes.ballot` is the field `ballot` of every element of `votes`.
/// What a variant of an enum holds is its field `value`, or has the names that the variant gives it. The empty path
/// is the value as a whole. Keys of maps have no paths.
///
/// A path that is never met is no error, since a variant may not have come up. What is met and is not of the kind
/// that was expected is one. Of two calls that say different things of one path, the last counts.
///
/// A struct with `#[serde(flatten)]` reaches serializers as a map without a length. Strings that are keys of such a
/// map are taken for names of fields.
///
/// ```
/// use mitregate::tla::{Mapping, Value};
///
/// # #[derive(serde::Serialize)] struct Vote { voter: &'static str, ballot: Option<u8>, took: f64 }
/// # let votes = vec![Vote { voter: "a1", ballot: None, took: 0.5 }];
/// // Vec<Vote>, with struct Vote { voter: &str, ballot: Option<u8>, took: f64 }
/// let mapping = Mapping::new()
///     .set("")
///     .model("voter")
///     .rename("ballot", "bal")
///     .skip("took")
///     .none(Value::Int(-1));
/// assert_eq!(mapping.to_value(&votes)?.to_string(), "{[bal |-> -1, voter |-> a1]}");
/// # Ok::<(), mitregate::tla::ValueError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    root: Node,
    none: Option<Value>,
}

/// What is said of a path, and of those that it begins.
#[derive(Clone, Debug, Default)]
struct Node {
    fields: BTreeMap<String, Node>,
    rename: Option<String>,
    skip: bool,
    wanted: Wanted,
}

/// What the value that comes is to become.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    /// The next sequence.
    shape: Option<Shape>,
    /// Strings become model values.
    model: bool,
    /// Keys of the next map become model values.
    model_keys: bool,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Set,
    FromZero,
}

impl Mapping {
    /// Nothing is said of any path.
    pub fn new() -> Mapping {
        Mapping::default()
    }

    /// The field has another name in TLA+.
    pub fn rename(self, path: &str, name: impl Into<String>) -> Mapping {
        self.at(path, |node| node.rename = Some(name.into()))
    }

    /// The field is left out.
    pub fn skip(self, path: &str) -> Mapping {
        self.at(path, |node| node.skip = true)
    }

    /// The sequence is a set in TLA+; of sequences within each other the outermost. See [`with::set`].
    pub fn set(self, path: &str) -> Mapping {
        self.at(path, |node| node.wanted.shape = Some(Shape::Set))
    }

    /// The string or variant is a model value; in a sequence or a map, each of them is. See [`with::model`].
    pub fn model(self, path: &str) -> Mapping {
        self.at(path, |node| node.wanted.model = true)
    }

    /// The keys of the map are model values. See [`with::model_keys`].
    pub fn model_keys(self, path: &str) -> Mapping {
        self.at(path, |node| node.wanted.model_keys = true)
    }

    /// The sequence of n elements is the function from `0..n-1`; of sequences within each other the outermost. See
    /// [`with::from_zero`].
    pub fn from_zero(self, path: &str) -> Mapping {
        self.at(path, |node| node.wanted.shape = Some(Shape::FromZero))
    }

    /// What `None` is, everywhere.
    pub fn none(mut self, value: Value) -> Mapping {
        self.none = Some(value);
        self
    }

    fn at(mut self, path: &str, change: impl FnOnce(&mut Node)) -> Mapping {
        let names = path.split('.').filter(|name| !name.is_empty());
        let node = names
            .fold(&mut self.root, |node, name| node.fields.entry(name.to_owned()).or_default());
        change(node);
        self
    }

    /// The value of TLA+ that a value of Rust stands for by this mapping, and otherwise as for [`to_value`].
    ///
    /// # Errors
    ///
    /// The first part of the value that stands for none, with its path and what to do.
    pub fn to_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value, ValueError> {
        let Mapping { root, none } = self;
        value.serialize(Part { none: none.as_ref(), node: Some(root), wanted: root.wanted })
    }
}

/// Functions for `#[serde(serialize_with = "...")]` at a field, which say what the field's value is in TLA+.
///
/// They tell [`to_value`](super::to_value) by the name of a newtype struct around the value. Formats that write such
/// a struct as what it holds, as JSON does, see the plain value.
///
/// Whatever an option or a newtype struct holds is meant, not the option or struct. Where a map stands in place of a
/// sequence, its values are meant, so a map to lists with [`set`](with::set) is a function to sets. Anything else that
/// is not of the kind that the function is for is an error.
///
/// There is one such function for a field. For more, as for sets of model values, give the elements a newtype struct
/// with an attribute of its own:
///
/// ```
/// use mitregate::tla::{to_value, with};
///
/// #[derive(serde::Serialize)]
/// struct Node(#[serde(serialize_with = "with::model")] &'static str);
///
/// #[derive(serde::Serialize)]
/// struct State {
///     #[serde(serialize_with = "with::set")]
///     alive: Vec<Node>,
/// }
///
/// let state = State { alive: vec![Node("n2"), Node("n1")] };
/// assert_eq!(to_value(&state)?.to_string(), "[alive |-> {n1, n2}]");
/// # Ok::<(), mitregate::tla::ValueError>(())
/// ```
pub mod with {
    use serde::{Serialize, Serializer};

    // Names that no struct has.
    pub(super) const SET: &str = "$mitregate::set";
    pub(super) const MODEL: &str = "$mitregate::model";
    pub(super) const MODEL_KEYS: &str = "$mitregate::model_keys";
    pub(super) const FROM_ZERO: &str = "$mitregate::from_zero";

    /// A sequence, or any collection that serde has as one, is a set in TLA+. Elements that repeat count once.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn set<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize + ?Sized,
        S: Serializer,
    {
        serializer.serialize_newtype_struct(SET, value)
    }

    /// A string, or a variant without fields, is the model value of that name. In a sequence, or as values of a map,
    /// each of them is.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn model<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize + ?Sized,
        S: Serializer,
    {
        serializer.serialize_newtype_struct(MODEL, value)
    }

    /// The keys of a map are model values, as [`model`] makes them.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn model_keys<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize + ?Sized,
        S: Serializer,
    {
        serializer.serialize_newtype_struct(MODEL_KEYS, value)
    }

    /// A sequence of n elements is the function from `0..n-1`, and not from `1..n` as sequences of TLA+ are.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn from_zero<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize + ?Sized,
        S: Serializer,
    {
        serializer.serialize_newtype_struct(FROM_ZERO, value)
    }
}
