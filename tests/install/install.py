#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""make install and make uninstall are each other's inverse."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

from simulator import run  # noqa: E402 - it lies in the folder named above

TOP = os.environ.get("ANYCAN_TOP", os.path.join(HERE, "../.."))
PYTHON_CAN = "usr/local/bin/can_player"
FOREIGN = ["usr/local/lib/libother.so", "usr/local/include/anycan/of-somebody-else.h", PYTHON_CAN,
           "etc/anycan/10-mine.conf", "usr/local/share/man/man1/other.1"]


def make(target, root, *words):
    done = subprocess.run(["make", "-s", "-C", TOP, target, f"DESTDIR={root}", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def tree(root):
    """Every file with its contents, every folder."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            what = None
            if os.path.islink(path):
                what = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    what = file.read()
            found[os.path.relpath(path, root)] = what
    return found


def programs(root):
    return set(os.listdir(os.path.join(root, "usr/local/bin")))


def test_nothing_is_left():
    with tempfile.TemporaryDirectory() as root:
        make("install", root)
        assert {"anycan", "bridged"} <= programs(root)
        assert "can_logger" not in programs(root)
        make("install", root, "COMPAT=1")
        assert {"can_logger", "can_player.py", "slcand"} <= programs(root)
        make("uninstall", root, "COMPAT=1")
        assert tree(root) == {}, sorted(tree(root))


def test_nothing_of_others_goes():
    with tempfile.TemporaryDirectory() as root:
        for path in FOREIGN:
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="ascii") as file:
                file.write(path)
        before = tree(root)
        make("install", root)
        assert len(tree(root)) > len(before) + 50
        make("uninstall", root)
        assert tree(root) == before, set(tree(root)) ^ set(before)


def test_other_folders():
    with tempfile.TemporaryDirectory() as root:
        words = ["PREFIX=/opt/can", "LIBDIR=/opt/can/lib/multi"]
        make("install", root, *words)
        with open(os.path.join(root, "opt/can/lib/multi/pkgconfig/libanycan.pc"),
                  encoding="ascii") as file:
            assert "libdir=/opt/can/lib/multi\n" in file.read()
        make("uninstall", root, *words)
        assert tree(root) == {}, sorted(tree(root))


if __name__ == "__main__":
    sys.exit(run([test_nothing_is_left, test_nothing_of_others_goes, test_other_folders]))
