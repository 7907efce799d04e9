# SPDX-License-Identifier: Apache-2.0
"""Multimedia-Auth as a table: one row for each branch of TS 29.228 6.3 that concerns AKA; scheme_rows.py has the others."""

from collections.abc import Callable
from dataclasses import dataclass, field

from peer.cx import AKA_V1, HOME_REALM
from peer.results import DONT_MATCH, INVALID_VALUE, NO_SCHEME, SUCCESS, UNABLE, UNKNOWN
from peer.usim import join_sqn

A, B = (f"sip:{label}.{HOME_REALM}:6060" for label in ("scscf", "scscf2"))
OURS = {"name": A, "host": f"scscf.{HOME_REALM}", "realm": HOME_REALM}     # the S-CSCF that asks
THEIRS = {"name": B, "host": f"scscf2.{HOME_REALM}", "realm": HOME_REALM}  # another one
NOBODY = f"nobody@{HOME_REALM}"
DELTA = 1 << 28
CEILING = (1 << 43) - 1 - DELTA  # the last SEQ that may be issued (TS 33.102 C.3)


@dataclass(frozen=True)
class Row:
    what: str
    clause: str
    expect: tuple = SUCCESS
    before: dict = field(default_factory=dict)     # how the state differs from a fresh subscriber's
    provision: dict = field(default_factory=dict)  # how the subscriber is provisioned
    ask: dict = field(default_factory=dict)        # how the request differs from a plain one; functions get the scene
    authorization: Callable | None = None          # makes SIP-Authorization from the scene
    beside: Callable | None = None                 # makes one that stands beside SIP-Auth-Data-Item
    inside: tuple = ()                             # more AVPs of SIP-Auth-Data-Item
    after: dict = field(default_factory=dict)      # what the request changes, besides SEQ and IND of `vectors`
    vectors: int = 0
    raised_to: int | None = None                   # SEQ that the vectors follow after a resynchronisation
    failed: tuple = ()                             # names inside Failed-AVP
    echo: str = AKA_V1                             # scheme of the items
    told: dict | None = None                       # the S-CSCF that an RTR becomes due to
    item: dict | None = None                       # fields of the one item of another scheme than AKA; functions get the scene


# Makers of SIP-Authorization; the scene has the card, the stranger's card and the state before.

RAND = bytes(range(16))


def auts(offset, rand=RAND, ind=3):
    """An authentic AUTS of a card whose SEQ_MS is that of the home environment plus `offset`."""
    return lambda scene: rand + scene.card.usim().milenage.auts(rand, join_sqn(scene.before.seq + offset, ind))


def auts_at(seq, ind=3):
    return lambda scene: RAND + scene.card.usim().milenage.auts(RAND, join_sqn(seq, ind))


def damaged(octet):
    """An authentic one with one bit turned over."""
    def make(scene):
        octets = bytearray(auts(5)(scene))
        octets[octet] ^= 1
        return bytes(octets)
    return make


def of_another_card(scene):
    return RAND + scene.stranger.usim().milenage.auts(RAND, join_sqn(scene.before.seq + 5, 3))


def with_wrong_amf(scene):
    return RAND + scene.card.usim().milenage.auts(RAND, join_sqn(scene.before.seq + 5, 3), amf=b"\x80\0")


def cut(length):
    return lambda scene: (auts(5)(scene) * 3)[:length]


RESYNCED = {"resyncs": 1, "resync_window": True}
REGISTERED = {"state": "registered", "registered": True}

IDENTITIES = [
    Row("IMPI unknown", "TS 29.228 6.3.1 step 1", UNKNOWN, ask={"impi": NOBODY}),
    Row("IMPU unknown", "TS 29.228 6.3.1 step 1", UNKNOWN, ask={"impu": f"sip:{NOBODY}"}),
    Row("both unknown", "TS 29.228 6.3.1 step 1", UNKNOWN, ask={"impi": NOBODY, "impu": f"sip:{NOBODY}"}),
    Row("IMPI unknown, with an AUTS", "TS 29.228 6.3.1 step 1", UNKNOWN, ask={"impi": NOBODY},
        authorization=auts(5)),
    Row("IMPU unknown, with an AUTS", "TS 29.228 6.3.1 step 1", UNKNOWN, ask={"impu": f"sip:{NOBODY}"},
        authorization=auts(5)),
    Row("IMPI unknown and scheme unheard of: the first check decides", "TS 29.228 6.3.1 step 1", UNKNOWN,
        ask={"impi": NOBODY, "scheme": "Unheard-Of"}),
    Row("an identity full of SQL", "TS 29.228 6.3.1 step 1", UNKNOWN,
        ask={"impi": "x' OR '1'='1\"\\{},NULL;--@x", "impu": "sip:{\"a\",NULL}');--@x"}),
    Row("IMPU of nearly 1024 octets", "TS 29.228 6.3.1 step 1", UNKNOWN, ask={"impu": f"sip:{'x' * 980}@{HOME_REALM}"}),
    Row("user part in another case", "RFC 3261 19.1.4", UNKNOWN,
        ask={"impu": lambda scene: scene.card.impu.replace("sip:it", "sip:IT")}),
    Row("sips is not sip", "RFC 3261 19.1.4", UNKNOWN,
        ask={"impu": lambda scene: scene.card.impu.replace("sip:", "sips:")}),
    Row("IMPU is a public service identity", "TS 29.228 6.3.1 step 2", UNKNOWN, provision={"impu_type": "distinct_psi"}),
    Row("IMPU is a wildcarded service identity", "TS 29.228 6.3.1 step 2", UNKNOWN,
        provision={"impu_type": "wildcarded_psi", "impu": f"sip:conf-!.*!@{HOME_REALM}"}),
    Row("IMPU is a wildcarded identity itself", "TS 29.228 6.3.1 step 2", UNKNOWN,
        provision={"impu_type": "wildcarded_pui", "impu": f"sip:pbx-!.*!@{HOME_REALM}"}),
    Row("IMPU matches a wildcarded identity", "TS 29.228 6.3.1 step 2", UNKNOWN,
        provision={"impu_type": "wildcarded_pui", "impu": f"sip:team-!.*!@{HOME_REALM}"},
        ask={"impu": f"sip:team-7@{HOME_REALM}"}),
    Row("IMPU of another subscription", "TS 29.228 6.3.1 step 3", DONT_MATCH, ask={"impu": lambda scene: scene.stranger.impu}),
    Row("IMPI of another subscription", "TS 29.228 6.3.1 step 3", DONT_MATCH, ask={"impi": lambda scene: scene.stranger.impi}),
    Row("same subscription, not associated", "TS 29.228 6.3.1 step 3", DONT_MATCH, provision={"associated": False}),
    Row("not associated, with an AUTS", "TS 29.228 6.3.1 step 3", DONT_MATCH, provision={"associated": False},
        authorization=auts(5)),
    Row("not associated and scheme unheard of: the first check decides", "TS 29.228 6.3.1 step 3", DONT_MATCH,
        provision={"associated": False}, ask={"scheme": "Unheard-Of"}),
    Row("a barred IMPU is authenticated", "TS 29.228 6.3.1", provision={"barred": True},
        after={**OURS, "auth_pending": True}, vectors=1),
]

# Canonical forms (TS 29.228 6, RFC 3261 19.1, RFC 3966): what is asked, how the IMPU is provisioned
FORMS = [
    ("host in upper case", lambda scene: scene.card.impu.replace(HOME_REALM, HOME_REALM.upper()), None),
    ("scheme in upper case", lambda scene: scene.card.impu.replace("sip:", "SIP:"), None),
    ("port", lambda scene: scene.card.impu + ":5060", None),
    ("parameters", lambda scene: scene.card.impu + ";transport=udp;lr", None),
    ("port, parameters and headers", lambda scene: scene.card.impu + ":5061;user=phone?Subject=x", None),
    ("escapes that mean nothing", lambda scene: scene.card.impu.replace("it.", "%69%74%2e"), None),
    ("visual separators of a telephone number", "tel:+1-202-555-(01).77", "tel:+12025550177"),
    ("parameters of a telephone number", "tel:+12025550178;phone-context=example.org", "tel:+12025550178"),
    ("letters beyond ASCII", f"sip:jürgen.ñ.日本@{HOME_REALM}", f"sip:j%C3%BCrgen.%C3%B1.%E6%97%A5%E6%9C%AC@{HOME_REALM}"),
    ("letters beyond ASCII, escaped", f"sip:zo%c3%ab@{HOME_REALM}", f"sip:zo%C3%AB@{HOME_REALM}"),
    ("quotes and braces", f"sip:o'neil{{}},\"x\"\\@{HOME_REALM}", f"sip:o'neil%7B%7D,%22x%22%5C@{HOME_REALM}"),
]
CANONICAL = [Row(f"IMPU: {what}", "TS 29.228 6, RFC 3261 19.1", ask={"impu": asked},
                 provision={} if stored is None else {"impu": stored}, after={**OURS, "auth_pending": True}, vectors=1)
             for what, asked, stored in FORMS]
CANONICAL += [Row("IMPI: realm in upper case", "TS 23.003 13.3",
                  ask={"impi": lambda scene: scene.card.impi.replace(HOME_REALM, HOME_REALM.upper())},
                  after={**OURS, "auth_pending": True}, vectors=1)]

NEW = {**OURS, "auth_pending": True}  # what a plain request changes of a fresh subscriber

SCHEMES = [
    *[Row(f"not provisioned: {scheme}", "TS 29.228 6.3.1 step 4", NO_SCHEME, ask={"scheme": scheme})
      for scheme in ("SIP Digest", "SIP_DIGEST", "Digest-MD5", "Digest", "NASS-Bundled", "Early-IMS-Security")],
    *[Row(f"unheard of: {scheme}", "TS 29.228 6.3.1 step 4", NO_SCHEME, ask={"scheme": scheme})
      for scheme in ("Digest-AKAv1", "Digest-AKAv1-MD5 ", "Digest-AKAv3-SHA-512", "x" * 64)],
    Row("AKA for a user of SIP Digest", "TS 29.228 6.3.1 step 4", NO_SCHEME, provision={"schemes": ("sip-digest",)}),
    Row("SIP-Authorization with a scheme that is not provisioned", "TS 29.228 6.3.1 step 4", NO_SCHEME,
        ask={"scheme": "SIP Digest"}, authorization=auts(5)),
    *[Row(f"served and echoed: {scheme}", "TS 29.229 6.3.9", ask={"scheme": scheme}, after=NEW, vectors=1, echo=scheme)
      for scheme in ("Digest-AKAv1-MD5", "Digest-AKAv2-SHA-256", "Digest-AKAv2-MD5", "digest-akav1-md5", "DIGEST-AKAV1-MD5")],
    Row("AKA for a user of several schemes", "TS 29.228 6.3.1 step 4", provision={"schemes": ("sip-digest", "aka")},
        after=NEW, vectors=1),
    # The item is that of the user's real scheme, or the S-CSCF could not know what it got.
    *[Row(f"{scheme} for a user of AKA", "TS 29.228 6.3.1 step 4", ask={"scheme": scheme}, after=NEW, vectors=1)
      for scheme in ("Unknown", "unknown", "UNKNOWN")],
    Row("Unknown where AKA comes first", "TS 29.228 6.3.1 step 4", provision={"schemes": ("aka", "sip-digest")},
        ask={"scheme": "Unknown"}, after=NEW, vectors=1),
]

# What Kamailio adds for HTTP digest, all of it with the M bit (ETSI TS 183 033)
ETSI = (("ETSI-SIP-Authorization", [
    ("ETSI-Digest-Username", "alice"), ("ETSI-Digest-Realm", HOME_REALM), ("ETSI-Digest-Nonce", "n"),
    ("ETSI-Digest-URI", f"sip:scscf.{HOME_REALM}"), ("ETSI-Digest-Response", "r"), ("ETSI-Digest-Algorithm", "MD5"),
    ("ETSI-Digest-Method", "REGISTER"), ("ETSI-Digest-Entity-Body-Hash", "h")]),)
SCHEMES += [
    Row("ETSI-SIP-Authorization of an HTTP digest", "TS 29.228 6.3.1 step 4", NO_SCHEME, ask={"scheme": "HTTP_DIGEST_MD5"}, inside=ETSI),
    Row("ETSI-SIP-Authorization with AKA is of no use", "RFC 6733 4.1", inside=ETSI, after=NEW, vectors=1),
]

STRICT = [  # authentication.accept_unknown_scheme = false
    Row("strict: Unknown for a user of AKA", "TS 29.228 6.3.1 step 4", NO_SCHEME, ask={"scheme": "Unknown"}),
    Row("strict: Unknown with an AUTS", "TS 29.228 6.3.1 step 4", NO_SCHEME, ask={"scheme": "Unknown"}, authorization=auts(5)),
    Row("strict: AKA by its name", "TS 29.228 6.3.1 step 4", after=NEW, vectors=1),
]

COUNTS = [
    *[Row(f"{asked} asked for, {given} given", "TS 33.203 6.1.1", ask={"items": asked}, after=NEW, vectors=given)
      for asked, given in ((0, 1), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 5), (1000, 5), (2**32 - 1, 5))],
    *[Row(f"IND {last} is followed by {following}", "TS 33.102 C.3.4, TS 33.203 Annex G",
          before={"ind_ps": 7, "ind_cs": 9, "ind_ims": last}, ask={"items": 2}, after=NEW, vectors=2)
      for last, following in ((16, 17), (22, 23), (23, 16), (5, 16), (31, 16))],
    Row("the last SEQ", "TS 33.102 C.3.2", before={"seq": CEILING - 1}, after=NEW, vectors=1),
    Row("SEQ is used up", "TS 33.102 C.3.2", UNABLE, before={"seq": CEILING}),
    Row("SEQ does not suffice for all", "TS 33.102 C.3.2", UNABLE, before={"seq": CEILING - 1}, ask={"items": 2}),
]

RESYNCHRONISATION = [
    *[Row(f"SEQ_MS {offset:+} is in range: SEQ goes on", "TS 33.102 6.3.5", before={**OURS, **REGISTERED},
          authorization=auts(offset), after=RESYNCED, vectors=1) for offset in (-999, -1, 0)],
    *[Row(f"SEQ_MS {offset:+} raises SEQ", "TS 33.102 6.3.5", before={**OURS, **REGISTERED}, authorization=auts(offset),
          after=RESYNCED, vectors=1, raised_to=1000 + offset) for offset in (1, 2, 5000, DELTA, DELTA + 7, 1 << 40)],
    Row("five vectors after a resynchronisation", "TS 33.102 6.3.5", before={**OURS, **REGISTERED}, ask={"items": 5},
        authorization=auts(50), after=RESYNCED, vectors=5, raised_to=1050),
    Row("the IND of AUTS is not adopted", "TS 33.102 6.3.5", before={**OURS, **REGISTERED, "ind_ims": 20},
        authorization=auts(50, ind=31), after=RESYNCED, vectors=1, raised_to=1050),
    Row("the card is Delta behind", "TS 33.102 6.3.5", before={**OURS, **REGISTERED, "seq": DELTA + 10},
        authorization=auts_at(11), after=RESYNCED, vectors=1),
    Row("the card is more than Delta behind: never down", "TS 33.102 6.3.5", UNABLE,
        before={**OURS, **REGISTERED, "seq": DELTA + 10}, authorization=auts_at(10), after=RESYNCED),
    Row("SEQ_MS is 0 and SEQ beyond Delta: never down", "TS 33.102 6.3.5", UNABLE,
        before={**OURS, **REGISTERED, "seq": 1 << 40}, authorization=auts_at(0), after=RESYNCED),
    Row("SEQ_MS at the ceiling leaves no SEQ", "TS 33.102 C.3.2", UNABLE, before={**OURS, **REGISTERED},
        authorization=auts_at(CEILING), after=RESYNCED),
    Row("SEQ_MS above the ceiling", "TS 33.102 C.3.2", UNABLE, before={**OURS, **REGISTERED},
        authorization=auts_at((1 << 43) - 1), after=RESYNCED),
    *[Row(f"forged: {what}", "TS 33.102 6.3.5", UNABLE, before={**OURS, **REGISTERED}, authorization=forged)
      for what, forged in (("a bit of RAND", damaged(0)), ("a bit of SQN", damaged(16)), ("last bit of SQN", damaged(21)),
                           ("first bit of MAC-S", damaged(22)), ("last bit of MAC-S", damaged(29)),
                           ("another card", of_another_card), ("AMF not zero", with_wrong_amf),
                           ("all zero", lambda scene: bytes(30)))],
    *[Row(f"SIP-Authorization of {length} octets", "TS 29.229 6.3.11", INVALID_VALUE, before={**OURS, **REGISTERED},
          authorization=cut(length), failed=("SIP-Authorization",)) for length in (0, 1, 14, 16, 29, 31, 60)],
    Row("29 octets from another S-CSCF: the first check decides", "TS 29.229 6.3.11", INVALID_VALUE,
        before={**THEIRS, **REGISTERED}, authorization=cut(29), failed=("SIP-Authorization",)),
    *[Row(f"another S-CSCF may not resynchronise: {state}", "TS 29.228 6.3.1 step 4", UNABLE, before={**THEIRS, "state": state},
          authorization=auts(50)) for state in ("not_registered", "unregistered", "registered")],
    *[Row(f"another S-CSCF may while a reassignment is pending: {state}", "TS 29.228 6.3.1 step 4, TS 23.380",
          before={**THEIRS, "state": state, "reassignment": True}, authorization=auts(50),
          after={**OURS, **RESYNCED, "reassignment": False, **({} if state == "registered" else {"auth_pending": True})},
          vectors=1, raised_to=1050) for state in ("not_registered", "unregistered", "registered")],
    *[Row(f"a failed resynchronisation does not end the reassignment: {what}", "TS 29.228 6.3.1 step 4", code,
          before={**THEIRS, **REGISTERED, "reassignment": True}, authorization=wrong, failed=failed)
      for what, wrong, code, failed in (("forged", damaged(29), UNABLE, ()),
                                        ("cut", cut(29), INVALID_VALUE, ("SIP-Authorization",)))],
    Row("no name stored: as if it were the same", "TS 29.228 6.3.1 step 4", authorization=auts(50), after={**NEW, **RESYNCED},
        vectors=1, raised_to=1050),
    Row("no name stored, forged: none is stored", "TS 29.228 6.3.1 step 4", UNABLE, authorization=damaged(29)),
    *[Row(f"with scheme {scheme}", "TS 29.228 6.3.1 step 4", before={**OURS, **REGISTERED}, ask={"scheme": scheme},
          authorization=auts(50), after=RESYNCED, vectors=1, raised_to=1050, echo=echo)
      for scheme, echo in (("Digest-AKAv2-SHA-256",) * 2, ("Unknown", AKA_V1))],
    Row("the limit is used up", "docs/configuration.md, sqn.resync_limit", UNABLE,
        before={**OURS, **REGISTERED, "resyncs": 10, "resync_window": True}, authorization=auts(50)),
    Row("the last one within the limit", "docs/configuration.md, sqn.resync_limit",
        before={**OURS, **REGISTERED, "resyncs": 9, "resync_window": True}, authorization=auts(50),
        after={"resyncs": 10}, vectors=1, raised_to=1050),
]

HELD = {**OURS, **REGISTERED}
BESIDE = [  # SIP-Authorization beside SIP-Auth-Data-Item, where OpenSIPS puts it
    Row("beside the item: raises SEQ", "TS 33.102 6.3.5", before=HELD, beside=auts(50), after=RESYNCED, vectors=1, raised_to=1050),
    Row("beside the item: forged", "TS 33.102 6.3.5", UNABLE, before=HELD, beside=damaged(29)),
    Row("beside the item: of another S-CSCF", "TS 29.228 6.3.1 step 4", UNABLE, before={**THEIRS, **REGISTERED}, beside=auts(50)),
    *[Row(f"beside the item: {length} octets are none of its AVPs", "RFC 6733 4.1", before=HELD, beside=cut(length), vectors=1)
      for length in (0, 16, 29, 31)],
    Row("beside the item and inside: that inside counts", "TS 29.229 6.3.13", before=HELD, authorization=auts(50), beside=damaged(29),
        after=RESYNCED, vectors=1, raised_to=1050),
]

STATES = ("not_registered", "unregistered", "registered")
ASSIGNMENT = [
    *[Row(f"{state}, no name: it is stored", "TS 29.228 6.3.1 step 5", before={"state": state}, after=NEW, vectors=1)
      for state in STATES],
    *[Row(f"{state}, same name: pending", "TS 29.228 6.3.1 step 5", before={**OURS, "state": state},
          after={"auth_pending": True}, vectors=1) for state in STATES[:2]],
    *[Row(f"registered, same name: pending stays {pending}", "TS 29.228 6.3.1 step 5",
          before={**OURS, **REGISTERED, "auth_pending": pending}, vectors=1) for pending in (False, True)],
    *[Row(f"{state}, another name: overwritten", "TS 29.228 6.3.1 step 5",
          before={**THEIRS, "state": state}, after=NEW, vectors=1) for state in STATES],
    Row("registered there: overwritten, and the old one is told", "TS 29.228 6.3.1 step 5, 8.1",
        before={**THEIRS, **REGISTERED}, after=NEW, vectors=1, told=THEIRS),
    Row("registered there, while a reassignment is pending", "TS 29.228 8.1, TS 23.380",
        before={**THEIRS, **REGISTERED, "reassignment": True}, after={**NEW, "reassignment": False}, vectors=1, told=THEIRS),
    Row("registered there, AUTS while a reassignment is pending", "TS 29.228 6.3.1 step 4, 8.1",
        before={**THEIRS, **REGISTERED, "reassignment": True}, authorization=auts(50),
        after={**OURS, **RESYNCED, "reassignment": False}, vectors=1, raised_to=1050, told=THEIRS),
    Row("another name on the same Diameter address: nobody is told", "TS 29.228 8.1",
        before={**OURS, **REGISTERED, "name": B}, after=NEW, vectors=1),
    Row("refused for want of SEQ: nobody is told", "TS 29.228 8.1", UNABLE, before={**THEIRS, **REGISTERED, "seq": CEILING}),
    *[Row(f"{state}, another name, pending already", "TS 29.228 6.3.1 step 5",
          before={**THEIRS, "state": state, "auth_pending": True}, after=OURS, vectors=1) for state in STATES],
    *[Row(f"{state}, another name while a reassignment is pending", "TS 29.228 6.3.1 step 5, TS 23.380",
          before={**THEIRS, "state": state, "reassignment": True}, after={**NEW, "reassignment": False}, vectors=1)
      for state in STATES],
    Row("same name, host in upper case", "RFC 3261 19.1.4", before={**OURS, **REGISTERED},
        ask={"server_name": A.replace("scscf", "SCSCF").replace("ims", "IMS")}, vectors=1),
    *[Row(f"same name: {what}", "RFC 3261 19.1.4", before={**OURS, **REGISTERED, "name": stored}, ask={"server_name": asked}, vectors=1)
      for what, stored, asked in (("lr", A, A + ";lr"), ("lr is gone", A + ";lr", A), ("the default port", A[:-5], A[:-4] + "5060"),
                                  ("the default port is gone, lr", A[:-4] + "5060", A[:-5] + ";lr"))],
    Row("another port is another name", "RFC 3261 19.1.4", before={**OURS, **REGISTERED}, ask={"server_name": A[:-4] + "5060"},
        after={"name": A[:-4] + "5060", "auth_pending": True}, vectors=1),
]

ROWS = IDENTITIES + CANONICAL + SCHEMES + COUNTS + RESYNCHRONISATION + BESIDE + ASSIGNMENT
