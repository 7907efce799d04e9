# SPDX-License-Identifier: Apache-2.0
"""Malformed UARs, LIRs and SARs as a table (RFC 6733 7.1, TS 29.229 6.1): what is changed in a good request, what is answered."""

import base_rows
from base_rows import INVALID_LENGTH, INVALID_VALUE, MISSING, SUCCESS, TOO_MANY, UNSUPPORTED_AVP, Row, add, drop, header, put, twice
from peer import cx
from peer.diameter import PROXIABLE, REQUEST, avp, raw_avp
from peer.restoration import Restoration, contact, dialog

COMMON = ("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host", "Origin-Realm")
REQUIRED = {"UAR": ("User-Name", "Public-Identity", "Visited-Network-Identifier"), "LIR": ("Public-Identity",),
            "SAR": ("Server-Name", "Server-Assignment-Type", "User-Data-Already-Available")}
ONCE = {"UAR": ("User-Authorization-Type", "UAR-Flags"), "LIR": ("Originating-Request", "User-Authorization-Type", "Session-Priority"),
        "SAR": ("User-Name", "Wildcarded-Public-Identity", "SCSCF-Restoration-Info", "Multiple-Registration-Indication",
                "Session-Priority", "SAR-Flags")}
NUMBERS = {"UAR": ("User-Authorization-Type", "UAR-Flags"), "LIR": ("Originating-Request", "User-Authorization-Type", "Session-Priority"),
           "SAR": ("Server-Assignment-Type", "User-Data-Already-Available", "Multiple-Registration-Indication", "Session-Priority",
                   "SAR-Flags")}
BEYOND = {"UAR": (("User-Authorization-Type", 3), ("User-Authorization-Type", -1)), "LIR": (("User-Authorization-Type", 3),),
          "SAR": (("Server-Assignment-Type", 15), ("Server-Assignment-Type", -1), ("User-Data-Already-Available", 2))}
TEXTS = {"UAR": ("User-Name", "Public-Identity"), "LIR": ("Public-Identity",), "SAR": ("User-Name", "Public-Identity", "Server-Name")}
# Good values of what a plain request has not
VALUES = {"User-Authorization-Type": 0, "UAR-Flags": 0, "Originating-Request": 0, "Session-Priority": 0,
          "Multiple-Registration-Indication": 0, "SAR-Flags": 0, "Wildcarded-Public-Identity": "sip:!.*!@x"}


def restoration(*path):
    """A change that takes an AVP out of SCSCF-Restoration-Info; `path` leads to it by names."""
    def without(avps, path):
        if len(path) == 1:
            return [one for one in avps if one.name != path[0]]
        return [avp(one.name, without(one.value, path[1:])) if one.name == path[0] else one for one in avps]

    info = Restoration("i", (contact("a", subscription=dialog("s")),))
    return add(avp("SCSCF-Restoration-Info", without(avp("SCSCF-Restoration-Info", info.avps()).value, path)))


def feature_list(*avps):
    return add(avp("Supported-Features", list(avps)))


def once(name):
    """An optional AVP, twice."""
    if name == "SCSCF-Restoration-Info":
        info = Restoration("i", (contact("a"),)).avps()
        return add((name, info), (name, info))
    return lambda message: (message.add((name, VALUES[name])) if message.find(name) is None else message) and twice(name)(message)


def given(name, data):
    """The AVP with these octets, whether a plain request has it or not."""
    return lambda message: put(name, data)(message) if message.find(name) else add(avp(name, data))(message)


CONTENT = [("Vendor-Id", 10415), ("Feature-List-ID", 1), ("Feature-List", 1)]


def grammar(command):
    clause = "RFC 6733 7.1.5, TS 29.229 6.1"
    required = (*COMMON, *REQUIRED[command])
    return [
        *[Row(f"{command}: no {name}", clause, MISSING, drop(name), (name,)) for name in required],
        *[Row(f"{command}: two {name}", clause, TOO_MANY, twice(name), (name,)) for name in (*required, "Destination-Realm")],
        *[Row(f"{command}: two {name}", clause, TOO_MANY, once(name), (name,)) for name in ONCE[command]],
        *[Row(f"{command}: no {name} inside Supported-Features", clause, MISSING, feature_list(*(one for one in CONTENT if one[0] != name)),
              (name,)) for name, _ in CONTENT],
        *[Row(f"{command}: two {one[0]} inside Supported-Features", clause, TOO_MANY, feature_list(*CONTENT, one), (one[0],))
          for one in CONTENT],
    ]


def values(command):
    return [
        *[Row(f"{command}: {name} {value}", "RFC 6733 7.1.5, TS 29.229 6.3", INVALID_VALUE, given(name, value.to_bytes(4, "big", signed=True)),
              (name,), ours=True) for name, value in BEYOND[command]],
        *[Row(f"{command}: {name} of {size} octets", "RFC 6733 7.1.5", INVALID_LENGTH, given(name, bytes(size)), (name,))
          for name in NUMBERS[command] for size in (0, 3, 8)],
        *[Row(f"{command}: {name} with {what}", "RFC 6733 4.3.1, 7.1.5", INVALID_VALUE, put(name, octets), (name,), ours=True)
          for name in TEXTS[command] for what, octets in base_rows.BAD_TEXT.items()],
        Row(f"{command}: unknown AVP with M", "RFC 6733 4.1, 7.1.5", UNSUPPORTED_AVP, add(raw_avp(9999, b"abcd", 10415, True)),
            ("AVP 10415/9999",)),
    ]


def fine(command):
    return [
        Row(f"{command}: unknown AVPs without M", "RFC 6733 4.1", SUCCESS, add(raw_avp(9999, b"abcd"), raw_avp(494, b"", 50)), ours=True),
        Row(f"{command}: known AVPs of no use", "RFC 6733 4.1", SUCCESS, add(("DRMP", 3), ("OC-Supported-Features", b"")), ours=True),
        Row(f"{command}: T flag", "RFC 6733 3", SUCCESS, header(flags=REQUEST | PROXIABLE | 0x10), ours=True),
        Row(f"{command}: P flag clear", "RFC 6733 6.2", SUCCESS, header(flags=REQUEST), ours=True),
        Row(f"{command}: our host", "RFC 6733 6.1.4", SUCCESS, add(("Destination-Host", f"hss.{cx.HOME_REALM}")), ours=True),
        Row(f"{command}: a foreign Origin-Host", "docs/architecture.md", (0, 5003), put("Origin-Host", f"scscf9.{cx.HOME_REALM}"), ours=True),
        Row(f"{command}: AVPs in another order", "RFC 6733 3.2, TS 29.229 6.1", SUCCESS, backwards, ours=True),
    ]


def backwards(message):
    message.avps[1:] = message.avps[:0:-1]


RESTORATION = [
    *[Row(f"SAR: no {path[-1]} inside {path[-2] if len(path) > 1 else 'SCSCF-Restoration-Info'}", "RFC 6733 7.1.5, TS 29.229 6.3.52-55",
          MISSING, restoration(*path), (path[-1],))
      for path in (("User-Name",), ("Restoration-Info",), ("Restoration-Info", "Path"), ("Restoration-Info", "Contact"),
                   ("Restoration-Info", "Subscription-Info", "From-SIP-Header"), ("Restoration-Info", "Subscription-Info", "Record-Route"))],
]
FQDN, ADDRESSES = ("PCSCF-FQDN", "pcscf.example.net"), (("PCSCF-IP-Address", "192.0.2.1"), ("PCSCF-IP-Address", "2001:db8::1"))
REAL = {  # what real CSCFs send
    "SAR": [
        *[Row(f"SAR: Failed-PCSCF with {what}", "TS 29.229 6.3 (AVP 664)", SUCCESS, add(("Failed-PCSCF", list(inside))), ours=True)
          for what, inside in (("nothing", ()), ("a name", (FQDN,)), ("two addresses", ADDRESSES), ("a name and two addresses", (FQDN, *ADDRESSES)),
                               ("three addresses and an AVP of somebody's", (*ADDRESSES, ADDRESSES[0], raw_avp(9999, b"abcd"))))],
        Row("SAR: two PCSCF-FQDN inside Failed-PCSCF", "TS 29.229 6.3 (AVP 664)", TOO_MANY, add(("Failed-PCSCF", [FQDN, FQDN])), (FQDN[0],)),
    ],
    "UAR": [Row("UAR: Access-Network-Information with M", "TS 29.061 16.4.7, RFC 6733 4.1", SUCCESS,
                add(("Access-Network-Information", b"3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101")), ours=True)],
    "LIR": [],
}
ROWS = {command: grammar(command) + values(command) + fine(command) for command in ("UAR", "LIR", "SAR")}
ROWS["SAR"] += RESTORATION
for _command, _rows in REAL.items():
    ROWS[_command] += _rows
