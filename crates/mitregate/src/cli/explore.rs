//! `explore`: Stateright's Explorer.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use super::{ExploreArgs, Outcome, Usage, code, select};
use crate::check::{Budget, Options, StopReason};
use crate::explorer::{self, Remarks};
use crate::gate::report::count;
use crate::gate::{AnySystem, Prepared};

pub(super) fn run(system: &dyn AnySystem, args: &ExploreArgs) -> Outcome {
    let source = select::source(system, &args.model.selection)?;
    let job = select::one_job(system, &args.model, source.as_ref())?;
    let prepared = job.prepare()?;
    let model = &prepared.model;
    if model.has_symmetry() {
        return Err(Usage(format!(
            "{} {} is explored up to symmetry, which the Explorer would ignore in silence; choose a \
             scenario or a configuration without symmetry",
            job.name(),
            job.layer
        )));
    }
    leave_ui()?;
    // The Explorer panics on a port that is taken, so we look first.
    let listener = TcpListener::bind(args.address).map_err(|error| {
        Usage(format!(
            "cannot serve at {}: {error}; choose another with --address, or port 0 for a free one",
            args.address
        ))
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| Usage(format!("cannot serve at {}: {error}", args.address)))?;
    drop(listener);
    let title = format!("{} {} {}", system.name(), job.name(), job.layer);
    // The first initial state: at the root Stateright's page has nothing of ours.
    let mut text = format!("{title}: http://{address}/#/steps/0  (Ctrl-C ends)\n");
    let remarks = Remarks::new(title);
    let unjudged = model.unjudged_by_explorer(&prepared.goals);
    if !unjudged.is_empty() {
        let what = if source.is_some() { "--config" } else { "--scenario" };
        let line = format!(
            "Not judged here, but by `check {what} {} --layer {}`: {}",
            job.name(),
            job.layer,
            unjudged.join(", ")
        );
        text.extend([line.as_str(), "\n"]);
        remarks.add(line);
    }
    super::end_on_interrupt();
    super::print(&text)?;
    std::thread::scope(|scope| {
        scope.spawn(|| point_to_counterexamples(&prepared, address, &remarks));
        explorer::serve(job.prepare()?.model.steps(&prepared.goals), address, remarks.clone());
        Ok(code::EXPECTED)
    })
}

/// Stateright's server takes a folder ui/ in the working directory for its own pages: so it works in one without.
fn leave_ui() -> Result<(), Usage> {
    if !Path::new("ui").exists() {
        return Ok(());
    }
    let elsewhere = [std::env::temp_dir(), PathBuf::from("/")];
    let found = elsewhere.iter().find(|folder| !folder.join("ui").exists());
    found.and_then(|folder| std::env::set_current_dir(folder).ok()).ok_or_else(|| {
        Usage(
            "there is a folder ui/ here, which the Explorer would serve in place of its own pages; start it from \
             another folder"
                .to_owned(),
        )
    })
}

/// How many states are looked through for counterexamples that the page can point to.
const LOOKED_THROUGH: u64 = 200_000;

/// Looks for shortest counterexamples among the first states, and says where the Explorer shows them. Its own search finds a path to
/// each violation, not a shortest one.
fn point_to_counterexamples(prepared: &Prepared, address: SocketAddr, remarks: &Remarks) {
    let budget = Budget { max_states: Some(LOOKED_THROUGH), ..Budget::default() };
    let mut known = BTreeSet::new();
    // The first violation is soon found; what else fails takes longer.
    for keep_going in [false, true] {
        let options = Options { budget, keep_going, ..Options::default() };
        let Ok(report) = prepared.check(&options) else { return };
        for property in &report.properties {
            let Some(trace) = &property.counterexample else { continue };
            let Some(path) = prepared.model.path_in_explorer(trace) else { continue };
            if !known.insert(property.name.clone()) {
                continue;
            }
            let line = format!(
                "{} fails, with a shortest path of {}",
                property.name,
                count(trace.len(), "state")
            );
            // Whoever started this may have closed the pipe; the page goes on.
            let _ = super::print(&format!("{line}: http://{address}/#/steps/{path}\n"));
            remarks.add_link(line, path);
        }
        if report.stopped != Some(StopReason::Violation) {
            return;
        }
    }
}
