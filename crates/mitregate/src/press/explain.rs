//! What a person should read where code and spec part.

use super::Code;
use super::pressed::{Pair, Pressed};
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::tla::value::{self, Value};

/// The most spec states, and steps of each, that an explanation lists.
const LISTED: usize = 6;

impl<C: Code> Pressed<C> {
    /// Why a law fails in a pair, reached by the given last step.
    pub(super) fn explanation(
        &self,
        law: &str,
        step: Option<(&Pair<C::State>, &C::Action)>,
        pair: &Pair<C::State>,
    ) -> Vec<String> {
        if let Some(problem) = self.problem.get() {
            return vec![problem.to_string()];
        }
        if law == REFINEMENT && pair.is_broken() {
            return self.explain_refinement(step, pair);
        }
        if law != REFUSAL || pair.is_broken() {
            return Vec::new();
        }
        self.granted(pair).map_or_else(Vec::new, |(name, what)| {
            vec![
                format!("the spec does not allow {name}"),
                format!("asked for it, the code does not refuse: {what}"),
            ]
        })
    }

    fn explain_refinement(
        &self,
        step: Option<(&Pair<C::State>, &C::Action)>,
        after: &Pair<C::State>,
    ) -> Vec<String> {
        let view = self.viewed(&after.code);
        let mut lines = Vec::new();
        if let Some(problem) = self.not_a_view(&view) {
            return vec![problem];
        }
        let Some((before, action)) = step else {
            lines.push("the spec begins in none of the states with this view".to_owned());
            let differences = |&state: &u32| value::diff(&self.view_of(state), &view);
            let nearest = self.spec.graph.initial().iter().map(differences);
            if let Some(nearest) = nearest.min_by_key(Vec::len) {
                lines.push(
                    "the nearest initial state differs (the spec's -> the code's):".to_owned(),
                );
                lines.extend(nearest.iter().map(|change| format!("  {change}")));
            }
            return lines;
        };
        lines.push("code and spec agree up to the state before this one".to_owned());
        lines.push(format!("the code:  {action:?}"));
        lines.extend(
            value::diff(&self.viewed(&before.code), &view)
                .iter()
                .map(|change| format!("  {change}")),
        );
        if let Some(name) = self.code.spec_action(action) {
            lines.push(format!("  which it says is {name}"));
        }
        if self.number(&view, 0).is_none() {
            lines.push("no reachable state of the spec has that view".to_owned());
        }
        for &state in before.possible.iter().take(LISTED) {
            lines.push(format!("in {} the spec allows", self.shown(state)));
            lines.extend(self.allowed(state));
        }
        if before.possible.len() > LISTED {
            lines.push(format!("and {} more states are possible", before.possible.len() - LISTED));
        }
        lines
    }

    /// What the spec allows in a state: each action with what it changes.
    fn allowed(&self, state: u32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let graph = &self.spec.graph;
        let from = graph.state(state);
        for number in graph.leaving(state) {
            let changes = value::diff(&from, &graph.state(graph.edge(number).target));
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            let name = self.spec.label(number);
            lines.push(match changes.as_slice() {
                [] => format!("  {name}: changes nothing"),
                changes => format!("  {name}: {}", changes.join(", ")),
            });
        }
        let more = lines.len().saturating_sub(2 * LISTED);
        lines.truncate(2 * LISTED);
        match (lines.is_empty(), more) {
            (true, _) => vec!["  nothing".to_owned()],
            (false, 0) => lines,
            _ => lines.into_iter().chain([format!("  and {more} more")]).collect(),
        }
    }

    /// A state of the spec as the code would see it.
    fn view_of(&self, state: u32) -> Value {
        let state = self.spec.graph.state(state);
        let of_view = |name: &Value| Some((name.clone(), state.get(name)?.clone()));
        Value::fun(self.variables.iter().filter_map(of_view))
    }

    /// A state of the spec: the variables that the view leaves out come with it.
    fn shown(&self, state: u32) -> String {
        self.spec.graph.state(state).to_string()
    }

    /// Why a value is no view like that of the first state.
    fn not_a_view(&self, view: &Value) -> Option<String> {
        let names = |keys: &mut dyn Iterator<Item = &Value>| {
            keys.map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let wanted = names(&mut self.variables.iter());
        match view {
            Value::Fun(fields) if fields.keys().eq(&self.variables) => None,
            Value::Fun(fields) => Some(format!(
                "the view has the variables {}, and that of the first state has {wanted}: a view has the same in \
                 each state",
                names(&mut fields.keys())
            )),
            other => Some(format!("the view is {other}, and no record of {wanted}")),
        }
    }
}
