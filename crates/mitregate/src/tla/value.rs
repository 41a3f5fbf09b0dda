//! TLA+ values.
//!
//! As in TLA+ itself, sequences, tuples and records are functions: a sequence of length n has the
//! domain `1..n`, a record has strings as its domain. So equal TLA+ values are equal [`Value`]s,
//! no matter how they were written: `<<x>>` and `(1 :> x)` are one value, and so are `<<>>` and
//! the empty record.

mod diff;
mod itf;
mod pairs;
mod parse;
mod ser;

use std::collections::BTreeSet;
use std::fmt;

use smol_str::SmolStr;

pub(crate) use self::diff::extend;
pub use self::diff::{Change, diff};
pub use self::itf::ItfError;
pub(crate) use self::itf::META;
pub use self::pairs::Pairs;
pub use self::parse::{ParseError, parse_state};
pub use self::ser::{Mapping, ValueError, to_value, with};
use super::text;

pub(super) use self::parse::parse_prefix;

/// A finite TLA+ value, as it occurs in the states of a finite model.
///
/// The order is arbitrary but fixed: it sorts sets for printing and states for comparing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `TRUE` or `FALSE`.
    Bool(bool),
    /// An integer; TLC's own are of 32 bits.
    Int(i64),
    /// A string.
    Str(SmolStr),
    /// A model value: equal to itself and to nothing else.
    Model(SmolStr),
    /// A finite set.
    Set(BTreeSet<Value>),
    /// A function with a finite domain; also every sequence, tuple and record.
    Fun(Pairs),
}

/// A record of fields that are known when the program is compiled, and of what can become a [`Value`](crate::tla::Value):
/// booleans, integers that always fit, strings and values. [`to_value`](crate::tla::to_value) makes a value of anything
/// else. Fields have the names that they have in TLA+: `type`, and not `r#type`. A field that is given twice does not
/// compile. It is soonest made where fields are in the order of their names.
///
/// ```
/// use mitregate::record;
/// use mitregate::tla::Value;
///
/// let door = record! { open: true, side: "west" };
/// assert_eq!(door.to_string(), r#"[open |-> TRUE, side |-> "west"]"#);
/// assert_eq!(door, Value::record([("side", Value::from("west")), ("open", Value::from(true))]));
/// ```
///
/// ```compile_fail
/// mitregate::record! { open: true, open: false };
/// ```
#[macro_export]
macro_rules! record {
    ($($field:ident: $value:expr),* $(,)?) => {{
        const { $crate::tla::value::check_fields(&[$(stringify!($field)),*]) };
        $crate::tla::Value::fun([$((
            const { $crate::tla::Value::word(stringify!($field)) },
            $crate::tla::Value::from($value),
        )),*])
    }};
}

/// Stops the compiler at a name that is there twice.
#[doc(hidden)]
pub const fn check_fields(names: &[&str]) {
    let mut at = 0;
    while at < names.len() {
        let mut before = 0;
        while before < at {
            assert!(
                !is_same(names[before].as_bytes(), names[at].as_bytes()),
                "a field is given twice"
            );
            before += 1;
        }
        at += 1;
    }
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The type of a model value such as `A_1`.
fn model_type(name: &str) -> Option<char> {
    let mut letters = name.chars();
    let first = letters.next().filter(char::is_ascii_alphabetic)?;
    (letters.next() == Some('_')).then_some(first)
}

impl Value {
    /// Whether TLC can say if the two are equal. It stops with an error where it compares values of
    /// different kinds. A model value is comparable with everything, unless its name begins with a letter
    /// and an underscore: then it has a type, and is comparable only with model values of that type.
    pub fn is_comparable(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Model(one), Value::Model(other)) => {
                match (model_type(one), model_type(other)) {
                    (Some(one), Some(other)) => one == other,
                    _ => true,
                }
            }
            (Value::Model(name), _) | (_, Value::Model(name)) => model_type(name).is_none(),
            (Value::Set(one), Value::Set(other)) => {
                one.iter().all(|a| other.iter().all(|b| a.is_comparable(b)))
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// A record: the function from the fields' names to their values.
    pub fn record<N: Into<SmolStr>>(fields: impl IntoIterator<Item = (N, Value)>) -> Value {
        Value::fun(fields.into_iter().map(|(name, value)| (Value::Str(name.into()), value)))
    }

    /// A string that the program has. In a constant, as in [`record!`](crate::record), it is made by the compiler.
    pub const fn word(text: &'static str) -> Value {
        Value::Str(if text.len() <= SmolStr::INLINE_CAP {
            SmolStr::new_inline(text)
        } else {
            SmolStr::new_static(text)
        })
    }

    /// A sequence or tuple: the function from `1..n`.
    pub fn seq(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::fun((1..).map(Value::Int).zip(elements))
    }

    /// A set; elements that repeat count once.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::Set(sorted_set(elements.into_iter().collect()))
    }

    /// A function from its pairs of argument and value; the last pair of an argument counts.
    pub fn fun(pairs: impl IntoIterator<Item = (Value, Value)>) -> Value {
        Value::Fun(pairs.into_iter().collect())
    }

    /// A model value.
    pub fn model(name: impl Into<SmolStr>) -> Value {
        Value::Model(name.into())
    }

    /// What the function has at `key`; `None` outside of its domain and for other values.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.as_fun()?.get(key)
    }

    /// The field of a record; `None` where there is none.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.get(&Value::from(name))
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self { Some(*value) } else { None }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Value::Int(value) = self { Some(*value) } else { None }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Str(value) = self { Some(value) } else { None }
    }

    /// The model value's name, if it is one.
    pub fn as_model(&self) -> Option<&str> {
        if let Value::Model(name) = self { Some(name) } else { None }
    }

    /// The elements, if it is a set.
    pub fn as_set(&self) -> Option<&BTreeSet<Value>> {
        if let Value::Set(elements) = self { Some(elements) } else { None }
    }

    /// The pairs of argument and value, if it is a function.
    pub fn as_fun(&self) -> Option<&Pairs> {
        if let Value::Fun(pairs) = self { Some(pairs) } else { None }
    }

    /// The elements in order, if it is a sequence; the empty function is the empty sequence.
    pub fn as_seq(&self) -> Option<Vec<&Value>> {
        let pairs = self.as_fun()?;
        is_sequence(pairs).then(|| pairs.values().collect())
    }

    /// Whether it is a function whose arguments are all strings, and not empty.
    pub fn is_record(&self) -> bool {
        self.as_fun().is_some_and(|pairs| {
            !pairs.is_empty() && pairs.keys().all(|key| matches!(key, Value::Str(_)))
        })
    }

    /// What it is, in a word; sequences, tuples and records are functions.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "truth value",
            Value::Int(_) => "number",
            Value::Str(_) => "string",
            Value::Model(_) => "model value",
            Value::Set(_) => "set",
            Value::Fun(_) => "function",
        }
    }

    /// Whether it is neither a set nor a function.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Value::Set(_) | Value::Fun(_))
    }
}

// Sorting is compiled once, and not for each kind of iterator that values are made of.
fn sorted_set(elements: Vec<Value>) -> BTreeSet<Value> {
    elements.into_iter().collect()
}

/// Whether the domain is `1..n`; keys are sorted, so counting along suffices.
pub(crate) fn is_sequence(pairs: &Pairs) -> bool {
    pairs.keys().zip(1..).all(|(key, n)| *key == Value::Int(n))
}

/// The field's name, if the key of a function can be written as one.
fn field_name(key: &Value) -> Option<&str> {
    key.as_str().filter(|name| text::is_name(name))
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Value {
            fn from(value: $integer) -> Value {
                Value::Int(value.into())
            }
        })*
    };
}

from_integers!(i64, i32, i16, i8, u32, u16, u8);

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Str(value.into())
    }
}

/// TLA+ syntax on a single line, spelled as TLC does. Fields and elements appear in the order of
/// [`Value`], which need not be TLC's.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(true) => f.write_str("TRUE"),
            Value::Bool(false) => f.write_str("FALSE"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Str(value) => write_string(f, value),
            Value::Model(name) => f.write_str(name),
            Value::Set(elements) => {
                f.write_str("{")?;
                write_joined(f, elements, ", ", |f, element| write!(f, "{element}"))?;
                f.write_str("}")
            }
            Value::Fun(pairs) if is_sequence(pairs) => {
                f.write_str("<<")?;
                write_joined(f, pairs.values(), ", ", |f, element| write!(f, "{element}"))?;
                f.write_str(">>")
            }
            Value::Fun(pairs) if pairs.keys().all(|key| field_name(key).is_some()) => {
                f.write_str("[")?;
                write_joined(f, pairs, ", ", |f, (key, value)| {
                    write!(f, "{} |-> {value}", field_name(key).unwrap_or_default())
                })?;
                f.write_str("]")
            }
            Value::Fun(pairs) => {
                f.write_str("(")?;
                write_joined(f, pairs, " @@ ", |f, (key, value)| write!(f, "{key} :> {value}"))?;
                f.write_str(")")
            }
        }
    }
}

fn write_joined<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    separator: &str,
    mut write: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            f.write_str(separator)?;
        }
        write(f, item)?;
    }
    Ok(())
}

fn write_string(f: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    use fmt::Write as _;
    f.write_char('"')?;
    for c in value.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{c}' => f.write_str("\\f")?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// Random values for the tests of everything that reads or writes values.
#[cfg(test)]
pub(crate) mod arbitrary {
    use super::Value;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    /// Any value whose model values have names; TRUE and FALSE are none.
    pub(crate) fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-3_i64..4).prop_map(Value::Int),
            any::<String>().prop_map(|text| Value::Str(text.into())),
            "(model|string):[a-z]|[0-9]{1,3}|#map|[a-z]".prop_map(|text| Value::Str(text.into())),
            "[a-z][A-Za-z0-9_]{0,3}|[0-9]_?[a-z]".prop_map(Value::model),
        ];
        scalar.prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::set),
                vec(inner.clone(), 0..4).prop_map(Value::seq),
                btree_map("[a-c]|#set|", inner.clone(), 0..4).prop_map(Value::record),
                btree_map("[a-c][a-z0-9]?", inner.clone(), 0..4).prop_map(Value::record),
                btree_map(inner.clone(), inner, 0..4).prop_map(Value::fun),
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_tlc() {
        let one = || Value::Int(1);
        for (value, text) in [
            (Value::seq([one(), Value::Int(-2)]), "<<1, -2>>"),
            (Value::seq([]), "<<>>"),
            (Value::record([("b", one()), ("a", true.into())]), "[a |-> TRUE, b |-> 1]"),
            (Value::record([("a b", one())]), "(\"a b\" :> 1)"),
            (
                Value::fun([(Value::model("a1"), one()), (Value::model("a2"), Value::Int(2))]),
                "(a1 :> 1 @@ a2 :> 2)",
            ),
            (Value::fun([(Value::Int(0), one())]), "(0 :> 1)"),
            (Value::fun([(one(), one())]), "<<1>>"),
            (Value::set([Value::Int(2), one(), one()]), "{1, 2}"),
            (Value::from("a\"\\\n"), "\"a\\\"\\\\\\n\""),
        ] {
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn accessors_answer_for_their_kind_only() {
        let value = Value::record([("q", Value::seq([Value::from(7), Value::from("x")]))]);
        let q = value.field("q").unwrap();
        assert_eq!(q.get(&Value::Int(1)).and_then(Value::as_int), Some(7));
        assert_eq!(q.as_seq().unwrap()[1].as_str(), Some("x"));
        assert_eq!(value.as_seq(), None);
        assert!(value.is_record() && !q.is_record());
        assert_eq!(value.field("p"), None);
        assert_eq!(Value::Int(1).field("p"), None);
        assert_eq!(Value::model("m").as_model(), Some("m"));
        assert_eq!(Value::from(true).as_bool(), Some(true));
        assert_eq!(Value::set([]).as_set().map(BTreeSet::len), Some(0));
    }
}
