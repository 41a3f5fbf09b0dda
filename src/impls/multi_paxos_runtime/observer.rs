//! Who is told what a node does, for holding it against the spec.

use std::io::{self, Write};

use mitregate_multi_paxos::{Cluster, Effect, NodeId, Stored, Trace, TraceEvent};
use serde::Serialize;

/// Is told of each effect, after it is on disk and before anything is sent that comes later.
pub trait Observer<V>: Send + 'static {
    /// The node starts with this on its disk.
    ///
    /// # Errors
    ///
    /// If it cannot be told; the node then stops.
    fn starts(&mut self, node: NodeId, cluster: &Cluster, stored: &Stored<V>) -> io::Result<()>;

    /// An effect is about to be carried out, or is on disk if that is the effect.
    ///
    /// # Errors
    ///
    /// As of [`Observer::starts`].
    fn observe(&mut self, node: NodeId, effect: &Effect<V>) -> io::Result<()>;
}

/// Nobody looks. It costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl<V> Observer<V> for Unobserved {
    #[inline]
    fn starts(&mut self, _: NodeId, _: &Cluster, _: &Stored<V>) -> io::Result<()> {
        Ok(())
    }

    #[inline]
    fn observe(&mut self, _: NodeId, _: &Effect<V>) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a [`Trace`] as JSON lines. Each line goes out at once, so a process that is killed has written all
/// that others can know of.
#[derive(Debug)]
pub struct JsonLines<W>(pub W);

impl<W: Write + Send + 'static> JsonLines<W> {
    fn write<V: Serialize>(&mut self, trace: &Trace<V>) -> io::Result<()> {
        let mut line = serde_json::to_vec(trace)?;
        line.push(b'\n');
        self.0.write_all(&line)?;
        self.0.flush()
    }
}

impl<V: Clone + Serialize, W: Write + Send + 'static> Observer<V> for JsonLines<W> {
    fn starts(&mut self, node: NodeId, cluster: &Cluster, stored: &Stored<V>) -> io::Result<()> {
        let (cluster, stored) = (cluster.clone(), stored.clone());
        self.write(&Trace { node, event: TraceEvent::Start { cluster, stored } })
    }

    fn observe(&mut self, node: NodeId, effect: &Effect<V>) -> io::Result<()> {
        match TraceEvent::of(effect) {
            Some(event) => self.write(&Trace { node, event }),
            None => Ok(()),
        }
    }
}

/// Emits each entry of a [`Trace`] as an event of `tracing`, with the target [`TARGET`], the fields `node` and
/// `trace`, and the level `TRACE`. The latter is the entry as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traced;

/// The target of the events.
pub const TARGET: &str = "mitregate::trace";

impl Traced {
    fn emit<V: Serialize>(trace: &Trace<V>) -> io::Result<()> {
        let json = serde_json::to_string(trace)?;
        tracing::trace!(target: TARGET, node = trace.node.0, trace = json);
        Ok(())
    }
}

impl<V: Clone + Serialize> Observer<V> for Traced {
    fn starts(&mut self, node: NodeId, cluster: &Cluster, stored: &Stored<V>) -> io::Result<()> {
        if tracing::enabled!(target: TARGET, tracing::Level::TRACE) {
            let (cluster, stored) = (cluster.clone(), stored.clone());
            Traced::emit(&Trace { node, event: TraceEvent::Start { cluster, stored } })?;
        }
        Ok(())
    }

    fn observe(&mut self, node: NodeId, effect: &Effect<V>) -> io::Result<()> {
        if tracing::enabled!(target: TARGET, tracing::Level::TRACE)
            && let Some(event) = TraceEvent::of(effect)
        {
            Traced::emit(&Trace { node, event })?;
        }
        Ok(())
    }
}
