# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A USB host for test scripts: transfers to a simulated adapter behind `socket=PATH`, in the
messages of USB/IP, without a kernel."""
import contextlib
import select
import socket
import struct

from simulator import PATIENCE_S, QUIET_S

EPIPE, EOVERFLOW, ECONNRESET = -32, -75, -104
TO_HOST = 0x80
GET_DESCRIPTOR, SET_CONFIGURATION, CLEAR_FEATURE = 6, 9, 1
DEVICE, CONFIGURATION, STRING, QUALIFIER = 1, 2, 3, 6


class Stalled(Exception):
    """The device answered with a stall."""


class Host(contextlib.AbstractContextManager):
    """The host of the adapter at @path; every transfer under way has a number."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(path)
        self._number = 0
        self._done = {}
        self._unlinked = {}
        self._is_in = {}

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def raw(self, data):
        self._socket.sendall(data)

    def ended(self):
        """Whether the device has closed the connection."""
        return not self._socket.recv(1)

    def begin(self, endpoint, data, setup=bytes(8)):
        """A transfer: @data for the device, or the number of bytes there is room for."""
        is_in = isinstance(data, int)
        self._number += 1
        self._is_in[self._number] = is_in
        header = struct.pack(">5I", 1, self._number, 1, is_in, endpoint & 0x0F)
        header += struct.pack(">IiiiI", 0, data if is_in else len(data), 0, 0, 0) + setup
        self._socket.sendall(header + (b"" if is_in else data))
        return self._number

    def unlink(self, number):
        """Gives a transfer up; the status that the device answers with."""
        self._number += 1
        self._socket.sendall(struct.pack(">6I24x", 2, self._number, 1, 0, 0, number))
        while self._number not in self._unlinked:
            self._read()
        return self._unlinked.pop(self._number)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            assert more, "the device has closed the connection"
            data += more
        return data

    def _read(self):
        command, number, _, _, _, status, actual = struct.unpack(
            ">5Iii20x", self._exactly(48))
        if command == 4:
            self._unlinked[number] = status
            return
        assert command == 3
        data = self._exactly(actual) if self._is_in.pop(number) else actual
        self._done[number] = (status, data)

    def is_over(self, number):
        """Whether a transfer is over, or will be in no time."""
        while number not in self._done and select.select([self._socket], [], [], QUIET_S)[0]:
            self._read()
        return number in self._done

    def end(self, number):
        """Waits for a transfer: status and data, or the number of bytes that were taken."""
        while number not in self._done:
            self._read()
        return self._done.pop(number)

    def transfer(self, endpoint, data):
        """Data that came, or bytes that were taken."""
        status, result = self.end(self.begin(endpoint, data))
        assert status == 0, f"endpoint {endpoint:#x}: status {status}"
        return result

    def control(self, kind, request, value=0, index=0, data=0):
        setup = struct.pack("<BBHHH", kind, request, value, index,
                            data if isinstance(data, int) else len(data))
        if not kind & TO_HOST and not data:
            data = b""
        status, result = self.end(self.begin(0, data, setup))
        if status == EPIPE:
            raise Stalled(f"request {request}")
        assert status == 0, f"request {request}: status {status}"
        return result

    def descriptor(self, kind, index=0, length=255):
        return self.control(0x80, GET_DESCRIPTOR, kind << 8 | index, 0, length)

    def string(self, index):
        data = self.descriptor(STRING, index)
        assert data[0] == len(data) and data[1] == STRING
        return data[2:].decode("utf-16le")

    def clear_halt(self, endpoint):
        self.control(0x02, CLEAR_FEATURE, 0, endpoint)


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except Stalled:
        return True
    return False
