#!/usr/bin/env python3
"""Several processes beside one, by turns: time, CPU time, memory of the largest process, and bytes on the loopback device. Then the
memory of each process, of 1, 2 and 4.

    cargo build --release --features distributed --examples
    benches/distributed.py [ROUNDS]

Ratios are to the engine of one process on one thread, medians of the rounds (5 without ROUNDS). Linux only: bytes are read from
/proc, and memory is that of GNU time.
"""

import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "target/release/examples"
CHECKS = [
    ("multi_paxos", "rejected", "miter"),
    ("mpsc_queue", "shrinking_asleep", "miter"),
    ("canal_lock", "option4_3x2", "miter"),
]
# Without temporal properties, whose edges the first process keeps.
LARGE = [
    (("multi_paxos", "rejected", "system"), 600_000),
    (("mpsc_queue", "three_by_two", "system"), 5_000_000),
    (("mpsc_queue", "ten_messages", "spec"), 20_000_000),
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


def memory_of_each(check, processes, most):
    """MiB of each of some processes, which explore so many states."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(processes)]
    addresses = [f"127.0.0.1:{it.getsockname()[1]}" for it in listeners]
    for listener in listeners:
        listener.close()
    system, scenario, layer = check
    with tempfile.NamedTemporaryFile("w") as hosts:
        hosts.write("\n".join(addresses))
        hosts.flush()
        command = ["/usr/bin/time", "-f", "%M", EXAMPLES / system, "check", "--scenario", scenario, "--layer", layer]
        command += ["--max-states", str(most), "--hostfile", hosts.name, "--patience", "1min", "--process"]
        started = [
            subprocess.Popen([*command, str(process)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            for process in range(processes)
        ]
        ended = [it.communicate()[1] for it in started]
        if any(it.returncode not in (0, 3) for it in started):
            sys.exit("".join(ended))
        return [int(it.split()[-1]) / 1024 for it in ended]


def memory():
    print("\n| check | states | processes | MiB of each, beyond what they begin with | bytes a state and process |\n|---|---|---|---|---|")
    for check, most in LARGE:
        for processes in [1, 2, 4]:
            least = max(memory_of_each(check, processes, 1))
            each = [it - least for it in memory_of_each(check, processes, most)]
            per_state = statistics.mean(each) * 2**20 / most
            shown = ", ".join(f"{it:.0f}" for it in each)
            print(f"| {' '.join(check)} | {most:,} | {processes} | {shown} | {per_state:.1f} |", flush=True)


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
    memory()


if __name__ == "__main__":
    main()
