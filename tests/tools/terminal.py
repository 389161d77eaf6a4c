# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A real terminal for tests: programs run in tmux, which tells what is on their screen."""
import contextlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time

PATIENCE_S = 30
PAUSE_S = 0.05  # between two looks at a screen
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def is_there():
    return shutil.which("tmux") is not None


def wait_for(what, describe):
    """Until `what` is true; what it gave."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        got = what()
        if got:
            return got
        assert time.monotonic() < deadline, describe()
        time.sleep(PAUSE_S)


class Terminal(contextlib.AbstractContextManager):
    """A program in a terminal of its own: `words`, in an environment with `more`."""

    def __init__(self, words, cols=100, rows=24, more=None):
        self._folder = tempfile.TemporaryDirectory(prefix="anycan-tmux.")
        self._ended = os.path.join(self._folder.name, "ended")
        environment = {**os.environ, "TMUX_TMPDIR": self._folder.name, "LANG": "C.UTF-8"}
        environment.pop("TMUX", None)
        self._environment = environment
        inside = " ".join(f"{key}={shlex.quote(value)}" for key, value in (more or {}).items())
        command = f"{inside} {shlex.join(words)} 2>{self.path('errors')}; " \
                  f"echo $? >{self._ended}.new; mv {self._ended}.new {self._ended}; sleep 1000"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(cols), "-y", str(rows), command)

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def tmux(self, *words):
        return subprocess.run(["tmux", *words], env=self._environment, check=True,
                              stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S).stdout

    def screen(self):
        """The lines that are on it."""
        return [line.rstrip() for line in self.tmux("capture-pane", "-p").split("\n")[:-1]]

    def raw(self):
        """The same with escape sequences for colours."""
        return self.tmux("capture-pane", "-p", "-e")

    def cells(self):
        """A list of lines of (character, look): look is the set of SGR numbers that are on."""
        looks, lines = frozenset(), []
        for line in self.raw().split("\n")[:-1]:
            cells, at = [], 0
            while at < len(line):
                escape = ESCAPE.match(line, at)
                if not escape:
                    cells.append((line[at], looks))
                    at += 1
                    continue
                looks = after_sgr(looks, escape.group(1))
                at = escape.end()
            lines.append(cells)
        return lines

    def keys(self, *keys):
        """Press keys, by tmux' names; a text is its characters."""
        self.tmux("send-keys", *keys)

    def resize(self, cols, rows):
        self.tmux("resize-window", "-x", str(cols), "-y", str(rows))

    def wait(self, *texts):
        """Until all texts are on the screen; the screen."""
        def has():
            screen = self.screen()
            return all(any(text in line for line in screen) for text in texts) and screen
        return wait_for(has, lambda: f"no {texts} in:\n" + "\n".join(self.screen()) + self.errors())

    def line(self, text):
        """The line that has the text."""
        return next(line for line in self.wait(text) if text in line)

    def errors(self):
        with open(self.path("errors")) as file:
            return file.read()

    def end(self):
        """Wait for the program's end: its exit status."""
        wait_for(lambda: os.path.exists(self._ended), lambda: "\n".join(self.screen()))
        with open(self._ended) as file:
            return int(file.read())

    def __exit__(self, *_):
        self.tmux("kill-server")
        # The server removes its socket by itself, a moment later.
        self._folder._finalizer.detach()
        shutil.rmtree(self._folder.name, ignore_errors=True)


def after_sgr(looks, numbers):
    """What is on after an SGR sequence: 1 bold, 7 reverse, 31 red, 36 cyan, 44 on blue."""
    looks = set(looks)
    for number in [int(n or 0) for n in numbers.split(";")]:
        if number == 0:
            looks = set()
        elif number == 39:
            looks = {n for n in looks if not 30 <= n <= 37}
        elif number == 49:
            looks = {n for n in looks if not 40 <= n <= 47}
        elif number in (22, 27):
            looks -= {number - 20, 1 if number == 22 else 7}
        else:
            if 30 <= number <= 37:
                looks = {n for n in looks if not 30 <= n <= 37}
            if 40 <= number <= 47:
                looks = {n for n in looks if not 40 <= n <= 47}
            looks.add(number)
    return frozenset(looks)
