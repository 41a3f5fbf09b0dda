//! A line of progress on stderr, which hides itself where stderr is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::check::explore::Progress;
use crate::gate::report::{rate, thousands};

/// A line for one piece of work.
pub(super) struct Line(ProgressBar);

impl Line {
    /// Begins a line with the name of the work.
    pub(super) fn new(name: &str) -> Line {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Line(bar)
    }

    /// A line that nobody sees.
    pub(super) fn hidden() -> Line {
        Line(ProgressBar::hidden())
    }

    /// Shows how far an exploration has come.
    #[allow(clippy::cast_precision_loss)] // a rate needs no 53 bits
    pub(super) fn show(&self, progress: Progress) {
        let per_second = progress.states as f64 / progress.elapsed.as_secs_f64().max(1e-6);
        let spread = progress.spread.map_or_else(String::new, |it| {
            let (fewest, most) = (thousands(it.fewest), thousands(it.most));
            format!(", {fewest} to {most} a process, {:.1} MB sent", it.sent as f64 / 1e6)
        });
        self.0.set_message(format!(
            "{} states, {}/s, depth {}, queue {}{spread}",
            thousands(progress.states),
            rate(per_second),
            progress.depth,
            thousands(progress.queue),
        ));
    }

    /// Shows what is being done.
    pub(super) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Shows a count out of a total.
    pub(super) fn count(&self, done: u64, total: u64, what: &str) {
        self.0.set_message(format!("{} of {} {what}", thousands(done), thousands(total)));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
