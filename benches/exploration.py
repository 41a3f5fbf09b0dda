#!/usr/bin/env python3
"""Speed and memory of exploration: one revision beside another, or one thread beside two.

    benches/exploration.py BEFORE [AFTER]        # revisions; AFTER is the working tree if it is left out
    benches/exploration.py --threads             # the working tree with one thread and with two

Both programs are built the same way, in folders of their own under target/exploration, and take turns. Printed are medians
of CPU and wall seconds, edges per CPU second, the ratio of the medians with the least and the greatest ratio of a pair, and
bytes of resident memory per state at the peak, less what the program has before it explores.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target" / "exploration"

# As given, with three attempts: larger than any configuration that is checked in CI.
AS_GIVEN = """SPECIFICATION Spec
CONSTANTS
    Proposers = {1, 2}
    Acceptors = {a1, a2, a3}
    Rounds    = {1}
    Attempts  = {0, 1, 2}
    Values    = {v1, v2}
    NONE      = NONE
INVARIANTS TypeOK Agreement Validity Consistency PromiseIntegrity
PROPERTIES MonotonicPromises MonotonicAccepts
"""


def work(config):
    """Names, and the arguments of the program."""
    def scenario(system, name, layer):
        return [system, "check", "--scenario", name, "--layer", layer]
    return [
        ("Multi-Paxos code, duel", scenario("multi_paxos", "duel", "system")),
        ("the same in the miter, with refusals", scenario("multi_paxos", "duel", "miter")),
        ("queue code, two_by_three", scenario("mpsc_queue", "two_by_three", "system")),
        ("canal code, keepers_2x3", scenario("canal_lock", "keepers_2x3", "system")),
        ("Multi-Paxos as given, 3 attempts", ["multi_paxos", "check", "--module", "MultiPaxosAsGiven", "--config", config]),
    ]


def built(revision):
    """The program of a revision, or of the working tree."""
    name = revision or "working-tree"
    source = ROOT
    if revision:
        source = FOLDER / f"source-{name}"
        if not source.exists():
            subprocess.run(["git", "-C", ROOT, "worktree", "add", "--detach", source, revision], check=True)
    target = FOLDER / f"target-{name}"
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target), CARGO_INCREMENTAL="0")
    build = ["cargo", "build", "--release", "--locked", "--package", "mitregate-models", "--bin", "mitregate"]
    subprocess.run(build, cwd=source, env=environment, check=True)
    return target / "release" / "mitregate"


def run(program, arguments, threads):
    """CPU seconds, wall seconds, bytes at the peak, and the row of the report."""
    start = time.monotonic()
    command = [program, *arguments, "--threads", str(threads), "--format", "json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(map(str, command))} failed: {child.stderr.read()}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, json.loads(out)["results"][0]


def compare(programs, runs, config):
    """A table with a line for each piece of work; each program is a path, a number of threads, and which time counts."""
    print("| work | states | edges | before: CPU s | wall s | edges per CPU s | bytes a state "
          "| after: CPU s | wall s | edges per CPU s | bytes a state | ratio (least to greatest) |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    (_, _, counts), _ = programs
    for name, arguments in work(config):
        samples = [[], []]
        for _ in range(runs):
            for (program, threads, _), those in zip(programs, samples):
                those.append(run(program, arguments, threads))
        rows = [those[0][3] for those in samples]
        if any(row["distinct"] != rows[0]["distinct"] or row["edges"] != rows[0]["edges"] for row in rows):
            sys.exit(f"{name}: the two do not explore the same")
        # What a program has before it explores: that of a run that ends at once.
        least = [run(program, arguments[:1] + ["check", "--scenario", SMALLEST[arguments[0]]], threads)[2]
                 for program, threads, _ in programs]
        cells = []
        for those, small in zip(samples, least):
            cpu, wall, peak = (statistics.median(sample[index] for sample in those) for index in range(3))
            edges = rows[0]["edges"] / cpu
            cells += [f"{cpu:.2f}", f"{wall:.2f}", f"{edges / 1e6:.2f} M",
                      f"{max(0, peak - small) / rows[0]['distinct']:.0f}"]
        ratios = [before[counts] / after[counts] for before, after in zip(*samples)]
        medians = [statistics.median(sample[counts] for sample in those) for those in samples]
        print(f"| {name} | {rows[0]['distinct']:,} | {rows[0]['edges']:,} | {' | '.join(cells)} "
              f"| {medians[0] / medians[1]:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |", flush=True)


# A scenario of each system that takes no time.
SMALLEST = {"multi_paxos": "catch_up", "mpsc_queue": "fault_second_consumer", "canal_lock": "small_alpha"}


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", nargs="?")
    parser.add_argument("after", nargs="?")
    parser.add_argument("--threads", action="store_true")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    if not options.threads and not options.before:
        parser.error("say which revision to compare with, or --threads")
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / "as_given_3_attempts.cfg"
    config.write_text(AS_GIVEN)
    if options.threads:
        program = built(None)
        programs = [(program, 1, 1), (program, 2, 1)]
        print(f"Wall time of one thread, and of two. {machine()}")
    else:
        programs = [(built(options.before), 1, 0), (built(options.after), 1, 0)]
        print(f"CPU time of {options.before}, and of {options.after or 'the working tree'}; one thread each. {machine()}")
    print()
    compare(programs, options.runs, str(config))


main()
