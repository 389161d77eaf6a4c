#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan_config_load() against python-can's can.util.load_config(): generated files, environments,
process-wide dictionaries and arguments, right and wrong ones. Where the two are meant to differ the
rule is written down here."""
import json
import os
import random
import subprocess
import sys
import tempfile

import library

try:
    import can
    import can.util
except ImportError:
    can = None

ROUNDS = 600
TOOL = os.path.join(os.environ.get("ANYCAN_BUILD", os.path.join(library.HERE, "../../build")),
                    "tests/unit/config_tool")
INTERFACES = ("socketcan", "slcan", "virtual", "pcan", "gs_usb", "nonsense", "SocketCAN", "")
CHANNELS = ("can0", "vcan1", "/dev/ttyUSB0@115200", "0", "", "a;b", "a ; b", "a # b", "c:d=e")
NUMBERS = ("500000", "125000", " 250000", "500_000", "0x14", "20", "010", "0", "", "5e5", "abc",
           "1__0", "+7", "0b11", "0o17", "00", "3", "1", "255", "4294967295")
SECTIONS = ("default", "HS", "MS", "DEFAULT", "other", "has space", "default ")
KEYS = ("interface", "channel", "bitrate", "fd", "data_bitrate", "port", "bustype", "receive_own",
        "Case", "case", "f_clock", "brp", "tseg1", "tseg2", "sjw", "nof_samples", "btr0", "btr1",
        "with space", "x")
TRUTHS = ("0", "False", "false", "True", "1", "no", "FALSE", "")
CONTEXTS = (None, None, "", "HS", "MS", "DEFAULT", "missing")


def need_python_can():
    if can is None:
        raise library.Skip("python3-can is not installed")
    if can.__version__ >= "4.2":
        raise library.Skip(f"python-can {can.__version__} wants whole bit timings")


def likely(rng, good, all_of_them):
    return rng.choice(good) if rng.random() < .97 else rng.choice(all_of_them)


def value_of(rng, key):
    """Text for a key, mostly one that makes sense."""
    if key in ("interface", "bustype"):
        return likely(rng, INTERFACES[:5], INTERFACES)
    if key == "channel":
        return rng.choice(CHANNELS)
    if key == "fd":
        return rng.choice(TRUTHS)
    if key == "port":
        return likely(rng, ("1", "65534", "43113"), ("0", "65535", "-1", "", "1e3", "70000"))
    if key == "nof_samples":
        return likely(rng, ("1", "3"), NUMBERS)
    if key in ("btr0", "btr1"):
        return likely(rng, ("0x14", "0", "28", "255"), NUMBERS[:-1])
    if key in ("bitrate", "data_bitrate", "f_clock", "brp", "tseg1", "tseg2", "sjw"):
        return likely(rng, ("500000", "20", "5", "2"), NUMBERS)
    if rng.random() < .1:
        return rng.choice(("%(channel)s", "%%", "100%", "%(x)s%(x)s", "%(nothing)s", "%(Case)s!",
                           "%d", "%()s", "%(x)", "%%(x)s"))
    return rng.choice(("text", "a, b", "ünïcode", "[1, 2]", "in \"quotes\"", "", "-", "x" * 150))


def line_of(rng, key, value):
    delimiter = rng.choice(("=", " = ", ": ", ":", "\t=\t", "  =   "))
    return f"{key}{delimiter}{value}"


def some_keys(rng, count):
    keys = list(KEYS)
    weights = [3 if key in ("interface", "channel", "bitrate") else
               .35 if KEYS.index(key) >= KEYS.index("f_clock") else 1 for key in keys]
    chosen = []
    for _ in range(count):
        key = rng.choices(keys, weights)[0]
        if key not in chosen:
            chosen.append(key)
    return chosen


def file_of(rng):
    """A file, mostly without mistakes."""
    lines = []
    sections = rng.sample(SECTIONS, rng.randrange(1, 4))
    for section in sections:
        lines.append(f"[{section}]" + rng.choice(("", "", "  ", " ; remark", "x")))
        for key in some_keys(rng, rng.randrange(6)):
            indent = rng.choice(("", "", "", "  ", "\t"))
            lines.append(indent + line_of(rng, key, value_of(rng, key)))
            extra = rng.random()
            if extra < .08:
                lines.append(indent + rng.choice(("    more", "\tmore ; it", "   a = b", " [x]")))
            elif extra < .14:
                lines += ["", indent + "    after a gap"]
            elif extra < .2:
                lines += [rng.choice(("# remark", "; remark", "   # indented = remark", "", "  "))]
    if rng.random() < .06:
        lines.insert(rng.randrange(len(lines) + 1),
                     rng.choice(("no delimiter", "= value", "[default]", "x = 1", "interface = a",
                                 "[", "]", "[]", "%", ":")))
    return rng.choice(("\n", "\n", "\r\n")).join(lines) + rng.choice(("", "\n", "\n\n"))


def json_value(rng, key):
    if rng.random() < .85:
        return value_of(rng, key)
    return rng.choice((True, False, None, 0, 1, 500000, 20, 2.5, [1, 2], {}, [], {"a": 1}, "3"))


def environment_of(rng):
    variables = {}
    for suffix in ("", "_HS", "_DEFAULT"):
        for key in ("INTERFACE", "CHANNEL", "BITRATE"):
            if rng.random() < (.6 if key == "INTERFACE" and not suffix else .15):
                variables[f"CAN_{key}{suffix}"] = value_of(rng, key.lower())
        if rng.random() < .2:
            keys = {key: json_value(rng, key) for key in some_keys(rng, rng.randrange(4))}
            variables[f"CAN_CONFIG{suffix}"] = json.dumps(keys)
        elif rng.random() < .03:
            variables[f"CAN_CONFIG{suffix}"] = rng.choice((
                "", "{", "[]", "3", "null", "{'fd': true}", '{"fd": tru}', '{"a": 1,}', "{} x",
                '{"a": 1, "a": 2}', '  {"interface" : "virtual"}  '))
    return variables


class Case:
    """What both are given."""

    def __init__(self, rng):
        self.files = {name: file_of(rng) for name in ("can.conf", ".can", ".canrc")
                      if rng.random() < .4}
        self.path = "own.conf" if rng.random() < .2 else None
        if self.path and rng.random() < .8:
            self.files[self.path] = file_of(rng)
        self.environment = environment_of(rng)
        self.context = rng.choice(CONTEXTS)
        texts = {key: value_of(rng, key) for key in some_keys(rng, rng.randrange(3))}
        self.rc = texts if rng.random() < .3 else {}
        texts = {key: value_of(rng, key) if rng.random() < .9 else None
                 for key in some_keys(rng, rng.randrange(4))}
        self.arguments = texts if rng.random() < .5 else {}

    def write(self, home):
        for name in os.listdir(home):
            os.unlink(os.path.join(home, name))
        for name, text in self.files.items():
            with open(os.path.join(home, name), "w", encoding="utf-8", newline="") as file:
                file.write(text)

    def __str__(self):
        return "\n".join(f"{key}: {value!r}" for key, value in vars(self).items())


def their_timing(timing):
    return [timing._f_clock or 0, timing._bitrate or 0, timing._brp or 0, timing._tseg1 or 0,
            timing._tseg2 or 0, timing._sjw or 0, timing._nof_samples]


def ask_python_can(case, home):
    """(configuration, timing, None), or the name of an exception in the third place."""
    can.util.CONFIG_FILES[:] = ["~/can.conf", "/etc/can.conf", "~/.can", "~/.canrc"]
    os.environ.clear()
    os.environ.update(case.environment, HOME=home)
    can.rc = dict(case.rc)
    path = case.path and os.path.join(home, case.path)
    try:
        config = can.util.load_config(path=path, config=dict(case.arguments), context=case.context)
    except Exception as error:  # whatever it is, the user sees a failure
        return None, None, type(error).__name__
    timing = config.pop("timing", None)
    return config, timing and their_timing(timing), None


def ask_anycan(case, home):
    words = [TOOL]
    if case.path:
        words += ["-p", os.path.join(home, case.path)]
    if case.context is not None:
        words += ["-c", case.context]
    for key, value in case.rc.items():
        words += ["-r", f"{key}={value}"]
    words += ["--"] + [key if value is None else f"{key}={value}"
                       for key, value in case.arguments.items()]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=60,
                          env=dict(case.environment, HOME=home))
    if done.stdout.startswith("error "):
        return None, None, done.stdout.strip()
    config, timing = done.stdout.rstrip("\n").split("\t")
    return json.loads(config), None if timing == "-" else list(map(int, timing.split())), None


# What anycan says where python-can raises this.
REASONS = {
    "CanInterfaceNotImplementedError": ("not implemented: ",),
    "DuplicateOptionError": ("has this key already",),
    "DuplicateSectionError": ("a section of this name already",),
    "InterpolationDepthError": ("name each other without end",),
    "InterpolationMissingOptionError": ("there is no key ",),
    "InterpolationSyntaxError": ("there is no %(key)s at",),
    "JSONDecodeError": ("is no JSON object",),
    "KeyError": (" must be ",),
    "MissingSectionHeaderError": ("before the first [section]", "this is neither [section]"),
    "ParsingError": ("this is neither [section] nor key", "no key before the"),
    "TypeError": (" must be ", "is no JSON object", "not implemented: "),
    "ValueError": (" must be ",),
}


def differs_knowingly(case, theirs, ours):
    """The rules in which anycan and python-can differ by intent."""
    if theirs[2] == "KeyError" and not ours[2] and ours[1]:
        return "a bit timing needs no bit rate here"
    if ours[2] and "a register of 8 bits" in ours[2]:
        return "registers have 8 bits here"
    if ours[2] and "CAN_CONFIG" in ours[2] and ours[2].endswith(": []"):
        return "an empty list is no object here"
    if theirs[2] == "JSONDecodeError" and "{'fd': true}" in case.environment.values():
        return "json-c takes keys in single quotes"
    if theirs[2] == "ParsingError" and ours[2] and "already" in ours[2]:
        return "the first mistake of a file is named here"
    return None


def same(theirs, ours):
    if theirs[2] or ours[2]:
        return theirs[2] and ours[2] and any(words in ours[2] for words in REASONS[theirs[2]])
    # 1 is not true here, nor 0 false.
    plain = [json.dumps(config, sort_keys=True) for config in (theirs[0], ours[0])]
    return plain[0] == plain[1] and theirs[1] == ours[1]


def test_load():
    need_python_can()
    before = dict(os.environ)
    rng = random.Random(1)
    seen, good = {}, 0
    with tempfile.TemporaryDirectory() as home:
        for _ in range(ROUNDS):
            case = Case(rng)
            case.write(home)
            try:
                theirs = ask_python_can(case, home)
            finally:
                os.environ.clear()
                os.environ.update(before)
            ours = ask_anycan(case, home)
            good += not ours[2]
            if same(theirs, ours):
                continue
            rule = differs_knowingly(case, theirs, ours)
            assert rule, f"{case}\npython-can: {theirs}\nanycan: {ours}"
            seen[rule] = seen.get(rule, 0) + 1
    assert good > ROUNDS / 4, f"only {good} of {ROUNDS} were right"
    return f"{ROUNDS} configurations, {good} of them right; {seen}"


def test_manuals_examples():
    """The manual's, with what they are to become."""
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, ".canrc"), "w", encoding="utf-8") as file:
            file.write("[default]\ninterface = socketcan\nchannel = can0\nbitrate = 500000\n\n"
                       "[HS]\n# all the values of default are inherited\nchannel = can1\n\n"
                       "[MS]\nchannel = can2\nbitrate = 125000\nfd = False\n")
        environment = {"CAN_CONFIG": '{"receive_own_messages": true, "fd": true}'}

        def load(*words):
            done = subprocess.run([TOOL, "-t", *words], stdout=subprocess.PIPE, text=True,
                                  check=True, timeout=60, env=dict(environment, HOME=home))
            return done.stdout.strip()

        assert load() == "'can0' bitrate 500000 fd on", load()
        assert load("-c", "HS") == "'can1' bitrate 500000 fd on"
        assert load("-c", "MS", "fd=0") == "'can2' bitrate 125000"
        assert load("channel=vcan9") == "'vcan9' bitrate 500000 fd on"
        assert load("interface=virtual", "chanel=x").startswith(
            "error value: virtual has no key 'chanel'; it has: interface channel bitrate")


if __name__ == "__main__":
    sys.exit(library.run([test_load, test_manuals_examples]))
