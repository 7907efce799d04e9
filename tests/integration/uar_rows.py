# SPDX-License-Identifier: Apache-2.0
"""User-Authorization as a table: one row for each branch of TS 29.228 6.1.1."""

from dataclasses import replace

from peer.cx import HOME_REALM
from peer.registration import Capabilities
from registration_rows import (
    A, AGED, AHEAD, ALONE, APART, B, BARRED, CAPABILITIES, DONT_MATCH, FIRST, IN_ANY_STATE, NO_ROAMING, NOBODY, NOT_REGISTERED, OURS, PAIR, PBX,
    PREFERRED, PSI, REJECTED, SUBSEQUENT, SUCCESS, TEMPORARY, THEIRS, TWINS, TWO_SETS, UNKNOWN, WILD_PSI, Row, feature_rows,
    first_check_decides, pending, registered, unregistered, with_impu)

SHAPE = ALONE
STEP = "TS 29.228 6.1.1.1 step {}".format
VISITED = "ims.mnc002.mcc002.3gppnetwork.org"
FRESH = {"capabilities": CAPABILITIES}
NAMED = {"capabilities": Capabilities((), (), (B, A))}
TYPES = {"absent": None, "0": 0, "1": 1, "2": 2}
DEREGISTER, CAPABLE = {"authorization_type": 1}, {"authorization_type": 2}
EMERGENCY = {"uar_flags": 1}


def first(what, clause, **more):
    return Row(what, clause, FIRST, **{"answer": FRESH, **more})


def subsequent(what, clause, before, name=A, **more):
    return Row(what, clause, SUBSEQUENT, before=before, answer={"server_name": name}, **more)


IDENTITIES = [
    Row("IMPI unknown", STEP(1), UNKNOWN, ask={"impi": NOBODY}),
    Row("IMPU unknown", STEP(1), UNKNOWN, ask={"impu": f"sip:{NOBODY}"}),
    Row("both unknown", STEP(1), UNKNOWN, ask={"impi": NOBODY, "impu": f"sip:{NOBODY}"}),
    Row("an identity full of SQL", STEP(1), UNKNOWN, ask={"impi": "x' OR '1'='1\"\\{},NULL;--@x", "impu": "sip:{\"a\",NULL}');--@x"}),
    *[Row(f"IMPU unknown, type {kind}", STEP(1), UNKNOWN, ask={"impu": f"sip:{NOBODY}", "authorization_type": number})
      for kind, number in TYPES.items()],
    Row("IMPU unknown, emergency", STEP(1), UNKNOWN, ask={"impu": f"sip:{NOBODY}", **EMERGENCY}),
    Row("IMPU is a public service identity", STEP(2), UNKNOWN, shape=PSI),
    Row("IMPU is a wildcarded service identity itself", STEP(2), UNKNOWN, shape=WILD_PSI),
    Row("IMPU matches a wildcarded service identity", STEP(2), UNKNOWN, shape=WILD_PSI, ask={"impu": f"sip:conf{{n}}-7@{HOME_REALM}"}),
    Row("IMPU is a wildcarded identity itself", STEP(2), UNKNOWN, shape=PBX, ask={"impu": "w1"}),
    Row("wildcard-only IMPU", STEP(2), UNKNOWN, shape=PBX, ask={"impu": f"sip:pbx{{n}}-21@{HOME_REALM}"}),
    first("the distinct identity beside a wildcarded one", STEP(2), shape=PBX),
    Row("IMPU of another subscription", STEP(3), DONT_MATCH, ask={"impu": "stranger u1"}),
    Row("IMPI of another subscription", STEP(3), DONT_MATCH, ask={"impi": "stranger i1"}),
    Row("same subscription, not associated", STEP(3), DONT_MATCH, shape=APART, ask={"impu": "u3"}),
    Row("same subscription, not associated, the other is registered", STEP(3), DONT_MATCH, shape=APART,
        before=registered("i2", name="s2"), ask={"impu": "u3"}),
    Row("not associated, deregistration", STEP(3), DONT_MATCH, shape=APART, ask={"impu": "u3", **DEREGISTER}),
    Row("not associated and barred: the first check decides", STEP(3), DONT_MATCH, ask={"impu": "u3"},
        shape=replace(APART, impu={"u3": {"barred": True}})),
]

CANONICAL = [first(f"IMPU: {what}", "TS 29.228 6, RFC 3261 19.1", ask={"impu": asked}) for what, asked in (
    ("host in upper case", f"sip:u1.{{n}}@{HOME_REALM.upper()}"), ("port and parameters", f"sip:u1.{{n}}@{HOME_REALM}:5060;lr"),
    ("escapes that mean nothing", f"sip:%751.{{n}}@{HOME_REALM}"))]
CANONICAL += [
    first("IMPU: visual separators of a telephone number", "RFC 3966 5.1.1", ask={"impu": "tel:+1-555-{n}.01"},
          shape=replace(ALONE, identity={"u1": "tel:+1555{n}01"})),
    first("IMPI: realm in upper case", "TS 23.003 13.3", ask={"impi": f"i1.{{n}}@{HOME_REALM.upper()}"}),
    Row("user part in another case", "RFC 3261 19.1.4", UNKNOWN, ask={"impu": f"sip:U1.{{n}}@{HOME_REALM}"}),
    Row("sips is not sip", "RFC 3261 19.1.4", UNKNOWN, ask={"impu": f"sips:u1.{{n}}@{HOME_REALM}"}),
]

ALL_BARRED = replace(PAIR, impu={"u1": {"barred": True}, "u2": {"barred": True}})
BARRED_BESIDE = replace(TWO_SETS, sets={"s1": ("u1",), "s2": ("u3",)}, impu={"u1": {"barred": True}})
BARRING = [
    *[Row(f"barred alone, type {kind}", STEP(4), REJECTED, shape=BARRED, ask={"authorization_type": number})
      for kind, number in TYPES.items()],
    *[Row(f"barred alone, {state}", STEP(4), REJECTED, shape=BARRED, before=before) for state, before in IN_ANY_STATE.items()],
    Row("barred, and so is its sibling", STEP(4), REJECTED, shape=ALL_BARRED),
    Row("barred, the other identity is of another set", STEP(4), REJECTED, shape=BARRED_BESIDE),
    Row("barred, the other set is registered", STEP(4), REJECTED, shape=BARRED_BESIDE, before=registered(name="s2")),
    first("barred with a sibling that is not", STEP(4), shape=TEMPORARY),
    first("the sibling itself", STEP(4), shape=TEMPORARY, ask={"impu": "u2"}),
    subsequent("barred with a sibling that is not, registered", STEP(4), registered(), shape=TEMPORARY),
    first("emergency barred", STEP(4), shape=BARRED, ask=EMERGENCY),
    first("emergency barred with unheard of flags", STEP(4), shape=BARRED, ask={"uar_flags": 0xFFFFFFFF}),
    Row("other flags do not mean emergency", STEP(4), REJECTED, shape=BARRED, ask={"uar_flags": 0xFFFFFFFE}),
    subsequent("emergency barred, registered", STEP(4), registered(), shape=BARRED, ask=EMERGENCY),
    Row("emergency deregistration, barred and registered", STEP(4), SUCCESS, shape=BARRED, before=registered(),
        ask={**EMERGENCY, **DEREGISTER}, answer={"server_name": A}),
]

AT_HOME = replace(ALONE, networks={"i1": (HOME_REALM,)})
ABROAD = replace(ALONE, networks={"i1": (VISITED, "ims.mnc003.mcc003.3gppnetwork.org")})
NOWHERE = replace(ALONE, networks={"i1": ()})
SUSPENDED = replace(ALONE, subscription={"suspended": True})
MAY_NOT = with_impu(ALONE, may_register=False)
PERMISSION = [
    *[Row(f"roaming not allowed, type {kind}", STEP("5a"), NO_ROAMING, shape=AT_HOME,
          ask={"visited_network": VISITED, "authorization_type": number}) for kind, number in TYPES.items() if number != 1],
    *[Row(f"roaming not allowed, {state}", STEP("5a"), NO_ROAMING, shape=AT_HOME, before=before, ask={"visited_network": VISITED})
      for state, before in IN_ANY_STATE.items()],
    Row("may be nowhere", STEP("5a"), NO_ROAMING, shape=NOWHERE),
    Row("a network whose name goes on", STEP("5a"), NO_ROAMING, shape=AT_HOME, ask={"visited_network": f"{HOME_REALM}.example.org"}),
    Row("a network that ends like it", STEP("5a"), NO_ROAMING, shape=AT_HOME, ask={"visited_network": f"x{HOME_REALM}"}),
    first("at home", STEP("5a"), shape=AT_HOME),
    first("one of several networks", STEP("5a"), shape=ABROAD, ask={"visited_network": VISITED}),
    Row("abroad only: not at home", STEP("5a"), NO_ROAMING, shape=ABROAD),
    first("no area: anywhere", STEP("5a"), ask={"visited_network": "somewhere.example.org"}),
    first("network in upper case", STEP("5a"), shape=ABROAD, ask={"visited_network": VISITED.upper()}),
    first("network in quotation marks", STEP("5a"), shape=ABROAD, ask={"visited_network": f'"{VISITED}"'}),
    first("emergency roaming", STEP("5a"), shape=AT_HOME, ask={"visited_network": VISITED, **EMERGENCY}),
    Row("deregistration where roaming is not allowed", STEP(5), SUCCESS, shape=AT_HOME, before=registered(),
        ask={"visited_network": VISITED, **DEREGISTER}, answer={"server_name": A}),
    *[Row(f"suspended, type {kind}", STEP("5b"), REJECTED, shape=SUSPENDED, ask={"authorization_type": number})
      for kind, number in TYPES.items() if number != 1],
    *[Row(f"suspended, {state}", STEP("5b"), REJECTED, shape=SUSPENDED, before=before) for state, before in IN_ANY_STATE.items()],
    Row("suspended, emergency", STEP("5b"), REJECTED, shape=SUSPENDED, ask=EMERGENCY),
    Row("suspended, deregistration", STEP(5), SUCCESS, shape=SUSPENDED, before=registered(), ask=DEREGISTER, answer={"server_name": A}),
    *[Row(f"an identity that may not register, type {kind}", STEP("5b"), REJECTED, shape=MAY_NOT, ask={"authorization_type": number})
      for kind, number in TYPES.items() if number != 1],
    Row("an identity that may not register, deregistration", STEP(5), SUCCESS, shape=MAY_NOT, before=registered(), ask=DEREGISTER,
        answer={"server_name": A}),
    Row("barred and not allowed to roam: the first check decides", STEP(4), REJECTED, ask={"visited_network": VISITED},
        shape=replace(BARRED, networks=AT_HOME.networks)),
    Row("not allowed to roam and suspended: the first check decides", STEP("5a"), NO_ROAMING, ask={"visited_network": VISITED},
        shape=replace(SUSPENDED, networks=AT_HOME.networks)),
]

# An S-CSCF that has failed, or none at all: capabilities for the choice of another one (TS 23.380 4.3)
REASSIGNMENT = [
    *[Row(f"type 2, {state}", f"{STEP(5)}, TS 23.380", SUCCESS, before=before, ask=CAPABLE, answer=FRESH, after={"reassignment": True})
      for state, before in IN_ANY_STATE.items()],
    Row("type 2 again", f"{STEP(5)}, TS 23.380", SUCCESS, before={**registered(), "reassignment": True}, ask=CAPABLE, answer=FRESH),
    Row("type 2, nothing is provisioned", STEP(5), SUCCESS, shape=replace(ALONE, capabilities=None), before=registered(), ask=CAPABLE,
        after={"reassignment": True}),
    Row("type 2 of an I-CSCF that names restoration", f"{STEP(5)}, TS 23.380", SUCCESS, before=registered(),
        ask={**CAPABLE, "features": 4}, answer=FRESH, after={"reassignment": True}),
    Row("type 2, emergency, barred, not allowed to roam", STEP(5), SUCCESS, shape=replace(BARRED, networks=AT_HOME.networks),
        before=registered(), ask={**CAPABLE, **EMERGENCY, "visited_network": VISITED}, answer=FRESH, after={"reassignment": True}),
    Row("type 2, preferred S-CSCFs go without the numbers", "TS 29.228 6.7", SUCCESS, shape=replace(ALONE, capabilities=PREFERRED),
        before=registered(), ask=CAPABLE, answer=NAMED, after={"reassignment": True}),
    subsequent("while a reassignment is pending the name stays", STEP(6), {**registered(), "reassignment": True}),
]

STATE = [
    *[first(f"first, type {kind}", STEP(6), ask={"authorization_type": number}) for kind, number in TYPES.items() if number in (None, 0)],
    first("first, capabilities: none", STEP(6), shape=replace(ALONE, capabilities=None), answer={}),
    *[first(f"first, capabilities: {what}", STEP(6), shape=replace(ALONE, capabilities=kept), answer={"capabilities": kept})
      for what, kept in (("mandatory ones", Capabilities((0, 4294967295))), ("optional ones", Capabilities((), (7,))),
                         ("preferred S-CSCFs in order", Capabilities((), (), (B, A))))],
    first("first, preferred S-CSCFs go without the numbers", "TS 29.228 6.7", shape=replace(ALONE, capabilities=PREFERRED), answer=NAMED),
    subsequent("auth-pending second", STEP("6 iii"), pending()),
    subsequent("the sibling of an IMPU whose authentication is pending", STEP("6 iii"), pending(), shape=PAIR, ask={"impu": "u2"}),
    subsequent("an authentication of another IMPI is pending", STEP("6 iii"), pending("i2"), shape=TWINS),
    subsequent("an authentication of another set is pending", STEP("6 iii"), pending(name="s2"), shape=TWO_SETS),
    subsequent("registered re-reg", STEP(6), registered()),
    subsequent("registered by another IMPI", STEP(6), registered("i2"), shape=TWINS),
    subsequent("registered and its authentication pending", STEP(6), {**registered(), "s1 i1": "registered pending"}),
    subsequent("unregistered", STEP(6), unregistered()),
    subsequent("another S-CSCF is named as it is", STEP(6), registered(scscf=THEIRS), B),
    subsequent("sibling registered", STEP("6 i"), registered(name="s2"), shape=TWO_SETS),
    subsequent("sibling registered by an IMPI that is not associated", STEP("6 i"), registered("i2", name="s2"), shape=APART),
    subsequent("sibling unregistered", STEP("6 ii"), unregistered(name="s2"), shape=TWO_SETS),
    *[Row(f"deregistration, {state}", STEP(6), SUCCESS, before=before, ask=DEREGISTER, answer={"server_name": A})
      for state, before in (("registered", registered()), ("unregistered", unregistered()))],
    *[Row(f"deregistration, {state}", STEP(6), NOT_REGISTERED, before=before, ask=DEREGISTER, shape=TWO_SETS)
      for state, before in (("not registered", {}), ("sibling registered", registered(name="s2")),
                            ("authentication of a sibling pending", pending(name="s2")))],
    *[Row(f"deregistration, {state}", STEP(6), SUCCESS, before=before, ask=DEREGISTER, answer={"server_name": A}, shape=TWO_SETS)
      for state, before in (("pending", pending()), ("pending, sibling registered", {**registered(name="s2"), **pending()}))],
    Row("deregistration, pending at another S-CSCF", STEP(6), SUCCESS, before=pending(scscf=THEIRS), ask=DEREGISTER,
        answer={"server_name": B}),
    Row("deregistration, pending longer than it counts", "docs/configuration.md, registration.pending_max_age_s", NOT_REGISTERED,
        before={**pending(), "s1 i1": AGED}, ask=DEREGISTER),
    Row("deregistration, pending by a clock that was set back", "docs/configuration.md, registration.pending_max_age_s", SUCCESS,
        before={**pending(), "s1 i1": AHEAD}, ask=DEREGISTER, answer={"server_name": A}),
    subsequent("pending longer than it counts, the name stays", "docs/configuration.md, registration.pending_max_age_s",
               {**pending(), "s1 i1": AGED}),
    Row("deregistration, an authentication of another IMPI is pending", STEP(6), NOT_REGISTERED, before=pending("i2"), ask=DEREGISTER,
        shape=TWINS),
    Row("deregistration, registered by another IMPI", STEP(6), SUCCESS, before=registered("i2"), ask=DEREGISTER, shape=TWINS,
        answer={"server_name": A}),
]

FEATURES = [*feature_rows(STEP(6), expect=SUBSEQUENT, before=registered(scscf=OURS), answer={"server_name": A}),
            first_check_decides("TS 29.229 7.2.1", impi=NOBODY)]

ROWS = IDENTITIES + CANONICAL + BARRING + PERMISSION + REASSIGNMENT + STATE + FEATURES
