#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan view and can_viewer in a real terminal, on the hub of a bridge with a simulated adapter:
no CAN in the kernel is needed."""
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

import simulator  # noqa: E402 - it lies in the folder named above
from simulator import Simulator  # noqa: E402
from terminal import Terminal, is_there, wait_for  # noqa: E402

BUILD = os.environ.get("ANYCAN_BUILD", os.path.join(HERE, "../../build"))
ANYCAN = os.path.join(BUILD, "bin/anycan")
BRIDGED = os.path.join(BUILD, "bin/bridged")
PATIENCE_S = 30

# Frames that some nodes send: name, words for the simulator, how many.
TRAFFIC = (
    ("a", "id=101,len=7,seq,period=4000", 50),
    ("b", "id=12345678,ext,len=8,seq,period=8000", 20),
    ("c", "id=2A0,len=8,data=1122334455667788,period=30000", 5),
    ("d", "id=300,rtr,len=4,period=80000", 2),
    ("e", "id=00000300,ext,len=0,period=40000", 3),
)
FRAMES = sum(count for _, _, count in TRAFFIC)
DECODE = ("-d", "101:<LBH:1:10.0:7", "2A0:>q")


class Rig(contextlib.AbstractContextManager):
    """A hub `hub0`, and on its bus the nodes of `traffic`, which begin when they are told to."""

    def __init__(self, traffic=TRAFFIC, bitrate=500000, second=None):
        nodes = [f"gen:name={name},{words},count={count},paused" for name, words, count in traffic]
        adapters = ["slcan:name=x,dialect=canable25,pty={dir}/x,keep,txfull=block"]
        if second:
            adapters.append(f"slcan:name=y,dialect={second},pty={{dir}}/y,keep,txfull=block")
        self.names = [name for name, _, _ in traffic]
        self.sim = Simulator("--bitrate", str(bitrate), "--lossless", *adapters, *nodes)
        self.run = self.sim.path("run")
        os.mkdir(self.run)
        self.environment = {"ANYCAN_RUN_DIR": self.run}
        self.bridge = subprocess.Popen(
            [BRIDGED, "-q", "--port", "hub", "slcan:" + self.sim.path("x"), "hub0", "bitrate",
             str(bitrate), "berr-reporting", "on"],
            stdout=subprocess.PIPE, text=True, env={**os.environ, **self.environment})
        assert self.bridge.stdout.readline().startswith("ready ")

    def begin(self):
        for name in self.names:
            assert self.sim.command(f"start {name}") == {"ok": True}

    def path(self, name):
        return os.path.join(self.run, name)

    def view(self, *words, **more):
        """`anycan view` in a terminal, which is ready to receive."""
        terminal = Terminal([ANYCAN, "view", "hub0", *words], more=self.environment, **more)
        terminal.wait("no frame yet")
        return terminal

    def start_snapshot(self, *words):
        """A viewer without a terminal, which is ready to receive."""
        record = self.path("record.log")
        process = subprocess.Popen([ANYCAN, "view", "--record", record, "hub0", *words],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, **self.environment})
        wait_for(lambda: os.path.exists(record) or process.poll() is not None, lambda: "no record")
        return process

    def __exit__(self, *_):
        self.bridge.send_signal(signal.SIGTERM)
        status = self.bridge.wait(PATIENCE_S)
        self.bridge.stdout.close()
        subprocess.run(["rm", "-r", self.run], check=True)
        self.sim.__exit__()
        assert status == 0, f"exit status {status}"


def need_tmux():
    if not is_there():
        raise simulator.Skip("tmux is not installed")


def rows_of(text):
    """By identifier the words of the lines with frames."""
    lines = text.split("\n") if isinstance(text, str) else text
    words = [line.split() for line in lines[3:-1]]
    return {line[0]: line[1:] for line in words if line}


def check_rows(rows):
    """All of TRAFFIC has come, as a wide screen shows it."""
    assert sorted(rows) == sorted(("101", "12345678", "2A0", "300", "00000300")), rows
    counts = {name: int(words[0]) for name, words in rows.items()}
    assert counts == {"101": 50, "12345678": 20, "2A0": 5, "300": 2, "00000300": 3}, counts
    for name, words in rows.items():
        dt, least, mean, most = map(float, words[2:6])
        assert least <= mean <= most and least <= dt <= most, (name, words)
    assert rows["101"][6:] == ["7", "31"] + ["00"] * 6 + ["49", "0.000000", "0"], rows["101"]
    assert rows["12345678"][6:] == ["8", "13"] + ["00"] * 7
    assert rows["2A0"][6:] == "8 11 22 33 44 55 66 77 88 1234605616436508552".split()
    assert rows["300"][6:] == ["R4", "remote", "request"]
    assert rows["00000300"][6:] == ["0"]


# ---- Without a terminal

def test_a_snapshot():
    with Rig() as rig:
        viewer = rig.start_snapshot("--snapshot", str(FRAMES), "--size", "140x12", *DECODE)
        rig.begin()
        said, errors = viewer.communicate(timeout=PATIENCE_S)
        assert viewer.returncode == 0 and not errors, errors
        lines = said.split("\n")
        assert len(lines) == 13 and "\x1b" not in said, lines
        assert re.match(r"hub0 500k load \d+\.\d% \d+ frames/s$", lines[0]), lines[0]
        assert lines[1].startswith(f"{FRAMES} frames  5 ids  errors 0  lost 0"), lines[1]
        check_rows(rows_of(lines[:-1]))
        with open(rig.path("record.log")) as record:
            assert len(record.readlines()) == FRAMES


def test_a_snapshot_of_the_trace():
    with Rig() as rig:
        viewer = rig.start_snapshot("--snapshot", "60s", "--size", "90x60", "--trace",
                                    "--color=always", "--filter", "101:7FF")
        rig.begin()
        wait_for(lambda: os.path.getsize(rig.path("record.log")) > 49 * 20, lambda: "no frames")
        viewer.send_signal(signal.SIGTERM)
        said, errors = viewer.communicate(timeout=PATIENCE_S)
        assert viewer.returncode == 0, errors
        assert "\x1b[0;1mhub0" in said
        lines = re.sub(r"\x1b\[[0-9;]*m", "", said).split("\n")
        trace = [line.split() for line in lines[3:53]]
        # Nothing but what the filter lets pass, in order and complete.
        assert [words[4] for words in trace] == [f"{n:02X}" for n in range(50)], trace
        times = [float(words[1]) for words in trace]
        assert times == sorted(times) and times[0] == 0


def test_refusals():
    environment = {**os.environ, "ANYCAN_RUN_DIR": "/nonexistent"}

    def check(words, status, *texts, more=None):
        done = subprocess.run([ANYCAN, *words], env={**environment, **(more or {})},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S)
        assert done.returncode == status, (words, done)
        for text in texts:
            assert text in done.stdout + done.stderr, (words, text, done)

    check(["view", "--help"], 0, "Examples:")
    check(["view", "hub:nobody"], 3, "nobody", "bridged")
    check(["view", "--snapshot", "0", "x"], 2, "0")
    check(["view", "--size", "9", "x"], 2, "9")
    check(["view", "-d", "101:z", "x"], 2, "101:z", "letter")
    check(["view", "--format", "asc", "x"], 2, "--record")
    check(["view", "--nonsense", "x"], 2, "--nonsense")
    check(["can_viewer"], 22, "Usage: can_viewer")
    check(["can_viewer", "-h"], 0, "Examples:")
    check(["can_viewer", "--version"], 0, "(version ")
    check(["can_viewer", "-i", "nonsense"], 2, "invalid choice", "socketcan")
    check(["can_viewer", "-b", "x"], 2, "invalid int value")
    check(["can_viewer", "-d"], 2, "expected")
    check(["can_viewer", "-d", "100"], 2, "ID:FORMAT")
    check(["can_viewer", "-f", "100"], 2, "Invalid filter")
    check(["can_viewer", "nonsense"], 1, "Parsing argument nonsense failed")
    check(["can_viewer", "--chan", "x"], 1, "Parsing argument --chan failed")
    check(["can_viewer", "-vv", "--fd", "-c", "nobody", "-f", "1:7", "2:7"], 1,
          "Adding filter(s): ['1:7', '2:7']", "nobody")
    with Rig() as rig:
        record = rig.path("none.log")
        check(["view", "hub0", "--record", record], 1, "no terminal", "--snapshot",
              more=rig.environment)
        assert not os.path.exists(record)
        check(["view", "hub0", "--snapshot", "1", "--record", rig.path("x.nonsense")], 1,
              "x.nonsense", more=rig.environment)
        check(["view", "hub0", "--snapshot", "100ms", "--record", record], 0, "no frame yet",
              more=rig.environment)
        for name, texts in (("nonsense", ("TERM=nonsense", "ncurses-term")), ("", ("TERM",))):
            with Terminal([ANYCAN, "view", "hub0"],
                          more={**rig.environment, "TERM": name}) as terminal:
                assert terminal.end() == 1
                for text in texts:
                    assert text in terminal.errors(), terminal.errors()


# ---- In a terminal

def test_by_id_and_trace():
    need_tmux()
    with Rig() as rig, rig.view(*DECODE, cols=140, rows=14) as viewer:
        rig.begin()
        viewer.wait(f"{FRAMES} frames  5 ids  errors 0  lost 0")
        check_rows(rows_of(viewer.screen()))
        viewer.keys("s")
        wait_for(lambda: list(rows_of(viewer.screen())) ==
                 ["101", "2A0", "300", "00000300", "12345678"], lambda: viewer.screen())
        viewer.keys("Tab")
        viewer.wait("Time s Dir Len Data")
        assert len(rows_of(viewer.screen()[:-1])) >= 1
        newest = viewer.screen()[12]
        viewer.keys("Up", "Up", "PPage")
        viewer.wait("held")
        assert newest not in viewer.screen()
        viewer.keys("Home")
        wait_for(lambda: viewer.screen()[3].split()[1] == "0.000000", lambda: viewer.screen())
        viewer.keys("End")
        wait_for(lambda: viewer.screen()[12] == newest, lambda: viewer.screen())
        viewer.keys("q")
        assert viewer.end() == 0


def marked(terminal, look):
    """The texts that have the look, line by line."""
    return [text for text in ("".join(character if look <= looks else "\0"
                                      for character, looks in line).strip("\0")
                              for line in terminal.cells()) if text]


def test_marks_search_filter_and_writing():
    need_tmux()
    with Rig() as rig, rig.view(cols=100, rows=14) as viewer:
        rig.begin()
        viewer.wait(f"{FRAMES} frames")
        assert marked(viewer, {36, 44}) == ["31", "13"], viewer.raw()
        viewer.keys("h")
        wait_for(lambda: not marked(viewer, {36, 44}), viewer.raw)
        viewer.keys("/", "2a0", "Enter")
        wait_for(lambda: any(text.strip().startswith("2A0") for text in marked(viewer, {7})),
                 viewer.raw)
        viewer.keys("/", "nothing", "Enter")
        viewer.wait("'nothing' is in no line")
        viewer.keys("f", "wrong", "Enter")
        viewer.wait("no filter")
        viewer.keys("f", "100-1FF 300:7FF,12345678:DFFFFFFF", "Enter")
        wait_for(lambda: sorted(rows_of(viewer.screen())) ==
                 ["00000300", "101", "12345678", "300"], lambda: viewer.screen())
        path = rig.path("shown.asc")
        viewer.keys("w", "C-u", path, "Enter")
        viewer.wait(f"4 frames written to {path}")
        viewer.keys("w", "C-u", path, "Enter")
        viewer.wait("there already")
        viewer.keys("t", "w", "C-u", rig.path("trace.log"), "Enter")
        viewer.wait("75 frames written")
        viewer.keys("f", "C-u", "Enter", "?")
        viewer.wait("hold the picture")
        viewer.keys("x", "Escape")
        assert viewer.end() == 0
        for name, count in (("shown.asc", 4), ("trace.log", 75)):
            info = subprocess.run([ANYCAN, "convert", "--info", rig.path(name)], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
            assert re.search(rf"\b{count} frames", info.stdout), info.stdout


def test_pause_clear_and_resize():
    need_tmux()
    with Rig() as rig, rig.view("--record", rig.path("all.blf"), cols=100, rows=14) as viewer:
        viewer.keys("Space")
        viewer.wait("PAUSED, 0 more")
        rig.begin()
        viewer.wait(f"0 frames  0 ids  errors 0  lost 0  PAUSED, {FRAMES} more")
        viewer.keys("Space")
        viewer.wait(f"{FRAMES} frames  5 ids")
        viewer.resize(60, 8)
        viewer.wait("remote request")
        screen = wait_for(lambda: len(viewer.screen()) == 8 and viewer.screen(),
                          lambda: viewer.screen())
        assert "avg ms" not in screen[2] and screen[2].endswith("Data"), screen
        viewer.keys("NPage")
        viewer.wait("00000300")
        viewer.resize(140, 20)
        viewer.wait("max ms")
        viewer.keys("c")
        viewer.wait("0 frames  0 ids")
        viewer.keys("C-c")
        assert viewer.end() == 0
        assert f"{FRAMES} frames are in" in viewer.errors(), viewer.errors()


def test_error_frames_are_red():
    need_tmux()
    with Rig() as rig, rig.view("--color", cols=120, rows=14) as viewer:
        assert rig.sim.command("error x stuff 1") == {"ok": True}
        rig.begin()
        viewer.wait("bit-stuffing", "errors 1")
        red = marked(viewer, {31})
        assert red[0] == "errors 1" and "bit-stuffing-error" in red[1], red
        viewer.keys("q")
        assert viewer.end() == 0
        assert not viewer.errors(), viewer.errors()
    with Rig() as rig:
        rig.environment["NO_COLOR"] = "1"
        with rig.view(cols=120, rows=14) as viewer:
            assert rig.sim.command("error x stuff 1") == {"ok": True}
            rig.begin()
            viewer.wait("bit-stuffing", "errors 1")
            assert not marked(viewer, {31}) and not marked(viewer, {44})


# ---- Under load

LOAD = (("l", "id=100,len=0,period=100", 20000),)


def test_load_in_a_terminal():
    """10,000 frames a second, all of them counted and recorded, while keys work."""
    need_tmux()
    with Rig(LOAD, bitrate=1000000) as rig:
        record = rig.path("load.log")
        with rig.view("--record", record, cols=120, rows=20) as viewer:
            rig.begin()
            viewer.keys("Tab", "s", "Tab", "h", "Tab")
            viewer.wait("20000 frames  1 ids  errors 0  lost 0")
            viewer.keys("q")
            assert viewer.end() == 0
            assert f"20000 frames are in {record}" in viewer.errors(), viewer.errors()
        with open(record) as file:
            assert sum(1 for _ in file) == 20000


def test_load_and_a_terminal_that_takes_nothing():
    """Drawing waits for ever; receiving does not."""
    with Rig(LOAD, bitrate=1000000) as rig:
        record = rig.path("load.csv")
        pid, terminal = pty.fork()
        if not pid:
            os.environ.update(rig.environment, TERM="xterm", LINES="50", COLUMNS="200")
            os.execv(ANYCAN, [ANYCAN, "view", "--trace", "--record", record, "hub0"])
        wait_for(lambda: os.path.exists(record), lambda: "no record")
        rig.begin()
        # A second after the last frame all of them are in the file, whose lines end so.
        wait_for(lambda: count_lines(record) == 20001, lambda: count_lines(record))
        os.write(terminal, b"q")
        said = b""
        with contextlib.suppress(OSError):  # the terminal goes with the program
            while chunk := os.read(terminal, 65536):
                said += chunk
        assert os.waitpid(pid, 0)[1] == 0, said[-500:]
        assert b"20000 frames are in" in said and b"lost:" not in said, said[-500:]
        os.close(terminal)


def count_lines(path):
    with open(path, "rb") as file:
        return file.read().count(b"\n")


# ---- Beside python-can's viewer

def masked(screen):
    """Without what depends on the time."""
    return [line[:8].ljust(8) + line[35:] if re.match(r"\d", line) else line for line in screen]


@contextlib.contextmanager
def both_viewers(decode):
    """can_viewer and python-can's, each at an adapter on one bus: (theirs, ours, rig)."""
    need_tmux()
    if subprocess.run(["/usr/bin/python3", "-c", "import can, serial"],
                      stderr=subprocess.DEVNULL).returncode:
        raise simulator.Skip("python3-can is not installed")
    with Rig(second="lawicel") as rig:
        with Terminal(["/usr/bin/python3", "-m", "can.viewer", "-i", "slcan", "-c",
                       rig.sim.path("y"), "-b", "500000", "--sleep-after-open=0", *decode],
                      cols=110, rows=12) as theirs, \
                Terminal([ANYCAN, "can_viewer", "-c", "hub0", *decode], cols=110, rows=12,
                         more=rig.environment) as ours:
            theirs.wait("Count   Time")
            ours.wait("Count   Time")
            yield theirs, ours, rig


def wait_same(theirs, ours):
    wait_for(lambda: masked(theirs.screen()) == masked(ours.screen()),
             lambda: "\n".join(masked(theirs.screen()) + masked(ours.screen())))


def test_can_viewer_shows_what_python_cans_does():
    with both_viewers(DECODE) as (theirs, ours, rig):
        rig.begin()
        ours.wait("50      ", "20      ", "1234605616436508552", "0x300       4", "0x00000300")
        theirs.wait("50      ", "1234605616436508552")

        def same():
            # There a line with values blanks the next one, until sorting draws all anew.
            theirs.keys("s")
            ours.keys("s")
            time.sleep(0.2)
            return masked(theirs.screen()) == masked(ours.screen())
        wait_for(same, lambda: "\n".join(masked(theirs.screen()) + masked(ours.screen())))
        screen = ours.screen()
        assert [line[35:45].strip() for line in screen[1:6]] == \
            ["0x101", "0x2A0", "0x300", "0x00000300", "0x12345678"], screen
        for viewer in (theirs, ours):
            viewer.keys("q")
            assert viewer.end() == 0


def test_can_viewer_does_what_python_cans_keys_do():
    with both_viewers(()) as (theirs, ours, rig):
        for viewer in (theirs, ours):
            viewer.keys("h")
            viewer.wait("(changed)")
        rig.begin()
        for viewer in (theirs, ours):
            viewer.wait("50      ", "20      ", "5       ", "0x300       4", "0x00000300")
        wait_for(lambda: marked(theirs, {36, 44}) == marked(ours, {36, 44}) ==
                 ["(changed)", "31", "13"], lambda: theirs.raw() + ours.raw())
        wait_same(theirs, ours)
        for keys in (("s",), ("Down",), ("Down", "Down"), ("Up",), ("Up", "Up"), ("h",), ("s",),
                     ("Space", "c"), ("Space",)):
            for viewer in (theirs, ours):
                viewer.keys(*keys)
            if keys == ("h",):  # theirs are blank until sorting draws them
                continue
            wait_same(theirs, ours)
        for viewer in (theirs, ours):
            viewer.resize(60, 6)
        wait_same(theirs, ours)
        theirs.keys("Escape")
        ours.keys("Escape")
        assert theirs.end() == ours.end() == 0


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    os.environ.pop("NO_COLOR", None)
    sys.exit(simulator.run([
        test_a_snapshot,
        test_a_snapshot_of_the_trace,
        test_refusals,
        test_by_id_and_trace,
        test_marks_search_filter_and_writing,
        test_pause_clear_and_resize,
        test_error_frames_are_red,
        test_load_in_a_terminal,
        test_load_and_a_terminal_that_takes_nothing,
        test_can_viewer_shows_what_python_cans_does,
        test_can_viewer_does_what_python_cans_keys_do,
    ]))
