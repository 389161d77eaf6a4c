#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan doctor with faults that are made for it: kernels of a fake root, simulated adapters on
hubs, files that are held or forbidden. No CAN in the kernel is needed."""
import contextlib
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))
sys.path.insert(0, os.path.join(HERE, "../bus"))

import on_hub  # noqa: E402 - both lie in the folders named above
import simulator  # noqa: E402
from simulator import PATIENCE_S, Simulator, Skip  # noqa: E402

ANYCAN = os.path.join(on_hub.BUILD, "bin/anycan")
BUS_TOOL = os.path.join(on_hub.BUILD, "tests/bus/bus_tool")
RELEASE = "6.1.0-test"
FD = ("bitrate", "1000000", "dbitrate", "4000000", "fd", "on")
MODULES = ("can", "can-raw", "can-dev", "vcan", "vxcan", "slcan", "usb/gs_usb", "updates/cantap")


def doctor(*words, status=None, prefix=(), **more):
    """The findings, by the name of the check."""
    done = subprocess.run([*prefix, ANYCAN, "doctor", "--json", "--listen", "0.1", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          env={**os.environ, "ANYCAN_BRIDGED": on_hub.BRIDGED, **more})
    assert not done.stderr, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == any(line["level"] == "problem" for line in lines), done
    assert status in (None, done.returncode), done.stdout
    return {line["check"]: line for line in lines}


def expect(findings, check, level, text="", step=""):
    assert check in findings, (check, list(findings))
    found = findings[check]
    assert found["level"] == level, found
    assert text in found["text"] and step in found.get("next", ""), found


# ---- The kernel

class Root(contextlib.AbstractContextManager):
    """A folder that looks like /, with a kernel that has everything as modules."""

    def __init__(self):
        self.path = tempfile.mkdtemp()
        self.write("proc/sys/kernel/osrelease", RELEASE + "\n")
        self.modules(*MODULES)
        self.config("CONFIG_CAN=m\n")

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def write(self, name, text=""):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def modules(self, *names, kernel_has_can=True):
        folder = f"lib/modules/{RELEASE}/"
        lines = [f"kernel/net/{name}.ko: kernel/net/x.ko\n" for name in names]
        self.write(folder + "modules.dep", "kernel/net/scan.ko:\n" + "".join(lines))
        for name in names:
            self.write(f"{folder}kernel/net/{name}.ko", "code")
        if kernel_has_can:
            self.write("proc/net/can/version")

    def config(self, text):
        self.write("proc/config.gz", gzip.compress(text.encode()))

    def without_can(self):
        shutil.rmtree(os.path.join(self.path, "proc/net/can"))

    def doctor(self, **more):
        with tempfile.TemporaryDirectory() as empty:
            return doctor(ANYCAN_ROOT=self.path, ANYCAN_RUN_DIR=empty, **more)


def test_a_kernel_with_everything():
    with Root() as root:
        found = root.doctor()
        expect(found, "kernel-can", "ok", RELEASE)
        expect(found, "kernel-ports", "ok", "cantap, vxcan, vcan")
        expect(found, "kernel-blacklist", "ok")
        assert "kernel-signature" not in found, found
        expect(found, "bridged", "ok")


def test_kernels_without_can():
    with Root() as root:
        root.without_can()
        expect(root.doctor(), "kernel-can", "problem", "not loaded", "modprobe can-raw")
        root.modules("vcan", kernel_has_can=False)
        expect(root.doctor(), "kernel-can", "problem", "CONFIG_CAN=m", "linux-modules-extra")
        root.config("# CONFIG_CAN is not set\n")
        expect(root.doctor(), "kernel-can", "problem", "CONFIG_CAN is not set", "--port hub")
        os.unlink(os.path.join(root.path, "proc/config.gz"))
        expect(root.doctor(), "kernel-can", "problem", "has no CAN")
        root.write(f"boot/config-{RELEASE}", "CONFIG_CAN=m\n")
        expect(root.doctor(), "kernel-can", "problem", "CONFIG_CAN=m")
        # Built in: no module is needed.
        root.write(f"lib/modules/{RELEASE}/modules.builtin", "kernel/net/can/can-raw.ko\n")
        expect(root.doctor(), "kernel-can", "problem", "not loaded")


def test_missing_modules():
    with Root() as root:
        root.modules("can", "can-raw", "vxcan", "vcan")
        expect(root.doctor(), "kernel-ports", "note", "cantap is not installed")
        root.modules("can", "can-raw", "vcan")
        expect(root.doctor(), "kernel-ports", "note", "by vcan")
        root.modules("can", "can-raw")
        expect(root.doctor(), "kernel-ports", "problem", "none of the modules")
        root.write("sys/module/vxcan/refcnt")
        expect(root.doctor(), "kernel-ports", "note", "by vxcan")


def test_blacklists():
    for line in ("blacklist vcan\n", "install vcan /bin/false\n", "  blacklist\tvcan # why\n"):
        with Root() as root:
            root.write("etc/modprobe.d/a.conf", "# blacklist vcan\noptions vcan x=1\n")
            root.write("etc/modprobe.d/a.txt", line)
            expect(root.doctor(), "kernel-blacklist", "ok")
            root.write("etc/modprobe.d/b.conf", line)
            expect(root.doctor(), "kernel-blacklist", "problem", "/etc/modprobe.d/b.conf")
    with Root() as root:
        root.write("lib/modprobe.d/c.conf", "blacklist gs-usb\n")
        expect(root.doctor(), "kernel-blacklist", "note", "gs_usb")


def test_secure_boot():
    variable = ("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                b"\6\0\0\0\1")
    cantap = f"lib/modules/{RELEASE}/kernel/net/updates/cantap.ko"
    for name, text in (("sys/kernel/security/lockdown", "none [integrity] confidentiality\n"),
                       ("sys/module/module/parameters/sig_enforce", "Y\n")):
        with Root() as root:
            root.write(*variable)
            assert "kernel-signature" not in root.doctor()
            root.write(name, text)
            expect(root.doctor(), "kernel-signature", "problem", "Secure Boot", "mokutil")
            root.write(cantap, "code~Module signature appended~\n")
            expect(root.doctor(), "kernel-signature", "ok", "is signed")
            root.write(cantap, "code")
            root.write("sys/module/cantap/refcnt")
            assert "kernel-signature" not in root.doctor()


# ---- Adapters and buses

@contextlib.contextmanager
def wire(*others, words=FD, dialect="canable25"):
    """can0, a hub, with an adapter on a bus with `others`."""
    with Simulator("--bitrate", "1000000", "--dbitrate", "4000000",
                   f"slcan:name=a,dialect={dialect},pty={{dir}}/a,keep,txfull=block",
                   *others) as sim:
        run = sim.path("run")
        os.mkdir(run)
        os.environ["ANYCAN_RUN_DIR"] = run
        try:
            with on_hub.Bridge(run, "slcan:" + sim.path("a"), "can0", *words):
                if "listen-only" not in words:
                    on_hub.wait_open("hub:can0")
                yield sim
        finally:
            del os.environ["ANYCAN_RUN_DIR"]
            shutil.rmtree(run)


def until(condition, *words):
    """What the doctor finds, as soon as that is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition(found := doctor(*words)):
        assert time.monotonic() < deadline, json.dumps(found, indent=1)
    return found


def is_problem(check):
    return lambda found: found.get(check, {}).get("level") == "problem"


def links(found):
    return {name: line["level"] for name, line in found.items() if name.startswith("link")}


def test_a_bus_where_all_is_well():
    with wire("ack", "gen:id=123,period=1000"):
        found = until(lambda f: "link-errors" in f, "can0")
        assert set(links(found).values()) == {"ok"}, found
        expect(found, "link-bitrate", "ok", "1000000 bit/s and CAN FD")
        expect(found, "link-errors", "ok", "frames heard")
        assert not found["link-errors"]["text"].startswith("0 frames"), found


def test_nobody_acknowledges():
    with wire() as _:
        subprocess.run([BUS_TOOL, "send", "hub:can0", "123#11"], check=True)
        found = until(is_problem("link-ack"), "can0")
        expect(found, "link-ack", "problem", "not acknowledged", "another node")
        assert [k for k, v in links(found).items() if v == "problem"] == ["link-ack"], found


def test_bus_off():
    with wire("ack") as sim:
        sim.do("busoff a")
        found = until(is_problem("link-bus-off"), "can0")
        assert [k for k, v in links(found).items() if v == "problem"] == ["link-bus-off"], found


def test_a_wrong_bitrate():
    slower = "bitrate=500000,dbitrate=2000000"
    with wire("ack", f"ack:{slower}", f"gen:id=123,period=2000,{slower}"):
        found = until(is_problem("link-errors"), "can0")
        expect(found, "link-errors", "problem", "cannot be understood", "1000000 bit/s")


def test_an_adapter_that_is_away():
    with wire("ack") as sim:
        sim.do("unplug a")
        found = until(is_problem("link-adapter"), "can0")
        assert [k for k, v in links(found).items() if v == "problem"] == ["link-adapter"], found


def test_listen_only():
    with wire("ack", words=(*FD, "listen-only", "on")):
        expect(doctor("can0"), "link-listen-only", "note", "only listens")
        assert "problem" not in links(doctor("can0")).values()


def test_adapters_by_their_address():
    with wire("ack") as sim:
        expect(doctor("slcan:" + sim.path("a")), "device-bridge", "ok", "can0")
        expect(doctor("slcan:/dev/nonexistent"), "device-missing", "problem", "no such adapter")
        expect(doctor("can77"), "link-missing", "problem", "no CAN netdev")


def test_files_of_devices():
    """Who holds them, and whom they are closed to. A terminal stands for an adapter's port."""
    master, slave = os.openpty()
    path = os.ttyname(slave)
    os.close(slave)
    try:
        found = doctor("slcan:" + path)
        expect(found, "device-permission", "ok", path)
        expect(found, "device-bridge", "problem", "no bridge serves it", "bridged slcan:" + path)
        # Not as the terminal of this session, whose end would end the test.
        held = os.open(path, os.O_RDONLY | os.O_NOCTTY)
        with subprocess.Popen(["sleep", "60"], stdin=held) as holder:
            os.close(held)
            expect(doctor("slcan:" + path), "device-holder", "problem",
                   f"sleep (process {holder.pid}) has {path} open")
            holder.kill()
        assert "device-holder" not in doctor("slcan:" + path)
        if os.geteuid() != 0:
            raise Skip("only root can become somebody else")
        os.chmod(path, 0o600)
        nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        found = doctor("slcan:" + path, prefix=nobody)
        expect(found, "device-permission", "problem", "mode 600", "udev rules")
        expect(found, "device-holder", "note", "cannot be seen", "sudo")
        os.chmod(path, 0o660)
        os.chown(path, 0, 20)
        found = doctor("slcan:" + path, prefix=nobody)
        expect(found, "device-permission", "problem", "group dialout, mode 660",
               "usermod -aG dialout")
    finally:
        os.close(master)


def test_for_people():
    with Root() as root, tempfile.TemporaryDirectory() as empty:
        environment = dict(os.environ, ANYCAN_ROOT=root.path, ANYCAN_RUN_DIR=empty,
                           ANYCAN_BRIDGED=on_hub.BRIDGED)
        done = subprocess.run([ANYCAN, "doctor", "can5"], env=environment, text=True,
                              stdout=subprocess.PIPE)
        assert done.returncode == 1
        assert "\nproblem  can5: there is no CAN netdev of this name\n         -> " in done.stdout
        assert done.stdout.startswith("ok       the kernel"), done.stdout
        done = subprocess.run([ANYCAN, "doctor", "-q", "can5"], env=environment, text=True,
                              stdout=subprocess.PIPE)
        assert done.stdout.startswith("problem  can5"), done.stdout
        for words in (("a", "b"), ("--nonsense",), ("--listen", "x")):
            done = subprocess.run([ANYCAN, "doctor", *words], stderr=subprocess.PIPE, text=True)
            assert done.returncode == 2 and done.stderr, done


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    sys.exit(simulator.run([
        test_a_kernel_with_everything,
        test_kernels_without_can,
        test_missing_modules,
        test_blacklists,
        test_secure_boot,
        test_a_bus_where_all_is_well,
        test_nobody_acknowledges,
        test_bus_off,
        test_a_wrong_bitrate,
        test_an_adapter_that_is_away,
        test_listen_only,
        test_adapters_by_their_address,
        test_files_of_devices,
        test_for_people,
    ]))
