//! Verdicts, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::graph::StopReason;
use super::model::Name;
use super::trace::Trace;

/// What is known of a property, or of all that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds in every reachable state, and all of them were seen.
    Holds,
    /// It is violated.
    Violated,
    /// It was asked for and not decided.
    Inconclusive,
}

impl Verdict {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Inconclusive => "inconclusive",
        }
    }

    /// The verdict on several things together: violated if one of them is, else inconclusive if one of
    /// them is. Nothing at all is inconclusive.
    pub fn of_all(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
        let worse = |one: Verdict, other: Verdict| match (one, other) {
            (Verdict::Violated, _) | (_, Verdict::Violated) => Verdict::Violated,
            (Verdict::Inconclusive, _) | (_, Verdict::Inconclusive) => Verdict::Inconclusive,
            (Verdict::Holds, Verdict::Holds) => Verdict::Holds,
        };
        verdicts.into_iter().reduce(worse).unwrap_or(Verdict::Inconclusive)
    }
}

/// What kind of property was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A predicate on states.
    Invariant,
    /// A predicate on steps, `[][A]_v`.
    Step,
    /// That every state has a successor.
    Deadlock,
    /// A temporal property, under the model's fairness conditions.
    Liveness,
    /// What is required of every model: no panic, and steps that are a function of state and action.
    Contract,
}

impl Kind {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Invariant => "invariant",
            Kind::Step => "step",
            Kind::Deadlock => "deadlock",
            Kind::Liveness => "liveness",
            Kind::Contract => "contract",
        }
    }
}

/// One property's verdict.
#[derive(Clone, Debug)]
pub struct PropertyReport {
    /// The property's name.
    pub name: Name,
    /// What kind of property it is.
    pub kind: Kind,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why it is inconclusive, or violated where no path shows it: a sentence.
    pub undecided: Option<String>,
    /// The number of states on the shortest path to where its witness holds; `None` if that is nowhere,
    /// which makes a property that holds a vacuous one.
    pub witness: Option<usize>,
    /// The shortest path to where it is violated; none for what is violated as a whole, such as that something is reached.
    pub counterexample: Option<Trace>,
}

impl PropertyReport {
    /// Whether the property holds only because its witness is never reached.
    pub fn is_vacuous(&self) -> bool {
        self.verdict == Verdict::Holds && self.witness.is_none() && self.kind != Kind::Deadlock
    }
}

/// What one check found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Distinct states seen.
    pub distinct: u64,
    /// Edges between them.
    pub edges: u64,
    /// Steps taken, those out of the boundary among them.
    pub steps: u64,
    /// Steps that led out of the boundary.
    pub outside: u64,
    /// Levels of the breadth-first search; initial states are on level 1.
    pub depth: u64,
    /// The properties, in the model's order.
    pub properties: Vec<PropertyReport>,
    /// How many steps each action took.
    pub coverage: Vec<(Name, u64)>,
    /// The fairness conditions that are enabled nowhere, so that they are vacuous.
    pub never_enabled: Vec<String>,
    /// An upper bound on the probability that a state was missed.
    pub collision_probability: f64,
    /// What there is to say of the whole besides, a sentence each; of code that is pressed, how much of its spec it does.
    pub notes: Vec<String>,
    /// Why the exploration ended early, if it did.
    pub stopped: Option<StopReason>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// The verdict on everything: [`Verdict::of_all`] properties.
    ///
    /// A model without a single state is inconclusive, as is one of which nothing is asked, and one whose
    /// exploration ended early without a violation.
    pub fn verdict(&self) -> Verdict {
        let of_all = Verdict::of_all(self.properties.iter().map(|property| property.verdict));
        let complete = self.stopped.is_none() && self.distinct > 0;
        match of_all {
            Verdict::Holds if !complete => Verdict::Inconclusive,
            verdict => verdict,
        }
    }

    /// The property of that name.
    pub fn property(&self, name: &str) -> Option<&PropertyReport> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// Distinct states per second.
    #[allow(clippy::cast_precision_loss)] // a rate needs no 53 bits
    pub fn states_per_second(&self) -> f64 {
        self.distinct as f64 / self.elapsed.as_secs_f64().max(1e-6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Verdict; 3] = [Verdict::Holds, Verdict::Violated, Verdict::Inconclusive];

    #[test]
    fn only_what_holds_throughout_holds() {
        assert_eq!(Verdict::of_all([]), Verdict::Inconclusive);
        // All lists of up to four verdicts.
        let mut lists: Vec<Vec<Verdict>> = vec![Vec::new()];
        for _ in 0..4 {
            lists = lists
                .iter()
                .flat_map(|list| ALL.map(|next| list.iter().copied().chain([next]).collect()))
                .collect();
            for list in &lists {
                let expected = if list.contains(&Verdict::Violated) {
                    Verdict::Violated
                } else if list.contains(&Verdict::Inconclusive) {
                    Verdict::Inconclusive
                } else {
                    Verdict::Holds
                };
                assert_eq!(Verdict::of_all(list.iter().copied()), expected, "{list:?}");
            }
        }
    }
}
