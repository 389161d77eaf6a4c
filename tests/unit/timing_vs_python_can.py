#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""anycan_timing_*() against python-can's BitTiming: the installed one (4.0, 4.1: any combination of
members) and, if PYTHON_CAN names a checkout, the newest one's checks and solutions."""
import importlib.util
import itertools
import os
import random
import sys

import library

try:
    import can
except ImportError:
    can = None

ROUNDS = 4000
CLOCKS = (8, 12, 16, 20, 24, 30, 32, 36, 40, 42, 48, 50, 60, 64, 72, 80, 96, 100, 120, 160)
RATES = (5000, 10000, 20000, 33333, 47619, 50000, 83333, 95238, 100000, 125000, 250000, 500000,
         800000, 1000000)


def ask(questions):
    return library.ask(questions, "timing_tool")


def installed():
    """python-can, if its BitTiming takes any combination of members."""
    if can is None:
        raise library.Skip("python3-can is not installed")
    if can.__version__ >= "4.2":
        raise library.Skip(f"python-can {can.__version__} wants all members")
    return can


def newest():
    checkout = os.environ.get("PYTHON_CAN")
    if not checkout:
        raise library.Skip("PYTHON_CAN names no checkout of a newer python-can")
    path = os.path.join(checkout, "can/bit_timing.py")
    spec = importlib.util.spec_from_file_location("bit_timing", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def any_members(rng):
    """Members as python-can calls them, each given or not, some of them out of range."""
    members = {
        "f_clock": rng.choice(CLOCKS) * 1000000,
        "bitrate": rng.choice(RATES + (rng.randrange(1, 1200000),)),
        "brp": rng.randrange(1, 70),
        "tseg1": rng.randrange(1, 19),
        "tseg2": rng.randrange(1, 11),
        "sjw": rng.randrange(1, 6),
        "nof_samples": rng.choice((1, 3)),
        "btr0": rng.randrange(256),
        "btr1": rng.randrange(256),
    }
    likely = {"btr0": .2, "btr1": .2, "brp": .4}
    return {key: value for key, value in members.items() if rng.random() < likely.get(key, .8)}


def question(members):
    words = [members.get(key, 0) for key in ("f_clock", "bitrate", "brp", "tseg1", "tseg2", "sjw",
                                             "nof_samples")]
    words += [members.get(key, "-") for key in ("btr0", "btr1")]
    return "derive " + " ".join(map(str, words))


def value(timing, name):
    try:
        return getattr(timing, name)
    except (ValueError, TypeError):
        return None


def their_text(timing):
    """What python-can prints, but a rate that it worked out as we round it, for it shows a float,
    and without a prescaler of 0, which means that there is none."""
    text = str(timing).replace("BRP: 0, ", "")
    rate = value(timing, "bitrate")
    if not isinstance(rate, float):
        return text
    shown = f"{rate:.2f}"
    return text.replace(f"{rate} bits/s", f"{shown.removesuffix('.00')} bits/s")


def test_members():
    python_can = installed()
    rng = random.Random(1)
    asked = [any_members(rng) for _ in range(ROUNDS)]
    registers = 0
    for members, answer in zip(asked, ask(map(question, asked))):
        quanta, point, brp, btr, _, _, text = answer.split("\t")
        theirs = python_can.BitTiming(**members)
        # A bit without quanta has no prescaler: here python-can refuses, there we say 0.
        assert int(quanta) == (value(theirs, "nbt") or 0), (members, answer)
        assert abs(float(point) - (value(theirs, "sample_point") or 0)) < 1e-5, (members, answer)
        assert int(brp) == (value(theirs, "brp") or 0), (members, answer, theirs.brp)
        btr0, btr1 = value(theirs, "btr0"), value(theirs, "btr1")
        if btr0 is None or btr1 is None:
            assert btr == "-", (members, answer)
        else:
            assert btr == f"{btr0:02X}{btr1:02X}", (members, answer)
            registers += 1
        assert text == their_text(theirs), (members, text, their_text(theirs))
    assert registers > ROUNDS / 10
    return f"{ROUNDS} timings, {registers} with registers"


def test_manuals_vectors():
    python_can = installed()
    vectors = ({"btr0": 0x00, "btr1": 0x14},
               {"bitrate": 1000000, "f_clock": 8000000, "tseg1": 5, "tseg2": 1, "sjw": 1},
               {"bitrate": 1000000, "f_clock": 8000000, "tseg1": 5, "tseg2": 2, "sjw": 1})
    for members, answer in zip(vectors, ask(map(question, vectors))):
        assert answer.split("\t")[6] == str(python_can.BitTiming(**members)), (members, answer)
    # One manual, two rates: 8 MHz make 7 quanta 1142857 bit/s.
    check = ask([question(vectors[1])])[0].split("\t")[4]
    assert check == "the bit rate would be 1142857 instead of 1000000 bit/s (+14.3 %)", check


def test_presets():
    installed()
    from can.interfaces.pcan import basic
    names = {name.removeprefix("PCAN_BAUD_"): constant.value
             for name, constant in vars(basic).items() if name.startswith("PCAN_BAUD_")}
    assert len(names) == 14
    asked = [name if name == "1M" else name.lower() for name in names]
    for code, answer in zip(names.values(), ask("preset " + name for name in asked)):
        assert answer.split()[0] == f"{code:04X}", (code, answer)
    for rate, constant in basic.PCAN_BITRATES.items():
        answer = ask([f"preset {rate}"])[0]
        # 95 kbit/s and the like are called by round numbers, which are not asked for here.
        assert answer == "none" or answer.split()[0] == f"{constant.value:04X}", (rate, answer)


def accepted(module, members, strict):
    try:
        module.BitTiming(strict=strict, **members)
    except ValueError:
        return False
    return True


def test_newest_checks():
    module = newest()
    rng = random.Random(2)
    asked = []
    for _ in range(ROUNDS):
        asked.append({
            "f_clock": rng.choice(CLOCKS) * 1000000, "brp": rng.randrange(1, 70),
            "tseg1": rng.randrange(1, 19), "tseg2": rng.randrange(1, 11),
            "sjw": rng.randrange(1, 6), "nof_samples": rng.choice((1, 3)),
        })
    good = 0
    for members, answer in zip(asked, ask(map(question, asked))):
        check, iso = answer.split("\t")[4:6]
        assert accepted(module, members, False) == (check == "ok"), (members, answer)
        assert accepted(module, members, True) == (iso == "ok"), (members, answer)
        good += iso == "ok"
    return f"{ROUNDS} timings, {good} by ISO 11898"


def test_newest_solutions():
    module = newest()
    cases = [(clock * 1000000, rate, point)
             for clock, rate, point in itertools.product(CLOCKS, RATES, (600, 690, 750, 875))]
    answers = ask(f"each {clock} {rate} {point}" for clock, rate, point in cases)
    more = total = 0
    for (clock, rate, point), answer in zip(cases, answers):
        ours = set(answer.split())
        theirs = set()
        for t in module.BitTiming.iterate_from_sample_point(clock, rate, point / 10):
            theirs.add(f"{t.brp}/{t.tseg1}/{t.tseg2}/{t.sjw}")
        total += len(theirs)
        for solution in ours ^ theirs:
            brp, tseg1, tseg2, _ = map(int, solution.split("/"))
            quanta = clock / (rate * brp)
            # They cut the number of quanta off where we round it, and so they miss some.
            rounded_up = solution in ours and int(quanta) < 1 + tseg1 + tseg2
            # They give up a split beyond the segments' limits, we take the nearest within.
            moved = solution in ours and (tseg1 == 16 or tseg2 == 8)
            # The sample point lies in the middle between two quanta.
            tie = abs(point / 1000 * round(quanta) % 1 - .5) < 1e-6
            assert rounded_up or moved or tie, (clock, rate, point, solution, answer, theirs)
            more += 1
    return f"{len(cases)} cases, {total} solutions, {more} differ for the reasons given"


if __name__ == "__main__":
    sys.exit(library.run([test_members, test_manuals_vectors, test_presets, test_newest_checks,
                          test_newest_solutions]))
