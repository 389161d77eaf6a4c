#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Measures every path in the virtual machine: guest.py RESULTS SECONDS [CASE]...

Writes one line of key=value words for each measurement. The paths take turns, so that whatever
else the machine does meets them all. Ends after a whole round when SECONDS are over.
"""

import os
import subprocess
import sys
import time

import usb
from measure import Program, backlog_drops, cpu_ns
from paths import HERE, Bridged, Kernel, Path, PythonCan, run

ROUNDS = 7
# One measurement takes no longer.
LIMIT_S = 60


class Measurement:
    """An adapter on a pty, a path and what a case makes of them."""

    def __init__(self, path: Path, *adapter):
        self.path = path
        self.adapter = Program("pty_adapter", *adapter)
        self.path.up(self.adapter.line().split()[1])
        self.before = (cpu_ns(), path.own_ns(), backlog_drops(), path.dropped())

    def finish(self, sent, start, arrived):
        """What was sent, what arrived, and what it cost."""
        frames = arrived["frames"]
        cpu, own, backlog, dropped = self.before
        found = {
            "sent": sent,
            "frames": frames,
            "fps": frames * 1e9 / (arrived["end_ns"] - start),
            "cpu_us": (cpu_ns() - cpu) / 1e3 / max(frames, 1),
            "own_us": (self.path.own_ns() - own) / 1e3 / max(frames, 1),
            "counted": backlog_drops() - backlog + self.path.dropped() - dropped,
        }
        found["counted"] += arrived.get("overflow", 0)
        found.update({key: arrived[key] for key in ("p50_us", "p99_us") if key in arrived})
        return found

    def close(self):
        self.path.down()
        self.adapter.end()


def receive(path, frames, *adapter):
    """From the adapter to an application."""
    measurement = Measurement(path, adapter[0], frames, *adapter[1:])
    receiver = Program("can_load", "receive", path.netdev, frames, 6000)
    receiver.line()
    measurement.adapter.go()
    fed = measurement.adapter.result()
    found = measurement.finish(frames, fed["start_ns"], receiver.result())
    receiver.end()
    measurement.close()
    return found


def transmit(path, frames, kind, *rate):
    """From an application to the adapter."""
    measurement = Measurement(path, kind, frames)
    measurement.adapter.go()
    sender = Program("can_load", "send", path.netdev, frames, *rate)
    sender.line()
    taken = measurement.adapter.result()
    sent = sender.result()
    found = measurement.finish(frames, sent["start_ns"], taken)
    found["refused"] = sent["refused"]
    sender.end()
    measurement.close()
    return found


KERNEL = Kernel()
BRIDGED = Bridged()
RATE = ("bitrate", "1000000")
WEACT = Bridged(dialect="weact", settings=RATE)
VCAN = Bridged("vcan")
# A netdev with a controller has to have a bit rate.
CANTAP = Bridged("cantap", settings=RATE)
LDISC = Bridged("ldisc", settings=RATE)
CANTAP_QUEUE = Bridged("cantap", settings=RATE, txqueuelen=1000)
CANTAP_WEACT = Bridged("cantap", dialect="weact", settings=RATE)
# At a bit rate an adapter that confirms nothing is sent what the bus takes, and no more.
AT_RATE = Bridged(settings=RATE)
ALL = (KERNEL, BRIDGED, VCAN, CANTAP, LDISC)
PYTHON = PythonCan()
PYTHON_CAN = os.environ.get("PYTHON_CAN")
PYTHONS = (PYTHON, PythonCan(PYTHON_CAN)) if PYTHON_CAN else (PYTHON,)
GS_USB = usb.BridgedUsb("gs_usb", usb.GS_USB, "606f", "usb0")
CANALYSTII = usb.BridgedUsb("canalystii", "canalystii:name=a", "0053", "usb0,usb1")
USB = (usb.KernelGsUsb(), GS_USB, CANALYSTII)

# Case, paths, rounds, what is done with a path.
CASES = [
    ("rx-2048", ALL, ROUNDS, lambda path: receive(path, 60000, "feed", 2048)),
    ("rx-64", ALL, ROUNDS, lambda path: receive(path, 60000, "feed", 64)),
    ("rx-paced", ALL, ROUNDS, lambda path: receive(path, 2000, "pace", 1000)),
    ("tx", (KERNEL, BRIDGED, VCAN), ROUNDS, lambda path: transmit(path, 10000, "sink")),
    ("tx-rate", (AT_RATE, CANTAP_QUEUE), ROUNDS, lambda path: transmit(path, 10000, "sink")),
    ("tx-queue", (Kernel(1000),), ROUNDS, lambda path: transmit(path, 10000, "sink")),
    ("tx-confirmed", (WEACT, CANTAP_WEACT), ROUNDS, lambda path: transmit(path, 10000, "confirm")),
    ("tx-paced", ALL, ROUNDS, lambda path: transmit(path, 2000, "sink", 1000)),
    ("usb-rx", USB, ROUNDS, lambda path: usb.receive(path, 6000)),
    ("usb-tx", USB, ROUNDS, lambda path: usb.transmit(path, 3000)),
    ("usb-rx-paced", USB, ROUNDS, lambda path: usb.receive_paced(path, 1000, 1000)),
    ("usb-idle", USB, 3, usb.idle),
    ("rx-2048", PYTHONS, 3, lambda path: receive(path, 1000, "feed", 2048)),
    ("rx-paced", PYTHONS, 3, lambda path: receive(path, 600, "pace", 200)),
    ("tx", PYTHONS, 3, lambda path: transmit(path, 2000, "sink")),
]


def print_line(file, case, path, found):
    words = [f"{key}={value:.1f}" for key, value in found.items()]
    print(f"case={case}", f"path={path.name}", *words, file=file, flush=True)


def measure(results, case, paths, work):
    for path in paths:
        try:
            found = work(path)
        except (OSError, RuntimeError, TimeoutError, subprocess.SubprocessError) as error:
            sys.exit(f"bench: {case} of {path.name}: {error}")
        print_line(results, case, path, found)
        print_line(sys.stdout, case, path, found)


def load_cantap():
    series = ".".join(os.uname().release.split(".")[:2])
    built = os.path.join(HERE, "..", "..", "build", "kmod", series, "cantap.ko")
    run("objcopy", "--strip-debug", built, "/run/cantap.ko")
    run("modprobe", "can-dev")
    run("insmod", "/run/cantap.ko")


def main():
    end = time.monotonic() + float(sys.argv[2])
    chosen = sys.argv[3:]
    for module in ("can-raw", "gs_usb", "sch_plug", "slcan", "vcan", "vhci-hcd", "vxcan"):
        run("modprobe", module)
    load_cantap()
    with open(sys.argv[1], "w", encoding="ascii") as results:
        for number in range(ROUNDS):
            for case, paths, rounds, work in CASES:
                if number < rounds and (not chosen or case in chosen):
                    measure(results, case, paths, work)
            if time.monotonic() > end:
                break


main()
