#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""log_long.py FRAMES: so many mixed frames beside candump; then four simulated buses at full load,
each with a bridged adapter, logged by one program: every frame is in the log, or told to be lost.
Runs inside tests/vm/run."""
import contextlib
import json
import os
import re
import subprocess
import sys
import time

import log

import simulator  # log.py says where it lies

BUSES = range(4)
FRAMES = 10000
BRIDGED = os.path.join(os.path.dirname(log.ANYCAN), "bridged")


@contextlib.contextmanager
def bus(number):
    """A bus of its own, whose generator counts; bridged to canN."""
    with simulator.Simulator(
            "--bitrate", "1000000", "--lossless",
            "slcan:name=a,dialect=canable25,pty={dir}/a,keep,txfull=block",
            f"gen:name=g,paused,count={FRAMES},seq,len=8,id={number + 1:03X}", "ack:") as sim:
        process = subprocess.Popen([BRIDGED, "-q", f"slcan:{sim.path('a')}", f"can{number}",
                                    "bitrate", "1000000"], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("ready ")
        log.sh(f"ip link set can{number} up")
        yield sim
        process.terminate()
        process.wait(log.PATIENCE_S)
        process.stdout.close()


def counters(number):
    """Of a link, by its bridge, which answers when it has the time."""
    command = [log.ANYCAN, "status", "-j", f"can{number}"]
    answer = []
    log.until(lambda: answer.append(subprocess.run(command, capture_output=True, text=True)) or
              answer[-1].returncode == 0)
    return json.loads(answer[-1].stdout)["links"][0]


def lost_on_the_way():
    """What the bridges say they could not hand on."""
    names = ("rx_unclaimed", "rx_refused", "rx_backlog")
    return sum(counters(n)["counters"][name] for n in BUSES for name in names)


def passed_on():
    """Frames that the netdevs have received; asking the bridges would slow them down."""
    counts = []
    for number in BUSES:
        with open(f"/sys/class/net/can{number}/statistics/rx_packets", encoding="ascii") as file:
            counts.append(int(file.read()))
    return counts


def await_frames(sims):
    """Until all were on their buses and nothing comes any more."""
    while any(sim.bus()["frames"] < FRAMES for sim in sims):
        time.sleep(0.5)
    before = None
    while before != passed_on():
        before = passed_on()
        time.sleep(3)


def started(number, path, *command):
    """A program with a bus for each of `number` netdevs; its lines go to a file."""
    before = log.listeners()
    with open(path, "wb") as out:
        process = subprocess.Popen([log.ANYCAN, "log", *command], stdout=out,
                                   stderr=subprocess.PIPE, text=True)
    log.until(lambda: log.listeners() >= before + number)
    return process


def check_numbers(name, frames, told):
    """The frames of each bus count up; what is missing was told."""
    missing = 0
    for number in BUSES:
        got = [int.from_bytes(frame.data, "little") for frame in frames
               if frame.ident == number + 1]
        assert got == sorted(set(got)), f"{name}: can{number} is out of order"
        missing += FRAMES - len(got)
    assert missing == told, f"{name}: {missing} are missing, {told} were told"


def test_four_buses_at_full_load():
    netdevs = [f"can{number}" for number in BUSES]
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(bus(number)) for number in BUSES]
        log.until(lambda: all(counters(n)["channel"] == "open" for n in BUSES))
        programs = {
            "lines": started(4, f"{log.DIR}/lines.log", "-L", *netdevs),
            "blf": started(4, "/dev/null", "-f", f"{log.DIR}/four.blf", *netdevs),
            "any": started(1, "/dev/null", "-f", f"{log.DIR}/any.asc", "any"),
        }
        began = time.monotonic()
        for sim in sims:
            sim.do("start g")
        await_frames(sims)
        took = time.monotonic() - began
        told = {}
        for name, process in programs.items():
            process.send_signal(2)
            _, err = process.communicate(timeout=log.PATIENCE_S)
            told[name] = sum(int(n) for n in re.findall(r"(\d+) frames lost", err))
            assert process.returncode == 0, err
        on_the_way = lost_on_the_way()
    for name, path in (("lines", "lines.log"), ("blf", "four.blf"), ("any", "any.asc")):
        check_numbers(name, log.read(f"{log.DIR}/{path}"), told[name] + on_the_way)
    return (f"{len(BUSES)} x {FRAMES} frames in {took:.1f} s, lost in the bridges {on_the_way}, "
            f"told by the programs {told}")


if __name__ == "__main__":
    os.makedirs(log.DIR)
    log.sh("modprobe can-raw; ip link add vcan0 type vcan && ip link set vcan0 mtu 72 up")
    sys.exit(simulator.run([log.timed(log.test_log_lines),
                            log.timed(test_four_buses_at_full_load)]))
