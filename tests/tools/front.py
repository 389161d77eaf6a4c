#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What all verbs have in common: names, help, manual pages that name the same options, completion
in shells."""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../sim"))
sys.path.insert(0, os.path.join(HERE, "../bus"))

import on_hub  # noqa: E402 - both lie in the folders named above
import simulator  # noqa: E402
from simulator import PATIENCE_S, Simulator, Skip  # noqa: E402

BUILD = os.path.abspath(os.environ.get("ANYCAN_BUILD", os.path.join(TOP, "build")))
ANYCAN = os.path.join(BUILD, "bin/anycan")
COMPLETION = os.path.join(TOP, "tools/completion")


def run(*words, program=ANYCAN, **more):
    return subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, **more)


def verbs():
    words = run("--complete", "").stdout.split()
    return [word for word in words if word != "help" and not word.startswith("-")]


def help_of(verb):
    done = run(verb, "--help")
    assert done.returncode == 0 and not done.stderr and done.stdout, (verb, done)
    return done.stdout


# ---- Names

def test_names():
    """A link with a verb's name is that verb; python-can's also with their suffix."""
    with tempfile.TemporaryDirectory() as folder:
        for verb in verbs():
            for name in (verb, verb + ".py"):
                link = os.path.join(folder, name)
                os.symlink(ANYCAN, link)
                done = run("--help", program=link)
                assert done.returncode == 0 and done.stdout == help_of(verb), (name, done)


def test_no_arguments():
    done = run()
    assert done.returncode == 2 and done.stderr.startswith("Usage:") and not done.stdout
    for verb in verbs():
        if verb.startswith("can_") and verb != "can_viewer":
            done = run(verb)
            assert done.returncode == 22 and done.stderr and not done.stdout, (verb, done)


def test_help_and_version():
    for words in (("--help",), ("-h",), ("help",)):
        done = run(*words)
        assert done.returncode == 0 and not done.stderr, done
        for verb in verbs():
            assert re.search(rf"^  {verb} +\S", done.stdout, re.MULTILINE), verb
    for verb in verbs():
        assert run("help", verb).stdout == help_of(verb)
    done = run("--version")
    assert done.returncode == 0 and re.match(r"anycan \d+\.\d+\.\d+\n", done.stdout), done
    assert re.search(r"^  libdeflate +(yes|no) ", done.stdout, re.MULTILINE), done.stdout
    assert "candump" in done.stdout.splitlines()[1], done.stdout


def test_unknown_verbs():
    for word, meant in (("brigde", "bridge"), ("lst", "list"), ("covnert", "convert"),
                        ("can_brige", "can_bridge"), ("upp", "up"), ("xyzzy", None),
                        ("u" * 500, None)):
        for words in ((word,), ("help", word)):
            done = run(*words)
            assert done.returncode == 2 and f"unknown verb '{word}'" in done.stderr, done
            assert (f"did you mean '{meant}'" in done.stderr) == bool(meant), done.stderr


def test_wrong_options():
    for verb in verbs():
        done = run(verb, "--no-such-option")
        assert done.returncode == 2 or done.returncode and is_of_others(verb), (verb, done)
        assert done.stderr and "Traceback" not in done.stderr, (verb, done)


# ---- Help and manual pages

OPTION = re.compile(r"(?<![\w-])(--?[A-Za-z0-9?][A-Za-z0-9_-]*)")


def normal(option):
    return option.replace("_", "-") if option.startswith("--") else option


def options_in_help(text):
    """Those that a line begins with."""
    found = set()
    for line in text.splitlines():
        if re.match(r" {1,8}-", line):
            # Several may stand in one line, each with what it means.
            for column in re.split(r" {2,}", line.strip()):
                if column.startswith("-"):
                    found |= {normal(o) for o in OPTION.findall(column)}
    return found - {"--KEY"}


def options_in_page(path):
    """Those of the page's list of options."""
    found = set()
    with open(path) as page:
        for line in page:
            if line.startswith(".It Fl"):
                for long, name in re.findall(r"\bFl (Fl )?([A-Za-z0-9][\w-]*)", line):
                    if name not in ("Ns", "Fl"):
                        found.add(normal(("--" if long else "-") + name))
    return found


def is_of_others(verb):
    """Called as another project's program, and so is its page."""
    return verb.startswith("can_") or verb == "slcand"


def page_of(verb):
    name = verb if is_of_others(verb) else "anycan-" + verb
    return os.path.join(TOP, "Documentation/man", name + ".1")


def in_overview(option, overview):
    dashes = "Fl Fl " if option.startswith("--") else "Fl "
    return re.search(rf"\b{dashes}{re.escape(option.lstrip('-'))}\b", overview)


def test_every_option_is_in_the_manual():
    """And every option of the manual in --help."""
    wrong, pages = [], 0
    with open(os.path.join(TOP, "Documentation/man/anycan.1")) as page:
        overview = page.read()
    for verb in verbs():
        text = help_of(verb)
        options = options_in_help(text)
        path = page_of(verb)
        if not os.path.exists(path):
            wrong += [f"{verb} {option}: not in anycan.1" for option in sorted(options)
                      if not in_overview(option, overview)]
            if not re.search(rf"^\.(It )?Cm .*\b{verb}\b", overview, re.MULTILINE):
                wrong.append(f"{verb}: not in anycan.1, and has no page")
            continue
        if "the same with --bus2-" in text:
            options |= {o.replace("--bus1-", "--bus2-") for o in options}
        described = options_in_page(path)
        wrong += [f"{verb} {option}: only in --help" for option in sorted(options - described)]
        wrong += [f"{verb} {option}: only in {path}" for option in sorted(described - options)]
        pages += 1
    assert not wrong, "\n".join(wrong)
    return f"{pages} pages"


def test_help_ends_with_examples():
    for verb in verbs():
        examples = re.split(r"\nExamples?:\n", help_of(verb))
        lines = [line for line in examples[-1].splitlines() if line.strip()]
        wanted = 3 if os.path.exists(page_of(verb)) else 1
        assert len(examples) == 2 and len(lines) >= wanted, (verb, examples)


# ---- Completion

def candidates(*words, **more):
    done = run("--complete", *words, **more)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout.split("\n")[:-1]


def test_options_are_completed():
    for verb in verbs():
        options = options_in_help(help_of(verb))
        offered = {normal(word) for word in candidates(verb, "-")}
        assert options <= offered, (verb, options - offered)
    assert "--bus2-filter" in candidates("bridge", "--bus2-")
    assert candidates("convert", "--rep") == ["--repair"]
    assert candidates("nonsense", "") == []


def test_values_are_completed():
    assert "asc" in candidates("convert", "--from", "")
    assert candidates("convert", "-f", "sq") == ["sqlite"]
    assert "slcan" in candidates("bridge", "--bus1-interface", "s")
    assert "convert" in candidates("help", "c")
    # What an option takes is no option and no bus.
    assert candidates("convert", "--flush", "-") == []


@contextlib.contextmanager
def hub():
    """A running bridge that can be detected."""
    with Simulator("slcan:name=a,pty={dir}/a,keep") as sim:
        run_dir = sim.path("run")
        os.mkdir(run_dir)
        try:
            os.environ["ANYCAN_RUN_DIR"] = run_dir
            with on_hub.Bridge(run_dir, "slcan:" + sim.path("a"), "can7", "bitrate", "500000"):
                yield dict(os.environ, PATH=os.path.dirname(ANYCAN) + ":" + os.environ["PATH"])
        finally:
            del os.environ["ANYCAN_RUN_DIR"]
            shutil.rmtree(run_dir)


def soon(condition):
    """A bridge on a busy machine may not answer in the time that is waited for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
    return True


def test_buses_are_completed():
    with hub() as environment:
        for words in (("bridge", ""), ("bridge", "can0", "hub")):
            soon(lambda: "hub:can7" in candidates(*words, env=environment))
        assert "hub:can7" not in candidates("up", "", env=environment)
        assert candidates("convert", "", env=environment) == []


BASH = r"""
source "$1"
COMP_LINE=$2
COMP_POINT=${#COMP_LINE}
COMPREPLY=()
_anycan
printf '%s\n' "${COMPREPLY[@]}"
"""


def test_bash():
    file = os.path.join(COMPLETION, "anycan.bash")
    with hub() as environment:
        def complete(line):
            done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", file, line],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env=environment, timeout=60)
            assert not done.stderr, done
            return done.stdout.split()

        assert complete("anycan bri") == ["bridge"]
        assert "--repair" in complete("anycan convert --")
        assert complete("can_bridge --bus1-t") == ["--bus1-timing"]
        soon(lambda: "hub:can7" in complete("anycan bridge "))
        # bash has taken `hub:` for a word.
        soon(lambda: complete("anycan bridge hub:c") == ["can7"])
        assert complete("anycan convert -f as") == ["asc"]


def test_other_shells():
    """That they read their files without complaint; what they offer comes from the same place."""
    tested = []
    for shell, words in (("zsh", ["-n", os.path.join(COMPLETION, "_anycan")]),
                         ("fish", ["-n", os.path.join(COMPLETION, "anycan.fish")])):
        if shutil.which(shell):
            done = run(*words, program=shell)
            assert done.returncode == 0 and not done.stderr, done
            tested.append(shell)
    if not tested:
        raise Skip("neither zsh nor fish is installed")
    return " ".join(tested)


if __name__ == "__main__":
    sys.exit(simulator.run([
        test_names,
        test_no_arguments,
        test_help_and_version,
        test_unknown_verbs,
        test_wrong_options,
        test_every_option_is_in_the_manual,
        test_help_ends_with_examples,
        test_options_are_completed,
        test_values_are_completed,
        test_buses_are_completed,
        test_bash,
        test_other_shells,
    ]))
