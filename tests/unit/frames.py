# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Frames for the test scripts of this folder: struct anycan_frame in Python, and random ones."""
import dataclasses

EFF, RTR, ERR = 0x80000000, 0x40000000, 0x20000000
EFF_MASK, SFF_MASK = 0x1FFFFFFF, 0x7FF
BRS, ESI, FDF = 1, 2, 4
RX, TX = 0, 1
NO_CHANNEL = 0xFFFF
LENGTHS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64)


@dataclasses.dataclass
class Frame:
    """The members of struct anycan_frame; data as it stands there, without regard to length."""
    ts_ns: int = 0
    can_id: int = 0
    flags: int = 0
    len8_dlc: int = 0
    channel: int = NO_CHANNEL
    dir: int = RX
    length: int = 0
    data: bytes = b""

    def words(self):
        """As frame_tool reads and writes a frame."""
        return (f"{self.ts_ns} {self.can_id} {self.flags} {self.len8_dlc} {self.channel} "
                f"{self.dir} {self.length} {self.data[:64].hex().upper() or '-'}")

    @classmethod
    def from_words(cls, words):
        numbers = [int(word) for word in words[:7]]
        return cls(*numbers, bytes.fromhex("" if words[7] == "-" else words[7]))

    @property
    def is_fd(self):
        return bool(self.flags & FDF)

    @property
    def is_remote(self):
        return bool(self.can_id & RTR)

    @property
    def is_error(self):
        return bool(self.can_id & ERR)


def random_frame(rng, ts_ns=0):
    """A valid frame of any kind."""
    kind = rng.choice(("classic", "classic", "remote", "fd", "fd", "error"))
    can_id = rng.randrange(SFF_MASK + 1) if rng.random() < .5 else EFF | rng.randrange(EFF_MASK + 1)
    frame = Frame(ts_ns=ts_ns, can_id=can_id)
    if kind == "error":
        frame.can_id = ERR | rng.randrange(EFF_MASK + 1)
        frame.length = 8
    elif kind == "fd":
        frame.flags = FDF | rng.choice((0, BRS, ESI, BRS | ESI))
        frame.length = rng.choice(LENGTHS)
    else:
        frame.length = rng.randrange(9)
        if frame.length == 8 and rng.random() < .5:
            frame.len8_dlc = rng.randrange(9, 16)
    if kind == "remote":
        frame.can_id |= RTR
    else:
        frame.data = rng.randbytes(frame.length)
    return frame
