#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""On netdevs: what anycan play and canplayer make of the same log, what can_player and python-can's
player do with the same command lines, cansend and anycan send, periodic frames by the kernel, and
acknowledgements. Runs inside tests/vm/run with two kvaser_pci cards on one bus."""
import os
import random
import re
import socket
import struct
import subprocess
import sys
import time

import can.player

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../sim"), os.path.join(HERE, "../../formats")]

import simulator  # noqa: E402 - they lie in the folders named above
from tool import ANYCAN  # noqa: E402

DIR = "/run/play-test"
LOG = DIR + "/x.log"
PATIENCE_S = 10
SO_TIMESTAMPNS, SO_RCVBUFFORCE, CAN_RAW_ERR_FILTER = 35, 33, 2
FRAMES = 300
KINDS = ("123#DEADBEEF", "12345678#11.22", "123#R3", "123#R", "123##1AABB", "7FF#",
         "1FFFFFFF##3" + "00" * 64, "00000001#", "000##2")


def sh(command):
    subprocess.run(command, shell=True, check=True)


def run(*words, status=0):
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def anycan(*words, status=0):
    return run(ANYCAN, *words, status=status)


class Tap:
    """A raw socket: all that comes to a netdev, with the kernel's time."""

    def __init__(self, netdev):
        self.socket = socket.socket(socket.PF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        for level, option, value in ((socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24),
                                     (socket.SOL_SOCKET, SO_TIMESTAMPNS, 1),
                                     (socket.SOL_CAN_RAW, socket.CAN_RAW_FD_FRAMES, 1),
                                     (socket.SOL_CAN_RAW, CAN_RAW_ERR_FILTER, 0x1FFFFFFF)):
            self.socket.setsockopt(level, option, value)
        self.socket.bind((netdev,))

    def take(self, frames, more_s=0.1):
        """[(nanoseconds, bytes)] of so many frames; there must be no further one."""
        got = []
        self.socket.settimeout(PATIENCE_S)
        while len(got) < frames:
            frame, control, _, _ = self.socket.recvmsg(72, 64)
            stamp = next(data for level, kind, data in control if kind == SO_TIMESTAMPNS)
            sec, part = struct.unpack("@qq", stamp[:16])
            got.append((sec * 10**9 + part, frame))
        self.socket.settimeout(more_s)
        try:
            raise AssertionError(f"one more: {self.socket.recv(72)}")
        except TimeoutError:
            self.socket.close()
        return got

    def frames(self, frames):
        return [frame for _, frame in self.take(frames)]


def make_log(path, errors=False):
    rng = random.Random(9)
    now = 1_700_000_000_000_000
    with open(path, "w", encoding="ascii") as file:
        for number in range(FRAMES):
            name = f"{rng.randrange(1 << 29):08X}" if number % 3 else f"{rng.randrange(2048):03X}"
            text = f"{name}#{rng.randbytes(rng.randrange(9)).hex().upper()}"
            if number % 10 == 9:
                text = f"{name}##{rng.randrange(4)}{rng.randbytes(12).hex().upper()}"
            elif number % 10 == 8:
                text = f"{name}#R"
            elif number % 10 == 7 and errors:
                text = "20000004#0004000000000000"
            file.write(f"({now // 10**6}.{now % 10**6:06d}) can{number % 2} {text}\n")
            now += rng.choice((0, 100, 1000, 2000))


def without_fdf(frame):
    """canplayer and python-can leave CANFD_FDF to the kernel, and 6.1 sets it."""
    return frame[:5] + bytes([frame[5] & 3]) + frame[6:] if len(frame) == 72 else frame


def same(theirs, ours):
    assert list(map(without_fdf, theirs)) == list(map(without_fdf, ours)), \
        next(pair for pair in zip(theirs, ours) if without_fdf(pair[0]) != without_fdf(pair[1]))


def test_beside_canplayer():
    """The same frames in the same order on the same netdevs."""
    results = []
    for words in (("canplayer", "-I", LOG, "vcan0=can0", "vcan1=can1"),
                  (ANYCAN, "play", "-q", LOG, "vcan0=can0", "vcan1=can1")):
        taps = [Tap("vcan0"), Tap("vcan1")]
        run(*words)
        results.append([tap.frames(FRAMES // 2) for tap in taps])
    for theirs, ours in zip(*results):
        same(theirs, ours)
    # Without mappings, as the channels are called; lines on standard output.
    with open(LOG, encoding="ascii") as file:
        text = file.read().replace("can0", "vcan0").replace("can1", "vcan1")
    with open(DIR + "/v.log", "w", encoding="ascii") as file:
        file.write(text)
    tap = Tap("vcan0")
    anycan("play", "-qt", DIR + "/v.log")
    same(results[0][0], tap.frames(FRAMES // 2))
    words = ("-t", "stdout=can0")
    assert run("canplayer", "-I", LOG, *words)[0] == anycan("play", LOG, *words)[0]
    return f"{FRAMES} frames on two netdevs"


def python_player(*words):
    """python-can's player, without the time that starting Python takes here: (pid, output)."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        with os.fdopen(read) as file:
            out = file.read()
        assert os.waitpid(pid, 0)[1] == 0, out
        return out
    status = 1
    try:
        os.dup2(write, 1)
        sys.stdout = open(1, "w", closefd=False)
        sys.argv = ["can_player", *words]
        can.player.main()
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


def can_player(*words):
    done = subprocess.run(["can_player", *words], executable=ANYCAN, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def gaps(got):
    return [(b - a) / 1e6 for (a, _), (b, _) in zip(got, got[1:])]


def test_beside_python_can():
    """The same frames, the same lines; the same time from the first to the last, nearly."""
    names = "-i", "socketcan", "-c", "vcan0"
    cases = (((*names, "--fd", "-v", LOG), FRAMES),
             ((*names, "--fd", "--ignore-timestamps", "-g", "0.02", "-s", "0.002", LOG), FRAMES),
             ((*names, "--fd", "--error-frames", "-s", "0.001", "-v", DIR + "/errors.blf"),
              FRAMES))
    remarks = []
    for words, count in cases:
        got, out = [], []
        for player in (python_player, can_player):
            tap = Tap("vcan0")
            out.append(re.sub(r"Started on .*\)", "", player(*words)))
            got.append(tap.take(count))
        same(*([frame for _, frame in one] for one in got))
        assert out[0] == out[1], words
        theirs, ours = ((one[-1][0] - one[0][0]) / 1e9 for one in got)
        remarks.append(f"{theirs:.2f}/{ours:.2f} s")
    return "python-can/anycan, first to last frame: " + ", ".join(remarks)


def test_error_frames():
    tap = Tap("vcan0")
    anycan("play", "-q", DIR + "/errors.log", "vcan0")
    assert len(tap.frames(FRAMES * 9 // 10))
    tap = Tap("vcan0")
    anycan("play", "-q", "--error-frames", DIR + "/errors.log", "vcan0")
    frames = tap.frames(FRAMES)
    assert sum(bool(frame[3] & 0x20) for frame in frames) == FRAMES // 10
    _, said = anycan("play", "--error-frames", DIR + "/errors.log", "can0", status=1)
    assert "can0: error frames cannot be sent, a controller is behind it" in said, said


def test_beside_cansend():
    tap = Tap("vcan0")
    for text in KINDS:
        run("cansend", "vcan0", text)
    theirs = tap.frames(len(KINDS))
    tap = Tap("vcan0")
    anycan("send", "vcan0", *KINDS)
    same(theirs, tap.frames(len(KINDS)))


def test_periodic():
    """By the broadcast manager: it shows in /proc, and each comes as often as it should."""
    tap = Tap("vcan0")
    anycan("send", "-p", "10", "-n", "30", "vcan0", "123#01")
    at = [ns for ns, _ in tap.take(30)]
    tap = Tap("vcan0")
    sender = subprocess.Popen([ANYCAN, "gen", "vcan0", "--periodic", "111#@10",
                               "--periodic", "222##1@20", "-n", "20"], stderr=subprocess.PIPE,
                              text=True)
    frames = tap.frames(40)
    assert "sent by the kernel" in sender.communicate()[1] and sender.returncode == 0
    assert sum(frame[:2] == b"\x11\x01" for frame in frames) == 20
    return f"30 frames, 10 ms apart, in {(at[-1] - at[0]) / 1e6:.1f} ms"


def test_wait_ack():
    """By the controller's echo; nobody can tell on vcan; a bridge's cantap or vxcan is send.py's
    and the bridges' business."""
    out, _ = anycan("send", "--wait-ack", "-v", "can0", "123#01", "124#02")
    assert out.count("acknowledged after") == 2, out
    _, said = anycan("send", "--wait-ack", "vcan0", "123#01", status=1)
    assert "virtual netdev" in said, said


def test_faults():
    _, said = anycan("send", "nowhere0", "123#", status=3)
    assert "nowhere0" in said, said
    sh("ip link set vcan1 down")
    _, said = anycan("send", "vcan1", "123#", status=8)
    assert "vcan1: the netdev is down" in said, said
    _, said = anycan("gen", "vcan1", status=8)
    assert "vcan1: the netdev is down" in said, said
    _, said = anycan("play", "-t", LOG, "vcan1", status=3)
    assert "down" in said and f"{FRAMES} frames of" not in said, said
    sh("ip link set vcan1 up")
    # It goes down while a log is played.
    player = subprocess.Popen([ANYCAN, "play", "-l", "i", LOG, "vcan1"], stderr=subprocess.PIPE,
                              text=True)
    time.sleep(0.5)
    sh("ip link set vcan1 down")
    said = player.communicate(timeout=60)[1]
    sh("ip link set vcan1 up")
    assert player.returncode == 3 and "vcan1" in said and "down" in said, said
    read, sent = map(int, re.search(r"(\d+) frames of .*, (\d+) sent", said).groups())
    unsent = re.search(r"^(\d+) frames were due", said, re.M)
    assert read == sent + int(unsent[1] if unsent else 0), said


def test_full_queue():
    """A queue that is short and slow: all frames arrive, in order, although there was no room for
    most of them at once."""
    sh("modprobe sch_tbf; tc qdisc add dev vcan1 root tbf rate 128kbit burst 160 limit 320")
    tap = Tap("vcan1")
    _, said = anycan("gen", "vcan1", "-g", "0", "-n", "500", "-I", "i", "-D", "i", "-L", "8")
    frames = tap.frames(500)
    assert [int.from_bytes(frame[8:16], "little") for frame in frames] == list(range(500))
    assert "waited for room" in said, said
    tap = Tap("vcan1")
    _, said = anycan("play", "-t", LOG, "vcan1")
    tap.frames(FRAMES)
    assert "waited for room" in said and f"{FRAMES} sent" in said, said
    sh("tc qdisc del dev vcan1 root")
    # And on a controller, whose bit rate is that of the load.
    tap = Tap("can1")
    _, said = anycan("gen", "can0", "--load", "20", "-n", "100", "-L", "8")
    tap.frames(100)
    assert "load" in said, said
    return said.splitlines()[0]


def main():
    os.mkdir(DIR)
    sh("modprobe can-raw; modprobe can-bcm; modprobe kvaser_pci")
    for netdev in ("vcan0", "vcan1"):
        sh(f"ip link add {netdev} type vcan; ip link set {netdev} mtu 72 up")
    for netdev in ("can0", "can1"):
        sh(f"ip link set {netdev} type can bitrate 1000000; ip link set {netdev} up")
    make_log(LOG)
    make_log(DIR + "/errors.log", errors=True)
    anycan("convert", "-q", DIR + "/errors.log", DIR + "/errors.blf")
    return simulator.run([value for name, value in list(globals().items())
                          if name.startswith("test_")])


if __name__ == "__main__":
    sys.exit(main())
