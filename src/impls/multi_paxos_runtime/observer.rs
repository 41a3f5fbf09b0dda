//! Who is told what a node does, for holding it against the spec.

use std::io::Write;

use mitregate_multi_paxos::{Cluster, Effect, NodeId, Stored, Trace, TraceEvent};
use serde::Serialize;

/// Is told of each effect, after it is on disk and before anything is sent that comes later.
pub trait Observer<V>: Send + 'static {
    /// The node starts with this on its disk.
    fn starts(&mut self, node: NodeId, cluster: &Cluster, stored: &Stored<V>);

    /// An effect is about to be carried out, or is on disk if that is the effect.
    fn observe(&mut self, node: NodeId, effect: &Effect<V>);
}

/// Nobody looks. It costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl<V> Observer<V> for Unobserved {
    #[inline]
    fn starts(&mut self, _: NodeId, _: &Cluster, _: &Stored<V>) {}

    #[inline]
    fn observe(&mut self, _: NodeId, _: &Effect<V>) {}
}

/// Writes a [`Trace`] as JSON lines. Each line goes out at once, so a process that is killed has written all
/// that others can know of.
#[derive(Debug)]
pub struct JsonLines<W>(pub W);

impl<W: Write + Send + 'static> JsonLines<W> {
    fn write<V: Serialize>(&mut self, trace: &Trace<V>) {
        let written =
            serde_json::to_vec(trace).map_err(std::io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                self.0.write_all(&line)?;
                self.0.flush()
            });
        if let Err(error) = written {
            tracing::error!(node = trace.node.0, %error, "cannot write the trace");
        }
    }
}

impl<V: Clone + Serialize, W: Write + Send + 'static> Observer<V> for JsonLines<W> {
    fn starts(&mut self, node: NodeId, cluster: &Cluster, stored: &Stored<V>) {
        let (cluster, stored) = (cluster.clone(), stored.clone());
        self.write(&Trace { node, event: TraceEvent::Start { cluster, stored } });
    }

    fn observe(&mut self, node: NodeId, effect: &Effect<V>) {
        if let Some(event) = TraceEvent::of(effect) {
            self.write(&Trace { node, event });
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
    fn emit<V: Serialize>(trace: &Trace<V>) {
        if let Ok(json) = serde_json::to_string(trace) {
            tracing::trace!(target: TARGET, node = trace.node.0, trace = json);
        }
    }
}

impl<V: Clone + Serialize> Observer<V> for Traced {
    fn starts(&mut self, node: NodeId, cluster: &Cluster, stored: &Stored<V>) {
        if tracing::enabled!(target: TARGET, tracing::Level::TRACE) {
            let (cluster, stored) = (cluster.clone(), stored.clone());
            Traced::emit(&Trace { node, event: TraceEvent::Start { cluster, stored } });
        }
    }

    fn observe(&mut self, node: NodeId, effect: &Effect<V>) {
        if tracing::enabled!(target: TARGET, tracing::Level::TRACE)
            && let Some(event) = TraceEvent::of(effect)
        {
            Traced::emit(&Trace { node, event });
        }
    }
}
