#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Every function of a public header has a kernel-doc comment that begins with its name and tells
of nothing that is not there."""

import re

import csource
import style

HEADERS = ("lib/include/*.h", "formats/include/*.h")
COMMENT = re.compile(r"/\*\*(.*?)\*/", re.DOTALL)
EXTERN_C = re.compile(r"extern\s+(?=[ \n]*\{)")


def declarations(text):
    """Every function declared or defined in a header as (offset, name, parameters)."""
    code = csource.code_only(text)
    start = at = 0
    while match := re.compile(r"[;{}]").search(code, at):
        at = match.end()
        head = code[start : match.start()]
        if match.group() == "{":
            if re.search(r"\bextern\s*$", head):
                start = at
                continue
            at = csource.closing(code, match.start(), "{}") + 1
        named = csource.named_list(head)
        is_function = named and not re.match(r"\s*(typedef|struct \w+\s*$)", head)
        # A structure with function pointers ends with its semicolon and is no function.
        if is_function and "=" not in head and (match.group() == ";" or head.strip()[-1:] == ")"):
            name, parameters, offset = named
            yield start + offset, name, parameters
        start = at


def comment_before(text, offset):
    """The kernel-doc comment that ends where the declaration begins, or None."""
    last = None
    for match in COMMENT.finditer(text, 0, offset):
        last = match
    if not last:
        return None
    between = text[last.end() : offset]
    return last.group(1) if not re.search(r"[;{}]|\n[ \t]*\n", between) else None


def offences_of(path, text):
    for offset, name, parameters in declarations(text):
        line = text.count("\n", 0, offset) + 1
        comment = comment_before(text, offset)
        if comment is None:
            yield style.Offence(path, line, f"{name}() has no kernel-doc comment")
        elif not re.match(rf"[\s*]*{name}\(\) - \S", comment):
            yield style.Offence(path, line, f"the comment does not begin with '{name}() - '")
        else:
            for told in re.findall(r"^[ \t]*\*[ \t]*@(\w+):", comment, re.MULTILINE):
                if not re.search(rf"\b{told}\b", parameters):
                    yield style.Offence(path, line, f"{name}() has no parameter {told}")


def check_functions():
    for path in style.files(*HEADERS):
        yield from offences_of(path, style.read(path))


if __name__ == "__main__":
    style.run(check_functions)
