#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""How exactly a log is replayed: anycan play, canplayer and python-can's player on a vcan netdev,
in the same run. Needs a kernel with CAN: tests/vm/run --smp 2 -- tests/bench/play.py

What is played is recorded with the kernel's time stamps. The error of a frame is the time from the
first frame to it, less what the log says. Drift is how much later the last tenth of the log came
than the first. The players take turns.
"""
import argparse
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ANYCAN = os.path.join(HERE, "../../build/bin/anycan")
NETDEV = "vcan0"
PATIENCE_S = 5
SO_RCVBUFFORCE = 33

PLAYERS = {
    "anycan play": [ANYCAN, "play", "-q", "{log}", NETDEV],
    "canplayer": ["canplayer", "-I", "{log}", f"{NETDEV}=can0"],
    "canplayer -g 0": ["canplayer", "-g", "0", "-I", "{log}", f"{NETDEV}=can0"],
    "python-can": [sys.executable, "-m", "can.player", "-i", "socketcan", "-c", NETDEV, "{log}"],
}


def make_log(path, seconds, rate):
    """Numbered frames at random distances; [nanoseconds since the first]."""
    rng = random.Random(5)
    start = 1_700_000_000 * 10**9
    now = 0
    times = []
    with open(path, "w", encoding="ascii") as file:
        while now < seconds * 10**9:
            times.append(now)
            sec, part = divmod(start + now, 10**9)
            file.write(f"({sec}.{part // 1000:06d}) can0 123#{len(times) - 1:016X}\n")
            now += int(rng.expovariate(rate) * 10**6) * 1000
    return times


class Recorder:
    """Raw socket with kernel time stamps and a queue for all of the log."""

    def __init__(self, frames):
        self.socket = socket.socket(socket.PF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, frames * 1000 + (1 << 20))
        self.socket.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.socket.bind((NETDEV,))

    def take(self, frames):
        """[(number, nanoseconds)] of all frames."""
        got = []
        self.socket.settimeout(PATIENCE_S)
        while len(got) < frames:
            try:
                frame, control, _, _ = self.socket.recvmsg(16, 64)
            except TimeoutError:
                break
            stamp = next(data for level, kind, data in control
                         if (level, kind) == (socket.SOL_SOCKET, 35))
            sec, part = struct.unpack("@qq", stamp[:16])
            got.append((int.from_bytes(frame[8:16], "big"), sec * 10**9 + part))
        self.socket.close()
        return got


def play(command, log, times):
    """Errors of all frames in nanoseconds; ends the program unless each came, once, in order."""
    recorder = Recorder(len(times))
    done = subprocess.run([word.format(log=log) for word in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    got = recorder.take(len(times))
    if done.returncode or [number for number, _ in got] != list(range(len(times))):
        sys.exit(f"{command}: exit status {done.returncode}, {len(got)} of {len(times)} frames, "
                 f"or not in order: {done.stderr}")
    first = got[0][1]
    return [stamp - first - at for (_, stamp), at in zip(got, times)]


def drift_ns(errors):
    """How much later the last tenth of the frames came than the first one, by their medians."""
    tenth = max(len(errors) // 10, 1)
    return statistics.median(errors[-tenth:]) - statistics.median(errors[:tenth])


def report(name, times, errors):
    """One line. The first frame is as late as any: the median is what the others are to it."""
    middle = statistics.median(errors)
    around = sorted(abs(error - middle) for error in errors)

    def part(share):
        return around[min(int(share * len(around)), len(around) - 1)] / 1e3

    print(f"{name:16} {len(times):7} frames  error p50 {part(.5):8.1f}  p90 {part(.9):8.1f}  "
          f"p99 {part(.99):9.1f}  max {around[-1] / 1e3:9.1f} us  drift "
          f"{drift_ns(errors) / 1e3:8.1f} us in {times[-1] / 1e9:.0f} s", flush=True)
    return part(.5), part(.9), part(.99)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="*")
    args = parser.parse_args()
    subprocess.run(f"modprobe can-raw; ip link add {NETDEV} type vcan; ip link set {NETDEV} up",
                   shell=True, check=True)
    log = f"/run/play-bench-{os.getpid()}.log"
    times = make_log(log, args.seconds, args.rate)
    found = {}
    for _ in range(args.rounds):
        for name, command in PLAYERS.items():
            if not args.only or name in args.only:
                time.sleep(0.2)
                found.setdefault(name, []).append(report(name, times, play(command, log, times)))
    for name, parts in found.items():
        medians = (f"{statistics.median(values):10.1f}" for values in zip(*parts))
        print(f"{name:16} medians of p50, p90, p99:", *medians, "us")
    os.unlink(log)


if __name__ == "__main__":
    main()
