//! Values in the Informal Trace Format (ITF) of Apalache and Quint.
//!
//! Sequences become lists, sets become sets, functions become records if all their arguments are
//! strings that can be keys of a JSON object there, and maps otherwise. ITF has no model values:
//! the model value `a1` becomes the string `model:a1`, and a string that itself begins with
//! `model:` or `string:` gets `string:` put before it, so that nothing is lost.

use std::collections::BTreeMap;

use ::itf::Value as Itf;
use ::itf::value::{BigInt, Map, Record, Set, Tuple};
use thiserror::Error;

use super::{Value, is_sequence};

const MODEL: &str = "model:";
const STRING: &str = "string:";

/// What a tool notes about a state, such as its number in the trace.
const META: &str = "#meta";

/// The integers that a JSON reader which uses floating point keeps exact: up to 2^53 - 1.
const SAFE: i64 = (1 << 53) - 1;

/// An ITF value that is no [`Value`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ItfError {
    /// The integer does not fit.
    #[error("the integer {0} does not fit into 64 bits")]
    Integer(String),
    /// The object is marked as something that is no value, such as `#unserializable`.
    #[error("an object marked `{0}` has no counterpart")]
    Marked(String),
}

impl Value {
    /// The value in ITF. Model values are marked strings: `a1` is `"model:a1"`.
    pub fn to_itf(&self) -> Itf {
        match self {
            Value::Bool(value) => Itf::Bool(*value),
            Value::Int(value) if (-SAFE..=SAFE).contains(value) => Itf::Number(*value),
            Value::Int(value) => Itf::BigInt(BigInt::new(*value)),
            Value::Str(value) if value.starts_with(MODEL) || value.starts_with(STRING) => {
                Itf::String(format!("{STRING}{value}"))
            }
            Value::Str(value) => Itf::String(value.clone()),
            Value::Model(name) => Itf::String(format!("{MODEL}{name}")),
            Value::Set(elements) => {
                Itf::Set(elements.iter().map(Value::to_itf).collect::<Set<Itf>>())
            }
            Value::Fun(pairs) if is_sequence(pairs) => {
                let elements: Vec<Itf> = pairs.values().map(Value::to_itf).collect();
                // The `itf` crate reads the list ["12"] back as a big integer, but not the tuple.
                if let [Itf::String(_)] = elements[..] {
                    Itf::Tuple(Tuple::from(elements))
                } else {
                    Itf::List(elements)
                }
            }
            Value::Fun(pairs) if pairs.keys().all(|key| object_key(key).is_some()) => {
                let field = |(key, value): (&Value, &Value)| {
                    (object_key(key).unwrap_or_default().to_owned(), value.to_itf())
                };
                Itf::Record(pairs.iter().map(field).collect::<Record>())
            }
            Value::Fun(pairs) => Itf::Map(
                pairs
                    .iter()
                    .map(|(key, value)| (key.to_itf(), value.to_itf()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value that [`Value::to_itf`] wrote, or another tool: tuples are sequences, and integers
    /// may come in either form. The field `#meta`, which the states of a trace may have, is
    /// skipped.
    ///
    /// # Errors
    ///
    /// If an integer is beyond 64 bits, or an object has a mark that stands for no value.
    pub fn from_itf(itf: &Itf) -> Result<Value, ItfError> {
        Ok(match itf {
            Itf::Bool(value) => Value::Bool(*value),
            Itf::Number(value) => Value::Int(*value),
            Itf::BigInt(value) => {
                let digits = value.to_string();
                Value::Int(digits.parse().map_err(|_| ItfError::Integer(digits))?)
            }
            Itf::String(text) => {
                if let Some(name) = text.strip_prefix(MODEL) {
                    Value::model(name)
                } else {
                    Value::from(text.strip_prefix(STRING).unwrap_or(text))
                }
            }
            Itf::List(elements) => sequence(elements)?,
            Itf::Tuple(elements) => sequence(elements.iter())?,
            Itf::Set(elements) => {
                Value::Set(elements.iter().map(Value::from_itf).collect::<Result<_, _>>()?)
            }
            Itf::Map(pairs) => Value::Fun(
                pairs
                    .iter()
                    .map(|(key, value)| Ok((Value::from_itf(key)?, Value::from_itf(value)?)))
                    .collect::<Result<_, _>>()?,
            ),
            Itf::Record(fields) => {
                let mut record = BTreeMap::new();
                for (name, value) in fields.iter().filter(|(name, _)| *name != META) {
                    if name.starts_with('#') {
                        return Err(ItfError::Marked(name.clone()));
                    }
                    record.insert(Value::Str(name.clone()), Value::from_itf(value)?);
                }
                Value::Fun(record)
            }
            Itf::Unserializable(_) => return Err(ItfError::Marked("#unserializable".to_owned())),
        })
    }
}

fn sequence<'a>(elements: impl IntoIterator<Item = &'a Itf>) -> Result<Value, ItfError> {
    let elements: Vec<Value> =
        elements.into_iter().map(Value::from_itf).collect::<Result<_, _>>()?;
    Ok(Value::seq(elements))
}

/// The key as that of a JSON object; those with `#` mark ITF's own objects.
fn object_key(key: &Value) -> Option<&str> {
    key.as_str().filter(|name| !name.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::super::arbitrary;
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> String {
        serde_json::to_string(&Value::parse(text).unwrap().to_itf()).unwrap()
    }

    #[test]
    fn writes_what_the_format_asks_for() {
        assert_eq!(json("<<1, 9007199254740992>>"), "[1,{\"#bigint\":\"9007199254740992\"}]");
        assert_eq!(json("[a |-> {TRUE}]"), "{\"a\":{\"#set\":[true]}}");
        assert_eq!(json("(a1 :> 1)"), "{\"#map\":[[\"model:a1\",1]]}");
        assert_eq!(json("(\"#a\" :> \"model:x\")"), "{\"#map\":[[\"#a\",\"string:model:x\"]]}");
        assert_eq!(json("<<>>"), "[]");
        assert_eq!(json("<<\"12\">>"), "{\"#tup\":[\"12\"]}");
    }

    #[test]
    fn the_library_still_needs_the_tuple() {
        let read: Itf = serde_json::from_str("[\"12\"]").unwrap();
        assert!(matches!(read, Itf::BigInt(_)), "write lists of one string as lists");
    }

    #[test]
    fn reads_what_others_write() {
        let itf: Itf = serde_json::from_str(
            r##"{"#meta": {"index": 0}, "a": {"#bigint": "-7"}, "b": {"#tup": [1, "x"]}, "c": {"#map": [[1, 2]]}}"##,
        )
        .unwrap();
        let value = Value::from_itf(&itf).unwrap();
        assert_eq!(value.to_string(), "[a |-> -7, b |-> <<1, \"x\">>, c |-> <<2>>]");
        for (json, message) in [
            (r##"{"#bigint": "99999999999999999999"}"##, "does not fit"),
            (r##"{"#unserializable": "Int"}"##, "unserializable"),
        ] {
            let itf: Itf = serde_json::from_str(json).unwrap();
            assert!(Value::from_itf(&itf).unwrap_err().to_string().contains(message));
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(value in arbitrary::value()) {
            let itf = value.to_itf();
            prop_assert_eq!(Value::from_itf(&itf), Ok(value.clone()));
            let json = serde_json::to_string(&itf).unwrap();
            let read: Itf = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(Value::from_itf(&read), Ok(value));
        }
    }
}
