#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Boots a machine until it waits for the host's word and saves it: snapshot.py FILE QEMU ARG...

The environment variable SNAPSHOT carries the file's name to the shell that QEMU saves through,
whatever characters are in it.
"""

import os
import signal
import subprocess
import sys
import time

from qmp import Qmp, QmpError

LIMIT_S = 60


def save(qmp):
    """The guest opens its control port last of all; then it only reads."""
    qmp.wait("VSERPORT_CHANGE", id="control", open=True)
    qmp.run("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
    qmp.run("migrate", uri='exec:cat >"$SNAPSHOT"')
    while True:
        state = qmp.run("query-migrate")
        if state.get("status") == "completed":
            return
        if state.get("status") in ("failed", "cancelled"):
            raise QmpError(state.get("error-desc", "cannot save the machine"))
        time.sleep(0.02)


def main():
    target, command = sys.argv[1], sys.argv[2:]
    machine = subprocess.Popen(
        command + ["-qmp", "stdio"],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, SNAPSHOT=target),
    )
    signal.signal(signal.SIGALRM, lambda *_: machine.kill())
    signal.signal(signal.SIGTERM, lambda *_: machine.kill())
    signal.alarm(LIMIT_S)
    try:
        qmp = Qmp(machine.stdout, machine.stdin)
        save(qmp)
        qmp.run("quit")
    except (QmpError, OSError) as error:
        machine.kill()
        sys.exit(f"snapshot.py: {error}")
    finally:
        machine.wait()


if __name__ == "__main__":
    main()
