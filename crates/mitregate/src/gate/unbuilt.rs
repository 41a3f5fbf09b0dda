//! What takes the place of a model whose code panics while the model is built.

use std::panic::resume_unwind;

use crate::check::contract::Panic;
use crate::check::{Checkable, Model, Name};
use crate::tla::value::Value;

/// A model without states: making the initial ones panics with what kept it from being built. So the
/// property `NoPanic` fails in every engine, as it does for a panic in a step.
pub struct Unbuilt(String);

impl Unbuilt {
    /// In the place of the model whose building panicked.
    pub fn new(panic: &Panic) -> Unbuilt {
        let location = panic.location.as_ref().map(|it| format!(", at {it}")).unwrap_or_default();
        Unbuilt(format!("{}{location}, while the model is built", panic.message))
    }
}

impl Model for Unbuilt {
    type State = ();
    type Action = ();

    fn init_states(&self) -> Vec<()> {
        resume_unwind(Box::new(self.0.clone()))
    }

    fn actions(&self, (): &(), _: &mut Vec<()>) {}

    fn next_state(&self, (): &(), (): ()) -> Option<()> {
        None
    }
}

impl Checkable for Unbuilt {
    fn action_names(&self) -> Vec<Name> {
        Vec::new()
    }

    fn action_name(&self, (): &()) -> usize {
        0
    }

    fn view(&self, (): &()) -> Value {
        Value::record([] as [(&str, Value); 0])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::check::contract::guarded;
    use crate::check::simulate::{Walks, simulate};
    use crate::check::{Goals, NO_PANIC, Options, Replay, Trace, Verdict, check, replay};

    #[test]
    fn a_model_that_cannot_be_built_fails_in_every_engine() {
        let panic = guarded(|| panic!("no quorum of {} nodes", 0)).unwrap_err();
        let unbuilt = Unbuilt::new(&panic);
        let report = check(&unbuilt, &Goals::all(), &Options::default()).unwrap();
        assert_eq!(report.verdict(), Verdict::Violated);
        let trace = report.property(NO_PANIC).and_then(|it| it.counterexample.clone()).unwrap();
        let told = trace.to_string();
        assert!(told.contains("the code panics: no quorum of 0 nodes, at "), "{told}");
        assert!(
            told.contains("unbuilt.rs:") && told.contains("while the model is built"),
            "{told}"
        );

        let walks = Walks { seed: 1, runs: 1, depth: 9 };
        let walked =
            simulate(&unbuilt, &Goals::all(), &walks, &AtomicBool::new(false), &|_| {}).unwrap();
        assert!(walked.violation.is_some_and(|(law, ..)| law == NO_PANIC));

        let (saved, _) = Trace::from_itf(&trace.to_itf([].into())).unwrap();
        assert_eq!(replay(&unbuilt, &saved, NO_PANIC), Replay::StillFails);
    }
}
