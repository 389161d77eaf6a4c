#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""compare_logs.py MICROSECONDS LOG LOG: whether two candump logs have the same frames, the times
between them being the same but for so many microseconds. Prints the largest difference."""

import re
import sys

LINE = re.compile(r"\((\d+)\.(\d+)\) \S+ (\S+)")


def read(path):
    frames = []
    with open(path) as log:
        for line in log:
            seconds, fraction, frame = LINE.match(line).groups()
            frames.append((int(seconds) * 1000000 + int(fraction), frame))
    return frames


def main():
    limit, a, b = int(sys.argv[1]), read(sys.argv[2]), read(sys.argv[3])
    if not a or [frame for _, frame in a] != [frame for _, frame in b]:
        differ = [pair for pair in zip(a, b) if pair[0][1] != pair[1][1]][:1]
        sys.exit(f"{len(a)} and {len(b)} frames, the first that differ: {differ}")
    worst = max(
        abs((a[i][0] - a[i - 1][0]) - (b[i][0] - b[i - 1][0])) for i in range(1, len(a))
    )
    span = (a[-1][0] - a[0][0]) - (b[-1][0] - b[0][0])
    print(f"distances differ by {worst} us at most, over all by {span} us")
    sys.exit(worst > limit)


main()
