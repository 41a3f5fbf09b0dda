//! A client of a proposer that runs.

use serde::Serialize;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use super::entry::Position;

/// Why a value is not in the log, as far as the node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// The node has stopped. The value may be in the log, or get there.
    #[error("the node has stopped; the value may be in the log nevertheless")]
    Stopped,
    /// The value does not fit into a message. It is not in the log.
    #[error(
        "a value of {bytes} bytes does not fit into a message: at most {most}; raise Timing::most_bytes on all nodes"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most that fits.
        most: usize,
    },
    /// The value is in the log. Where is not known: the node was so far behind that it got a snapshot.
    #[error("the value is in the log, in a part of which the node has only a snapshot")]
    Forgotten,
}

/// A client's value on its way into the log.
#[derive(Debug)]
pub(crate) struct Append<V> {
    pub(crate) value: Option<V>,
    pub(crate) done: oneshot::Sender<Result<Position, AppendError>>,
}

/// A client of a proposer that runs.
#[derive(Debug)]
pub struct Client<V> {
    pub(crate) appends: mpsc::Sender<Append<V>>,
    pub(crate) most_bytes: usize,
}

impl<V> Clone for Client<V> {
    fn clone(&self) -> Self {
        Client { appends: self.appends.clone(), most_bytes: self.most_bytes }
    }
}

impl<V: Serialize> Client<V> {
    /// Appends a value to the log. Returns its place once all up to there is decided and applied: whoever appends
    /// later, anywhere, gets a later place.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if that is not known to have happened.
    pub async fn append(&self, value: V) -> Result<Position, AppendError> {
        self.hand_in(Some(value)).await
    }

    /// Appends an entry without a value. All that was appended before the call, anywhere, is in an earlier
    /// place: so the log up to this one is what a read has to return.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if that is not known to have happened.
    pub async fn barrier(&self) -> Result<Position, AppendError> {
        self.hand_in(None).await
    }

    async fn hand_in(&self, value: Option<V>) -> Result<Position, AppendError> {
        // A message that does not fit is lost, every time.
        let size = |value: &V| postcard::experimental::serialized_size(value).unwrap_or_default();
        let (bytes, most) = (value.as_ref().map_or(0, size), self.most_bytes);
        if bytes > most {
            return Err(AppendError::TooLarge { bytes, most });
        }
        let (done, outcome) = oneshot::channel();
        let handed_in = self.appends.send(Append { value, done }).await;
        handed_in.map_err(|_| AppendError::Stopped)?;
        outcome.await.map_err(|_| AppendError::Stopped)?
    }
}
