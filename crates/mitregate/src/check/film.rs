//! A trace as one picture: its states one below the other, each with the step that led to it and what that changed.

use std::fmt::Write;

use super::Checkable;
use super::contract::guarded;
use super::trace::{Back, Trace};

/// The distance between lines of text, and the width of a character, of a font with one width.
const LINE: u32 = 18;
const CHARACTER: u32 = 8;
const MARGIN: u32 = 16;
/// No line is longer than that, in characters.
const LONGEST: usize = 150;

/// Draws a trace as SVG: the model's own [pictures](Checkable::picture) where it has them, and in any case the changes in
/// words. None if the model has no such steps.
pub fn draw<M: Checkable>(model: &M, trace: &Trace) -> Option<String> {
    let states = trace.states(model).ok()?;
    let mut film = Film::default();
    for (number, ((step, changes), state)) in trace.changes().zip(&states).enumerate() {
        let action = step.action.as_deref().unwrap_or("initial state");
        film.line("heading", &format!("{}  {action}", number + 1));
        let mut pictured = true;
        match guarded(|| model.picture(state)).ok().flatten() {
            Some(picture) => film.picture(&picture),
            None => pictured = false,
        }
        // A picture has said how it begins.
        if number > 0 || !pictured {
            for change in &changes {
                film.line("change", &change.to_string());
            }
        }
        film.y += LINE;
    }
    match &trace.back {
        Some(Back { to, action: Some(action) }) => {
            film.line("heading", &format!("back to state {}: {action}", to + 1));
        }
        Some(Back { action: None, .. }) => film.line("heading", "and there it stays for ever"),
        None => {}
    }
    for line in &trace.explanation {
        film.line("explanation", line);
    }
    Some(film.finish())
}

#[derive(Default)]
struct Film {
    body: String,
    width: u32,
    y: u32,
}

impl Film {
    fn line(&mut self, class: &str, text: &str) {
        self.y += LINE;
        let mut shown: String = text.chars().take(LONGEST).collect();
        if shown.len() < text.len() {
            shown.push('\u{2026}');
        }
        let characters = u32::try_from(shown.chars().count()).unwrap_or(u32::MAX);
        self.width = self.width.max(characters.saturating_mul(CHARACTER));
        let (y, text) = (self.y, escaped(&shown));
        self.push(format_args!("<text class=\"{class}\" x=\"{MARGIN}\" y=\"{y}\">{text}</text>\n"));
    }

    /// Adds a picture of its own size, or of one that is likely if it does not say.
    fn picture(&mut self, svg: &str) {
        let Some(start) = svg.find("<svg") else { return };
        let picture = &svg[start..];
        let tag = picture.split('>').next().unwrap_or_default();
        let size = |attribute: &str| {
            let (_, rest) = tag.split_once(&format!(" {attribute}=\""))?;
            rest.split('"').next()?.trim_end_matches("px").parse::<f64>().ok()
        };
        // Not beyond any screen: a picture that says so does not say its size.
        let size = |attribute, otherwise| match size(attribute) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in this range
            Some(size) if (1.0..=100_000.0).contains(&size) => size.ceil() as u32,
            _ => otherwise,
        };
        let (width, height) = (size("width", 800), size("height", 400));
        self.y += LINE / 2;
        let y = self.y;
        self.push(format_args!("<svg x=\"{MARGIN}\" y=\"{y}\" {}\n", &picture["<svg".len()..]));
        self.width = self.width.max(width);
        self.y += height;
    }

    fn finish(self) -> String {
        let (width, height) = (self.width + 2 * MARGIN, self.y + LINE + MARGIN);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n\
             <style>text.heading, text.change, text.explanation {{ font: 13px monospace; white-space: pre }} \
             text.heading {{ font-weight: bold }} text.explanation {{ fill: #c00000 }}</style>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{}</svg>\n",
            self.body
        )
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(text);
    }
}

/// Text as it stands in XML, without what XML has no place for.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
