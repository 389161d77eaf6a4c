#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a logged frame costs: anycan log and can_logger beside candump and python-can's logger, on
vcan. CPU for many frames less that for few, so that starting does not count; the programs take
turns, medians are printed. Needs a kernel with CAN."""
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ANYCAN = os.path.join(HERE, "../../build/bin/anycan")
LOAD = os.path.join(HERE, "../../build/tests/bench/bus_load")
ROUNDS = 5
QUEUE = str(1 << 26)
TICK_S = 1 / os.sysconf("SC_CLK_TCK")

ANYCAN_LOG = [ANYCAN, "log", "-r", QUEUE]
CAN_LOGGER = ["-i", "socketcan", "-c", "vcan0"]
CASES = {
    "candump -L": (20000, ["candump", "-r", QUEUE, "-L", "vcan0"]),
    "anycan log -L": (20000, [*ANYCAN_LOG, "-L", "vcan0"]),
    "candump": (20000, ["candump", "-r", QUEUE, "vcan0"]),
    "anycan log": (20000, [*ANYCAN_LOG, "vcan0"]),
    "anycan log --json": (20000, [*ANYCAN_LOG, "--json", "vcan0"]),
    "candump -l": (20000, ["candump", "-r", QUEUE, "-l", "vcan0"]),
    "anycan log -f x.log": (20000, [*ANYCAN_LOG, "-f", "x.log", "vcan0"]),
    "anycan log -f x.blf": (20000, [*ANYCAN_LOG, "-f", "x.blf", "vcan0"]),
    "anycan can_logger": (20000, [ANYCAN, "can_logger", *CAN_LOGGER]),
    "python-can logger": (2000, ["/usr/bin/can_logger", *CAN_LOGGER]),
    "python-can -f x.log": (2000, ["/usr/bin/can_logger", *CAN_LOGGER, "-f", "y.log"]),
    "python-can -f x.blf": (2000, ["/usr/bin/can_logger", *CAN_LOGGER, "-f", "y.blf"]),
}


def listeners():
    with open("/proc/net/can/rcvlist_all", encoding="ascii") as file:
        return file.read().count("raw")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) * TICK_S


def settle(pid):
    """Until it has worked through all that waits for it."""
    before = -1
    while before != cpu_s(pid):
        before = cpu_s(pid)
        time.sleep(0.5)


def use(command, frames):
    """CPU seconds of a program that gets so many frames; all wait for it before it goes on."""
    before = listeners()
    with open("out", "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
    while listeners() == before:
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    subprocess.run([LOAD, "send", "vcan0", str(frames), "64"], check=True)
    process.send_signal(signal.SIGCONT)
    settle(process.pid)
    process.send_signal(signal.SIGINT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime


def main():
    found = {}
    for _ in range(ROUNDS):
        for name, (frames, command) in CASES.items():
            few, many = use(command, 1), use(command, frames)
            found.setdefault(name, []).append((many - few) * 1e6 / (frames - 1))
    best = statistics.median(found["anycan log -L"])
    for name, costs in found.items():
        cost = statistics.median(costs)
        print(f"{name:22} {cost:9.3f} us CPU a frame {cost / best:8.2f}x", flush=True)


if __name__ == "__main__":
    if not os.path.exists("/sys/class/net/vcan0"):
        subprocess.run("modprobe can-raw && ip link add vcan0 type vcan && "
                       f"sysctl -q net.core.rmem_default={QUEUE} && ip link set vcan0 up",
                       shell=True, check=True)
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        os.chdir(folder)
        sys.exit(main())
