# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""USB adapters: the kernel's gs_usb and bridged's drivers, each on a simulated adapter.

The simulator and its bus do the same for every path; what they cost is measured apart.
"""

import glob
import json
import os
import socket
import time

from measure import Program, backlog_drops, cpu_ns
from paths import BRIDGED, TOP, Bridged, Kernel, Path, run, run_ns, start, stop, wait_until

SIMULATOR = f"{TOP}/build/tests/sim/anycan-sim"
CONTROL = "/run/bench-control"
BITRATE = "1000000"
POLL_S = 0.05
LIMIT_S = 60
IDLE_S = 5
ROOT_HUBS = ("0002", "0003")

GS_USB = "gs_usb:name=a,model=candlelight"
# Costs the least to send from.
TTY = "/run/bench-tty"
SENDER = f"slcan:name=sender,dialect=kernel,pty={TTY}"


def content(name):
    try:
        with open(name, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def products():
    """The identifiers of all that is plugged in."""
    found = map(content, glob.glob("/sys/bus/usb/devices/*/idProduct"))
    return [product for product in found if product not in ROOT_HUBS]


def kernel_netdevs():
    """What the kernel's driver has made of the adapter, if it has."""
    return list(map(os.path.basename, glob.glob("/sys/bus/usb/drivers/gs_usb/*/net/*")))


class KernelGsUsb(Path):
    """The kernel's own driver, with a queue that its senders can wait for."""

    name = "kernel"
    adapter = GS_USB

    def up(self, _):
        wait_until("the kernel's gs_usb", kernel_netdevs)
        self.netdev = kernel_netdevs()[0]
        run("ip", "link", "set", self.netdev, "type", "can", "bitrate", BITRATE)
        run("ip", "link", "set", self.netdev, "txqueuelen", "1000", "up")

    def own_ns(self):
        """It has no process."""
        return 0

    def down(self):
        run("ip", "link", "set", self.netdev, "down")


class BridgedUsb(Bridged):
    """bridged with one of its USB drivers, which takes the adapter from the kernel's."""

    def __init__(self, driver, adapter, product, netdevs):
        super().__init__(settings=())
        self.name = f"bridged-{driver}"
        self.driver = driver
        self.adapter = adapter
        self.product = product
        self.netdevs = netdevs
        self.netdev = netdevs.split(",", maxsplit=1)[0]

    def up(self, _):
        command = [BRIDGED, "--quiet", "--port", self.port, f"{self.driver}:", self.netdevs]
        command += ["bitrate", BITRATE]
        wait_until(f"an adapter {self.product}", lambda: self.product in products())
        if self.driver == "gs_usb":
            wait_until("the kernel's gs_usb", kernel_netdevs)
            command += ["detach-kernel-driver", "on"]
        self.open_channel(command)


class Simulator:
    """The simulated bus with what is on it."""

    def __init__(self, *args):
        command = [SIMULATOR, "--control", CONTROL, "--lossless", "--bitrate", BITRATE, *args]
        self.process = start(command, "ready")

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(CONTROL)
            control.sendall(f"{command}\n".encode())
            answer = json.loads(control.makefile().readline())
        if not answer["ok"]:
            raise RuntimeError(f"simulator: {command}: {answer['error']}")
        return answer

    def measured(self):
        """Its account of the adapter that is measured."""
        return next(a for a in self.ask("stats")["adapters"] if a["name"] == "a")

    def run_ns(self):
        return run_ns(self.process.pid)

    def end(self):
        stop(self.process)


class Measurement:
    """A simulated bus, a path to one of its adapters and what a case makes of them."""

    def __init__(self, path, *args):
        self.path = path
        self.simulator = Simulator(path.adapter, *args)
        path.up(None)

    def begin(self):
        self.before = self.used()

    def used(self):
        """Run time so far: the whole machine's, the simulator's and the path's own process's."""
        dropped = sum(self.simulator.measured()["dropped"].values())
        return {
            "cpu": cpu_ns(),
            "simulator": self.simulator.run_ns(),
            "own": self.path.own_ns(),
            "counted": backlog_drops() + self.path.dropped() + dropped,
        }

    def spent(self):
        now = self.used()
        return {key: now[key] - before for key, before in self.before.items()}

    def finish(self, sent, began_ns, arrived):
        """What was sent, what arrived, and what a frame cost."""
        frames = arrived["frames"]
        spent = self.spent()
        each_us = 1e3 * max(frames, 1)
        found = {
            "sent": sent,
            "frames": frames,
            "fps": frames * 1e9 / (arrived["end_ns"] - began_ns),
            "cpu_us": spent["cpu"] / each_us,
            "rest_us": (spent["cpu"] - spent["simulator"]) / each_us,
            "own_us": spent["own"] / each_us,
            "counted": spent["counted"] + arrived.get("overflow", 0),
        }
        found.update({key: arrived[key] for key in ("p50_us", "p99_us") if key in arrived})
        return found

    def close(self):
        self.path.down()
        self.simulator.end()
        wait_until("the adapter goes", lambda: not products())


def receive(path, frames):
    """From a bus that is as fast as the adapter's host to an application."""
    generator = f"gen:name=gen,id=100,seq,len=8,count={frames},paused"
    measurement = Measurement(path, "--speed", "max", generator, "ack:")
    receiver = Program("can_load", "receive", path.netdev, frames, 6000)
    receiver.line()
    measurement.begin()
    began = time.monotonic_ns()
    measurement.simulator.ask("start gen")
    found = measurement.finish(frames, began, receiver.result())
    receiver.end()
    measurement.close()
    return found


def transmit(path, frames):
    """From an application to such a bus."""
    measurement = Measurement(path, "--speed", "max", "ack:")
    measurement.begin()
    sender = Program("can_load", "send", path.netdev, frames)
    sender.line()
    sent = sender.result()
    end = time.monotonic() + LIMIT_S
    while (on_bus := measurement.simulator.ask("stats")["bus"]["frames"]) < frames:
        if time.monotonic() > end:
            break
        time.sleep(POLL_S)
    arrived = {"frames": on_bus, "end_ns": time.monotonic_ns()}
    found = measurement.finish(frames, sent["start_ns"], arrived)
    found["refused"] = sent["refused"]
    sender.end()
    measurement.close()
    return found


def receive_paced(path, frames, rate):
    """A frame now and then, from an application on the kernel's slcan to one on the path."""
    measurement = Measurement(path, SENDER)
    slcan = Kernel(1000)
    slcan.up(os.readlink(TTY))
    receiver = Program("can_load", "receive", path.netdev, frames, 6000)
    receiver.line()
    measurement.begin()
    sender = Program("can_load", "send", slcan.netdev, frames, rate)
    sender.line()
    sent = sender.result()
    found = measurement.finish(frames, sent["start_ns"], receiver.result())
    for program in (receiver, sender):
        program.end()
    slcan.down()
    measurement.close()
    return found


def idle(path):
    """A bus on which nothing happens: processor time in percent, transfers a second."""
    measurement = Measurement(path, "ack:")
    time.sleep(1)
    measurement.begin()
    transfers = measurement.simulator.measured()["transfers_in"]
    time.sleep(IDLE_S)
    spent = measurement.spent()
    transfers = measurement.simulator.measured()["transfers_in"] - transfers
    measurement.close()
    percent = 1e7 * IDLE_S
    return {
        "cpu_pct": spent["cpu"] / percent,
        "rest_pct": (spent["cpu"] - spent["simulator"]) / percent,
        "own_pct": spent["own"] / percent,
        "transfers": transfers / IDLE_S,
    }
