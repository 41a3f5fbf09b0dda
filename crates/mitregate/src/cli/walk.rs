//! `walk`: a model in the terminal, step by step.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::sync::atomic::Ordering;

use clap::ValueEnum;

use super::{Outcome, Usage, WalkArgs, code, select};
use crate::check::{Budget, Options, StopReason, Trace, Verdict};
use crate::explorer::{AnyAction, AnyState, Steps, Told};
use crate::gate::report::count;
use crate::gate::{AnySystem, Layer, Prepared};

/// What can be said to it; `--help` has it as well.
pub(super) const HELP: &str = "\
Commands, a line each, from the terminal or from standard input:
  3             take step 3 of those that are listed
  back [N]      go back a step, or N
  state         print the whole state
  disabled [A]  list what cannot be taken, with the part of its guard that is false; of those that begin with A
  jump LAW      go along a shortest counterexample of a law
  at PATH       go along a path, such as 0/3/1
  path          print the path so far, for `at`, --at and the Explorer
  help, quit

An empty line takes the step if there is only one. From a file or a pipe, a command that makes no sense ends the walk
with exit code 2.";

/// The commands that something may follow.
const WITH_ARGUMENT: [&str; 7] = ["back", "b", "disabled", "d", "at", "jump", "j"];

/// How many states `jump` looks through.
const MOST: usize = 1_000_000;
const LOOKED_THROUGH: u64 = MOST as u64;

pub(super) fn run(system: &dyn AnySystem, args: &WalkArgs) -> Outcome {
    let saved = args.trace.as_deref().map(|file| read(system, file)).transpose()?;
    let mut which = args.model.clone();
    if let Some((_, meta)) = saved.as_ref().filter(|_| which.selection.config.is_none()) {
        // It says itself where it comes from.
        let layer = meta.get("layer").and_then(|layer| Layer::from_str(layer, true).ok());
        which.scenario = which.scenario.or_else(|| meta.get("scenario").cloned());
        which.layer = which.layer.or(layer);
    }
    let source = select::source(system, &which.selection)?;
    let job = select::one_job(system, &which, source.as_ref())?;
    let prepared = job.prepare()?;
    let steps = job.prepare()?.model.steps(&prepared.goals);
    let mut walk = Walk { prepared, steps, path: Vec::new() };
    let mut text = format!("{} {} {}\n", system.name(), job.name(), job.layer);
    let start = match (&args.at, &args.trace) {
        (Some(path), _) => path.clone(),
        (None, Some(file)) => {
            let path = saved.and_then(|(trace, _)| walk.prepared.model.path_in_explorer(&trace));
            path.ok_or_else(|| {
                Usage(format!(
                    "{}: {} {} does not take these steps; name the scenario, layer or configuration that it is of",
                    file.display(),
                    job.name(),
                    job.layer
                ))
            })?
        }
        (None, None) => "0".to_owned(),
    };
    text += &walk.go(&start).map_err(Usage)?;
    text += &walk.menu();
    super::print(&text)?;
    let is_terminal = std::io::stdin().is_terminal();
    let mut lines = std::io::stdin().lock().lines();
    let mut number = 0;
    loop {
        if is_terminal {
            super::print("> ")?;
        }
        let Some(line) = lines.next() else { break };
        let line = line.map_err(|error| Usage(format!("cannot read standard input: {error}")))?;
        number += 1;
        match walk.obey(line.trim()) {
            Ok(Some(text)) => super::print(&text)?,
            Ok(None) => break,
            Err(problem) if is_terminal => super::print(&format!("{problem}\n"))?,
            Err(problem) => {
                return Err(Usage(format!("line {number} of standard input, {line:?}: {problem}")));
            }
        }
    }
    Ok(code::EXPECTED)
}

/// A saved counterexample, and what it says of itself.
fn read(system: &dyn AnySystem, file: &Path) -> Result<(Trace, BTreeMap<String, String>), Usage> {
    let problem = |what: String| Usage(format!("{}: {what}", file.display()));
    let json = serde_json::from_str(&select::read(file)?)
        .map_err(|error| problem(format!("it is no ITF trace: {error}")))?;
    let (trace, meta) = Trace::from_itf(&json).map_err(|error| problem(error.to_string()))?;
    match meta.get("system").filter(|of| *of != system.name()) {
        Some(other) => Err(problem(format!("it is a trace of {other}; walk along it there"))),
        None => Ok((trace, meta)),
    }
}

struct Walk {
    prepared: Prepared,
    steps: Box<dyn Steps>,
    /// The states so far, each with its place among those that could have been chosen.
    path: Vec<Visited>,
}

struct Visited {
    choice: usize,
    state: AnyState,
}

impl Walk {
    /// What a command answers; none if it ends the walk.
    fn obey(&mut self, line: &str) -> Result<Option<String>, String> {
        let (command, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        if !argument.is_empty() && !WITH_ARGUMENT.contains(&command) {
            return Err(format!("{command:?} takes nothing after it; a command a line"));
        }
        let text = match command {
            "quit" | "q" => return Ok(None),
            "help" | "h" | "?" => format!("{HELP}\n"),
            "" => {
                let count = self.actions().len();
                match count {
                    1 => self.take(1)? + &self.menu(),
                    0 => return Err("no step can be taken; `back` goes back".to_owned()),
                    _ => return Err(format!("which of the {count} steps? say its number")),
                }
            }
            "back" | "b" => {
                let steps = if argument.is_empty() { 1 } else { whole(argument)? };
                if steps >= self.path.len() {
                    return Err(match self.path.len() - 1 {
                        0 => "this is where it begins; there is nowhere to go back to".to_owned(),
                        some => format!("no more than {} can be undone", count(some, "step")),
                    });
                }
                self.path.truncate(self.path.len() - steps);
                format!("back at state {}\n", self.path.len()) + &self.menu()
            }
            "state" | "s" => {
                let lines = self.steps.show(self.now());
                lines.iter().fold(String::new(), |text, line| text + "    " + line + "\n")
            }
            "disabled" | "d" => self.disabled(argument),
            "path" | "p" => format!("{}\n", self.indices()),
            "at" => self.go(argument)? + &self.menu(),
            "jump" | "j" => self.jump(argument)? + &self.menu(),
            number => {
                let known = "say the number of a step, or help";
                let is_number = number.chars().all(|c| c.is_ascii_digit());
                let number = number.parse().ok().filter(|_| is_number);
                let number =
                    number.ok_or_else(|| format!("there is no command {command:?}; {known}"))?;
                self.take(number)? + &self.menu()
            }
        };
        Ok(Some(text))
    }

    fn now(&self) -> &AnyState {
        // A walk begins with a state, and never goes back beyond it.
        &self.path[self.path.len() - 1].state
    }

    fn actions(&self) -> Vec<AnyAction> {
        self.steps.actions(self.now())
    }

    /// Takes the step of that number, from 1.
    fn take(&mut self, number: usize) -> Result<String, String> {
        let actions = self.actions();
        let chosen = number.checked_sub(1).and_then(|choice| Some((choice, actions.get(choice)?)));
        let Some((choice, action)) = chosen else {
            return Err(match actions.len() {
                0 => "no step can be taken; `back` goes back".to_owned(),
                some => format!("there is no step {number}; they go from 1 to {some}"),
            });
        };
        let Some(next) = self.steps.next(self.now(), action) else {
            return Err(format!(
                "step {number} cannot be taken again: the code is not deterministic"
            ));
        };
        let told = self.steps.tell(self.now(), Some(action));
        let mut text = format!("{:>4}  {}\n", self.path.len() + 1, self.steps.format(action));
        push(&mut text, told.as_ref());
        self.path.push(Visited { choice, state: next });
        Ok(text)
    }

    /// Goes along a path from its beginning.
    fn go(&mut self, path: &str) -> Result<String, String> {
        let path = path.trim_start_matches("#/steps/").trim_matches('/');
        let indices = path.split('/').map(whole).collect::<Result<Vec<usize>, _>>()?;
        let (first, rest) = indices.split_first().ok_or("there is no path")?;
        let initial = self.steps.initial();
        let Some(state) = initial.get(*first).cloned() else {
            return Err(format!(
                "there is no initial state {first}; there are {}, from 0",
                initial.len()
            ));
        };
        let before = std::mem::take(&mut self.path);
        let mut text = "   1  initial state\n".to_owned();
        for line in self.steps.show(&state) {
            let _ = writeln!(text, "        {line}");
        }
        push(&mut text, self.steps.tell(&state, None).as_ref());
        self.path.push(Visited { choice: *first, state });
        for (number, index) in (2..).zip(rest) {
            match self.take(index.saturating_add(1)) {
                Ok(step) => text += &step,
                Err(problem) => {
                    // Nothing is lost by a path that makes no sense.
                    if !before.is_empty() {
                        self.path = before;
                    }
                    return Err(format!("number {number} of the path: {problem}"));
                }
            }
        }
        Ok(text)
    }

    /// Goes along a shortest counterexample of a law.
    fn jump(&mut self, law: &str) -> Result<String, String> {
        let names = self.prepared.model.names(&self.prepared.goals);
        if !names.iter().any(|name| name == law) {
            return Err(format!("{law:?} is not asked here; there are {}", names.join(", ")));
        }
        let budget = Budget { max_states: Some(LOOKED_THROUGH), ..Budget::default() };
        let interrupt = super::interrupt_flag();
        for keep_going in [false, true] {
            // Of an earlier jump.
            interrupt.store(false, Ordering::Relaxed);
            let options =
                Options { budget, keep_going, interrupt: Some(interrupt), ..Options::default() };
            let report = self.prepared.check(&options).map_err(|error| error.to_string())?;
            let Some(property) = report.property(law) else { continue };
            if let Some(trace) = &property.counterexample {
                let path = self.prepared.model.path_in_explorer(trace);
                let mut text = self.go(&path.ok_or("its steps cannot be taken here")?)?;
                let told = format!("      {law} fails\n");
                if !text.contains(&told) {
                    // Of the whole way, and not of a state or a step of it.
                    text += &told;
                    push_end(&mut text, trace);
                }
                return Ok(text);
            }
            let is_last = keep_going || report.stopped != Some(StopReason::Violation);
            match property.verdict {
                Verdict::Violated => return Ok(format!("{law} fails, and no path shows it\n")),
                Verdict::Holds if report.stopped.is_none() => {
                    return Ok(format!("{law} holds: there is nowhere to jump to\n"));
                }
                _ if is_last => break,
                _ => {}
            }
        }
        Ok(format!("whether {law} fails was not decided within {}\n", count(MOST, "state")))
    }

    fn disabled(&self, prefix: &str) -> String {
        let all = self.steps.disabled(self.now()).into_iter();
        let shown: Vec<_> = all.filter(|(name, _)| name.starts_with(prefix)).collect();
        let mut text = String::new();
        for (name, guard) in &shown {
            let guard = guard.as_ref().map_or(String::new(), |guard| format!(": {guard}"));
            let _ = writeln!(text, "      {name}{guard}");
        }
        if shown.is_empty() {
            text.push_str("      nothing that is offered here cannot be taken\n");
        }
        text
    }

    fn indices(&self) -> String {
        let choices: Vec<_> = self.path.iter().map(|it| it.choice.to_string()).collect();
        choices.join("/")
    }

    /// The steps that can be taken.
    fn menu(&self) -> String {
        let mut text = String::new();
        let actions = self.actions();
        for (number, action) in (1..).zip(&actions) {
            let _ = writeln!(text, "  [{number}] {}", self.steps.format(action));
        }
        let disabled = self.steps.disabled(self.now()).len();
        if actions.is_empty() {
            text.push_str("  no step can be taken\n");
        }
        if disabled > 0 {
            let _ = writeln!(text, "  and {disabled} that cannot; `disabled` says why");
        }
        text
    }
}

/// What a step changes, what it performs in the spec, and what fails after it.
fn push(text: &mut String, told: Option<&Told>) {
    let Some(Told { changes, performs, fails }) = told else { return };
    for line in changes.iter().chain(performs) {
        let _ = writeln!(text, "        {line}");
    }
    for (law, why) in fails {
        let _ = writeln!(text, "      {law} fails");
        for line in why {
            let _ = writeln!(text, "        {line}");
        }
    }
}

/// How a behaviour goes on, and what explains it.
fn push_end(text: &mut String, trace: &Trace) {
    let back = trace.back.as_ref().map(|back| match &back.action {
        Some(action) => format!("back to state {}: {action}", back.to + 1),
        None => "and there it stays for ever".to_owned(),
    });
    for line in back.iter().chain(&trace.explanation) {
        let _ = writeln!(text, "        {line}");
    }
}

fn whole(text: &str) -> Result<usize, String> {
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.ok_or_else(|| format!("{text:?} is no number of a step"))
}
