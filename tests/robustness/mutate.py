# SPDX-License-Identifier: Apache-2.0
"""Breaks well-formed Diameter messages at random but repeatably: same seed, same damage."""

import struct

import wire


def _spots(raw):
    """Offsets of all AVP headers, one level of nesting included."""
    found, at = [], 20
    while at + 8 <= len(raw):
        length = int.from_bytes(raw[at + 5:at + 8], "big")
        if length < 8:
            break
        found.append(at)
        inner = at + (12 if raw[at + 4] & 0x80 else 8)
        if inner + 8 <= at + length and int.from_bytes(raw[inner + 5:inner + 8], "big") in range(8, length):
            found.append(inner)
        at += length + (-length % 4)
    return found


def _flip(rng, raw):
    for _ in range(rng.choice([1, 1, 2, 8])):
        raw[rng.randrange(4, len(raw))] ^= 1 << rng.randrange(8)
    return raw


def _message_length(rng, raw):
    now = len(raw)
    length = rng.choice([0, 1, 3, 4, 19, 20, 21, now - 4, now - 1, now + 1, now + 4, 65535, 0xFFFFFF])
    raw[1:4] = (length & 0xFFFFFF).to_bytes(3, "big")
    return raw


def _avp_length(rng, raw):
    spots = _spots(raw)
    if spots:
        at = rng.choice(spots)
        now = int.from_bytes(raw[at + 5:at + 8], "big")
        length = rng.choice([0, 1, 7, 8, 9, 11, 12, now - 1, now + 1, now + 4, now + 64, len(raw), 0xFFFFFF])
        raw[at + 5:at + 8] = (length & 0xFFFFFF).to_bytes(3, "big")
    return raw


def _avp_flags(rng, raw):
    spots = _spots(raw)
    if spots:
        raw[rng.choice(spots) + 4] ^= rng.choice([0x80, 0x40, 0x20, 0xC0, 0x1F])
    return raw


def _avp_code(rng, raw):
    spots = _spots(raw)
    if spots:
        at = rng.choice(spots)
        code = rng.choice([0, 1, 260, 263, 264, 268, 279, 282, 283, 284, 293, 297, 612, 99999])
        raw[at:at + 4] = struct.pack(">I", code)
    return raw


def _value(rng, raw):
    spots = _spots(raw)
    if spots:
        at = rng.choice(spots) + 8
        size = max(0, min(rng.choice([1, 4, 16]), len(raw) - at))
        raw[at:at + size] = rng.choice([b"\0" * size, b"\xff" * size, rng.randbytes(size), b"!" * size])
    return raw


def _truncate(rng, raw):
    del raw[rng.randrange(20, len(raw)):]
    return _resize(raw)


def _splice(rng, raw, other):
    at = rng.choice(_spots(raw) or [20])
    begin = rng.randrange(20, len(other))
    raw[at:at] = other[begin:begin + rng.choice([4, 8, 32, 128])]
    return _resize(raw)


def _nest(rng, raw):
    """Wrap everything after some AVP into grouped AVPs, with a fault in the innermost length."""
    at = rng.choice(_spots(raw) or [20])
    inner = bytes(raw[at:])
    for code in rng.choices([260, 279, 284, 297], k=rng.randrange(1, 6)):
        inner = wire.avp(code, inner)
    raw[at:] = inner
    return _avp_length(rng, _resize(raw)) if rng.random() < 0.5 else _resize(raw)


def _repeat(rng, raw):
    spots = _spots(raw)
    if spots:
        at = rng.choice(spots)
        length = max(8, int.from_bytes(raw[at + 5:at + 8], "big"))
        raw[at:at] = bytes(raw[at:at + length + (-length % 4)]) * rng.choice([1, 2, 64])
    return _resize(raw)


def _resize(raw):
    raw[1:4] = len(raw).to_bytes(3, "big")
    return raw


def damage(rng, raw, other):
    """One to three random faults in raw; other is a second message to take pieces from."""
    raw = bytearray(raw)
    for _ in range(rng.choice([1, 1, 2, 3])):
        fault = rng.choice([_flip, _flip, _message_length, _avp_length, _avp_length, _avp_flags, _avp_code, _value,
                            _truncate, _splice, _nest, _repeat])
        raw = _splice(rng, raw, other) if fault is _splice else fault(rng, raw)
        if len(raw) <= 20:
            break
    return bytes(raw[:65535])
