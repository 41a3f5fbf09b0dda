//! Connections between nodes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mitregate_multi_paxos::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::frame::{ConnectionError, Frame, FrameReader, FrameWriter, Letter, PROTOCOL};
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
pub(crate) type Inbox<V> = mpsc::Sender<(NodeId, Letter<V>)>;

/// How many bytes are gathered before they are sent.
const BATCH: usize = 1 << 16;

/// How many letters wait for a peer. Further ones are lost.
pub(crate) const QUEUE: usize = 4096;

/// Takes connections for ever.
pub(crate) async fn listen<N: Network, V: DeserializeOwned + Serialize + Send + Sync + 'static>(
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
            Frame::Letter(letter) => {
                if inbox.send((from, letter)).await.is_err() {
                    return Ok(());
                }
            }
            Frame::Ping => {
                writer.add(&Frame::<V>::Pong)?;
                flush(writer, longest).await?;
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

/// Carries letters to a peer for ever, over one connection after the other.
pub(crate) async fn link<N: Network, V: DeserializeOwned + Serialize + Send + Sync + 'static>(
    network: N,
    context: Arc<Context>,
    to: NodeId,
    mut queue: mpsc::Receiver<Letter<V>>,
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
    queue: &mut mpsc::Receiver<Letter<V>>,
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
                // Anything else is no answer: such as one's own words, from a connection to oneself.
                match frame? {
                    Frame::Pong => is_asked = false,
                    _ => return Err(ConnectionError::Refused("no answer to a ping".to_owned())),
                }
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
            letter = queue.recv() => {
                let Some(letter) = letter else { return Ok(()) };
                add(&mut writer, context, letter)?;
                while writer.waiting() < BATCH
                    && let Ok(letter) = queue.try_recv()
                {
                    add(&mut writer, context, letter)?;
                }
                flush(&mut writer, timing.ping).await?;
            }
        }
    }
}

/// Adds a letter. One that is too large for a frame is lost, and the connection stays.
fn add<W: AsyncWrite + Unpin, V: Serialize>(
    writer: &mut FrameWriter<W>,
    context: &Context,
    letter: Letter<V>,
) -> Result<(), ConnectionError> {
    match writer.add(&Frame::Letter(letter)) {
        Err(ConnectionError::Io(error)) if error.kind() == io::ErrorKind::InvalidInput => {
            tracing::warn!(node = context.id.0, %error, "a letter is too large to be sent");
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

#[cfg(test)]
mod tests {
    use mitregate_multi_paxos::{Message, Round, Snapshot};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::members::Member;
    use super::*;

    type Value = String;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(future)
    }

    fn context(id: u32, name: &str, addresses: [String; 2]) -> Arc<Context> {
        let members = (0..).zip(addresses).map(|(id, address)| Member {
            id: NodeId(id),
            address,
            is_acceptor: true,
            is_proposer: true,
        });
        let timing = Timing {
            ping: Duration::from_millis(200),
            least_backoff: Duration::from_millis(1),
            most_bytes: 1000,
            ..Timing::default()
        };
        Arc::new(Context { id: NodeId(id), members: Members::new(name, members).unwrap(), timing })
    }

    /// A node 0 that listens, what comes in, and its address.
    async fn node() -> (JoinSet<()>, mpsc::Receiver<(NodeId, Letter<Value>)>, String) {
        let listener = Tcp.bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (inbox, arrivals) = mpsc::channel(100);
        let context = context(0, "test", [address.clone(), "127.0.0.1:1".into()]);
        let mut tasks = JoinSet::new();
        tasks.spawn(listen::<Tcp, Value>(listener, context, inbox));
        (tasks, arrivals, address)
    }

    /// A letter of which the number tells it from others.
    fn letter(number: u64) -> Letter<Value> {
        Letter::Message(Message::CatchUp { from: Round(number) })
    }

    /// Sends frames as node 1, and waits until the connection is closed, or a moment.
    async fn send(address: &str, frames: &[Frame<Value>], raw: &[u8]) -> bool {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut reading, writing) = split(stream);
        let mut writer = FrameWriter::new(writing, 100_000);
        for frame in frames {
            writer.add(frame).unwrap();
        }
        writer.flush().await.unwrap();
        let mut stream = reading.unsplit(writer.into_inner());
        stream.write_all(raw).await.unwrap();
        reading = split(stream).0;
        let mut rest = Vec::new();
        timeout(Duration::from_millis(150), reading.read_to_end(&mut rest)).await.is_ok()
    }

    fn hello(protocol: u32, cluster: &str, from: u32) -> Frame<Value> {
        Frame::Hello { protocol, cluster: cluster.to_owned(), from: NodeId(from) }
    }

    #[test]
    fn who_does_not_belong_here_is_not_listened_to() {
        block_on(async {
            let (_tasks, mut arrivals, address) = node().await;
            let refused = [
                hello(PROTOCOL + 1, "test", 1),
                hello(PROTOCOL, "other", 1),
                hello(PROTOCOL, "test", 7),
                Frame::Ping,
            ];
            for first in refused {
                let frames = [first.clone(), Frame::Letter(letter(1))];
                assert!(send(&address, &frames, &[]).await, "{first:?}: the connection stays");
            }
            let frames = [hello(PROTOCOL, "test", 1), Frame::Letter(letter(2))];
            assert!(!send(&address, &frames, &[]).await, "the connection is closed");
            assert_eq!(arrivals.recv().await, Some((NodeId(1), letter(2))));
        });
    }

    #[test]
    fn a_malformed_frame_ends_its_connection_and_no_other() {
        block_on(async {
            let (_tasks, mut arrivals, address) = node().await;
            let good = TcpStream::connect(&address).await.unwrap();
            let mut writer = FrameWriter::new(split(good).1, 1000);
            writer.add(&hello(PROTOCOL, "test", 1)).unwrap();
            writer.add(&Frame::Letter(letter(0))).unwrap();
            writer.flush().await.unwrap();
            assert_eq!(arrivals.recv().await, Some((NodeId(1), letter(0))));
            let hello = [hello(PROTOCOL, "test", 1)];
            for raw in [&[0, 0, 0, 2, 99, 0][..], &[0, 1, 0, 0], &[255; 9], &[0, 0, 0, 0]] {
                assert!(send(&address, &hello, raw).await, "{raw:?}: the connection stays");
            }
            writer.add(&Frame::Letter(letter(1))).unwrap();
            writer.flush().await.unwrap();
            assert_eq!(arrivals.recv().await, Some((NodeId(1), letter(1))));
        });
    }

    #[test]
    fn a_link_finds_its_peer_again_and_drops_what_is_too_large() {
        block_on(async {
            let (mut tasks, mut arrivals, address) = node().await;
            let (queue, queued) = mpsc::channel(100);
            let addresses = [address.clone(), "127.0.0.1:1".into()];
            let context = context(1, "test", addresses);
            let backoff = Backoff::new(&context.timing, fastrand::Rng::with_seed(1));
            let to = NodeId(0);
            let link = tokio::spawn(link::<Tcp, Value>(Tcp, context, to, queued, backoff));
            let snapshot = Snapshot { before: Round(9), state: vec![0; 2000].into() };
            let large = Letter::Message(Message::Snapshot(snapshot));
            for letter in [letter(0), large, letter(1)] {
                queue.send(letter).await.unwrap();
            }
            for number in 0..2 {
                assert_eq!(arrivals.recv().await, Some((NodeId(1), letter(number))));
            }
            // The peer goes, and comes back at its address.
            tasks.shutdown().await;
            let listener = loop {
                match Tcp.bind(&address).await {
                    Ok(listener) => break listener,
                    Err(_) => sleep(Duration::from_millis(10)).await,
                }
            };
            let (inbox, mut arrivals) = mpsc::channel(100);
            let context = self::context(0, "test", [address, "127.0.0.1:1".into()]);
            tasks.spawn(listen::<Tcp, Value>(listener, context, inbox));
            // What is sent before the link has noticed is lost.
            for number in 2.. {
                queue.send(letter(number)).await.unwrap();
                if timeout(Duration::from_millis(20), arrivals.recv()).await.is_ok() {
                    break;
                }
                assert!(number < 500, "nothing arrives");
            }
            drop(queue);
            timeout(Duration::from_secs(5), link).await.unwrap().unwrap();
        });
    }

    #[test]
    fn a_peer_that_does_not_answer_is_given_up() {
        block_on(async {
            let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = silent.local_addr().unwrap().to_string();
            let context = context(1, "test", [address.clone(), "127.0.0.1:1".into()]);
            let (_queue, mut queued) = mpsc::channel::<Letter<Value>>(1);
            let stream = Tcp.connect(&address).await.unwrap();
            let end = transmit(stream, &context, &mut queued).await;
            assert!(matches!(end, Err(ConnectionError::Silent)), "{end:?}");
        });
    }
}
