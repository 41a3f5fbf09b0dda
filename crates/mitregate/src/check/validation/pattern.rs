//! What a line of a log says of variables, held against a state.

use std::fmt;

use serde_json::{Map, Value as Json};

use crate::tla::value::{ItfError, Value, extend, is_sequence};

/// Values of some of a spec's variables, as JSON.
///
/// An object stands for a record or function of which only the arguments named are known; keys stand for
/// strings, integers or model values. A list stands for a whole sequence, a string for a string or a model
/// value. Sets, and functions as a whole, are written as in ITF.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern(Map<String, Json>);

/// Where a state is not as a [`Pattern`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The part of the state, such as `waterLevel[1]`.
    pub path: String,
    /// What the log has there, as JSON.
    pub logged: String,
    /// What the state has there; none if the function has no such argument.
    pub found: Option<Value>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { path, logged, found } = self;
        match found {
            Some(found) => write!(f, "{path} is {found}, the log has {logged}"),
            None => write!(f, "{path} does not exist, the log has {logged}"),
        }
    }
}

impl Pattern {
    /// A pattern of an object's fields, each a variable.
    ///
    /// # Errors
    ///
    /// If a part of it stands for no value.
    pub fn new(fields: Map<String, Json>) -> Result<Pattern, ItfError> {
        fields.values().try_for_each(check)?;
        Ok(Pattern(fields))
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The variables of which it says something.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Holds it against a state, a record of its variables.
    ///
    /// # Errors
    ///
    /// The first part that differs.
    pub fn check(&self, state: &Value) -> Result<(), Mismatch> {
        fields("", &self.0, state)
    }
}

/// A value as a line of a log has it: as in ITF, with integers as numbers.
pub fn as_logged(value: &Value) -> Json {
    match value {
        Value::Int(number) => (*number).into(),
        Value::Fun(pairs) if is_sequence(pairs) => pairs.values().map(as_logged).collect(),
        Value::Fun(pairs) => {
            let name = |key: &Value| match key {
                Value::Str(name) | Value::Model(name) if !name.starts_with('#') => {
                    Some(name.to_string())
                }
                Value::Int(number) => Some(number.to_string()),
                _ => None,
            };
            let named = pairs.iter().map(|(key, value)| Some((name(key)?, as_logged(value))));
            match named.collect::<Option<Map<_, _>>>() {
                // No two arguments have one name.
                Some(fields) if fields.len() == pairs.len() => Json::Object(fields),
                // Compared as a whole.
                _ => value.to_itf(),
            }
        }
        // A set is compared as a whole.
        Value::Set(_) | Value::Bool(_) | Value::Str(_) | Value::Model(_) => value.to_itf(),
    }
}

/// Whether every part of JSON that stands for a value does.
fn check(json: &Json) -> Result<(), ItfError> {
    match json {
        Json::Object(fields) if !is_marked(fields) => fields.values().try_for_each(check),
        Json::Array(elements) => elements.iter().try_for_each(check),
        other => Value::from_itf(other).map(|_| ()),
    }
}

/// Whether an object is one of ITF's own.
fn is_marked(fields: &Map<String, Json>) -> bool {
    fields.keys().any(|name| name.starts_with('#'))
}

fn fields(path: &str, fields: &Map<String, Json>, value: &Value) -> Result<(), Mismatch> {
    for (name, json) in fields {
        let Some((key, part)) = argument(value, name) else {
            let key = name.parse().map_or_else(|_| Value::from(name.as_str()), Value::Int);
            let path = extend(path, &key);
            return Err(Mismatch { path, logged: json.to_string(), found: None });
        };
        compare(&extend(path, key), json, part)?;
    }
    Ok(())
}

/// A function's argument of that name, and its value there.
fn argument<'a>(function: &'a Value, name: &str) -> Option<(&'a Value, &'a Value)> {
    let Value::Fun(pairs) = function else { return None };
    let number = || {
        let number: i64 = name.parse().ok()?;
        (number.to_string() == name).then_some(Value::Int(number))
    };
    let found = pairs.get_key_value(&Value::from(name));
    let found = found.or_else(|| pairs.get_key_value(&number()?));
    found.or_else(|| pairs.get_key_value(&Value::model(name)))
}

fn compare(path: &str, json: &Json, value: &Value) -> Result<(), Mismatch> {
    let is_same = match (json, value) {
        (Json::Object(parts), Value::Fun(_)) if !is_marked(parts) => {
            return fields(path, parts, value);
        }
        (Json::Array(elements), Value::Fun(pairs)) => {
            let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
            let numbers = (1..=length).map(Value::Int);
            if pairs.len() == elements.len() && pairs.keys().cloned().eq(numbers) {
                for ((index, part), element) in pairs.iter().zip(elements) {
                    compare(&extend(path, index), element, part)?;
                }
                return Ok(());
            }
            false
        }
        (Json::String(text), Value::Model(name)) if text == name => true,
        (json, value) => Value::from_itf(json).is_ok_and(|it| it == *value),
    };
    if is_same {
        return Ok(());
    }
    Err(Mismatch { path: path.to_owned(), logged: json.to_string(), found: Some(value.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tla::value::arbitrary;
    use proptest::prelude::*;

    fn told(pattern: &str, state: &str) -> String {
        let Ok(Json::Object(fields)) = serde_json::from_str(pattern) else { panic!("{pattern}") };
        let pattern = Pattern::new(fields).unwrap();
        pattern
            .check(&Value::parse(state).unwrap())
            .err()
            .map_or(String::new(), |it| it.to_string())
    }

    #[test]
    fn what_is_not_said_is_free() {
        let state = "[doors |-> <<[west |-> TRUE, east |-> FALSE], [west |-> FALSE, east |-> FALSE]>>, \
                      owner |-> (a1 :> NONE @@ a2 :> a1), queue |-> <<[n |-> 1]>>, seen |-> {1, 2}, n |-> -1]";
        for pattern in [
            "{}",
            r#"{"doors": {"1": {"west": true}}, "n": -1}"#,
            r#"{"doors": [{"west": true}, {}]}"#,
            r#"{"owner": {"a1": "NONE", "a2": "model:a1"}}"#,
            r##"{"seen": {"#set": [2, 1]}, "queue": [{"n": 1}]}"##,
            r##"{"owner": {"#map": [["model:a1", "model:NONE"], ["model:a2", "model:a1"]]}}"##,
        ] {
            assert_eq!(told(pattern, state), "", "{pattern}");
        }
        for (pattern, expected) in [
            (r#"{"doors": {"1": {"west": false}}}"#, "doors[1].west is TRUE, the log has false"),
            (r#"{"doors": {"3": {}}}"#, "doors[3] does not exist, the log has {}"),
            (r#"{"doors": [{}]}"#, "doors is <<"),
            (r#"{"owner": {"a1": "a1"}}"#, r#"owner[a1] is NONE, the log has "a1""#),
            (r##"{"seen": {"#set": [1]}}"##, "seen is {1, 2}, the log has"),
            (r#"{"queue": []}"#, "queue is <<[n |-> 1]>>, the log has []"),
            (r#"{"n": "-1"}"#, r#"n is -1, the log has "-1""#),
        ] {
            assert!(
                told(pattern, state).starts_with(expected),
                "{pattern}: {}",
                told(pattern, state)
            );
        }
    }

    proptest! {
        #[test]
        fn a_value_is_as_it_is_logged(value in arbitrary::value(), other in arbitrary::value()) {
            let json = Json::Object(Map::from_iter([("x".to_owned(), as_logged(&value))]));
            let Json::Object(fields) = json else { unreachable!() };
            let pattern = Pattern::new(fields).unwrap();
            prop_assert_eq!(pattern.check(&Value::record([("x", value.clone())])), Ok(()));
            // Of a record only some fields may be named, and a string may stand for a model value.
            if !matches!(value, Value::Fun(_) | Value::Str(_)) {
                let same = pattern.check(&Value::record([("x", other.clone())])).is_ok();
                prop_assert_eq!(same, value == other);
            }
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for json in ["null", "1.5", r#"{"a": [null]}"#, r##"{"#set": 1}"##, r##"{"#odd": 1}"##] {
            let json: Json = serde_json::from_str(json).unwrap();
            assert!(Pattern::new(Map::from_iter([("x".to_owned(), json)])).is_err());
        }
    }
}
