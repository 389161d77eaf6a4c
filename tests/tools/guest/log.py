#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""log.py FRAMES: anycan log and candump on the same netdev, the same frames: the same bytes.
can_logger and python-can's logger with the same command lines: the same frames in every format.
Runs inside tests/vm/run."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

import can.logger

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../sim"), os.path.join(HERE, "../../formats")]

import simulator  # noqa: E402 - it lies in a folder named above
from tool import ANYCAN, parse_line, read  # noqa: E402

DIR = "/run/log-test"
QUEUE = "16000000"
PATIENCE_S = 60


def sh(command):
    subprocess.run(command, shell=True, check=True)


def until(condition, patience=PATIENCE_S):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def listeners():
    """Receive lists of all netdevs; each program that is ready has one more."""
    lines = 0
    for name in ("all", "eff", "err", "fil", "inv", "sff"):
        with open(f"/proc/net/can/rcvlist_{name}", encoding="ascii") as file:
            lines += file.read().count("raw")
    return lines


class PythonLogger:
    """can_logger of python-can, without the time that starting Python takes here."""

    def __init__(self, command, stdout):
        self.returncode = None
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            os.dup2(stdout.fileno(), 1)
            sys.stdout = open(1, "w", buffering=1)
            sys.argv = command
            signal.signal(signal.SIGINT, signal.default_int_handler)
            can.logger.main()
            status = 0
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self, _):
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def start(command, out):
    if command[0] == "python-can":
        return PythonLogger(command, out)
    return subprocess.Popen(command, stdout=out)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


class Programs:
    """Programs that listen at the same time; their outputs and exit statuses."""

    left = []  # of a test that failed

    def __init__(self, commands, ready=None):
        """`ready` is what they print when they are; without it they are started one by one."""
        for process, _ in self.left:
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)
        self.running = Programs.left = []
        for i, command in enumerate(commands):
            before = listeners()
            out = open(f"{DIR}/out{i}", "w+b")
            self.running.append((start(command, out), out))
            if not ready:
                until(lambda seen=before: listeners() > seen)
        if ready:
            until(lambda: all(ready in contents(f"{DIR}/out{i}") for i in range(len(commands))))

    def _cpu(self):
        used = []
        for process, _ in self.running:
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
                used.append(file.read().rsplit(")", 1)[1].split()[11:13])
        return used

    def settle(self):
        """Until none of them works any more."""
        before = None
        while before != self._cpu():
            before = self._cpu()
            time.sleep(0.3)

    def end(self, number=signal.SIGINT):
        self.settle()
        for process, _ in self.running:
            process.send_signal(number)
        return self.results()

    def results(self):
        outputs = []
        for process, out in self.running:
            process.wait(PATIENCE_S)
            out.seek(0)
            outputs.append(out.read())
            out.close()
        Programs.left = []
        self.statuses = [process.returncode for process, _ in self.running]
        return outputs


def send_mix(netdev, count):
    """Standard, extended, remote, FD, BRS and ESI frames; any length, any data."""
    sh(f"cangen {netdev} -g 0 -m -n {count}")


def raw(netdev):
    s = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    s.bind((netdev,))
    return s


ERRORS = (
    (0x20000004, "0004000000000000"), (0x20000040, "0000000000000000"),
    (0x20000088, "0000020a00000000"), (0x20000001, "0000000000000000"),
    (0x2000000C, "0020040000006080"), (0x20000002, "0500000000000000"),
    (0x20000020, "0000000000000000"), (0x20000100, "0000000000000000"),
)


def send_errors(netdev):
    with raw(netdev) as s:
        for can_id, data in ERRORS:
            s.send(struct.pack("=IB3x8s", can_id, 8, bytes.fromhex(data)))


# Of candump and of anycan log.
SAME = (
    ("", ""),
    ("-ta -x -a", "-ta -x -a"),
    ("-td -i", "-td --binary"),
    ("-tz -S -a", "-t z -S --ascii"),
    ("-tA -i -S", "--time=date --binary --swap"),
    ("-c", "--color=1"),
    ("-c -c -ta", "--color --color --time a"),
    ("-c -c -c -ta -x", "--color=3 -ta -x"),
    ("-L -x", "-f - -x"),
    ("-s 1", "-s 1"),
)


def pairs(options, buses):
    for candump, ours in options:
        yield ["candump", "-r", QUEUE, *candump.split(), *buses]
        yield [ANYCAN, "log", "-r", QUEUE, *ours.split(), *buses]


def compare(commands, outputs):
    for i in range(0, len(outputs), 2):
        if outputs[i] == outputs[i + 1]:
            continue
        theirs, ours = outputs[i].splitlines(), outputs[i + 1].splitlines()
        differ = [pair for pair in zip(theirs, ours) if pair[0] != pair[1]][:2]
        raise AssertionError(f"{commands[i]}: {len(theirs)} lines, {commands[i + 1]}: "
                             f"{len(ours)} lines, {differ}")


def test_log_lines():
    count = int(sys.argv[1])
    programs = Programs([["candump", "-L", "-r", "400000000", "-n", str(count), "vcan0"],
                         [ANYCAN, "log", "-L", "-r", "400000000", "-n", str(count), "vcan0"]])
    send_mix("vcan0", count)
    theirs, ours = programs.results()
    assert theirs.count(b"\n") == count and ours == theirs
    assert programs.statuses == [0, 0]
    return f"{count} frames, {len(ours)} bytes"


def test_every_option():
    commands = list(pairs(SAME, ["vcan0"]))
    programs = Programs(commands)
    send_mix("vcan0", 100)
    outputs = programs.end()
    assert outputs[0].count(b"\n") == 100
    compare(commands, outputs)
    assert set(programs.statuses) == {0}, programs.statuses
    return f"{len(commands) // 2} command lines"


def test_filters_and_error_frames():
    commands = [command for buses in (
        ["vcan0,123:7FF,400:700,12345678:DFFFFFFF"],
        ["vcan0,400~7F0"],
        ["vcan0,0:0,#FFFFFFFF"],
        ["vcan0,0~0,#000000C4"],
        ["vcan0,100:100,3:3,j"],
        ["vcan0,123:C00007FF", "vcan11,200:600"],
        ["any"],
        ["any,0:0,#FFFFFFFF"],
    ) for command in pairs((("-e", "-e" if "#" in buses[0] else ""),), buses)]
    programs = Programs(commands)
    send_mix("vcan0", 100)
    send_errors("vcan0")
    # Never at the same time as the other: candump would read them in any order.
    programs.settle()
    send_mix("vcan11", 50)
    outputs = programs.end()
    compare(commands, outputs)
    # Without #MASK, -e is enough here.
    assert outputs[4].count(b"ERRORFRAME") == len(ERRORS)
    return f"{len(commands) // 2} command lines"


def test_ends():
    """A netdev that goes down ends it as it ends candump, with a status that tells more; -D."""
    programs = Programs([["candump", "vcan0"], [ANYCAN, "log", "vcan0"],
                         [ANYCAN, "log", "-D", "vcan0"]])
    send_mix("vcan0", 3)
    programs.settle()
    sh("ip link set vcan0 down && ip link set vcan0 up")
    programs.settle()
    send_mix("vcan0", 2)
    programs.settle()
    programs.running[2][0].send_signal(signal.SIGTERM)
    lines = [out.count(b"\n") for out in programs.results()]
    assert lines == [3, 3, 5] and programs.statuses == [1, 3, 0], (lines, programs.statuses)


def test_timeout():
    """-T: 4 if no frame came, 0 if some did."""
    traffic = subprocess.Popen(["cangen", "vcan11", "-g", "20"])
    programs = Programs([[ANYCAN, "log", "-T", "2000", "vcan11"],
                         [ANYCAN, "log", "-T", "100", "-f", f"{DIR}/t.log", "vcan0"]])
    until(lambda: os.path.getsize(f"{DIR}/out0"))
    traffic.kill()
    traffic.wait()
    assert programs.results()[0] and programs.statuses == [0, 4], programs.statuses


def test_drops_are_told():
    """A queue that is too short: what was printed and what is told to be lost is all."""
    programs = Programs([[ANYCAN, "log", "-r", "100", "-d", "vcan0"],
                         [ANYCAN, "log", "-r", "100", "--json", "vcan0"]])
    for process, _ in programs.running:
        process.send_signal(signal.SIGSTOP)
    send_mix("vcan0", 400)
    for process, _ in programs.running:
        process.send_signal(signal.SIGCONT)
    programs.settle()
    send_mix("vcan0", 1)
    lines, objects = programs.end()
    for text, mark, word in ((lines, b"DROPCOUNT", 2), (objects, b'"dropped"', -1)):
        drops = [line for line in text.splitlines() if mark in line]
        lost = sum(int(line.split()[word]) if word > 0 else
                   int(line.split(b'"frames":')[1].split(b",")[0]) for line in drops)
        assert lost and text.count(b"\n") - len(drops) + lost == 401, (lost, text[-200:])
    return f"{lost} lost"


def test_load_beside_canbusload():
    """Frames, bits with the stuff bits, and payload, all reports summed up."""
    programs = Programs([["canbusload", "-e", "vcan0@500000"],
                         [ANYCAN, "load", "--json", "vcan0@500k"]])

    def sums():
        theirs = [line.split()[1:4] for line in contents(f"{DIR}/out0").splitlines() if line]
        ours = [json.loads(line) for line in contents(f"{DIR}/out1").splitlines()]
        return ([sum(int(line[i]) for line in theirs) for i in range(3)],
                [sum(report[key] for report in ours)
                 for key in ("frames", "bits", "payload_bits")])

    sh("cangen vcan0 -g 0 -n 150 && cangen vcan0 -e -g 0 -n 150")
    until(lambda: all(counts[0] == 300 for counts in sums()))
    theirs, ours = sums()
    programs.end(signal.SIGKILL)
    assert ours == theirs, (ours, theirs)
    return f"{ours[0]} frames, {ours[1]} bits"


# Its script fails at .trc: the writer knows no append.
FORMATS = ("asc", "blf", "csv", "db", "log", "txt.gz")


def frames_of(path, *settings):
    """What both must have written: all but the digits below a microsecond."""
    return [frame._replace(ns=round(frame.ns, -3)) for frame in read(path, *settings)]


def as_python_can_logs(frame):
    """Its .log has neither the length of remote frames nor the class of error frames."""
    if frame.remote:
        return frame._replace(length=0)
    return frame._replace(ident=0x80, tx=False) if frame.error else frame


def same_frames(name, ours, theirs):
    if name == "log":
        ours = [as_python_can_logs(frame) for frame in ours]
    assert len(ours) == len(theirs), f"{name}: {len(ours)} and {len(theirs)} frames"
    # Its ASC and BLF begin at a whole millisecond.
    shift = ours[0].ns - theirs[0].ns if name in ("asc", "blf") else 0
    assert abs(shift) < 1000000
    for a, b in zip(ours, theirs):
        # python-can's time stamps are doubles.
        assert abs(a.ns - b.ns - shift) <= 1000 and a._replace(ns=0) == b._replace(ns=0), \
            (name, a, b)


def loggers(*args, files=FORMATS):
    """Both programs with the same arguments, once for each format and once for the terminal."""
    commands = []
    for path in (None, *files):
        for program, who in ((["python-can"], "theirs"), ([f"{DIR}/can_logger"], "ours")):
            file = ["-f", f"{DIR}/{who}.{path}"] if path else []
            commands.append([*program, "-i", "socketcan", "-c", "vcan0", *args, *file])
    return Programs(commands, b"Started on")


def split_time(line):
    """The time of a line, which python-can has as a double, and the rest of it."""
    if not line.startswith(b"Timestamp:"):
        return 0, line
    _, seconds, rest = line.split(None, 2)
    return float(seconds), rest


def check_loggers(programs, count, files=FORMATS):
    outputs = programs.end()
    assert set(programs.statuses) == {0}, programs.statuses
    theirs, ours = ([split_time(line) for line in out.splitlines() if b"Started on" not in line]
                    for out in outputs[:2])
    differ = [pair for pair in zip(ours, theirs)
              if pair[0][1] != pair[1][1] or abs(pair[0][0] - pair[1][0]) > 1.2e-6]
    assert len(ours) == len(theirs) and not differ, (len(ours), len(theirs), differ[:2])
    assert len([line for line in ours if line[0]]) == count, len(ours)
    for path in files:
        same_frames(path, frames_of(f"{DIR}/ours.{path}"), frames_of(f"{DIR}/theirs.{path}"))


def test_can_logger_in_every_format():
    programs = loggers()
    sh("cangen vcan0 -g 1 -e -n 20 && cangen vcan0 -g 1 -n 20 && cangen vcan0 -g 1 -R -n 10")
    send_errors("vcan0")
    check_loggers(programs, 50 + len(ERRORS))


def test_can_logger_options():
    fd = ("asc", "blf", "log")
    programs = loggers("--fd", "--filter", "000:400", "12345678:1F", files=fd)
    send_mix("vcan0", 50)
    with raw("vcan0") as s:
        for number in range(20):
            s.send(struct.pack("=IB3x8s", number, 3, b"abc"))
    programs.settle()
    sent = programs.end()
    count = sent[1].count(b"Timestamp:")
    assert count > 20
    programs.end = lambda: sent
    check_loggers(programs, count, fd)
    return f"{count} frames passed"


def timed(test):
    def run():
        began = time.monotonic()
        remark = test()
        return f"{remark or 'done'}, {time.monotonic() - began:.1f} s"

    run.__name__ = test.__name__
    return run


def main():
    os.makedirs(DIR)
    os.symlink(os.path.abspath(ANYCAN), f"{DIR}/can_logger")
    sh("modprobe can-raw; sysctl -q net.core.rmem_default=16000000; for i in 0 11; do "
       "ip link add vcan$i type vcan && ip link set vcan$i mtu 72 up || exit; done")
    assert parse_line("(1.5) can0 123#11").ns == 1500000000
    return simulator.run([timed(test) for test in (

        test_log_lines,
        test_every_option,
        test_filters_and_error_frames,
        test_ends,
        test_timeout,
        test_drops_are_told,
        test_load_beside_canbusload,
        test_can_logger_in_every_format,
        test_can_logger_options,
    )])


if __name__ == "__main__":
    sys.exit(main())
