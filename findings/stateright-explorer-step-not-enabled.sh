#!/usr/bin/env bash
# Guess: in Stateright's Explorer, the address of a step that cannot be taken is not found, as that of an
#   index that is too high is not.
# Versions: stateright 0.31.0.
# Behaviour: an action that the model offers and whose `next_state` is None has an index of its own. Its
#   address answers 200 with the steps of the state before it, and a path may go on from there: so one state
#   has any number of addresses, and a path in the page's address bar can name steps that were never taken.
# Output seen (status, and whether the answer is that of the state before):
#   beyond the last action: 404
#   the action that is not enabled: 200, same as the state before
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "served"
version = "0.0.0"
edition = "2021"
[dependencies]
stateright = "=0.31.0"
TOML
cat >src/main.rs <<'RUST'
use stateright::Model;
/// Counts to three by ones; it also offers to go back, which it never does.
#[derive(Clone)]
struct Count;
#[derive(Clone, Debug, PartialEq)]
enum Step { Up, Back }
impl Model for Count {
    type State = u8;
    type Action = Step;
    fn init_states(&self) -> Vec<u8> { vec![0] }
    fn actions(&self, _: &u8, actions: &mut Vec<Step>) { actions.extend([Step::Up, Step::Back]) }
    fn next_state(&self, at: &u8, step: Step) -> Option<u8> {
        (step == Step::Up && *at < 3).then(|| at + 1)
    }
    fn properties(&self) -> Vec<stateright::Property<Self>> {
        vec![stateright::Property::always("small", |_, at| *at < 9)]
    }
}
fn main() {
    let port = std::env::args().nth(1).unwrap();
    Count.checker().serve(format!("127.0.0.1:{port}"));
}
RUST
cargo build --quiet
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
target/debug/served "$port" >/dev/null 2>&1 &
server=$!
get() { curl --silent --output "$2" --write-out '%{http_code}' "http://127.0.0.1:$port/.states$1"; }
for _ in $(seq 100); do get /0 before >/dev/null && break || sleep 0.1; done
# After the first initial state, action 0 counts up and action 1 is not enabled.
beyond=$(get /0/2 beyond)
disabled=$(get /0/1 disabled)
same=other
cmp --silent before disabled && same='same as the state before'
echo "beyond the last action: $beyond"
echo "the action that is not enabled: $disabled, $same"
[ "$beyond" = 404 ] && [ "$disabled" = 200 ] && [ "$same" = 'same as the state before' ]
