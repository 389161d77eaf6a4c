# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Random filters and identifiers, as python-can has them and as candump writes them."""

EFF, RTR, EFF_MASK, SFF_MASK = 0x80000000, 0x40000000, 0x1FFFFFFF, 0x7FF


def random_filter(rng):
    """One of python-can's: with or without `extended`. A standard identifier has 11 bits."""
    can_filter = {"can_id": rng.randrange(EFF_MASK + 1), "can_mask": rng.randrange(EFF_MASK + 1)}
    if rng.random() < .5:
        can_filter["can_mask"] &= rng.randrange(EFF_MASK + 1) & rng.randrange(EFF_MASK + 1)
    if rng.random() < .6:
        can_filter["extended"] = rng.random() < .5
        if not can_filter["extended"]:
            can_filter["can_id"] &= SFF_MASK
            can_filter["can_mask"] &= SFF_MASK
    return can_filter


def as_text(can_filter):
    """The same in candump's form: eight digits and the flag in the mask for a format."""
    can_id, mask, extended = (can_filter.get(key) for key in ("can_id", "can_mask", "extended"))
    if extended is not None:
        mask |= EFF
    return f"{can_id:08X}:{mask:X}" if extended else f"{can_id:09X}:{mask:X}"


def random_id(rng, can_filters):
    """(identifier, whether extended), near the filters more often than chance would have it."""
    extended = rng.random() < .5
    number = rng.randrange(EFF_MASK + 1)
    if can_filters and rng.random() < .6:
        near = rng.choice(can_filters)
        number = near["can_id"] ^ (number & ~near["can_mask"])
        if rng.random() < .2:
            number ^= 1 << rng.randrange(29)
    return number & (EFF_MASK if extended else SFF_MASK), extended
