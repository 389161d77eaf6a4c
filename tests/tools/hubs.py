# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The verbs on two hubs, hub0 and hub1, whose simulated adapters hear each other."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../bus"), os.path.join(HERE, "../formats")]

from on_hub import BRIDGED, FD, Bridge, two_adapters, two_hubs, wait_open  # noqa: E402, F401
from tool import ANYCAN, BUILD  # noqa: E402

BUS_TOOL = os.path.join(BUILD, "tests/bus/bus_tool")
PATIENCE_S = 60


def anycan(*words, stdin=None, status=0, name=None):
    """Run it; (standard output, standard error). With a name it is called that."""
    command = [name or ANYCAN, *map(str, words)]
    done = subprocess.run(command, executable=ANYCAN, input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE_S, env={**os.environ, "ANYCAN_BRIDGED": BRIDGED})
    assert done.returncode == status, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


class Receiver:
    """What comes to a hub, in cansend's form."""

    def __init__(self, hub, frames):
        self.process = subprocess.Popen([BUS_TOOL, "dump", hub, str(frames)],
                                        stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "BUS_FD": "1"})
        assert self.process.stdout.readline() == "open\n"

    def frames(self):
        """All of them; there must be no more, which the next receiver would see."""
        lines = self.process.communicate(timeout=PATIENCE_S)[0].splitlines()
        assert self.process.returncode == 0, lines[-3:]
        return lines
