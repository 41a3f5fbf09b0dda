//! `explore`: Stateright's Explorer.

use std::net::TcpListener;

use super::{ExploreArgs, Outcome, Usage, code, select};
use crate::explorer;
use crate::gate::AnySystem;

pub(super) fn run(system: &dyn AnySystem, args: &ExploreArgs) -> Outcome {
    let source = select::source(system, &args.model.selection)?;
    let job = select::one_job(system, &args.model, source.as_ref())?;
    let model = job.prepare()?.model;
    if model.has_symmetry() {
        return Err(Usage(format!(
            "{} {} is explored up to symmetry, which the Explorer would ignore in silence; choose a \
             scenario or a configuration without symmetry",
            job.name(),
            job.layer
        )));
    }
    if std::path::Path::new("ui").exists() {
        return Err(Usage(
            "there is a folder ui/ here, which the Explorer would serve in place of its own pages; \
             start it from another folder"
                .to_owned(),
        ));
    }
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
    super::print(&format!(
        "{} {} {}: http://{address}/  (Ctrl-C ends)\n",
        system.name(),
        job.name(),
        job.layer
    ))?;
    explorer::serve(model.steps(), address);
    Ok(code::EXPECTED)
}
