//! The actions for which fairness is assumed.

use super::{Action, Ballot, LEADER, Spec, State};
use crate::multi_paxos::constants::{Module, Specification};
use mitregate::check::Fairness;
use mitregate::check::property::Strength;

impl Spec {
    /// Fairness of every acceptor towards each proposer, of learners, and of the proposers that
    /// must try again.
    pub(super) fn fair_to_all(&self, strength: Strength) -> Vec<Fairness<Spec>> {
        let node = |spec: &Spec, p: Ballot| spec.attempt_and_node(p).map(|(_, node)| node);
        let mut fairness = Vec::new();
        for r in self.rounds() {
            let round = self.round_value(r);
            let learns = move |_: &Spec, _: &State, action: &Action| matches!(*action, Action::Learn { r: its_round, .. } if its_round == r);
            fairness.push(Fairness::new(format!("LearnIn({round})"), strength, learns));
            for n in self.proposers() {
                let proposer = self.constants.proposers[usize::from(n)];
                for a in self.acceptors() {
                    let promises = move |spec: &Spec, _: &State, action: &Action| {
                        matches!(*action, Action::Promise { a: its_acceptor, r: its_round, p }
                            if (its_acceptor, its_round) == (a, r) && node(spec, p) == Some(n))
                    };
                    let accepts = move |spec: &Spec, _: &State, action: &Action| {
                        matches!(*action, Action::Accept { a: its_acceptor, r: its_round, p, .. }
                            if (its_acceptor, its_round) == (a, r) && node(spec, p) == Some(n))
                    };
                    let arguments = format!("({}, {proposer}, {round})", self.acceptor_value(a));
                    let name = format!("PromiseTo{arguments}");
                    fairness.push(Fairness::new(name, strength, promises));
                    let name = format!("AcceptFrom{arguments}");
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

    /// Whether a proposer must try again when it is beaten.
    fn tries_again(&self, p: u8) -> bool {
        match self.constants.specification {
            Specification::Spec | Specification::FairSpec => false,
            Specification::LeaderSpec => p == LEADER,
            Specification::UnboundedSpec | Specification::StronglyFairSpec => true,
        }
    }
}
