#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Takes the ELF kernel out of a bzImage: unpack-kernel.py VMLINUZ VMLINUX

QEMU boots the ELF file through its PVH entry point, which saves the guest from unpacking the
kernel itself: half of the boot when every instruction is emulated.
Source of the format: Documentation/arch/x86/boot.rst of Linux, boot protocol 2.08 and later.
"""

import lzma
import struct
import subprocess
import sys

SETUP_SECTS, MAGIC, PAYLOAD_OFFSET = 0x1F1, 0x202, 0x248
SECTOR = 512


def payload(image):
    """The compressed kernel, without the four bytes of length behind it."""
    if image[MAGIC : MAGIC + 4] != b"HdrS":
        raise ValueError("no Linux kernel image")
    # A count of 0 means 4; one more sector is the boot sector itself.
    protected_mode = ((image[SETUP_SECTS] or 4) + 1) * SECTOR
    offset, length = struct.unpack_from("<II", image, PAYLOAD_OFFSET)
    start = protected_mode + offset
    return image[start : start + length - 4]


def unpack(packed):
    if packed.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(packed)
    if packed.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dcq"], input=packed, stdout=-1, check=True).stdout
    raise ValueError("unknown compression " + packed[:6].hex())


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as file:
        kernel = unpack(payload(file.read()))
    if not kernel.startswith(b"\x7fELF"):
        raise ValueError("no ELF kernel inside")
    with open(target, "wb") as file:
        file.write(kernel)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, lzma.LZMAError, subprocess.CalledProcessError) as error:
        sys.exit(f"unpack-kernel.py: {sys.argv[1]}: {error}")
