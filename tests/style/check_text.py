#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What can be seen from the text of files alone: licence lines, layout, scripts, man pages, and
what must not be committed."""

import os
import re
import shutil
import subprocess

import style

USER_SPACE = "GPL-2.0-only OR BSD-3-Clause"
KERNEL = "GPL-2.0-only"
UAPI = "GPL-2.0-only WITH Linux-syscall-note"

# Files that have a place for a comment. Recorded and generated data has none.
LICENSED = (
    "*.c", "*.h", "*.py", "*.sh", "*.bash", "*.mk", "*Makefile", "*Kbuild", "*.[1-8]", "*.rules",
    "*.service", "*.target", "*.conf",
)  # fmt: skip
DATA = ("tests/data/", "tests/fuzz/corpus/")

TOP_ENTRIES = {
    "Makefile", "kmod", "bridged", "lib", "formats", "udev", "tools", "tests", "Documentation",
    "README.md", ".ci", ".clang-format", ".clang-tidy", ".gitignore",
}  # fmt: skip
LARGEST = 1 << 20
# Home folders and work places of one machine; examples have ~ or names of no real folder.
HOME = re.compile(r"(?<![\w.~$/-])/(?:home|Users|work)/[\w.-]+|(?<![\w.~$/-])/root/[\w.-]+")


def licensed():
    scripts = {*style.scripts("sh"), *style.scripts("python")}
    named = {path for path in style.files(*LICENSED) if not path.startswith(DATA)}
    return sorted(named | scripts)


def licence_of(path):
    if not path.startswith("kmod/"):
        return USER_SPACE
    return UAPI if path == "kmod/cantap.h" else KERNEL


def check_licences():
    """On the first line, or on the second below an interpreter's name."""
    for path in licensed():
        head = style.read(path).split("\n", 2)[:2]
        line = head[1] if head[0].startswith("#!") and len(head) > 1 else head[0]
        match = re.search(r"SPDX-License-Identifier: (.*?)\s*(?:\*/|-->)?$", line)
        if not match:
            yield style.Offence(path, 1, "no SPDX-License-Identifier on the first line")
        elif match.group(1) != licence_of(path):
            yield style.Offence(path, 1, f"licence is {match.group(1)}, not {licence_of(path)}")


def need(tool):
    if not shutil.which(tool):
        raise style.Skip(f"{tool} is not installed")


def tool_offences(command, folder=style.TOP):
    """Runs a tool that says `file:line: text`; nothing said means nothing found."""
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    for line in done.stdout.splitlines():
        # mandoc puts its own name first, clang-format adds the line and a mark below it.
        match = re.match(r"(?:mandoc: )?([^\s:]+):(\d+):(?:\d+:)? ?(.*)", line)
        if match:
            yield style.Offence(match.group(1), int(match.group(2)), match.group(3))
    if done.returncode and not done.stdout:
        yield style.Offence(command[0], 0, f"ended with status {done.returncode}")


def check_layout():
    """clang-format would change nothing. The kernel module follows the kernel's own rules."""
    need("clang-format")
    paths = [path for path in style.files("*.c", "*.h") if not path.startswith("kmod/")]
    if paths:
        yield from tool_offences(["clang-format", "--dry-run", "--Werror", *paths])


def check_shell_scripts():
    for path in sorted({*style.files("*.sh", "*.bash"), *style.scripts("sh")}):
        done = subprocess.run(
            ["bash", "-n", path], cwd=style.TOP, stderr=subprocess.PIPE, text=True
        )
        for line in done.stderr.splitlines():
            match = re.match(r".*?: line (\d+): (.*)", line)
            number, text = match.groups() if match else (1, line)
            yield style.Offence(path, int(number), text)


def check_python_files():
    for path in sorted({*style.files("*.py"), *style.scripts("python")}):
        try:
            compile(style.read(path), path, "exec")
        except SyntaxError as error:
            yield style.Offence(path, error.lineno or 1, error.msg)


def check_man_pages():
    paths = style.files("Documentation/*.[1-8]")
    if not paths:
        raise style.Skip("there is no man page")
    need("mandoc")
    return tool_offences(["mandoc", "-T", "lint", "-W", "warning", *paths])


def check_no_home_folders():
    for path in style.files():
        if path.startswith(DATA):
            continue
        for number, line in enumerate(style.read(path).splitlines(), 1):
            if match := HOME.search(line):
                yield style.Offence(path, number, f"a place of one machine: {match.group()}")


def check_committed_files():
    for path in style.files():
        if path.split("/")[0] not in TOP_ENTRIES:
            yield style.Offence(path, 1, "has no place at the top of the tree")
        if os.path.getsize(os.path.join(style.TOP, path)) > LARGEST:
            yield style.Offence(path, 1, "is larger than 1 MB")


if __name__ == "__main__":
    style.run(
        check_licences,
        check_layout,
        check_shell_scripts,
        check_python_files,
        check_man_pages,
        check_no_home_folders,
        check_committed_files,
    )
