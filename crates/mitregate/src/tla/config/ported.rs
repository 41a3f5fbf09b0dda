//! Holding what a configuration asks for against what a port has.

use super::{Config, ConfigError, Named};

/// What the port of a module has, by name.
#[derive(Clone, Copy, Debug)]
pub struct Ported<'a> {
    /// The module.
    pub module: &'a str,
    /// Its formulas of behaviours. `INIT Init` and `NEXT Next` stand for the first of them.
    pub specifications: &'a [&'a str],
    /// Its constants.
    pub constants: &'a [&'a str],
    /// Its predicates on states.
    pub invariants: &'a [&'a str],
    /// Its properties of steps and behaviours.
    pub properties: &'a [&'a str],
    /// Its predicates that bound what is explored.
    pub constraints: &'a [&'a str],
    /// Its sets of permutations.
    pub symmetries: &'a [&'a str],
}

impl Config {
    /// Whether the port has all that the configuration asks for.
    ///
    /// # Errors
    ///
    /// The first thing that it lacks, with its line.
    pub fn check_ported(&self, ported: &Ported<'_>) -> Result<(), ConfigError> {
        for (named, name) in [(&self.init, "Init"), (&self.next, "Next")] {
            self.check_named(named.as_slice(), "", &[name])?;
        }
        self.check_named(self.specification.as_slice(), "", ported.specifications)?;
        self.check_sections()?;
        for constant in &self.constants {
            if !ported.constants.contains(&constant.name.as_str()) {
                return Err(self.error(
                    constant.line,
                    format!("{} has no constant {}", ported.module, constant.name),
                    format!("its constants are {}", ported.constants.join(", ")),
                ));
            }
        }
        self.check_named(&self.invariants, "the invariant ", ported.invariants)?;
        self.check_named(&self.properties, "the property ", ported.properties)?;
        self.check_named(&self.constraints, "the constraint ", ported.constraints)?;
        self.check_named(&self.symmetry, "the symmetry ", ported.symmetries)
    }

    fn check_named(&self, asked: &[Named], kind: &str, has: &[&str]) -> Result<(), ConfigError> {
        match asked.iter().find(|named| !has.contains(&named.name.as_str())) {
            None => Ok(()),
            Some(named) => Err(self.error(
                named.line,
                format!("{kind}{} is not ported", named.name),
                match has {
                    [] => "the port has none; remove the line".to_owned(),
                    has => format!("the port has {}", has.join(", ")),
                },
            )),
        }
    }

    /// Sections that TLC knows and no port has.
    fn check_sections(&self) -> Result<(), ConfigError> {
        let unported = [
            (self.view.as_ref(), "VIEW"),
            (self.alias.as_ref(), "ALIAS"),
            (self.postcondition.as_ref(), "POSTCONDITION"),
            (self.action_constraints.first(), "ACTION_CONSTRAINT"),
        ];
        match unported.iter().find_map(|(named, section)| named.map(|named| (named, section))) {
            Some((named, section)) => Err(self.error(
                named.line,
                format!("{section} {} is not ported", named.name),
                "remove the line; the verdict would not be the one that it asks for",
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTED: Ported<'static> = Ported {
        module: "Lock",
        specifications: &["Spec", "FairSpec"],
        constants: &["N", "Doors"],
        invariants: &["TypeOK", "Safe"],
        properties: &["Live"],
        constraints: &[],
        symmetries: &["Permutations"],
    };

    fn checked(text: &str) -> Result<(), String> {
        let config = Config::parse("a.cfg", text).unwrap();
        config.check_ported(&PORTED).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_ported_may_be_asked_for() {
        let all = "FairSpec CONSTANTS N = 1 Doors = 2\nINVARIANTS Safe TypeOK\nPROPERTY Live";
        assert_eq!(checked(&format!("SPECIFICATION {all}\nSYMMETRY Permutations")), Ok(()));
        assert_eq!(checked("INIT Init NEXT Next"), Ok(()));
    }

    #[test]
    fn what_is_not_ported_is_named_with_its_line_and_the_mend() {
        for (text, message) in [
            ("INIT Start NEXT Next", "a.cfg:1: Start is not ported (the port has Init)"),
            ("INIT Init\nNEXT Go", "a.cfg:2: Go is not ported (the port has Next)"),
            ("SPECIFICATION Live", "a.cfg:1: Live is not ported (the port has Spec, FairSpec)"),
        ] {
            assert_eq!(checked(text).unwrap_err(), message);
        }
        let removed =
            "is not ported (remove the line; the verdict would not be the one that it asks for)";
        for (rest, message) in [
            ("CONSTANT M = 1", "Lock has no constant M (its constants are N, Doors)"),
            ("INVARIANTS\n Safe", ""),
            ("INVARIANT Live", "the invariant Live is not ported (the port has TypeOK, Safe)"),
            ("PROPERTY Safe", "the property Safe is not ported (the port has Live)"),
            ("CONSTRAINT C", "the constraint C is not ported (the port has none; remove the line)"),
            ("SYMMETRY S", "the symmetry S is not ported (the port has Permutations)"),
            ("VIEW v", &format!("VIEW v {removed}")),
            ("ALIAS v", &format!("ALIAS v {removed}")),
            ("POSTCONDITION v", &format!("POSTCONDITION v {removed}")),
            ("ACTION_CONSTRAINT v", &format!("ACTION_CONSTRAINT v {removed}")),
        ] {
            let found = checked(&format!("SPECIFICATION Spec\n{rest}")).err().unwrap_or_default();
            let message =
                if message.is_empty() { String::new() } else { format!("a.cfg:2: {message}") };
            assert_eq!(found, message, "{rest}");
        }
    }
}
