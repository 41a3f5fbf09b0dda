//! Runs a proposer until a round is decided.

use thiserror::Error;

use super::campaign::DurableProposerState;
use super::cluster::Cluster;
use super::message::{Message, Outgoing};
use super::proposal::{NodeId, Round};
use super::proposer::{ProposeError, ProposeResult, Proposer, ProposerStep};

/// The caller's disk, network and clock, for [`run_proposer`].
pub trait Transport<V> {
    /// A permanent failure. A lost message is not an error.
    type Error;

    /// Writes the state to disk. When it returns `Ok`, the state survives a crash.
    ///
    /// # Errors
    ///
    /// If the state may not have reached the disk.
    fn persist(&mut self, state: &DurableProposerState) -> Result<(), Self::Error>;

    /// Sends a message; it may get lost.
    ///
    /// # Errors
    ///
    /// If the failure is permanent.
    fn send(&mut self, outgoing: Outgoing<V>) -> Result<(), Self::Error>;

    /// Waits for a message and its sender. `None` is a timeout; the attempt is then retried.
    ///
    /// Messages of other attempts may keep arriving, so the deadline should belong to the attempt,
    /// not to each call.
    ///
    /// # Errors
    ///
    /// If the failure is permanent.
    fn receive(&mut self) -> Result<Option<(NodeId, Message<V>)>, Self::Error>;

    /// Waits before the next attempt; `failures` attempts, at least 1, have failed so far.
    ///
    /// Two proposers can outbid each other for ever. Waiting for a random time that grows with the
    /// failures makes that unlikely.
    fn back_off(&mut self, failures: u32);
}

/// Why [`run_proposer`] ended without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum RunError<E> {
    /// The proposer could not begin an attempt.
    #[error("cannot propose: {0}")]
    Propose(#[from] ProposeError),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[source] E),
    /// No attempt succeeded. The value may be chosen nevertheless.
    #[error("round {round} is undecided after {attempts} attempts")]
    Undecided {
        /// The round.
        round: Round,
        /// How many attempts were made.
        attempts: u32,
    },
}

/// Proposes `value` in `round`, and retries until the round is decided; returns the value chosen,
/// which may be another proposer's.
///
/// At most `max_attempts` attempts are made, each ending with a rejection or a timeout. While
/// another proposer leads ([`Proposer::with_leadership`]), waiting for its outcome replaces an
/// attempt. The call blocks as long as the transport does. An outcome that the proposer knows
/// already is returned at once. Messages for the proposer's other campaigns are handled too.
///
/// # Errors
///
/// [`RunError`] if an attempt cannot begin, if the transport fails or if no attempt succeeds. A
/// campaign that this call began is then given up, so that the round can be proposed in again.
pub fn run_proposer<V, T>(
    proposer: &mut Proposer<V>,
    cluster: &Cluster,
    round: Round,
    value: V,
    max_attempts: u32,
    transport: &mut T,
) -> Result<V, RunError<T::Error>>
where
    V: Clone + PartialEq,
    T: Transport<V> + ?Sized,
{
    if let Some(value) = proposer.learned(round) {
        return Ok(value.clone());
    }
    if max_attempts == 0 {
        return Err(RunError::Undecided { round, attempts: 0 });
    }
    let first = proposer.propose(cluster, round, value)?;
    let outcome = Run { proposer, cluster, round, transport }.attempts(first, max_attempts);
    if outcome.is_err() {
        proposer.give_up(round);
    }
    outcome
}

/// A call of [`run_proposer`].
struct Run<'a, V, T: ?Sized> {
    proposer: &'a mut Proposer<V>,
    cluster: &'a Cluster,
    round: Round,
    transport: &'a mut T,
}

impl<V, T> Run<'_, V, T>
where
    V: Clone + PartialEq,
    T: Transport<V> + ?Sized,
{
    fn attempts(
        &mut self,
        first: ProposerStep<V>,
        max_attempts: u32,
    ) -> Result<V, RunError<T::Error>> {
        let mut step = first;
        for failures in 1..=max_attempts {
            if let Some(value) = self.attempt(step).map_err(RunError::Transport)? {
                return Ok(value);
            }
            if failures == max_attempts {
                break;
            }
            self.transport.back_off(failures);
            step = match self.proposer.retry(self.cluster, self.round) {
                // The leader decides the round and announces the outcome.
                Err(ProposeError::NotLeader { .. }) => ProposerStep::nothing(),
                step => step?,
            };
        }
        Err(RunError::Undecided { round: self.round, attempts: max_attempts })
    }

    /// Runs an attempt to its end; `None` if it is rejected or times out.
    fn attempt(&mut self, first: ProposerStep<V>) -> Result<Option<V>, T::Error> {
        self.perform(first)?;
        while let Some((from, message)) = self.transport.receive()? {
            let step = self.proposer.handle(self.cluster, from, message);
            match self.perform(step)? {
                Some(ProposeResult::Learned { round, value }) if round == self.round => {
                    return Ok(Some(value));
                }
                Some(ProposeResult::Rejected { round, .. }) if round == self.round => {
                    return Ok(None);
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Carries out a step: it persists before it sends.
    fn perform(&mut self, step: ProposerStep<V>) -> Result<Option<ProposeResult<V>>, T::Error> {
        if let Some(state) = &step.persist {
            self.transport.persist(state)?;
        }
        for outgoing in step.outgoing {
            self.transport.send(outgoing)?;
        }
        Ok(step.result)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::acceptor::AcceptorStateStore;
    use super::super::proposal::ProposalKey;
    use super::super::testing::{cluster, key};
    use super::*;

    const ROUND: Round = Round(0);

    /// Acceptors that answer at once, and a record of the calls in order.
    struct Desk {
        acceptors: Vec<AcceptorStateStore<char>>,
        cluster: Cluster,
        inbox: VecDeque<(NodeId, Message<char>)>,
        events: Vec<String>,
        full_disk: bool,
    }

    impl Desk {
        fn new() -> Self {
            Desk {
                acceptors: vec![AcceptorStateStore::new(); 3],
                cluster: cluster(3, 2),
                inbox: VecDeque::new(),
                events: Vec::new(),
                full_disk: false,
            }
        }

        fn promise_everywhere(&mut self, key: ProposalKey) {
            for acceptor in &mut self.acceptors {
                let _ = acceptor.promise(key).unwrap();
            }
        }

        fn run(
            &mut self,
            proposer: &mut Proposer<char>,
            most: u32,
        ) -> Result<char, RunError<&'static str>> {
            let cluster = self.cluster.clone();
            run_proposer(proposer, &cluster, ROUND, 'o', most, self)
        }
    }

    impl Transport<char> for Desk {
        type Error = &'static str;

        fn persist(&mut self, state: &DurableProposerState) -> Result<(), Self::Error> {
            let attempt = state.attempt(ROUND).map(|attempt| attempt.0);
            self.events.push(format!("persist {attempt:?}"));
            if self.full_disk { Err("disk full") } else { Ok(()) }
        }

        fn send(&mut self, outgoing: Outgoing<char>) -> Result<(), Self::Error> {
            self.events.push(format!("send to {}", outgoing.to));
            let acceptor = usize::try_from(outgoing.to.0).unwrap();
            if let Some(acceptor) = self.acceptors.get_mut(acceptor) {
                let step = acceptor.handle(&self.cluster, NodeId(10), outgoing.message);
                self.inbox.extend(step.reply.map(|reply| (outgoing.to, reply)));
            }
            Ok(())
        }

        fn receive(&mut self) -> Result<Option<(NodeId, Message<char>)>, Self::Error> {
            Ok(self.inbox.pop_front())
        }

        fn back_off(&mut self, failures: u32) {
            self.events.push(format!("back off {failures}"));
        }
    }

    #[test]
    fn a_round_is_decided_and_the_attempt_is_persisted_first() {
        let mut desk = Desk::new();
        let mut proposer = Proposer::new(NodeId(10));
        assert_eq!(desk.run(&mut proposer, 1), Ok('o'));
        assert_eq!(desk.events.first().map(String::as_str), Some("persist Some(0)"));
        assert_eq!(desk.events.iter().filter(|event| event.starts_with("persist")).count(), 1);
        let sent = desk.events.len();
        assert_eq!(desk.run(&mut proposer, 0), Ok('o'), "known already");
        assert_eq!(desk.events.len(), sent);
    }

    #[test]
    fn a_rejected_attempt_is_retried_after_backing_off() {
        let mut desk = Desk::new();
        desk.promise_everywhere(key(0, 6, 11));
        let mut proposer = Proposer::new(NodeId(10));
        assert_eq!(desk.run(&mut proposer, 2), Ok('o'));
        assert!(desk.events.contains(&"back off 1".to_owned()));
        assert!(desk.events.contains(&"persist Some(7)".to_owned()));
    }

    #[test]
    fn a_run_without_success_gives_the_campaign_up() {
        let mut desk = Desk::new();
        desk.promise_everywhere(key(0, 0, 11));
        let mut proposer = Proposer::new(NodeId(10));
        let undecided = |attempts| Err(RunError::Undecided { round: ROUND, attempts });
        assert_eq!(desk.run(&mut proposer, 0), undecided(0));
        assert_eq!(proposer, Proposer::new(NodeId(10)));
        assert_eq!(desk.run(&mut proposer, 1), undecided(1));
        assert_eq!(proposer.campaign(ROUND), None);
        assert_eq!(desk.run(&mut proposer, 1), Ok('o'), "attempt 1 is high enough");
    }

    #[test]
    fn nothing_is_sent_if_the_disk_fails() {
        let mut desk = Desk { full_disk: true, ..Desk::new() };
        let mut proposer = Proposer::new(NodeId(10));
        assert_eq!(desk.run(&mut proposer, 9), Err(RunError::Transport("disk full")));
        assert_eq!(desk.events, ["persist Some(0)"]);
        assert_eq!(proposer.campaign(ROUND), None);
    }

    #[test]
    fn a_campaign_of_somebody_else_is_left_alone() {
        let mut desk = Desk::new();
        let mut proposer = Proposer::new(NodeId(10));
        let _ = proposer.propose(&desk.cluster, ROUND, 'p').unwrap();
        let before = proposer.clone();
        let running = ProposeError::CampaignRunning { round: ROUND };
        assert_eq!(desk.run(&mut proposer, 1), Err(RunError::Propose(running)));
        assert_eq!(proposer, before);
    }
}
