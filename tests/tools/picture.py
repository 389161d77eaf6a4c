#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""picture.py FILE.svg: draw `anycan view` as it is in a terminal, for the documentation: on a hub
with a simulated adapter and nodes that send, taken from tmux with its colours."""
import html
import itertools
import re
import sys
import time

import view

COLS, ROWS = 128, 17
CHAR, LINE = 7.8, 17  # pixels of a cell
COLORS = {31: "#e05050", 36: "#6fd3e0"}
PAPER, INK, BLUE = "#16181d", "#d0d3d8", "#1f3f9a"

TRAFFIC = (
    ("rpm", "id=0C9,len=8,seq,period=10000", 1000),
    ("speed", "id=101,len=7,seq,period=20000", 500),
    ("door", "id=2A0,len=8,data=0102000000FF00A5,period=100000", 100),
    ("ask", "id=18DB33F1,ext,len=8,data=0201050000000000,period=500000", 20),
    ("answer", "id=18DAF110,ext,len=8,data=03410545AAAAAAAA,period=500000", 20),
    ("remote", "id=300,rtr,len=4,period=1000000", 10),
    ("node", "id=701,len=1,data=05,period=1000000", 10),
    ("fast", "id=400,len=8,seq,period=2000", 5000),
)
DECODE = ("-d", "0C9:<HHL:4:1:1", "101:<LBH:1:10.0:7", "18DAF110:>HBBL:1:1:1.0")


def run_of(cells, looks, row, col):
    """Cells of one look, as SVG."""
    text = "".join(character for character, _ in cells)
    x, y, width = col * CHAR, row * LINE, len(cells) * CHAR
    ink = next((COLORS[look] for look in looks if look in COLORS), INK)
    paper = BLUE if 44 in looks else None
    if 7 in looks:
        ink, paper = PAPER, ink
    if paper:
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LINE}" fill="{paper}"/>'
    bold = ' font-weight="bold"' if 1 in looks else ""
    # Each group of words in its place: not all programs keep blanks.
    for words in re.finditer(r"\S+(?: \S+)*", text):
        yield f'<text x="{x + words.start() * CHAR:.1f}" y="{y + 13}" fill="{ink}"{bold} ' \
              f'textLength="{len(words[0]) * CHAR:.1f}">{html.escape(words[0])}</text>'


def svg_of(lines):
    width, height = COLS * CHAR, ROWS * LINE
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -6 {width + 16:.0f} ' \
          f'{height + 12}" font-family="monospace" font-size="13">'
    yield f'<rect x="-8" y="-6" width="100%" height="100%" fill="{PAPER}"/>'
    for row, line in enumerate(lines):
        col = 0
        for looks, group in itertools.groupby(line, lambda cell: cell[1]):
            cells = list(group)
            yield from run_of(cells, looks, row, col)
            col += len(cells)
    yield "</svg>"


def main(path):
    with view.Rig(TRAFFIC) as rig, rig.view(*DECODE, cols=COLS, rows=ROWS) as viewer:
        rig.begin()
        time.sleep(3)
        rig.sim.command("error x stuff 2")
        viewer.keys("s")
        viewer.wait("bit-stuffing")
        time.sleep(3)
        with open(path, "w") as file:
            file.write("\n".join(svg_of(viewer.cells())) + "\n")
        viewer.keys("q")
        viewer.end()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: picture.py FILE.svg")
    main(sys.argv[1])
