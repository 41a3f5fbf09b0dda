//! Connections between nodes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mitregate_multi_paxos::{Message, NodeId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::frame::{ConnectionError, Frame, FrameReader, FrameWriter, PROTOCOL};
use super::members::Members;
use super::timing::{Backoff, Timing};

/// Sockets, of the system or simulated.
pub trait Network: Clone + Send + Sync + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;
    /// A socket that takes connections.
    type Listener: Send + Sync + 'static;

    /// Listens on an address, such as `localhost:7000`.
    ///
    /// # Errors
    ///
    /// If the address is taken or not one of this host.
    fn bind(&self, address: &str) -> impl Future<Output = io::Result<Self::Listener>> + Send;

    /// Takes the next connection.
    ///
    /// # Errors
    ///
    /// If this one could not be taken; the next one may.
    fn accept(
        listener: &mut Self::Listener,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Connects to an address.
    ///
    /// # Errors
    ///
    /// If nobody takes the connection.
    fn connect(&self, address: &str) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// TCP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Network for Tcp {
    type Stream = TcpStream;
    type Listener = TcpListener;

    async fn bind(&self, address: &str) -> io::Result<TcpListener> {
        TcpListener::bind(address).await
    }

    async fn accept(listener: &mut TcpListener) -> io::Result<TcpStream> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn connect(&self, address: &str) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// What connections need to know.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) id: NodeId,
    pub(crate) members: Members,
    pub(crate) timing: Timing,
}

/// What has come in, with its sender.
pub(crate) type Inbox<V> = mpsc::Sender<(NodeId, Message<V>)>;

/// How many bytes are gathered before they are sent.
const BATCH: usize = 1 << 16;

/// How many messages wait for a peer. Further ones are lost.
pub(crate) const QUEUE: usize = 4096;

/// Takes connections for ever.
pub(crate) async fn listen<N: Network, V: DeserializeOwned + Serialize + Send + 'static>(
    mut listener: N::Listener,
    context: Arc<Context>,
    inbox: Inbox<V>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = connections.join_next() => {}
            accepted = N::accept(&mut listener) => match accepted {
                Ok(stream) => {
                    connections.spawn(serve(stream, context.clone(), inbox.clone()));
                }
                // Such as too many open files: others may be closed soon.
                Err(error) => {
                    tracing::warn!(node = context.id.0, %error, "cannot take a connection");
                    sleep(context.timing.least_backoff).await;
                }
            },
        }
    }
}

/// Reads a connection to its end.
async fn serve<S: AsyncRead + AsyncWrite, V: DeserializeOwned + Serialize>(
    stream: S,
    context: Arc<Context>,
    inbox: Inbox<V>,
) {
    let (reading, writing) = split(stream);
    let most = context.timing.most_bytes;
    let mut reader = FrameReader::new(reading, most);
    let mut writer = FrameWriter::new(writing, most);
    let end = receive(&mut reader, &mut writer, &context, &inbox).await;
    if let Err(error) = end {
        tracing::debug!(node = context.id.0, %error, "a connection from a peer has ended");
    }
}

async fn receive<S: AsyncRead + AsyncWrite, V: DeserializeOwned + Serialize>(
    reader: &mut FrameReader<ReadHalf<S>>,
    writer: &mut FrameWriter<WriteHalf<S>>,
    context: &Context,
    inbox: &Inbox<V>,
) -> Result<(), ConnectionError> {
    let longest = context.timing.ping * 3;
    let from = greeted(context, next::<_, V>(reader, longest).await?)?;
    loop {
        match next::<_, V>(reader, longest).await? {
            Frame::Message(message) => {
                if inbox.send((from, message)).await.is_err() {
                    return Ok(());
                }
            }
            Frame::Ping => {
                writer.add(&Frame::<V>::Pong)?;
                writer.flush().await?;
            }
            Frame::Hello { .. } | Frame::Pong => {
                return Err(ConnectionError::Refused("a second greeting".to_owned()));
            }
        }
    }
}

async fn next<R: AsyncRead + Unpin, V: DeserializeOwned>(
    reader: &mut FrameReader<R>,
    longest: Duration,
) -> Result<Frame<V>, ConnectionError> {
    timeout(longest, reader.next()).await.map_err(|_| ConnectionError::Silent)?
}

/// Who has greeted, if that is somebody to listen to.
fn greeted<V>(context: &Context, first: Frame<V>) -> Result<NodeId, ConnectionError> {
    let refused = |text: String| Err(ConnectionError::Refused(text));
    match first {
        Frame::Hello { protocol, .. } if protocol != PROTOCOL => {
            refused(format!("the peer speaks version {protocol} of the protocol, not {PROTOCOL}"))
        }
        Frame::Hello { cluster, .. } if cluster != context.members.name() => {
            refused(format!("the peer belongs to the cluster {cluster:?}"))
        }
        Frame::Hello { from, .. } if context.members.address(from).is_none() => {
            refused(format!("the peer says it is node {from}, which the cluster does not have"))
        }
        Frame::Hello { from, .. } => Ok(from),
        _ => refused("the peer did not greet".to_owned()),
    }
}

/// Carries messages to a peer for ever, over one connection after the other.
pub(crate) async fn link<N: Network, V: DeserializeOwned + Serialize + Send + Sync + 'static>(
    network: N,
    context: Arc<Context>,
    to: NodeId,
    mut queue: mpsc::Receiver<Message<V>>,
    mut backoff: Backoff,
) {
    let address = context.members.address(to).unwrap_or_default().to_owned();
    loop {
        let Some(stream) = connect(&network, &context, &address).await else {
            sleep(backoff.next()).await;
            continue;
        };
        let began = Instant::now();
        match transmit(stream, &context, &mut queue).await {
            // The node has stopped.
            Ok(()) => return,
            Err(error) => tracing::debug!(
                node = context.id.0, peer = to.0, %error, "a connection to a peer has ended"
            ),
        }
        if began.elapsed() > context.timing.ping {
            backoff.reset();
        }
        sleep(backoff.next()).await;
    }
}

async fn connect<N: Network>(network: &N, context: &Context, address: &str) -> Option<N::Stream> {
    match timeout(context.timing.connect, network.connect(address)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(node = context.id.0, address, %error, "cannot connect");
            None
        }
        Err(_) => {
            tracing::debug!(node = context.id.0, address, "cannot connect: no answer in time");
            None
        }
    }
}

/// Sends what is queued until the connection fails; `Ok` once there is nobody who could queue anything.
async fn transmit<S: AsyncRead + AsyncWrite, V: DeserializeOwned + Serialize>(
    stream: S,
    context: &Context,
    queue: &mut mpsc::Receiver<Message<V>>,
) -> Result<(), ConnectionError> {
    let timing = &context.timing;
    let (reading, writing) = split(stream);
    let mut reader = FrameReader::new(reading, timing.most_bytes);
    let mut writer = FrameWriter::new(writing, timing.most_bytes);
    let cluster = context.members.name().to_owned();
    writer.add(&Frame::<V>::Hello { protocol: PROTOCOL, cluster, from: context.id })?;
    // A connection may stall without an error. So each is asked for a sign of life.
    let mut next_ping = Instant::now();
    let mut is_asked = false;
    loop {
        tokio::select! {
            biased;
            frame = reader.next::<V>() => {
                frame?;
                is_asked = false;
            }
            () = tokio::time::sleep_until(next_ping) => {
                if is_asked {
                    return Err(ConnectionError::Silent);
                }
                is_asked = true;
                next_ping = Instant::now() + timing.ping;
                writer.add(&Frame::<V>::Ping)?;
                flush(&mut writer, timing.ping).await?;
            }
            message = queue.recv() => {
                let Some(message) = message else { return Ok(()) };
                add(&mut writer, context, message)?;
                while writer.waiting() < BATCH
                    && let Ok(message) = queue.try_recv()
                {
                    add(&mut writer, context, message)?;
                }
                flush(&mut writer, timing.ping).await?;
            }
        }
    }
}

/// Adds a message. One that is too large for a frame is lost, and the connection stays.
fn add<W: AsyncWrite + Unpin, V: Serialize>(
    writer: &mut FrameWriter<W>,
    context: &Context,
    message: Message<V>,
) -> Result<(), ConnectionError> {
    match writer.add(&Frame::Message(message)) {
        Err(ConnectionError::Io(error)) if error.kind() == io::ErrorKind::InvalidInput => {
            tracing::warn!(node = context.id.0, %error, "a message is too large to be sent");
            Ok(())
        }
        added => added,
    }
}

async fn flush<W: AsyncWrite + Unpin>(
    writer: &mut FrameWriter<W>,
    longest: Duration,
) -> Result<(), ConnectionError> {
    timeout(longest, writer.flush()).await.map_err(|_| ConnectionError::Silent)?
}
