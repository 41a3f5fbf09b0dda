//! What goes over a connection: frames of bounded size, each with its length before it.

use std::io;

use bytes::{Bytes, BytesMut};
use mitregate_multi_paxos::{Ballot, Message, NodeId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

use super::entry::{Entry, Item};

/// The version of what goes over a connection.
pub const PROTOCOL: u32 = 2;

/// Why a connection has ended.
#[derive(Debug, Error)]
pub enum ConnectionError {
    /// Reading or writing failed, or a frame is too large.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The peer has closed it.
    #[error("closed by the peer")]
    Closed,
    /// A frame is not what it should be.
    #[error("a malformed frame: {0}")]
    Malformed(#[from] postcard::Error),
    /// The first frame says that the peer does not belong here, or another frame came first.
    #[error("{0}")]
    Refused(String),
    /// Nothing has come for too long.
    #[error("no answer in time")]
    Silent,
}

/// What a node tells another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Letter<V> {
    /// A message of Paxos.
    Message(Message<Entry<V>>),
    /// Proposer to proposer: the sender leads, with this ballot. Repeated while it does.
    Leads(Ballot),
    /// To the leader: values of clients of the sender.
    Forward(Vec<Item<V>>),
}

/// A frame. Connections are opened by whoever has something to send; over each go messages in one direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame<V> {
    /// The first frame: who sends.
    Hello {
        /// The version: [`PROTOCOL`].
        protocol: u32,
        /// The name of the cluster.
        cluster: String,
        /// The sender.
        from: NodeId,
    },
    /// What the sender tells.
    Letter(Letter<V>),
    /// Asks whether the connection still carries anything.
    Ping,
    /// It does.
    Pong,
}

/// The reading half of a connection.
pub(crate) struct FrameReader<R> {
    stream: R,
    codec: LengthDelimitedCodec,
    buffer: BytesMut,
}

/// The writing half.
pub(crate) struct FrameWriter<W> {
    stream: W,
    codec: LengthDelimitedCodec,
    buffer: BytesMut,
}

fn codec(most_bytes: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(most_bytes).new_codec()
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(stream: R, most_bytes: usize) -> Self {
        FrameReader { stream, codec: codec(most_bytes), buffer: BytesMut::new() }
    }

    /// The next frame. It may be dropped while it waits: nothing is lost.
    pub(crate) async fn next<V: DeserializeOwned>(&mut self) -> Result<Frame<V>, ConnectionError> {
        loop {
            if let Some(payload) = self.codec.decode(&mut self.buffer)? {
                return Ok(postcard::from_bytes(&payload)?);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ConnectionError::Closed);
            }
        }
    }
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    pub(crate) fn new(stream: W, most_bytes: usize) -> Self {
        FrameWriter { stream, codec: codec(most_bytes), buffer: BytesMut::new() }
    }

    /// Adds a frame to what is to be sent.
    pub(crate) fn add<V: Serialize>(&mut self, frame: &Frame<V>) -> Result<(), ConnectionError> {
        let payload = Bytes::from(postcard::to_stdvec(frame)?);
        Ok(self.codec.encode(payload, &mut self.buffer)?)
    }

    /// The bytes to be sent.
    pub(crate) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    #[cfg(test)]
    pub(crate) fn into_inner(self) -> W {
        self.stream
    }

    /// Sends what was added.
    pub(crate) async fn flush(&mut self) -> Result<(), ConnectionError> {
        self.stream.write_all_buf(&mut self.buffer).await?;
        Ok(self.stream.flush().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn frames_come_back_however_they_are_cut() {
        let before = mitregate_multi_paxos::Round(7);
        let frames = [
            Frame::Hello { protocol: PROTOCOL, cluster: "c".into(), from: NodeId(3) },
            Frame::Letter(Letter::Message(Message::Forgotten { before })),
            Frame::Ping,
        ];
        block_on(async {
            let mut writer = FrameWriter::new(Vec::new(), 1000);
            for frame in &frames {
                writer.add(frame).unwrap();
            }
            writer.flush().await.unwrap();
            let bytes = writer.stream;
            for piece in 1..bytes.len() {
                let (mut near, far) = tokio::io::duplex(piece);
                let mut reader = FrameReader::new(far, 1000);
                let bytes = bytes.clone();
                let write = async move { near.write_all(&bytes).await.unwrap() };
                let read = async {
                    for frame in &frames {
                        assert_eq!(reader.next::<String>().await.unwrap(), *frame);
                    }
                    let end = reader.next::<String>().await;
                    assert!(matches!(end, Err(ConnectionError::Closed)));
                };
                tokio::join!(write, read);
            }
        });
    }

    #[test]
    fn a_frame_that_is_too_large_or_malformed_is_an_error() {
        let next = |bytes: &'static [u8]| {
            block_on(FrameReader::new(bytes, 100).next::<String>()).unwrap_err().to_string()
        };
        assert_eq!(next(&[0, 0, 1, 0]), "frame size too big");
        assert!(next(&[0, 0, 0, 1, 99]).starts_with("a malformed frame"));
        assert!(next(&[0, 0, 0, 0]).starts_with("a malformed frame"));
        assert_eq!(next(&[0, 0, 0, 9, 1]), "closed by the peer");
        let mut writer = FrameWriter::new(Vec::new(), 100);
        let value = Some("x".repeat(200));
        let item = Item { origin: NodeId(0), start: 0, sequence: 0, value };
        let large = Frame::Letter(Letter::Forward(vec![item]));
        assert_eq!(writer.add(&large).unwrap_err().to_string(), "frame size too big");
        assert_eq!(writer.waiting(), 0);
    }
}
