#!/usr/bin/env bash
# Guess: with `rng_seed` and `epoch` set, no HashMap and no unbiased `select!`, a turmoil run repeats, also if the
#   same process runs something else.
# Versions: turmoil 0.7.2, tokio 1.54.1.
# Behaviour: `Sim::crash` drops the host's runtime, which drops its spawned tasks shard by shard; a task's shard
#   is its id modulo four, and ids are counted in the whole process. The tasks' connections end in that order, each
#   end of a connection draws its latency from the seeded generator, and so the latencies come to other links.
#   Two runs differ unless the process spawned a multiple of four tasks from one to the next. Partition the host
#   from all others before it is crashed: then nothing is sent, and the run repeats.
# Output seen:
#   crash alone: differs
#   partition, then crash: same
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
turmoil = "=0.7.2"
tokio = { version = "=1.54.1", features = ["full"] }
TOML
cat >src/main.rs <<'RUST'
use std::{sync::{Arc, Mutex}, time::{Duration, UNIX_EPOCH}};
use tokio::io::AsyncReadExt;
use turmoil::net::{TcpListener, TcpStream};
const PEERS: [&str; 4] = ["a", "b", "c", "d"];
/// When each peer sees its connection end, in milliseconds.
fn run(partition: bool) -> Vec<(usize, u128)> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut sim = turmoil::Builder::new()
        .rng_seed(7).epoch(UNIX_EPOCH)
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(90)).build();
    for (index, name) in PEERS.into_iter().enumerate() {
        let seen = seen.clone();
        sim.host(name, move || {
            let seen = seen.clone();
            async move {
                let (mut stream, _) = TcpListener::bind("0.0.0.0:1").await?.accept().await?;
                let _ = stream.read_u8().await;
                seen.lock().unwrap().push((index, turmoil::sim_elapsed().unwrap().as_millis()));
                std::future::pending().await
            }
        });
    }
    sim.host("center", || async {
        for name in PEERS {
            tokio::spawn(async move {
                let _stream = TcpStream::connect((name, 1)).await.unwrap();
                std::future::pending::<()>().await
            });
        }
        std::future::pending().await
    });
    for _ in 0..500 { sim.step().unwrap(); }
    if partition { PEERS.into_iter().for_each(|name| sim.partition("center", name)) }
    sim.crash("center");
    for _ in 0..500 { sim.step().unwrap(); }
    let ends = seen.lock().unwrap().clone();
    ends
}
fn main() {
    for (name, partition) in [("crash alone", false), ("partition, then crash", true)] {
        let first = run(partition);
        // Two more tasks in this process, in a runtime of their own.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        (0..2).for_each(|_| runtime.block_on(runtime.spawn(async {})).unwrap());
        println!("{name}: {}", if run(partition) == first { "same" } else { "differs" });
    }
}
RUST
cargo build --quiet
target/debug/order | tee seen
printf 'crash alone: differs\npartition, then crash: same\n' | diff seen -
