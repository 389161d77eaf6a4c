#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""libanycan and python-can exchange frames: exchange.py OURS THEIRS [WORD...]

OURS and THEIRS are netdevs that hear each other. The words: `fd`, CAN FD frames too; `errors`,
error frames too, which pass on one netdev only; `rtr0`, remote frames have length 0; `filters=N`,
also N random sets of filters on both, fed by a second bus of python-can on OURS.
"""
import os
import random
import subprocess
import sys

import can

import filters

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build")),
                    "tests/bus/bus_tool")
PATIENCE_S = 20
FRAMES_PER_SET = 8


def kinds(fd, errors, rtr0):
    """Every kind of frame, with each length; an error frame is one of the controller's."""
    for extended, can_id in ((False, 0x7FF), (False, 0), (True, 0x1FFFFFFF), (True, 0x123)):
        for length in range(9):
            yield can.Message(arbitration_id=can_id, is_extended_id=extended,
                              data=bytes(range(1, length + 1)))
        for dlc in (0,) if rtr0 else (0, 3, 8):
            yield can.Message(arbitration_id=can_id, is_extended_id=extended, dlc=dlc,
                              is_remote_frame=True)
        for length in (0, 1, 8, 12, 16, 20, 24, 32, 48, 64) if fd else ():
            for brs in (False, True):
                yield can.Message(arbitration_id=can_id, is_extended_id=extended, is_fd=True,
                                  bitrate_switch=brs, error_state_indicator=brs and errors,
                                  data=bytes(range(length)))
    if errors:
        yield can.Message(arbitration_id=0x24, is_error_frame=True, is_extended_id=False,
                          data=bytes(range(8)))


def text_of(message):
    """cansend's form."""
    can_id = message.arbitration_id
    if message.is_error_frame:
        name = f"{can_id | 0x20000000:08X}"
    else:
        name = f"{can_id:08X}" if message.is_extended_id else f"{can_id:03X}"
    data = bytes(message.data).hex().upper()
    if message.is_remote_frame:
        return f"{name}#R{message.dlc or ''}"
    if message.is_fd:
        return f"{name}##{message.bitrate_switch + 2 * message.error_state_indicator}{data}"
    return f"{name}#{data}"


def to_ours(ours, bus, messages):
    """python-can sends, the library receives."""
    tool = subprocess.Popen([TOOL, "dump", ours, str(len(messages))], stdout=subprocess.PIPE,
                            text=True)
    assert tool.stdout.readline() == "open\n"
    for message in messages:
        bus.send(message, timeout=PATIENCE_S)
    lines = [line.split()[0] for line in tool.communicate(timeout=60)[0].splitlines()]
    wanted = [text_of(message) for message in messages]
    assert lines == wanted, [pair for pair in zip(lines, wanted) if pair[0] != pair[1]]


def to_theirs(ours, bus, messages):
    """The library sends, python-can receives."""
    while bus.recv(0):
        pass
    subprocess.run([TOOL, "send", ours, *(text_of(message) for message in messages)], check=True,
                   timeout=60)
    for message in messages:
        got = bus.recv(PATIENCE_S)
        assert got and text_of(got) == text_of(message), (str(got), str(message))


def filter_both(netdev, count):
    """Both filter what a third sends; the same must come. Returns (frames passed, frames sent)."""
    rng = random.Random(11)
    passed = 0
    tool = subprocess.Popen([TOOL, "filter", netdev], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True, bufsize=1)
    with can.Bus(interface="socketcan", channel=netdev) as sender, \
            can.Bus(interface="socketcan", channel=netdev) as theirs, \
            can.Bus(interface="socketcan", channel=netdev) as witness:
        for number in range(count):
            wanted = [filters.random_filter(rng) for _ in range(rng.randrange(6))]
            theirs.set_filters(wanted)
            tool.stdin.write(",".join(filters.as_text(one) for one in wanted) + "\n")
            assert tool.stdout.readline() == "set\n"
            for _ in range(FRAMES_PER_SET):
                can_id, extended = filters.random_id(rng, wanted)
                sender.send(can.Message(arbitration_id=can_id, is_extended_id=extended))
            # Where the kernel is busy it delivers later than send() returns.
            for _ in range(FRAMES_PER_SET):
                assert witness.recv(PATIENCE_S)
            tool.stdin.write("\n")
            ours = [int(word, 16) for word in tool.stdout.readline().split()]
            got = []
            while message := theirs.recv(0):
                got.append(message.arbitration_id | (filters.EFF * message.is_extended_id))
            assert ours == got, (number, wanted, ours, got)
            passed += len(ours)
    tool.communicate()
    return passed, count * FRAMES_PER_SET


def main(ours, theirs, *words):
    if "fd" in words:
        os.environ["BUS_FD"] = "1"
    messages = list(kinds(*(word in words for word in ("fd", "errors", "rtr0"))))
    with can.Bus(interface="socketcan", channel=theirs, fd="fd" in words) as bus:
        to_ours(ours, bus, messages)
        to_theirs(ours, bus, messages)
    print(f"{len(messages)} frames each way")
    for word in words:
        if word.startswith("filters="):
            passed, sent = filter_both(ours, int(word[8:]))
            assert sent / 20 < passed < sent * 19 / 20, (passed, sent)
            print(f"{word[8:]} sets of filters, {passed} of {sent} frames passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
