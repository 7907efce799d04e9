# SPDX-License-Identifier: Apache-2.0
"""Multimedia-Auth of Zh as a table: one row for each branch of TS 29.109 4.2 and of what it leaves open.  (lint: table)"""

from collections.abc import Callable
from dataclasses import dataclass, field

import mar_rows
from mar_rows import CEILING, DELTA, HOME_REALM, NOBODY, OURS, REGISTERED, RESYNCED, THEIRS, auts, auts_at, cut, damaged, with_wrong_amf
from peer.cx import AKA_V1
from peer.diameter import avp, raw_avp
from peer.zh import Guss, Uss

SUCCESS = (0, 2001)
IDENTITY_UNKNOWN, NOT_AUTHORIZED, NO_SCHEME = (10415, 5401), (10415, 5402), (10415, 5006)
UNSUPPORTED_AVP, MISSING, TOO_MANY, INVALID_VALUE, INVALID_LENGTH, UNABLE = ((0, code) for code in (5001, 5005, 5009, 5004, 5014, 5012))
ITEM, SCHEME = "SIP-Auth-Data-Item", ("SIP-Authentication-Scheme", AKA_V1)
SAME = "same as stored"  # GUSS-Timestamp


@dataclass(frozen=True)
class Row:
    what: str
    clause: str
    expect: tuple = SUCCESS
    before: dict = field(default_factory=dict)     # how the state differs from a fresh subscriber's
    provision: dict = field(default_factory=dict)  # how the subscriber is provisioned
    more: str = ""                                 # SQL on %(impi)s, %(stranger)s and %(imsi)s after that
    settings: Guss | None = None                   # user security settings that are provisioned
    ask: dict = field(default_factory=dict)        # arguments of zh.mar; functions get the scene
    authorization: Callable | None = None          # makes SIP-Authorization from the scene
    change: Callable | None = None                 # what is done to the message then
    after: dict = field(default_factory=dict)      # what the request changes, besides SEQ and IND of a vector
    raised_to: int | None = None                   # SEQ that the vector follows after a resynchronisation
    failed: tuple = ()                             # names inside Failed-AVP
    told: bool = True                              # whether a success comes with the settings, where there are any
    echo: str = AKA_V1                             # scheme of the vector


def imsi_of(scene):
    """Of the network that the realm below names; each subscriber has its own."""
    return f"00101{scene.card.number:010}"


def derived(mnc="001", mcc="001"):
    """The IMPI that TS 23.003 13.3 makes of an IMSI."""
    return lambda scene: f"{imsi_of(scene)}@ims.mnc{mnc}.mcc{mcc}.3gppnetwork.org"


NAMED = "UPDATE quintet.impi SET imsi = %(imsi)s WHERE identity = %(impi)s"
ALSO_STRANGER = "; UPDATE quintet.impi SET imsi = %(imsi)s WHERE identity = %(stranger)s"
SUSPENDED = ("UPDATE quintet.subscription SET suspended = true FROM quintet.impi"
             " WHERE impi.subscription_id = subscription.id AND impi.identity = %(impi)s")
STEP = "TS 29.109 4.2"
BY_IMPU = {"impi": None, "impu": lambda scene: scene.card.impu}

IDENTITIES = [
    Row("a plain request", STEP),
    Row("IMPI unknown", f"{STEP}, TS 29.109 6.2", IDENTITY_UNKNOWN, ask={"impi": NOBODY}),
    Row("IMPI unknown, with an AUTS", STEP, IDENTITY_UNKNOWN, ask={"impi": NOBODY}, authorization=auts(5)),
    Row("IMPI unknown and another scheme: the first check decides", STEP, IDENTITY_UNKNOWN, ask={"impi": NOBODY, "scheme": "SIP Digest"}),
    Row("an identity full of SQL", STEP, IDENTITY_UNKNOWN, ask={"impi": "x' OR '1'='1\"\\{},NULL;--@x"}),
    Row("IMPI of 255 octets", "docs/texts.md", IDENTITY_UNKNOWN, ask={"impi": "x" * 243 + "@example.net"}),
    Row("realm in upper case", "TS 23.003 13.3", ask={"impi": lambda scene: scene.card.impi.replace(HOME_REALM, HOME_REALM.upper())}),
    Row("neither IMPI nor IMPU", STEP, MISSING, ask={"impi": None}, failed=("User-Name",)),
    Row("neither, with an AUTS", STEP, MISSING, ask={"impi": None}, authorization=auts(5), failed=("User-Name",)),
    Row("IMPU alone", STEP, ask=BY_IMPU),
    Row("IMPU alone, in another spelling", "RFC 3261 19.1.4", ask={"impi": None, "impu": lambda scene: scene.card.impu.upper().replace("IT.", "it.") + ";x=y"}),
    Row("IMPU alone, unknown", STEP, IDENTITY_UNKNOWN, ask={"impi": None, "impu": f"sip:{NOBODY}"}),
    Row("IMPU alone, of a service", STEP, IDENTITY_UNKNOWN, provision={"impu_type": "distinct_psi"}, ask=BY_IMPU),
    Row("IMPU alone, associated with nobody", STEP, IDENTITY_UNKNOWN, provision={"associated": False}, ask=BY_IMPU),
    Row("IMPU alone, of a user without AKA", STEP, NOT_AUTHORIZED, provision={"schemes": ("giba",)}, ask=BY_IMPU),
    Row("IMPI and an IMPU of somebody else: the IMPI decides", STEP, ask={"impu": lambda scene: scene.stranger.impu}),
    Row("IMPI and an IMPU that is unknown: the IMPI decides", STEP, ask={"impu": f"sip:{NOBODY}"}),
    Row("IMPI made from the IMSI", "TS 23.003 13.3", more=NAMED, ask={"impi": derived()}),
    Row("IMPI made from the IMSI, MNC of three digits", "TS 23.003 13.3", more=NAMED, ask={"impi": derived(mnc="010")}),
    Row("IMPI made from the IMSI, with an AUTS", "TS 23.003 13.3", before={"seq": 2000}, more=NAMED, ask={"impi": derived()},
        authorization=auts(50), after=RESYNCED, raised_to=2050),
    Row("IMPI made from an IMSI that nobody has", "TS 23.003 13.3", IDENTITY_UNKNOWN, ask={"impi": derived()}),
    Row("another network than the IMSI's", "TS 23.003 13.3", IDENTITY_UNKNOWN, more=NAMED, ask={"impi": derived(mnc="002")}),
    Row("another country than the IMSI's", "TS 23.003 13.3", IDENTITY_UNKNOWN, more=NAMED, ask={"impi": derived(mcc="002")}),
    Row("an IMSI of two cards", "docs/architecture.md, Zh", NOT_AUTHORIZED, more=NAMED + ALSO_STRANGER, ask={"impi": derived()}),
    Row("an IMSI of two cards, with an AUTS", "docs/architecture.md, Zh", NOT_AUTHORIZED, more=NAMED + ALSO_STRANGER, ask={"impi": derived()},
        authorization=auts(50)),
    Row("an IMSI of two cards, and the IMPI by its name", STEP, more=NAMED + ALSO_STRANGER),
    Row("an IMSI of a user without AKA", STEP, NOT_AUTHORIZED, provision={"schemes": ("giba",)}, more=NAMED, ask={"impi": derived()}),
]

SCHEMES = [
    Row("no SIP-Auth-Data-Item: AKA is meant", STEP, ask={"scheme": None}),
    *[Row(f"served and echoed: {scheme}", "TS 29.229 6.3.9", ask={"scheme": scheme}, echo=scheme)
      for scheme in ("digest-akav1-md5", "Digest-AKAv2-SHA-256", "Digest-AKAv2-MD5")],
    *[Row(f"another scheme: {scheme}", STEP, NO_SCHEME, ask={"scheme": scheme})
      for scheme in ("SIP Digest", "NASS-Bundled", "Early-IMS-Security", "Unknown", "Digest-AKAv1", "x" * 64)],
    Row("a scheme that Cx serves for this user", STEP, NO_SCHEME, provision={"schemes": ("aka", "nass-bundled"), "lines": (b"1",)},
        ask={"scheme": "NASS-Bundled"}),
    Row("another scheme, with an AUTS", STEP, NO_SCHEME, ask={"scheme": "SIP Digest"}, authorization=auts(5)),
    Row("another scheme for a user without AKA: the scheme decides", STEP, NO_SCHEME, provision={"schemes": ("giba",)},
        ask={"scheme": "SIP Digest"}),
]

AUTHORIZATION = [
    *[Row(f"a user of {scheme} alone", STEP, NOT_AUTHORIZED, provision={"schemes": (scheme,), **more})
      for scheme, more in (("giba", {}), ("sip-digest", {}), ("nass-bundled", {"lines": (b"1",)}))],
    Row("a user without AKA, with an AUTS", STEP, NOT_AUTHORIZED, provision={"schemes": ("giba",)}, authorization=auts(5)),
    Row("AKA among others", STEP, provision={"schemes": ("giba", "aka")}),
    Row("suspended", STEP, NOT_AUTHORIZED, more=SUSPENDED),
    Row("suspended, with an AUTS", STEP, NOT_AUTHORIZED, more=SUSPENDED, authorization=auts(5)),
    Row("suspended, with settings: they are not told", STEP, NOT_AUTHORIZED, more=SUSPENDED, settings=Guss("", "GBA", 60)),
    Row("an IMPU that is barred, by it", STEP, provision={"barred": True}, ask=BY_IMPU),
]

NUMBERS = [
    *[Row(f"IND {last} is followed by {following}", "TS 33.102 C.3.4, TS 33.203 Annex G",
          before={"ind_ps": 7, "ind_ims": 20, "ind_gba": last}) for last, following in ((30, 31), (31, 30), (20, 30))],
    Row("one vector, whatever is asked for", "TS 29.109 4.2", change=lambda message: message.add(("SIP-Number-Auth-Items", 5))),
    Row("the last SEQ", "TS 33.102 C.3.2", before={"seq": CEILING - 1}),
    Row("SEQ is used up", "TS 33.102 C.3.2", UNABLE, before={"seq": CEILING}),
    *[Row(f"registration is nobody's business here: {what}", "TS 29.109 4.2", before=state)
      for what, state in (("registered", {**THEIRS, **REGISTERED}), ("pending", {**OURS, "auth_pending": True}),
                          ("reassignment", {**THEIRS, **REGISTERED, "reassignment": True}),
                          ("unregistered", {**THEIRS, "state": "unregistered"}))],
]

RESYNCHRONISATION = [
    *[Row(f"SEQ_MS {offset:+} is in range: SEQ goes on", "TS 33.102 6.3.5", authorization=auts(offset), after=RESYNCED)
      for offset in (-999, 0)],
    *[Row(f"SEQ_MS {offset:+} raises SEQ", "TS 33.102 6.3.5", authorization=auts(offset), after=RESYNCED, raised_to=1000 + offset)
      for offset in (1, 5000, DELTA + 7)],
    Row("the IND of AUTS is not adopted", "TS 33.102 6.3.5", before={"ind_gba": 30}, authorization=auts(50, ind=3), after=RESYNCED,
        raised_to=1050),
    Row("of a user who is registered elsewhere", "TS 29.109 4.2", before={**THEIRS, **REGISTERED}, authorization=auts(50), after=RESYNCED,
        raised_to=1050),
    Row("the card is more than Delta behind: never down", "TS 33.102 6.3.5", UNABLE, before={"seq": DELTA + 10},
        authorization=auts_at(10), after=RESYNCED),
    *[Row(f"forged: {what}", "TS 33.102 6.3.5", UNABLE, authorization=forged)
      for what, forged in (("a bit of RAND", damaged(0)), ("a bit of SQN", damaged(16)), ("last bit of MAC-S", damaged(29)),
                           ("another card", mar_rows.of_another_card), ("AMF not zero", with_wrong_amf),
                           ("all zero", lambda scene: bytes(30)))],
    *[Row(f"SIP-Authorization of {length} octets", "TS 29.229 6.3.11", INVALID_VALUE, authorization=cut(length),
          failed=("SIP-Authorization",)) for length in (0, 1, 29, 31, 60)],
    Row("the limit is used up", "docs/configuration.md, sqn.resync_limit", UNABLE, before={"resyncs": 10, "resync_window": True},
        authorization=auts(50)),
    Row("the last one within the limit", "docs/configuration.md, sqn.resync_limit", before={"resyncs": 9, "resync_window": True},
        authorization=auts(50), after={"resyncs": 10}, raised_to=1050),
]

# The identity in the settings of a row is put in when it is run.
FULL = Guss("", "GBA_U", 86400, (Uss(1, 1, ("sip:a@example.net",), (1, 2)), Uss(1, 1, ("tel:+12025550101", "sip:a@example.net"), (), "ut"),
                                 Uss(2147483647, 2147483647, ("Zoë <&\"'> 😀",), (2147483647,), "<&\"'>")))
LONGEST = Guss("", "GBA_U", 2147483647, tuple(Uss(2147483584 + n, 2147483647, ("&" * 76,), (2147483647,), '"' * 16) for n in range(64)))
SETTINGS = [
    *[Row(f"settings: {what}", "TS 29.109 Annex A", settings=settings) for what, settings in (
        ("none but that there are some", Guss("")), ("a lifetime", Guss("", None, 60)), ("a card", Guss("", "GBA")), ("all", FULL),
        ("as long as provisioning allows", LONGEST))],
    Row("settings that the BSF has", "TS 29.109 4.2", settings=FULL, ask={"guss_timestamp": SAME}, told=False),
    *[Row(f"settings of {what}", "TS 29.109 4.2", settings=FULL, ask={"guss_timestamp": when})
      for what, when in (("long ago", 1), ("a time that is to come", 2**32 - 1))],
    Row("a timestamp where there are no settings", "TS 29.109 4.2", ask={"guss_timestamp": 4000000000}),
    Row("settings with a resynchronisation", "TS 29.109 4.2", settings=FULL, authorization=auts(50), after=RESYNCED, raised_to=1050),
    Row("settings, found by the IMPU", "TS 29.109 4.2", settings=FULL, ask=BY_IMPU),
    Row("settings, found by the IMSI", "TS 29.109 4.2", settings=FULL, more=NAMED, ask={"impi": derived()}),
    Row("settings are not told with a refusal", "TS 29.109 4.2", UNABLE, settings=FULL, before={"seq": CEILING}),
]


def drop(name):
    return lambda message: message.drop(name)


def twice(name):
    return lambda message: message.add(message.find(name))


def put(name, value, **overrides):
    return lambda message: message.replace(name, avp(name, value, **overrides))


def add(*avps):
    return lambda message: message.add(*avps)


REQUIRED = ("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host", "Origin-Realm")
TIMED = {"guss_timestamp": 4000000000}
MALFORMED = [
    *[Row(f"no {name}", "RFC 6733 7.1.5, TS 29.109 4.2", MISSING, change=drop(name), failed=(name,)) for name in REQUIRED],
    *[Row(f"two {name}", "RFC 6733 7.1.5, TS 29.109 4.2", TOO_MANY, change=twice(name), failed=(name,))
      for name in (*REQUIRED, "Destination-Realm", "User-Name", ITEM)],
    Row("two Public-Identity", "RFC 6733 7.1.5, TS 29.109 4.2", TOO_MANY, ask={"impu": f"sip:{NOBODY}"}, change=twice("Public-Identity"),
        failed=("Public-Identity",)),
    Row("two GUSS-Timestamp", "RFC 6733 7.1.5, TS 29.109 4.2", TOO_MANY, ask=TIMED, change=twice("GUSS-Timestamp"),
        failed=("GUSS-Timestamp",)),
    Row("GUSS-Timestamp of three octets", "RFC 6733 7.1.5, 4.3.1", INVALID_VALUE, ask=TIMED, change=put("GUSS-Timestamp", b"abc"),
        failed=("GUSS-Timestamp",)),
    Row("GUSS-Timestamp with M", "RFC 6733 4.1", ask=TIMED, change=put("GUSS-Timestamp", 4000000000, flags=0xC0)),
    Row("no scheme inside", "TS 29.109 4.2", MISSING, change=put(ITEM, []), failed=("SIP-Authentication-Scheme",)),
    Row("two schemes inside", "TS 29.229 6.3.13", TOO_MANY, change=put(ITEM, [SCHEME, SCHEME]), failed=("SIP-Authentication-Scheme",)),
    Row("an unknown AVP with M", "RFC 6733 4.1", UNSUPPORTED_AVP, change=add(raw_avp(9999, b"abcd", 0, True)), failed=("AVP 0/9999",)),
    Row("an unknown AVP without M", "RFC 6733 4.1", change=add(raw_avp(9999, b"abcd"))),
    Row("AVPs of Cx are of no use", "RFC 6733 4.1", change=add(("Server-Name", mar_rows.A), ("SIP-Number-Auth-Items", 3))),
    Row("IMPI of 256 octets", "docs/texts.md", INVALID_VALUE, change=put("User-Name", "x" * 244 + "@example.net"), failed=("User-Name",)),
    Row("IMPI with a line break", "docs/texts.md", INVALID_VALUE, change=put("User-Name", "a\r\n@x"), failed=("User-Name",)),
    Row("IMPI that is no UTF-8", "RFC 6733 4.3.1", INVALID_VALUE, change=put("User-Name", b"\xff@x"), failed=("User-Name",)),
    Row("IMPU of 1025 octets", "docs/texts.md", INVALID_VALUE, ask={"impu": "sip:" + "x" * 1009 + "@example.net"},
        failed=("Public-Identity",)),
    Row("scheme of 65 octets", "docs/texts.md", INVALID_VALUE, ask={"scheme": "x" * 65}, failed=("SIP-Authentication-Scheme",)),
    Row("SIP-Auth-Data-Item of 8193 octets", "docs/texts.md", INVALID_VALUE,
        change=put(ITEM, [SCHEME, raw_avp(9999, bytes(8193))]), failed=(ITEM,)),
    Row("User-Name of another type of length", "RFC 6733 4.1", INVALID_VALUE, change=put("User-Name", ""), failed=("User-Name",)),
]

ROWS = IDENTITIES + SCHEMES + AUTHORIZATION + NUMBERS + RESYNCHRONISATION + SETTINGS
