#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan set, with a daemon of a few lines: what it asks, and what it says to whom. The daemon's
own half is tested in tests/unit, both together in tests/vm."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

import simulator  # noqa: E402 - it lies in the folder named above

ANYCAN = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build")),
                      "bin/anycan")
STATUS = {"links": [{"netdev": "can0"}, {"netdev": "can1"}]}
SETTINGS = {"ok": True, "driver": "robotell", "settings": [
    {"key": "filter", "help": "N=ID:MASK,..."}, {"key": "auto-retransmit", "help": "on, off"}]}
DONE = {"ok": True, "done": 2}


class Daemon(contextlib.AbstractContextManager):
    """Serves can0 and can1 by the name of the first, and answers every request alike."""

    def __init__(self, answer, turn_away=False):
        self._folder = tempfile.TemporaryDirectory(prefix="anycan-set.")
        self.requests, self._answer, self._turn_away = [], answer, turn_away
        self._listeners = [
            self._listen("can0.sock", self._tell), self._listen("can0.ctl", self._do)]

    def _listen(self, name, serve):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(self._folder.name, name))
        listener.listen()
        threading.Thread(target=self._serve, args=(listener, serve), daemon=True).start()
        return listener

    @staticmethod
    def _serve(listener, serve):
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                with client:
                    serve(client)

    @staticmethod
    def _tell(client):
        client.sendall(json.dumps(STATUS).encode() + b"\n")

    def _do(self, client):
        if not self._turn_away:
            self.requests.append(json.loads(client.makefile().readline()))
        client.sendall(json.dumps(self._answer).encode() + b"\n")

    def __exit__(self, *_):
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._folder.cleanup()

    def run(self, *arguments):
        """Status, standard output, standard error."""
        done = subprocess.run([ANYCAN, "set", *arguments], capture_output=True, text=True,
                              env={**os.environ, "ANYCAN_RUN_DIR": self._folder.name},
                              timeout=20, check=False)
        return done.returncode, done.stdout, done.stderr


def test_list():
    with Daemon(SETTINGS) as daemon:
        status, said, errors = daemon.run("can0")
        assert (status, errors) == (0, ""), errors
        assert [line.split(None, 1) for line in said.splitlines()] == [
            ["filter", "N=ID:MASK,..."], ["auto-retransmit", "on, off"]], said
        assert daemon.requests == [{"request": "settings", "netdev": "can0"}], daemon.requests


def test_nothing_to_list():
    with Daemon({"ok": True, "driver": "slcan", "settings": []}) as daemon:
        assert daemon.run("can0") == (
            0, "can0: slcan adapters have no settings that can be changed while they run\n", "")


def test_set():
    """Keys and values as they are given, in their order, also what looks like an option."""
    with Daemon(DONE) as daemon:
        assert daemon.run("can0", "filter", "1=123:7FF", "label", "-x \"y\" ü") == (0, "", "")
        assert daemon.requests == [{"request": "set", "netdev": "can0", "settings": [
            ["filter", "1=123:7FF"], ["label", "-x \"y\" ü"]]}], daemon.requests


def test_second_netdev():
    """An adapter's further netdevs are served under the first one's name."""
    with Daemon(DONE) as daemon:
        assert daemon.run("can1", "filter", "off") == (0, "", "")
        assert daemon.requests[0]["netdev"] == "can1", daemon.requests


def test_refused():
    with Daemon({"ok": False, "error": "filter '15=1': 1 to 14", "done": 0}) as daemon:
        assert daemon.run("can0", "filter", "15=1") == (
            1, "", "anycan set: can0: filter '15=1': 1 to 14\n")


def test_refused_halfway():
    with Daemon({"ok": False, "error": "b '2': no", "done": 1}) as daemon:
        status, _, errors = daemon.run("can0", "a", "1", "b", "2", "c", "3")
        assert status == 1 and errors == (
            "anycan set: can0: b '2': no\n"
            "anycan set: can0: the first 1 of 3 settings were changed\n"), errors


def test_turned_away():
    """Who is not listened to still reads why."""
    with Daemon({"ok": False, "error": "only root"}, turn_away=True) as daemon:
        for _ in range(20):
            assert daemon.run("can0", "a", "1" * 3000) == (1, "", "anycan set: can0: only root\n")


def test_no_bridge():
    with Daemon(DONE) as daemon:
        status, said, errors = daemon.run("can7", "filter", "off")
        assert status == 1 and not said
        assert "can7: no bridge serves it; start one with: bridged ADAPTER can7" in errors, errors
        assert not daemon.requests


def test_wrong_use():
    with Daemon(DONE) as daemon:
        for arguments, words in (((), "no netdev given"), (("can0", "filter"), "key 'filter'"),
                                 (("can0", "a", "1", "b"), "key 'b'"), (("-x", "can0"), "Usage")):
            status, said, errors = daemon.run(*arguments)
            assert status == 2 and not said and words in errors, (arguments, errors)
        status, said, errors = daemon.run("--help")
        assert status == 0 and not errors and "anycan set can0" in said, said
        assert not daemon.requests


if __name__ == "__main__":
    sys.exit(simulator.run([f for name, f in list(globals().items()) if name.startswith("test_")]))
