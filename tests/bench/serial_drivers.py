#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Receiving from serial adapters without a netdev, beside python-can: the same bytes go to a pty as
fast as they are taken, then 1000 frames a second, each alone, and come out as frames of driver and
transport on one side, as messages of python-can's recv() on the other. The bytes are those that
python-can's own bus writes for random frames. CPU time is each process's own; medians of
ANYCAN_BENCH_RUNS rounds in turns.
"""

import logging
import os
import random
import select
import statistics
import subprocess
import sys
import threading
import time
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build"))
RECEIVE = os.path.join(BUILD, "tests/bench/receive")
RUNS = int(os.environ.get("ANYCAN_BENCH_RUNS", "3"))
OURS, THEIRS = 200000, 10000  # frames of one round
PACED, RATE = 2000, 1000  # frames, and frames a second where each comes alone
GOAL = 30
PATIENCE_S = 60

# The driver, which is python-can's word as well; what we and what python-can are told besides.
DRIVERS = (
    ("robotell", ("bitrate", "500000"), {"bitrate": 500000}),
    ("seeedstudio", ("bitrate", "500000"), {"bitrate": 500000}),
    ("serial", (), {}),
)

# In a process of its own: receives as many messages, and tells what it has used.
RECV = """
import logging, sys, time, can
logging.disable()
count, channel, interface = int(sys.argv[1]), sys.argv[2], sys.argv[3]
bus = can.Bus(interface=interface, channel=channel, **eval(sys.argv[4]))
print("open", flush=True)
cpu, got = time.process_time_ns(), 0
while got < count and bus.recv(10) is not None:
    got += 1
print(f"frames={got} cpu_ns={time.process_time_ns() - cpu}", flush=True)
"""


def messages(can, count):
    numbers = random.Random(4)
    for _ in range(count):
        extended = numbers.random() < 0.25
        length = 8 if numbers.random() < 0.6 else numbers.randrange(9)
        yield can.Message(
            arbitration_id=numbers.getrandbits(29 if extended else 11),
            is_extended_id=extended,
            data=numbers.randbytes(length),
            timestamp=1,
        )


class Pty:
    """The adapter's end of a line."""

    def __init__(self):
        self.fd, far = os.openpty()
        tty.setraw(far)
        self.path = os.ttyname(far)
        self._far = far
        os.set_blocking(self.fd, False)

    def close(self):
        os.close(self.fd)
        os.close(self._far)

    def read(self, patience):
        if not select.select([self.fd], [], [], patience)[0]:
            return b""
        return os.read(self.fd, 65536)

    def feed(self, frames, rate):
        """All at once, or so many frames a second; nothing that comes back is needed."""
        if not rate:
            self._feed(b"".join(frames))
            return
        start = time.monotonic()
        for number, frame in enumerate(frames):
            time.sleep(max(0, start + number / rate - time.monotonic()))
            self._feed(frame)

    def _feed(self, data):
        view = memoryview(data)
        while view:
            readable, writable, _ = select.select([self.fd], [self.fd], [], PATIENCE_S)
            if readable:
                os.read(self.fd, 65536)
            if writable:
                view = view[os.write(self.fd, view) :]
            elif not readable:
                return


def wire_frames(can, interface, settings):
    """What python-can writes for each of THEIRS messages."""
    pty = Pty()
    bus = can.Bus(interface=interface, channel=pty.path, **settings)
    while pty.read(0.3):  # what it says at first
        pass
    frames = []
    for message in messages(can, THEIRS):
        bus.send(message)
        frames.append(pty.read(1))
    assert all(frames) and not pty.read(0.3), "a message is not one write"
    pty.close()
    return frames


def measure(command, frames, rate):
    """CPU nanoseconds a frame of the process that reads them from the pty named {pty}."""
    pty = Pty()
    command = [word.replace("{pty}", pty.path) for word in command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        opened = threading.Event()
        lines = []

        def listen():
            for line in child.stdout:
                lines.append(line.strip())
                opened.set()

        listener = threading.Thread(target=listen)
        listener.start()
        # An adapter that confirms what it is told by saying it again.
        deadline = time.monotonic() + PATIENCE_S
        while not opened.is_set() and time.monotonic() < deadline and child.poll() is None:
            if said := pty.read(0.02):
                os.write(pty.fd, said)
        pty.feed(frames, rate)
        listener.join(PATIENCE_S)
        child.kill()
        listener.join()
    pty.close()
    words = dict(word.split("=") for word in lines[-1].split()) if len(lines) == 2 else {}
    if not words or words.get("bad", "0") != "0":
        raise SystemExit(f"{command}: {lines}")
    return int(words["cpu_ns"]) / int(words["frames"]), int(words["frames"])


def compare(driver, how, ours, theirs):
    """@ours, @theirs: command, frames, rate."""
    rounds = [(measure(*ours), measure(*theirs)) for _ in range(RUNS)]
    if any(got != (len(ours[1]), len(theirs[1])) for got in ((a[1], b[1]) for a, b in rounds)):
        raise SystemExit(f"{driver}: frames are missing: {rounds}")
    mine, peer = (statistics.median(r[side][0] for r in rounds) / 1000 for side in (0, 1))
    goal = "" if ours[2] else f"{GOAL}x"
    numbers = f"{mine:10.3f} {peer:12.3f} {peer / mine:9.0f}x"
    print(f"{driver:<12} {how:<12} {numbers}   {goal}", flush=True)


def compare_both(can, driver, words, settings):
    frames = wire_frames(can, driver, settings)

    def ours(count):
        return [RECEIVE, str(count), f"{driver}:{{pty}}", *words]

    def theirs(count):
        return [sys.executable, "-c", RECV, str(count), "{pty}", driver, repr(settings)]

    compare(driver, "at once", (ours(OURS), frames * (OURS // THEIRS), 0),
            (theirs(THEIRS), frames, 0))
    compare(driver, f"{RATE} a s", (ours(PACED), frames[:PACED], RATE),
            (theirs(PACED), frames[:PACED], RATE))


def main():
    if os.environ.get("ANYCAN_PYTHON_CAN"):
        sys.path.insert(0, os.environ["ANYCAN_PYTHON_CAN"])
        os.environ["PYTHONPATH"] = os.environ["ANYCAN_PYTHON_CAN"]
    logging.disable()
    try:
        import can
    except ImportError:
        print("python3-can is not installed: the serial drivers are left out")
        return
    print(f"receiving without a netdev, us CPU a frame (python-can {can.__version__})")
    print(f"{'driver':<12} {'frames':<12} {'anycan':>10} {'python-can':>12} {'ratio':>10}   goal")
    for row in DRIVERS:
        compare_both(can, *row)


if __name__ == "__main__":
    main()
