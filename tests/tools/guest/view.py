#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""In a guest with vcan: the same traffic in python-can's viewer and in can_viewer, the same cells;
anycan view on two netdevs, one of which goes down and up."""
import os
import re
import socket
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "../../sim")]

import simulator  # noqa: E402 - it lies in the folder named above
import terminal  # noqa: E402
from terminal import Terminal, wait_for  # noqa: E402

ANYCAN = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../../build")),
                      "bin/anycan")
EFF, RTR, ERR = socket.CAN_EFF_FLAG, socket.CAN_RTR_FLAG, socket.CAN_ERR_FLAG
FDF = 4

# (identifier with flags, payload, bytes that a remote frame asks for)
TRAFFIC = [
    *[(0x101, bytes([n, 1, 2, n, 0xFF, 5, 6]), 0) for n in range(40)],
    *[(0x12345678 | EFF, bytes(range(n, n + 8)), 0) for n in range(10)],
    (0x300 | RTR, b"", 4), (0x300 | EFF, b"", 0), (0x300 | RTR, b"", 4),
    *[(0x204 | ERR, bytes([0, n, 0, 0, 0, 0, 96, n]), 0) for n in (4, 8)],
    (0x2A0, bytes.fromhex("1122334455667788"), 0),
    *[(0x7FF, bytes(n), 0) for n in (8, 8, 3)],
    *[(0x400, bytes(range(64)), 0) for _ in range(3)],
    (0x401, bytes(12), 0),
]
DECODE = ("101:<BhHH:1:10.0:7", "2A0:>q", "12345678:>ff", "7FF:<bH")


def shell(command):
    subprocess.run(command, shell=True, check=True)


def send(netdev, traffic):
    with socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW) as s:
        s.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FD_FRAMES, 1)
        s.bind((netdev,))
        for can_id, data, asked in traffic:
            if len(data) > 8:
                s.send(struct.pack("=IBBxx64s", can_id, len(data), FDF, data))
            else:
                s.send(struct.pack("=IBxxx8s", can_id, asked or len(data), data))


def masked(screen):
    """Without what depends on the time."""
    return [line[:8].ljust(8) + line[35:] if re.match(r"\d", line) else line for line in screen]


def reds(viewer):
    """The identifiers of red lines."""
    return ["".join(character for character, _ in line)[35:46].strip()
            for line in viewer.cells() if any(31 in looks for _, looks in line)]


def compare(options, cols):
    """All of TRAFFIC in both viewers."""
    with Terminal(["/usr/bin/python3", "-m", "can.viewer", "-i", "socketcan", "-c", "vcan0",
                   *options], cols=cols, rows=16) as theirs, \
            Terminal([ANYCAN, "can_viewer", "-i", "socketcan", "-c", "vcan0", *options],
                     cols=cols, rows=16) as ours:
        for viewer in (theirs, ours):
            viewer.wait("Count   Time")
        send("vcan0", TRAFFIC)

        def same():
            theirs.keys("s")
            ours.keys("s")
            screens = masked(theirs.screen()), masked(ours.screen())
            return screens[0] == screens[1] and any("0x101" in line for line in screens[0])
        wait_for(same, lambda: "\n".join(masked(theirs.screen()) + masked(ours.screen())))
        screen = ours.screen()
        assert reds(theirs) == reds(ours), (reds(theirs), reds(ours))
        for viewer in (theirs, ours):
            viewer.keys("q")
            assert viewer.end() == 0, viewer.errors()
        return screen


def test_the_same_cells():
    """Standard, extended, remote, error and FD frames; a frame that is shorter than the last. To
    start python-can takes long here, so all of it at once."""
    screen = compare(["--fd", "-f", "0:0", "-d", *DECODE], 120)
    assert [line[35:45].strip() for line in screen[1:11]] == \
        ["0x101", "0x204", "0x2A0", "0x300", "0x400", "0x401", "0x7FF", "0x00000300",
         "0x12345678", ""], screen
    of = {line[35:45].strip(): line for line in screen[1:]}
    assert of["0x7FF"].startswith("1  ") and of["0x7FF"].endswith("3    00 00 00" + " " * 17 +
                                                                  "0 0"), of["0x7FF"]
    assert of["0x101"][77:] == "39 51.300000 9331", of["0x101"]
    assert of["0x400"].endswith("..."), of["0x400"]
    return f"{len(TRAFFIC)} frames"


def test_several_netdevs_and_one_that_goes_down():
    with Terminal([ANYCAN, "view", "vcan0", "vcan1"], cols=110, rows=16) as viewer:
        viewer.wait("no frame yet")
        send("vcan0", TRAFFIC[:40])
        send("vcan1", TRAFFIC[:3])
        viewer.wait("43 frames  2 ids  errors 0  lost 0", "vcan0        101       40",
                    "vcan1        101        3", "kbit/s")
        shell("ip link set vcan1 down")
        viewer.wait("down")
        send("vcan0", TRAFFIC[:1])
        shell("ip link set vcan1 up")
        send("vcan1", TRAFFIC[:1])
        viewer.wait("45 frames  2 ids")
        viewer.keys("q")
        assert viewer.end() == 0, viewer.errors()


if __name__ == "__main__":
    if not terminal.is_there():
        print("1..0 # SKIP tmux is not installed")
        sys.exit(4)
    # For a Python that starts slowly, and is not to be kept from it.
    terminal.PATIENCE_S = 100
    terminal.PAUSE_S = 0.5
    shell("modprobe -a vcan can-raw; for v in vcan0 vcan1; do "
          "ip link add $v mtu 72 type vcan && ip link set $v up; done")
    sys.exit(simulator.run([
        test_the_same_cells,
        test_several_netdevs_and_one_that_goes_down,
    ]))
