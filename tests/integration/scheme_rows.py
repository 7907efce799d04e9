# SPDX-License-Identifier: Apache-2.0
"""Multimedia-Auth as a table: the schemes beside AKA (TS 29.228 6.3, TS 33.203 Annexes N, R and T)."""

import hashlib

from mar_rows import A, B, NEW, NOBODY, OURS, REGISTERED, STATES, THEIRS, Row, auts, cut
from peer.auth_items import GIBA, NASS_BUNDLED, SIP_DIGEST, SipDigest
from peer.results import DONT_MATCH, INVALID_VALUE, NOT_ALLOWED, NO_SCHEME, UNABLE, UNKNOWN

REALM, PASSWORD = "digest.example.net", "correct horse battery staple"
STEP4, STEP5 = "TS 29.228 6.3.1 step 4", "TS 29.228 6.3.1 step 5"
NAMED = OURS  # what a bundled scheme changes of a fresh subscriber: the name alone


def digest_of(password=PASSWORD, realm=REALM, with_sha256=True):
    """SIP-Digest-Authenticate as RFC 7616 3.4.2 has it; the user name is the IMPI."""
    def make(scene):
        text = f"{scene.card.impi}:{realm}:{password}".encode()
        sha256 = ("SHA-256", hashlib.sha256(text).hexdigest()) if with_sha256 else ()
        return SipDigest(realm, "auth", "MD5", hashlib.md5(text, usedforsecurity=False).hexdigest(), *sha256)
    return {"digest": make}


def digest_user(*schemes, **columns):
    return {"schemes": schemes or ("sip-digest",), "digest": {"realm": REALM, **(columns or {"password": PASSWORD})}}


def without(table):
    """SQL that takes away what the schema wants a scheme to have."""
    return f"DELETE FROM quintet.{table} WHERE impi_id = (SELECT id FROM quintet.impi WHERE identity = %(impi)s)"


def with_schemes(*schemes):
    return f"UPDATE quintet.impi SET schemes = '{{{','.join(schemes)}}}' WHERE identity = %(impi)s"


HA1 = "0123456789abcdef" * 2
LINE = b"dsl-line-0042"
DIGEST_USER, NASS_USER = digest_user(), {"schemes": ("nass-bundled",), "lines": (LINE,)}
GIBA_USER = {"schemes": ("giba",), "address": "10.45.0.7"}
GIBA_ITEM, NASS_ITEM = {"ipv4": bytes([10, 45, 0, 7]), "ipv6_prefix": None}, {"lines": [LINE]}
ONE_OF_EACH = [(SIP_DIGEST, DIGEST_USER, digest_of()), (NASS_BUNDLED, NASS_USER, NASS_ITEM), (GIBA, GIBA_USER, GIBA_ITEM)]
BUNDLED = ONE_OF_EACH[1:]

DIGEST = [
    *[Row(f"served and echoed: {scheme}", "TS 29.229 6.3.9", provision=DIGEST_USER, ask={"scheme": scheme}, after=NEW,
          item=digest_of(), echo=scheme) for scheme in ("SIP Digest", "sip digest", "SIP DIGEST", "SIP_DIGEST", "Digest")],
    *[Row(f"none of the values: {scheme}", "TS 29.229 6.3.9", NO_SCHEME, provision=DIGEST_USER, ask={"scheme": scheme})
      for scheme in ("Digest-MD5", "DIGEST-MD5", "HTTP_DIGEST_MD5", "SIP-Digest")],
    Row("H(A1) of MD5 alone", "TS 29.229 6.3.36", provision=digest_user(ha1=HA1.upper()), ask={"scheme": SIP_DIGEST}, after=NEW,
        item={"digest": SipDigest(REALM, "auth", "MD5", HA1)}, echo=SIP_DIGEST),
    Row("H(A1) of both, as they were delivered", "TS 29.229 6.3.36", provision=digest_user(ha1=HA1, ha1_sha256=HA1 * 2),
        ask={"scheme": SIP_DIGEST}, after=NEW, item={"digest": SipDigest(REALM, "auth", "MD5", HA1, "SHA-256", HA1 * 2)},
        echo=SIP_DIGEST),
    Row("a password beyond ASCII, with everything that CSV quotes", "RFC 7616 4", provision=digest_user(password=' pässwörd, "日本" '),
        ask={"scheme": SIP_DIGEST}, after=NEW, item=digest_of(' pässwörd, "日本" '), echo=SIP_DIGEST),
    Row("SIP Digest for a user of several schemes", STEP4, provision=digest_user("aka", "sip-digest"),
        ask={"scheme": SIP_DIGEST}, after=NEW, item=digest_of(), echo=SIP_DIGEST),
    Row("AKA for a user of several schemes, SIP Digest first", STEP4, provision=digest_user("sip-digest", "aka"), after=NEW,
        vectors=1),
    *[Row(f"SIP Digest: {state}, no name: stored and pending", STEP5, before={"state": state}, provision=DIGEST_USER,
          ask={"scheme": SIP_DIGEST}, after=NEW, item=digest_of(), echo=SIP_DIGEST) for state in STATES],
    *[Row(f"SIP Digest: {state}, same name: pending", STEP5, before={**OURS, "state": state}, provision=DIGEST_USER,
          ask={"scheme": SIP_DIGEST}, after={"auth_pending": True}, item=digest_of(), echo=SIP_DIGEST) for state in STATES[:2]],
    Row("SIP Digest by a secret that was given another realm does not open", "docs/architecture.md, Keys", UNABLE, provision={
        **DIGEST_USER, "unchecked": "UPDATE quintet.digest_secret SET realm = 'elsewhere.example.net' FROM quintet.impi i"
        " WHERE i.id = impi_id AND i.identity = %(impi)s"}, ask={"scheme": SIP_DIGEST}, after=NEW),
    Row("SIP Digest by a data key that is not there", "docs/architecture.md, Keys", UNABLE, provision={
        **DIGEST_USER, "unchecked": "UPDATE quintet.digest_secret SET data_key_id = 77 FROM quintet.impi i WHERE i.id = impi_id"
        " AND i.identity = %(impi)s"}, ask={"scheme": SIP_DIGEST}, after=NEW),
]

NASS = [
    Row("three lines in their order", "TS 29.229 6.3.13", provision={**NASS_USER, "lines": (b"c", b"a" * 255, b"\xff\0\1b")},
        ask={"scheme": NASS_BUNDLED}, after=NAMED, item={"lines": [b"c", b"a" * 255, b"\xff\0\1b"]}, echo=NASS_BUNDLED),
]

ADDRESSES = [
    ("2001:db8:0:1::/64", None, bytes.fromhex("004020010db800000001")),
    ("2001:db8:ffff:ffff::/60", None, bytes.fromhex("003c20010db8fffffff0")),
    ("2001:db8::1/64", bytes(range(1, 9)), bytes.fromhex("004020010db800000000")),
    ("2001:db8::42", None, bytes.fromhex("008020010db8000000000000000000000042")),
    ("::/0", None, bytes(2)),
]
ADDRESS = [
    Row(f"address {address}{'' if interface is None else ' with an interface identifier'}", "TS 29.229 6.3.13, RFC 3162 2.3",
        provision={**GIBA_USER, "address": address, "interface_id": interface}, ask={"scheme": GIBA}, after=NAMED, echo=GIBA,
        item={"ipv4": None, "ipv6_prefix": octets, "interface_id": interface and int.from_bytes(interface, "big")})
    for address, interface, octets in ADDRESSES
]

EACH = [row for scheme, user, item in ONE_OF_EACH for row in (
    *[Row(f"{asked} for a user of {scheme}", STEP4, provision=user, ask={"scheme": asked}, item=item, echo=scheme,
          after=NEW if scheme == SIP_DIGEST else NAMED) for asked in ("Unknown", "unknown")],
    *[Row(f"{scheme}: {asked} items asked for, one given", "TS 29.228 table 6.3.2", provision=user,
          ask={"scheme": scheme, "items": asked}, item=item, echo=scheme, after=NEW if scheme == SIP_DIGEST else NAMED)
      for asked in (0, 5, 2**32 - 1)],
    *[Row(f"{scheme}: {what}", STEP4, NOT_ALLOWED, provision=user, ask={"scheme": asked}, authorization=wrong,
          failed=("SIP-Authorization",)) for what, asked, wrong in (
              ("with an AUTS", scheme, auts(5)), ("with 29 octets of an AUTS", scheme, cut(29)),
              ("with an AUTS, by the name Unknown", "Unknown", auts(5)))],
    Row(f"{scheme}: with an AUTS beside the item", STEP4, NOT_ALLOWED, provision=user, ask={"scheme": scheme}, beside=auts(5),
        failed=("SIP-Authorization",)),
    Row(f"{scheme}: an IMPI that does not exist", "TS 29.228 6.3.1 step 1", UNKNOWN, provision=user,
        ask={"scheme": scheme, "impi": NOBODY}),
    Row(f"{scheme}: a service identity", "TS 29.228 6.3.1 step 2", UNKNOWN, provision={**user, "impu_type": "distinct_psi"},
        ask={"scheme": scheme}),
    Row(f"{scheme}: not associated", "TS 29.228 6.3.1 step 3", DONT_MATCH, provision={**user, "associated": False},
        ask={"scheme": scheme}),
    Row(f"{scheme}: registered, same name: nothing changes", STEP5, before={**OURS, **REGISTERED}, provision=user,
        ask={"scheme": scheme}, item=item, echo=scheme),
    Row(f"{scheme}: registered there: overwritten, pending, and the old one is told", f"{STEP5}, 8.1",
        before={**THEIRS, **REGISTERED}, provision=user, ask={"scheme": scheme}, after=NEW, item=item, echo=scheme, told=THEIRS),
    Row(f"{scheme}: another name on the same Diameter address: nobody is told", "TS 29.228 8.1",
        before={**OURS, **REGISTERED, "name": B}, provision=user, ask={"scheme": scheme}, after={"name": A, "auth_pending": True},
        item=item, echo=scheme),
)]

AT_ONCE = [row for scheme, user, item in BUNDLED for row in (
    *[Row(f"{scheme}: {state}, no name: stored, nothing pending", STEP5, before={"state": state}, provision=user,
          ask={"scheme": scheme}, after=NAMED, item=item, echo=scheme) for state in STATES[:2]],
    *[Row(f"{scheme}: {state}, another name: overwritten, nothing pending", STEP5, before={**THEIRS, "state": state},
          provision=user, ask={"scheme": scheme}, after=NAMED, item=item, echo=scheme) for state in STATES[:2]],
    Row(f"{scheme}: what is pending of another scheme stays so", STEP5, before={**OURS, "auth_pending": True}, provision=user,
        ask={"scheme": scheme}, item=item, echo=scheme),
    Row(f"{scheme}: another name ends a reassignment", f"{STEP5}, TS 23.380", before={**THEIRS, "reassignment": True},
        provision=user, ask={"scheme": scheme}, after={**NAMED, "reassignment": False}, item=item, echo=scheme),
)]

# A scheme without its data is not provisioned; an address that is not there now may be there soon.
LACKING = [
    *[Row(f"no {table} behind the scheme: {asked}", STEP4, NO_SCHEME, provision={**user, "unchecked": without(table)},
          ask={"scheme": asked}) for user, table, scheme in ((DIGEST_USER, "digest_secret", SIP_DIGEST),
                                                             (NASS_USER, "line_identifier", NASS_BUNDLED))
      for asked in (scheme, "Unknown")],
    *[Row(f"GIBA without an address: {asked}", "TS 29.228 6.3.1", UNABLE, provision={"schemes": ("giba",)}, ask={"scheme": asked})
      for asked in (GIBA, "Unknown")],
    *[Row(f"data without the scheme: {scheme}", STEP4, NO_SCHEME, provision={**user, "unchecked": with_schemes("aka")},
          ask={"scheme": scheme}) for scheme, user, _ in ONE_OF_EACH],
    *[Row(f"no scheme at all: {asked}", STEP4, NO_SCHEME, provision={"unchecked": with_schemes()}, ask={"scheme": asked})
      for asked in ("Digest-AKAv1-MD5", "Unknown", SIP_DIGEST)],
    Row("29 octets with AKA by the name Unknown", "TS 29.229 6.3.11", INVALID_VALUE, ask={"scheme": "Unknown"},
        authorization=cut(29), failed=("SIP-Authorization",)),
]

ROWS = DIGEST + NASS + ADDRESS + EACH + AT_ONCE + LACKING

STRICT = [  # authentication.accept_unknown_scheme = false: what the standard answers is answered
    Row("strict: Unknown for a user of SIP Digest", STEP4, provision=DIGEST_USER, ask={"scheme": "Unknown"}, after=NEW,
        item=digest_of(), echo=SIP_DIGEST),
    Row("strict: Unknown for a user of NASS-Bundled", STEP4, provision=NASS_USER, ask={"scheme": "Unknown"}, after=NAMED,
        item=NASS_ITEM, echo=NASS_BUNDLED),
    Row("strict: Unknown for a user of GIBA", STEP4, NO_SCHEME, provision=GIBA_USER, ask={"scheme": "Unknown"}),
    Row("strict: GIBA by its name", STEP4, provision=GIBA_USER, ask={"scheme": GIBA}, after=NAMED, item=GIBA_ITEM, echo=GIBA),
]
