#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every serial driver over every way to a serial line: frames of all kinds, both ways, between an
adapter that is reached through a server and one on a tty. Behind the server is a simulated adapter
on the simulated bus. And every one over loop://."""

import sys

from lines import WAYS, url
from servers import rate_of

import simulator
from bridge import Bridge
from simulator import Simulator

# The driver, its simulated adapter, what bridged is told of it, and the rate of its line.
DRIVERS = (
    ("robotell", "robotell:", ("bitrate", "500000"), 115200),
    ("seeedstudio", "seeedstudio:", ("bitrate", "500000"), 2000000),
    ("serial", "serial:rtr-in=filled", (), 115200),
    ("slcan", "slcan:dialect=lawicel", ("bitrate", "500000"), 115200),
)


def frames():
    for length in range(9):
        yield f"{0x100 + length:03X}#" + "FAFBFCFDFEFF0D0A"[: 2 * length]
        yield f"{0x1234560 + length:08X}#" + "FF0D00AA55A50AFE"[: 2 * length]
        yield f"7FF#R{length or ''}"
    for identifier in ("000", "7FF", "00000000", "1FFFFFFF"):
        yield identifier + "#FFFFFFFFFFFFFFFF"
        yield identifier + "#R"


def exchange(sender, receiver):
    wanted = list(frames())
    for frame in wanted:
        sender.say(frame)
    got = [receiver.receive() for _ in wanted]
    assert got == wanted, [pair for pair in zip(got, wanted) if pair[0] != pair[1]]
    assert receiver.receive(0.05) is None


def check_counts(bridge):
    stats, count = bridge.stats(), len(list(frames()))
    assert stats["rx"] == stats["tx"] == count, stats
    assert stats["bad"] == stats["unsupported"] == stats["overruns"] == 0, stats


def through(driver, adapter, words, rate, scheme, server):
    kind = f"{adapter}{'' if adapter.endswith(':') else ','}lossless,pty={{dir}}/"
    with Simulator(kind + "a", kind + "b") as sim, server(sim.path("a")) as served:
        # Raw TCP does not set the line; by RFC 2217 the driver's own rate is told.
        with Bridge(f"{driver}:{url(scheme, served)}", *words) as far, Bridge(
            f"{driver}:{sim.path('b')}", *words
        ) as near:
            far.wait_open()
            near.wait_open()
            # Not every adapter says when it has taken its settings.
            sim.wait(lambda stats: all(a["bitrate"] == 500000 for a in stats["adapters"]))
            if scheme == "rfc2217":
                found = rate_of(sim.path("a"))
                assert found == rate, found
            exchange(far, near)
            exchange(near, far)
            check_counts(far)
            check_counts(near)
        sim.check_conservation()


def test_of(row, way):
    def test():
        through(*row, *way)

    test.__name__ = f"{row[0]}_over_{way[0]}_by_{way[1].__name__}"
    return test


def test_every_driver_over_loop():
    """As python-can's users know it: everything that is sent is received."""
    for driver, _, words, _ in DRIVERS:
        with Bridge(f"{driver}:loop://", *words) as bridge:
            bridge.wait_open()
            exchange(bridge, bridge)
            assert bridge.stats()["unsupported"] == 0


if __name__ == "__main__":
    tests = [test_of(row, way) for row in DRIVERS for way in WAYS]
    sys.exit(simulator.run([*tests, test_every_driver_over_loop]))
