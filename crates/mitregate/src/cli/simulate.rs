//! `simulate`: random walks.

use std::fmt::Write;

use super::progress::Line;
use super::{Outcome, SimulateArgs, code, select};
use crate::check::simulate::Walks;
use crate::gate::AnySystem;
use crate::gate::report::{rate, thousands};

#[allow(clippy::cast_precision_loss)] // a rate needs no 53 bits
pub(super) fn run(system: &dyn AnySystem, args: &SimulateArgs) -> Outcome {
    let source = select::source(system, &args.model.selection)?;
    let job = select::one_job(system, &args.model, source.as_ref())?;
    let prepared = job.prepare()?;
    let walks = Walks { seed: args.seed, runs: args.runs, depth: args.depth };
    let found = {
        let line = Line::new(&format!("{} {}", job.name(), job.layer));
        let show = |done| line.count(done, args.runs, "walks");
        prepared.model.simulate(&prepared.goals, &walks, super::interrupt_flag(), &show)?
    };
    let mut out = format!(
        "{} {}: {} walks from seed {}, {} steps, {}/s\n",
        job.name(),
        job.layer,
        thousands(found.runs),
        args.seed,
        thousands(found.steps),
        rate(found.steps as f64 / found.elapsed.as_secs_f64().max(1e-6)),
    );
    for (class, steps) in &found.coverage {
        let _ = writeln!(out, "{:>14}  {class}", thousands(*steps));
    }
    let code = if let Some((law, seed, trace)) = &found.violation {
        let _ =
            writeln!(out, "{law} fails after {} states, with seed {seed}\n{trace}", trace.len());
        code::FAILED
    } else if found.interrupted || found.runs == 0 {
        out += "inconclusive: no violation in the walks that were made\n";
        code::INCONCLUSIVE
    } else {
        out += "no violation; walks find, they do not prove\n";
        code::EXPECTED
    };
    super::print(&out)?;
    Ok(code)
}
