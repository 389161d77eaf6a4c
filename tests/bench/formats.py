#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Log formats beside the peers: the same 1,000,000 frames (5 % FD, 0.3 % remote, 0.1 % error, two
channels, microseconds) converted, read and written by anycan and by python-can, can-utils and
vector_blf, one after the other in one run. ANYCAN_BENCH_FRAMES makes it shorter, ANYCAN_PYTHON_CAN
names another python-can, ANYCAN_VECTOR_BLF the folder where vector_blf is installed (with include/
and lib/). Wall time and CPU time are medians of three (ANYCAN_BENCH_RUNS).
"""
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build"))
ANYCAN = os.path.join(BUILD, "bin/anycan")
LOG_WRITE = os.path.join(BUILD, "tests/bench/log_write")
FRAMES = int(os.environ.get("ANYCAN_BENCH_FRAMES", "1000000"))
RUNS = int(os.environ.get("ANYCAN_BENCH_RUNS", "3"))
PYTHON = "/usr/bin/python3"
FD_LENGTHS = (12, 16, 20, 24, 32, 48, 64)

# Reads all messages and counts them.
READ = "import sys, can; print(sum(1 for _ in can.LogReader(sys.argv[1])))"
# Loads a log, then writes it; only the writing is timed, by the process itself.
WRITE = """
import can, gc, logging, os, sys, time
logging.disable(logging.CRITICAL)
messages = list(can.LogReader(sys.argv[1]))
for m in messages:
    m.channel = int(m.channel[3:]) if isinstance(m.channel, str) else m.channel
gc.collect(); gc.freeze()
wall, cpu = time.monotonic(), time.process_time()
writer = can.Logger(sys.argv[2])
for m in messages:
    writer.on_message_received(m)
while hasattr(writer, "num_frames") and writer.num_frames < len(messages):
    time.sleep(.001)
writer.stop()
print(time.monotonic() - wall, time.process_time() - cpu)
"""


def corpus(path):
    """A log like that of a car: 200 ids, fixed lengths, counters and constants in the data."""
    rng = random.Random(1)
    ids = []
    for number in range(200):
        extended = rng.random() < .3
        fd = number % 12 == 7
        length = rng.choice(FD_LENGTHS) if fd else 8 if rng.random() < .6 else rng.randint(0, 8)
        ids.append((f"{rng.getrandbits(29):08X}" if extended else f"{rng.getrandbits(11):03X}", fd,
                    f"##{rng.random() < .8:d}" if fd else "#", rng.randbytes(length),
                    rng.random() < .4))
    weights = [(.05 / 17 if one[1] else .95 / 183) / (1 + k * 7919 % 200) ** .6
               for k, one in enumerate(ids)]
    now = 1_700_000_000_000_000
    with open(path, "w", encoding="ascii") as file:
        for count, (ident, fd, mark, base, channel) in enumerate(
                rng.choices(ids, weights, k=FRAMES)):
            now += rng.randint(50, 230)
            chance = rng.random()
            data = base[:-4] + (count & 0xFFFFFFFF).to_bytes(4, "big")[-len(base):] if base else b""
            text = f"{ident}{mark}{data[:len(base)].hex().upper()}"
            if chance < .001:
                text = "20000080#0000000000000000"
            elif chance < .004 and not fd:
                text = f"{ident}#R{len(base) or ''}"
            file.write(f"({now // 10**6}.{now % 10**6:06d}) can{channel:d} {text}\n")


def run(command, env=None):
    """Wall and CPU seconds, and resident size in MB, of one run."""
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=env) as child:
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
    if status:
        raise SystemExit(f"{' '.join(command)}: failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, out.decode()


def measure(command, env=None, timed_by_itself=False, fresh=None):
    walls, cpus = [], []
    for _ in range(RUNS):
        if fresh and os.path.exists(fresh):
            os.unlink(fresh)
        wall, cpu, out = run(command, env)
        if timed_by_itself:
            wall, cpu = map(float, out.split())
        walls.append(wall)
        cpus.append(cpu)
    return statistics.median(walls), statistics.median(cpus)


def peer_env():
    env = dict(os.environ)
    if env.get("ANYCAN_PYTHON_CAN"):
        env["PYTHONPATH"] = env["ANYCAN_PYTHON_CAN"]
    return env


def line(name, ours, theirs, goal):
    ratio = theirs[0] / ours[0]
    print(f"{name:<24} {FRAMES / ours[0] / 1e6:7.2f} {ours[1] / FRAMES * 1e6:7.3f}   "
          f"{FRAMES / theirs[0] / 1e6:7.3f} {theirs[1] / FRAMES * 1e6:7.3f}   "
          f"{ratio:5.1f}x {theirs[1] / ours[1]:5.1f}x   {goal}", flush=True)


def ours(source, target):
    args = ["--info"] if target is None else []
    command = [ANYCAN, "convert", "-q", *args, source] + ([target] if target else [])
    return measure(command, fresh=target)


def ours_write(path, suffix):
    """Of frames that are in memory, as with the peers."""
    target = path("o." + suffix)
    return measure([LOG_WRITE, path("x.log"), target], None, True, target)


def can_utils(path):
    if not shutil.which("log2asc"):
        print("can-utils is not installed: its rows are left out")
        return
    line("candump -> asc", ours(path("x.log"), path("o.asc")),
         measure(["log2asc", "-I", path("x.log"), "-O", path("p.asc"), "can0", "can1"]),
         "8x log2asc")
    line("asc -> candump", ours(path("x.asc"), path("o.log")),
         measure(["asc2log", "-I", path("x.asc"), "-O", path("p.log")]), "8x asc2log")


def python_can(path):
    env = peer_env()
    if subprocess.run([PYTHON, "-c", "import can"], env=env, stderr=subprocess.DEVNULL,
                      check=False).returncode:
        print("python3-can is not installed: its rows are left out")
        return
    for suffix, goal in (("blf", "8x python-can"), ("log", ""), ("asc", ""), ("csv", ""),
                         ("db", ""), ("trc", "")):
        line(f"read {suffix}", ours(path("x." + suffix), None),
             measure([PYTHON, "-c", READ, path("x." + suffix)], env), goal)
    for suffix, goal in (("csv", "15x logconvert"), ("trc", "15x logconvert"), ("asc", ""),
                         ("log", "")):
        line(f"candump -> {suffix}", ours(path("x.log"), path("o." + suffix)),
             measure([PYTHON, "-m", "can.logconvert", path("x.log"), path("p." + suffix)], env,
                     fresh=path("p." + suffix)), goal)
    for suffix, goal in (("blf", "3x python-can's writer"), ("db", "5x python-can's writer")):
        line(f"write {suffix}", ours_write(path, suffix),
             measure([PYTHON, "-c", WRITE, path("x.log"), path("p." + suffix)], env, True,
                     path("p." + suffix)), goal)


def vector_blf(path):
    prefix = os.environ.get("ANYCAN_VECTOR_BLF")
    if not prefix:
        print("ANYCAN_VECTOR_BLF is not set: vector_blf's rows are left out")
        return
    program = path("vector_blf")
    subprocess.run(["g++", "-O2", f"-I{prefix}/include", os.path.join(HERE, "vector_blf.cpp"),
                    "-o", program, f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib", "-lVector_BLF",
                    "-lpthread"], check=True)
    line("read blf", ours(path("x.blf"), None), measure([program, "read", path("x.blf")]),
         "20x vector_blf")
    # Both at zlib's level 6.
    line("write blf", ours_write(path, "blf"),
         measure([program, "write", path("x.blf"), path("p.blf"), "6"], None, True,
                 path("p.blf")), "15x vector_blf")


def main():
    print(f"{FRAMES} frames, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        def path(name):
            return os.path.join(folder, name)

        corpus(path("x.log"))
        for suffix in ("asc", "blf", "csv", "db", "trc"):
            run([ANYCAN, "convert", "-q", path("x.log"), path("x." + suffix)])
        print(f"{'':<24} {'anycan':^15}   {'peer':^15}   {'ratio':^13}\n{'':<24} "
              f"{'M/s':>7} {'us CPU':>7}   {'M/s':>7} {'us CPU':>7}   "
              f"{'wall':>6} {'CPU':>6}   goal")
        can_utils(path)
        python_can(path)
        vector_blf(path)
        out, _ = subprocess.Popen([ANYCAN, "convert", "--info", path("x.db")],
                                  stdout=subprocess.PIPE).communicate()
        rows = int(re.match(rb"\d+", out)[0])
        print(f"rows in the database: {rows}")
        return rows != FRAMES


if __name__ == "__main__":
    sys.exit(main())
