//! Messages between nodes: frames over TCP, the same for all peers.

use std::io;

use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::bytes::Bytes;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

/// One end of a connection.
pub(crate) struct Connection(Framed<TcpStream, LengthDelimitedCodec>);

/// A socket on loopback, at a port that the system chooses, and its address.
pub(crate) async fn listen() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?.to_string();
    Ok((listener, address))
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection(Framed::new(stream, LengthDelimitedCodec::new())))
    }

    pub(crate) async fn connect(address: &str) -> io::Result<Connection> {
        Connection::new(TcpStream::connect(address).await?)
    }

    /// Adds a message to those that the next flush sends.
    pub(crate) async fn add(&mut self, message: &impl Serialize) -> io::Result<()> {
        let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
        self.0.feed(Bytes::from(bytes)).await
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        SinkExt::<Bytes>::flush(&mut self.0).await
    }

    /// The next message, none once the other end has closed the connection.
    pub(crate) async fn next<M: DeserializeOwned>(&mut self) -> io::Result<Option<M>> {
        let Some(bytes) = self.0.next().await.transpose()? else { return Ok(None) };
        postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
    }
}
