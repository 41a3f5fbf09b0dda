//! The system's states and steps in words, for counterexamples.

use std::collections::BTreeSet;

use mitregate::actors::{Action, Envelope, Transport};
use mitregate::stateright::actor::Id;

use super::node::{Msg, Timer, V, acceptor, learner, proposer};
use super::picture::Words;
use super::projection::known;
use super::system::{System, SystemAction, SystemState};
use mitregate::record;
use mitregate::tla::value::Value;
use mitregate_multi_paxos::{
    AcceptedProposal, AcceptorStateStore, Ballot, Campaign, DurableAcceptorState, Lead, Learner,
    Message, NodeId, ProposalKey, Proposer, Round, Snapshot,
};

impl System {
    /// A step in the words of the protocol.
    pub(super) fn show_action(&self, action: &SystemAction) -> String {
        match *action {
            Action::Deliver(envelope) => self.show_envelope(&envelope),
            Action::Drop(envelope) => format!("lost: {}", self.show_envelope(&envelope)),
            Action::Timeout(id, timer) => match *timer {
                Timer::Propose(round, value) => format!(
                    "{} is asked to propose {} in round {}",
                    self.show_node(id),
                    self.show_value(value),
                    self.show_round(round)
                ),
                Timer::Retry(round) => {
                    format!(
                        "{} tries again in round {}",
                        self.show_node(id),
                        self.show_round(round)
                    )
                }
                Timer::Lead => format!("{} begins to lead", self.show_node(id)),
                Timer::Snapshot => format!("{} takes a snapshot", self.show_node(id)),
                Timer::CatchUp => format!("{} asks what it has missed", self.show_node(id)),
            },
            Action::Crash(id) => format!("{} crashes", self.show_node(id)),
            Action::Recover(id) => format!("{} recovers", self.show_node(id)),
        }
    }

    /// A state as a record of nodes and network.
    pub(super) fn view_state(&self, state: &SystemState) -> Value {
        let nodes = (0..state.nodes.nodes.len())
            .map(|index| (words(&self.show_node(Id::from(index))), self.view_node(state, index)));
        record! { network: self.view_network(state), nodes: Value::fun(nodes) }
    }

    /// What a picture of acceptors leaves out: the other nodes, those that are down, and what is in transit.
    pub(super) fn besides(&self, state: &SystemState) -> [Words; 2] {
        let acceptors = self.spec.constants.acceptors.len();
        let is_told = |&index: &usize| index >= acceptors || state.node(index).state.is_none();
        let tell = |index| {
            let view = self.view_node(state, index);
            let is_said = |what: &Value| what.as_fun().is_none_or(|it| !it.is_empty());
            let entries = view.as_fun().map(|it| it.iter().filter(|(_, what)| is_said(what)));
            let told: Vec<_> = match entries {
                Some(entries) => entries.map(|(of, what)| format!("{of}: {what}")).collect(),
                None => vec![view.to_string()],
            };
            let told = if told.is_empty() { "idle".to_owned() } else { told.join("; ") };
            format!("{}: {told}", self.node_name(index))
        };
        let nodes = (0..state.nodes.nodes.len()).filter(is_told).map(tell).collect();
        [
            Words { title: "proposers, learners, and who is down", lines: nodes },
            Words { title: "messages in transit", lines: self.in_transit(state).collect() },
        ]
    }

    /// The name of the node of that index.
    pub fn node_name(&self, index: usize) -> String {
        self.show_node(Id::from(index))
    }

    fn show_node(&self, id: Id) -> String {
        self.actors.actors().get(usize::from(id)).map_or_else(|| "?".to_owned(), |n| n.name.clone())
    }

    fn show_round(&self, round: Round) -> String {
        let rounds = &self.spec.constants.rounds;
        rounds.get(round.0 as usize).map_or_else(|| round.to_string(), ToString::to_string)
    }

    fn show_key(&self, key: ProposalKey) -> String {
        let node = self.show_node(Id::from(key.node.0 as usize));
        format!("<<{}, {}, {node}>>", self.show_round(key.round), key.attempt)
    }

    fn show_ballot(&self, ballot: Ballot) -> String {
        format!("<<{}, {}>>", ballot.attempt, self.show_node(Id::from(ballot.node.0 as usize)))
    }

    fn show_votes<'a>(&self, votes: impl Iterator<Item = &'a AcceptedProposal<V>>) -> String {
        let votes: Vec<_> = votes.map(|vote| self.show_accepted(Some(vote))).collect();
        if votes.is_empty() { self.show_accepted(None) } else { votes.join(", ") }
    }

    fn show_snapshot(&self, snapshot: &Snapshot) -> String {
        let values: Vec<_> = snapshot.state.iter().map(|&value| self.show_value(value)).collect();
        format!("<<{}>> before round {}", values.join(", "), self.show_round(snapshot.before))
    }

    fn show_value(&self, value: V) -> String {
        self.spec.value_value(value).to_string()
    }

    fn show_accepted(&self, accepted: Option<&AcceptedProposal<V>>) -> String {
        match accepted {
            None => "nothing accepted".to_owned(),
            Some(it) => {
                format!("accepted {} in {}", self.show_value(it.value), self.show_key(it.key))
            }
        }
    }

    /// A message in the words of the protocol.
    pub fn show_message(&self, message: &Msg) -> String {
        match message {
            Message::Prepare { key } => format!("Prepare {}", self.show_key(*key)),
            Message::Promise { key, accepted } => {
                format!(
                    "Promise {}, {}",
                    self.show_key(*key),
                    self.show_accepted(accepted.as_ref())
                )
            }
            Message::Accept { key, value } => {
                format!("Accept {} {}", self.show_key(*key), self.show_value(*value))
            }
            Message::Accepted { key, value } => {
                format!("Accepted {} {}", self.show_key(*key), self.show_value(*value))
            }
            Message::PrepareAll { ballot, from } => format!(
                "Prepare {} in all rounds, votes from round {}",
                self.show_ballot(*ballot),
                self.show_round(*from)
            ),
            Message::PromiseAll { ballot, votes, .. } => format!(
                "Promise {} in all rounds, {}",
                self.show_ballot(*ballot),
                self.show_votes(votes.iter())
            ),
            Message::Snapshot(snapshot) => format!("Snapshot {}", self.show_snapshot(snapshot)),
            Message::Rejected { key, promised } => {
                format!("Rejected {}, promised {}", self.show_key(*key), self.show_key(*promised))
            }
            Message::Learned { round, value } => {
                format!("Learned {} in round {}", self.show_value(*value), self.show_round(*round))
            }
            Message::CatchUp { from } => format!("CatchUp from round {}", self.show_round(*from)),
            Message::Forgotten { before } => {
                format!("Forgotten before round {}", self.show_round(*before))
            }
        }
    }

    fn show_envelope(&self, envelope: &Envelope<Msg>) -> String {
        format!(
            "{} -> {}: {}",
            self.show_node(envelope.src),
            self.show_node(envelope.dst),
            self.show_message(&envelope.msg)
        )
    }

    fn view_node(&self, state: &SystemState, index: usize) -> Value {
        let node = state.node(index);
        if node.state.is_none() {
            return words("down");
        }
        // A node has one role here, and a proposer the log besides.
        let durable = acceptor(node).map(AcceptorStateStore::durable);
        let floor = durable.and_then(DurableAcceptorState::floor);
        let floor = floor.map(|it| format!("promised {}", self.show_ballot(it)));
        let lead = proposer(node).and_then(|proposer| self.view_lead(proposer));
        let all = floor.or(lead).map(|text| (words("all rounds"), words(&text)));
        let of_learner = || learner(node).and_then(Learner::snapshot);
        let snapshot = durable.and_then(DurableAcceptorState::snapshot).or_else(of_learner);
        let snapshot = snapshot.map(|it| (words("snapshot"), words(&self.show_snapshot(it))));
        let slots = durable.into_iter().flat_map(DurableAcceptorState::rounds);
        let slots = slots.map(|(round, slot)| {
            let promised = slot.promised().map_or("nothing".to_owned(), |key| self.show_key(key));
            let accepted = self.show_accepted(slot.accepted());
            (self.round_words(round), words(&format!("promised {promised}, {accepted}")))
        });
        let campaigns = proposer(node).into_iter().flat_map(|proposer| {
            proposer.campaigns().map(|(round, campaign)| {
                (self.round_words(round), self.view_campaign(proposer, round, campaign))
            })
        });
        let log = learner(node).map(|learner| (words("log"), self.view_log(learner)));
        Value::fun(all.into_iter().chain(snapshot).chain(slots).chain(campaigns).chain(log))
    }

    fn view_lead(&self, proposer: &Proposer<V>) -> Option<String> {
        let ballot = proposer.ballot().map_or_else(String::new, |it| self.show_ballot(it));
        match proposer.lead_state() {
            Lead::None => None,
            Lead::Preparing { promised, votes, .. } => Some(format!(
                "preparing {ballot}: promised by {}, {}",
                self.names(promised),
                self.show_votes(votes.values())
            )),
            Lead::Leading { from, votes, .. } => Some(format!(
                "leads with {ballot} from round {}, {}",
                self.show_round(*from),
                self.show_votes(votes.values())
            )),
            Lead::Rejected { by } => {
                Some(format!("{ballot} was rejected by {}", self.show_ballot(*by)))
            }
        }
    }

    fn names(&self, nodes: &BTreeSet<NodeId>) -> String {
        let names: Vec<_> = nodes.iter().map(|node| self.node_name(node.0 as usize)).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }

    fn view_log(&self, learner: &Learner<V>) -> Value {
        Value::fun(
            known(learner)
                .map(|(&round, &value)| (self.round_words(round), words(&self.show_value(value)))),
        )
    }

    fn round_words(&self, round: Round) -> Value {
        words(&format!("round {}", self.show_round(round)))
    }

    fn view_campaign(&self, proposer: &Proposer<V>, round: Round, campaign: &Campaign<V>) -> Value {
        let key = proposer.current_key(round).map_or_else(String::new, |key| self.show_key(key));
        words(&match campaign {
            Campaign::Preparing { promised, highest, .. } => format!(
                "preparing {key}: promised by {}, {}",
                self.names(promised),
                self.show_accepted(highest.as_ref())
            ),
            Campaign::Accepting { value, votes, .. } => {
                let voters =
                    votes.tallies().iter().flat_map(|tally| tally.voters().iter().copied());
                let voters = self.names(&voters.collect());
                format!("accepting {} in {key}: voted for by {voters}", self.show_value(*value))
            }
            Campaign::Rejected { by, .. } => {
                format!("{key} was rejected by {}", self.show_key(*by))
            }
            Campaign::Learned { value } => format!("learned {}", self.show_value(*value)),
        })
    }

    fn view_network(&self, state: &SystemState) -> Value {
        let network = &state.nodes.network;
        if self.actors.transport() == Transport::Ordered {
            // In order: a channel is a sequence.
            let channels =
                network.chunk_by(|one, other| (one.src, one.dst) == (other.src, other.dst));
            return Value::fun(channels.filter_map(|messages| {
                let first = messages.first()?;
                let channel =
                    format!("{} -> {}", self.show_node(first.src), self.show_node(first.dst));
                let messages = messages.iter().map(|it| words(&self.show_message(&it.msg)));
                Some((words(&channel), Value::seq(messages)))
            }));
        }
        Value::set(self.in_transit(state).map(|text| words(&text)))
    }

    /// The messages in transit. Equal ones are told once, with their number.
    fn in_transit(&self, state: &SystemState) -> impl Iterator<Item = String> {
        state.nodes.network.chunk_by(PartialEq::eq).filter_map(|equal| {
            let text = self.show_envelope(equal.first()?);
            let count = equal.len();
            Some(if count == 1 { text } else { format!("{text} (x{count})") })
        })
    }
}

/// Plain words where a view has a value: they print without quotation marks.
fn words(text: &str) -> Value {
    Value::model(text)
}
