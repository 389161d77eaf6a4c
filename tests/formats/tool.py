# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Running anycan convert, and frames as plain tuples to compare."""
import os
import subprocess
import sys
import typing

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("ANYCAN_TOP", os.path.join(HERE, "../.."))
BUILD = os.environ.get("ANYCAN_BUILD", os.path.join(TOP, "build"))
ANYCAN = os.path.join(BUILD, "bin/anycan")
sys.path.insert(0, os.path.join(HERE, "../unit"))

EFF, RTR, ERR = 0x80000000, 0x40000000, 0x20000000


class Frame(typing.NamedTuple):
    """A frame as candump's log tells it, time in nanoseconds."""
    ns: int
    channel: str
    ident: int
    extended: bool
    remote: bool
    error: bool
    fd: bool
    brs: bool
    esi: bool
    raw_dlc: int
    length: int
    data: bytes
    tx: bool

    def line(self):
        """The line of candump -L -N -x -8."""
        if self.error:
            text = f"{ERR | self.ident:08X}#"
        else:
            text = f"{self.ident:08X}#" if self.extended else f"{self.ident:03X}#"
        if self.remote:
            text += f"R{self.length}" if self.length else "R"
        else:
            text += f"#{self.brs + 2 * self.esi}" if self.fd else ""
            text += self.data.hex().upper()
        if self.raw_dlc:
            text += f"_{self.raw_dlc:X}"
        sec, part = divmod(self.ns, 10**9)
        return f"({sec}.{part:09d}) {self.channel} {text} {'T' if self.tx else 'R'}\n"


def parse_line(line):
    """A line of candump; written anew here, so that the library is not judged by itself."""
    stamp, channel, text, *direction = line.split()
    sec, _, part = stamp.strip("()").partition(".")
    ident, _, body = text.partition("#")
    body, _, raw = body.partition("_")
    value = int(ident, 16)
    error = len(ident) == 8 and bool(value & ERR)
    fd = body.startswith("#")
    remote = body.startswith("R")
    flags = int(body[1], 16) if fd else 0
    data = b"" if remote else bytes.fromhex(body[2:] if fd else body)
    return Frame(int(sec) * 10**9 + int(part.ljust(9, "0")), channel, value & 0x1FFFFFFF,
                 len(ident) > 3 and not error, remote, error, fd, bool(flags & 1),
                 bool(flags & 2), int(raw, 16) if raw else 0,
                 int(body[1:] or 0) if remote else len(data), data, direction == ["T"])


def convert(*args, stdin=None, status=0, timeout=250):
    """Run anycan convert; standard output as bytes and standard error as text."""
    done = subprocess.run([ANYCAN, "convert", *args], input=stdin, capture_output=True,
                          timeout=timeout)
    assert done.returncode == status, (args, done.returncode, done.stderr.decode())
    return done.stdout, done.stderr.decode()


def read(path, *settings):
    """All frames of a file, as the library reads them."""
    out, _ = convert("-q", path, "-", "--to", "log", "-x", "-o", "decimals=9", *settings)
    return [parse_line(line) for line in out.decode().splitlines()]


def write(path, frames, *settings):
    """Write frames to a file by the library."""
    lines = "".join(frame.line() for frame in frames).encode()
    return convert("-q", "--from", "log", "-", path, *settings, stdin=lines)[1]
