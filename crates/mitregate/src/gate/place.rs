//! Where a law is stated: the file and line that a person has to look at when it fails.

use serde::{Deserialize, Serialize};

use super::model::AnyModel;
use super::scenario::Scenario;
use super::system::{AnySystem, SCENARIOS};
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::tla::module::{self, Definition};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// The file, from the root of the project: a spec under `specs/`, or Rust code as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// What a system's modules define, so that the places of many properties are found without reading them again.
pub struct Places<'a> {
    system: &'a dyn AnySystem,
    scenario: &'a Scenario,
    /// The files of the modules with what they define, the spec's own first.
    definitions: Vec<(&'static str, Vec<Definition>)>,
}

impl<'a> Places<'a> {
    /// Of a scenario whose spec is this module.
    pub fn new(system: &'a dyn AnySystem, scenario: &'a Scenario, module: &str) -> Self {
        let own = format!("{module}.tla");
        let mut files = system.module_files();
        files.sort_by_key(|(file, _)| *file != own);
        let defined = |(file, text)| (file, module::definitions(text));
        let definitions = files.into_iter().map(defined).collect();
        Places { system, scenario, definitions }
    }

    /// Where a property is stated: in the spec's module or in one beside it; else in the code; and else, as what is asked
    /// of every model, where the scenario is. What relates code and spec is stated by the spec's `Next`.
    ///
    /// None for a property of a system without files, unless its law is in the code.
    pub fn of_property(&self, model: &dyn AnyModel, property: &str) -> Option<Place> {
        let defined_as = if [REFINEMENT, REFUSAL].contains(&property) { "Next" } else { property };
        self.in_spec(defined_as)
            .or_else(|| model.stated_at(property))
            .or_else(|| of_scenario(self.system, self.scenario))
    }

    fn in_spec(&self, name: &str) -> Option<Place> {
        self.definitions.iter().find_map(|(file, definitions)| {
            let line = definitions.iter().find(|definition| definition.name == name)?.line;
            Some(Place { file: format!("specs/{}/{file}", self.system.name()), line })
        })
    }
}

/// Where a scenario is in its system's table.
pub fn of_scenario(system: &dyn AnySystem, scenario: &Scenario) -> Option<Place> {
    let name = format!("name = \"{}\"", scenario.name);
    let line = system.file(SCENARIOS)?.lines().position(|line| line.trim() == name)?;
    Some(Place { file: format!("specs/{}/{SCENARIOS}", system.name()), line: line + 1 })
}
