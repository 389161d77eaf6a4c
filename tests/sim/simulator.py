# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan-sim for test scripts: start it, command it, talk to its adapters byte by byte.

A test is a function that raises AssertionError when it fails and Skip when it cannot be run; it
may return a remark on what it did.
"""
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../harness"))

import ktap  # noqa: E402 - it lies in the folder named above

PROGRAM = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build")),
                       "tests/sim/anycan-sim")
PATIENCE_S = 10
QUIET_S = 0.06  # an answer that has not come by then does not come


class Skip(Exception):
    """The reason why a test cannot be run here."""


def run(tests):
    """Run the functions, print KTAP; return kselftest's exit status."""
    writer = ktap.Writer(len(tests))
    for test in tests:
        name = test.__name__.removeprefix("test_")
        try:
            remark = test()
            writer.result(True, name, [f"{name}: {remark}"] if remark else [])
        except Skip as reason:
            writer.skip(name, reason)
        except Exception:
            writer.result(False, name, traceback.format_exc().splitlines())
    return writer.finish()


class Simulator(contextlib.AbstractContextManager):
    """A running anycan-sim; `{dir}` in its arguments is a folder of its own."""

    def __init__(self, *arguments):
        self._folder = tempfile.TemporaryDirectory(prefix="anycan-sim.")
        self.dir = self._folder.name
        self._control = os.path.join(self.dir, "control")
        command = [PROGRAM, "--control", self._control]
        command += [a.replace("{dir}", self.dir) for a in arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line == "ready\n", f"{command} said {line!r}"

    def __exit__(self, *_):
        self.process.terminate()
        status = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        left = os.listdir(self.dir)
        self._folder.cleanup()
        assert status == 0, f"exit status {status}"
        assert not left, f"left behind: {left}"

    def path(self, name):
        return os.path.join(self.dir, name)

    def command(self, words):
        """The whole answer, good or bad."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE_S)
            s.connect(self._control)
            s.sendall(words.encode() + b"\n")
            return json.loads(s.makefile().readline())

    def do(self, words):
        answer = self.command(words)
        assert answer["ok"], f"{words}: {answer['error']}"
        return answer

    def bus(self):
        return self.do("stats")["bus"]

    def adapter(self, number):
        return self.do("stats")["adapters"][number]

    def wait(self, condition):
        """Until condition(stats) is true."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            stats = self.do("stats")
            if condition(stats):
                return stats
            assert time.monotonic() < deadline, json.dumps(stats, indent=1)
            time.sleep(0.005)

    def check_conservation(self):
        """What came in went out, waits, or is counted as dropped."""
        for adapter in self.do("stats")["adapters"]:
            if "dropped" in adapter:
                check_conservation(adapter)


def check_conservation(adapter):
    dropped = adapter["dropped"]
    tx = sum(dropped.get(name, 0) for name in ("tx_lost", "tx_aborted", "tx_closed"))
    rx = sum(dropped.get(name, 0) for name in ("rx_filtered", "rx_overrun", "rx_cut"))
    assert adapter["from_host"] + adapter["from_control"] == (
        adapter["to_bus"] + adapter["waiting_tx"] + tx
    ), adapter
    assert adapter["from_bus"] == adapter["to_host"] + adapter["waiting_rx"] + rx, adapter


class Port(contextlib.AbstractContextManager):
    """An adapter's serial port or TCP port, as its host has it."""

    def __init__(self, where):
        self._unread = b""
        if isinstance(where, int):
            self._socket = socket.create_connection(("127.0.0.1", where), PATIENCE_S)
            self._socket.setblocking(False)
            self.fd = self._socket.fileno()
        else:
            self._socket = None
            self.fd = os.open(where, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self.fd)

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.fd >= 0:
            if self._socket:
                self._socket.close()
            else:
                os.close(self.fd)
        self.fd = -1

    def write(self, data):
        while data:
            assert select.select([], [self.fd], [], PATIENCE_S)[1], "nothing is read any more"
            data = data[os.write(self.fd, data):]

    def _more(self, patience):
        """Reads what is there; whether anything came."""
        if not select.select([self.fd], [], [], patience)[0]:
            return False
        more = os.read(self.fd, 65536)
        self._unread += more
        return bool(more)

    def _take(self, count):
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    def read(self, count, patience=PATIENCE_S):
        """So many bytes, or fewer if they do not come."""
        while len(self._unread) < count and self._more(patience):
            pass
        return self._take(count)

    def quiet(self):
        """What comes although nothing should."""
        return self.read(4096, QUIET_S)

    def ask(self, command, answer, more_follow=False):
        """Sends a command and compares all that comes back; with more to follow, what comes too
        late for this answer spoils the next."""
        self.write(command)
        got = self.read(len(answer)) if answer else b""
        if not answer or not more_follow:
            got += self.quiet()
        assert got == answer, f"{command!r} was answered {got!r}, not {answer!r}"

    def lines(self, count):
        """So many whole lines, without their ends."""
        while self._unread.count(b"\r") < count:
            assert self._more(PATIENCE_S), f"only {self._unread!r} came"
        lines = self._unread.split(b"\r", count)
        self._unread = lines.pop()
        return lines
