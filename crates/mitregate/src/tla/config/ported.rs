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
