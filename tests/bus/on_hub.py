#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The suite on buses that need no CAN in the kernel: virtual, and hubs of real bridges with
simulated adapters on one bus. And how an address leads to a bus: by netdev, by adapter, by a bridge
that the library starts."""
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

import simulator  # noqa: E402 - it lies in the folder named above
from simulator import PATIENCE_S, Simulator  # noqa: E402

BUILD = os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build"))
BRIDGED = os.path.join(BUILD, "bin/bridged")
CLASSIC = ("bitrate", "1000000")
FD = ("bitrate", "1000000", "dbitrate", "4000000", "fd", "on")


def suite(program, a, b, **more):
    """Run it; what it printed is the message of the failure."""
    environment = dict(os.environ, BUS_A=a, BUS_B=b, ANYCAN_BRIDGED=BRIDGED, **more)
    done = subprocess.run([os.path.join(BUILD, "tests/bus", program)], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200)
    assert done.returncode == 0, done.stdout
    assert "SKIP" not in done.stdout, done.stdout
    return f"{done.stdout.count('       OK')} cases"


class Bridge(contextlib.AbstractContextManager):
    """A running bridged with port hub."""

    def __init__(self, run, address, *words):
        self.errors = open(os.path.join(run, "errors"), "w+")
        self.process = subprocess.Popen([BRIDGED, "-q", "--port", "hub", address, *words],
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        env=dict(os.environ, ANYCAN_RUN_DIR=run))
        line = self.process.stdout.readline()
        self.errors.seek(0)
        assert line.startswith("ready "), self.errors.read()

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.errors.close()
        assert status == 0, f"exit status {status}"


@contextlib.contextmanager
def two_adapters(dialect):
    """A simulator with two adapters on one bus, and a folder for sockets: (simulator, folder)."""
    # Whatever else this machine does meanwhile: the adapters lose nothing.
    adapters = [f"slcan:name={name},dialect={dialect},pty={{dir}}/{name},keep,txfull=block"
                for name in "ab"]
    with Simulator("--bitrate", "1000000", "--dbitrate", "4000000", "--lossless",
                   *adapters) as sim:
        run = sim.path("run")
        os.mkdir(run)
        os.chmod(sim.dir, 0o755)
        before = os.environ.get("ANYCAN_RUN_DIR")
        os.environ["ANYCAN_RUN_DIR"] = run
        try:
            yield sim, run
        finally:
            left = set(os.listdir(run)) - {"errors"}
            subprocess.run(["rm", "-r", run], check=True)
            if before is None:
                del os.environ["ANYCAN_RUN_DIR"]
            else:
                os.environ["ANYCAN_RUN_DIR"] = before
        assert not left, f"left behind: {left}"


def ask(address, **more):
    """One bus, opened by the tool: (exit status, what it printed)."""
    done = subprocess.run([os.path.join(BUILD, "tests/bus/bus_tool"), "info", address],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "ANYCAN_BRIDGED": BRIDGED, **more}, timeout=60)
    return done.returncode, done.stdout.strip()


def wait_open(*hubs):
    """Until the adapters are on the bus, to hear each other."""
    deadline = time.monotonic() + PATIENCE_S
    while not all(ask(hub)[1].endswith(" active") for hub in hubs):
        assert time.monotonic() < deadline, [ask(hub) for hub in hubs]


@contextlib.contextmanager
def two_hubs(dialect, words):
    with two_adapters(dialect) as (sim, run):
        with Bridge(run, "slcan:" + sim.path("a"), "hub0", *words):
            with Bridge(run, "slcan:" + sim.path("b"), "hub1", *words):
                wait_open("hub0", "hub1")
                yield sim


def test_virtual():
    return suite("suite", "virtual:x", "virtual:x", BUS_FD="1", BUS_LOCAL="1")


def test_virtual_under_tsan():
    return suite("suite_tsan", "virtual:x", "virtual:x", BUS_FD="1", BUS_LOCAL="1")


def test_two_programs_at_one_hub():
    with two_hubs("canable25", FD):
        return suite("suite", "hub0", "hub0", BUS_FD="1", BUS_LOCAL="1")


def test_one_hub_under_tsan():
    with two_hubs("canable25", FD):
        return suite("suite_tsan", "hub0", "hub:hub0", BUS_FD="1", BUS_LOCAL="1")


def test_two_hubs_on_one_wire():
    with two_hubs("canable25", FD):
        return suite("suite", "hub0", "hub1", BUS_FD="1")


def test_by_the_adapters_address():
    with two_hubs("canable", CLASSIC) as sim:
        return suite("suite", "slcan:" + sim.path("a"), "slcan:" + sim.path("b") + "@115200")


def test_hubs_are_found():
    def found():
        return subprocess.run([os.path.join(BUILD, "tests/bus/bus_tool"), "detect", "hub"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout.split()

    with two_hubs("canable", CLASSIC):
        assert found() == ["hub0", "hub1"], found()
        # In a folder that is not there.
        os.environ["ANYCAN_RUN_DIR"] += ".not"
        assert not found()
        os.environ["ANYCAN_RUN_DIR"] = os.environ["ANYCAN_RUN_DIR"].removesuffix(".not")


def test_a_bridge_is_started_and_ends_with_the_bus():
    with two_adapters("canable") as (sim, run):
        status, said = ask("slcan:" + sim.path("a"), BUS_BITRATE="500000")
        assert status == 0 and said.startswith("hub hub 'can0' "), said
        assert not os.listdir(run)


@contextlib.contextmanager
def held(address, **more):
    """A program that has the bus open, until it is killed."""
    tool = subprocess.Popen([os.path.join(BUILD, "tests/bus/bus_tool"), "hold", address],
                            stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "ANYCAN_BRIDGED": BRIDGED, "BUS_BITRATE": "500000",
                                 **more})
    try:
        assert tool.stdout.readline() == "open\n"
        yield
    finally:
        tool.kill()
        tool.wait()
        tool.stdout.close()


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_bridge_is_started_as_the_options_say():
    with two_adapters("canable") as (sim, run):
        a = "slcan:" + sim.path("a")
        for more in ({"BUS_PASSIVE": "1"}, {"BUS_SETTINGS": "listen-only on  sleep-after-open 0"}):
            with held(a, **more):
                wait_for(lambda: ask("can0") == (0, "hub hub 'can0' passive"))
            wait_for(lambda: not os.listdir(run))
        status, said = ask(a, BUS_BITRATE="500000", BUS_SETTINGS="nonsense on")
        assert status == 1 and "nonsense" in said, said
        status, said = ask(a, BUS_BITRATE="500000", BUS_SETTINGS="x " * 400)
        assert status == 1, said


def info_as_nobody(address, own):
    """What a user without privilege gets, whose folder is `own`."""
    environment = dict(os.environ, ANYCAN_BRIDGED=BRIDGED, BUS_BITRATE="500000",
                       XDG_RUNTIME_DIR=own)
    del environment["ANYCAN_RUN_DIR"]
    return subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                           os.path.join(BUILD, "tests/bus/bus_tool"), "info", address],
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60)


def test_a_bridge_is_started_by_anybody():
    """Without privilege: in a folder of the user's own, which others cannot take the place of."""
    if os.geteuid() != 0:
        raise simulator.Skip("only root can become somebody else")
    # The folder of the tests may be closed to others.
    with two_adapters("canable") as (sim, _), tempfile.TemporaryDirectory(dir="/tmp") as own:
        pty = os.path.realpath(sim.path("a"))
        os.chown(own, 65534, 65534)
        os.chmod(pty, 0o666)
        done = info_as_nobody("slcan:" + pty, own)
        assert done.stdout.startswith("hub hub 'can0' "), done.stdout
        assert not os.listdir(os.path.join(own, "anycan"))
        os.rmdir(os.path.join(own, "anycan"))
        os.mkdir(os.path.join(own, "anycan"), 0o777)  # of another's making
        refused = info_as_nobody("slcan:" + pty, own)
        assert refused.returncode == 1 and "Permission denied" in refused.stdout, refused.stdout


def test_it_ends_also_when_its_program_is_killed():
    with two_adapters("canable") as (sim, run):
        with held("slcan:" + sim.path("a")):
            assert {"can0.hub", "can0.sock"} <= set(os.listdir(run))
        wait_for(lambda: not os.listdir(run))


def test_refusals_in_words():
    with two_adapters("canable") as (sim, run):
        a = "slcan:" + sim.path("a")
        for address, more, words in (
            (a, {"BUS_NEVER_START": "1"}, ("not bridged", "bridged " + a)),
            (a, {"ANYCAN_BRIDGED": "/nonexistent/bridged"}, ("not installed", "bridged " + a)),
            ("slcan:/dev/nonexistent", {}, ("/dev/nonexistent",)),
            ("slcam:/dev/null", {}, ("not implemented", "slcam", "slcan")),
            ("hub:nobody", {}, ("no hub 'nobody'", "bridged --port hub")),
            ("can77", {}, ("can77",)),
            (a, {"BUS_BITRATE": "83333"}, ("83333", "choose one of")),
        ):
            status, said = ask(address, **{"BUS_BITRATE": "500000", **more})
            assert status == 1, (address, said)
            for word in words:
                assert word in said, (word, said)
        with Bridge(run, a, "hub0", "bitrate", "500000"):
            status, said = ask("hub0", BUS_BITRATE="250000")
            assert status == 1 and "500000" in said and "250000" in said, said
            status, said = ask(a, BUS_BITRATE="500000")
            assert status == 0, said
        with Bridge(run, a, "hub0", "bitrate", "500000", "listen-only", "on"):
            status, said = ask("hub0")
            assert status == 0 and said.endswith("passive"), said


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    sys.exit(simulator.run([
        test_virtual,
        test_virtual_under_tsan,
        test_two_programs_at_one_hub,
        test_one_hub_under_tsan,
        test_two_hubs_on_one_wire,
        test_by_the_adapters_address,
        test_hubs_are_found,
        test_a_bridge_is_started_and_ends_with_the_bus,
        test_a_bridge_is_started_as_the_options_say,
        test_a_bridge_is_started_by_anybody,
        test_it_ends_also_when_its_program_is_killed,
        test_refusals_in_words,
    ]))
