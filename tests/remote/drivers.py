#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every serial driver over every way to a serial line: frames of all kinds, both ways, between an
adapter that is reached through a server and one on a tty. Behind the server is a simulated adapter
on the simulated bus."""

import contextlib
import sys
import threading

from lines import WAYS, url
from servers import Tool

import simulator
from simulator import Simulator

# The driver, its simulated adapter, and what bridged is told.
DRIVERS = (
    ("robotell", "robotell:lossless", ("bitrate", "500000")),
    ("seeedstudio", "seeedstudio:lossless", ("bitrate", "500000")),
    ("serial", "serial:lossless,rtr-in=filled", ()),
    ("slcan", "slcan:dialect=lawicel,lossless", ("bitrate", "500000")),
)


def frames():
    for length in range(9):
        yield f"{0x100 + length:03X}#" + bytes(range(250, 256))[:length].hex().upper()
        yield f"{0x1234560 + length:08X}#" + "FF0D00AA55A50AFE"[: 2 * length]
    for identifier in ("000", "7FF", "00000000", "1FFFFFFF"):
        yield identifier + "#FFFFFFFFFFFFFFFF"
        yield identifier + "#R"


def opened(adapter, words):
    tool = Tool("frames_tool", adapter, *words)
    line = tool.line()
    if line != "open":
        tool.__exit__(None, None, None)
        raise AssertionError(f"{adapter}: said {line!r} instead of open")
    return tool


def exchange(sender, receiver):
    wanted = list(frames())
    writing = threading.Thread(
        target=sender.write, args=("".join(f + "\n" for f in wanted).encode(),)
    )
    writing.start()
    got = [receiver.line() for _ in wanted]
    writing.join()
    assert got == wanted, [pair for pair in zip(got, wanted) if pair[0] != pair[1]]


def through(driver, adapter, words, scheme, server):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(Simulator(
            *["--bitrate", "500000"], *(f"{adapter},pty={{dir}}/{name}" for name in "ab")))
        served = stack.enter_context(server(sim.path("a")))
        far = stack.enter_context(opened(f"{driver}:{url(scheme, served)}", words))
        near = stack.enter_context(opened(f"{driver}:{sim.path('b')}", words))
        # Not every adapter says when it has taken its settings.
        sim.wait(lambda stats: all(a["bitrate"] == 500000 for a in stats["adapters"]))
        exchange(far, near)
        exchange(near, far)
        sim.check_conservation()


def test_of(driver, adapter, words, scheme, server):
    def test():
        through(driver, adapter, words, scheme, server)

    test.__name__ = f"{driver} over {scheme} by {server.__name__}"
    return test


if __name__ == "__main__":
    sys.exit(simulator.run([test_of(*row, *way) for row in DRIVERS for way in WAYS]))
