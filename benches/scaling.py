#!/usr/bin/env python3
"""What more workers would bring to an exploration of 10^10 states: measures what a worker costs on this machine, works out the rest
and draws docs/distributed.svg. Needs matplotlib.

    cargo build --release --features distributed --examples
    cargo bench -p mitregate-benches --bench levels > levels.csv
    benches/scaling.py levels.csv docs/distributed.svg

Measured, by turns, medians of five: the CPU time of the canal's many thin levels with 1 to 8 processes, which is work, a part for
each worker and level, and a part for each pair of workers and level; the time of a state on one worker; the bytes that two
processes send each other. Assumed, and printed: what a network between machines adds to a round, and its speed.
"""

import csv
import statistics
import sys
from collections import defaultdict

import matplotlib

from distributed import CHECKS, run

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  after the backend is chosen

ROUNDS = 2  # of a level
STATES = 1e10
LATENCY = 50e-6  # seconds that a network adds to a round
BYTES_A_SECOND = 1.25e9  # of a host, 10 gigabits
WORKERS_OF_HOST = 16
BYTES_OF_STATE = 11  # in the table of seen states
WORKERS = [1, 2, 4, 8, 10, 16, 32, 64, 100, 128, 256, 512, 1000]
NAMES = {
    "multi_paxos rejected": "Multi-Paxos, 49 levels",
    "mpsc_queue shrinking_asleep": "queue, 73 levels",
    "canal_lock option4_3x2": "canal, 956 levels",
    "deep": "canal, levels as thin as they are",
}
# Colours that colour-blind readers can tell apart.
COLOURS = dict(zip(NAMES, ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]))


def levels_of(source):
    levels = defaultdict(list)
    with open(source) as file:
        for row in csv.DictReader(line for line in file if "," in line):
            levels[row["check"]].append(int(row["states"]))
    return {check: [states for states in all_levels if states] for check, all_levels in levels.items()}


def median(check, how, rounds=5):
    return [statistics.median(column) for column in zip(*(run(check, how) for _ in range(rounds)))]


def fit(points):
    """Least squares of y = a + b x1 + c x2, by the normal equations."""
    rows = [(1.0, x1, x2) for x1, x2, _ in points]
    matrix = [[sum(row[i] * row[j] for row in rows) for j in range(3)] for i in range(3)]
    right = [sum(row[i] * y for row, (_, _, y) in zip(rows, points)) for i in range(3)]
    for i in range(3):
        for j in range(i + 1, 3):
            factor = matrix[j][i] / matrix[i][i]
            matrix[j] = [x - factor * y for x, y in zip(matrix[j], matrix[i])]
            right[j] -= factor * right[i]
    answer = [0.0] * 3
    for i in reversed(range(3)):
        known = sum(matrix[i][j] * answer[j] for j in range(i + 1, 3))
        answer[i] = (right[i] - known) / matrix[i][i]
    return answer


def costs(thin, levels):
    """What a level costs each worker, and each worker for each other one, in seconds of CPU time."""
    print("| processes | CPU s | s |\n|---|---|---|")
    points = []
    for processes in [1, 2, 3, 4, 6, 8]:
        wall, cpu, _, _ = median(thin, ["--processes", str(processes)])
        points.append((levels * processes, levels * processes * (processes - 1), cpu))
        print(f"| {processes} | {cpu:.2f} | {wall:.2f} |", flush=True)
    _, each, pair = fit(points)
    return each, max(pair, 0.0)


def all_to_all(workers, each, pair):
    """The rounds of a level where every worker tells every other how far it is, as it is."""
    return each + pair * (workers - 1) + ROUNDS * LATENCY


def along_a_tree(workers, each, pair):
    """The same where they tell it up a tree of all workers and down again: fewer messages, one after the other."""
    hops = 2 * (workers - 1).bit_length()
    return each + hops * (pair + ROUNDS * LATENCY)


def seconds(levels, workers, state, sent, meet):
    """How long levels take: each waits for the worker with the most of it, for the rounds, and for the bytes."""
    total = 0.0
    hosts = max(1, workers / WORKERS_OF_HOST)
    for states, times in levels:
        share = -(-states // workers)
        wire = states * sent * (1 - 1 / hosts) / hosts / BYTES_A_SECOND
        total += times * (share * state + (meet if workers > 1 else 0) + wire)
    return total


def main():
    source, target = sys.argv[1:]
    all_levels = levels_of(source)
    thin = CHECKS[2]
    each, pair = costs(thin, len(all_levels["canal_lock option4_3x2"]))
    print(f"\na level costs each worker {each * 1e6:.0f} us, and {pair * 1e6:.1f} us for each other one\n")
    print("| check | a state | sent for each | workers | hours | times as fast | along a tree | GB a worker |\n|---|---|---|---|---|---|---|---|")
    matplotlib.rcParams["svg.hashsalt"] = "mitregate"
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    shapes = []
    for check in CHECKS:
        name = f"{check[0]} {check[1]}"
        known = sum(all_levels[name])
        state = median(check, ["--workers", "1"])[0] / known
        # Two processes send half of what goes to owners to the other one.
        sent = 2 * median(check, ["--processes", "2"])[3] / known
        shapes.append((name, state, sent, [(round(it * STATES / known), 1) for it in all_levels[name]]))
    # More states may as well mean more levels, and none of them larger.
    states = round(known / len(all_levels[name]))
    shapes.append(("deep", state, sent, [(states, STATES / states)]))
    for name, state, sent, levels in shapes:
        def took(workers, rounds):
            return seconds(levels, workers, state, sent, rounds(workers, each, pair))

        alone = took(1, all_to_all)
        for rounds, style in [(all_to_all, "-"), (along_a_tree, ":")]:
            is_ours = rounds is all_to_all
            style = dict(linestyle=style, color=COLOURS[name], marker="o" if is_ours else None)
            label = NAMES[name] if is_ours else None
            axes.plot(WORKERS, [alone / took(it, rounds) for it in WORKERS], label=label, **style)
        for workers in [1, 10, 100, 512, 1000]:
            hours, memory = took(workers, all_to_all) / 3600, STATES / workers * BYTES_OF_STATE / 1e9
            gain, better = (alone / took(workers, rounds) for rounds in (all_to_all, along_a_tree))
            print(
                f"| {NAMES[name]} | {state * 1e6:.1f} us | {sent:.1f} B | {workers:,} | {hours:.2f} "
                f"| {gain:.3g} | {better:.3g} | {memory:.2f} |"
            )
    axes.plot(WORKERS, WORKERS, color="#888888", linewidth=0.8, label="ideal")
    axes.axhline(1, color="#888888", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("workers")
    axes.set_ylabel("times as fast as one")
    axes.set_title("10¹⁰ states, worked out from measured costs; dotted: if workers met along a tree")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(target, metadata={"Date": None})


main()
