# SPDX-License-Identifier: Apache-2.0
"""What the tables of UAR, LIR and SAR have in common: the form of a row, S-CSCFs, shapes of subscriptions, features."""

from dataclasses import dataclass, field, replace

from peer import cx
from peer.cx import HOME_REALM
from peer.registration import Capabilities, Charging
from peer.results import (
    ALREADY, ASSIGNMENT_TYPE, DONT_MATCH, FIRST, INVALID_VALUE, MISSING, NAME_NOT_STORED, NOT_REGISTERED, NO_FEATURE,
    NO_ROAMING, NO_SERVING_NODE, REJECTED, SUBSEQUENT, SUCCESS, TOO_MANY, UNABLE, UNKNOWN, UNREGISTERED_SERVICE)
from subscriptions import Shape

A, B = (f"sip:{label}.{HOME_REALM}:6060" for label in ("scscf", "scscf2"))
OURS = (A, f"scscf.{HOME_REALM}", HOME_REALM)     # the S-CSCF that asks
THEIRS = (B, f"scscf2.{HOME_REALM}", HOME_REALM)  # another one
NOBODY = f"nobody@{HOME_REALM}"
SERVED = cx.SIFC | cx.ALIAS_IND | cx.IMS_RESTORATION


@dataclass(frozen=True)
class Row:
    """`ask` holds arguments of the request's builder; in them and in the answer short names stand for identities."""

    what: str
    clause: str
    expect: tuple = SUCCESS                          # or a set of results, where the standard leaves it open
    shape: Shape | None = None                       # None: that of the table
    before: dict = field(default_factory=dict)       # how the state differs from fresh()
    earlier: tuple = ()                              # requests like `ask` that come first; what they change is `before`, too
    ask: dict = field(default_factory=dict)
    answer: dict = field(default_factory=dict)       # attributes of the answer; what is not named is not there
    after: dict = field(default_factory=dict)        # what the request changes of the state
    failed: tuple = ()                               # names inside Failed-AVP
    free: tuple = ()                                 # parts of answer and state that the standard leaves open


CAPABILITIES = Capabilities((1, 2), (30,))
PREFERRED = Capabilities((1, 2), (30,), (B, A))  # its names go alone (TS 29.228 6.7)
CHARGING = Charging("aaa://ecf1.example.net:3868", "aaa://ecf2.example.net:3868", "aaa://ccf1.example.net:3868",
                    "aaa://ccf2.example.net:3868")

ALONE = Shape({"s1": ("u1",)}, {"i1": ("s1",)}, capabilities=CAPABILITIES, charging=CHARGING)
PAIR = replace(ALONE, sets={"s1": ("u1", "u2")})
TWO_SETS = replace(ALONE, sets={"s1": ("u1", "u2"), "s2": ("u3",)}, impis={"i1": ("s1", "s2")})
TWINS = replace(ALONE, impis={"i1": ("s1",), "i2": ("s1",)})
TWO_SETS_TWINS = replace(TWO_SETS, impis={"i1": ("s1", "s2"), "i2": ("s1", "s2")})
APART = replace(TWO_SETS, impis={"i1": ("s1",), "i2": ("s2",)})  # each private identity has a set of its own
BARRED = replace(ALONE, impu={"u1": {"barred": True}})
TEMPORARY = replace(PAIR, impu={"u1": {"barred": True}})         # u1 is the one derived from the IMSI
PBX = replace(ALONE, sets={"s1": ("u1", "w1")}, impu={"w1": {"type": "wildcarded_pui"}},
              identity={"w1": f"sip:pbx{{n}}-!.*!@{HOME_REALM}"})
PSI = replace(ALONE, identity={"u1": f"sip:chat.{{n}}@{HOME_REALM}"}, impu={"u1": {"type": "distinct_psi"}},
              impi={"i1": {"schemes": [], "credential_id": None}})
WILD_PSI = replace(PSI, identity={"u1": f"sip:conf{{n}}-!.*!@{HOME_REALM}"}, impu={"u1": {"type": "wildcarded_psi"}})


def with_impu(shape, **columns):
    """The shape with more columns of u1."""
    return replace(shape, impu={**shape.impu, "u1": {**shape.impu.get("u1", {}), **columns}})


def registered(*impis, scscf=OURS, name="s1"):
    return {"scscf": scscf, name: "registered", **{f"{name} {impi}": "registered" for impi in impis or ("i1",)}}


def unregistered(scscf=OURS, name="s1"):
    return {"scscf": scscf, name: "unregistered"}


def pending(*impis, scscf=OURS, name="s1"):
    """An S-CSCF is assigned because an authentication is under way."""
    return {"scscf": scscf, **{f"{name} {impi}": "pending" for impi in impis or ("i1",)}}


AGED = "pending aged"      # an authentication that nobody ended, more than registration.pending_max_age_s ago
AHEAD = "pending ahead"    # by a clock that was set back since
IN_ANY_STATE = {"not registered": {}, "pending": pending(), "registered": registered(), "unregistered": unregistered()}


def required(bits, **more):
    return cx.supported_features(bits, required=True, **more)


def feature_rows(clause, **good):
    """Supported-Features of any command: `good` is a row that succeeds without them (TS 29.229 7.2)."""
    refused = {name: value for name, value in good.items() if name in ("shape", "before")}
    asked = good.get("ask", {})

    def row(what, features, fine=True):
        ask = {**asked, "features": features}
        if not fine:
            return Row(f"features: {what}", "TS 29.229 7.2.1", NO_FEATURE, ask=ask, **refused)
        return Row(f"features: {what}", "TS 29.229 7.2.1", **{**good, "ask": ask})

    return [
        Row("features: none named, none answered", clause, **good),
        row("none of list 1", 0), row("all that are served", SERVED), row("also P-CSCF restoration, without M", 15),
        row("also unheard of ones, without M", 0xFFFFFFF0), row("required and served", required(SERVED)),
        row("required and served, each in an AVP of its own", [required(1), required(2), required(4)]),
        row("another list, without M", cx.supported_features(1, number=2)),
        row("another vendor's, without M", cx.supported_features(0xFF, vendor=13019)),
        row("P-CSCF restoration is required", required(8), False),
        row("an unheard of one is required", required(1 << 31), False),
        row("one of three is required in vain", [required(1), required(1 << 20), required(2)], False),
        row("another list is required", required(1, number=2), False),
        row("another vendor's is required", required(1, vendor=13019), False),
    ]


def first_check_decides(clause, **ask):
    return Row("features: required in vain comes before an unknown identity", clause, NO_FEATURE,
               ask={**ask, "features": required(8)})
