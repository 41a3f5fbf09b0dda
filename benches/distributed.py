#!/usr/bin/env python3
"""Several processes beside one, by turns: time, CPU time, memory of the largest process, and bytes on the loopback device.

    cargo build --release --features distributed --examples
    benches/distributed.py [ROUNDS]

Ratios are to the engine of one process on one thread, medians of the rounds (5 without ROUNDS). Linux only: bytes are read from
/proc, and memory is that of GNU time.
"""

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "target/release/examples"
CHECKS = [
    ("multi_paxos", "rejected", "miter"),
    ("mpsc_queue", "shrinking_asleep", "miter"),
    ("canal_lock", "option4_3x2", "miter"),
]
HOW = {
    "one thread": ["--threads", "1"],
    "1 worker": ["--workers", "1"],
    "2 workers": ["--workers", "2"],
    "2 processes": ["--processes", "2"],
}


def loopback():
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[0])
    return 0


def run(check, how):
    system, scenario, layer = check
    command = [EXAMPLES / system, "check", "--scenario", scenario, "--layer", layer, "--format", "json", *how]
    before, sent, start = resource.getrusage(resource.RUSAGE_CHILDREN), loopback(), time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, int(done.stderr.split()[-1]) / 1024, loopback() - sent


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print("| check | how | s | ratio | CPU ratio | MiB of the first | MB sent |\n|---|---|---|---|---|---|---|")
    for check in CHECKS:
        seen = {name: [] for name in HOW}
        for _ in range(rounds):
            for name, how in HOW.items():
                seen[name].append(run(check, how))
        base = [statistics.median(column) for column in zip(*seen["one thread"])]
        for name, runs in seen.items():
            wall, cpu, memory, sent = (statistics.median(column) for column in zip(*runs))
            print(
                f"| {' '.join(check)} | {name} | {wall:.2f} | {wall / base[0]:.2f} | {cpu / base[1]:.2f} "
                f"| {memory:.0f} | {sent / 1e6:.1f} |"
            )


if __name__ == "__main__":
    main()
