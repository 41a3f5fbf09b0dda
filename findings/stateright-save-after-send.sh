#!/usr/bin/env bash
# Guess: an actor that sends its answer first and calls `Out::save` second loses what it answered for if it
#   crashes in between, and Stateright's checker finds that, as it finds an actor that saves nothing.
# Versions: stateright 0.31.0.
# Behaviour: all commands of one handler are carried out in one step of the model, and a crash is a step of
#   its own. So both orders of `save` and `send` give the same states, and the property holds in both. Who
#   wants the order checked has to look at the commands, or to save and to send in two steps.
# Output seen (states, and whether what was acknowledged survives):
#   save, then send: 15 states, kept
#   send, then save: 15 states, kept
#   send alone: lost
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "order"
version = "0.0.0"
edition = "2021"
[dependencies]
stateright = "=0.31.0"
TOML
cat >src/main.rs <<'RUST'
use stateright::actor::{Actor, ActorModel, Id, Network, Out};
use stateright::{Checker, Expectation, Model};
use std::borrow::Cow;
/// The server keeps what the client puts; both have a flag: kept, and acknowledged.
#[derive(Clone)]
enum Node { Server(&'static str), Client }
impl Actor for Node {
    type Msg = &'static str;
    type Timer = ();
    type State = bool;
    type Storage = bool;
    type Random = ();
    fn on_start(&self, _: Id, disk: &Option<bool>, o: &mut Out<Self>) -> bool {
        if let Node::Client = self { o.send(Id::from(0), "put") }
        disk.unwrap_or(false)
    }
    fn on_msg(&self, _: Id, state: &mut Cow<bool>, src: Id, _: &'static str, o: &mut Out<Self>) {
        *state.to_mut() = true;
        match self {
            Node::Server("save, then send") => { o.save(true); o.send(src, "done") }
            Node::Server("send, then save") => { o.send(src, "done"); o.save(true) }
            Node::Server(_) => o.send(src, "done"),
            Node::Client => {}
        }
    }
}
fn main() {
    for order in ["save, then send", "send, then save", "send alone"] {
        let checker = ActorModel::new((), ())
            .actors([Node::Server(order), Node::Client])
            .init_network(Network::new_unordered_duplicating([]))
            .max_crashes(1)
            .property(Expectation::Always, "kept", |_, it| {
                !*it.actor_states[1] || it.crashed[0] || *it.actor_states[0]
            })
            .checker().spawn_bfs().join();
        let states = checker.unique_state_count();
        match checker.discovery("kept") {
            None => println!("{order}: {states} states, kept"),
            Some(_) => println!("{order}: lost"),
        }
    }
}
RUST
cargo build --quiet
target/debug/order | tee seen
diff seen - <<'SEEN'
save, then send: 15 states, kept
send, then save: 15 states, kept
send alone: lost
SEEN
