//! What can be known about a TLA+ module without a TLA+ parser.
//!
//! This is not SANY: only units that begin at the beginning of a line are seen, as they do in
//! every module that is laid out in the usual way. Comments are skipped, and so are modules
//! within the module.

use thiserror::Error;

use super::text::{blank_comments, is_name, leading_word, lines};
use super::value::{Value, parse_prefix};

/// The definition of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The operator's name.
    pub name: String,
    /// The names of its parameters; for the operator parameter `F(_)` just `F`.
    pub params: Vec<String>,
    /// The line, from 1, on which the definition begins.
    pub line: usize,
}

/// A definition that had to be a value, and is none that can be known here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// It is no literal value.
    #[error("line {line}: `{text}` is no literal value")]
    NotLiteral {
        /// The line, from 1, on which the definition begins.
        line: usize,
        /// The definition, on one line.
        text: String,
    },
    /// It mentions a name that is neither defined nor a constant with a value.
    #[error("{definition} mentions {name}, which is neither defined nor a constant with a value")]
    Unknown {
        /// The definition.
        definition: String,
        /// The name that it mentions.
        name: String,
    },
    /// It is defined twice.
    #[error("line {line}: {definition} is defined for the second time")]
    Twice {
        /// The definition.
        definition: String,
        /// The line, from 1, on which the second one begins.
        line: usize,
    },
    /// It is a set of elements that TLC cannot compare.
    #[error("TLC cannot compare {one} and {other}, which are in one set of {definition}")]
    Incomparable {
        /// The definition.
        definition: String,
        /// An element.
        one: Value,
        /// Another one.
        other: Value,
    },
    /// It has a number that TLC does not take.
    #[error("{definition} has the number {number}, which is too large for TLC")]
    TooLarge {
        /// The definition.
        definition: String,
        /// The number.
        number: i64,
    },
    /// It is defined by itself.
    #[error("{definition} is defined by itself")]
    Circular {
        /// The definition.
        definition: String,
    },
}

/// The value of the constant definition `name == value`; `None` if the module has no definition
/// of that name. Names in the value are read as model values, and intervals are sets.
///
/// # Errors
///
/// If there is such a definition, but with parameters, or of anything but a literal value.
pub fn constant_definition(
    module_text: &str,
    name: &str,
) -> Result<Option<Value>, DefinitionError> {
    let body = Body::of(module_text);
    let mut named = body.definitions().filter(|(definition, ..)| definition.name == name);
    let Some((definition, unit, expression)) = named.next() else { return Ok(None) };
    if let Some((second, ..)) = named.next() {
        return Err(DefinitionError::Twice { definition: second.name, line: second.line });
    }
    let end = unit.end();
    let value = parse_prefix(&body.text[..end], expression).ok().filter(|(_, stop)| {
        definition.params.is_empty() && body.text[*stop..end].trim().is_empty()
    });
    match value {
        Some((value, _)) => Ok(Some(value)),
        None => Err(DefinitionError::NotLiteral {
            line: definition.line,
            text: unit.text.split_whitespace().collect::<Vec<_>>().join(" "),
        }),
    }
}

/// All operators that the module defines, in order. Functions (`f[x \in S] == ...`) and symbols
/// (`a \prec b == ...`) are not among them.
pub fn definitions(module_text: &str) -> Vec<Definition> {
    Body::of(module_text).definitions().map(|(definition, ..)| definition).collect()
}

/// The variables that the module declares, in order.
pub fn variables(module_text: &str) -> Vec<String> {
    Body::of(module_text).listed(&["VARIABLE", "VARIABLES"])
}

/// The constants that the module declares, in order.
pub fn constants(module_text: &str) -> Vec<String> {
    Body::of(module_text).listed(&["CONSTANT", "CONSTANTS"])
}

/// The modules that the module extends, in order.
pub fn extends(module_text: &str) -> Vec<String> {
    Body::of(module_text).listed(&["EXTENDS"])
}

/// The name in the module's first line, `---- MODULE name ----`.
pub fn module_name(text: &str) -> Option<String> {
    lines(text).find_map(header).map(str::to_owned)
}

/// The name, if the line is the first one of a module.
fn header(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("----")?.trim_start_matches('-').trim_start();
    let rest = rest.strip_prefix("MODULE")?;
    let name = leading_word(rest.trim_start());
    let closed = rest.trim_start()[name.len()..].trim_start().starts_with("----");
    (is_name(name) && rest.starts_with(char::is_whitespace) && closed).then_some(name)
}

/// The text with a line feed in the place of each lone carriage return, which ends a line for TLC too.
fn with_line_feeds(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut feeds = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let is_lone = character == '\r' && characters.peek() != Some(&'\n');
        feeds.push(if is_lone { '\n' } else { character });
    }
    feeds
}

/// A part of a module that begins at the beginning of a line, such as a definition.
struct Unit<'a> {
    /// Its line, from 1, and its offset.
    line: usize,
    start: usize,
    /// Without what separates it from the next.
    text: &'a str,
}

impl Unit<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// A module's text, with everything blanked that is not its own: comments, modules within, and
/// what surrounds it. Offsets and lines stay as they were.
struct Body {
    text: String,
}

impl Body {
    fn of(module_text: &str) -> Body {
        let module_text = &with_line_feeds(module_text);
        // Text before the module is prose; a `(*` in it opens no comment. A fragment without a
        // first line is taken as a body.
        let mut start = 0;
        for line in module_text.split_inclusive('\n') {
            if header(line).is_some() {
                break;
            }
            start += line.len();
        }
        let whole = start == module_text.len();
        let start = if whole { 0 } else { start };
        let body = &module_text[start..];
        // What follows a comment that never closes belongs to the comment.
        let body =
            blank_comments(body).or_else(|open| blank_comments(&body[..open])).unwrap_or_default();
        let mut text: String = module_text[..start].chars().filter(|c| *c == '\n').collect();
        let mut depth = usize::from(whole);
        for line in body.split_inclusive('\n') {
            let ends = line.trim_start().starts_with("====");
            if header(line).is_some() {
                depth += 1;
            } else if depth == 1 && !ends {
                text.push_str(line);
                continue;
            } else if ends {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            text.push('\n');
        }
        Body { text }
    }

    /// What begins at the beginning of a line with a word or a rule, and goes on to the next such line. A bracket or
    /// an operator there continues an expression.
    fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        let mut at = 0;
        let lines = (1..).zip(self.text.split_inclusive('\n')).map(move |(line, text)| {
            let start = at;
            at += text.len();
            (line, text, start)
        });
        let mut begins = lines
            .filter(|(_, text, _)| !leading_word(text).is_empty() || text.starts_with("----"))
            .map(|(line, _, start)| (line, start))
            .peekable();
        std::iter::from_fn(move || {
            let (line, start) = begins.next()?;
            let end = begins.peek().map_or(self.text.len(), |&(_, start)| start);
            Some(Unit { line, start, text: self.text[start..end].trim_end() })
        })
    }

    /// Every definition, with its unit and the offset where its expression begins.
    fn definitions(&self) -> impl Iterator<Item = (Definition, Unit<'_>, usize)> {
        self.units().filter_map(|unit| {
            let rest = match unit.text.strip_prefix("LOCAL") {
                Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
                _ => unit.text,
            };
            let name = leading_word(rest);
            if !is_name(name) {
                return None;
            }
            let rest = rest[name.len()..].trim_start();
            let (params, rest) = parameters(rest)?;
            let expression = rest.trim_start().strip_prefix("==")?;
            let definition = Definition { name: name.to_owned(), params, line: unit.line };
            let at = unit.end() - expression.len();
            Some((definition, unit, at))
        })
    }

    /// The names, separated by commas, after any of the keywords.
    fn listed(&self, keywords: &[&str]) -> Vec<String> {
        let mut names = Vec::new();
        for unit in self.units() {
            let rest = &self.text[unit.start..];
            let keyword = leading_word(rest);
            if !keywords.contains(&keyword) {
                continue;
            }
            for item in rest[keyword.len()..].split(',') {
                // The last one is followed by the rest of the module.
                let name = leading_word(item.trim_start());
                if is_name(name) {
                    names.push(name.to_owned());
                }
                if item.trim() != name {
                    break;
                }
            }
        }
        names
    }
}

/// The parameters in parentheses, if there are any, and what follows.
fn parameters(text: &str) -> Option<(Vec<String>, &str)> {
    let Some(list) = text.strip_prefix('(') else { return Some((Vec::new(), text)) };
    let mut params = Vec::new();
    let mut depth = 1_usize;
    let mut start = 0;
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            let name = leading_word(list[start..at].trim_start());
            if !is_name(name) {
                return None;
            }
            params.push(name.to_owned());
            start = at + 1;
        }
        if depth == 0 {
            return Some((params, &list[start..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MULTI_PAXOS: &str = include_str!("../../../../specs/multi_paxos/MultiPaxos.tla");
    const PROPOSALS: &str = include_str!("../../../../specs/multi_paxos/Proposals.tla");

    const SAMPLE: &str = "Prose (* about\n---- MODULE Sample ----\nEXTENDS Naturals,\n  TLC\n\
        VARIABLE x VARIABLE skipped\nVARIABLES y, \\* why\n  z\n(* No == 1 *)\nA == {1, -2} \\* two\n\
        B ==\n  0..2\nC == {a} \\cup {b}\nLOCAL D(p, F(_, _)) == p\nE == LET No == 1 IN No\n\
        G ==\n{\"s\"}\n---- MODULE Inner ----\nNo == 3\n====\nH == N\nf[i \\in S] == i\nI = 3\n\
        J == IF A THEN B\n====\nNo == 5\n";

    #[test]
    fn reads_a_module() {
        assert_eq!(module_name(SAMPLE).as_deref(), Some("Sample"));
        assert_eq!(module_name("MODULE x"), None);
        assert_eq!(extends(SAMPLE), ["Naturals", "TLC"]);
        assert_eq!(variables(SAMPLE), ["x", "y", "z"]);
        let found: Vec<String> = definitions(SAMPLE)
            .iter()
            .map(|d| format!("{}:{}({})", d.line, d.name, d.params.join(",")))
            .collect();
        assert_eq!(
            found,
            ["9:A()", "10:B()", "12:C()", "13:D(p,F)", "14:E()", "15:G()", "20:H()", "23:J()"]
        );
    }

    #[test]
    fn constants_must_be_literal() {
        let constant = |name: &str| {
            constant_definition(SAMPLE, name)
                .map(|v| v.map(|v| v.to_string()))
                .map_err(|e| e.to_string())
        };
        assert_eq!(constant("A"), Ok(Some("{-2, 1}".into())));
        assert_eq!(constant("B"), Ok(Some("{0, 1, 2}".into())));
        assert_eq!(constant("G"), Ok(Some("{\"s\"}".into())));
        assert_eq!(constant("H"), Ok(Some("N".into())));
        assert_eq!(constant("No"), Ok(None));
        assert_eq!(constant("C"), Err("line 12: `C == {a} \\cup {b}` is no literal value".into()));
        assert!(constant("D").unwrap_err().contains("LOCAL D(p, F(_, _)) == p"));
        assert!(constant("E").is_err() && constant("J").is_err());
    }

    #[test]
    fn reads_the_committed_specs() {
        assert_eq!(module_name(MULTI_PAXOS).as_deref(), Some("MultiPaxos"));
        assert_eq!(extends(MULTI_PAXOS), ["Proposals"]);
        assert_eq!(extends(PROPOSALS), ["Integers", "FiniteSets", "TLC"]);
        assert_eq!(
            variables(MULTI_PAXOS),
            ["promised", "accepted", "proposerAttempt", "learned", "votes"]
        );
        let defined = definitions(MULTI_PAXOS);
        let accept = defined.iter().find(|d| d.name == "Accept").unwrap();
        assert_eq!(accept.params, ["a", "p", "v"]);
        assert!(MULTI_PAXOS.lines().nth(accept.line - 1).unwrap().starts_with("Accept(a, p, v)"));
        for name in ["Init", "Next", "Spec", "TypeOK", "MonotonicAccepts", "Undecided"] {
            assert!(defined.iter().any(|d| d.name == name), "{name}");
        }
        assert!(constant_definition(PROPOSALS, "Quorums").is_err());
        assert_eq!(constant_definition(PROPOSALS, "Rounds"), Ok(None));
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), tla in "([-=a(){}, \"*\\\\]|\n|A|é|MODULE){0,40}") {
            for text in [text, tla] {
                let _ = (definitions(&text), variables(&text), extends(&text), module_name(&text));
                let _ = constant_definition(&text, "a");
            }
        }
    }
}
