# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A stand-in for the part of systemd that restarts a service and keeps descriptors for it:
sd_notify(3) with FDSTORE, FDSTOREREMOVE, FDPOLL and BARRIER, and LISTEN_FDS of sd_listen_fds(3).
"""

import os
import select
import signal
import socket
import threading
import time

FIRST_FD = 3
ABOVE = 200  # no descriptor of a test is
BAD = select.POLLERR | select.POLLHUP


class Manager:
    """Runs a command until it ends well, and starts it anew when it failed.

    `store` is a list of (name, descriptor, whether a hang-up removes it); `heard` has every
    message; while `hold` is set nothing is started.
    """

    def __init__(self, command, errors):
        self.command, self.errors = command, errors
        self.store, self.heard = [], []
        self.pid, self.starts, self.status = None, 0, None
        self.again = False
        self.hold = threading.Event()
        self._address = f"\0anycan-test-manager-{id(self)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def restart(self):
        self.again = True
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def stop(self):
        """For good; what is kept is closed. The command's status."""
        os.kill(self.pid, signal.SIGTERM)
        self._thread.join(20)
        return self.status

    def _exec(self):
        """In the child."""
        fds = [fd for _, fd, _ in self.store]
        os.dup2(self.errors, 1)
        os.dup2(self.errors, 2)
        for i, fd in enumerate(fds):
            os.dup2(fd, ABOVE + i)
        for i in range(len(fds)):
            os.dup2(ABOVE + i, FIRST_FD + i)
        os.closerange(FIRST_FD + len(fds), ABOVE + len(fds))
        environment = dict(os.environ, NOTIFY_SOCKET="@" + self._address[1:])
        if fds:
            environment["LISTEN_PID"] = str(os.getpid())
            environment["LISTEN_FDS"] = str(len(fds))
            environment["LISTEN_FDNAMES"] = ":".join(name for name, _, _ in self.store)
        os.execve(self.command[0], self.command, environment)

    def _run(self):
        while True:
            while self.hold.is_set():
                time.sleep(0.01)
            pid = os.fork()
            if not pid:
                self._exec()
            self.pid = pid
            self.starts += 1
            self.status = None
            while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._listen(20)
            self._listen(0)
            self.status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if not self.status and not self.again:
                break
            self.again = False
        for _, fd, _ in self.store:
            os.close(fd)
        self.store = []

    def _listen(self, patience_ms):
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while poll.poll(patience_ms):
            data, fds, _, _ = socket.recv_fds(self._socket, 4096, 16)
            self._hear(data.decode(), fds)
            patience_ms = 0
        self._forget_hung_up()

    def _hear(self, text, fds):
        self.heard.append(text.replace("\n", " "))
        words = dict(line.split("=", 1) for line in text.splitlines())
        name = words.get("FDNAME", "stored")
        if words.get("FDSTORE") == "1":
            self.store += [(name, fd, words.get("FDPOLL") != "0") for fd in fds]
            return
        for fd in fds:
            os.close(fd)
        if words.get("FDSTOREREMOVE") == "1":
            for kept in [kept for kept in self.store if kept[0] == name]:
                os.close(kept[1])
                self.store.remove(kept)

    def _forget_hung_up(self):
        for kept in list(self.store):
            poll = select.poll()
            poll.register(kept[1], 0)
            if kept[2] and any(event & BAD for _, event in poll.poll(0)):
                os.close(kept[1])
                self.store.remove(kept)
