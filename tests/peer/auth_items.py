# SPDX-License-Identifier: Apache-2.0
"""SIP-Auth-Data-Item of a MAA as plain values, and what TS 29.228 table 6.3.4 to 6.3.7 wants of it, scheme by scheme."""

import re
from dataclasses import dataclass, field

from .diameter import Group

AKA_V1, SIP_DIGEST, NASS_BUNDLED, GIBA = "Digest-AKAv1-MD5", "SIP Digest", "NASS-Bundled", "Early-IMS-Security"
_FAMILIES = {"sip digest": SIP_DIGEST, "sip_digest": SIP_DIGEST, "digest": SIP_DIGEST, "nass-bundled": NASS_BUNDLED,
             "early-ims-security": GIBA}


@dataclass(frozen=True)
class SipDigest:
    """SIP-Digest-Authenticate; H(A1) in hexadecimal, as it is sent."""

    realm: str | None
    qop: str | None
    algorithm: str | None
    ha1: str | None = field(repr=False)
    alternate_algorithm: str | None = None
    alternate_ha1: str | None = field(default=None, repr=False)


@dataclass
class AuthItem:
    """One SIP-Auth-Data-Item of a MAA; absent parts are None. repr() shows no key."""

    number: int | None = None
    scheme: str | None = None
    authenticate: bytes | None = None
    xres: bytes | None = field(default=None, repr=False)
    ck: bytes | None = field(default=None, repr=False)
    ik: bytes | None = field(default=None, repr=False)
    digest: SipDigest | None = None
    lines: list = field(default_factory=list)
    ipv4: bytes | None = None
    ipv6_prefix: bytes | None = None
    interface_id: int | None = None
    avps: Group = field(default_factory=lambda: Group([]), repr=False)

    @property
    def rand(self):
        return self.authenticate and self.authenticate[:16]

    @property
    def autn(self):
        return self.authenticate and self.authenticate[16:]

    @property
    def family(self):
        """The scheme by its usual name; all kinds of AKA are one."""
        return _FAMILIES.get((self.scheme or "").lower(), AKA_V1)


def _digest_of(one):
    inside = Group(one)
    return SipDigest(*(inside.value(name) for name in (
        "Digest-Realm", "Digest-QoP", "Digest-Algorithm", "Digest-HA1", "Alternate-Digest-Algorithm", "Alternate-Digest-HA1")))


def parse_item(one):
    inside = Group(one.value)
    digest = inside.value("SIP-Digest-Authenticate")
    return AuthItem(
        inside.value("SIP-Item-Number"), inside.value("SIP-Authentication-Scheme"), inside.value("SIP-Authenticate"),
        inside.value("SIP-Authorization"), inside.value("Confidentiality-Key"), inside.value("Integrity-Key"),
        digest and _digest_of(digest), [line.data for line in inside.findall("Line-Identifier")],
        inside.value("Framed-IP-Address"), inside.value("Framed-IPv6-Prefix"), inside.value("Framed-Interface-Id"), inside)


# What an item must satisfy

_AKA_LENGTHS = {"authenticate": 32, "xres": 8, "ck": 16, "ik": 16}


def _aka_problems(item):
    for part, length in _AKA_LENGTHS.items():
        octets = getattr(item, part)
        if octets is None or len(octets) != length:
            yield f"{part} has {'no' if octets is None else len(octets)} octets instead of {length}"


def _digest_problems(item):
    digest = item.digest or SipDigest(None, None, None, None)
    if not digest.realm:
        yield "no Digest-Realm"
    if digest.qop != "auth":
        yield f"Digest-QoP is {digest.qop}"
    if digest.algorithm not in (None, "MD5"):
        yield f"Digest-Algorithm is {digest.algorithm}"
    if not re.fullmatch("[0-9a-f]{32}", digest.ha1 or ""):
        yield "Digest-HA1 is not 32 hexadecimal digits in lower case"
    if (digest.alternate_algorithm is None) != (digest.alternate_ha1 is None):
        yield "one half of the alternate digest is missing"
    if digest.alternate_algorithm not in (None, "SHA-256"):
        yield f"Alternate-Digest-Algorithm is {digest.alternate_algorithm}"
    if digest.alternate_ha1 is not None and not re.fullmatch("[0-9a-f]{64}", digest.alternate_ha1):
        yield "Alternate-Digest-HA1 is not 64 hexadecimal digits in lower case"


def _nass_problems(item):
    if not item.lines or not all(item.lines):
        yield "no Line-Identifier, or an empty one"


def _giba_problems(item):
    if (item.ipv4 is None) == (item.ipv6_prefix is None):
        yield "not exactly one of Framed-IP-Address and Framed-IPv6-Prefix"
    if item.ipv4 is not None and len(item.ipv4) != 4:
        yield f"Framed-IP-Address has {len(item.ipv4)} octets"
    if item.ipv6_prefix is not None:
        yield from _prefix_problems(item.ipv6_prefix)
    if item.interface_id is not None and item.ipv6_prefix is None:
        yield "Framed-Interface-Id without Framed-IPv6-Prefix"


def _prefix_problems(octets):
    """RFC 3162 2.3: a zero octet, the length in bits, at least that many bits; what is behind them is zero."""
    if len(octets) < 2 or octets[0] or octets[1] > 128 or not octets[1] <= (len(octets) - 2) * 8 <= 128:
        yield f"Framed-IPv6-Prefix is {octets.hex()}"
    elif int.from_bytes(octets[2:], "big") & ((1 << ((len(octets) - 2) * 8 - octets[1])) - 1):
        yield f"Framed-IPv6-Prefix {octets.hex()} has bits behind its length"


_RULES = {  # by family: what else is wrong, and the AVPs beside the scheme
    AKA_V1: (_aka_problems, {"SIP-Item-Number", "SIP-Authenticate", "SIP-Authorization", "Confidentiality-Key", "Integrity-Key"}),
    SIP_DIGEST: (_digest_problems, {"SIP-Digest-Authenticate"}),
    NASS_BUNDLED: (_nass_problems, {"Line-Identifier"}),
    GIBA: (_giba_problems, {"Framed-IP-Address", "Framed-IPv6-Prefix", "Framed-Interface-Id"})}


def item_problems(item, asked_scheme):
    """What is wrong with an item that answers a request for this scheme."""
    if asked_scheme.lower() not in ("unknown", (item.scheme or "").lower()):
        yield f"scheme {item.scheme} instead of {asked_scheme}"
    rules, allowed = _RULES[item.family]
    yield from rules(item)
    unexpected = {one.name for one in item.avps.avps} - allowed - {"SIP-Authentication-Scheme"}
    if unexpected:
        yield f"unexpected {', '.join(sorted(unexpected))}"


def list_problems(items, asked):
    """How many there may be for so many asked for, and how they are numbered: one without a number, but with AKA."""
    is_aka = all(item.family == AKA_V1 for item in items)
    if not 1 <= len(items) <= (max(1, asked) if is_aka else 1):
        yield f"{len(items)} items for {asked} asked for"
    numbers = [item.number for item in items]
    if is_aka and numbers != list(range(1, len(items) + 1)):
        yield f"the items are numbered {numbers}"
