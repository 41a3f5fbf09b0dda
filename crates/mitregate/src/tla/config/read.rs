//! The reader of configurations: tokens first, then sections.

use super::{Assignment, Binding, Config, ConfigError, Named};
use crate::tla::text::{blank_comments, is_config_name, leading_word, line_of, lines};
use crate::tla::value::Value;

const SECTIONS: &str = "SPECIFICATION, INIT, NEXT, CONSTANT(S), INVARIANT(S), PROPERTY or \
                        PROPERTIES, CONSTRAINT(S), ACTION_CONSTRAINT(S), SYMMETRY, VIEW, ALIAS, \
                        POSTCONDITION, CHECK_DEADLOCK";

const KEYWORDS: [&str; 18] = [
    "SPECIFICATION",
    "INIT",
    "NEXT",
    "CONSTANT",
    "CONSTANTS",
    "INVARIANT",
    "INVARIANTS",
    "PROPERTY",
    "PROPERTIES",
    "CONSTRAINT",
    "CONSTRAINTS",
    "ACTION_CONSTRAINT",
    "ACTION_CONSTRAINTS",
    "SYMMETRY",
    "VIEW",
    "ALIAS",
    "POSTCONDITION",
    "CHECK_DEADLOCK",
];

/// Sections that newer versions of TLC know and this reader does not.
const UNSUPPORTED: [&str; 5] =
    ["POSTCONDITIONS", "_PERIODIC", "_PERIODICS", "_POSSIBLE", "_RL_REWARD"];

/// The largest integer that TLC takes.
const MAX_INT: i64 = i32::MAX as i64;

const NAME_IT: &str =
    "define the formula in the module, for example `Few == x < 3`, and give its name here";

/// How deep sets may nest; every level costs stack.
const MAX_DEPTH: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Keyword(String),
    /// A name; also TRUE and FALSE.
    Name(String),
    Int(i64),
    Str(String),
    /// One of `=`, `<-`, or any other character.
    Symbol(String),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    line: usize,
}

impl Token {
    /// The token as it may stand in a message.
    fn shown(&self) -> String {
        match &self.kind {
            Kind::Keyword(text) | Kind::Name(text) | Kind::Symbol(text) => format!("`{text}`"),
            Kind::Int(value) => format!("`{value}`"),
            Kind::Str(value) => format!("the string {}", Value::from(value.as_str())),
        }
    }
}

/// A problem and its mend at a line; the file's name is added at the end.
struct Problem(usize, String, String);

fn problem<T>(
    line: usize,
    problem: impl Into<String>,
    mend: impl Into<String>,
) -> Result<T, Problem> {
    Err(Problem(line, problem.into(), mend.into()))
}

pub(super) fn read(file: &str, text: &str) -> Result<Config, ConfigError> {
    let mut config = Config {
        file: file.to_owned(),
        text: text.to_owned(),
        specification: None,
        init: None,
        next: None,
        constants: Vec::new(),
        invariants: Vec::new(),
        properties: Vec::new(),
        constraints: Vec::new(),
        action_constraints: Vec::new(),
        symmetry: Vec::new(),
        view: None,
        alias: None,
        postcondition: None,
        check_deadlock: None,
    };
    let read = tokens(text).and_then(|tokens| {
        let end = line_of(text.trim_end(), text.len());
        Reader { tokens, at: 0, end }.sections(&mut config)
    });
    match read {
        Ok(()) => Ok(config),
        Err(Problem(line, problem, mend)) => Err(config.error(line, problem, mend)),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let blanked = match blank_comments(text) {
        Ok(blanked) => blanked,
        Err(start) => {
            return problem(line_of(text, start), "this comment is never closed", "add `*)`");
        }
    };
    let mut tokens = Vec::new();
    for (line, text) in (1..).zip(lines(&blanked)) {
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let Some(first) = rest.chars().next() else { break };
            if first.is_whitespace() {
                at += first.len_utf8();
                continue;
            }
            let (kind, length) = token(line, rest, first)?;
            tokens.push(Token { kind, line });
            at += length;
        }
    }
    Ok(tokens)
}

/// The string that begins before `rest`, and its length in bytes with both quotation marks. Escapes stay as they
/// are, as in TLC, which knows those of TLA+ and stops at others.
fn string(line: usize, rest: &str) -> Result<(Kind, usize), Problem> {
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((Kind::Str(rest[..at].to_owned()), at + 2)),
            '\\' => match characters.next() {
                Some((_, '"' | '\\' | 't' | 'n' | 'f' | 'r')) => {}
                Some((_, other)) => {
                    return problem(
                        line,
                        format!("TLC does not read `\\{other}` in a string"),
                        "write `\\\\` for a backslash, or leave it out",
                    );
                }
                None => break,
            },
            _ => {}
        }
    }
    problem(line, "this string is not closed on its line", "end the string with `\"`")
}

/// The token that `rest`, the rest of a line, begins with; and its length in bytes.
fn token(line: usize, rest: &str, first: char) -> Result<(Kind, usize), Problem> {
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let word = leading_word(digits);
    if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
        if digits.len() < rest.len() {
            let mend = "define it in the module and write `Name <- Definition`";
            return problem(line, format!("-{word} is negative, which TLC does not take"), mend);
        }
        return match word.parse() {
            Ok(value) if value <= MAX_INT => Ok((Kind::Int(value), word.len())),
            _ => problem(
                line,
                format!("{word} is too large"),
                format!("use an integer from 0 to {MAX_INT}, as TLC does"),
            ),
        };
    }
    if let Some(string) = rest.strip_prefix('"') {
        return self::string(line, string);
    }
    let word = leading_word(rest);
    if is_config_name(word) {
        let is_section = KEYWORDS.contains(&word) || UNSUPPORTED.contains(&word);
        let kind = if is_section { Kind::Keyword } else { Kind::Name };
        return Ok((kind(word.to_owned()), word.len()));
    }
    // An arrow is one symbol; so are operators, though only to be quoted in messages.
    let length = ["<-", "/\\", "\\/", "==", "=>", "<=", ">=", "[]", "<>", ".."]
        .iter()
        .find(|symbol| rest.starts_with(**symbol))
        .map_or(first.len_utf8(), |symbol| symbol.len());
    Ok((Kind::Symbol(rest[..length].to_owned()), length))
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// The last line that has text, for what is missing at the end.
    end: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// The next token, if it is the symbol.
    fn take(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.kind == Kind::Symbol(symbol.to_owned()));
        self.at += usize::from(found);
        found
    }

    /// The line of the next token, and the token for a message.
    fn here(&self) -> (usize, String) {
        self.peek().map_or((self.end, "the end of the file".to_owned()), |t| (t.line, t.shown()))
    }

    fn sections(&mut self, config: &mut Config) -> Result<(), Problem> {
        if self.tokens.is_empty() {
            return problem(1, "the configuration is empty", "begin with `SPECIFICATION Spec`");
        }
        while let Some(token) = self.peek().cloned() {
            let Kind::Keyword(keyword) = &token.kind else {
                return self.not_a_section(&token);
            };
            self.at += 1;
            self.section(config, keyword, token.line)?;
        }
        match (&config.specification, &config.init, &config.next) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Ok(()),
            (Some(_), Some(other), _) | (Some(_), _, Some(other)) => problem(
                other.line,
                "SPECIFICATION excludes INIT and NEXT",
                "keep one of the two ways to say what to check",
            ),
            (None, Some(init), None) => {
                problem(init.line, "INIT has no NEXT", "add `NEXT` and the name of the action")
            }
            (None, None, Some(next)) => {
                problem(next.line, "NEXT has no INIT", "add `INIT` and the name of the predicate")
            }
            (None, None, None) => problem(
                self.end,
                "there is neither SPECIFICATION nor INIT and NEXT",
                "add `SPECIFICATION` and the name of the formula",
            ),
        }
    }

    fn not_a_section(&self, token: &Token) -> Result<(), Problem> {
        let shown = token.shown();
        let continues = self.at > 0;
        if matches!(token.kind, Kind::Name(_)) || !continues {
            let known = format!("the sections are {SECTIONS}");
            problem(token.line, format!("{shown} is no section"), known)
        } else {
            problem(token.line, format!("{shown} cannot stand here"), NAME_IT)
        }
    }

    fn section(&mut self, config: &mut Config, keyword: &str, line: usize) -> Result<(), Problem> {
        match keyword {
            "SPECIFICATION" => self.single(&mut config.specification, keyword, line),
            "INIT" => self.single(&mut config.init, keyword, line),
            "NEXT" => self.single(&mut config.next, keyword, line),
            "VIEW" => self.single(&mut config.view, keyword, line),
            "ALIAS" => self.single(&mut config.alias, keyword, line),
            "POSTCONDITION" => self.single(&mut config.postcondition, keyword, line),
            "INVARIANT" | "INVARIANTS" => self.names(&mut config.invariants, keyword),
            "PROPERTY" | "PROPERTIES" => self.names(&mut config.properties, keyword),
            "CONSTRAINT" | "CONSTRAINTS" => self.names(&mut config.constraints, keyword),
            "ACTION_CONSTRAINT" | "ACTION_CONSTRAINTS" => {
                self.names(&mut config.action_constraints, keyword)
            }
            "SYMMETRY" => self.names(&mut config.symmetry, keyword),
            "CHECK_DEADLOCK" => self.check_deadlock(config, line),
            _ if UNSUPPORTED.contains(&keyword) => problem(
                line,
                format!("the section {keyword} is not supported"),
                "remove it; the verdict would not be the one that it asks for",
            ),
            // CONSTANT and CONSTANTS: the only keywords left.
            _ => self.constants(&mut config.constants, keyword),
        }
    }

    /// A name, or nothing if a section or the end comes next.
    fn optional_name(&mut self, keyword: &str) -> Result<Option<Named>, Problem> {
        let Some(Token { kind, line }) = self.peek().cloned() else { return Ok(None) };
        match kind {
            Kind::Name(name) => {
                self.at += 1;
                Ok(Some(Named { name, line }))
            }
            Kind::Keyword(_) => Ok(None),
            Kind::Symbol(symbol) if symbol == "," => problem(
                line,
                format!("{keyword} takes names without commas between them"),
                "leave the comma out",
            ),
            _ => {
                let (line, shown) = self.here();
                problem(line, format!("{keyword} takes names, but here is {shown}"), NAME_IT)
            }
        }
    }

    fn some_name(&mut self, keyword: &str) -> Result<Named, Problem> {
        match self.optional_name(keyword)? {
            Some(name) => Ok(name),
            None => self.missing(keyword, "name a definition of the module after it"),
        }
    }

    fn missing<T>(&self, keyword: &str, mend: &str) -> Result<T, Problem> {
        // The keyword is the token before this one.
        let line = self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map_or(1, |t| t.line);
        problem(line, format!("{keyword} has no item"), mend)
    }

    fn single(
        &mut self,
        slot: &mut Option<Named>,
        keyword: &str,
        line: usize,
    ) -> Result<(), Problem> {
        if let Some(first) = slot {
            return twice(keyword, line, first.line);
        }
        *slot = Some(self.some_name(keyword)?);
        Ok(())
    }

    fn names(&mut self, names: &mut Vec<Named>, keyword: &str) -> Result<(), Problem> {
        names.push(self.some_name(keyword)?);
        while let Some(name) = self.optional_name(keyword)? {
            names.push(name);
        }
        Ok(())
    }

    fn check_deadlock(&mut self, config: &mut Config, line: usize) -> Result<(), Problem> {
        if let Some((_, first)) = config.check_deadlock {
            return twice("CHECK_DEADLOCK", line, first);
        }
        let value = match self.peek().map(|t| &t.kind) {
            Some(Kind::Name(name)) if name == "TRUE" => true,
            Some(Kind::Name(name)) if name == "FALSE" => false,
            _ => return self.missing("CHECK_DEADLOCK", "write TRUE or FALSE after it"),
        };
        self.at += 1;
        config.check_deadlock = Some((value, line));
        Ok(())
    }

    fn constants(&mut self, constants: &mut Vec<Assignment>, keyword: &str) -> Result<(), Problem> {
        let mend = "write `Name = value` or `Name <- Definition`";
        let mut any = false;
        while let Some(Token { kind, line }) = self.peek().cloned() {
            let name = match kind {
                Kind::Keyword(_) => break,
                Kind::Name(name) => name,
                _ if any => {
                    let (line, shown) = self.here();
                    return problem(
                        line,
                        format!("{shown} follows a value, but values here are literals"),
                        "define the expression in the module and write `Name <- Definition`",
                    );
                }
                _ => {
                    let (line, shown) = self.here();
                    return problem(line, format!("{shown} is no name of a constant"), mend);
                }
            };
            self.at += 1;
            let value = if self.take("=") {
                Binding::Value(self.value(&name, 0)?)
            } else if self.take("<-") {
                self.replacement(&name)?
            } else {
                return self.no_binding(&name, mend);
            };
            if let Some(first) = constants.iter().find(|other| other.name == name) {
                return twice(&name, line, first.line);
            }
            constants.push(Assignment { name, line, value });
            any = true;
        }
        if any { Ok(()) } else { self.missing(keyword, mend) }
    }

    fn no_binding(&self, name: &str, mend: &str) -> Result<(), Problem> {
        let (line, shown) = self.here();
        if shown == "`(`" {
            return problem(
                line,
                format!("the constant operator {name} cannot be set by arguments"),
                format!("define it in the module and write `{name} <- Definition`"),
            );
        }
        problem(line, format!("{name} needs `=` or `<-`, but here is {shown}"), mend)
    }

    fn replacement(&mut self, name: &str) -> Result<Binding, Problem> {
        let (line, shown) = self.here();
        match self.peek().map(|t| &t.kind) {
            Some(Kind::Name(other)) => {
                let other = other.clone();
                self.at += 1;
                Ok(Binding::Replacement(other))
            }
            Some(Kind::Symbol(symbol)) if symbol == "[" => in_one_module(line, name),
            _ => problem(
                line,
                format!("`{name} <-` needs the name of a definition, but here is {shown}"),
                NAME_IT,
            ),
        }
    }

    fn value(&mut self, name: &str, depth: usize) -> Result<Value, Problem> {
        let (line, shown) = self.here();
        let mend = "write an integer, a string, TRUE, FALSE, a name or a set of these";
        let Some(token) = self.peek().cloned() else {
            return problem(line, format!("{name} has no value"), mend);
        };
        self.at += 1;
        match token.kind {
            Kind::Int(value) => Ok(Value::Int(value)),
            Kind::Str(value) => Ok(Value::Str(value.into())),
            Kind::Name(word) => Ok(match word.as_str() {
                "TRUE" => Value::Bool(true),
                "FALSE" => Value::Bool(false),
                _ => Value::Model(word.into()),
            }),
            Kind::Symbol(symbol) if symbol == "{" && depth < MAX_DEPTH => {
                self.set(name, line, depth)
            }
            Kind::Symbol(symbol) if symbol == "[" && depth == 0 => self.bracket(name, line),
            // A model value may be named like a section.
            Kind::Keyword(word) if depth > 0 => Ok(Value::Model(word.into())),
            Kind::Keyword(_) => problem(line, format!("{name} has no value"), mend),
            Kind::Symbol(_) => problem(
                line,
                format!("{shown} is no value for {name}"),
                format!("{mend}; or define it in the module and write `{name} <- Definition`"),
            ),
        }
    }

    /// What begins with `[`: a module in which alone a constant is bound, or a record.
    fn bracket<T>(&self, name: &str, line: usize) -> Result<T, Problem> {
        let next = |at: usize| self.tokens.get(self.at + at).map(|token| &token.kind);
        match (next(0), next(1)) {
            (Some(Kind::Name(_)), Some(Kind::Symbol(close))) if close == "]" => {
                in_one_module(line, name)
            }
            _ => problem(
                line,
                format!("{name} is a record or function, which a configuration cannot have"),
                format!("define it in the module and write `{name} <- Definition`"),
            ),
        }
    }

    /// The rest of a set, after its `{` on line `open`.
    fn set(&mut self, name: &str, open: usize, depth: usize) -> Result<Value, Problem> {
        let mut elements = Vec::new();
        if self.take("}") {
            return Ok(Value::set(elements));
        }
        loop {
            match self.peek().map(|t| &t.kind) {
                None => {
                    return problem(open, format!("the set for {name} is not closed"), "add `}`");
                }
                Some(_) => elements.push(self.value(name, depth + 1)?),
            }
            if let Some((one, other)) = incomparable(&elements) {
                return problem(
                    open,
                    format!("TLC cannot compare {one} and {other}, which are in one set"),
                    "give the set elements of one kind",
                );
            }
            if self.take("}") {
                return Ok(Value::set(elements));
            }
            if !self.take(",") {
                let (line, shown) = self.here();
                return match self.peek().map(|t| &t.kind) {
                    None | Some(Kind::Keyword(_) | Kind::Name(_)) => problem(
                        open,
                        format!("the set for {name} is not closed"),
                        "add `}`, or `,` between elements",
                    ),
                    _ => problem(
                        line,
                        format!("{shown} cannot stand in a set of a configuration"),
                        format!("define the set in the module and write `{name} <- Definition`"),
                    ),
                };
            }
        }
    }
}

/// The last element and one before it that TLC cannot compare with it, if there is one.
fn incomparable(elements: &[Value]) -> Option<(&Value, &Value)> {
    let (last, before) = elements.split_last()?;
    before.iter().find(|one| !one.is_comparable(last)).map(|one| (one, last))
}

fn twice<T>(what: &str, line: usize, first: usize) -> Result<T, Problem> {
    let mend = format!("remove this or line {first}");
    problem(line, format!("{what} stands here for the second time"), mend)
}

fn in_one_module<T>(line: usize, name: &str) -> Result<T, Problem> {
    problem(
        line,
        format!("binding {name} in one module only, by `[Module]`, is not supported"),
        "bind it without a module",
    )
}

#[cfg(test)]
mod tests;
