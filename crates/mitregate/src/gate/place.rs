//! Where a law is stated: the file and line that a person has to look at when it fails.

use serde::{Deserialize, Serialize};

use super::model::AnyModel;
use super::scenario::Scenario;
use super::system::{AnySystem, SCENARIOS};
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::tla::module;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// The file, from the root of the project: a spec under `specs/`, or Rust code as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Where a property is stated: in the spec's module or in one beside it; else in the code; and else, as what is asked of
/// every model, where the scenario is. What relates code and spec is stated by the spec's `Next`.
///
/// None for a property of a system without files, unless its law is in the code.
pub fn of_property(
    system: &dyn AnySystem,
    scenario: &Scenario,
    module: &str,
    model: &dyn AnyModel,
    property: &str,
) -> Option<Place> {
    let defined_as = if [REFINEMENT, REFUSAL].contains(&property) { "Next" } else { property };
    in_spec(system, module, defined_as)
        .or_else(|| model.stated_at(property))
        .or_else(|| of_scenario(system, scenario))
}

/// Where a scenario is in its system's table.
pub fn of_scenario(system: &dyn AnySystem, scenario: &Scenario) -> Option<Place> {
    let name = format!("name = \"{}\"", scenario.name);
    let line = system.file(SCENARIOS)?.lines().position(|line| line.trim() == name)?;
    Some(Place { file: format!("specs/{}/{SCENARIOS}", system.name()), line: line + 1 })
}

/// Where an operator is defined: in the module, or else in another of the system's.
fn in_spec(system: &dyn AnySystem, module: &str, name: &str) -> Option<Place> {
    let own = format!("{module}.tla");
    let others = system.files().files().map(include_dir::File::path);
    let others = others.filter(|path| path.extension().is_some_and(|it| it == "tla"));
    let others = others.filter_map(|path| path.to_str()).filter(|file| *file != own);
    std::iter::once(own.as_str()).chain(others).find_map(|file| {
        let definitions = module::definitions(system.file(file)?);
        let line = definitions.iter().find(|definition| definition.name == name)?.line;
        Some(Place { file: format!("specs/{}/{file}", system.name()), line })
    })
}
