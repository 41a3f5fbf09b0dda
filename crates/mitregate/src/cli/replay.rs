//! `replay`: a saved counterexample in the code as it is now.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;

use super::{Outcome, ReplayArgs, Usage, code, select};
use crate::check::contract::is_required;
use crate::check::{NO_PANIC, Replay, Trace};
use crate::gate::{AnySystem, Job, Layer, Source};
use crate::tla::config::Config;
use crate::tla::module;

pub(super) fn run(system: &dyn AnySystem, args: &ReplayArgs) -> Outcome {
    let path = args.file.display();
    let json: serde_json::Value = serde_json::from_str(&select::read(&args.file)?)
        .map_err(|error| Usage(format!("{path} is no ITF trace: {error}")))?;
    let (trace, fields) =
        Trace::from_itf(&json).map_err(|error| Usage(format!("{path}: {error}")))?;
    let meta = Meta { fields: &fields, path: &args.file };
    if meta.get("system")? != system.name() {
        return Err(Usage(format!(
            "{path} is a trace of {}; replay it with that system's example",
            meta.get("system")?
        )));
    }
    let scenario = select::scenario(system, meta.get("scenario")?)?;
    let layer = Layer::from_str(meta.get("layer")?, true)
        .map_err(|problem| Usage(format!("{path}: layer: {problem}")))?;
    let law = meta.get("property")?;
    let source = meta.source()?;
    let job = Job { system, scenario, source: source.as_ref(), layer };
    let prepared = job.prepare()?;
    let asked = prepared.model.names(&prepared.goals);
    let is_asked = is_required(law) || asked.iter().any(|name| name == law);
    if let (Some(panic), false) = (&prepared.unbuilt, law == NO_PANIC) {
        super::print(&format!(
            "{} {layer}: {law} is not decided: {panic}, while the model is built\n",
            job.name()
        ))?;
        return Ok(code::FAILED);
    }
    if !is_asked {
        return Err(Usage(format!(
            "{path}: {law} is not checked there; {} {layer} has {}",
            job.name(),
            asked.join(", ")
        )));
    }
    let steps = trace.len();
    if meta.get("length")? != steps.to_string() {
        return Err(Usage(format!(
            "{path} has {steps} states, and should have {}; it is not whole",
            meta.get("length")?
        )));
    }
    let (words, code) = match prepared.model.replay(&trace, law) {
        Replay::StillFails => (format!("still fails: {law}, after {steps} states"), code::FAILED),
        Replay::Fixed => (format!("fixed: {law} holds after the same {steps} states"), 0),
        Replay::Unrelated { why } => return Err(Usage(format!("{path}: {why}"))),
        Replay::StopsAt { step, why } => {
            let what = "the code takes other steps now, so this trace decides nothing: \
                        `check` says whether the property holds";
            (
                format!("no longer applies: step {step} of {steps}: {why}\n  {what}"),
                code::INCONCLUSIVE,
            )
        }
    };
    super::print(&format!("{} {layer}: {words}\n", job.name()))?;
    Ok(code)
}

/// What a saved trace says about where it comes from.
struct Meta<'a> {
    fields: &'a BTreeMap<String, String>,
    path: &'a Path,
}

impl Meta<'_> {
    fn get(&self, field: &str) -> Result<&str, Usage> {
        self.fields.get(field).map(String::as_str).ok_or_else(|| {
            Usage(format!(
                "{}: #meta has no {field:?}; only traces that `check --save` wrote can be replayed",
                self.path.display()
            ))
        })
    }

    /// The configuration that was given when the trace was found, if one was.
    fn source(&self) -> Result<Option<Source>, Usage> {
        if !self.fields.contains_key("config") {
            return Ok(None);
        }
        let module = self.get("module")?.to_owned();
        let config = Config::parse(self.get("config_file")?, self.get("config")?)?;
        let modules: Vec<String> = match self.get("modules")? {
            "" => Vec::new(),
            texts => serde_json::from_str(texts).map_err(|error| {
                let path = self.path.display();
                Usage(format!("{path}: #meta.modules is no JSON list of texts: {error}"))
            })?,
        };
        let is_own = modules
            .first()
            .is_some_and(|text| module::module_name(text).as_deref() != Some(module.as_str()));
        Ok(Some(Source::new(module, config, modules, is_own)))
    }
}
