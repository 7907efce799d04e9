# SPDX-License-Identifier: Apache-2.0
"""Diameter messages (RFC 6733 3 and 4): build, encode, decode; also messages that are wrong on purpose."""

import ipaddress
import itertools
import os
import random
import struct
import time
from dataclasses import dataclass, field

from .dictionary import BY_CODE, BY_NAME, CX, AvpType, command_name

REQUEST, PROXIABLE, ERROR, RETRANSMITTED = 0x80, 0x40, 0x20, 0x10
VENDOR, MANDATORY = 0x80, 0x40
HEADER = struct.Struct("!B3sB3sIII")

# RFC 6733 3 wants unique identifiers that do not start over at the same place after a restart.
_hop_ids = itertools.count(random.getrandbits(31))
_end_ids = itertools.count((int(time.time()) & 0xFFF) << 20 | random.getrandbits(20))
_sessions = itertools.count(1)
_start = int(time.time())


class DecodeError(ValueError):
    """The octets are not a well-formed Diameter message."""


def new_session_id(origin_host):
    return f"{origin_host};{_start};{next(_sessions)};{os.getpid()}.{random.getrandbits(32)}"


# Values

_INTEGERS = {"Unsigned32": "!I", "Enumerated": "!i", "Time": "!I", "Unsigned64": "!Q"}
_ADDRESS_FAMILY = {4: 1, 6: 2}


def _pack_address(value):
    address = ipaddress.ip_address(value)
    return _ADDRESS_FAMILY[address.version].to_bytes(2, "big") + address.packed


def _unpack_address(data):
    sizes = {1: 4, 2: 16}
    family = int.from_bytes(data[:2], "big")
    if sizes.get(family) != len(data) - 2:
        raise DecodeError(f"an Address of family {family} with {len(data) - 2} octets")
    return ipaddress.ip_address(data[2:])


def pack_value(kind, value):
    """Encode a Python value; bytes are taken as they are, whatever the type says."""
    if isinstance(value, bytes):
        return value
    if kind in _INTEGERS:
        return struct.pack(_INTEGERS[kind], value)
    if kind == "Grouped":
        return b"".join(avp.encode() for avp in as_avps(value))
    if kind == "Address":
        return _pack_address(value)
    return value.encode()


def unpack_value(kind, data):
    if kind in _INTEGERS:
        size = struct.calcsize(_INTEGERS[kind])
        if len(data) != size:
            raise DecodeError(f"{kind} of {len(data)} octets instead of {size}")
        return struct.unpack(_INTEGERS[kind], data)[0]
    if kind == "Grouped":
        return decode_avps(data)
    if kind == "Address":
        return _unpack_address(data)
    if kind == "OctetString":
        return data
    return _unpack_text(kind, data)


def _unpack_text(kind, data):
    try:
        text = data.decode("utf-8" if kind == "UTF8String" else "ascii")
    except UnicodeDecodeError as error:
        raise DecodeError(f"{kind} is not text: {error.reason}") from error
    if "\0" in text:
        raise DecodeError(f"{kind} contains a NUL")
    return text


# AVPs

@dataclass
class Avp:
    """One AVP. `length` and `padding` override what encode() would write, to build malformed messages."""

    code: int
    data: bytes = field(repr=False)
    vendor: int = 0
    flags: int = 0
    length: int | None = None
    padding: bytes | None = None

    @property
    def type(self) -> AvpType | None:
        return BY_CODE.get((self.vendor, self.code))

    @property
    def name(self):
        return self.type.name if self.type else f"AVP {self.vendor}/{self.code}"

    @property
    def value(self):
        """The value in its Python type: str, int, bytes, address, or a list of AVPs."""
        try:
            return unpack_value(self.type.type if self.type else "OctetString", self.data)
        except DecodeError as error:
            raise DecodeError(f"{self.name}: {error}") from error

    def encode(self):
        header = 12 if self.flags & VENDOR else 8
        length = header + len(self.data) if self.length is None else self.length
        padding = bytes(-len(self.data) % 4) if self.padding is None else self.padding
        vendor = struct.pack("!I", self.vendor) if self.flags & VENDOR else b""
        return struct.pack("!II", self.code, self.flags << 24 | length) + vendor + self.data + padding


def avp(name, value, flags=None, length=None, padding=None):
    """An AVP of the dictionary. Bytes as value bypass the type; the other arguments override what is right."""
    row = BY_NAME[name]
    if flags is None:
        flags = (VENDOR if row.vendor else 0) | (MANDATORY if row.mandatory == "M" else 0)
    return Avp(row.code, pack_value(row.type, value), row.vendor, flags, length, padding)


def raw_avp(code, data, vendor=0, mandatory=False, **overrides):
    """An AVP by number, known or not."""
    flags = (VENDOR if vendor else 0) | (MANDATORY if mandatory else 0)
    return Avp(code, data, **{"vendor": vendor, "flags": flags, **overrides})


def as_avps(items):
    """A list of AVPs from AVPs and (name, value) pairs; the value of a grouped AVP is such a list again."""
    return [item if isinstance(item, Avp) else avp(*item) for item in items]


def _decode_avp(data, at):
    if len(data) - at < 8:
        raise DecodeError(f"{len(data) - at} octets left over at offset {at}, no room for an AVP header")
    code, word = struct.unpack_from("!II", data, at)
    flags, length = word >> 24, word & 0xFFFFFF
    header = 12 if flags & VENDOR else 8
    if length < header or at + length > len(data):
        raise DecodeError(f"AVP {code} at offset {at}: length {length}, but {len(data) - at} octets are there")
    vendor = struct.unpack_from("!I", data, at + 8)[0] if flags & VENDOR else 0
    return Avp(code, data[at + header:at + length], vendor, flags), length


def decode_avps(data):
    avps, at = [], 0
    while at < len(data):
        one, length = _decode_avp(data, at)
        at += length
        padding = data[at:at + -length % 4]
        if len(padding) != -length % 4 or any(padding):
            raise DecodeError(f"{one.name}: padding of {len(padding)} octets instead of {-length % 4} zero ones")
        if one.flags & 0x1F:
            raise DecodeError(f"{one.name}: reserved flag bits are set: 0x{one.flags:02x}")
        if one.flags & VENDOR and not one.vendor:
            raise DecodeError(f"{one.name}: V flag with vendor 0")
        at += len(padding)
        avps.append(one)
    return avps


def damaged_avp(data):
    """What can be told of the first AVP in octets that decode_avps() refuses; its length may be anything."""
    code, word = struct.unpack_from("!II", data.ljust(12, b"\0"))
    flags = word >> 24
    vendor = int.from_bytes(data[8:12], "big") if flags & VENDOR else 0
    return Avp(code, data[12 if flags & VENDOR else 8:], vendor, flags, length=word & 0xFFFFFF)


# Messages

class AvpHolder:
    """What messages have in common with any list of AVPs: search and change by name."""

    def findall(self, name):
        row = BY_NAME[name]
        return [one for one in self.avps if (one.code, one.vendor) == (row.code, row.vendor)]

    def find(self, name):
        return next(iter(self.findall(name)), None)

    def value(self, name, default=None):
        found = self.find(name)
        return default if found is None else found.value

    def add(self, *items):
        self.avps += as_avps(items)
        return self

    def drop(self, name):
        row = BY_NAME[name]
        self.avps = [one for one in self.avps if (one.code, one.vendor) != (row.code, row.vendor)]
        return self

    def replace(self, name, replacement):
        """Put an AVP (or a value for that name) where the first AVP of that name is; fail if there is none."""
        old = self.findall(name)[0]
        new = replacement if isinstance(replacement, Avp) else avp(name, replacement)
        self.avps = [new if one is old else one for one in self.avps]
        return self


@dataclass
class Group(AvpHolder):
    """The inside of a grouped AVP, with the same search functions as a message."""

    avps: list


def grouped(one):
    return Group(one.value)


@dataclass
class Message(AvpHolder):
    """A message. `length` and `version` override what encode() would write."""

    command: int
    avps: list
    flags: int = REQUEST | PROXIABLE
    application: int = CX
    hop_by_hop: int = field(default_factory=lambda: next(_hop_ids) & 0xFFFFFFFF)
    end_to_end: int = field(default_factory=lambda: next(_end_ids) & 0xFFFFFFFF)
    length: int | None = None
    version: int = 1

    @classmethod
    def request(cls, command, avps, application=CX, **fields):
        flags = REQUEST | (PROXIABLE if application else 0)
        return cls(command, as_avps(avps), **{"flags": flags, "application": application, **fields})

    def answer(self, avps, flags=None):
        """An answer to this request; Session-Id is copied, the rest is up to the caller."""
        session = self.findall("Session-Id")
        flags = self.flags & PROXIABLE if flags is None else flags
        return Message(self.command, session + as_avps(avps), flags, self.application,
                       self.hop_by_hop, self.end_to_end)

    @property
    def is_request(self):
        return bool(self.flags & REQUEST)

    @property
    def name(self):
        return command_name(self.application, self.command, self.is_request)

    def encode(self):
        body = b"".join(one.encode() for one in self.avps)
        length = HEADER.size + len(body) if self.length is None else self.length
        return HEADER.pack(self.version, length.to_bytes(3, "big"), self.flags, self.command.to_bytes(3, "big"),
                           self.application, self.hop_by_hop, self.end_to_end) + body

    @classmethod
    def decode(cls, data):
        if len(data) < HEADER.size:
            raise DecodeError(f"{len(data)} octets, no room for the message header")
        version, length, flags, command, application, hop, end = HEADER.unpack_from(data)
        if version != 1:
            raise DecodeError(f"Diameter version {version}")
        if int.from_bytes(length, "big") != len(data) or len(data) % 4:
            raise DecodeError(f"message length {int.from_bytes(length, 'big')}, but {len(data)} octets are there")
        if flags & 0x0F:
            raise DecodeError(f"reserved header flag bits are set: 0x{flags:02x}")
        return cls(int.from_bytes(command, "big"), decode_avps(data[HEADER.size:]), flags, application, hop, end)
