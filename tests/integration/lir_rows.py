# SPDX-License-Identifier: Apache-2.0
"""Location-Info as a table: one row for each branch of TS 29.228 6.1.4."""

from dataclasses import replace

from peer.cx import HOME_REALM
from peer.registration import Capabilities
from registration_rows import (
    A, AGED, ALONE, B, BARRED, CAPABILITIES, IN_ANY_STATE, NOBODY, NOT_REGISTERED, PAIR, PBX, PREFERRED, PSI, SUCCESS, THEIRS, TWO_SETS, UNKNOWN,
    UNREGISTERED_SERVICE, WILD_PSI, Row, feature_rows, first_check_decides, pending, registered, unregistered, with_impu)
from subscriptions import Ifc, Profile

SERVICES = with_impu(ALONE, unregistered_services=True)
SHAPE = SERVICES
STEP = "TS 29.228 6.1.4.1 step {}".format
FRESH = {"capabilities": CAPABILITIES}
NAMED = {"capabilities": Capabilities((), (), (B, A))}
ORIGINATING, CAPABLE = {"originating": 0}, {"authorization_type": 2}
WITHOUT = with_impu(ALONE, unregistered_services=False)
AS = "sip:chat.as.example.net:5080"
DIRECT = with_impu(PSI, psi_application_server=AS)
TWO_OF_SERVICE = replace(TWO_SETS, impu=SERVICES.impu)


def found(what, clause, before, name=A, **more):
    return Row(what, clause, SUCCESS, before=before, **{"answer": {"server_name": name}, **more})


def fresh(what, clause, **more):
    """No S-CSCF serves the user, and there is something to serve."""
    return Row(what, clause, UNREGISTERED_SERVICE, **{"answer": FRESH, **more})


IDENTITIES = [
    Row("unknown", STEP(1), UNKNOWN, ask={"impu": f"sip:{NOBODY}"}),
    *[Row(f"unknown, {what}", STEP(1), UNKNOWN, ask={"impu": f"sip:{NOBODY}", **ask})
      for what, ask in (("originating", ORIGINATING), ("type 2", CAPABLE))],
    Row("an identity full of SQL", STEP(1), UNKNOWN, ask={"impu": "sip:{\"a\",NULL}');--@x"}),
    Row("user part in another case", "RFC 3261 19.1.4", UNKNOWN, before=registered(), ask={"impu": f"sip:U1.{{n}}@{HOME_REALM}"}),
    *[found(f"IMPU: {what}", "TS 29.228 6, RFC 3261 19.1", registered(), ask={"impu": asked}) for what, asked in (
        ("host in upper case", f"sip:u1.{{n}}@{HOME_REALM.upper()}"), ("port and parameters", f"sip:u1.{{n}}@{HOME_REALM}:5060;lr"),
        ("escapes that mean nothing", f"sip:%751.{{n}}@{HOME_REALM}"))],
    found("IMPU: visual separators of a telephone number", "RFC 3966 5.1.1", registered(), ask={"impu": "tel:+1-555-{n}.02"},
          shape=replace(ALONE, identity={"u1": "tel:+1555{n}02"})),
    Row("a SIP URI with user=phone is no telephone number", "TS 29.228 6", UNKNOWN, before=registered(),
        ask={"impu": f"sip:+1555{{n}}03@{HOME_REALM};user=phone"}, shape=replace(ALONE, identity={"u1": "tel:+1555{n}03"})),
]

OVERLAPPING = replace(PBX, sets={"s1": ("u1", "w1"), "s2": ("u3", "w2", "u4")}, impis={"i1": ("s1", "s2")},
                      impu={"w1": {"type": "wildcarded_pui"}, "w2": {"type": "wildcarded_pui"}},
                      identity={"w1": f"sip:pbx{{n}}-!.*!@{HOME_REALM}", "w2": f"sip:pbx{{n}}-2!.*!@{HOME_REALM}",
                                "u4": f"sip:pbx{{n}}-27@{HOME_REALM}"})
TWO_STATES = {**registered(), **{key: value for key, value in unregistered(name="s2").items() if key != "scscf"}}
REASSIGNED = {"reassignment": True}
LITERAL = replace(PBX, identity={"w1": f"sip:pbx.{{n}}+!(1|2)[0-9]{{2}}!.x@{HOME_REALM}"})


def extension(number):
    return {"impu": f"sip:pbx{{n}}-{number}@{HOME_REALM}"}


WILDCARDS = [
    *[found(f"wildcard match, {state}", STEP(5), before, shape=PBX, ask=extension(21), answer={"server_name": A, "wildcard": "w1"})
      for state, before in (("registered", registered()), ("unregistered", unregistered()))],
    Row("wildcard match, not registered", STEP(4), NOT_REGISTERED, shape=PBX, ask=extension(21)),
    fresh("wildcard match, services in unregistered state", STEP(5), ask=extension(21), answer={**FRESH, "wildcard": "w1"},
          shape=replace(PBX, impu={"w1": {"type": "wildcarded_pui", "unregistered_services": True}})),
    fresh("wildcard match, originating", STEP(5), ask={**extension(21), **ORIGINATING}, answer={**FRESH, "wildcard": "w1"}, shape=PBX),
    found("wildcard match, type 2", STEP(5), registered(), ask={**extension(21), **CAPABLE}, answer={**FRESH, "wildcard": "w1"},
          shape=PBX, after=REASSIGNED),
    found("the distinct identity beside a wildcarded one", STEP(1), registered(), shape=PBX),
    found("a distinct identity that a wildcard would match", STEP(1), registered(name="s2"), shape=OVERLAPPING, ask={"impu": "u4"}),
    found("the longest literal prefix wins", STEP(5), registered(name="s2"), shape=OVERLAPPING, ask=extension(21),
          answer={"server_name": A, "wildcard": "w2"}),
    found("only the shorter one matches", STEP(5), registered(), shape=OVERLAPPING, ask=extension(31),
          answer={"server_name": A, "wildcard": "w1"}),
    Row("no wildcard matches in another domain", STEP(1), UNKNOWN, shape=PBX, before=registered(),
        ask={"impu": "sip:pbx{n}-21@example.org"}),
    Row("no wildcard matches another beginning", STEP(1), UNKNOWN, shape=PBX, before=registered(),
        ask={"impu": f"sip:x-pbx{{n}}-21@{HOME_REALM}"}),
    found("outside of the pattern every character is itself", "TS 23.003 13.4A", registered(), shape=LITERAL,
          ask={"impu": f"sip:pbx.{{n}}+142.x@{HOME_REALM}"}, answer={"server_name": A, "wildcard": "w1"}),
    *[Row(f"no match of a pattern with literal ends: {asked}", "TS 23.003 13.4A", UNKNOWN, shape=LITERAL, before=registered(),
          ask={"impu": f"sip:{asked}@{HOME_REALM}"})
      for asked in ("pbx.{n}+342.x", "pbx.{n}+1421.x", "pbx.{n}+142yx", "pbx.{n}142.x", "pbx.{n}+142.xx")],
    found("wildcard match of a telephone number", STEP(5), registered(), ask={"impu": "tel:+1-999-{n}-77"},
          shape=replace(PBX, identity={"w1": "tel:+1999{n}!.{2}!"}), answer={"server_name": A, "wildcard": "w1"}),
    # Provisioned under exactly this name, which comes before any match (TS 23.003 13.4A); it stands for itself.
    *[found(f"the wildcard itself: {what}", STEP(1), registered(), ask={"impu": asked}, shape=replace(PBX, identity={"w1": wildcard}),
            answer={"server_name": A, "wildcard": "w1"})
      for what, wildcard, asked in (
          ("its pattern would match it", f"sip:pbx{{n}}-!.*!@{HOME_REALM}", "w1"),
          ("its pattern would not", f"sip:pbx{{n}}-![0-9]{{2}}!@{HOME_REALM}", "w1"),
          ("host in upper case", f"sip:pbx{{n}}-!.*!@{HOME_REALM}", f"sip:pbx{{n}}-!.*!@{HOME_REALM.upper()}:5060;lr"),
          ("a telephone number", "tel:+1999{n}!.{2}!", "tel:+1-999-{n}!.{2}!"),
          ("signs of an address in the pattern", f"sip:pbx{{n}}-![^@:%-]+!@{HOME_REALM}", "w1"))],
    found("the wildcard itself, another one would match it too", STEP(1), registered(name="s2"), ask={"impu": "w2"},
          shape=replace(OVERLAPPING, identity={**OVERLAPPING.identity, "w2": f"sip:pbx{{n}}-!.+!@{HOME_REALM}"}),
          answer={"server_name": A, "wildcard": "w2"}),
    *[Row(f"not quite the wildcard itself: {asked}", STEP(1), UNKNOWN, before=registered(), ask={"impu": f"sip:{asked}@{HOME_REALM}"},
          shape=replace(PBX, identity={"w1": f"sip:pbx{{n}}-![0-9]{{2}}!@{HOME_REALM}"}))
      for asked in ("pbx{n}-![0-9]{3}!", "pbx{n}-[0-9]{2}", "pbx{n}-![0-9]{2}")],
]


def chat(number):
    return {"impu": f"sip:conf{{n}}-{number}@{HOME_REALM}"}


SERVICE_IDENTITIES = [
    *[Row(f"PSI inactive{what}", STEP(2), UNKNOWN, shape=with_impu(shape, psi_active=False), before=before, ask=ask)
      for what, shape, before, ask in (
          ("", PSI, {}, {}), (", unregistered", PSI, unregistered(), {}), (", originating", PSI, {}, ORIGINATING),
          (", type 2", PSI, unregistered(), CAPABLE), (", direct routing", DIRECT, {}, {}),
          (", wildcard match", WILD_PSI, unregistered(), chat(5)))],
    *[Row(f"PSI direct, {state}", STEP(2), SUCCESS, shape=DIRECT, before=before, answer={"server_name": AS, "flags": 1})
      for state, before in (("not registered", {}), ("unregistered", unregistered()))],
    Row("PSI direct, wildcard match", STEP(2), SUCCESS, shape=with_impu(WILD_PSI, psi_application_server=AS), ask=chat(5),
        answer={"server_name": AS, "flags": 1, "wildcard": "u1"}),
    found("PSI direct, originating: its S-CSCF", STEP(2), unregistered(), shape=DIRECT, ask=ORIGINATING),
    fresh("PSI direct, originating, no S-CSCF yet", STEP(2), shape=DIRECT, ask=ORIGINATING),
    found("PSI, unregistered", STEP(4), unregistered(), shape=PSI),
    fresh("PSI, not registered, services in unregistered state", STEP(4), shape=with_impu(PSI, unregistered_services=True)),
    found("PSI, the wildcard itself", STEP(1), unregistered(), shape=WILD_PSI, answer={"server_name": A, "wildcard": "u1"}),
    found("PSI, wildcard match, unregistered", STEP(5), unregistered(), shape=WILD_PSI, ask=chat("x"),
          answer={"server_name": A, "wildcard": "u1"}),
    fresh("PSI, wildcard match, not registered, originating", STEP(5), shape=WILD_PSI, ask={**chat("x"), **ORIGINATING},
          answer={**FRESH, "wildcard": "u1"}),
]

REASSIGNMENT = [
    *[Row(f"type 2, {state}", f"{STEP(3)}, TS 23.380", SUCCESS, before=before, ask=CAPABLE, answer=FRESH, after=REASSIGNED)
      for state, before in IN_ANY_STATE.items()],
    Row("type 2 of an I-CSCF that names restoration", f"{STEP(3)}, TS 23.380", SUCCESS, before=registered(),
        ask={**CAPABLE, "features": 4}, answer=FRESH, after=REASSIGNED),
    Row("type 2 again", f"{STEP(3)}, TS 23.380", SUCCESS, before={**registered(), **REASSIGNED}, ask=CAPABLE, answer=FRESH),
    Row("type 2, nothing is provisioned", STEP(3), SUCCESS, shape=replace(ALONE, capabilities=None), before=registered(), ask=CAPABLE,
        after=REASSIGNED),
    Row("type 2, originating", STEP(3), SUCCESS, before=unregistered(), ask={**CAPABLE, **ORIGINATING}, answer=FRESH, after=REASSIGNED),
    Row("type 2, preferred S-CSCFs go without the numbers", "TS 29.228 6.7", SUCCESS, shape=replace(ALONE, capabilities=PREFERRED),
        before=registered(), ask=CAPABLE, answer=NAMED, after=REASSIGNED),
    found("while a reassignment is pending the name stays", STEP(4), {**registered(), **REASSIGNED}),
    *[found(f"type {kind} is as none", "TS 29.228 table 6.1.4.1", registered(), ask={"authorization_type": kind}) for kind in (0, 1)],
]

BOTH_WAYS = (("terminating", {}), ("originating", ORIGINATING))
STATE = [
    *[found(f"{state}, {way}", STEP(4), before, ask=ask, shape=WITHOUT) for way, ask in BOTH_WAYS
      for state, before in (("registered", registered()), ("unregistered", unregistered()))],
    found("another S-CSCF is named as it is", STEP(4), registered(scscf=THEIRS), B),
    *[fresh(f"not registered, {way}: no S-CSCF", STEP(4), ask=ask) for way, ask in BOTH_WAYS],
    *[found(f"not registered, {way}: an authentication is pending", STEP(4), pending(), ask=ask) for way, ask in BOTH_WAYS],
    found("not registered, an authentication was pending longer than it counts, the name stays",
          "docs/configuration.md, registration.pending_max_age_s", {**pending(), "s1 i1": AGED}),
    *[found(f"not registered, {way}: sibling {state}", STEP(4), before, ask=ask, shape=TWO_OF_SERVICE) for way, ask in BOTH_WAYS
      for state, before in (("registered", registered(name="s2")), ("unregistered", unregistered(name="s2")))],
    fresh("not registered, preferred S-CSCFs go without the numbers", "TS 29.228 6.7", answer=NAMED,
          shape=replace(SERVICES, capabilities=PREFERRED)),
    fresh("not registered, nothing is provisioned", STEP(4), shape=replace(SERVICES, capabilities=None), answer={}),
    Row("not registered, no services", STEP(4), NOT_REGISTERED, shape=WITHOUT),
    Row("not registered, no services, an authentication is pending", STEP(4), NOT_REGISTERED, shape=WITHOUT, before=pending()),
    Row("not registered, no services, sibling registered", STEP(4), NOT_REGISTERED, before=registered(name="s2"),
        shape=replace(TWO_SETS, impu=WITHOUT.impu)),
    fresh("not registered, no services, originating", STEP(4), shape=WITHOUT, ask=ORIGINATING),
    found("not registered, no services, originating, an authentication is pending", STEP(4), pending(), shape=WITHOUT, ask=ORIGINATING),
    Row("not registered, nothing is said of services and there is no profile", STEP(4), NOT_REGISTERED, shape=ALONE),
    *[found(f"Session-Priority {level}", "TS 29.229 6.3.56", registered(), ask={"priority": level}) for level in range(5)],
    found("barred and registered", STEP(5), registered(), shape=BARRED),
    found("the sibling of a barred one", STEP(5), registered(), shape=replace(PAIR, impu={"u2": {"barred": True}})),
]

CASE = [{"kind": "session_case", "session_case": number} for number in range(5)]
INVITE = {"kind": "method", "method": "INVITE"}


def profiled(*criteria, shared=(), **columns):
    return replace(with_impu(ALONE, **columns), profile={"u1": Profile(criteria, shared)})


# Derived from the profile: can one of its criteria meet a terminating request of an unregistered user?
MEETS = {
    "no trigger point": profiled(Ifc()), "part 1": profiled(Ifc(1)),
    "terminating unregistered": profiled(Ifc(None, True, (CASE[2],))),
    "part 1, terminating unregistered": profiled(Ifc(1, False, (CASE[2],))),
    "any session case": profiled(Ifc(None, False, (INVITE,))),
    "not originating": profiled(Ifc(None, True, ({**CASE[0], "negated": True},))),
    "INVITE or originating, DNF": profiled(Ifc(None, False, ({**CASE[0], "groups": [0]}, {**INVITE, "groups": [1]}))),
    "INVITE or originating, CNF": profiled(Ifc(None, True, (CASE[0], INVITE))),
    "the second of two": profiled(Ifc(0), Ifc(1)),
    "a shared set": profiled(shared=((Ifc(1),),)),
    "said so against the profile": profiled(Ifc(0), unregistered_services=True),
}
MEETS_NOT = {
    "none": profiled(), "part 0": profiled(Ifc(0)), "part 0, terminating unregistered": profiled(Ifc(0, True, (CASE[2],))),
    **{f"session case {number}": profiled(Ifc(None, True, (CASE[number],))) for number in (0, 1, 3, 4)},
    "not terminating unregistered": profiled(Ifc(1, True, ({**CASE[2], "negated": True},))),
    "INVITE and originating, CNF": profiled(Ifc(None, True, ({**CASE[0], "groups": [0]}, {**INVITE, "groups": [1]}))),
    "INVITE and originating, DNF": profiled(Ifc(None, False, (CASE[0], INVITE))),
    "a shared set for the registered": profiled(shared=((Ifc(0),),)),
    "denied against the profile": profiled(Ifc(1), unregistered_services=False),
}
DERIVED = [
    *[fresh(f"services in unregistered state: {what}", f"{STEP(4)}, TS 29.228 B.2.2", shape=shape) for what, shape in MEETS.items()],
    *[Row(f"no services in unregistered state: {what}", f"{STEP(4)}, TS 29.228 B.2.2", NOT_REGISTERED, shape=shape)
      for what, shape in MEETS_NOT.items()],
]

FEATURES = [*feature_rows(STEP(4), before=registered(), answer={"server_name": A}),
            first_check_decides("TS 29.229 7.2.1", impu=f"sip:{NOBODY}")]

ROWS = IDENTITIES + WILDCARDS + SERVICE_IDENTITIES + REASSIGNMENT + STATE + DERIVED + FEATURES
