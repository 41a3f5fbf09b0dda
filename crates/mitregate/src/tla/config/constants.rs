//! Reading the constants that a configuration gives.

use std::ops::RangeInclusive;

use super::{Binding, Config, ConfigError};
use crate::tla::module::DefinitionError;
use crate::tla::value::Value;

/// Looks up what a replacement (`Name <- Other`) stands for; an error if that is no literal value.
pub type Definitions<'a> = dyn Fn(&str) -> Result<Option<Value>, DefinitionError> + 'a;

/// Reads constants by name, each error with the line of the constant where it has one, and a mend.
pub struct ConstantReader<'a> {
    config: &'a Config,
    definitions: &'a Definitions<'a>,
}

impl<'a> ConstantReader<'a> {
    /// The constants of a configuration; `definitions` looks up what replacements stand for.
    pub fn new(config: &'a Config, definitions: &'a Definitions<'a>) -> ConstantReader<'a> {
        ConstantReader { config, definitions }
    }

    /// The configuration.
    pub fn config(&self) -> &'a Config {
        self.config
    }

    /// An error about a constant.
    pub fn error(
        &self,
        name: &str,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> ConfigError {
        match self.config.constant(name) {
            Some(constant) => self.config.error(constant.line, problem, mend),
            None => self.config.error_without_line(problem, mend),
        }
    }

    /// A constant's value; a replacement's is what its right side is defined as.
    ///
    /// # Errors
    ///
    /// If there is none, or what it is replaced by is no literal value.
    pub fn value(&self, name: &str) -> Result<Value, ConfigError> {
        let Some(constant) = self.config.constant(name) else {
            let mend = format!("add a line `{name} = ...` under CONSTANTS");
            return Err(self.error(name, format!("the constant {name} has no value"), mend));
        };
        match &constant.value {
            Binding::Value(value) => Ok(value.clone()),
            Binding::Replacement(other) => match (self.definitions)(other) {
                Ok(Some(value)) => Ok(value),
                Ok(None) => Err(self.error(
                    name,
                    format!("{name} is replaced by {other}, which is defined nowhere"),
                    format!(
                        "define `{other} == ...` in the module beside the configuration, at the beginning of a \
                         line, or write `{name} = ...`"
                    ),
                )),
                Err(error) => {
                    let mend = format!("write `{name} = ...` with its value");
                    Err(self.error(name, error.to_string(), mend))
                }
            },
        }
    }

    /// A number within a range.
    ///
    /// # Errors
    ///
    /// If it is no such number.
    pub fn number<N: TryFrom<i64>>(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Result<N, ConfigError> {
        let value = self.value(name)?;
        let number = value.as_int().filter(|number| range.contains(number));
        number.and_then(|number| N::try_from(number).ok()).ok_or_else(|| {
            let mend = format!("give it a number from {} to {}", range.start(), range.end());
            self.error(name, format!("{name} is {value}"), mend)
        })
    }

    /// The elements of a set, in the order of TLA+ values: at least one, and at most `most`.
    ///
    /// # Errors
    ///
    /// If it is no such set.
    pub fn set(&self, name: &str, most: usize) -> Result<Vec<Value>, ConfigError> {
        let value = self.value(name)?;
        let Value::Set(set) = value else {
            let mend = format!("write `{name} = {{...}}`");
            return Err(self.error(name, format!("{name} = {value} is no set"), mend));
        };
        if set.is_empty() {
            return Err(self.error(
                name,
                format!("{name} is empty"),
                "give it at least one element",
            ));
        }
        if set.len() > most {
            return Err(self.error(
                name,
                format!("{name} has {} elements", set.len()),
                format!("the port handles at most {most}"),
            ));
        }
        Ok(set.into_iter().collect())
    }

    /// The elements of a set of natural numbers, in order: at least one, and at most `most`.
    ///
    /// # Errors
    ///
    /// If it is no such set.
    pub fn naturals(&self, name: &str, most: usize) -> Result<Vec<i64>, ConfigError> {
        let natural = |value: Value| match value {
            Value::Int(number) if number >= 0 => Ok(number),
            other => Err(self.error(
                name,
                format!("{name} contains {other}, which is no natural number"),
                format!("write {name} as a set of natural numbers, such as {{1, 2}}"),
            )),
        };
        self.set(name, most)?.into_iter().map(natural).collect()
    }

    /// One of several strings, and what it stands for.
    ///
    /// # Errors
    ///
    /// If it is none of them.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let value = self.value(name)?;
        let chosen = choices.iter().find(|(word, _)| value.as_str() == Some(word));
        chosen.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
            let mend = format!("choose one of {}", words.join(", "));
            self.error(name, format!("{name} is {value}"), mend)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "CONSTANTS\n  N = 3\n  S = {b, a}\n  E = {}\n  M = {1, x}\n  K = \"two\" Z = {4, 0}\n  \
                        R <- Three\n  Q <- Odd\n  U <- Nowhere\n  B <- Below\nSPECIFICATION Spec\n";

    fn definitions(name: &str) -> Result<Option<Value>, DefinitionError> {
        match name {
            "Three" => Ok(Some(Value::Int(3))),
            "Below" => Ok(Some(Value::set([-1, 0].map(Value::Int)))),
            "Odd" => Err(DefinitionError::NotLiteral { line: 7, text: "Odd == N + 1".to_owned() }),
            _ => Ok(None),
        }
    }

    fn read<T>(read: impl Fn(&ConstantReader<'_>) -> Result<T, ConfigError>) -> Result<T, String> {
        let config = Config::parse("a.cfg", TEXT).unwrap();
        read(&ConstantReader::new(&config, &definitions)).map_err(|error| error.to_string())
    }

    #[test]
    fn constants_are_read_by_kind() {
        assert_eq!(read(|it| it.number::<u8>("N", 1..=3)), Ok(3));
        assert_eq!(read(|it| it.number::<u8>("R", 1..=3)), Ok(3));
        assert_eq!(read(|it| it.set("S", 2)).unwrap(), [Value::model("a"), Value::model("b")]);
        assert_eq!(read(|it| it.choice("K", &[("one", 1), ("two", 2)])), Ok(2));
        assert_eq!(read(|it| it.naturals("Z", 2)), Ok(vec![0, 4]));
    }

    #[test]
    fn errors_have_line_and_mend() {
        let number = |name: &'static str| read(move |it| it.number::<u8>(name, 1..=2));
        assert_eq!(number("N").unwrap_err(), "a.cfg:2: N is 3 (give it a number from 1 to 2)");
        let missing = "a.cfg: the constant X has no value (add a line `X = ...` under CONSTANTS)";
        assert_eq!(number("X").unwrap_err(), missing);
        assert!(number("Q").unwrap_err().starts_with("a.cfg:8: line 7: `Odd == N + 1` is no"));
        assert!(number("U").unwrap_err().contains("a.cfg:9: U is replaced by Nowhere, which is"));
        assert_eq!(
            read(|it| it.set("S", 1)).unwrap_err().split('(').next(),
            Some("a.cfg:3: S has 2 elements ")
        );
        assert!(read(|it| it.set("E", 1)).unwrap_err().contains("a.cfg:4: E is empty"));
        assert!(read(|it| it.set("N", 1)).unwrap_err().contains("N = 3 is no set"));
        assert!(read(|it| it.naturals("M", 9)).unwrap_err().contains("M contains x, which is no"));
        let negative = read(|it| it.naturals("B", 9)).unwrap_err();
        assert!(negative.contains("a.cfg:10: B contains -1, which is no natural"), "{negative}");
        let choice = read(|it| it.choice("K", &[("one", 1)])).unwrap_err();
        assert_eq!(choice, "a.cfg:6: K is \"two\" (choose one of \"one\")");
    }
}
