#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The library's buses beside can-utils and python-can: library.py virtual | vcan

What a frame costs is what a program uses for many frames less what it uses for one, so that
starting it does not count. The programs take turns; medians are printed. `vcan` needs a kernel
with CAN.
"""
import os
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOAD = os.path.join(HERE, "../../build/tests/bench/bus_load")
PYTHON = [sys.executable, "-c"]
ROUNDS = 5

PYTHON_SEND = """
import can, sys
with can.Bus(interface="socketcan", channel=sys.argv[1]) as bus:
    message = can.Message(arbitration_id=0x123, is_extended_id=False, data=bytes(8))
    for _ in range(int(sys.argv[2])):
        bus.send(message, timeout=10)
"""
PYTHON_RECEIVE = """
import can, socket, sys
with can.Bus(interface="socketcan", channel=sys.argv[1]) as bus:
    bus.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)
    print("ready", flush=True)
    for _ in range(int(sys.argv[2])):
        assert bus.recv(30)
"""
PYTHON_VIRTUAL = """
import can, sys
with can.Bus(interface="virtual", channel="x") as a, can.Bus(interface="virtual", channel="x") as b:
    message = can.Message(arbitration_id=0x123, is_extended_id=False, data=bytes(8))
    for _ in range(int(sys.argv[1])):
        a.send(message)
        assert b.recv(30)
"""


def finish(process, began):
    """(seconds, CPU seconds) of a program that is about to end."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.args
    return time.monotonic() - began, used.ru_utime + used.ru_stime


def use(command):
    began = time.monotonic()
    with open(os.devnull, "w") as nowhere:
        return finish(subprocess.Popen(command, stdout=nowhere), began)


def receive(command, frames):
    """The receiver is stopped until everything waits for it: none is lost, none waited for."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if command[0] == "candump":
        time.sleep(0.5)
    else:
        assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    subprocess.run([LOAD, "send", "vcan0", str(frames), "64"], check=True)
    began = time.monotonic()
    process.send_signal(signal.SIGCONT)
    while process.stdout.read(1 << 20):
        pass
    return finish(process, began)


def candump(frames):
    return ["candump", "-r", str(1 << 26), "-n", str(frames), "vcan0"]


def ours(frames, batch):
    return [LOAD, "receive", "vcan0", frames, batch]


CASES = {
    "virtual": {
        "pass on": {
            "anycan, 64 at a time": (1000000, lambda n: use([LOAD, "both", "virtual:x", n, "64"])),
            "anycan, one at a time": (300000, lambda n: use([LOAD, "both", "virtual:x", n, "1"])),
            "python-can": (10000, lambda n: use([*PYTHON, PYTHON_VIRTUAL, n])),
        },
    },
    "vcan": {
        "receive": {
            "anycan, 64 at a time": (20000, lambda n: receive(ours(n, "64"), n)),
            "anycan, one at a time": (20000, lambda n: receive(ours(n, "1"), n)),
            "candump": (20000, lambda n: receive(candump(n), n)),
            "python-can": (3000, lambda n: receive([*PYTHON, PYTHON_RECEIVE, "vcan0", n], n)),
        },
        "send": {
            "anycan, 64 at a time": (20000, lambda n: use([LOAD, "send", "vcan0", n, "64"])),
            "anycan, one at a time": (20000, lambda n: use([LOAD, "send", "vcan0", n, "1"])),
            "cangen": (20000, lambda n: use(["cangen", "vcan0", "-g", "0", "-n", n, "-I", "123",
                                             "-L", "8", "-D", "0011223344556677"])),
            "python-can": (3000, lambda n: use([*PYTHON, PYTHON_SEND, "vcan0", n])),
        },
    },
}


def measure(frames, program):
    """(frames a second, microseconds of CPU a frame)"""
    one, many = program("1"), program(str(frames))
    return ((frames - 1) / max(many[0] - one[0], 1e-9),
            (many[1] - one[1]) * 1e6 / (frames - 1))


def main(world):
    found = {}
    for _ in range(ROUNDS):
        for case, programs in CASES[world].items():
            for name, (frames, program) in programs.items():
                found.setdefault((case, name), []).append(measure(frames, program))
    for case, programs in CASES[world].items():
        costs = {name: statistics.median(cpu for _, cpu in found[case, name]) for name in programs}
        best = costs["anycan, 64 at a time"]
        for name in programs:
            rate = statistics.median(fps for fps, _ in found[case, name])
            print(f"{world:8} {case:8} {name:22} {rate:12,.0f} frames/s {costs[name]:9.3f} us CPU"
                  f" {costs[name] / best:8.1f}x", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "vcan":
        subprocess.run("modprobe can-raw && ip link add vcan0 type vcan && ip link set vcan0 up",
                       shell=True, check=True)
    main(sys.argv[1])
