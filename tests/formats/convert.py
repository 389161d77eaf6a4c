#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan convert as its users call it: formats by content and suffix, pipes, gzip, settings,
rotation, repair, the summary, and what it says when something is wrong."""
import gzip
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import tool
from tool import convert

import library

LINES = [f"({1700000000 + i // 1000}.{i % 1000 * 1000:06d}) can{i % 2} {i % 0x800:03X}#"
         f"{i:016X}\n" for i in range(20000)]
LOG = "".join(LINES).encode()


class Folder(tempfile.TemporaryDirectory):
    """A folder with a log in it; called with a name it gives the path."""

    def __enter__(self):
        super().__enter__()
        with open(self("x.log"), "wb") as file:
            file.write(LOG)
        return self

    def __call__(self, name):
        return os.path.join(self.name, name)

    def bytes(self, name):
        with open(self(name), "rb") as file:
            return file.read()


def test_every_pair_of_formats():
    with Folder() as folder:
        suffixes = (".asc", ".blf", ".csv", ".db", ".log", ".trc", ".txt", ".pcapng", ".asc.gz")
        for suffix in suffixes:
            convert(folder("x.log"), folder("a" + suffix))
            for other in suffixes:
                if os.path.exists(folder("b" + other)):
                    os.unlink(folder("b" + other))
                convert("-q", folder("a" + suffix), folder("b" + other))
                frames = tool.read(folder("b" + other))
                assert len(frames) == len(LINES), (suffix, other, len(frames))
                assert all(f.ident == i % 0x800 and f.data == i.to_bytes(8, "big")
                           for i, f in enumerate(frames)), (suffix, other)
                assert frames[-1].ns == 1700000019999000000, (suffix, other, frames[-1])
    return f"{len(suffixes) ** 2} pairs"


def test_content_before_suffix():
    with Folder() as folder:
        convert(folder("x.log"), folder("y.blf"))
        os.rename(folder("y.blf"), folder("y.asc"))
        convert(folder("y.asc"), folder("z.log"))
        assert folder.bytes("z.log") == LOG


def test_pipes():
    out, _ = convert("-", "-", "--to", "asc", stdin=LOG)
    assert out.startswith(b"date ")
    out, _ = convert("-", "-", "-f", "log", stdin=out)
    assert out == LOG
    # A BLF that came through a pipe has no totals in its head and can be read all the same.
    out, _ = convert("-", "-", "-f", "blf", stdin=LOG)
    out, _ = convert("-", "-", "-f", "log", stdin=out)
    assert out == LOG


def test_gzip():
    with Folder() as folder:
        convert(folder("x.log"), folder("y.log.gz"))
        with gzip.open(folder("y.log.gz")) as file:
            assert file.read() == LOG
        # Several members, as appending makes them.
        with open(folder("z.log.gz"), "wb") as file:
            file.write(gzip.compress(LOG[:1000]) + gzip.compress(LOG[1000:]))
        out, _ = convert(folder("z.log.gz"), "-", "-f", "log")
        assert out == LOG
        # Cut: to the last whole line, and said.
        with open(folder("cut.log.gz"), "wb") as file:
            file.write(gzip.compress(LOG)[:-5000])
        out, notes = convert(folder("cut.log.gz"), "-", "-f", "log")
        lines = out.splitlines(True)
        assert 1000 < len(lines) < len(LINES)
        assert lines[:-1] == LOG.splitlines(True)[:len(lines) - 1]
        assert "cut off" in notes, notes


def test_settings():
    with Folder() as folder:
        for spelling in (["-o", "compression_level=0"], ["--compression-level=0"],
                         ["--compression_level=0"]):
            convert(folder("x.log"), folder("y.blf"), *spelling)
            assert os.path.getsize(folder("y.blf")) > len(LINES) * 48
        sizes = []
        for level in range(10):
            convert(folder("x.log"), folder("y.blf"), f"--compression-level={level}")
            assert convert(folder("y.blf"), "-", "-f", "log")[0] == LOG, level
            sizes.append(os.path.getsize(folder("y.blf")))
        assert sizes[0] > 3 * sizes[1] and sizes[1] > sizes[6] >= sizes[9], sizes
        convert(folder("x.log"), folder("y.blf"), "--compression-level=-1")
        assert os.path.getsize(folder("y.blf")) == sizes[6], sizes
        _, said = convert(folder("x.log"), folder("y.blf"), "-o", "nonsense=1", status=2)
        assert "nonsense" in said
        _, said = convert(folder("x.log"), folder("y.blf"), "-o", "compression_level=11", status=1)
        assert "compression_level=11" in said
        convert("-q", folder("x.log"), folder("y.db"), "--table-name=drive to \"work\"")
        convert("-q", folder("y.db"), folder("y.csv"), "--table_name=drive to \"work\"")
        assert len(folder.bytes("y.csv").splitlines()) == len(LINES) + 1
        _, said = convert(folder("y.db"), folder("z.csv"), status=1)
        assert "messages" in said


def test_direction():
    line = b"(1700000000.000000) can0 123#11 T\n"
    assert convert("-", "-", "-f", "log", stdin=line)[0] == line[:-3] + b"\n"
    assert convert("-", "-", "-f", "log", "-x", stdin=line)[0] == line
    assert "without the direction" in convert("-", "-", "-f", "log", stdin=line)[1]


def test_summary():
    with Folder() as folder:
        out, said = convert("--info", folder("x.log"))
        assert out == (b"20000 frames: 20000 data, 0 FD, 0 remote, 0 error; channels 0 can0, 1 "
                       b"can1; from 2023-11-14 22:13:20.000000 to 2023-11-14 22:13:39.999000\n")
        assert not said
        lines = LOG.splitlines(True)
        bad = b"".join(lines[:9] + [b"(1700000000.1) can0 12G#\n", b"rubbish\n"] + lines[9:])
        _, said = convert("-", folder("y.csv"), stdin=bad)
        assert "2 malformed lines or objects skipped (first: line 10)" in said, said
        assert "20000 frames written without their channel (first: frame 1)" in said, said
        _, said = convert("-q", "-", folder("y.csv"), stdin=bad)
        assert not said


def test_errors():
    with Folder() as folder:
        for status, words, *args in (
                (2, "INFILE and OUTFILE", folder("x.log")),
                (2, "too many", folder("x.log"), "a", "b"),
                (2, "unknown option", "--nonsense", folder("x.log"), folder("y.log")),
                (2, ".asc .blf .log .csv .pcapng .db .trc .txt", folder("x.log"),
                 folder("y.unknown")),
                (2, "name", folder("x.log"), "-", "--to", "nonsense"),
                (1, "No such file", folder("missing.log"), folder("y.log")),
                (1, "s a directory", folder(""), folder("y.log")),
                (1, "same file", folder("x.log"), folder("x.log")),
                (1, "No such file", folder("x.log"), folder("no/such/y.log")),
                (1, "pipe", folder("x.log"), "-", "--to", "db"),
                (1, "gzip", folder("x.log"), folder("y.db.gz")),
                (1, "unknown format nonsense", folder("x.log"), folder("y.asc"), "--from",
                 "nonsense"),
                (1, "not a format to write: pcap", folder("x.log"), folder("y.pcap")),
                (1, "no table", folder("y.db"), folder("y.asc")),
                # A setting of the reader's format is none of the writer's.
                (2, "trc takes no append", "-a", folder("x.log"), folder("kept.trc")),
                (2, "sqlite takes no append", "-a", folder("x.log"), folder("y.db")),
                (2, "direction", "-x", folder("x.log"), folder("y.csv")),
                (2, "relative_timestamp", folder("x.log"), folder("y.asc"),
                 "-o", "relative_timestamp=true")):
            with open(folder("kept.trc"), "wb") as file:
                file.write(b"kept")
            with open(folder("y.db"), "wb"):
                pass
            _, said = convert(*args, status=status)
            assert words in said and said.count("\n") == 1, (args, said)
            assert folder.bytes("kept.trc") == b"kept", args
        _, said = convert(folder("x.log"), "/dev/full", "--to", "asc", status=1)
        assert "No space left" in said, said
        assert folder.bytes("x.log") == LOG, "the input was touched"
        with open(folder("y.bin"), "wb") as file:
            file.write(bytes(range(256)) * 10)
        _, said = convert(folder("y.bin"), folder("z.log"), status=1)
        assert "y.bin" in said and ".asc" in said, said


def test_same_file():
    with Folder() as folder:
        os.link(folder("x.log"), folder("hard.log"))
        os.symlink(folder("x.log"), folder("soft.log"))
        for name in ("x.log", "hard.log", "soft.log"):
            _, said = convert("-a", folder("x.log"), folder(name), status=1)
            assert "same file" in said, said
        with open(folder("x.log"), "ab+") as both:
            for args in ((folder("x.log"), "-"), ("-", folder("x.log")), ("-", "-")):
                command = [tool.ANYCAN, "convert", "--from", "log", "--to", "log", *args]
                done = subprocess.run(command,
                                      stdin=both, stdout=both, stderr=subprocess.PIPE, timeout=20,
                                      check=False)
                assert done.returncode == 1 and b"same file" in done.stderr, (args, done.stderr)
        assert folder.bytes("x.log") == LOG


def test_other_content():
    """What has a format's suffix and none of its lines is no empty log."""
    with Folder() as folder:
        for name in ("y.log", "y.asc", "y.trc", "y.csv", "y.txt"):
            with open(folder(name), "w", encoding="ascii") as file:
                file.write("***BUSMASTER Ver 2.0.0***\n" + "10:00:00 Rx 1 0x123 s 1 00\n" * 9)
            _, said = convert(folder(name), folder("z.blf"), status=1)
            assert f"{name}: no line is one of format" in said, (name, said)
            os.truncate(folder(name), 0)
            convert(folder(name), folder("z.blf"))


def windows_text(text):
    """The same text as editors and power cuts leave it, with what is said of it."""
    yield b"\xef\xbb\xbf" + text, ""
    yield b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"), ""
    yield text.replace(b"\n", b"\r"), ""
    middle = text.index(b"\n", len(text) // 2) + 1
    for hole, note in ((bytes(9000), "1 damaged parts"), (b"x" * 3_000_000 + b"\n", "1 malformed"),
                       (b" " * 300_000 + b"x\n", "1 malformed"), (b" " * 70_000 + b"\n", ""),
                       (b"\xe4\xf6\xfc \xff\xfe\n", "1 ")):
        yield text[:middle] + hole + text[middle:], note
        yield text + hole, note


def test_odd_text():
    with Folder() as folder:
        for suffix in (".asc", ".csv", ".log", ".trc", ".txt"):
            convert(folder("x.log"), folder("y" + suffix))
            text = folder.bytes("y" + suffix).replace(b"\r\n", b"\n")
            for number, (odd, note) in enumerate(windows_text(text)):
                with open(folder("z" + suffix), "wb") as file:
                    file.write(odd)
                out, said = convert(folder("z" + suffix), "-", "-f", "csv")
                assert out.count(b"\n") == len(LINES) + 1, (suffix, number, said)
                said = [line for line in said.splitlines() if line.startswith(folder("z"))]
                assert len(said) == bool(note) and all(f": {note}" in line for line in said), (
                    suffix, number, said)
            with open(folder("z" + suffix), "wb") as file:
                file.write(b"\xff\xfe" + text.decode().encode("utf-16-le"))
            _, said = convert(folder("z" + suffix), "-", "-f", "csv", status=1)
            assert "UTF-16" in said and said.count("\n") == 1, said
        _, said = convert("--from", "log", "/dev/zero", folder("z.csv"), status=1, timeout=60)
        assert "no text" in said, said


def test_rotation():
    name = re.compile(r"y_\d{4}-\d\d-\d\dT\d{6}_#(\d{3})\.asc$")
    with Folder() as folder:
        for option in (["-s", "200000"], ["-C", "200k"], ["-G", "3"], ["--max-frames", "3000"],
                       ["--file_size=200000"]):
            convert("-q", folder("x.log"), folder("y.asc"), *option)
            files = sorted(n for n in os.listdir(folder.name) if n.startswith("y_"))
            assert len(files) >= 4, files
            assert [int(name.match(n)[1]) for n in files] == list(range(len(files))), files
            lines = []
            for part in files + ["y.asc"]:
                lines += convert("-q", folder(part), "-", "-f", "log")[0].splitlines(True)
                os.unlink(folder(part))
            assert b"".join(lines) == LOG, option
        # Again within a second: no file takes the name of one that is there.
        for _ in range(3):
            convert("-q", folder("x.log"), folder("y.asc"), "--max-frames", "5000")
        files = [n for n in os.listdir(folder.name) if name.match(n)]
        assert sum(len(tool.read(folder(n))) for n in files) == 3 * 15000, files
        convert("-q", folder("x.log"), folder("y-%H%M%S.log"), "-G", "5")
        assert sorted(n for n in os.listdir(folder.name) if n.startswith("y-")) == [
            f"y-2213{s}.log" for s in (20, 25, 30, 35)]
        convert("-q", folder("x.log"), folder("k.log"), "--max-frames", "1000", "-W", "2",
                "-z", "gzip")
        kept = sorted(n for n in os.listdir(folder.name) if n.startswith("k_"))
        assert len(kept) >= 2 and all(n.endswith(".gz") for n in kept), kept


def test_append():
    with Folder() as folder:
        lines = LOG.splitlines(True)
        convert("-q", "-", folder("y.log"), "--from", "log", stdin=b"".join(lines[:99]))
        convert("-q", "-a", "-", folder("y.log"), "--from", "log", stdin=b"".join(lines[99:]))
        assert folder.bytes("y.log") == LOG
        # A line that was cut off is not continued.
        os.truncate(folder("y.log"), len(LOG) - 5)
        convert("-q", "-a", "-", folder("y.log"), "--from", "log", stdin=lines[0])
        assert folder.bytes("y.log") == LOG[:-5] + b"\n" + lines[0]


def test_repair():
    with Folder() as folder:
        convert("-q", folder("x.log"), folder("y.blf"), "-o", "max_container_size=4096")
        data = bytearray(folder.bytes("y.blf"))
        data[50000:50500] = bytes(500)
        with open(folder("y.blf"), "wb") as file:
            file.write(data)
        _, said = convert(folder("y.blf"), folder("z.blf"), status=1)
        assert "offset" in said and "--repair" in said, said
        before = len(tool.read(folder("z.blf")))
        _, said = convert("--repair", folder("y.blf"), folder("z.blf"))
        assert "damaged" in said, said
        frames = tool.read(folder("z.blf"))
        assert before < len(frames) < len(LINES) and len(frames) > len(LINES) - 400
        assert frames[-1].data == (len(LINES) - 1).to_bytes(8, "big")


def killed_writer(folder, name):
    """Kill a writer that has been given everything but not the end; what can be read then."""
    with subprocess.Popen([tool.ANYCAN, "convert", "-q", "--flush", "0.2", "--from", "log", "-",
                           folder(name)], stdin=subprocess.PIPE) as writer:
        writer.stdin.write(LOG)
        writer.stdin.flush()
        time.sleep(.5)
        for _ in range(3):
            writer.stdin.write(LINES[-1].encode() * 300)
            writer.stdin.flush()
            time.sleep(.3)
        writer.send_signal(signal.SIGKILL)
    return len(tool.read(folder(name)))


def test_killed_writer():
    with Folder() as folder:
        for name in ("y.asc", "y.blf", "y.csv", "y.db", "y.log", "y.trc", "y.txt", "y.pcapng",
                     "y.log.gz"):
            got = killed_writer(folder, name)
            assert got >= len(LINES), f"{name}: {got} frames"


def test_interrupted():
    with Folder() as folder:
        with subprocess.Popen([tool.ANYCAN, "convert", "--from", "log", "-", folder("y.blf")],
                              stdin=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
            writer.stdin.write(LOG)
            writer.stdin.flush()
            time.sleep(.5)
            # It waits for more: the signal alone must end it.
            writer.send_signal(signal.SIGINT)
            writer.wait(timeout=20)
            said = writer.stderr.read().decode()
        assert writer.returncode == 1 and "interrupted" in said, said
        assert len(tool.read(folder("y.blf"))) == len(LINES)


def test_interrupted_before_the_first_frame():
    with Folder() as folder:
        for args in (["-"], ["--from", "blf", "-"]):
            with subprocess.Popen([tool.ANYCAN, "convert", *args, folder("y.blf")],
                                  stdin=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
                time.sleep(.3)
                writer.send_signal(signal.SIGINT)
                writer.wait(timeout=20)
            assert writer.returncode == 1


def test_broken_pipe():
    with Folder() as folder:
        for form in ("asc", "blf", "csv", "log", "pcapng", "trc", "txt"):
            with subprocess.Popen([tool.ANYCAN, "convert", folder("x.log"), "-", "-f", form],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
                writer.stdout.read(10)
                writer.stdout.close()
                said = writer.stderr.read().decode()
                writer.wait(timeout=20)
            assert writer.returncode == 1 and "Broken pipe" in said, (form, said)


def test_progress():
    """A bar with rate and time left, on a terminal only, wiped away at the end."""
    with Folder() as folder:
        with open(folder("big.log"), "wb") as file:
            for _ in range(20):
                file.write(LOG)
        ours, theirs = os.openpty()
        with subprocess.Popen([tool.ANYCAN, "convert", folder("big.log"), "-", "-f", "asc"],
                              stdout=subprocess.PIPE, stderr=theirs) as child:
            os.close(theirs)
            # Slower than it could: so it takes long enough to be shown.
            while child.stdout.read(1 << 19):
                time.sleep(.05)
        assert child.returncode == 0
        said = os.read(ours, 1 << 16).decode()
        os.close(ours)
        bars = re.findall(r"\r\[[= ]{30}\] +\d+ %  \d+\.\d\d M frames/s  \d+:\d\d left ", said)
        assert len(bars) >= 2, said
        assert re.search(r"\r +\r400000 frames: ", said), said


def test_python_can_name():
    with Folder() as folder:
        os.symlink(tool.ANYCAN, folder("can_logconvert"))
        done = subprocess.run([folder("can_logconvert"), folder("x.log"), folder("y.asc")],
                              capture_output=True, check=True)
        assert done.stdout == b""
        subprocess.run([folder("can_logconvert"), folder("y.asc"), folder("z.log")], check=True)
        # As python-can's reader it counts from 0.
        assert folder.bytes("z.log").startswith(b"(0.000000) can0 000#")


def peak_kb(*args):
    """Largest resident size; the kernel's own account of children begins with their parent's."""
    peak = 0
    with subprocess.Popen([tool.ANYCAN, "convert", "-q", *args, "-f", "log"],
                          stdout=subprocess.PIPE) as child:
        while child.stdout.read(1 << 19):
            with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
                found = re.search(r"VmHWM:\s+(\d+)", status.read())
            peak = max(peak, int(found[1]) if found else 0)
    assert child.returncode == 0
    return peak


def test_memory():
    """Below 20 MB, whatever the size; and no more for a file four times as long."""
    with Folder() as folder:
        for suffix in (".asc", ".blf", ".csv", ".db", ".trc", ".pcapng", ".log.gz"):
            peaks = []
            for copies in (8, 32):
                with open(folder("big.log"), "wb") as file:
                    for _ in range(copies):
                        file.write(LOG)
                if os.path.exists(folder("y" + suffix)):
                    os.unlink(folder("y" + suffix))
                convert("-q", folder("big.log"), folder("y" + suffix))
                peaks.append(peak_kb(folder("y" + suffix), "-"))
            assert 0 < peaks[1] < 20 * 1024 and peaks[1] < peaks[0] + 2048, (suffix, peaks)


TESTS = [value for name, value in sorted(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    sys.exit(library.run(TESTS))
