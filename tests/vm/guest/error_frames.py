#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The words for error frames beside candump's: random ones on vcan0. Runs inside tests/vm/run."""
import os
import random
import re
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../unit"))

import library  # noqa: E402 - it lies in the folder named above

COUNT = 400
ERR, CNT = 0x20000000, 0x200


def random_frame(rng):
    """An error frame; candump of can-utils 2020.11 knows nine classes and no counters."""
    classes = sum(1 << bit for bit in range(9) if rng.random() < .3) or 1
    data = bytearray(rng.randrange(256) for _ in range(6)) + bytes(2)
    return ERR | classes, bytes(data)


def candumps_words(output):
    """What candump shows below each frame, without what only we tell of transceivers."""
    parts = re.split(r"^ *vcan0 .*?ERRORFRAME", output, flags=re.MULTILINE)[1:]
    return [",".join(part.split("\n\t")).strip(",\n").replace(" ", "") for part in parts]


def main():
    rng = random.Random(1)
    frames = [random_frame(rng) for _ in range(COUNT)]
    candump = subprocess.Popen(["candump", "-e", "-n", str(COUNT), "-T", "20000",
                                "vcan0,0:0,#FFFFFFFF"], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    sock = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    sock.bind(("vcan0",))
    for can_id, data in frames:
        sock.send(struct.pack("=IB3x8s", can_id, 8, data))
        time.sleep(.002)
    theirs = candumps_words(candump.communicate()[0])
    ours = library.ask(f"error 0 {can_id} 0 0 65535 0 8 {data.hex()}" for can_id, data in frames)
    assert len(theirs) == COUNT, len(theirs)
    for frame, their, our in zip(frames, theirs, ours):
        our = re.sub(r"transceiver-status\{[^}]*\}", "transceiver-status", our).replace(" ", "")
        assert our == their, (frame, our, their)
    print(f"{COUNT} error frames")


if __name__ == "__main__":
    main()
