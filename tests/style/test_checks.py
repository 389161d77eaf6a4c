#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Tests of the style checks: in a small tree with one fault of each kind every fault is found, in
its place, and nothing else; without the faults nothing is."""

import os
import shutil
import subprocess
import sys
import tempfile

import csource
import style

SPDX = "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */\n"
SCRIPT = "#!/bin/bash\n# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause\n"

GOOD = {
    "lib/include/anycan/frame.h": SPDX
    + """#include <linux/can.h>

struct anycan_reader {
	int (*read)(void *arg);
};

/** anycan_one() - the number one */
int anycan_one(void);

/**
 * anycan_sum() - adds
 * @a: a number
 * @b: another
 */
static inline int anycan_sum(int a, int b)
{
	return a + b;
}
""",
    "lib/frame.c": SPDX + "#include <anycan/frame.h>\n\n#include <stdio.h>\n",
    "bridged/driver.h": SPDX + "#include <anycan/frame.h>\n",
    "bridged/drivers/good.c": SPDX + '#include "driver.h"\n\n#include <string.h>\n',
    "tools/tool": SCRIPT + "echo ~/.cache /home /root\n",
}


def deep(levels):
    """A function with so many ifs inside one another, every second one without braces."""
    lines = ["static int deep(int a)", "{"]
    for level in range(1, levels + 1):
        lines.append("\t" * level + ("if (a)" if level % 2 else "for (;;) {"))
    lines.append("\t" * (levels + 1) + "return 1;")
    lines += ["\t" * level + "}" for level in range(levels, 0, -1) if not level % 2]
    return "\n".join(lines + ["\treturn 0;", "}"]) + "\n"


def long(lines):
    return "static void long_one(void)\n{\n" + "\t;\n" * (lines - 2) + "}\n"


# Path, what stands there, the check that must complain, and the complaint's beginning.
BAD = (
    ("lib/include/anycan/a.h", SPDX + "#include <stdio.h>\n#include <unistd.h>\n",
     "includes", "3: lib's interface must not include unistd.h"),
    ("bridged/drivers/a.c", SPDX + "#include <unistd.h>\n",
     "includes", "2: a driver must not include unistd.h"),
    ("bridged/drivers/b.c", SPDX + '#include "../engine.h"\n',
     "includes", "2: a driver must not include bridged/engine.h"),
    ("bridged/engine.h", SPDX + '#include "drivers/c.h"\n',
     "includes", "2: the daemon must not include bridged/drivers/c.h"),
    ("bridged/drivers/c.h", SPDX, "", ""),
    ("formats/a.c", SPDX + '#include "../bridged/engine.h"\n',
     "includes", "2: formats must not include bridged/engine.h"),
    ("tools/a.c", SPDX + '#include "nowhere.h"\n', "includes", '2: there is no "nowhere.h"'),
    ("tools/b.c", SPDX + '#include "a.c"\n', "includes", "2: nobody includes a .c file: a.c"),
    ("tests/unit/c.c", SPDX + '#include <stdio.h>\n\n#include "c.h"\n',
     "includes", "2: its own header tests/unit/c.h comes first"),
    ("tests/unit/c.h", SPDX, "", ""),
    ("tools/long.h", SPDX + "\n" * 300, "includes", "301: a header of 301 lines"),
    ("lib/include/anycan/b.h", SPDX + "int anycan_bare(int a);\n",
     "kerneldoc", "2: anycan_bare() has no kernel-doc comment"),
    ("lib/include/anycan/c.h", SPDX + "/** anycan_other() - misnamed */\nint anycan_it(int a);\n",
     "kerneldoc", "3: the comment does not begin with 'anycan_it() - '"),
    ("lib/include/anycan/d.h",
     SPDX + "/**\n * anycan_it() - does\n * @gone: what\n */\nint anycan_it(int a);\n",
     "kerneldoc", "6: anycan_it() has no parameter gone"),
    ("tools/c.c", SPDX + long(81), "sizes", "3: long_one() has lines: 81, more than 80"),
    ("tools/d.c", SPDX + long(51), "sizes", "3: warning: long_one() has lines: 51, more than 50"),
    ("tools/e.c", SPDX + deep(6), "sizes", "3: deep() is nested: 6, more than 5"),
    ("tools/f.c", SPDX + deep(5), "sizes", "3: warning: deep() is nested: 5, more than 4"),
    ("tools/g.c", SPDX + "void f(int a, int b, int c, int d, int e, int (*f)(int, int), int g)\n"
     "{\n}\n", "sizes", "3: f() has parameters: 7, more than 6"),
    ("tools/h.c", SPDX + "\n" * 900, "sizes", "901: lines: 901, more than 900"),
    ("tools/i.c", SPDX + "\t\t\t/* " + "x" * 75 + " */\n",
     "sizes", "2: columns: 105, more than 100"),
    ("tests/style/exempt", "file tools/a.c it was long\nfile tools/b.c\nsize tools/c.c no rule\n",
     "sizes", "1: 'file tools/a.c' needs no exemption any more"),
    ("tools/j.c", "int x;\n", "text", "1: no SPDX-License-Identifier on the first line"),
    ("kmod/a.c", SPDX, "text", "1: licence is GPL-2.0-only OR BSD-3-Clause, not GPL-2.0-only"),
    ("tools/script", "#!/bin/bash\necho\n", "text", "1: no SPDX-License-Identifier"),
    ("tools/k.c", SPDX + "int  x;\n", "text", "2: error: code should be clang-formatted"),
    ("tools/broken", SCRIPT + "if true; then\n", "text", "4: syntax error"),
    ("tools/broken.py", SPDX.replace("/*", "#").replace(" */", "") + "def f(:\n",
     "text", "2: invalid syntax"),
    ("Documentation/man/a.1", ".\\\" SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause\n.Qq\n",
     "text", "2: ERROR"),
    ("Documentation/home.md", "see " + "/home" + "/somebody/x\n",
     "text", "1: a place of one machine"),
    ("notes.txt", "a\n", "text", "1: has no place at the top of the tree"),
    ("Documentation/big.md", "a\n" * 600000, "text", "1: is larger than 1 MB"),
)  # fmt: skip


def write(folder, path, text):
    place = os.path.join(folder, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w") as file:
        file.write(text)
    if text.startswith("#!"):
        os.chmod(place, 0o755)


def copy_checks(folder):
    """The checks look at the tree that they lie in."""
    for name in ("style", "harness"):
        target = os.path.join(folder, "tests", name)
        os.makedirs(target)
        for entry in os.listdir(os.path.join(style.TOP, "tests", name)):
            if entry.endswith(".py") and not entry.startswith("test_"):
                shutil.copy(os.path.join(style.TOP, "tests", name, entry), target)
    write(folder, "tests/style/exempt", "")
    shutil.copy(os.path.join(style.TOP, ".clang-format"), folder)


def run_check(folder, name):
    done = subprocess.run(
        [os.path.join(folder, f"tests/style/check_{name}.py")],
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout.splitlines()


def check_good_tree(writer, folder):
    for path, text in GOOD.items():
        write(folder, path, text)
    for name in ("includes", "kerneldoc", "sizes", "text"):
        status, lines = run_check(folder, name)
        good = status == 0 and all(line.startswith("ok") for line in lines[2:])
        writer.result(good, f"good_tree_{name}", [] if good else lines)


def check_bad_tree(writer, folder):
    for path, text, _, _ in BAD:
        write(folder, path, text)
    said = {name: run_check(folder, name) for name in ("includes", "kerneldoc", "sizes", "text")}
    for path, _, check, complaint in BAD:
        if check:
            lines = said[check][1]
            found = any(line.startswith(f"# {path}:{complaint}") for line in lines)
            writer.result(found, f"{check}: {path}", [] if found else lines)
    writer.result(all(status == 1 for status, _ in said.values()), "bad_tree_fails")
    for name, (_, lines) in said.items():
        wanted = tuple(f"# {path}:" for path, _, check, _ in BAD if check == name)
        extra = [line for line in lines if line.startswith("# ") and not line.startswith(wanted)]
        if name != "text":  # the layout of the samples is none of these checks' concern
            writer.result(not extra, f"nothing_else_{name}", extra)


def compile_driver(folder, source):
    place = os.path.join(folder, "build/obj/bridged/drivers")
    os.makedirs(place, exist_ok=True)
    write(folder, "bridged/drivers/x.c", source)
    path = os.path.join(folder, "bridged/drivers/x.c")
    subprocess.run(["gcc", "-c", "-o", f"{place}/x.o", path], check=True)


def check_purity(writer, folder):
    """A driver that copies is pure, one that reads the clock, prints or allocates is not."""
    head = "void *memcpy(void *, const void *, unsigned long);\nlong f(void *p, void *q)\n{\n"
    for name, call, pure in (
        ("copies", "memcpy(p, q, 9);", True),
        ("helper", "extern int anycan_hex_x(void);\n\treturn anycan_hex_x();", True),
        ("clock", "extern long time(void *);\n\treturn time(p);", False),
        ("prints", "extern int puts(const char *);\n\treturn puts(p);", False),
        ("duplicates", "extern char *strdup(const char *);\n\treturn (long)strdup(p);", False),
        ("logs", "extern void anycan_log(void);\n\tanycan_log();", False),
    ):
        compile_driver(folder, f"{head}\t{call}\n\treturn 0;\n}}\n")
        status, lines = run_check(folder, "purity")
        good = (status == 0) == pure
        writer.result(good, f"purity_{name}", [] if good else lines)


def check_measures(writer):
    """Shapes of C that are easily mistaken."""
    source = SPDX + """
static const struct row table[] = {{1, "a{"}, {2, 'b'}};
extern "C" {
int first(void)
{
	struct a x = {.b = {1}};
	if (x)
		return 1;
	else if (y)
		return 2;
	else if (z)
		return 3;
	return 0;
}
}
struct later {
	int (*hook)(int a, int b);
};
__attribute__((format(printf, 1, 2))) static void second(const char *f, ...)
{
	switch (*f) {
	case 'a':
		each_row(x, y) {
			do
				x++;
			while (x < 3);
		}
		break;
	default:
		goto out;
	}
out:
	return (struct a){1};
}
"""
    found = [(f.name, f.first, f.lines, f.parameters, f.nesting) for f in csource.functions(source)]
    wanted = [("first", 6, 10, 0, 1), ("second", 21, 15, 2, 3)]
    writer.result(found == wanted, "measures", [] if found == wanted else [str(found)])


def main():
    bad = sum(bool(check) for _, _, check, _ in BAD)
    writer = style.ktap.Writer(4 + bad + 4 + 6 + 1)
    with tempfile.TemporaryDirectory() as folder:
        copy_checks(folder)
        check_good_tree(writer, folder)
        check_bad_tree(writer, folder)
    with tempfile.TemporaryDirectory() as folder:
        copy_checks(folder)
        check_purity(writer, folder)
    check_measures(writer)
    sys.exit(writer.finish())


if __name__ == "__main__":
    main()
