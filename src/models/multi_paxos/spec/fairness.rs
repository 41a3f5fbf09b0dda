//! To whom behaviours are fair.

use super::{Action, Ballot, LEADER, Spec, State};
use mitregate::check::Fairness;
use mitregate::check::property::Strength;
use crate::multi_paxos::constants::{Module, Specification};

impl Spec {
    /// Fairness to every acceptor, for each proposer, to learners, and where proposers have to try
    /// again, to them.
    pub(super) fn fair_to_all(&self, strength: Strength) -> Vec<Fairness<Spec>> {
        let node = |spec: &Spec, p: Ballot| spec.attempt_and_node(p).map(|(_, node)| node);
        let mut fairness = Vec::new();
        for r in self.rounds() {
            let round = self.round_value(r);
            let learns = move |_: &Spec, _: &State, action: &Action| matches!(*action, Action::Learn { r: its, .. } if its == r);
            fairness.push(Fairness::new(format!("LearnIn({round})"), strength, learns));
            for n in self.proposers() {
                let proposer = self.constants.proposers[usize::from(n)];
                for a in self.acceptors() {
                    let promises = move |spec: &Spec, _: &State, action: &Action| {
                        matches!(*action, Action::Promise { a: who, r: its, p }
                            if (who, its) == (a, r) && node(spec, p) == Some(n))
                    };
                    let accepts = move |spec: &Spec, _: &State, action: &Action| {
                        matches!(*action, Action::Accept { a: who, r: its, p, .. }
                            if (who, its) == (a, r) && node(spec, p) == Some(n))
                    };
                    let whom = format!("({}, {proposer}, {round})", self.acceptor_value(a));
                    let name = format!("PromiseTo{whom}");
                    fairness.push(Fairness::new(name, strength, promises));
                    let name = format!("AcceptFrom{whom}");
                    fairness.push(Fairness::new(name, strength, accepts));
                }
                if self.tries_again(n) {
                    let tries = move |_: &Spec, _: &State, action: &Action| {
                        *action == Action::IncrementAttempt { p: n, r }
                    };
                    let name = format!("TryAgain({proposer}, {round})");
                    fairness.push(Fairness::new(name, strength, tries));
                }
            }
            if self.constants.module == Module::MultiPaxosUnbounded {
                let renumbers =
                    move |_: &Spec, _: &State, action: &Action| *action == Action::Renumber { r };
                fairness.push(Fairness::new(format!("Renumber({round})"), strength, renumbers));
            }
        }
        fairness
    }

    /// Whether a proposer has to try again when it is beaten.
    fn tries_again(&self, p: u8) -> bool {
        match self.constants.specification {
            Specification::Spec | Specification::FairSpec => false,
            Specification::LeaderSpec => p == LEADER,
            Specification::UnboundedSpec | Specification::StronglyFairSpec => true,
        }
    }
}
