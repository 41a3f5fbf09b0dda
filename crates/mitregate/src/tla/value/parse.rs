//! Reads values and states from the text that TLC prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::Value;
use crate::tla::text::{is_config_name, is_name, leading_word};

/// How deep values may nest. Text is untrusted, and every level costs stack.
const MAX_DEPTH: usize = 200;

/// The largest interval that is written out as a set.
const MAX_INTERVAL: i64 = 1 << 20;

/// Text that is no TLA+ value, or no TLC state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where the trouble is, in bytes from the beginning of the text.
    pub offset: usize,
    /// What should stand there.
    pub expected: String,
    /// The beginning of what stands there; empty at the end of the text.
    pub found: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: expected {}, found ", self.offset, self.expected)?;
        if self.found.is_empty() {
            f.write_str("the end of the text")
        } else {
            write!(f, "`{}`", self.found)
        }
    }
}

impl std::error::Error for ParseError {}

impl Value {
    /// Reads a literal value: everything that [`Value`] prints and that TLC prints for values of
    /// a state, and intervals `a..b`. White space and line breaks may stand between all parts.
    ///
    /// # Errors
    ///
    /// If the text is anything else, goes on after the value, holds an integer beyond 64 bits or
    /// an interval of more than 2^20 elements, or nests deeper than 200 levels.
    pub fn parse(text: &str) -> Result<Value, ParseError> {
        let mut parser = Parser::new(text, 0);
        let value = parser.value()?;
        parser.end()?;
        Ok(value)
    }
}

impl FromStr for Value {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Value, ParseError> {
        Value::parse(text)
    }
}

/// Reads a state as TLC prints it, `/\ variable = value` for every variable, or just
/// `variable = value` if there is one variable: into the record from variables to values.
///
/// # Errors
///
/// If the text is anything else, or gives a variable two values.
pub fn parse_state(text: &str) -> Result<Value, ParseError> {
    let mut parser = Parser::new(text, 0);
    let mut variables = BTreeMap::new();
    parser.take("/\\");
    loop {
        parser.skip_space();
        let start = parser.at;
        let name = parser.name("the name of a variable")?;
        parser.expect("=")?;
        let value = parser.value()?;
        if variables.insert(Value::Str(name.into()), value).is_some() {
            parser.at = start;
            return Err(parser.error("a variable that has no value yet"));
        }
        if !parser.take("/\\") {
            parser.end()?;
            return Ok(Value::fun(variables));
        }
    }
}

/// Reads the value at the byte offset `start`, and tells where it ends.
///
/// # Errors
///
/// As for [`Value::parse`], except that other text may follow.
pub(in crate::tla) fn parse_prefix(text: &str, start: usize) -> Result<(Value, usize), ParseError> {
    let mut parser = Parser::new(text, start);
    let value = parser.value()?;
    Ok((value, parser.at))
}

/// A parser by recursive descent. From the loosest to the tightest: `@@`, `:>`, `..`.
struct Parser<'a> {
    text: &'a str,
    /// In bytes; always between two characters.
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Parser { text, at, depth: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Skips white space, and `symbol` if it stands there.
    fn take(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if self.take(symbol) { Ok(()) } else { Err(self.error(format!("`{symbol}`"))) }
    }

    fn end(&mut self) -> Result<(), ParseError> {
        self.skip_space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("the end of the text")) }
    }

    fn error(&self, expected: impl Into<String>) -> ParseError {
        let found = self.rest().chars().take(12).take_while(|c| *c != '\n').collect();
        ParseError { offset: self.at, expected: expected.into(), found }
    }

    fn name(&mut self, what: &str) -> Result<String, ParseError> {
        self.skip_space();
        let word = leading_word(self.rest());
        if !is_name(word) {
            return Err(self.error(what));
        }
        self.at += word.len();
        Ok(word.to_owned())
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        self.skip_space();
        if self.depth == MAX_DEPTH {
            return Err(self.error(format!("at most {MAX_DEPTH} levels of nesting")));
        }
        self.depth += 1;
        let value = self.merged();
        self.depth -= 1;
        value
    }

    /// `f @@ g @@ h`: the leftmost function that has an argument decides.
    fn merged(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        let first = self.mapped()?;
        if !self.take("@@") {
            return Ok(first);
        }
        let Value::Fun(mut pairs) = first else {
            self.at = start;
            return Err(self.error("a function before `@@`"));
        };
        loop {
            self.skip_space();
            let start = self.at;
            let Value::Fun(more) = self.mapped()? else {
                self.at = start;
                return Err(self.error("a function after `@@`"));
            };
            for (key, value) in more {
                if !pairs.contains_key(&key) {
                    pairs.insert(key, value);
                }
            }
            if !self.take("@@") {
                return Ok(Value::Fun(pairs));
            }
        }
    }

    /// `argument :> value`.
    fn mapped(&mut self) -> Result<Value, ParseError> {
        let key = self.interval()?;
        if !self.take(":>") {
            return Ok(key);
        }
        let value = self.interval()?;
        Ok(Value::fun([(key, value)]))
    }

    /// `a..b`.
    fn interval(&mut self) -> Result<Value, ParseError> {
        self.skip_space();
        let start = self.at;
        let first = self.primary()?;
        if !self.take("..") {
            return Ok(first);
        }
        self.skip_space();
        let middle = self.at;
        let last = self.primary()?;
        let Value::Int(low) = first else {
            self.at = start;
            return Err(self.error("an integer before `..`"));
        };
        let Value::Int(high) = last else {
            self.at = middle;
            return Err(self.error("an integer after `..`"));
        };
        if high.saturating_sub(low) >= MAX_INTERVAL {
            self.at = start;
            return Err(self.error(format!("an interval of at most {MAX_INTERVAL} elements")));
        }
        Ok(Value::set((low..=high).map(Value::Int)))
    }

    fn primary(&mut self) -> Result<Value, ParseError> {
        self.skip_space();
        let rest = self.rest();
        if rest.starts_with('{') {
            let elements: BTreeSet<Value> = self.list("{", "}", Parser::value)?;
            return Ok(Value::Set(elements));
        }
        if rest.starts_with("<<") {
            let elements: Vec<Value> = self.list("<<", ">>", Parser::value)?;
            return Ok(Value::seq(elements));
        }
        if rest.starts_with('[') {
            return self.record();
        }
        if self.take("(") {
            let value = self.value()?;
            self.expect(")")?;
            return Ok(value);
        }
        if rest.starts_with('"') {
            return self.string();
        }
        self.word()
    }

    /// Items between `open` and `close`, separated by commas; perhaps none.
    fn list<T, C: FromIterator<T>>(
        &mut self,
        open: &str,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, ParseError>,
    ) -> Result<C, ParseError> {
        self.expect(open)?;
        let mut items = Vec::new();
        if !self.take(close) {
            loop {
                items.push(item(self)?);
                if self.take(close) {
                    break;
                }
                if !self.take(",") {
                    return Err(self.error(format!("`,` or `{close}`")));
                }
            }
        }
        Ok(items.into_iter().collect())
    }

    fn record(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        let fields: Vec<(Value, Value)> = self.list("[", "]", |parser| {
            let name = parser.name("the name of a field")?;
            parser.expect("|->")?;
            Ok((Value::Str(name.into()), parser.value()?))
        })?;
        let count = fields.len();
        let record: BTreeMap<Value, Value> = fields.into_iter().collect();
        if record.len() < count || count == 0 {
            self.at = start;
            return Err(self.error("a record with one or more different fields"));
        }
        Ok(Value::fun(record))
    }

    /// An integer, a truth value or a model value.
    fn word(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        let negative = self.take("-");
        self.skip_space();
        let word = leading_word(self.rest());
        if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
            // With its sign, since the least integer has no positive counterpart.
            let digits = if negative { format!("-{word}") } else { word.to_owned() };
            let Ok(value) = digits.parse() else {
                return Err(self.error("an integer of 64 bits"));
            };
            self.at += word.len();
            return Ok(Value::Int(value));
        }
        if negative {
            return Err(self.error("digits after `-`"));
        }
        if !is_config_name(word) {
            self.at = start;
            return Err(self.error("a value"));
        }
        self.at += word.len();
        Ok(match word {
            "TRUE" => Value::Bool(true),
            "FALSE" => Value::Bool(false),
            name => Value::Model(name.into()),
        })
    }

    fn string(&mut self) -> Result<Value, ParseError> {
        self.expect("\"")?;
        let mut value = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((_, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = self.text.len() - chars.as_str().len();
                    return Ok(Value::Str(value.into()));
                }
                '\\' => value.push(match chars.next() {
                    Some((_, 'n')) => '\n',
                    Some((_, 'r')) => '\r',
                    Some((_, 't')) => '\t',
                    Some((_, 'f')) => '\u{c}',
                    Some((_, c @ ('"' | '\\'))) => c,
                    Some((offset, _)) => {
                        self.at += offset;
                        return Err(self.error("one of n, r, t, f, \" and \\ after `\\`"));
                    }
                    None => break,
                }),
                c => value.push(c),
            }
        }
        self.at = self.text.len();
        Err(self.error("`\"` at the end of the string"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::arbitrary;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_all_that_tlc_prints() {
        for (text, printed) in [
            (
                "<< <<[b |-> 1,\n a |-> -  0]>>,\n   <<NONE>> >>",
                "<<<<[a |-> 0, b |-> 1]>>, <<NONE>>>>",
            ),
            ("<< >>", "<<>>"),
            ("( (a1) :> (1 :> {}) @@ a2 :> 2)", "(a1 :> <<{}>> @@ a2 :> 2)"),
            ("(1 :> \"x\")", "<<\"x\">>"),
            ("(\"x\" :> {{TRUE}, 1..2})", "[x |-> {{TRUE}, {1, 2}}]"),
            ("-1 .. 1", "{-1, 0, 1}"),
            ("2..1", "{}"),
            ("1 :> 1 @@ 1 :> 2 @@ 2 :> 3", "<<1, 3>>"),
            ("-9223372036854775808", "-9223372036854775808"),
        ] {
            assert_eq!(Value::parse(text).unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, message) in [
            ("", "at byte 0: expected a value, found the end of the text"),
            ("{1 2}", "at byte 3: expected `,` or `}`, found `2}`"),
            ("<<1", "at byte 3: expected `,` or `>>`, found the end of the text"),
            ("1 1", "at byte 2: expected the end of the text, found `1`"),
            (
                "[a |-> 1, a |-> 2]",
                "at byte 0: expected a record with one or more different fields, found `[a |-> 1, a `",
            ),
            ("1 @@ <<>>", "at byte 0: expected a function before `@@`, found `1 @@ <<>>`"),
            (
                "9223372036854775808",
                "at byte 0: expected an integer of 64 bits, found `922337203685`",
            ),
            (
                "\"ab",
                "at byte 3: expected `\"` at the end of the string, found the end of the text",
            ),
            ("\"\\x\"", "at byte 2: expected one of n, r, t, f, \" and \\ after `\\`, found `x\"`"),
            ("- a", "at byte 2: expected digits after `-`, found `a`"),
        ] {
            assert_eq!(Value::parse(text).unwrap_err().to_string(), message, "{text}");
        }
        assert!(Value::parse("0..9999999999").is_err());
        assert!(Value::parse(&"{".repeat(100_000)).unwrap_err().expected.contains("200 levels"));
    }

    #[test]
    fn reads_states() {
        let state = parse_state("/\\ x = <<1>>\n/\\ y = a").unwrap();
        assert_eq!(state.to_string(), "[x |-> <<1>>, y |-> a]");
        assert_eq!(parse_state("x = 0\n").unwrap().to_string(), "[x |-> 0]");
        assert!(parse_state("").unwrap_err().expected.contains("variable"));
        assert!(parse_state("/\\ x = 1 /\\ x = 1").unwrap_err().expected.contains("no value yet"));
        assert!(parse_state("x = 1 y = 2").is_err());
    }

    proptest! {
        #[test]
        fn reads_what_it_prints(value in arbitrary::value()) {
            prop_assert_eq!(Value::parse(&value.to_string()), Ok(value));
        }

        #[test]
        fn never_panics(text in any::<String>(), tla in "[-{}\\[\\]<>()a1 \"\\\\|:@.,=/]{0,24}") {
            for text in [text, tla] {
                let _ = Value::parse(&text);
                let _ = parse_state(&text);
            }
        }
    }
}
