#!/usr/bin/env python3
"""Draws docs/queue_speed.svg from the table that the bench `mpsc_queue` prints. Needs matplotlib.

    cargo bench -p mitregate-benches --features peers --bench mpsc_queue -- table > queue.md
    benches/plot_queue.py queue.md docs/queue_speed.svg
"""

import sys
from collections import defaultdict

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  after the backend is chosen

# Colours that colour-blind readers can tell apart, and a mark for each queue.
STYLES = {
    "fixed 1,024": ("this queue", "#0072b2", "o", "-"),
    "elastic 64..1,024": ("this queue, elastic", "#0072b2", "s", "--"),
    "crossfire": ("crossfire", "#d55e00", "^", "-"),
    "kanal": ("kanal", "#cc79a7", "v", "-"),
    "crossbeam-channel": ("crossbeam-channel", "#009e73", "D", "-"),
    "std sync_channel": ("std", "#000000", "x", "-"),
    "flume": ("flume", "#999999", "+", "-"),
}
PANELS = [("", "words"), (", blocking", "words"), ("", "64 bytes"), (", blocking", "64 bytes")]
PRODUCERS = [1, 2, 4]


def main():
    source, target = sys.argv[1:]
    # The same file each time: no date, and names of elements that do not depend on chance.
    matplotlib.rcParams["svg.hashsalt"] = "mitregate"
    nanoseconds = defaultdict(dict)
    with open(source) as file:
        for line in file:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) == 7 and " to 1" in cells[0]:
                nanoseconds[cells[0]][cells[1]] = float(cells[5])
    figure, panels = plt.subplots(2, 2, figsize=(10, 7), layout="constrained", sharex=True)
    for axes, (how, size) in zip(panels.flat, PANELS):
        for queue, (name, colour, mark, line) in STYLES.items():
            times = [nanoseconds[f"{count} to 1{how}, {size}"].get(queue) for count in PRODUCERS]
            if all(times):
                rates = [1e3 / time for time in times]
                axes.plot(PRODUCERS, rates, label=name, color=colour, marker=mark, linestyle=line)
        axes.set_title(f"{size}{how or ', trying again'}")
        axes.set_xscale("log", base=2)
        axes.set_xticks(PRODUCERS, [str(count) for count in PRODUCERS])
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    for axes in panels[1]:
        axes.set_xlabel("producers")
    for axes in panels[:, 0]:
        axes.set_ylabel("million messages a second")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    figure.savefig(target, metadata={"Date": None})


main()
