#!/usr/bin/env python3
"""Draws docs/speed.svg from what the bench `growth` prints. Needs matplotlib.

    cargo bench -p mitregate-benches --bench growth > growth.csv
    benches/plot_growth.py growth.csv docs/speed.svg
"""

import csv
import sys
from collections import defaultdict

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  after the backend is chosen

NAMES = {"mitregate": "Mitregate", "stateright": "Stateright 0.31", "tlc": "TLC 2.15, with its start"}
# Colours that colour-blind readers can tell apart.
COLOURS = {"mitregate": "#0072b2", "stateright": "#d55e00", "tlc": "#009e73"}


def main():
    source, target = sys.argv[1:]
    # The same file each time: no date, and names of elements that do not depend on chance.
    matplotlib.rcParams["svg.hashsalt"] = "mitregate"
    lines = defaultdict(list)
    with open(source) as file:
        for row in csv.DictReader(line for line in file if "," in line):
            lines[row["engine"]].append((int(row["states"]), int(row["edges"]), float(row["seconds"])))
    figure, (speed, cost) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for engine, points in lines.items():
        states = [point[0] for point in points]
        style = {"label": NAMES[engine], "color": COLOURS[engine], "marker": "o"}
        speed.plot(states, [count / seconds for count, _, seconds in points], **style)
        cost.plot(states, [1e9 * seconds / edges for _, edges, seconds in points], **style)
    speed.set_title("distinct states per second")
    cost.set_title("nanoseconds for each edge")
    for axes in (speed, cost):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("distinct states: Multi-Paxos as given, one thread")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(target, metadata={"Date": None})


main()
