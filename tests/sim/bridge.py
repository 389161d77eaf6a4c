# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The daemon's drivers for test scripts, without CAN in the kernel: stdio_bridge, and a line of two
pseudo terminals between two programs that both want to be the host."""
import contextlib
import json
import os
import queue
import select
import subprocess
import threading
import time
import tty

PROGRAM = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../build")), "tests/sim/stdio_bridge")
PATIENCE_S = 10


class Bridge(contextlib.AbstractContextManager):
    """A driver at work; frames are texts as cansend takes them."""

    def __init__(self, adapter, *words):
        self._process = subprocess.Popen([PROGRAM, adapter, *words], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._frames, self._answers = queue.Queue(), queue.Queue()
        self.times = []  # of the frames that came
        self.ready = self._process.stdout.readline().strip()
        if not self.ready.startswith("ready"):
            raise AssertionError(f"{adapter} {words}: " + self._process.communicate()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self._process.stdout:
            if line.startswith("("):
                stamp, _, frame = line.split()
                self.times.append(float(stamp.strip("()")))
                self._frames.put(frame)
            else:
                self._answers.put(line.strip())

    def __exit__(self, *failure):
        _, errors = self._process.communicate(timeout=PATIENCE_S)
        assert failure[0] or self._process.returncode == 0, errors
        self.errors = errors

    def say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def receive(self, patience=PATIENCE_S):
        """The next frame, or None."""
        try:
            return self._frames.get(timeout=patience)
        except queue.Empty:
            return None

    def set(self, key, value):
        self.say(f"set {key} {value}")
        answer = self._answers.get(timeout=PATIENCE_S)
        assert answer == "set done", answer

    def wait_open(self):
        """Until the adapter takes part in the bus."""
        end = time.monotonic() + PATIENCE_S
        while not self.stats()["open"]:
            assert time.monotonic() < end, "the adapter does not open"
            time.sleep(0.002)

    def stats(self):
        self.say("stats")
        return json.loads(self._answers.get(timeout=PATIENCE_S).removeprefix("stats "))


class Line(contextlib.AbstractContextManager):
    """Two serial ports, each the other's far end: `a` and `b` are their paths."""

    def __init__(self):
        self._fds = []
        self._masters = [self._open(), self._open()]
        self.a, self.b = [os.ttyname(fd) for fd in self._fds[1::2]]
        self._stop, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _open(self):
        master, slave = os.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        self._fds += [master, slave]  # the slave stays open: nobody hangs up
        return master

    def _relay(self):
        first, second = self._masters
        other = {first: second, second: first}
        while True:
            ready = select.select([first, second, self._stop], [], [])[0]
            if self._stop in ready:
                return
            for fd in ready:
                data = os.read(fd, 4096)
                while data:
                    data = data[os.write(other[fd], data):]

    def __exit__(self, *_):
        os.close(self._wake)
        self._thread.join()
        for fd in [*self._fds, self._stop]:
            os.close(fd)
