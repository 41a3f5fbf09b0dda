//! The claims of the report *Option 4 Implementation: Non-blocking Denial with Retry Limits* about
//! the controllers: the table in its section "Comparison with Other Options", and its figures.

use super::findings::list;
use super::measure::{Answer, Comparison, RACE};
use super::watched::Kind;
use mitregate_canal_lock::Scheme;
use mitregate_models::canal_lock::constants::ShipProcess;

/// A row of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The controller.
    pub scheme: Scheme,
    /// Its name in the report.
    pub name: &'static str,
    /// "Queues".
    pub queues: usize,
    /// "Global Vars", as the spec names them; none for "None".
    pub variables: Option<&'static str>,
    /// "Blocking".
    pub blocking: &'static str,
    /// Whether "Blocking" claims that the controller waits for something other than requests.
    pub blocks: bool,
    /// "State Space".
    pub state_space: &'static str,
    /// Whether the claimed state space is finite.
    pub finite: bool,
    /// "Race Condition".
    pub race: bool,
}

/// Its table.
pub const CLAIMS: [Claim; 5] = [
    Claim {
        scheme: Scheme::ImmediateRetry,
        name: "Option 1",
        queues: 1,
        variables: None,
        blocking: "Immediate",
        blocks: true,
        state_space: "Infinite",
        finite: false,
        race: true,
    },
    Claim {
        scheme: Scheme::RetryQueue,
        name: "Option 2",
        queues: 2,
        variables: None,
        blocking: "Delayed",
        blocks: true,
        state_space: "Very Large",
        finite: true,
        race: true,
    },
    Claim {
        scheme: Scheme::RetryLimit,
        name: "Option 4",
        queues: 1,
        variables: Some("retryCount"),
        blocking: "After limit",
        blocks: true,
        state_space: "Bounded",
        finite: true,
        race: true,
    },
    Claim {
        scheme: Scheme::ExitsFirst,
        name: "Option C",
        queues: 2,
        variables: None,
        blocking: "No",
        blocks: false,
        state_space: "Large",
        finite: true,
        race: true,
    },
    Claim {
        scheme: Scheme::BusyLocks,
        name: "Solution Alpha",
        queues: 1,
        variables: Some("lockBusy, lockOwner"),
        blocking: "No",
        blocks: false,
        state_space: "Medium",
        finite: true,
        race: false,
    },
];

/// The state at which Option 4 fails according to the report, with two locks and two ships.
pub const FAILS_AT: usize = 110;

impl Claim {
    /// The entries of a row of the report's table that can be compared with measurements; each is
    /// an error message, or none if it is right.
    pub fn entries(&self, rows: &[&Comparison]) -> Vec<Option<String>> {
        let mut entries = Vec::new();
        if rows.is_empty() {
            return entries;
        }
        let Claim { name, .. } = self;
        let used = |kind| {
            let mut used: Vec<_> = rows.iter().flat_map(|row| row.uses(kind)).collect();
            used.sort_unstable();
            used.dedup();
            used
        };
        let queues = used(Kind::Queue).len();
        entries.push(
            (queues != self.queues)
                .then(|| format!("{name}: it has {queues} queues, not {}.", self.queues)),
        );
        let variables = used(Kind::Variable);
        entries.push((variables != Vec::from_iter(self.variables)).then(|| {
            let variables = list(variables.iter().copied()).unwrap_or_else(|| "none".to_owned());
            format!(
                "{name}: its further variables are {variables}, not {}.",
                self.variables.unwrap_or("none")
            )
        }));
        let waits = used(Kind::Wait);
        entries.push((waits.is_empty() == self.blocks).then(|| match list(waits.iter().copied()) {
            Some(waits) => format!("{name}: blocking is \"{}\", but it waits for {waits}.", self.blocking),
            None => format!(
                "{name}: blocking is \"{}\", but it never waits for anything but requests and machinery.",
                self.blocking
            ),
        }));
        let whole = rows.iter().filter(|row| row.spec.complete).map(|row| row.spec.distinct).max();
        if let Some(states) = whole {
            entries.push((!self.finite).then(|| {
                format!(
                    "{name}: its state space is not {}; it has {states} states once ships keep their \
                         permissions.",
                    self.state_space.to_lowercase()
                )
            }));
        }
        let given = rows.iter().find(|row| row.variant.ship_process == ShipProcess::AsGiven);
        let race = given.map(|row| row.spec.answer(RACE));
        if let Some(Answer::Holds | Answer::Fails(_)) = race {
            let has_race = race != Some(Answer::Holds);
            entries
                .push((has_race != self.race).then(|| {
                    format!("{name}: it has {} race.", if has_race { "a" } else { "no" })
                }));
        }
        entries
    }
}
