//! `replay`: a saved counterexample in the code as it is now.

use super::{Outcome, ReplayArgs, Usage, code, select};
use crate::gate::AnySystem;
use crate::gate::replay::{Now, ReplayError, replay};

pub(super) fn run(system: &dyn AnySystem, args: &ReplayArgs) -> Outcome {
    let replayed = replay(system, &select::read(&args.file)?).map_err(|error| match error {
        ReplayError::NoScenario(name) => select::unknown(system, &name),
        error => Usage(format!("{}: {error}", args.file.display())),
    })?;
    super::print(&format!("{replayed}\n"))?;
    Ok(match replayed.now {
        Now::Mended => code::EXPECTED,
        Now::Fails | Now::Unbuilt { .. } => code::FAILED,
        Now::Elsewhere { .. } => code::INCONCLUSIVE,
    })
}
