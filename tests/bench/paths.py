# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The ways from a tty to a netdev that are measured beside each other."""

import json
import os
import socket
import subprocess
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
HERE = os.path.dirname(os.path.abspath(__file__))
BRIDGED = os.environ.get("BRIDGED", f"{TOP}/build/bin/bridged")
START_S = 30


def run(*command):
    subprocess.run(command, check=True, timeout=START_S)


def wait_until(what, condition):
    end = time.monotonic() + START_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def start(command, ready):
    """A process that has printed a line with that word."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while ready not in (line := process.stdout.readline()):
        if not line:
            raise RuntimeError(f"{command} ended before it was ready")
    return process


def run_ns(pid):
    """Run time of a process, of all its threads."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


class Path:
    """One way; up() makes the netdev of a tty, down() removes it."""

    name = netdev = ""
    process = None

    def down(self):
        stop(self.process)
        wait_until(f"{self.netdev} goes", lambda: not self.exists())

    def exists(self):
        return os.path.exists(f"/sys/class/net/{self.netdev}")

    def own_ns(self):
        """Run time of the process that does the work, of all its threads and children."""
        return sum(run_ns(pid) for pid in [self.process.pid, *children_of(self.process.pid)])

    def dropped(self):
        """Frames that the path itself has counted as dropped, beside the netdev."""
        return 0


class Kernel(Path):
    """The kernel's own line discipline, set by slcand."""

    def __init__(self, txqueuelen=None):
        self.name = "kernel" if not txqueuelen else f"kernel-q{txqueuelen}"
        self.netdev = "slcan0"
        self.txqueuelen = txqueuelen

    def up(self, tty):
        # It names the tty without /dev, and would take the netdev's name for its own.
        self.process = subprocess.Popen(
            ["slcand", "-F", "-o", "-s8", tty, self.netdev],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.netdev, self.exists)
        if self.txqueuelen:
            run("ip", "link", "set", self.netdev, "txqueuelen", str(self.txqueuelen))
        run("ip", "link", "set", self.netdev, "up")


class Bridged(Path):
    """bridged on a port, for an adapter of a dialect."""

    netdev = "can0"

    def __init__(self, port="vxcan", dialect="generic", settings=(), txqueuelen=None):
        self.name = f"bridged-{port}" + ("" if dialect == "generic" else f"-{dialect}")
        self.name += f"-q{txqueuelen}" if txqueuelen else ""
        self.port = port
        self.words = ["dialect", dialect, *settings]
        self.txqueuelen = txqueuelen

    def up(self, tty):
        command = [BRIDGED, "--quiet", "--port", self.port, f"slcan:{tty}", self.netdev]
        self.open_channel(command + self.words)

    def open_channel(self, command):
        self.process = start(command, "ready")
        if self.txqueuelen:
            run("ip", "link", "set", self.netdev, "txqueuelen", str(self.txqueuelen))
        run("ip", "link", "set", self.netdev, "up")
        wait_until("the channel opens", lambda: self.link()["channel"] == "open")

    def link(self):
        with socket.socket(socket.AF_UNIX) as status:
            status.connect(f"/run/anycan/{self.netdev}.sock")
            return json.loads(status.makefile().read())["links"][0]

    def dropped(self):
        counters = self.link()["counters"]
        kinds = ("rx_unclaimed", "rx_refused", "tx_overflow", "tx_aborted", "tx_failed")
        return sum(counters[kind] for kind in kinds)


class PythonCan(Path):
    """python-can between its slcan and its socketcan interface, on a vcan."""

    netdev = "vcan9"

    def __init__(self, checkout=None):
        self.name = "python-can-bridge" if checkout else "python-can-script"
        self.checkout = checkout

    def command(self, tty):
        if not self.checkout:
            return ["/usr/bin/python3", f"{HERE}/python_can_bridge.py", tty, self.netdev]
        first = ["--bus1-interface", "slcan", "--bus1-channel", tty, "--bus1-bitrate", "1000000"]
        second = ["--bus2-interface", "socketcan", "--bus2-channel", self.netdev]
        python = ["env", f"PYTHONPATH={self.checkout}", "/usr/bin/python3", "-u"]
        return python + ["-m", "can.bridge", *first, *second]

    def up(self, tty):
        run("ip", "link", "add", self.netdev, "type", "vcan")
        run("ip", "link", "set", self.netdev, "up")
        self.process = start(self.command(tty), "CAN Bridge" if self.checkout else "ready")

    def down(self):
        stop(self.process)
        run("ip", "link", "del", self.netdev)
