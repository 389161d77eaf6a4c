#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""bridged --hwdb: what the drivers' sources name is what udev finds, and nothing else is.

The sources are read here as text, udev's database is asked by systemd-hwdb.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../harness"))

import ktap  # noqa: E402 - it lies in the folder named above

BRIDGED = os.path.join(TOP, "build/bin/bridged")
TABLE = re.compile(r"struct bridged_usb_id (\w+)\[\] = \{\n(.*?)\n\};", re.S)
ROW = re.compile(r"\{[^{}]*\}", re.S)
FIELD = re.compile(r'\.(\w+) = ("[^"]*"|\w+)')


def rows():
    """(kind, driver, vid, pid, interface, product) of every row in the sources."""
    for path in sorted(glob.glob(f"{TOP}/bridged/drivers/*.c")):
        with open(path) as file:
            source = file.read()
        driver = re.search(r"struct bridged_driver (\w+)_driver = \{", source)
        for name, body in TABLE.findall(source):
            member = re.search(rf"\.(usb|tty)_ids = {name},", source)
            assert driver and member, f"{path}: {name} is no driver's"
            for row in ROW.findall(body):
                fields = dict(FIELD.findall(row))
                vid = int(fields["vid"], 0)
                if vid:
                    yield (
                        member[1].replace("usb", "interface"),
                        driver[1],
                        vid,
                        int(fields["pid"], 0),
                        int(fields.get("interface", "0"), 0),
                        fields.get("product", '""').strip('"'),
                    )


class Hwdb:
    """A database of its own with nothing but the printed records."""

    def __init__(self, root, text):
        self.root = root
        os.makedirs(f"{root}/etc/udev/hwdb.d")
        with open(f"{root}/etc/udev/hwdb.d/70-anycan.hwdb", "w") as file:
            file.write(text)
        subprocess.run(["systemd-hwdb", "--strict", f"--root={root}", "update"], check=True)

    def query(self, key):
        done = subprocess.run(
            ["systemd-hwdb", f"--root={self.root}", "query", key],
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return dict(line.split("=", 1) for line in done.stdout.splitlines())


def key(kind, vid, pid, interface, product):
    where = "" if kind == "usb" else f"in{interface:02x}"
    return f"anycan:{kind}:v{vid:04x}p{pid:04x}{where}:{product}"


def test_every_row(hwdb, _):
    for kind, driver, vid, pid, interface, product in rows():
        wanted = {"ID_CAN_DRIVER": driver, "ID_MM_DEVICE_IGNORE": "1"}
        for what in (kind, "usb"):
            asked = key(what, vid, pid, interface, product + "_and_more")
            assert hwdb.query(asked) == wanted, (asked, hwdb.query(asked))
        other = key(kind, vid, pid, interface + 1, product)
        assert not hwdb.query(other), other


def test_nothing_else(_, text):
    """As many keys as rows, each with two."""
    keys = [line for line in text.splitlines() if line.startswith("anycan:")]
    assert len(keys) == len(set(keys)), "a key comes twice"
    assert len(keys) == 2 * len(list(rows())), (len(keys), len(list(rows())))


def test_common_chips(hwdb, _):
    """Ports of chips that are in everything are nobody's by their numbers."""
    for vid, pid in ((0x1A86, 0x7523), (0x0403, 0x6001), (0x10C4, 0xEA60), (0x0483, 0x5740)):
        for kind in ("usb", "tty", "interface"):
            asked = key(kind, vid, pid, 0, "USB_Serial")
            assert not hwdb.query(asked), asked


def test_library(_, __):
    """The library, which has no drivers, knows the same serial ports."""
    with open(f"{TOP}/lib/detect_serial.c") as file:
        known = re.findall(
            r'\{(0x\w+), (0x\w+), (NULL|"[^"]*"), "(\w+)"\}', file.read().replace("\n", " ")
        )
    listed = {(d, int(v, 0), int(p, 0), n.strip('"').replace("NULL", "")) for v, p, n, d in known}
    assert listed == {(d, v, p, n) for kind, d, v, p, _, n in rows() if kind == "tty"}, listed


def main():
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    if not shutil.which("systemd-hwdb"):
        print("1..0 # SKIP systemd-hwdb is missing (apt-get install udev)")
        sys.exit(ktap.SKIP)
    text = subprocess.run([BRIDGED, "--hwdb"], stdout=subprocess.PIPE, check=True, text=True).stdout
    writer = ktap.Writer(len(tests))
    with tempfile.TemporaryDirectory() as root:
        hwdb = Hwdb(root, text)
        for test in tests:
            notes = []
            try:
                test(hwdb, text)
            except AssertionError as error:
                notes = [str(error)]
            writer.result(not notes, test.__name__.removeprefix("test_"), notes)
    sys.exit(writer.finish())


if __name__ == "__main__":
    main()
