# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Servers of serial lines, on this machine's loopback, and what is behind and before them."""

import contextlib
import fcntl
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

from simulator import Skip  # noqa: E402 - it lies in the folder named above

try:
    import serial
    import serial.rfc2217
except ImportError:
    serial = None

BUILD = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build")), "tests")
PATIENCE_S = 20
TCGETS2 = 0x802C542A
CRTSCTS = 0o20000000000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_served(port):
    """Looked up, for a connection would take the place of the only client."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        rows = [row.split() for row in file.readlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.01)


def line_settings(fd):
    """Control flags and rate of a tty, as the kernel has them."""
    line = fcntl.ioctl(fd, TCGETS2, bytes(44))
    return struct.unpack_from("8xI", line)[0], struct.unpack_from("40xI", line)[0]


def rate_of(path):
    """The rate of a tty that others use."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return line_settings(fd)[1]
    finally:
        os.close(fd)


class Line(contextlib.AbstractContextManager):
    """A serial line in the shape of a pty: the server has `path`, we are the device."""

    def __init__(self):
        self.fd, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self._far)

    def __exit__(self, *_):
        os.close(self.fd)
        os.close(self._far)

    def settings(self):
        return line_settings(self._far)

    def write(self, data):
        while data:
            assert select.select([], [self.fd], [], PATIENCE_S)[1], "the server reads nothing"
            data = data[os.write(self.fd, data) :]

    def read(self, count):
        data = b""
        while len(data) < count and select.select([self.fd], [], [], PATIENCE_S)[0]:
            data += os.read(self.fd, count - len(data))
        return data


class Ser2net(contextlib.AbstractContextManager):
    """ser2net (gensio) on a tty; `accepter` is its word for the protocol."""

    def __init__(self, path, accepter="telnet(rfc2217),tcp", options=""):
        program = shutil.which("ser2net", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not program:
            raise Skip("ser2net is missing (install it with: apt-get install ser2net)")
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="anycan-ser2net.")
        config = os.path.join(self._folder.name, "ser2net.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(
                "%YAML 1.1\n---\n"
                "connection: &line\n"
                f"  accepter: {accepter},127.0.0.1,{self.port}\n"
                f"  connector: serialdev,{path},9600n81,local\n"
                f"  options:\n    banner: ''\n{options}"
            )
        # No lock files: the tty is nobody else's.
        self._command = [program, "-d", "-u", "-c", config]
        self._log = open(os.path.join(self._folder.name, "log"), "w+", encoding="utf-8")
        self._process = None
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        wait_for(lambda: is_served(self.port), "ser2net")

    def stop(self):
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def __exit__(self, *_):
        self.stop()
        self._log.close()
        self._folder.cleanup()


if serial:

    class PtyPort(serial.Serial):
        """pyserial's port on a pty, which has no modem lines; these are remembered."""

        rates = None  # the only ones it can do
        cts = dsr = cd = True
        ri = False

        def _update_dtr_state(self):
            pass

        def _update_rts_state(self):
            pass

        def _reconfigure_port(self, force_update=False):
            if self.rates and self._baudrate not in self.rates:
                raise ValueError(f"{self._baudrate} bit/s")
            super()._reconfigure_port(force_update)


class Pyserial(contextlib.AbstractContextManager):
    """pyserial's serial.rfc2217.PortManager, which is the server's half of RFC 2217."""

    def __init__(self, path, rates=None):
        if not serial:
            raise Skip("pyserial is missing (install it with: apt-get install python3-serial)")
        self._path, self._rates = path, rates
        self._listener = self._connection = None
        self._threads = []
        self.serial = None
        self.port = free_port()
        self.start()

    def start(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._begin(self._serve, self._listener)

    def _begin(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, listener):
        with contextlib.suppress(OSError):
            while True:
                self._connection, _ = listener.accept()
                self._talk(self._connection)

    def _talk(self, connection):
        self.serial = PtyPort(timeout=0.05)
        self.serial.port = self._path
        self.serial.baudrate = 9600
        self.serial.rates = self._rates
        self.serial.open()
        locked = threading.Lock()

        class Writer:
            """What PortManager writes to."""

            @staticmethod
            def write(data):
                with locked:
                    connection.sendall(bytes(data))

        manager = serial.rfc2217.PortManager(self.serial, Writer)
        self._begin(self._hand_on, self.serial, manager, Writer)
        with contextlib.suppress(OSError):
            while data := connection.recv(4096):
                self.serial.write(b"".join(manager.filter(data)))
        self.serial.close()
        connection.close()

    @staticmethod
    def _hand_on(port, manager, writer):
        with contextlib.suppress(Exception):  # the port was closed
            while port.is_open:
                if data := port.read(port.in_waiting or 1):
                    writer.write(b"".join(manager.escape(data)))

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._connection:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._threads.clear()

    def __exit__(self, *_):
        self.stop()


class Tool(contextlib.AbstractContextManager):
    """One of the programs here; its standard error is read line by line."""

    def __init__(self, name, *arguments):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "remote", name), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.set_blocking(self.process.stdout.fileno(), False)

    def __exit__(self, *failure):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            if not failure[0]:
                raise
        said = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        assert "Sanitizer" not in said, said

    def word(self):
        """The next line of standard error."""
        assert select.select([self.process.stderr], [], [], PATIENCE_S)[0], "it says nothing"
        return self.process.stderr.readline().decode().strip()

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self, count):
        data = b""
        out = self.process.stdout
        while len(data) < count and select.select([out], [], [], PATIENCE_S)[0]:
            more = os.read(out.fileno(), count - len(data))
            if not more:
                break
            data += more
        return data

    def line(self):
        """The next line of standard output."""
        data = b""
        while not data.endswith(b"\n") and (more := self.read(1)):
            data += more
        return data.decode().strip()
