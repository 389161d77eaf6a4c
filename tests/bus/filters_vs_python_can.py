#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Filters in user space against python-can's, for 1000 random sets."""
import os
import random
import subprocess
import sys

import filters
import on_hub
from on_hub import simulator

try:
    import can
except ImportError:
    can = None

SETS, IDS = 1000, 40


def match(texts, ids):
    tool = os.path.join(on_hub.BUILD, "tests/bus/bus_tool")
    words = [f"{number | (filters.EFF if extended else 0):X}" for number, extended in ids]
    done = subprocess.run([tool, "match", ",".join(texts), *words], stdout=subprocess.PIPE,
                          text=True, check=True)
    return [line == "1" for line in done.stdout.split()]


def theirs(bus, ids):
    return [bool(bus._matches_filters(can.Message(arbitration_id=number, is_extended_id=extended)))
            for number, extended in ids]


def test_filters():
    if can is None:
        raise simulator.Skip("python3-can is not installed")
    rng = random.Random(7)
    passed = total = 0
    with can.Bus(interface="virtual", channel="filters") as bus:
        for number in range(SETS):
            wanted = [filters.random_filter(rng) for _ in range(rng.randrange(6))]
            ids = [filters.random_id(rng, wanted) for _ in range(IDS)]
            bus.set_filters(wanted)
            ours = match([filters.as_text(one) for one in wanted], ids)
            answer = theirs(bus, ids)
            assert ours == answer, (number, wanted, ids, ours, answer)
            passed += sum(ours)
            total += IDS
    assert total / 10 < passed < total * 9 / 10, (passed, total)
    return f"{SETS} sets, {passed} of {total} identifiers passed"


if __name__ == "__main__":
    sys.exit(simulator.run([test_filters]))
