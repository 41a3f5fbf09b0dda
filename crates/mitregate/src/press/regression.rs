//! Counterexamples as tests, to be kept until they pass.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Code;
use super::pressed::Pressed;
use super::report::file_name;
use crate::check::contract::is_required;
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::check::{DETERMINISTIC, PropertyReport, Trace};

impl<C: Code> Pressed<C> {
    /// A test that follows a counterexample on the code alone, and fails as long as the code does what it does now. None
    /// for a behaviour that goes on for ever, and where the code does not do the same again.
    pub(super) fn test_of(&self, property: &PropertyReport) -> Option<String> {
        let trace = property.counterexample.as_ref()?;
        if trace.back.is_some() || property.name == DETERMINISTIC {
            return None;
        }
        let (start, end) = self.ends(trace)?;
        let steps = trace.steps.iter().filter_map(|step| step.action.as_ref());
        let actions: Vec<_> = steps.chain(&trace.tried).map(|it| format!("{it:?}")).collect();
        let mut text = format!(
            "/// {} failed here.\n#[test]\nfn {}_is_mended() {{\n    use mitregate::press::Code;\n\n    \
             let code = {};\n    let end = mitregate::press::follow(&code, {}, &[{}]);\n",
            property.name,
            file_name(&property.name).to_lowercase(),
            self.written,
            start,
            actions.join(", "),
        );
        let granted = || self.granted(trace.states(self).ok()?.last()?).map(|(label, _)| label);
        if is_required(&property.name) {
            // A panic is enough to fail.
            text.push_str(
                "    let _ = end.map(|state| (code.actions(&state), code.view(&state)));\n",
            );
        } else if let (true, Some(label)) = (property.name == REFUSAL, granted()) {
            let _ = write!(
                text,
                "    let granted = |state| match code.refuses(&state, {label:?}) {{\n        \
                     mitregate::press::Answer::Granted(what) => Some(what),\n        _ => None,\n    }};\n    \
                 assert_eq!(end.and_then(granted), None);\n",
            );
        } else if property.name != REFINEMENT {
            let _ = write!(
                text,
                "    let end = end.map(|state| format!(\"{{state:?}}\"));\n    \
                 assert_ne!(end.as_deref(), Some({:?}));\n",
                format!("{end:?}"),
            );
        } else {
            let view = trace.steps.last().map(|last| last.state.to_string()).unwrap_or_default();
            let _ = write!(
                text,
                "    let view = end.map(|state| code.view(&state).unwrap().to_string());\n    \
                 assert_ne!(view.as_deref(), Some({view:?}));\n",
            );
        }
        text.push_str("}\n");
        Some(text)
    }

    /// From which of the code's initial states a trace goes, of several with one view one that leads there, and the state
    /// where it ends.
    fn ends(&self, trace: &Trace) -> Option<(usize, C::State)> {
        let initial = self.code.initial();
        let actions: Vec<&str> =
            trace.steps.iter().filter_map(|step| step.action.as_deref()).collect();
        let goes = |start: usize| {
            let first = trace.steps.first().map(|step| &step.state);
            let end = follow(&*self.code, start, &actions)?;
            let is_it = first == Some(&self.viewed(&initial[start]))
                && trace.steps.last().map(|step| &step.state) == Some(&self.viewed(&end));
            is_it.then_some((start, end))
        };
        (0..initial.len()).find_map(goes)
    }
}

/// Takes actions, by their `Debug`, from an initial state: the state that they lead to; none if one of them cannot be
/// taken.
///
/// # Panics
///
/// If there is no such initial state, or no action along the way is called anything like one that is to be taken: the
/// test that calls this is of code that had other actions, and would pass for nothing.
pub fn follow<C: Code>(code: &C, start: usize, actions: &[&str]) -> Option<C::State> {
    let kind = |name: &str| {
        let name = name.trim_start_matches('"');
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
        name[..end.unwrap_or(name.len())].to_owned()
    };
    let mut kinds = BTreeSet::new();
    let initial = code.initial();
    assert!(
        start < initial.len(),
        "there is no initial state {start} any more; this test is of other code"
    );
    let mut state = initial.into_iter().nth(start)?;
    for name in actions {
        let offered = code.actions(&state);
        let named: Vec<String> = offered.iter().map(|action| format!("{action:?}")).collect();
        kinds.extend(named.iter().map(|name| kind(name)));
        let Some(place) = named.iter().position(|it| it == name) else {
            let is_known = kinds.contains(&kind(name)) || kinds.is_empty();
            assert!(is_known, "no action is called {name} any more; this test is of other code");
            return None;
        };
        state = code.step(&state, &offered[place])?;
    }
    Some(state)
}
