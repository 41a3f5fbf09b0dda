//! What there is to say of a step and of a state.

use crate::check::miter::{CODE, SPEC, in_the_spec};
use crate::check::replay::violates;
use crate::check::{Checkable, Name};
use crate::tla::value::{self, Value};

/// What there is to say of a step, or of the state where a path begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it changes, a line each.
    pub changes: Vec<String>,
    /// What it performs in the spec, if it is a step of code beside its spec.
    pub performs: Option<String>,
    /// The laws that fail in the state that it leads to, or on the way there, each with what explains it.
    pub fails: Vec<(Name, Vec<String>)>,
}

/// What a step changes, and which laws fail after it and why; of a state alone, which fail in it.
pub(super) fn tell<M: Checkable>(
    model: &M,
    asked: &[Name],
    state: &M::State,
    action: Option<&M::Action>,
) -> Option<Told> {
    let next = match action {
        Some(action) => model.next_state(state, action.clone())?,
        None => state.clone(),
    };
    let before = action.map(|action| (state, action));
    let changes = changed(&model.view(state), &model.view(&next));
    let names = before.and_then(|(state, action)| model.performs(state, action, &next));
    let mut fails = Vec::new();
    for law in model.laws().into_iter().filter(|law| asked.contains(&law.name)) {
        if violates(model, &law.name, before.map(|(state, _)| state), &next) {
            let why = model.explain(&law.name, before, &next);
            fails.push((law.name, why));
        }
    }
    Some(Told { changes, performs: names.map(|names| in_the_spec(&names)), fails })
}

/// The halves of a state of code beside its spec.
const HALVES: [&str; 2] = [CODE, SPEC];

/// The variables of a state, a line each; of code beside its spec, those of both halves, and once what is equal in both.
pub(super) fn show(view: &Value) -> Vec<String> {
    let Some(variables) = fields(view) else { return vec![view.to_string()] };
    let halves: Vec<_> = variables
        .iter()
        .filter(|(name, _)| HALVES.contains(name))
        .filter_map(|(name, half)| Some((*name, fields(half)?)))
        .collect();
    let is_in_all =
        |field: &(&str, &Value)| halves.iter().all(|(_, of_half)| of_half.contains(field));
    let mut lines = Vec::new();
    for (name, value) in &variables {
        let Some((_, of_half)) = halves.iter().find(|(half, _)| half == name) else {
            lines.push(format!("{name} = {value}"));
            continue;
        };
        let is_first = halves[0].0 == *name;
        for field in of_half {
            let (variable, value) = field;
            match is_in_all(field) && halves.len() > 1 {
                true if is_first => lines.push(format!("{variable} = {value}")),
                true => {}
                false => lines.push(format!("{name}.{variable} = {value}")),
            }
        }
    }
    lines
}

/// The changes of a step, a line each; of code beside its spec, once what is equal in both.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let lines: Vec<String> = value::diff(before, after).iter().map(ToString::to_string).collect();
    let in_half = |line: &str, half: usize| {
        Some(line.strip_prefix(HALVES[half])?.strip_prefix('.')?.to_owned())
    };
    let of_half = |half| lines.iter().filter_map(move |line| in_half(line, half));
    let (code, spec): (Vec<_>, Vec<_>) = (of_half(0).collect(), of_half(1).collect());
    let once = |line: String| match (in_half(&line, 0), in_half(&line, 1)) {
        (Some(change), _) if spec.contains(&change) => Some(change),
        (_, Some(change)) if code.contains(&change) => None,
        _ => Some(line),
    };
    lines.iter().cloned().filter_map(once).collect()
}

/// The fields of a record.
fn fields(value: &Value) -> Option<Vec<(&str, &Value)>> {
    let pairs = value.as_fun()?.iter();
    pairs.map(|(name, value)| Some((name.as_str()?, value))).collect()
}

/// A step as the Explorer shows it: what it changed, what it performs in the spec, which laws fail after it and why, and
/// then the whole state.
pub(super) fn describe_step<M: Checkable>(
    model: &M,
    asked: &[Name],
    state: &M::State,
    action: &M::Action,
) -> Option<String> {
    let Told { changes: mut lines, performs, fails } = tell(model, asked, state, Some(action))?;
    if lines.is_empty() {
        lines.push("nothing changes".to_owned());
    }
    lines.extend(performs);
    for (law, why) in fails {
        lines.extend([String::new(), format!("{law} fails")]);
        lines.extend(why);
    }
    lines.push(String::new());
    lines.extend(show(&model.view(&model.next_state(state, action.clone())?)));
    Some(lines.join("\n"))
}
