//! Values in the Informal Trace Format (ITF) of Apalache and Quint, which is JSON.
//!
//! [ADR 015](https://apalache-mc.org/docs/adr/015adr-trace.html) describes it. Integers are written as
//! `{"#bigint": "1"}`, sequences as lists, sets and maps as marked objects. A function becomes a record if
//! all its arguments are strings that can be keys of a JSON object there, and a map otherwise. ITF has no
//! model values: the model value `a1` becomes the string `model:a1`, and a string that itself begins with
//! `model:` or `string:` gets `string:` put before it, so that nothing is lost.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use thiserror::Error;

use super::{Value, is_sequence};

const MODEL: &str = "model:";
const STRING: &str = "string:";

/// What a tool notes about a trace, or about a state, such as its number in the trace: any JSON.
pub(crate) const META: &str = "#meta";

const BIGINT: &str = "#bigint";
const SET: &str = "#set";
const TUPLE: &str = "#tup";
const MAP: &str = "#map";

/// JSON that is no [`Value`] in ITF.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ItfError {
    /// The integer does not fit.
    #[error("the integer {0} does not fit into 64 bits")]
    Integer(String),
    /// The object is marked as something that is no value, such as `#unserializable`.
    #[error("an object marked `{0}` has no counterpart")]
    Marked(String),
    /// The object has a mark, and not what goes with it.
    #[error("`{mark}` needs {needs}, and has {found}")]
    Malformed {
        /// The mark.
        mark: &'static str,
        /// What goes with it.
        needs: &'static str,
        /// What is there.
        found: String,
    },
    /// ITF has no such JSON value.
    #[error("{0} is no value of the format")]
    Unknown(String),
}

impl Value {
    /// The value in ITF. Model values are marked strings: `a1` is `"model:a1"`.
    pub fn to_itf(&self) -> Json {
        match self {
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => json!({ BIGINT: value.to_string() }),
            Value::Str(value) if value.starts_with(MODEL) || value.starts_with(STRING) => {
                Json::String(format!("{STRING}{value}"))
            }
            Value::Str(value) => Json::String(value.as_str().to_owned()),
            Value::Model(name) => Json::String(format!("{MODEL}{name}")),
            Value::Set(elements) => {
                json!({ SET: elements.iter().map(Value::to_itf).collect::<Vec<_>>() })
            }
            Value::Fun(pairs) if is_sequence(pairs) => pairs.values().map(Value::to_itf).collect(),
            Value::Fun(pairs) => {
                let field = |(key, value): (&Value, &Value)| {
                    Some((object_key(key)?.to_owned(), value.to_itf()))
                };
                let record = pairs.iter().map(field).collect::<Option<Map<_, _>>>();
                record.map_or_else(
                    || {
                        let pair = |(key, value): (&Value, &Value)| [key.to_itf(), value.to_itf()];
                        json!({ MAP: pairs.iter().map(pair).collect::<Vec<_>>() })
                    },
                    Json::Object,
                )
            }
        }
    }

    /// The value that [`Value::to_itf`] wrote, or another tool: tuples are sequences, and integers may
    /// come as JSON numbers. The field `#meta`, which the states of a trace may have, is skipped,
    /// whatever it holds.
    ///
    /// # Errors
    ///
    /// If an integer is beyond 64 bits, or an object has a mark that stands for no value.
    pub fn from_itf(itf: &Json) -> Result<Value, ItfError> {
        Ok(match itf {
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => Value::Int(integer(&number.to_string())?),
            Json::String(text) => {
                if let Some(name) = text.strip_prefix(MODEL) {
                    Value::model(name)
                } else {
                    Value::from(text.strip_prefix(STRING).unwrap_or(text))
                }
            }
            Json::Array(elements) => sequence(elements)?,
            Json::Object(fields) => object(fields)?,
            Json::Null => return Err(ItfError::Unknown("null".to_owned())),
        })
    }
}

fn object(fields: &Map<String, Json>) -> Result<Value, ItfError> {
    let mut unnoted = fields.iter().filter(|(name, _)| *name != META);
    if let (Some((mark, content)), None) = (unnoted.next(), unnoted.next())
        && mark.starts_with('#')
    {
        return match (mark.as_str(), content) {
            (BIGINT, Json::String(digits)) => Ok(Value::Int(integer(digits)?)),
            (BIGINT, found) => malformed(BIGINT, "a string of digits", found),
            (SET, Json::Array(elements)) => {
                Ok(Value::Set(elements.iter().map(Value::from_itf).collect::<Result<_, _>>()?))
            }
            (SET, found) => malformed(SET, "a list", found),
            (TUPLE, Json::Array(elements)) => sequence(elements),
            (TUPLE, found) => malformed(TUPLE, "a list", found),
            (MAP, Json::Array(pairs)) => {
                let pair = |pair: &Json| match pair.as_array().map(Vec::as_slice) {
                    Some([key, value]) => Ok((Value::from_itf(key)?, Value::from_itf(value)?)),
                    _ => malformed(MAP, "a list of pairs", pair),
                };
                Ok(Value::Fun(pairs.iter().map(pair).collect::<Result<_, _>>()?))
            }
            (MAP, found) => malformed(MAP, "a list of pairs", found),
            (other, _) => Err(ItfError::Marked(other.to_owned())),
        };
    }
    let mut record = BTreeMap::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != META) {
        if name.starts_with('#') {
            return Err(ItfError::Marked(name.clone()));
        }
        record.insert(Value::Str(name.into()), Value::from_itf(value)?);
    }
    Ok(Value::fun(record))
}

fn malformed<T>(mark: &'static str, needs: &'static str, found: &Json) -> Result<T, ItfError> {
    Err(ItfError::Malformed { mark, needs, found: found.to_string() })
}

fn integer(digits: &str) -> Result<i64, ItfError> {
    digits.parse().map_err(|_| ItfError::Integer(digits.to_owned()))
}

fn sequence(elements: &[Json]) -> Result<Value, ItfError> {
    let elements: Vec<Value> = elements.iter().map(Value::from_itf).collect::<Result<_, _>>()?;
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
        assert_eq!(
            json("<<1, 9007199254740992>>"),
            "[{\"#bigint\":\"1\"},{\"#bigint\":\"9007199254740992\"}]"
        );
        assert_eq!(json("[a |-> {TRUE}]"), "{\"a\":{\"#set\":[true]}}");
        assert_eq!(json("(a1 :> 1)"), "{\"#map\":[[\"model:a1\",{\"#bigint\":\"1\"}]]}");
        assert_eq!(json("(\"#a\" :> \"model:x\")"), "{\"#map\":[[\"#a\",\"string:model:x\"]]}");
        assert_eq!(json("<<>>"), "[]");
        assert_eq!(json("<<\"12\">>"), "[\"12\"]");
    }

    #[test]
    fn reads_what_others_write() {
        let itf: Json = serde_json::from_str(
            r##"{"#meta": {"index": 0}, "a": {"#bigint": "-7"}, "b": {"#tup": [1, "x"]}, "c": {"#map": [[1, 2]]}}"##,
        )
        .unwrap();
        let value = Value::from_itf(&itf).unwrap();
        assert_eq!(value.to_string(), "[a |-> -7, b |-> <<1, \"x\">>, c |-> <<2>>]");
        for (json, message) in [
            (r##"{"#bigint": "99999999999999999999"}"##, "does not fit"),
            ("1.5", "does not fit"),
            (r##"{"#bigint": 1}"##, "a string of digits"),
            (r##"{"#set": 1}"##, "a list"),
            (r##"{"#map": [[1]]}"##, "a list of pairs"),
            (r##"{"#unserializable": "Int"}"##, "unserializable"),
            (r##"{"a": 1, "#b": 2}"##, "#b"),
            ("[null]", "null"),
        ] {
            let itf: Json = serde_json::from_str(json).unwrap();
            assert!(Value::from_itf(&itf).unwrap_err().to_string().contains(message));
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(value in arbitrary::value()) {
            let itf = value.to_itf();
            prop_assert_eq!(Value::from_itf(&itf), Ok(value.clone()));
            let json = serde_json::to_string(&itf).unwrap();
            let read: Json = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(Value::from_itf(&read), Ok(value));
        }
    }
}
