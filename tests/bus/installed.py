#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What `make install` puts down, as another project would use it: pkg-config, every header in C++,
the symbols of the library, the examples of the documentation."""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import on_hub
from on_hub import simulator

TOP = os.environ.get("ANYCAN_TOP", os.path.join(on_hub.HERE, "../.."))
EXAMPLES = os.path.join(TOP, "Documentation/examples")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


class Installed:
    """A root with the libraries in it."""

    def __init__(self, root):
        self.root = root
        self.lib = os.path.join(root, "usr/lib")
        command = ["make", "-s", "-C", TOP, "install", f"DESTDIR={root}", "PREFIX=/usr"]
        make = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert make.returncode == 0, make.stdout

    def flags(self, *what):
        environment = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=self.root,
                           PKG_CONFIG_PATH=os.path.join(self.lib, "pkgconfig"))
        words = subprocess.run(["pkg-config", *what], env=environment, check=True,
                               stdout=subprocess.PIPE, text=True).stdout
        # pkg-config leaves the machine's own folders out, also below another root.
        return shlex.split(words) + [f"-I{self.root}/usr/include", f"-L{self.lib}"]

    def build(self, compiler, source, *options, packages=("libanycan",)):
        program = os.path.join(self.root, os.path.basename(source).partition(".")[0])
        done = subprocess.run([compiler, *WARNINGS, *options, "-o", program, source,
                               *self.flags("--cflags", "--libs", *packages)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
        return program

    def run(self, *command, **options):
        environment = dict(os.environ, LD_LIBRARY_PATH=self.lib)
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, **options)


there = None


def headers():
    for folder in ("lib/include", "formats/include"):
        base = os.path.join(TOP, folder)
        for path in sorted(glob.glob(f"{base}/**/*.h", recursive=True)):
            yield os.path.relpath(path, base)


def test_pkg_config():
    for package in ("libanycan", "libcanlog"):
        assert "-l" + package[3:] in there.flags("--libs", package)
    version = subprocess.run([os.path.join(on_hub.BUILD, "bin/bridged"), "--version"],
                             stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(there.lib, "pkgconfig"))
    said = subprocess.run(["pkg-config", "--modversion", "libanycan"], env=environment,
                          stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    assert said == version, (said, version)


def test_every_header_alone():
    count = 0
    for header in headers():
        for compiler, language in (("gcc", "c"), ("g++", "c++")):
            done = subprocess.run(
                [compiler, "-x", language, "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 "-include", header, "/dev/null", *there.flags("--cflags", "libanycan")],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0, f"{compiler} {header}: {done.stdout}"
        count += 1
    return f"{count} headers"


def test_a_program_in_cpp():
    includes = [word for header in headers() for word in ("-include", header)]
    program = there.build("g++", os.path.join(on_hub.HERE, "every_header.cpp"), *includes,
                          packages=("libanycan", "libcanlog"))
    done = there.run(program)
    assert done.returncode == 0 and done.stdout == "123\n", done.stdout


def test_symbols():
    command = ["nm", "-D", "--defined-only", os.path.join(there.lib, "libanycan.so")]
    listing = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    shown = {line.split()[2] for line in listing.splitlines() if " A " not in line}
    with open(os.path.join(TOP, "lib/libanycan.map")) as file:
        version, names = re.search(r"(LIBANYCAN_\S+) {\nglobal:\n(.*?)local:", file.read(),
                                   re.DOTALL).groups()
    listed = [name.strip(" \t;") for name in names.splitlines()]
    assert listed == sorted(listed), "lib/libanycan.map is not sorted"
    wanted = {f"{name}@@{version}" for name in listed}
    assert shown == wanted, f"shown or in lib/libanycan.map alone: {shown ^ wanted}"
    declared = set()
    for header in glob.glob(os.path.join(TOP, "lib/include/anycan/*.h")):
        with open(header) as file:
            declared |= set(re.findall(r"ANYCAN_API[^;]*?\b(anycan_\w+)[\[(;]", file.read()))
    assert declared == set(listed), f"declared or listed alone: {declared ^ set(listed)}"
    return f"{len(listed)} symbols"


# What each example prints; those with a bus to wait for are run together below.
EXPECTED = {
    "cyclic": "simple: 6 frames, the last with data 2\nrestarted: 2 frames, the last with data 2\n"
              "limited: 10 frames, the last with data 1\n"
              "multi-rate: 11 frames, the last with data 1\n"
              "modified by a hook: 5 frames, the last with data 6\n",
    "filters": "451 passed\nA1234 passed\n",
    "own_interface": "101 answered with 42\n",
    "virtual_timestamps": "by default: the time of sending\npreserved:  the sender's own time\n",
}


def test_examples():
    for name, wanted in EXPECTED.items():
        done = there.run(there.build("gcc", os.path.join(EXAMPLES, name + ".c")))
        assert done.returncode == 0 and done.stdout == wanted, (name, done.stdout)
    return ", ".join(EXPECTED)


def test_example_notifier():
    program = there.build("gcc", os.path.join(EXAMPLES, "notifier.c"),
                          packages=("libanycan", "libcanlog"))
    log = os.path.join(there.root, "ten.asc")
    done = there.run(program, log)
    assert done.stdout == "".join(f"heard {i}\n" for i in range(10)) + "10 frames\n", done.stdout
    with open(log) as file:
        lines = [line.split() for line in file if " d 1 " in line]
    assert [int(words[-1], 16) for words in lines] == list(range(10)), lines


def test_example_rotating_log():
    program = there.build("gcc", os.path.join(EXAMPLES, "rotating_log.c"),
                          packages=("libanycan", "libcanlog"))
    done = there.run(program, os.path.join(there.root, "long.asc"), "20000", "2000")
    full = sorted(glob.glob(os.path.join(there.root, "long_*.asc")))
    assert done.stdout == f"{len(full)} files are full\n", (done.stdout, full)
    assert len(full) > 3 and re.search(r"long_[-\dT]+_#023\.asc$", full[0]), full
    frames = 0
    for path in full + [os.path.join(there.root, "long.asc")]:
        with open(path) as file:
            frames += sum("C0FFEEx" in line for line in file)
    assert frames == 2000, frames
    return f"{len(full)} full files"


def test_example_from_config():
    program = there.build("gcc", os.path.join(EXAMPLES, "from_config.c"))
    environment = {"HOME": there.root, "LD_LIBRARY_PATH": there.lib, "PATH": "/nonexistent"}

    def run(*words, **variables):
        return subprocess.run([program, *words], stdout=subprocess.PIPE, text=True, timeout=60,
                              env=environment | variables).stdout

    with open(os.path.join(there.root, ".canrc"), "w") as file:
        file.write("[default]\ninterface = virtual\nchannel = a\n[HS]\nchannel = b\n")
    assert run() == "Message sent on Virtual bus channel a\n", run()
    assert run("HS") == "Message sent on Virtual bus channel b\n"
    assert run(CAN_CHANNEL="c") == "Message sent on Virtual bus channel c\n"
    said = run(CAN_INTERFACE="nope")
    assert said.startswith('there is no interface "nope"') and "virtual:channel-0" in said, said


def test_examples_on_a_hub():
    send = there.build("gcc", os.path.join(EXAMPLES, "send_one.c"))
    receive = there.build("gcc", os.path.join(EXAMPLES, "receive.c"))
    with on_hub.two_hubs("canable", on_hub.CLASSIC):
        process = subprocess.Popen([receive, "hub1", "00C00000:9FF00000"], stdout=subprocess.PIPE,
                                   text=True, env=dict(os.environ, LD_LIBRARY_PATH=there.lib))
        assert process.stdout.readline() == "listening on hub 'hub1'\n"
        done = there.run(send, "hub0")
        assert done.stdout == "Message sent on hub 'hub0'\n", done.stdout
        line = process.communicate(timeout=30)[0]
        assert re.fullmatch(r"\(\d+\.\d{6}\) hub1 00C0FFEE#0019000103010401\n", line), line
        assert process.returncode == 0


def test_example_producer():
    produce = there.build("gcc", os.path.join(EXAMPLES, "producer.c"))
    receive = there.build("gcc", os.path.join(EXAMPLES, "receive.c"))
    with on_hub.two_hubs("canable", on_hub.CLASSIC):
        process = subprocess.Popen([receive, "hub1"], stdout=subprocess.PIPE, text=True,
                                   env=dict(os.environ, LD_LIBRARY_PATH=there.lib))
        assert process.stdout.readline() == "listening on hub 'hub1'\n"
        done = there.run(produce, "hub0")
        assert done.returncode == 0 and not done.stdout, done.stdout
        lines = process.communicate(timeout=30)[0].splitlines()
    assert [line.split()[2] for line in lines] == [
        f"00C0FFEE#{i:02X}00000103010401" for i in range(10)], lines


def test_example_gs_usb_by_address():
    """Where there is no such adapter; tests/vm/gs_usb.sh opens one that is there."""
    program = there.build("gcc", os.path.join(EXAMPLES, "gs_usb_by_address.c"))
    done = subprocess.run([program, "250", "120"], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LD_LIBRARY_PATH=there.lib,
                                   ANYCAN_BRIDGED=on_hub.BRIDGED))
    assert done.returncode == 1 and not done.stdout, done.stdout
    assert "gs_usb:bus=250,address=120" in done.stderr, done.stderr
    return done.stderr.strip()


def test_no_example_is_forgotten():
    sources = {os.path.basename(path)[:-2] for path in glob.glob(f"{EXAMPLES}/*.c")}
    tested = set(EXPECTED) | {"send_one", "receive"}
    with open(__file__) as file:
        text = file.read()
    others = {name for name in sources - tested if f'"{name}' in text}
    assert sources == tested | others, sources - tested - others


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="anycan-installed.") as folder:
        there = Installed(folder)
        sys.exit(simulator.run([
            test_pkg_config,
            test_every_header_alone,
            test_a_program_in_cpp,
            test_symbols,
            test_examples,
            test_example_notifier,
            test_example_rotating_log,
            test_example_from_config,
            test_examples_on_a_hub,
            test_example_producer,
            test_example_gs_usb_by_address,
            test_no_example_is_forgotten,
        ]))
