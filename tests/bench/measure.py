# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What the machine and its processes have used so far, and the benchmark's own programs."""

import os
import re
import subprocess

from paths import HERE, stop

PROGRAMS = os.path.join(HERE, "..", "..", "build", "tests", "bench")


def cpu_ns():
    """Run time of all tasks on all processors."""
    with open("/proc/schedstat", encoding="ascii") as file:
        return sum(int(line.split()[7]) for line in file if line.startswith("cpu"))


def backlog_drops():
    with open("/proc/net/softnet_stat", encoding="ascii") as file:
        return sum(int(line.split()[1], 16) for line in file)


def words_of(line):
    return {key: float(value) for key, value in re.findall(r"(\w+)=(-?[\d.]+)", line)}


class Program:
    """One of the benchmark's own programs."""

    def __init__(self, *args):
        command = [os.path.join(PROGRAMS, args[0]), *map(str, args[1:])]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def line(self):
        return self.process.stdout.readline().strip()

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self):
        """The line that it ends its work with."""
        return words_of(self.line())

    def end(self):
        self.process.stdin.close()
        stop(self.process)
