#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Prints the medians of guest.py's lines, each beside the kernel's slcan: table.py RESULTS"""

import statistics
import sys

COLUMNS = ("fps", "cpu_us", "own_us", "p50_us", "p99_us")
HEADS = ("frames/s", "us CPU", "us own", "p50 us", "p99 us")


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
    # The kernel's line discipline has no process of its own to compare with.
    if kernel is values or not beside or word == "own_us":
        return f"{median:>10.0f}{'':>8}"
    return f"{median:>10.0f} {median / beside:>5.2f}x "


def lost(values):
    """Frames neither arrived nor counted: there must be none."""
    missing = (s - f - c for s, f, c in zip(values["sent"], values["frames"], values["counted"]))
    return max(map(abs, missing))


def main():
    print(f"{'case':<14}{'path':<18}{'runs':>5}" + "".join(f"{head:>11}{'':>7}" for head in HEADS)
          + f"{'dropped':>9}{'unaccounted':>13}")
    for case, paths in read(sys.argv[1]).items():
        kernel = paths.get("kernel")
        for path, values in paths.items():
            # Only frames at a steady pace carry the time at which they were sent.
            shown = COLUMNS if case.endswith("paced") else COLUMNS[:3]
            cells = "".join(f"{cell(values, kernel, word) if word in shown else '':18}"
                            for word in COLUMNS)
            print(f"{case:<14}{path:<18}{len(values['fps']):>5}{cells}"
                  f"{statistics.median(values['counted']):>9.0f}{lost(values):>13.0f}")


main()
