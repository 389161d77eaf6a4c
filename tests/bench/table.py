#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Prints the medians of guest.py's lines, each beside the kernel's own: table.py RESULTS"""

import statistics
import sys

COLUMNS = ("fps", "cpu_us", "rest_us", "own_us", "p50_us", "p99_us")
HEADS = ("frames/s", "us CPU", "us no sim", "us own", "p50 us", "p99 us")

# Of a bus on which nothing happens.
IDLE = ("cpu_pct", "rest_pct", "own_pct", "transfers")
IDLE_HEADS = ("% CPU", "% no sim", "% own", "transfers/s")


def read(name):
    """Lists of values by case, path and word, in the order of the file."""
    found = {}
    with open(name, encoding="ascii") as file:
        for line in file:
            words = dict(word.split("=") for word in line.split())
            case, path = words.pop("case"), words.pop("path")
            values = found.setdefault(case, {}).setdefault(path, {})
            for word, value in words.items():
                values.setdefault(word, []).append(float(value))
    return found


def cell(values, kernel, word):
    if word not in values:
        return f"{'':>18}"
    median = statistics.median(values[word])
    beside = statistics.median(kernel[word]) if kernel and word in kernel else 0
    # What the kernel does has no process of its own to compare with.
    if kernel is values or not beside or word == "own_us":
        return f"{median:>10.0f}{'':>8}"
    return f"{median:>10.0f} {median / beside:>5.2f}x "


def lost(values):
    """Frames neither arrived nor counted: there must be none."""
    missing = (s - f - c for s, f, c in zip(values["sent"], values["frames"], values["counted"]))
    return max(map(abs, missing))


def print_table(cases):
    print(f"{'case':<14}{'path':<19}{'runs':>5}" + "".join(f"{head:>11}{'':>7}" for head in HEADS)
          + f"{'dropped':>9}{'unaccounted':>13}")
    for case, paths in cases.items():
        kernel = paths.get("kernel")
        for path, values in paths.items():
            # Only frames at a steady pace carry the time at which they were sent.
            shown = COLUMNS if case.endswith("paced") else COLUMNS[:4]
            cells = "".join(f"{cell(values, kernel, word) if word in shown else '':18}"
                            for word in COLUMNS)
            print(f"{case:<14}{path:<19}{len(values['fps']):>5}{cells}"
                  f"{statistics.median(values['counted']):>9.0f}{lost(values):>13.0f}")


def print_idle(paths):
    heads = "".join(f"{head:>13}" for head in IDLE_HEADS)
    print(f"\n{'nothing on the bus':<33}{'runs':>5}{heads}")
    for path, values in paths.items():
        print(f"{'':<14}{path:<19}{len(values['cpu_pct']):>5}"
              + "".join(f"{statistics.median(values[word]):>13.1f}" for word in IDLE))


def main():
    cases = read(sys.argv[1])
    idle = cases.pop("usb-idle", None)
    print_table(cases)
    if idle:
        print_idle(idle)


main()
