# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Buses for the verbs of anycan without CAN in the kernel: hubs of real bridges, whose simulated
adapters are on one bus with a node that sends what a test wants."""
import contextlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../sim"), os.path.join(HERE, "../formats")]

from simulator import PATIENCE_S, Simulator  # noqa: E402 - it lies in a folder named above
from tool import ANYCAN, BUILD  # noqa: E402

BRIDGED = os.path.join(BUILD, "bin/bridged")
FD = ("bitrate", "1000000", "dbitrate", "4000000", "fd", "on")


def anycan(*words, status=0, **more):
    """(standard output, standard error) of a verb that ends by itself."""
    done = subprocess.run([ANYCAN, *words], capture_output=True, text=True, timeout=PATIENCE_S,
                          **more)
    assert done.returncode == status, (words, done.returncode, done.stdout[-500:], done.stderr)
    return done.stdout, done.stderr


def until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_open(hub):
    out, _ = anycan("status", "-j", hub)
    return json.loads(out)["links"][0]["channel"] == "open"


class Verb:
    """A verb that runs until it is told to end, or ends by itself."""

    def __init__(self, *words, stdout=subprocess.PIPE):
        self.process = subprocess.Popen([ANYCAN, *words], stdout=stdout, stderr=subprocess.PIPE,
                                        text=True)
        until(self.is_ready)

    def is_ready(self):
        """From then on signals are waited for, all buses are open."""
        folder = f"/proc/{self.process.pid}/fd"
        links = [os.path.join(folder, name) for name in os.listdir(folder)]
        return any(os.path.islink(path) and "signalfd" in os.readlink(path) for path in links)

    def end(self, number=2):
        """(exit status, standard output, standard error)"""
        if number:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


@contextlib.contextmanager
def hubs(count=1, words=FD, *nodes):
    """A simulator whose node `g` sends on request, and hub0, hub1 ... on its bus."""
    adapters = [f"slcan:name=a{i},dialect=canable25,pty={{dir}}/a{i},keep,txfull=block"
                for i in range(count)]
    with Simulator("--bitrate", "1000000", "--dbitrate", "4000000", "--lossless", *adapters,
                   *(nodes or ("gen:name=g,paused",)), "ack:") as sim, contextlib.ExitStack() as s:
        run = sim.path("run")
        os.mkdir(run)
        before = os.environ.get("ANYCAN_RUN_DIR")
        os.environ.update(ANYCAN_RUN_DIR=run, ANYCAN_BRIDGED=BRIDGED)
        s.callback(subprocess.run, ["rm", "-r", run], check=True)
        s.callback(os.environ.update, ANYCAN_RUN_DIR=before or "/nonexistent")
        sim.bridges = [s.enter_context(bridge(sim.path(f"a{i}"), f"hub{i}", words))
                       for i in range(count)]
        until(lambda: all(is_open(f"hub{i}") for i in range(count)))
        yield sim


@contextlib.contextmanager
def bridge(pty, hub, words):
    process = subprocess.Popen([BRIDGED, "-q", "--port", "hub", f"slcan:{pty}", hub, *words],
                               stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("ready ")
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
