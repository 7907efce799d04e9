# SPDX-License-Identifier: Apache-2.0
"""The answers to UAR, SAR and LIR as plain values, and when which AVP may be there (TS 29.228 6.1, tables 6.1.*)."""

from dataclasses import dataclass, field

from . import cx
from .checks import result_of
from .connection import CX_APPLICATION
from .diameter import grouped
from .dictionary import TGPP
from .restoration import Restoration
from .results import ALREADY, ASSIGNMENT_TYPE, FIRST, NAME_NOT_STORED, NOT_REGISTERED, NO_FEATURE, SUBSEQUENT, SUCCESS, UNREGISTERED_SERVICE

REGISTRATION, DE_REGISTRATION, REGISTRATION_AND_CAPABILITIES = range(3)
DOWNLOADING = range(4)                      # Server-Assignment-Types that may bring User-Data
DEREGISTERING = (4, 5, 6, 7, 8, 11)         # and those that may name several identities, or none
# What an answer of this command may say besides errors of the base protocol (TS 29.228 6.1.1.1, 6.1.2.1, 6.1.4.1)
RESULTS = {
    cx.UAR: {SUCCESS, FIRST, SUBSEQUENT, NO_FEATURE, *((TGPP, code) for code in (5001, 5002, 5003, 5004))},
    cx.SAR: {SUCCESS, NAME_NOT_STORED, NO_FEATURE, *((TGPP, code) for code in (5001, 5002, 5005, 5007, 5012))},
    cx.LIR: {SUCCESS, UNREGISTERED_SERVICE, NO_FEATURE, *((TGPP, code) for code in (5001, 5003))},
    cx.MAR: {SUCCESS, NO_FEATURE, *((TGPP, code) for code in (5001, 5002, 5006))},
}


@dataclass(frozen=True)
class Capabilities:
    """Server-Capabilities; preferred S-CSCFs in order."""

    mandatory: tuple = ()
    optional: tuple = ()
    server_names: tuple = ()

    @classmethod
    def parse(cls, one):
        inside = grouped(one)
        return cls(*(tuple(each.value for each in inside.findall(name))
                     for name in ("Mandatory-Capability", "Optional-Capability", "Server-Name")))


@dataclass(frozen=True)
class Charging:
    primary_event: str | None = None
    secondary_event: str | None = None
    primary_collection: str | None = None
    secondary_collection: str | None = None

    @classmethod
    def parse(cls, one):
        inside = grouped(one)
        return cls(*(inside.value(f"{name}-Function-Name") for name in (
            "Primary-Event-Charging", "Secondary-Event-Charging", "Primary-Charging-Collection",
            "Secondary-Charging-Collection")))


@dataclass
class Uaa(cx.Answer):
    features: dict = field(default_factory=dict)  # of 3GPP: list -> bits
    server_name: str | None = None
    capabilities: Capabilities | None = None


@dataclass
class Lia(Uaa):
    wildcard: str | None = None
    flags: int | None = None


@dataclass
class Saa(cx.Answer):
    features: dict = field(default_factory=dict)
    server_name: str | None = None
    user_data: bytes | None = field(default=None, repr=False)
    charging: Charging | None = None
    associated: tuple | None = None  # IMPIs
    associated_registered: tuple | None = None
    restoration: tuple = ()
    wildcard: str | None = None
    loose_route: int | None = None
    privileged_sender: int | None = None


def _parsed(answer, name, parse):
    found = answer.find(name)
    return None if found is None else parse(found)


def _features(answer):
    inside = [grouped(one) for one in answer.findall("Supported-Features")]
    return {one.value("Feature-List-ID"): one.value("Feature-List") for one in inside if one.value("Vendor-Id") == TGPP}


def _located(answer):
    return {**cx.common(answer), "features": _features(answer), "server_name": answer.value("Server-Name"),
            "capabilities": _parsed(answer, "Server-Capabilities", Capabilities.parse)}


def parse_uaa(answer):
    return Uaa(**_located(answer))


def parse_lia(answer):
    return Lia(**_located(answer), wildcard=answer.value("Wildcarded-Public-Identity"), flags=answer.value("LIA-Flags"))


def _names(one):
    return tuple(each.value for each in one.value)


def parse_saa(answer):
    return Saa(
        **cx.common(answer), features=_features(answer), server_name=answer.value("Server-Name"),
        user_data=answer.value("User-Data"), charging=_parsed(answer, "Charging-Information", Charging.parse),
        associated=_parsed(answer, "Associated-Identities", _names),
        associated_registered=_parsed(answer, "Associated-Registered-Identities", _names),
        restoration=tuple(map(Restoration.parse, answer.findall("SCSCF-Restoration-Info"))),
        wildcard=answer.value("Wildcarded-Public-Identity"), loose_route=answer.value("Loose-Route-Indication"),
        privileged_sender=answer.value("Priviledged-Sender-Indication"))


PARSE = {cx.UAR: parse_uaa, cx.SAR: parse_saa, cx.LIR: parse_lia, cx.MAR: cx.parse_maa}


# When which AVP may be there

def _rule(answer, name, may, must=False):
    """A breach when the AVP is there although it may not, or is not although it must."""
    is_there = answer.find(name) is not None
    if is_there and not may:
        yield f"{name} does not belong to this result"
    if must and not is_there:
        yield f"{name} is missing"


def _located_problems(request, answer, result):
    kind = request.value("User-Authorization-Type", REGISTRATION)
    asks_capabilities = kind == REGISTRATION_AND_CAPABILITIES and result == SUCCESS
    fresh = FIRST if request.command == cx.UAR else UNREGISTERED_SERVICE
    named = result == SUBSEQUENT or (result == SUCCESS and not asks_capabilities)
    yield from _rule(answer, "Server-Name", named, named)
    yield from _rule(answer, "Server-Capabilities", asks_capabilities or result == fresh)


def _uaa_problems(request, answer, result):
    yield from _located_problems(request, answer, result)
    if result == SUCCESS and request.value("User-Authorization-Type", REGISTRATION) == REGISTRATION:
        yield "a registration is answered with 2001 or 2002 of 3GPP, not with SUCCESS"


def _lia_problems(request, answer, result):
    yield from _located_problems(request, answer, result)
    good = result in (SUCCESS, UNREGISTERED_SERVICE)
    yield from _rule(answer, "Wildcarded-Public-Identity", good)
    yield from _rule(answer, "LIA-Flags", result == SUCCESS)


def _restoration_problems(request, answer, downloads):
    bits = sum(grouped(one).value("Feature-List") & cx.IMS_RESTORATION for one in request.findall("Supported-Features")
               if grouped(one).value("Feature-List-ID") == 1)
    # An S-CSCF that names no features gets back what one like it has left (TS 29.229 7.2).
    yield from _rule(answer, "SCSCF-Restoration-Info", downloads and (bits or request.find("Supported-Features") is None))
    yield from _rule(answer, "Associated-Registered-Identities", downloads and bits)


def _saa_problems(request, answer, result):
    kind = request.value("Server-Assignment-Type")
    good = result in (SUCCESS, NAME_NOT_STORED)
    downloads = kind in DOWNLOADING and result in (SUCCESS, ASSIGNMENT_TYPE)
    wanted = request.value("User-Data-Already-Available") == 0
    yield from _rule(answer, "User-Data", downloads, downloads and wanted and good)
    yield from _rule(answer, "Charging-Information", answer.find("User-Data") is not None)
    yield from _rule(answer, "Server-Name", result == ALREADY, result == ALREADY)
    yield from _restoration_problems(request, answer, downloads)
    for name in ("Associated-Identities", "Wildcarded-Public-Identity", "Loose-Route-Indication",
                 "Priviledged-Sender-Indication"):
        yield from _rule(answer, name, good or result == ASSIGNMENT_TYPE)
    yield from _rule(answer, "User-Name", True, good and kind in (0, 3))


def _maa_problems(_request, answer, result):
    for name in ("SIP-Number-Auth-Items", "SIP-Auth-Data-Item"):
        yield from _rule(answer, name, result == SUCCESS, result == SUCCESS)


_PROBLEMS = {cx.UAR: _uaa_problems, cx.SAR: _saa_problems, cx.LIR: _lia_problems, cx.MAR: _maa_problems}


def _common_problems(request, answer, result):
    application = answer.value("Vendor-Specific-Application-Id", [])
    if {(one.name, one.value) for one in application} != set(CX_APPLICATION[1]):
        yield "Vendor-Specific-Application-Id is not that of Cx"
    if answer.value("Auth-Session-State") != cx.NO_STATE_MAINTAINED:
        yield "Auth-Session-State is not NO_STATE_MAINTAINED"
    if result[0] and result not in RESULTS[request.command]:
        yield f"{result} is no result of this command"
    if request.command == cx.MAR:  # knows no feature (TS 29.229 table 7.1.1)
        return
    asked = request.find("Supported-Features") is not None
    # A peer that names no features may be of a release that does not know the AVP (TS 29.229 7.2).
    yield from _rule(answer, "Supported-Features", asked, asked and (result == NO_FEATURE or 2001 <= result[1] < 3000))


def presence_problems(request, answer):
    """What an answer of the HSS itself has too much or too little, by its result. The answer has passed checks.problems()."""
    result = result_of(answer)
    yield from _common_problems(request, answer, result)
    yield from _PROBLEMS[request.command](request, answer, result)
