#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The public sample files of python-can and Technica's vector_blf against the frames that are
expected of each, tests/data/formats/expected/; and those against python-can's own reader.

The files themselves are not part of the project: ANYCAN_SAMPLES names their folder, with
python-can/ and vector_blf/ in it. `samples.py --write` writes the expectations anew.
"""
import logging
import os
import sys

import tool

if os.environ.get("ANYCAN_PYTHON_CAN"):
    sys.path.insert(0, os.environ["ANYCAN_PYTHON_CAN"])

import library  # noqa: E402 - tool says where it is

try:
    import can
except ImportError:
    can = None

SAMPLES = os.environ.get("ANYCAN_SAMPLES", os.path.join(tool.TOP, "../shared/data"))
EXPECTED = os.path.join(tool.TOP, "tests/data/formats/expected")

# python-can's reader gives frames that no bus can carry for these, as they are in the files: ids
# above 11 bits without the flag for 29, DLCs of 51 or 64, remote frames of CAN FD.
IMPOSSIBLE = {"test_CanMessage.blf", "test_CanMessage2.blf", "test_CanFdMessage.blf",
              "test_CanFdMessage64.blf", "single_frame.asc", "issue_1299.asc",
              "test_CanFdRemoteMessage.asc", "logfile.asc", "FileWithUnknownObjectType.blf",
              "FileWithTruncatedCanMessage.blf"}
# Objects of type CAN_ERROR, which it does not know.
NOT_READ = {"test_CanErrorFrame.blf": 2}


def expectations():
    for folder in ("python-can", "vector_blf"):
        where = os.path.join(EXPECTED, folder)
        for name in sorted(os.listdir(where)):
            yield folder, name.removesuffix(".txt")


def describe(path):
    """Frames and notes, as text."""
    frames, _ = tool.convert("-q", path, "-", "--to", "log", "-x", "-o", "decimals=9")
    _, notes = tool.convert("--info", path)
    return frames.decode() + "".join(line.replace(path, "#") + "\n" for line in notes.splitlines())


def expected_of(folder, name):
    with open(os.path.join(EXPECTED, folder, name + ".txt"), encoding="ascii") as file:
        return file.read()


def sample(folder, name):
    path = os.path.join(SAMPLES, folder, name)
    if not os.path.exists(path):
        raise library.Skip(f"{os.path.join(folder, name)} is not in {SAMPLES}")
    return path


def python_can_frames(path):
    settings = {"relative_timestamp": False} if path.endswith((".asc", ".asc.gz")) else {}
    with can.LogReader(path, **settings) as reader:
        return list(reader)


def compare_with_python_can(folder, name):
    path = sample(folder, name)
    want = [tool.parse_line(line) for line in expected_of(folder, name).splitlines()
            if not line.startswith("#")]
    got = python_can_frames(path)
    assert len(got) + NOT_READ.get(name, 0) == len(want), f"{len(got)} frames in python-can"
    for number, (theirs, ours) in enumerate(zip(got, want)):
        assert theirs.is_error_frame == ours.error, f"frame {number}"
        assert name in IMPOSSIBLE or ours.error or (
            theirs.arbitration_id, theirs.is_extended_id, theirs.is_remote_frame, theirs.is_fd,
            theirs.bitrate_switch, theirs.error_state_indicator, theirs.dlc, bytes(theirs.data),
            not theirs.is_rx) == (
            ours.ident, ours.extended, ours.remote, ours.fd, ours.brs, ours.esi, ours.length,
            ours.data, ours.tx), f"frame {number}: {theirs!r} instead of {ours}"
        # TRC: 4.1 counts from 0, gzip: 4.6 does. All: floating point.
        assert name.endswith((".trc", ".gz")) or abs(theirs.timestamp - ours.ns / 1e9) < 2e-6, (
            f"frame {number}: {theirs.timestamp} instead of {ours.ns}")


def sample_test(folder, name):
    def test():
        got = describe(sample(folder, name))
        want = expected_of(folder, name)
        for number, (a, b) in enumerate(zip(got.splitlines(), want.splitlines()), 1):
            assert a == b, f"line {number}: {a!r} instead of {b!r}"
        assert got == want, "more or fewer lines than expected"
    test.__name__ = f"test_{folder}_{name}"
    return test


def peer_test(folder, name):
    def test():
        if can is None:
            raise library.Skip("python3-can is not installed")
        logging.disable(logging.CRITICAL)
        # TRC of other versions than 1.1 and 2.1 came after 4.1; so did truncated containers.
        if getattr(can, "__version__", "").startswith("4.1") and (
                "_V1_" in name or "_V2_" in name or "1905" in name or "Truncated" in name):
            raise library.Skip("python-can 4.1 does not read this file")
        compare_with_python_can(folder, name)
    test.__name__ = f"test_like_python_can_{name}"
    return test


def write_expectations():
    for folder in ("python-can", "vector_blf"):
        os.makedirs(os.path.join(EXPECTED, folder), exist_ok=True)
        for name in sorted(os.listdir(os.path.join(SAMPLES, folder))):
            text = describe(os.path.join(SAMPLES, folder, name))
            with open(os.path.join(EXPECTED, folder, name + ".txt"), "w",
                      encoding="ascii") as file:
                file.write(text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_expectations()
        sys.exit(0)
    os.environ["TZ"] = "UTC"
    ALL = list(expectations())
    sys.exit(library.run([sample_test(*one) for one in ALL] + [peer_test(*one) for one in ALL]))
