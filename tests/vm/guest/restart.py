#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A bridge ends and starts again under a service manager: its netdev, and the sockets on it, stay.
First on vxcan, then on cantap; with the argument `short` only what matters most. Runs inside
tests/vm/run."""

import errno
import glob
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../../..")
sys.path[:0] = [HERE, os.path.join(TOP, "tests/sim")]

from manager import Manager  # noqa: E402 - it lies beside this
from simulator import Simulator, run  # noqa: E402

BRIDGED = os.path.join(TOP, "build/bin/bridged")
PATIENCE_S = 20
GONE = bytes([0, 0, 0, 0, 0x44, 0, 0, 0])
SOL_CAN_RAW, CAN_RAW_FILTER, CAN_RAW_ERR_FILTER = 101, 1, 2

sim = Simulator("--bitrate", "500000", "--dbitrate", "2000000",
                "slcan:name=a,dialect=canable25,pty={dir}/tty0", "ack:name=ack",
                "gen:name=gen,id=100,gap=20000,paused", "gen:name=other,id=200,gap=50000,paused")
ADAPTER = f"slcan:{sim.dir}/tty0"
errors = open("/run/bridged.err", "ab+", buffering=0)


def wait(what, condition, patience=PATIENCE_S):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"{what}: {said()}"
        time.sleep(0.02)


def said():
    return os.pread(errors.fileno(), 100000, 0).decode()


def sh(*words):
    subprocess.run(words, check=True)


def status(netdev="can0"):
    """What the bridge says of itself, or nothing."""
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(2)
            s.connect(f"/run/anycan/{netdev}.sock")
            return json.loads(s.makefile().read())
    except (OSError, ValueError):
        return {"links": [{}]}


def counters():
    return status()["links"][0]["counters"]


def is_open(netdev="can0"):
    now = status(netdev)
    return now.get("pid") == bridge.pid and now["links"][0]["channel"] == "open"


def read(path, otherwise=""):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return otherwise


def carrier():
    return read("/sys/class/net/can0/carrier", "down")


def ifindex():
    return socket.if_nametoindex("can0")


class Application:
    """A socket on can0 that hears 100, and error frames."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        self.socket.setsockopt(SOL_CAN_RAW, CAN_RAW_FILTER, struct.pack("=II", 0x100, 0x7FF))
        self.socket.setsockopt(SOL_CAN_RAW, CAN_RAW_ERR_FILTER, 0x1FFFFFFF)
        self.socket.settimeout(PATIENCE_S)
        self.socket.bind(("can0",))

    def next(self):
        """(id, data); OSError if the netdev is no longer there."""
        can_id, length, data = struct.unpack("=IB3x8s", self.socket.recv(16))
        assert can_id & socket.CAN_ERR_FLAG or can_id == 0x100, f"{can_id:x} passed the filter"
        return can_id, data[:length]

    def hear(self, condition):
        while not condition(self.next()):
            pass

    def catch_up(self):
        self.socket.setblocking(False)
        try:
            while True:
                self.next()
        except BlockingIOError:
            self.socket.settimeout(PATIENCE_S)

    def send(self, number):
        self.socket.send(struct.pack("=IB3x8s", 0x321, 1, bytes([number])))


def is_gone(frame):
    return frame[0] & socket.CAN_ERR_FLAG and frame[1] == GONE


def is_traffic(frame):
    return frame[0] == 0x100


def manage(*words, stored=()):
    global bridge
    errors.truncate(0)
    bridge = Manager([BRIDGED, "-v", *words], errors.fileno())
    bridge.store += [(name, os.open(path, os.O_RDWR), False) for name, path in stored]
    bridge.start()
    wait("ready", lambda: "READY=1" in bridge.heard)


def bring_up(*words):
    sh("ip", "link", "set", "can0", "up", *words)
    wait("open", is_open)


def survives(end):
    """The application goes on after the end of the bridge, and hears of it."""
    starts, index = bridge.starts, ifindex()
    application.catch_up()
    end()
    application.hear(is_gone)
    application.hear(is_traffic)
    wait("another bridge", lambda: bridge.starts == starts + 1 and is_open())
    assert ifindex() == index
    assert carrier() == "1"
    assert candump.poll() is None


def open_files():
    links = (os.readlink(path) for path in glob.glob(f"/proc/{bridge.pid}/fd/*"))
    return sorted(re.sub(":.*|[0-9]+$", "", link) for link in links)


def no_netdev():
    return not glob.glob("/sys/class/net/*can*")


def hold_and(end):
    """Nobody serves can0 until bridge.hold is cleared."""
    bridge.hold.set()
    end()
    wait("the end", lambda: bridge.status is not None)


def test_a_bridge_and_applications():
    global application, candump
    sh("modprobe", "can-raw")
    manage(ADAPTER, "can0", "bitrate", "500000")
    bring_up()
    application = Application()
    candump = subprocess.Popen(["candump", "-DL", "can0,100:7FF"], stdout=open("/run/dump", "wb"))
    sim.do("start gen")
    sim.do("start other")
    application.hear(is_traffic)


def test_restarted():
    survives(bridge.restart)


def test_killed():
    survives(bridge.kill)


def test_again_and_again():
    before = open_files()
    for end in bridge.kill, bridge.restart, bridge.kill:
        survives(end)
    assert open_files() == before, (before, open_files())
    assert [name for name, _, _ in bridge.store] == ["0-can0"]


def test_no_carrier_meanwhile():
    hold_and(bridge.restart)
    assert carrier() == "0"
    bridge.hold.clear()
    wait("open", is_open)


def test_what_is_sent_meanwhile_is_counted():
    hold_and(bridge.kill)
    for number in range(200):
        application.send(number)
    bridge.hold.clear()
    wait("open", is_open)
    now = counters()
    assert (now["tx_aborted"], now["tx_frames"], now["tx_overflow"]) == (200, 0, 0), now
    application.send(1)
    wait("sent", lambda: counters()["tx_frames"] == 1)


def test_set_down_meanwhile():
    hold_and(bridge.kill)
    sh("ip", "link", "set", "can0", "down")
    bridge.hold.clear()
    wait("closed", lambda: status().get("pid") == bridge.pid)
    assert status()["links"][0]["channel"] == "closed"
    sh("ip", "link", "set", "can0", "up")
    wait("open", is_open)
    # The socket is told once that its netdev went down.
    try:
        application.hear(lambda frame: False)
    except OSError as error:
        assert error.errno == errno.ENETDOWN, error
    application.hear(is_traffic)


def test_without_privileges():
    lines = dict(line.split(":\t", 1) for line in
                 read(f"/proc/{bridge.pid}/status").splitlines() if ":\t" in line)
    assert int(lines["CapEff"], 16) == 0
    assert lines["Uid"].split()[0] == "65534"


def test_fd_waits_for_down():
    bridge.command += ["dbitrate", "2000000", "fd", "on"]
    survives(bridge.restart)
    assert "can0 is up, so that `fd on` cannot take effect" in said(), said()
    del bridge.command[-4:]
    survives(bridge.restart)


def test_in_another_namespace():
    sh("ip", "netns", "add", "box")
    sh("ip", "link", "set", "can0", "netns", "box")
    sh("ip", "netns", "exec", "box", "ip", "link", "set", "can0", "up")
    wait("open", is_open)
    with open("/run/box", "wb") as file:
        listener = subprocess.Popen(["ip", "netns", "exec", "box", "candump", "-L", "can0,100:7FF"],
                                    stdout=file)
    for end in bridge.kill, bridge.restart:
        starts = bridge.starts
        end()
        wait("another bridge", lambda: bridge.starts == starts + 1 and is_open())
        before = os.path.getsize("/run/box")
        wait("frames", lambda: os.path.getsize("/run/box") > before)
    assert listener.poll() is None
    listener.terminate()
    listener.wait()
    sh("ip", "netns", "exec", "box", "ip", "link", "set", "can0", "netns", "1")
    sh("ip", "netns", "del", "box")
    bring_up()


def test_another_name():
    bridge.command[3] = "can3"
    bridge.restart()
    wait("can3", lambda: status("can3").get("pid") == bridge.pid)
    assert not os.path.exists("/sys/class/net/can0")
    assert "can0, which an earlier bridge has left, is given up" in said()
    assert bridge.stop() == 0


def test_no_name():
    manage(ADAPTER, "bitrate", "500000")
    bring_up()
    bridge.kill()
    wait("can0 again", lambda: bridge.starts == 2 and is_open())


def test_stopped_for_good():
    candump.terminate()
    candump.wait()
    assert bridge.stop() == 0
    wait("nothing", no_netdev, 3)
    assert not os.listdir("/run/anycan")


def test_descriptors_that_are_no_netdev():
    stored = [("0-can0", "/dev/null"), ("9-can0", "/dev/null"), ("shop", "/dev/zero"),
              ("1-can1", "/dev/null")]
    manage(ADAPTER, "can0", "bitrate", "500000", stored=stored)
    assert "hands over 'shop'" in said() and "hands over '9-can0'" in said(), said()
    assert "can0, which an earlier bridge has left, is given up" in said()
    assert [name for name, _, _ in bridge.store] == ["0-can0"], bridge.store
    assert "/dev/zero" not in open_files()


def test_stopped_and_started_at_once():
    for _ in range(3):
        assert bridge.stop() == 0
        manage(ADAPTER, "can0", "bitrate", "500000")


def test_cantap():
    global application, candump
    assert bridge.stop() == 0
    wait("nothing", no_netdev, 3)
    series = "6.1" if os.uname().release.startswith("6.1.") else "6.12"
    sh("objcopy", "--strip-debug", f"{TOP}/build/kmod/{series}/cantap.ko", "/run/cantap.ko")
    sh("modprobe", "can-dev")
    sh("insmod", "/run/cantap.ko")
    wait("the device", lambda: os.path.exists("/dev/cantap"))
    manage("--port", "cantap", ADAPTER, "can0")
    bring_up("type", "can", "bitrate", "500000", "restart-ms", "70")
    application = Application()
    candump = subprocess.Popen(["candump", "-DL", "can0,100:7FF"], stdout=open("/run/dump", "wb"))
    application.hear(is_traffic)


def test_cantap_restarted():
    survives(bridge.restart)


def test_cantap_killed():
    index, starts = ifindex(), bridge.starts
    application.catch_up()
    bridge.kill()
    wait("another bridge", lambda: bridge.starts == starts + 1 and is_open())
    application.catch_up()
    application.hear(is_traffic)
    assert ifindex() == index and candump.poll() is None
    details = subprocess.run(["ip", "-d", "link", "show", "can0"], capture_output=True, text=True,
                             check=True).stdout
    assert "bitrate 500000" in details and "restart-ms 70" in details, details
    assert [name for name, _, _ in bridge.store] == ["0-can0"]


def test_cantap_stopped_for_good():
    candump.terminate()
    candump.wait()
    assert bridge.stop() == 0
    wait("nothing", no_netdev, 3)


TESTS = [test for name, test in list(globals().items()) if name.startswith("test_")]
SHORT = [test_a_bridge_and_applications, test_restarted, test_killed,
         test_what_is_sent_meanwhile_is_counted, test_without_privileges, test_stopped_for_good]

if __name__ == "__main__":
    with sim:
        sys.exit(run(SHORT if sys.argv[1:] == ["short"] else TESTS))
