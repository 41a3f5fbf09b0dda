//! The results of the comparison, in sentences. Each is computed from the measurements.

use super::document::{CLAIMS, FAILS_AT};
use super::measure::{Answer, Comparison, OVERFULL, RACE};
use super::watched::Kind;
use mitregate::check::DEADLOCK;
use mitregate_canal_lock::Scheme;
use mitregate_models::canal_lock::constants::{ShipProcess, Variant};
use mitregate_models::canal_lock::laws::TEMPORAL;

/// The property that the report calls a theorem: every request is eventually granted.
const SERVED: &str = "RequestLockFulfilled";

/// A heading and its sentences.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Its subject.
    pub about: &'static str,
    /// The findings.
    pub sentences: Vec<String>,
}

/// All findings.
pub fn findings(rows: &[Comparison]) -> Vec<Finding> {
    let findings = Findings { rows };
    [
        ("The race", findings.race()),
        ("Option 4 without the race", findings.blocking()),
        ("The theorem", findings.theorem()),
        ("What mends the race", findings.fixes()),
        ("Who waits for ever", findings.starvation()),
        ("The report's table", findings.table()),
        ("Which controller to use", findings.choice()),
        ("Spec and code", findings.agreement()),
    ]
    .into_iter()
    .filter(|(_, sentences)| !sentences.is_empty())
    .map(|(about, sentences)| Finding { about, sentences })
    .collect()
}

struct Findings<'a> {
    rows: &'a [Comparison],
}

impl<'a> Findings<'a> {
    /// Measurements of two locks and two ships, the report's size.
    fn of_report(&self) -> impl Iterator<Item = &'a Comparison> {
        self.rows.iter().filter(|row| (row.variant.locks, row.variant.ships) == (2, 2))
    }

    fn of(&self, scheme: Scheme) -> impl Iterator<Item = &'a Comparison> {
        self.of_report().filter(move |row| row.variant.controller == scheme)
    }

    fn as_given(&self) -> impl Iterator<Item = &'a Comparison> {
        self.of_report().filter(|row| row.variant.ship_process == ShipProcess::AsGiven)
    }

    fn race(&self) -> Vec<String> {
        let mut out = Vec::new();
        let races = |row: &&Comparison| row.spec.answer(RACE).length().is_some();
        let racing = list(self.as_given().filter(races).map(|row| with_length(row, RACE)));
        let safe = |row: &&Comparison| row.spec.answer(RACE) == Answer::Holds;
        let sound: Vec<_> = self.as_given().filter(safe).collect();
        match &racing {
            Some(racing) => out.push(format!(
                "With two locks, two ships, and ships as given, a door is closed on a ship that has taken \
                 its permission and not yet moved, under {racing}."
            )),
            None if !sound.is_empty() && sound.len() == self.as_given().count() => {
                out.push("With ships as given, no controller closes a door on a ship.".to_owned());
            }
            None => {}
        }
        let option4 = self.as_given().find(|row| row.variant.controller == Scheme::RetryLimit);
        match option4.map(|row| row.spec.answer(RACE)) {
            Some(Answer::Fails(FAILS_AT)) => out.push(format!(
                "The report says that Option 4 fails at state {FAILS_AT}; so it does, and no trace is shorter."
            )),
            Some(Answer::Fails(length)) => out.push(format!(
                "The report says that Option 4 fails at state {FAILS_AT}; the shortest trace has {length}."
            )),
            Some(Answer::Holds) => out.push(format!(
                "The report says that Option 4 fails at state {FAILS_AT}; here it does not fail."
            )),
            _ => {}
        }
        let without_variables = |row: &&&Comparison| row.uses(Kind::Variable).next().is_none();
        let names = list(sound.iter().filter(without_variables).map(|row| name(row)));
        if let (Some(_), Some(names)) = (&racing, names) {
            out.push(format!(
                "The report calls that inherent unless ships are changed or lockBusy and lockOwner are \
                 added. That is wrong: there is no race under {names}, with neither."
            ));
        }
        out
    }

    fn blocking(&self) -> Vec<String> {
        let mut out = Vec::new();
        for row in self.of(Scheme::RetryLimit) {
            let ships = row.variant.ship_process.name();
            if row.variant.ship_process == ShipProcess::AsGiven {
                continue;
            }
            let race = match row.spec.answer(RACE) {
                Answer::Fails(length) => {
                    format!(" The door is closed on a ship too, after {length}.")
                }
                _ => String::new(),
            };
            match row.spec.answer(DEADLOCK) {
                Answer::Fails(length) => out.push(format!(
                    "With ships {ships}, Option 4 can get stuck: a deadlock after {length} states, the \
                     controller at {}.{race}",
                    row.spec.deadlock_at.as_deref().unwrap_or("an unknown label"),
                )),
                Answer::Holds => {
                    out.push(format!("With ships {ships}, Option 4 has no deadlock.{race}"));
                }
                Answer::NotAsked | Answer::Open => {}
            }
        }
        let stuck_waiting = |row: &Comparison| {
            row.uses(Kind::Wait).any(|wait| wait == "room")
                && row.spec.deadlock_at.as_deref() == Some("ControlDecideGrantOrRetry")
        };
        if self.of(Scheme::RetryLimit).any(stuck_waiting) {
            out.push(
                "So the blocking is a mistake of its own: at the retry limit the controller waits for room, \
                 which only a request could make that it does not serve while it waits."
                    .to_owned(),
            );
        }
        let still_races = |row: &Comparison| {
            row.variant.ship_process != ShipProcess::AsGiven
                && row.uses(Kind::Wait).any(|wait| wait == "room")
                && row.spec.answer(RACE).length().is_some()
        };
        if self.of(Scheme::RetryLimit).any(still_races) {
            out.push(
                "And it waits for room only, not until the lock is free: so it brings the race back."
                    .to_owned(),
            );
        }
        out
    }

    fn theorem(&self) -> Vec<String> {
        let failing = self.of(Scheme::RetryLimit).filter_map(|row| {
            let ships = row.variant.ship_process.name();
            match first_failing(row).as_slice() {
                [] => row.spec.answer(SERVED).length().map(|_| format!("{ships} ({SERVED})")),
                first => first.contains(&DEADLOCK).then(|| format!("{ships} (deadlock)")),
            }
        });
        let failing = list(failing);
        let holding = list(
            self.of(Scheme::RetryLimit)
                .filter(|row| row.spec.answer(SERVED) == Answer::Holds)
                .map(|row| row.variant.ship_process.name().to_owned()),
        );
        let mut out = Vec::new();
        if let Some(failing) = failing {
            out.push(format!(
                "The report's theorem, that under weak fairness a denied request succeeds in the end, does \
                 not hold. Where no race ends the run before, it fails: with ships {failing}. Its proof \
                 takes for granted that ships leave the full place while the controller waits."
            ));
        }
        if let Some(holding) = holding {
            out.push(format!("{SERVED} holds for Option 4 with ships {holding}."));
        }
        out
    }

    fn fixes(&self) -> Vec<String> {
        let mut out = Vec::new();
        for process in ShipProcess::ALL {
            let of_process = |row: &&Comparison| row.variant.ship_process == process;
            let (good, bad): (Vec<_>, Vec<_>) =
                self.of_report().filter(of_process).partition(|row| is_good(row));
            if good.is_empty() && bad.is_empty() {
                continue;
            }
            let good = list(good.into_iter().map(name)).unwrap_or_else(|| "nobody".to_owned());
            let bad = list(bad.into_iter().map(|row| format!("{} ({})", name(row), faults(row))));
            let bad = bad.map_or_else(String::new, |bad| format!("; not {bad}"));
            out.push(format!("Ships {}: safe and live are {good}{bad}.", process.name()));
        }
        out
    }

    fn starvation(&self) -> Vec<String> {
        let mut sizes: Vec<_> = self.rows.iter().map(size).collect();
        sizes.dedup();
        let sentence = |of_size: String| {
            let starves = |row: &&Comparison| {
                size(row) == of_size
                    && row.spec.is_safe()
                    && TEMPORAL.iter().any(|law| row.spec.answer(law).length().is_some())
            };
            let starving: Vec<_> = self.rows.iter().filter(starves).collect();
            let of_scheme = |scheme: Scheme| {
                let rows = starving.iter().filter(|row| row.variant.controller == scheme);
                let ships = list(rows.map(|row| row.variant.ship_process.name()))?;
                Some(format!("{scheme} (ships {ships})"))
            };
            let schemes = list(Scheme::ALL.into_iter().filter_map(of_scheme))?;
            let fails =
                |law: &&str| starving.iter().any(|row| row.spec.answer(law).length().is_some());
            let laws = list(TEMPORAL.into_iter().filter(fails))?;
            Some(format!(
                "With {of_size}, a ship may wait for ever, though nothing unsafe happens, under {schemes}: \
                 not all of {laws} hold there."
            ))
        };
        sizes.into_iter().filter_map(sentence).collect()
    }

    fn table(&self) -> Vec<String> {
        let mut out = Vec::new();
        let (mut asked, mut wrong) = (0, 0);
        for claim in &CLAIMS {
            let rows: Vec<_> = self.of(claim.scheme).collect();
            let entries = claim.entries(&rows);
            asked += entries.len();
            for entry in entries.into_iter().flatten() {
                wrong += 1;
                out.push(entry);
            }
        }
        if asked > 0 {
            let right = asked - wrong;
            let first = format!(
                "Of {asked} entries of the table that could be held against something, {right} are right."
            );
            out.insert(0, first);
        }
        out
    }

    fn choice(&self) -> Vec<String> {
        let schemes = Scheme::ALL.into_iter();
        let measured =
            |scheme: &Scheme| self.rows.iter().any(|row| row.variant.controller == *scheme);
        let (good, bad): (Vec<_>, Vec<_>) = schemes.filter(measured).partition(|scheme| {
            self.rows.iter().filter(|row| row.variant.controller == *scheme).all(is_good)
        });
        let mut out = Vec::new();
        for scheme in bad {
            let worst = self.rows.iter().filter(|row| row.variant.controller == scheme);
            let mut failing = worst.filter(|row| !is_good(row));
            if let Some(first) = failing.next() {
                let more = failing.count();
                let more = match more {
                    0 => String::new(),
                    1 => ", and there is 1 more such row".to_owned(),
                    more => format!(", and there are {more} more such rows"),
                };
                out.push(format!("Not {scheme}: {} it {}{more}.", place(first), faults(first)));
            }
        }
        if self.rows.iter().any(|row| row.spec.is_open() || row.code.is_open()) {
            out.push("Not everything was decided, so no controller is recommended.".to_owned());
            return out;
        }
        out.push(match good.as_slice() {
            [] => "No controller is safe and live in all rows that were measured.".to_owned(),
            [one] => format!(
                "Use {one}: it alone is safe and live in every row, whatever the ships do with their \
                 permissions."
            ),
            several => format!(
                "Safe and live in every row that was measured are {}; these rows do not tell them apart{}.",
                list(several.iter().map(ToString::to_string)).unwrap_or_default(),
                if self.rows.iter().any(|row| row.variant.ships > 2) { "" } else { ", but --all may" },
            ),
        });
        out
    }

    fn agreement(&self) -> Vec<String> {
        let disagree = |row: &Comparison| {
            let where_ = place(row);
            let scheme = row.variant.controller;
            row.disagreements().into_iter().map(move |what| format!("{scheme} {where_}: {what}."))
        };
        let mut out: Vec<_> = self.rows.iter().flat_map(disagree).collect();
        if out.is_empty() && !self.rows.is_empty() {
            out.push(format!(
                "In all {} rows, the real controller has as many states as the spec, the same verdicts, and \
                 counterexamples of the same lengths.",
                self.rows.len()
            ));
        }
        out
    }
}

fn is_good(row: &Comparison) -> bool {
    row.spec.is_safe() && row.spec.is_live() && row.code.is_safe() && row.code.is_live()
}

/// Of the race, the overfull place and the deadlock, those with the shortest counterexample: later
/// ones may be consequences.
fn first_failing(row: &Comparison) -> Vec<&'static str> {
    let lengths = |law: &'static str| Some((row.spec.answer(law).length()?, law));
    let failing: Vec<_> = [RACE, OVERFULL, DEADLOCK].into_iter().filter_map(lengths).collect();
    let shortest = failing.iter().map(|(length, _)| *length).min();
    failing.iter().filter(|(length, _)| Some(*length) == shortest).map(|(_, law)| *law).collect()
}

/// The violations of a variant, in a few words.
fn faults(row: &Comparison) -> String {
    let of_law = |law: &str| {
        let words = match law {
            RACE => "closes a door on a ship",
            OVERFULL => "overfills a place",
            _ => "gets stuck",
        };
        format!("{words} after {} states", row.spec.answer(law).length().unwrap_or(0))
    };
    if let Some(faults) = list(first_failing(row).into_iter().map(of_law)) {
        faults
    } else if TEMPORAL.iter().any(|law| row.spec.answer(law).length().is_some()) {
        "lets a ship wait for ever".to_owned()
    } else if row.spec.is_open() || row.code.is_open() {
        "was not decided".to_owned()
    } else {
        "is not safe".to_owned()
    }
}

/// The controller's name.
fn name(row: &Comparison) -> String {
    row.variant.controller.to_string()
}

fn with_length(row: &Comparison, law: &str) -> String {
    let length = row.spec.answer(law).length().unwrap_or(0);
    format!("{} ({length} states)", row.variant.controller)
}

/// Locks and ships in words.
fn size(row: &Comparison) -> String {
    let Variant { locks, ships, .. } = row.variant;
    let count =
        |number: u8, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    format!("{} and {}", count(locks, "lock"), count(ships, "ship"))
}

/// The sizes and the kind of ships of a measurement.
fn place(row: &Comparison) -> String {
    format!("with {} {}", size(row), row.variant.ship_process.name())
}

/// Words in a list; none if there are none.
pub(super) fn list<T: Into<String>>(words: impl Iterator<Item = T>) -> Option<String> {
    let mut words: Vec<String> = words.map(Into::into).collect();
    let last = words.pop()?;
    if words.is_empty() {
        return Some(last);
    }
    Some(format!("{} and {last}", words.join(", ")))
}
