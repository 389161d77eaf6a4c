#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The transports to remote serial lines (socket://, rfc2217://) against ser2net and pyserial's
RFC 2217 server: what the line is set to, every byte both ways, refusals, restarts."""

import random
import sys
import threading

from servers import CRTSCTS, Line, Pyserial, Ser2net, Tool

import simulator

ALL = bytes(range(256))
RATES = (9600, 57600, 115200, 230400, 1000000)


def raw(path):
    return Ser2net(path, "tcp")


# Every way to a line: the URL's scheme, and its server.
WAYS = (("socket", raw), ("rfc2217", Ser2net), ("rfc2217", Pyserial))
NEGOTIATED = WAYS[1:]


def url(scheme, server, suffix=""):
    return f"{scheme}://127.0.0.1:{server.port}{suffix}"


def opened(scheme, server, *words, suffix=""):
    tool = Tool("line_tool", url(scheme, server, suffix), *words)
    word = tool.word()
    assert word == "open", word
    return tool


def exchange(line, tool, to_line, from_line):
    """Both directions at once."""
    got = []
    threads = [
        threading.Thread(target=function, args=arguments)
        for function, arguments in (
            (tool.write, (to_line,)),
            (line.write, (from_line,)),
            (lambda: got.append(tool.read(len(from_line))), ()),
        )
    ]
    for thread in threads:
        thread.start()
    at_line = line.read(len(to_line))
    for thread in threads:
        thread.join()
    assert at_line == to_line, (len(at_line), len(to_line))
    assert got[0] == from_line, (len(got[0]), len(from_line))


def test_every_byte():
    """All 256 values, alone and in all kinds of company, both ways."""
    pairs = b"".join(bytes((a, b)) for a in (0, 10, 13, 17, 19, 255) for b in range(256))
    for scheme, server in WAYS:
        with Line() as line, server(line.path) as served, opened(scheme, served) as tool:
            exchange(line, tool, ALL, ALL)
            exchange(line, tool, pairs, pairs)


def test_bulk():
    """Half of it IACs, each way 200 kB at the same time."""
    numbers = random.Random(2217)
    data = bytes(255 if numbers.random() < 0.5 else numbers.randrange(256) for _ in range(200000))
    for scheme, server in WAYS:
        with Line() as line, server(line.path) as served, opened(scheme, served) as tool:
            exchange(line, tool, data, data[::-1])


def test_rate():
    """The server's line really has the rate, 8N1, and the handshake or none."""
    for scheme, server in NEGOTIATED:
        with Line() as line, server(line.path) as served:
            for rate in RATES:
                with opened(scheme, served, suffix=f"@{rate}"):
                    cflag, found = line.settings()
                    assert found == rate, f"{server.__name__}: {found} instead of {rate}"
                    assert cflag & 0o1560 == 0o60, f"{cflag:o}"  # CSIZE CSTOPB PARENB: CS8
                    assert not cflag & CRTSCTS
            with opened(scheme, served, "baud", "19200", "rtscts", "on"):
                cflag, found = line.settings()
                assert found == 19200 and cflag & CRTSCTS, (found, oct(cflag))


def test_lines_raised():
    """DTR and RTS are raised, no break is sent, as pyserial's server is told."""
    with Line() as line, Pyserial(line.path) as served, opened("rfc2217", served) as tool:
        exchange(line, tool, b"x", b"y")
        assert served.serial.dtr and served.serial.rts and not served.serial.break_condition


def refused(scheme, server):
    with Tool("line_tool", url(scheme, server)) as tool:
        word = tool.word()
        assert word.startswith("gone "), word
        return word


def test_other_rate():
    """A server whose port cannot do the rate."""
    with Line() as line, Pyserial(line.path, rates=(9600, 19200)) as served:
        word = refused("rfc2217", served)
        assert "9600 bit/s where 115200 were asked for" in word, word


def test_no_option():
    """Telnet without RFC 2217."""
    with Line() as line, Ser2net(line.path, "telnet,tcp") as served:
        word = refused("rfc2217", served)
        assert f"use socket://127.0.0.1:{served.port}" in word, word


def test_in_use():
    """ser2net has one client at a time, and says so."""
    with Line() as line, Ser2net(line.path) as served, opened("rfc2217", served):
        word = refused("rfc2217", served)
        assert "Port already in use" in word, word


def test_restart():
    """The server ends and comes back: noticed, connected again, set again, every byte."""
    for scheme, server in WAYS:
        with Line() as line, server(line.path) as served, opened(scheme, served) as tool:
            exchange(line, tool, b"before", b"before")
            served.stop()
            assert tool.word() == "gone"
            # One that is ending may still take the next connection.
            while "refused" not in tool.word():
                pass
            served.start()
            while tool.word() != "open":
                pass
            exchange(line, tool, ALL, ALL)
            if scheme == "rfc2217":
                assert line.settings()[1] == 115200


if __name__ == "__main__":
    sys.exit(simulator.run([f for name, f in list(globals().items()) if name.startswith("test_")]))
