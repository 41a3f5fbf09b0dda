//! Two-phase commit: a coordinator and participants, as step machines that send messages and do no I/O.

use std::collections::BTreeSet;

use serde::Serialize;

/// What they tell one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Message {
    /// A participant can commit, whatever happens.
    Ready {
        /// Which one.
        from: u8,
    },
    /// All are to commit.
    Commit,
    /// All are to abort.
    Abort,
}

/// How far a participant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It may still give up.
    Working,
    /// It waits for the decision.
    Ready,
    /// It has committed.
    Committed,
    /// It has aborted.
    Aborted,
}

/// Someone whose part of the work is to be committed together with that of the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Participant {
    #[serde(skip)]
    id: u8,
    stage: Stage,
}

impl Participant {
    /// A participant that has not done its part yet.
    pub fn new(id: u8) -> Participant {
        Participant { id, stage: Stage::Working }
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Its part is done: what to tell the coordinator.
    pub fn prepare(&mut self) -> Option<Message> {
        if self.stage != Stage::Working {
            return None;
        }
        self.stage = Stage::Ready;
        Some(Message::Ready { from: self.id })
    }

    /// Its part cannot be done; whether it may still say so.
    pub fn give_up(&mut self) -> bool {
        let may = self.stage == Stage::Working;
        if may {
            self.stage = Stage::Aborted;
        }
        may
    }

    /// Takes a message.
    pub fn receive(&mut self, message: &Message) {
        match message {
            Message::Commit => self.stage = Stage::Committed,
            Message::Abort => self.stage = Stage::Aborted,
            Message::Ready { .. } => {}
        }
    }
}

/// What the coordinator has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Nothing yet.
    Open,
    /// To commit.
    Commit,
    /// To abort.
    Abort,
}

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Coordinator {
    #[serde(skip)]
    participants: u8,
    ready: BTreeSet<u8>,
    decision: Decision,
}

impl Coordinator {
    /// The coordinator of so many participants, numbered from 1.
    pub fn new(participants: u8) -> Coordinator {
        Coordinator { participants, ready: BTreeSet::new(), decision: Decision::Open }
    }

    /// Takes a message.
    pub fn receive(&mut self, message: &Message) {
        if let (Message::Ready { from }, Decision::Open) = (message, self.decision) {
            self.ready.insert(*from);
        }
    }

    /// Decides to commit, if all are ready: what to tell them.
    pub fn commit(&mut self) -> Option<Message> {
        let may = self.decision == Decision::Open && self.ready.len() == self.participants.into();
        may.then(|| {
            self.decision = Decision::Commit;
            Message::Commit
        })
    }

    /// Decides to abort, as after a timeout: what to tell them.
    pub fn abort(&mut self) -> Option<Message> {
        (self.decision == Decision::Open).then(|| {
            self.decision = Decision::Abort;
            Message::Abort
        })
    }
}
