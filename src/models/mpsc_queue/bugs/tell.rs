//! A bug's story as text.

use std::fmt::Write;

use anstyle::AnsiColor;

use super::super::threads::SystemState;
use super::{Story, ring};

/// How wide paragraphs are, in characters.
const LINE: usize = 96;

/// The story: what is broken, the steps with what they change, and pictures at the states that decide.
pub(super) fn tell(story: &Story) -> String {
    let mut out = String::new();
    let title = AnsiColor::Red.on_default().bold();
    let bug = story.bug;
    let _ = writeln!(out, "{title}{}{title:#}  ({})", bug.name, bug.scenario);
    paragraph(bug.what, &mut out);
    let _ = writeln!(
        out,
        "\n  {} fails, in {} states; {}:\n",
        story.law,
        story.trace.len(),
        if story.trace.back.is_some() { "what goes on for ever" } else { "the shortest way" },
    );
    let decisive = decisive(story);
    for (index, (step, changes)) in story.trace.changes().enumerate() {
        let action = step.action.as_deref().unwrap_or("nothing is shared yet");
        let _ = writeln!(out, "{:>4}  {action}", index + 1);
        if index > 0 {
            for change in changes {
                let _ = writeln!(out, "          {change}");
            }
        }
        if let Some(state) = story.states.get(index)
            && decisive.contains(&index)
        {
            out += &ring::draw(&story.system, state);
        }
    }
    if let Some(back) = &story.trace.back {
        let _ = match &back.action {
            Some(action) => writeln!(out, "      back to state {}: {action}", back.to + 1),
            None => writeln!(out, "      and there it stays for ever"),
        };
    }
    let wrong = AnsiColor::Red.on_default();
    for line in &story.trace.explanation {
        let _ = writeln!(out, "      {wrong}{line}{wrong:#}");
    }
    out.push('\n');
    paragraph(bug.instead, &mut out);
    out
}

/// The states of which there is a picture: after each growth, before the last step, and after it.
fn decisive(story: &Story) -> Vec<usize> {
    let count = story.states.len();
    let rings = |state: &SystemState| {
        (state.memory.tail().generation(), state.memory.live_rings().collect::<Vec<_>>())
    };
    let pairs = story.states.iter().zip(story.states.iter().skip(1));
    let grown = (1..).zip(pairs).filter(|(_, (before, after))| rings(before) != rings(after));
    let mut decisive: Vec<usize> = grown.map(|(index, _)| index).collect();
    decisive.push(count.saturating_sub(2));
    // An access that is refused has changed nothing that a picture would show.
    if story.states.last().is_some_and(|last| last.trouble.is_none()) {
        decisive.push(count.saturating_sub(1));
    }
    decisive
}

/// A paragraph with a margin, broken into lines.
fn paragraph(text: &str, out: &mut String) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > LINE {
            let _ = writeln!(out, " {line}");
            line.clear();
        }
        line.push(' ');
        line += word;
    }
    let _ = writeln!(out, " {line}");
}
