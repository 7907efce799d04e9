# SPDX-License-Identifier: Apache-2.0
"""Malformed and misdirected requests as a table (RFC 6733, TS 29.229 6): what is sent and which answer it must get."""

from collections.abc import Callable
from dataclasses import dataclass

from peer import cx
from peer.cx import AKA_V1, HOME_REALM
from peer.diameter import PROXIABLE, REQUEST, avp, raw_avp
from peer.results import INVALID_LENGTH, INVALID_VALUE, MISSING, NO_REALM, SUCCESS, TOO_MANY, UNDELIVERABLE, UNSUPPORTED_AVP

SCHEME = ("SIP-Authentication-Scheme", AKA_V1)
ITEM = "SIP-Auth-Data-Item"


@dataclass(frozen=True)
class Row:
    """A malformed request, and the answer that the standard has for it."""

    what: str
    clause: str
    expect: object
    change: Callable            # takes a good MAR, changes it or returns another message
    failed: tuple = ()          # names inside Failed-AVP
    ours: bool = False          # answered by the extension: says whose answer it is, repeats what was wrong


def drop(name):
    return lambda message: message.drop(name)


def twice(name):
    def change(message):
        one = message.find(name)
        message.avps.insert(message.avps.index(one), one)
    return change


def put(name, value, **overrides):
    return lambda message: message.replace(name, avp(name, value, **overrides))


def add(*avps):
    return lambda message: message.add(*avps)


def header(**fields):
    def change(message):
        for name, value in fields.items():
            setattr(message, name, value)
    return change


def last_first(message):
    message.avps = message.avps[1:] + message.avps[:1]


def odd_length(message):
    message.length = len(message.encode()) - 1


def another(command, build):
    """A good request of another command for the same subscriber."""
    def change(message):
        host = message.value("Origin-Host")
        sender = cx.Sender(host, message.value("Origin-Realm"))
        return build(message.value("User-Name"), message.value("Public-Identity"), sender)
    change.command = command
    return change


def deregistration(impi, impu, sender):
    return cx.request(cx.RTR, [("User-Name", impi), ("Public-Identity", impu),
                               ("Deregistration-Reason", [("Reason-Code", 0)])], sender)


def push(impi, _impu, sender):
    return cx.request(cx.PPR, [("User-Name", impi), ("User-Data", b"<IMSSubscription/>")], sender)


# One row each for a missing and for a repeated AVP
REQUIRED = ["Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host", "Origin-Realm",
            "User-Name", "Public-Identity", ITEM, "SIP-Number-Auth-Items", "Server-Name"]
GRAMMAR = [
    *[Row(f"no {name}", "RFC 6733 7.1.5, TS 29.229 6.1.7", MISSING, drop(name), (name,), ours=True)
      for name in [*REQUIRED, "Destination-Realm"]],
    Row("no scheme inside", "TS 29.228 table 6.3.1", MISSING, put(ITEM, []), ("SIP-Authentication-Scheme",), ours=True),
    Row("no Vendor-Id inside Vendor-Specific-Application-Id", "RFC 6733 6.11", MISSING,
        put("Vendor-Specific-Application-Id", []), ("Vendor-Id",)),
    *[Row(f"two {name}", "RFC 6733 7.1.5, TS 29.229 6.1.7", TOO_MANY, twice(name), (name,), ours=True)
      for name in [*REQUIRED, "Destination-Realm"]],
    *[Row(f"two {inner[0]} inside", "RFC 6733 7.1.5, TS 29.229 6.3.13", TOO_MANY, put(ITEM, [SCHEME, *[inner] * count]),
          (inner[0],), ours=True) for inner, count in ((SCHEME, 1), (("SIP-Authorization", bytes(30)), 2), (("SIP-Item-Number", 1), 2))],
    Row("Session-Id is not first", "RFC 6733 8.8", MISSING, last_first, ("Session-Id",)),
]

# Which of them are unknown, and how freeDiameter or we call them in Failed-AVP
UNKNOWN = [
    *[Row(f"unknown AVP with M: {name}", "RFC 6733 4.1, 7.1.5", UNSUPPORTED_AVP, change, (name,)) for name, change in (
        ("AVP 0/9999", add(raw_avp(9999, b"abcd", 0, True))),
        ("AVP 10415/9999", add(raw_avp(9999, b"abcd", 10415, True))),
        ("AVP 4711/1", add(raw_avp(1, b"abcd", 4711, True))),
        ("AVP 0/9998", put(ITEM, [SCHEME, raw_avp(9998, b"abcd", 0, True)])))],
    *[Row(f"unknown AVP without M: {name}", "RFC 6733 4.1", SUCCESS, change, ours=True) for name, change in (
        ("IETF", add(raw_avp(9999, b"abcd"))), ("3GPP", add(raw_avp(9999, b"abcd", 10415))),
        ("another vendor's", add(raw_avp(1, b"", 4711))), ("inside", put(ITEM, [SCHEME, raw_avp(9998, b"abcd")])))],
    *[Row(f"known and of no use here: {what}", "RFC 6733 4.1, TS 29.229 6.1.7", SUCCESS, add(one), ours=True) for what, one in (
        ("DRMP", ("DRMP", 3)), ("OC-Supported-Features", ("OC-Supported-Features", b"")),
        ("Supported-Features without M", ("Supported-Features", [("Vendor-Id", 10415), ("Feature-List-ID", 1),
                                                                  ("Feature-List", 1)])))],
    Row("SIP-Authentication-Context with AKA", "TS 29.228 table 6.3.1", SUCCESS,
        put(ITEM, [SCHEME, ("SIP-Authentication-Context", b"x")]), ours=True),
    Row("M is clear where it should be set", "TS 29.229 6.3", SUCCESS,
        lambda message: message.replace("User-Name", avp("User-Name", message.value("User-Name"), flags=0)), ours=True),
    Row("reserved flag of an AVP", "RFC 6733 4.1", SUCCESS,
        lambda message: message.replace("User-Name", avp("User-Name", message.value("User-Name"), flags=0x41)), ours=True),
]

LENGTHS = [
    *[Row(f"Unsigned32 of {len(octets)} octets", "RFC 6733 7.1.5", INVALID_LENGTH, put("SIP-Number-Auth-Items", octets),
          ("SIP-Number-Auth-Items",)) for octets in (b"", b"abc", bytes(8))],
    Row("AVP longer than the message", "RFC 6733 7.1.5", INVALID_LENGTH, put("Server-Name", b"sip:a.b", length=200),
        ("Server-Name",)),
    Row("AVP shorter than its header", "RFC 6733 7.1.5", INVALID_LENGTH, put("Server-Name", b"sip:a.b", length=5),
        ("Server-Name",)),
    Row("Unsigned32 longer than the message", "RFC 6733 7.1.5", INVALID_LENGTH, put("SIP-Number-Auth-Items", bytes(4), length=2000),
        ("SIP-Number-Auth-Items",)),
    Row("group longer than the message", "RFC 6733 7.1.5", INVALID_LENGTH, put(ITEM, [SCHEME], length=3000), (ITEM,)),
    Row("four octets behind the last AVP", "RFC 6733 7.1.5", INVALID_LENGTH, put("Server-Name", "sip:abcd", padding=bytes(4)),
        ("AVP 0/0",)),
    *[Row(f"inside of a group: {what}", "RFC 6733 7.1.5", INVALID_LENGTH, put(ITEM, value), (failed,)) for what, value, failed in (
        ("AVP longer than the group", [avp(*SCHEME, length=60)], ITEM),
        ("AVP shorter than its header", [avp(*SCHEME, length=3)], ITEM), ("three octets", bytes(3), ITEM))],
    Row("length of the message no multiple of 4", "RFC 6733 7.1.5", (0, 5015), odd_length),
    Row("version 2", "RFC 6733 7.1.5", (0, 5011), header(version=2)),
]

BAD_TEXT = {"a NUL": b"a\0b@x", "bad UTF-8": b"\xff\xfe@x", "an overlong form": b"\xc0\x80@x", "a surrogate": b"\xed\xa0\x80@x",
            "a cut sequence": b"x@\xe2\x82", "nothing": b""}
TEXTS = [
    *[Row(f"{name} with {what}", "RFC 6733 4.3.1, 7.1.5", INVALID_VALUE, put(name, octets), (name,), ours=True)
      for name in ("User-Name", "Public-Identity", "Server-Name") for what, octets in BAD_TEXT.items()],
    *[Row(f"scheme with {what}", "RFC 6733 4.3.1, 7.1.5", INVALID_VALUE, put(ITEM, [(SCHEME[0], octets)]), (SCHEME[0],), ours=True)
      for what, octets in BAD_TEXT.items()],
    *[Row(f"{name} with {what}", "RFC 6733 4.3.1, 7.1.5", INVALID_VALUE, put(name, BAD_TEXT[what]), (name,), ours=True)
      for name in ("Origin-Host", "Origin-Realm") for what in ("a NUL", "bad UTF-8", "nothing")],
    Row("Session-Id with a NUL", "RFC 6733 8.8, 7.1.5", INVALID_VALUE, put("Session-Id", b"a\0b;1;2"), ("Session-Id",)),
    Row("Server-Name of 50000 octets", "RFC 6733 7.1.5", INVALID_VALUE, put("Server-Name", f"sip:{'x' * 50000}@{HOME_REALM}"),
        ("Server-Name",), ours=True),
]

ROUTING = [
    Row("another realm", "RFC 6733 7.1.3", NO_REALM, put("Destination-Realm", "ims.example.org")),
    *[Row(f"realm with {what}", "RFC 6733 7.1.3", NO_REALM, put("Destination-Realm", BAD_TEXT[what]))
      for what in ("a NUL", "bad UTF-8", "nothing")],
    Row("realm in upper case", "RFC 6733 4.3.1", SUCCESS, put("Destination-Realm", HOME_REALM.upper()), ours=True),
    Row("another host of our realm", "RFC 6733 6.1.6", UNDELIVERABLE, add(("Destination-Host", f"other.{HOME_REALM}"))),
    Row("our host", "RFC 6733 6.1.4", SUCCESS, add(("Destination-Host", f"hss.{HOME_REALM}")), ours=True),
    Row("our host in upper case", "RFC 6733 4.3.1", SUCCESS, add(("Destination-Host", f"HSS.{HOME_REALM}".upper())), ours=True),
    Row("our host in Route-Record", "RFC 6733 6.1.3", (0, 3005), add(("Route-Record", f"hss.{HOME_REALM}"))),
    Row("a foreign Origin-Host", "TS 29.229 5.3 (as the server's documentation)", (0, 5003), put("Origin-Host", f"scscf9.{HOME_REALM}"),
        ours=True),
    Row("Origin-Host in upper case", "RFC 6733 4.3.1", SUCCESS, put("Origin-Host", f"SCSCF.{HOME_REALM}".upper()), ours=True),
]

HEADERS = [
    *[Row(f"command {code}", "RFC 6733 7.1.3", (0, 3001), header(command=code)) for code in (0, 306, 999, 0xFFFFFF)],
    Row("another application", "RFC 6733 7.1.3", (0, 3007), header(application=cx.CX_APPLICATION[1][1][1] + 1)),
    Row("application of a relay", "RFC 6733 7.1.3", (0, 3007), header(application=0xFFFFFFFF)),
    Row("E flag in a request", "RFC 6733 7.1.3", (0, 3008), header(flags=REQUEST | PROXIABLE | 0x20)),
    Row("reserved flags of the header", "RFC 6733 3", SUCCESS, header(flags=REQUEST | PROXIABLE | 0x01), ours=True),
    Row("P flag clear", "RFC 6733 6.2", SUCCESS, header(flags=REQUEST), ours=True),
    Row("T flag", "RFC 6733 3, TS 29.229 5.1", SUCCESS, header(flags=REQUEST | PROXIABLE | 0x10), ours=True),
    # Known, and not for an HSS to receive: no user must be made up or lost by them.
    *[Row(f"{name} is not served", "RFC 6733 7.1.3", (0, 3001), another(name, build), ours=True) for name, build in (
        ("RTR from a peer", deregistration), ("PPR from a peer", push))],
]

ROWS = GRAMMAR + UNKNOWN + LENGTHS + TEXTS + ROUTING + HEADERS
