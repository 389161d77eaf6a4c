#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""bridged --identify, anycan config and anycan apply as a user or udev calls them, on a folder that
looks like sysfs. On real devices: tests/vm."""

import contextlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

import simulator  # noqa: E402 - it lies in the folder named above

BIN = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build")), "bin")
USB = "devices/pci0000:00/0000:00:14.0/usb1"


class Machine(contextlib.AbstractContextManager):
    """Three folders, and the commands that see nothing else."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="anycan-plug.")
        self.name = self._folder.name
        self.root, self.conf = os.path.join(self.name, "sys"), os.path.join(self.name, "conf")
        self.state = os.path.join(self.name, "state")
        os.makedirs(self.conf)
        self._link("devices/pci0000:00/0000:00:14.0/subsystem", "bus/pci")

    def __exit__(self, *_):
        self._folder.cleanup()

    def _link(self, path, target):
        path, target = os.path.join(self.root, path), os.path.join(self.root, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.makedirs(target, exist_ok=True)
        os.symlink(target, path)

    def _put(self, folder, **attributes):
        os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        for name, text in attributes.items():
            with open(os.path.join(self.root, folder, name), "w") as file:
                file.write(text + "\n")

    def plug(self, port, vid, pid, serial, tty=None, netdev=None):
        device = f"{USB}/1-{port}"
        interface = f"{device}/1-{port}:1.0"
        self._put(device, idVendor=vid, idProduct=pid, busnum="1", serial=serial)
        self._put(interface, bInterfaceNumber="00")
        self._link(f"{device}/subsystem", "bus/usb")
        self._link(f"{interface}/subsystem", "bus/usb")
        self._link(f"bus/usb/devices/1-{port}", device)
        self._link(f"bus/usb/devices/1-{port}:1.0", interface)
        for kind, name in ("tty", tty), ("net", netdev):
            if name:
                self._link(f"{interface}/driver", "bus/usb/drivers/gs_usb")
                self._put(f"{interface}/{kind}/{name}", type="280", dev_port="0", ifindex="9")
                self._link(f"{interface}/{kind}/{name}/subsystem", f"class/{kind}")
                self._link(f"{interface}/{kind}/{name}/device", interface)
                self._link(f"class/{kind}/{name}", f"{interface}/{kind}/{name}")

    def file(self, name, text):
        with open(os.path.join(self.conf, name), "w") as file:
            file.write(text)

    def run(self, *command, **environment):
        """Status, standard output, standard error."""
        done = subprocess.run(
            [os.path.join(BIN, command[0]), *command[1:]], capture_output=True, text=True,
            timeout=30, check=False, cwd=self.conf,
            env={**os.environ, "ANYCAN_SYSFS": self.root, "ANYCAN_CONF_DIR": self.conf,
                 "ANYCAN_STATE_DIR": self.state, **environment})
        return done.returncode, done.stdout, done.stderr

    def identify(self, place, **environment):
        status, said, errors = self.run("bridged", "--identify", f"{self.root}/{place}",
                                        **environment)
        assert status == 0 and not errors, errors
        return dict(line.split("=", 1) for line in said.splitlines())


BOAT = "[Match]\nSerial=A1\nVendor=0403\n[Adapter]\nDriver=slcan\n[Link]\nname=boat\nbitrate=1M\n"


def test_identify():
    with Machine() as machine:
        machine.plug("2.3", "0403", "ffa8", "A1", tty="ttyUSB0")
        told = machine.identify("class/tty/ttyUSB0", ID_CAN_DRIVER="slcan")
        assert told == {"ID_CAN_ADAPTER": "slcan:A1", "ID_CAN_DRIVER": "slcan",
                        "ID_CAN_SERIAL": "A1",
                        "ID_CAN_PATH": "pci-0000:00:14.0-usb-0:2.3"}, told
        machine.plug("1", "1d50", "606f", "0041", netdev="can0")
        told = machine.identify("class/net/can0")
        assert told["ID_CAN_ADAPTER"] == "gs_usb:0041", told
        assert (told["ID_CAN_NAME"], told["ID_CAN_CHANNEL"]) == ("can0", "0"), told
        # The same again, from the record.
        assert machine.identify("class/net/can0") == told


def test_not_an_adapter():
    with Machine() as machine:
        machine.plug("1", "1a86", "7523", "X", tty="ttyUSB0")
        for place, words in ("class/tty/ttyUSB0", "say so in a file in"), (
                "bus/usb/devices/1-1", "no CAN adapter"), ("class/net/nobody", "No such file"):
            status, said, errors = machine.run("bridged", "--identify", f"{machine.root}/{place}")
            assert (status, said) == (1, "") and words in errors, (place, status, said, errors)


def test_check():
    with Machine() as machine:
        status, said, errors = machine.run("anycan", "config", "check")
        assert (status, errors) == (0, "") and "there is no file" in said, said
        machine.file("10-boat.conf", BOAT)
        status, said, errors = machine.run("anycan", "config", "check")
        assert (status, errors) == (0, ""), errors
        assert said == f"{machine.conf}/10-boat.conf: fine\n", said
        machine.file("20-bad.conf", "[Match]\nDriver=*\n[Link]\nbitrate=fast\nname=boat\n")
        status, said, errors = machine.run("anycan", "config", "check")
        assert status == 1 and "10-boat.conf: fine" in said, said
        assert f"{machine.conf}/20-bad.conf:4: bitrate 'fast': give a number" in errors, errors
        # One name in two files; a file of one's own; what the driver says.
        machine.file("20-bad.conf", "[Match]\nSerial=B\n[Link]\nname=boat\n")
        status, said, errors = machine.run("anycan", "config", "check")
        assert status == 1 and "20-bad.conf:4: name 'boat' is in" in errors, errors
        status, said, errors = machine.run("anycan", "config", "check", "20-bad.conf")
        assert (status, said, errors) == (0, "20-bad.conf: fine\n", ""), errors
        machine.file("20-bad.conf", "[Match]\nDriver=seeedstudio\n[Link]\nfd=on\nbitrate=1M\n")
        status, said, errors = machine.run("anycan", "config", "check")
        assert status == 1 and "20-bad.conf: driver seeedstudio: " in errors, errors


def test_show():
    with Machine() as machine:
        machine.plug("2.3", "0403", "6001", "A1", tty="ttyUSB0")
        machine.plug("1", "04d8", "0053", "S1")
        machine.file("10-boat.conf", BOAT)
        for what in "boat", "slcan:A1", "/dev/ttyUSB0", "A1":
            status, said, errors = machine.run("anycan", "config", "show", what)
            assert (status, errors) == (0, ""), errors
            assert said.startswith("slcan:A1\n") and "10-boat.conf: bitrate=1M" in said, said
            assert "canalystii" not in said, said
        status, said, errors = machine.run("anycan", "config", "show")
        assert (status, errors) == (0, "") and "canalystii:S1" in said, said
        status, said, errors = machine.run("anycan", "config", "show", "nobody")
        assert (status, said) == (1, "") and "nobody: no adapter" in errors, errors
        # Looking changes nothing.
        assert not os.path.exists(machine.state)


def test_wrong_use():
    with Machine() as machine:
        for command, wanted, words in (
                (("bridged", "--plugged", "hey:S1"), 2, "an identity begins with a driver"),
                (("bridged", "--plugged", "slcan:S1", "can0"), 2, "leave out 'can0'"),
                (("anycan", "config"), 2, "Usage:"),
                (("anycan", "config", "mend"), 2, "there are check and show"),
                (("anycan", "config", "show", "a", "b"), 2, "name one adapter"),
                (("anycan", "apply"), 2, "Usage:"),
                (("anycan", "apply", "nobody"), 1, "there is no such netdev")):
            status, said, errors = machine.run(*command)
            assert (status, said) == (wanted, "") and words in errors, (command, status, errors)


if __name__ == "__main__":
    sys.exit(simulator.run([f for name, f in list(globals().items()) if name.startswith("test_")]))
