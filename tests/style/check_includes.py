#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Who may include what: the layers of the tree, and which part of each other's they may see."""

import fnmatch
import os
import re

import style

INCLUDE = re.compile(r"""^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]""")

# Where a header is looked for, as the Makefile tells the compiler.
PATHS = ("lib/include", "formats/include", "bridged")

STD = {
    "assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h", "iso646.h",
    "limits.h", "locale.h", "math.h", "setjmp.h", "signal.h", "stdalign.h", "stdarg.h",
    "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "stdnoreturn.h",
    "string.h", "tgmath.h", "threads.h", "time.h", "uchar.h", "wchar.h", "wctype.h",
}  # fmt: skip
CAN = {"linux/can.h", "linux/can/*.h"}
# What names netdevs and sizes in an interface, beside the C standard.
POSIX_NAMES = {"sys/types.h", "net/if.h"}
# What a state machine may use: types, limits and memory, nothing that does anything.
PURE = {
    "errno.h", "inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
    "string.h",
}  # fmt: skip
ANY = {"*"}

PUBLIC = {"lib/include/anycan/*"}
FRAME_HELPERS = {
    f"lib/include/anycan/{name}.h"
    for name in ("bittiming", "bytes", "clock", "export", "frame", "hex", "string", "text", "wire")
}
DRIVER_HELPERS = FRAME_HELPERS - {"lib/include/anycan/text.h"}
# What a transport or port may know of the daemon: its own interface, settings, privilege.
SIDES = {
    f"bridged/{name}.h"
    for name in ("fdpass", "keeper", "number", "option", "parked", "run_dir", "usb", "usb_find")
}
CORE = {"bridged/[!/]*.h"}
UAPI = {"kmod/cantap.h"}
# Pure functions about bytes, which a port that speaks such a protocol may share.
CODECS = {"bridged/drivers/*_codec.h"}


class Layer:
    """Files, the project's headers that they may include, and the system's."""

    def __init__(self, name, files, project, system):
        self.name, self.files, self.project, self.system = name, files, project, system


# The first layer that a file belongs to counts.
LAYERS = (
    Layer("cantap's uapi", "kmod/cantap.h", UAPI, CAN | {"linux/ioctl.h", "linux/types.h"}),
    Layer("kmod", "kmod/*", {"kmod/*"}, ANY),
    Layer("lib's interface", "lib/include/*", PUBLIC, STD | CAN | POSIX_NAMES),
    Layer("lib", "lib/*", {"lib/*"}, ANY),
    Layer(
        "formats' interface",
        "formats/include/*",
        {"formats/include/*"} | FRAME_HELPERS,
        STD | CAN | POSIX_NAMES,
    ),
    Layer("formats", "formats/*", {"formats/*"} | FRAME_HELPERS, ANY),
    Layer(
        "a driver",
        "bridged/drivers/*",
        {"bridged/drivers/*", "bridged/driver.h", "bridged/option.h", "bridged/usb.h"}
        | DRIVER_HELPERS,
        PURE | CAN,
    ),
    Layer(
        "a transport",
        "bridged/transports/*",
        {"bridged/transports/*", "bridged/transport.h"} | SIDES | PUBLIC,
        ANY,
    ),
    Layer(
        "a port",
        "bridged/ports/*",
        {"bridged/ports/*", "bridged/port.h"} | SIDES | PUBLIC | UAPI | CODECS,
        ANY,
    ),
    Layer("the daemon", "bridged/*", CORE | PUBLIC | UAPI, ANY),
    Layer("a tool", "tools/*", {"tools/*", "formats/include/*"} | PUBLIC, ANY),
    Layer("an example", "Documentation/examples/*", {"formats/include/*"} | PUBLIC, ANY),
    Layer("a test", "tests/*", {"*"}, ANY),
)


def matches(name, patterns):
    """As a shell does it: [!/]* is no path with a slash."""
    return any(
        fnmatch.fnmatchcase(name, pattern)
        and ("[!/]" not in pattern or name.count("/") == pattern.replace("[!/]", "").count("/"))
        for pattern in patterns
    )


def resolve(path, quote, name):
    """The project's file that an include means, or None if it is the system's."""
    folders = PATHS if quote == "<" else (os.path.dirname(path),) + PATHS
    for folder in folders:
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(style.TOP, candidate)):
            return candidate
    return None


def includes(text):
    """All includes of a source as (line, quote, name)."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, *match.groups()


def layer_of(path):
    return next((layer for layer in LAYERS if fnmatch.fnmatchcase(path, layer.files)), None)


def offence_of(path, number, quote, name):
    layer = layer_of(path)
    target = resolve(path, quote, name)
    if target is None and quote == '"':
        return style.Offence(path, number, f'there is no "{name}"')
    if not matches(target or name, layer.project if target else layer.system):
        return style.Offence(path, number, f"{layer.name} must not include {target or name}")
    return None


def sources():
    return [path for path in style.files("*.c", "*.h") if layer_of(path)]


def check_layers():
    for path in sources():
        for include in includes(style.read(path)):
            if offence := offence_of(path, *include):
                yield offence


def check_no_source_is_included():
    for path in style.files("*.c", "*.h"):
        for number, _, name in includes(style.read(path)):
            if name.endswith(".c"):
                yield style.Offence(path, number, f"nobody includes a .c file: {name}")


def own_header(path):
    """The header that declares what a source defines, if it has one of its name."""
    stem = os.path.basename(path).removesuffix(".c")
    for candidate in (path.removesuffix(".c") + ".h", f"lib/include/anycan/{stem}.h"):
        if os.path.isfile(os.path.join(style.TOP, candidate)):
            same_part = candidate.split("/")[0] == path.split("/")[0]
            return candidate if same_part else None
    return None


def check_own_header_first():
    for path in style.files("*.c"):
        own = own_header(path)
        listed = [(number, resolve(path, *rest)) for number, *rest in includes(style.read(path))]
        if own and own in [target for _, target in listed] and listed[0][1] != own:
            yield style.Offence(path, listed[0][0], f"its own header {own} comes first")


def check_header_size():
    for path in style.files("*.h"):
        lines = style.read(path).count("\n")
        if lines > 300:
            yield style.Offence(path, lines, f"a header of {lines} lines, more than 300")


if __name__ == "__main__":
    style.run(check_layers, check_no_source_is_included, check_own_header_first, check_header_size)
