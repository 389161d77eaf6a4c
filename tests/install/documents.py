#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The documentation: built without a warning, and nothing in it leads nowhere."""

import glob
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../sim"))

from simulator import Skip, run  # noqa: E402 - it lies in the folder named above

TOP = os.path.abspath(os.environ.get("ANYCAN_TOP", os.path.join(HERE, "../..")))
OURS = re.compile(r"\b(anycan[\w-]*|bridged|canlog|cantap|can_\w+)\(([1-8])\)")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def guides():
    return [os.path.join(TOP, "README.md")] + sorted(
        glob.glob(f"{TOP}/Documentation/**/*.md", recursive=True))


def pages():
    return sorted(glob.glob(f"{TOP}/Documentation/man/*.[1-8]"))


def is_there(link, path):
    target = urllib.parse.unquote(link.partition("#")[0])
    return not target or os.path.exists(os.path.join(os.path.dirname(path), target))


def test_links_of_guides():
    wrong = []
    for path in guides():
        text = re.sub(r"```.*?```", "", read(path), flags=re.S)
        links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:href|src)="([^"]+)"', text)
        wrong += [f"{os.path.relpath(path, TOP)}: {link}" for link in links
                  if "://" not in link and not link.startswith("#") and not is_there(link, path)]
    assert not wrong, wrong


def test_every_guide_is_reached():
    """From README.md, by links."""
    reached, new = set(), {os.path.join(TOP, "README.md")}
    while new:
        reached |= new
        found = set()
        for path in new:
            for link in re.findall(r"\]\(([^)\s#]+\.md)", read(path)):
                found.add(os.path.normpath(os.path.join(os.path.dirname(path), link)))
        new = found - reached
    lost = [os.path.relpath(path, TOP) for path in guides() if path not in reached]
    assert not lost, lost


def test_man_pages_that_are_named():
    there = {os.path.basename(page) for page in pages()}
    wrong = []
    for path in guides():
        wrong += [f"{os.path.relpath(path, TOP)}: {name}({section})"
                  for name, section in OURS.findall(read(path)) if f"{name}.{section}" not in there]
    for path in pages():
        for name, section in re.findall(r"^\.Xr (\S+) ([1-8])", read(path), re.M):
            if OURS.match(f"{name}({section})") and f"{name}.{section}" not in there:
                wrong.append(f"{os.path.relpath(path, TOP)}: {name}({section})")
    assert not wrong, wrong


def test_html():
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(["Documentation/make-html", f"{out}/html"], cwd=TOP, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if "is missing" in done.stdout:
            raise Skip(done.stdout.strip())
        assert done.returncode == 0 and not done.stdout, done.stdout
        made = glob.glob(f"{out}/html/**/*.html", recursive=True)
        assert len(made) == len(guides()) + len(pages()), made
        wrong = []
        for path in made:
            text = read(path)
            anchors = set(re.findall(r'id="([^"]+)"', text))
            for link in re.findall(r'(?:href|src)="([^"]+)"', text):
                if link.startswith("#"):
                    if urllib.parse.unquote(link[1:]) not in anchors:
                        wrong.append(f"{os.path.relpath(path, out)}: {link}")
                elif "://" not in link and not is_there(link, path):
                    wrong.append(f"{os.path.relpath(path, out)}: {link}")
        assert not wrong, wrong


if __name__ == "__main__":
    sys.exit(run([test_links_of_guides, test_every_guide_is_reached, test_man_pages_that_are_named,
                  test_html]))
