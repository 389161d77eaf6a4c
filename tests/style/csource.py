# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Enough of C to measure it: comments, functions, parameters, nesting. For our own style only."""

import re

TOKEN = re.compile(r"\w+|[^\w\s]")
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*", re.MULTILINE)
NAMED_LIST = re.compile(r"(\w+)\s*\(")
NO_NAME = {"__attribute__", "__declspec", "__printf", "__extension__"}


def blank(match):
    """The same number of lines and columns, but nothing in them."""
    return re.sub(r"[^\n]", " ", match.group())


def code_only(text):
    """The source without comments, texts and directives; every line stays where it was."""
    return DIRECTIVE.sub(blank, NOT_CODE.sub(blank, text))


class Function:
    """A definition: `first` and `last` are its lines, from the name to the closing brace."""

    def __init__(self, name, first, last, parameters, nesting):
        self.name, self.first, self.last = name, first, last
        self.parameters, self.nesting = parameters, nesting

    @property
    def lines(self):
        """Lines of the body with its braces."""
        return self.last - self.first + 1


def closing(text, start, pair):
    """Where the bracket that opens at `start` is closed."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] == pair[0]:
            depth += 1
        elif text[i] == pair[1]:
            depth -= 1
            if not depth:
                return i
    return len(text) - 1


def named_list(header):
    """Name and list of what looks like `name(list)`: the first such, attributes aside."""
    at = 0
    while match := NAMED_LIST.search(header, at):
        end = closing(header, match.end() - 1, "()")
        if match.group(1) not in NO_NAME:
            return match.group(1), header[match.end() : end], match.start(1)
        at = end + 1
    return None


def count_parameters(text):
    if text.strip() in ("", "void"):
        return 0
    depth = commas = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        commas += character == "," and not depth
    return commas + 1


def functions(text):
    """All functions that are defined in a source."""
    code = code_only(text)
    found = []
    start = at = 0
    while (brace := re.compile(r"[{};]").search(code, at)) is not None:
        at = brace.end()
        header = code[start : brace.start()]
        if brace.group() == "{":
            if re.search(r'\bextern\s*$', header):
                start = at  # extern "C": its functions stand at the top level all the same
                continue
            end = closing(code, brace.start(), "{}")
            named = named_list(header)
            if named and header.rstrip().endswith(")") and "=" not in header:
                name, parameters, _ = named
                found.append(
                    Function(
                        name,
                        code.count("\n", 0, brace.start()) + 1,
                        code.count("\n", 0, end) + 1,
                        count_parameters(parameters),
                        nesting(code[brace.start() : end + 1]),
                    )
                )
            else:
                # A type or an initialiser goes on to its semicolon.
                at = end + 1
                continue
            at = end + 1
        start = at
    return found


def nesting(body):
    """How many control structures stand inside one another at the deepest place of a body."""
    return Body(TOKEN.findall(body)).deepest


class Body:
    """Walks through the statements of a function, braces or not."""

    CONTROL = ("if", "while", "for", "switch")

    def __init__(self, tokens):
        self.tokens, self.at, self.deepest = tokens, 0, 0
        self._statement(0)

    def _peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self):
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def _skip(self, opening, ending):
        """Past the bracket that closes the one that comes next."""
        depth = 0
        while self.at < len(self.tokens):
            token = self._next()
            depth += (token == opening) - (token == ending)
            if not depth:
                return

    def _inner(self, depth):
        self.deepest = max(self.deepest, depth)
        self._statement(depth)

    def _statement(self, depth):
        token = self._next()
        if token == "{":
            while self._peek() not in ("}", ""):
                self._statement(depth)
            self._next()
        elif token == "do":
            self._inner(depth + 1)
            self._simple()  # while (...);
        elif token in self.CONTROL or self._is_loop_macro(token):
            self._skip("(", ")")
            self._inner(depth + 1)
            self._else(depth)
        elif token in ("case", "default") or (token.isidentifier() and self._peek() == ":"):
            self._label()
        elif token not in (";", ""):
            self.at -= 1
            self._simple()

    def _else(self, depth):
        """A chain of else-ifs is as deep as its first if."""
        if self._peek() != "else":
            return
        self._next()
        if self._peek() == "if":
            self._statement(depth)
        else:
            self._inner(depth + 1)

    def _label(self):
        self.at -= 1
        while self._next() not in (":", ""):
            pass

    def _simple(self):
        """To the semicolon, past initialisers and compound literals."""
        while (token := self._peek()) not in (";", "}", ""):
            if token == "{":
                self._skip("{", "}")
            elif token == "(":
                self._skip("(", ")")
            else:
                self._next()
        if self._peek() == ";":
            self._next()

    def _is_loop_macro(self, token):
        """Such as list_for_each(a, b) {"""
        if not token.isidentifier() or self._peek() != "(":
            return False
        start = self.at
        self._skip("(", ")")
        follows = self._peek()
        self.at = start
        return follows == "{"
