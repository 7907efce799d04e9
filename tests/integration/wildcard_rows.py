# SPDX-License-Identifier: Apache-2.0
"""Server-Assignment for wildcards and public service identities, as a table: one row for each branch of TS 29.228 6.1.2."""

from dataclasses import replace

from peer.cx import HOME_REALM
from registration_rows import (
    ALREADY, ASSIGNMENT_TYPE, B, NAME_NOT_STORED, NOBODY, PBX, PSI, SUCCESS, THEIRS, UNKNOWN, WILD_PSI, pending, registered,
    unregistered, with_impu)
from sar_rows import BOTH, GONE, NAMELESS, NO_CONTACTS, REASSIGNED, STEP, row, rows

SHAPE = PBX


def extension(number, **more):
    return {"impus": [f"sip:pbx{{n}}-{number}@{HOME_REALM}"], **more}


def room(number, **more):
    return {"impus": [f"sip:conf{{n}}-{number}@{HOME_REALM}"], **more}


PUI, SERVICE = {"wildcard": "w1"}, {"wildcard": "u1"}
FITTING, STRANGE = (0, 3, 4, 6, 8, 11), (1, 2, 5, 7, 9, 10)  # types that fit what a wildcard matched, and those that do not
NAMED = "TS 29.228 table 6.1.2.1"
OVERLAPPING = replace(PBX, sets={"s1": ("u1", "w1"), "s2": ("u3", "w2")}, impis={"i1": ("s1", "s2")},
                      impu={"w1": {"type": "wildcarded_pui"}, "w2": {"type": "wildcarded_pui"}},
                      identity={"w1": f"sip:pbx{{n}}-!.*!@{HOME_REALM}", "w2": f"sip:pbx{{n}}-2!.*!@{HOME_REALM}"})
# A distinct identity that a wildcard would match: it goes first (TS 23.003 13.4A), whatever the S-CSCF names.
SHADOWED = replace(PBX, identity={**PBX.identity, "u1": f"sip:pbx{{n}}-0@{HOME_REALM}"})
BOTH_UNREGISTERED = {**unregistered(name="s2"), **unregistered()}
OLD = f"sip:old-!.*!@{HOME_REALM}"
WILDCARDS = [
    row(3, "wildcard match, not registered", shape=PBX, ask=extension(7), answer=PUI, after=unregistered()),
    row(3, "wildcard match, no User-Name", shape=PBX, ask=extension(7, impi=None), answer=PUI, after=unregistered()),
    row(3, "wildcard match, unregistered", shape=PBX, before=unregistered(), ask=extension(7), answer=PUI),
    row(0, "wildcard match, registered", shape=PBX, before=registered(), ask=extension(7), answer=PUI),
    row(0, "wildcard match, no User-Name", NAMELESS, shape=PBX, before=registered(), ask=extension(7, impi=None),
        answer={**PUI, "user_name": "i1"}),
    row(0, "the distinct identity beside a wildcarded one", shape=PBX, before=registered()),
    *rows((4, 8, 11), "wildcard match", shape=PBX, before=registered(), ask=extension(7), after=GONE, free=("wildcard",)),
    *[row(kind, f"wildcard match, {state}", STEP(4), ASSIGNMENT_TYPE, shape=PBX, before=before, ask=extension(7)) for kind in STRANGE
      for state, before in (("not registered", {}), ("authentication pending", pending()), ("registered", registered()),
                            ("unregistered", unregistered()), ("registered at another S-CSCF", registered(scscf=THEIRS)))],
    *rows((5, 7), "the second IMPU is a wildcard match", STEP(4), ASSIGNMENT_TYPE, shape=PBX, before=registered(),
          ask={"impus": ["u1", f"sip:pbx{{n}}-7@{HOME_REALM}"]}),
]
# The S-CSCF names the wildcard (Wildcarded-Public-Identity): the HSS goes by it.
NAMED_WILDCARDS = [
    *[row(0, f"the S-CSCF names {what}", NAMED, shape=PBX, before=registered(), ask=extension(7, wildcard=name), answer=PUI)
      for what, name in (("the wildcard", "w1"), ("the wildcard, host in upper case", f"sip:pbx{{n}}-!.*!@{HOME_REALM.upper()}"))],
    row(3, "the S-CSCF names the wildcard", NAMED, shape=PBX, ask=extension(7, wildcard="w1"), answer=PUI, after=unregistered()),
    *rows((4, 8, 11), "the S-CSCF names the wildcard", NAMED, shape=PBX, before=registered(), ask=extension(7, wildcard="w1"), after=GONE,
          free=("wildcard",)),
    *[row(kind, f"the S-CSCF names {what}", NAMED, ASSIGNMENT_TYPE, shape=PBX, before=registered(), ask=extension(7, wildcard=name),
          answer=PUI) for kind in FITTING for what, name in (("an old wildcard", OLD), ("no wildcard", "u1"))],
    row(3, "the S-CSCF names an old wildcard, no User-Name", NAMED, ASSIGNMENT_TYPE, shape=PBX, ask=extension(7, impi=None, wildcard=OLD),
        answer=PUI),
    row(0, "the S-CSCF names a wildcard that does not match any more", NAMED, ASSIGNMENT_TYPE, shape=OVERLAPPING, before=registered(),
        ask=extension(7, wildcard="w2"), answer=PUI),
    row(3, "the S-CSCF names an old wildcard of a service", NAMED, ASSIGNMENT_TYPE, shape=WILD_PSI, ask=room(4, wildcard=OLD), answer=SERVICE),
    row(0, "the S-CSCF names an old wildcard for nobody", STEP(1), UNKNOWN, before=registered(),
        ask={"impus": [f"sip:{NOBODY}"], "wildcard": OLD}),
    row(0, "the S-CSCF names a wildcard for a distinct identity", NAMED, ASSIGNMENT_TYPE, shape=PBX, before=registered(), ask={"wildcard": "w1"}),
    *[row(kind, "the S-CSCF names a wildcard that would match the distinct identity", NAMED, ASSIGNMENT_TYPE, shape=SHADOWED,
          before=registered(), ask={"wildcard": "w1"}) for kind in FITTING],
    row(0, "the S-CSCF names the shorter of two wildcards", NAMED, shape=OVERLAPPING, before=BOTH_UNREGISTERED, ask=extension(21, wildcard="w1"),
        answer=PUI),
    *[row(4, f"the S-CSCF names {name} of two wildcards", NAMED, shape=OVERLAPPING, before=BOTH_UNREGISTERED,
          ask=extension(21, wildcard=name, impi=impi), after={ended: "not_registered"}, free=("wildcard",))
      for name, ended, impi in (("w1", "s1", "i1"), ("w2", "s2", None))],
    *[row(4, f"the S-CSCF names one wildcard for several{what}", NAMED, shape=PBX, before=registered(), expect=expect, after=after, answer=answer,
          ask={"impus": ["u1", f"sip:pbx{{n}}-7@{HOME_REALM}"], "wildcard": name}, free=free)
      for what, name, expect, after, answer, free in (("", "w1", SUCCESS, GONE, {}, ("wildcard",)), (", an old one", OLD, ASSIGNMENT_TYPE, {}, PUI, ()))],
    row(4, "the S-CSCF names a wildcard and no IMPU", NAMED, shape=PBX, before=registered(), ask={"impus": [], "wildcard": OLD}, after=GONE),
    *rows((1, 2), "a wildcard beside a distinct identity is ignored", "TS 29.228 6", shape=PBX, after=registered(), ask={"wildcard": OLD}),
    *rows((1, 5), "the S-CSCF names the wildcard, which does not fit", STEP(4), ASSIGNMENT_TYPE, shape=PBX, before=registered(),
          ask=extension(7, wildcard="w1")),
]
# The wildcard's own text: provisioned under exactly this name, and what it stands for.
NARROW = replace(PBX, identity={"w1": f"sip:pbx{{n}}-![0-9]{{2}}!@{HOME_REALM}"})
ITSELF = [
    *[row(kind, f"the wildcard itself: {what}", STEP(1), shape=shape, before=registered(), ask={"impus": ["w1"]}, answer=PUI,
          after={} if kind == 0 else NO_CONTACTS) for kind in (0, 3)
      for what, shape in (("its pattern would match it", PBX), ("its pattern would not", NARROW))],
    row(0, "the wildcard itself, named twice", STEP(1), shape=NARROW, before=registered(), ask={"impus": ["w1"], "wildcard": "w1"}, answer=PUI),
    row(3, "the wildcard itself, a service", STEP(1), shape=WILD_PSI, answer=SERVICE, after=unregistered()),
    *rows((4, 8, 11), "the wildcard itself", STEP(1), shape=NARROW, before=registered(), ask={"impus": ["w1"]}, after=GONE, free=("wildcard",)),
    *rows(STRANGE, "the wildcard itself", STEP(4), ASSIGNMENT_TYPE, shape=NARROW, before=registered(), ask={"impus": ["w1"]}),
    *rows((1, 2, 9, 10), "the wildcard itself, a service", STEP(4), ASSIGNMENT_TYPE, shape=WILD_PSI, before=unregistered()),
]
LEAVING_PSI = (4, 5, 8, 11)
SERVICES = [
    *[row(3, f"PSI, {state}", shape=PSI, before=before, after=unregistered(), ask=ask) for state, before, ask in (
        ("not registered", {}, {}), ("unregistered", unregistered(), {}), ("no User-Name", {}, {"impi": None}))],
    row(3, "PSI, another S-CSCF", None, ALREADY, shape=PSI, before=unregistered(THEIRS), answer={"server_name": B}),
    row(3, "PSI, wildcard match", shape=WILD_PSI, ask=room(4), answer=SERVICE, after=unregistered()),
    row(0, "PSI, unregistered", shape=PSI, before=unregistered()),
    row(0, "PSI, wildcard match, unregistered", shape=WILD_PSI, before=unregistered(), ask=room(4), answer=SERVICE),
    row(0, "PSI, wildcard match, no User-Name", NAMELESS, shape=WILD_PSI, before=unregistered(), ask=room(4, impi=None),
        answer={**SERVICE, "user_name": "i1"}),
    *rows(LEAVING_PSI, "PSI, unregistered", shape=PSI, before=unregistered(), after=GONE),
    *rows(LEAVING_PSI, "PSI, unregistered, no User-Name", shape=PSI, before=unregistered(), ask={"impi": None}, after=GONE),
    *rows(LEAVING_PSI, "PSI, unregistered, none named", shape=PSI, before=unregistered(), ask={"impus": []}, after=GONE),
    *rows(LEAVING_PSI, "PSI, wildcard match, unregistered", shape=WILD_PSI, before=unregistered(), ask=room(4), after=GONE, free=("wildcard",)),
    *[row(kind, f"PSI, {state}", STEP(4), ASSIGNMENT_TYPE, shape=PSI, before=before) for kind in (5, 7)
      for state, before in (("not registered", {}), ("not the assigned S-CSCF", unregistered(THEIRS)),
                            ("not the assigned S-CSCF, reassignment pending", {**unregistered(THEIRS), **REASSIGNED}))],
    *[row(kind, f"PSI, {state}", STEP(4), ASSIGNMENT_TYPE, shape=PSI, before=before)
      for kind in (*BOTH, 9, 10) for state, before in (("not registered", {}), ("unregistered", unregistered()))],
    *rows(BOTH, "PSI, wildcard match", STEP(4), ASSIGNMENT_TYPE, shape=WILD_PSI, ask=room(4)),
    *rows((0, 1, 3, 5, 7, 8), "PSI inactive", STEP(4), UNKNOWN, shape=with_impu(PSI, psi_active=False), before=unregistered()),
    *rows((0, 3), "PSI inactive, wildcard match", STEP(4), UNKNOWN, shape=with_impu(WILD_PSI, psi_active=False), ask=room(4),
          before=unregistered()),
]

ROWS = WILDCARDS + NAMED_WILDCARDS + ITSELF + SERVICES
# Types 6 and 7 in either policy of registration.keep_server_name
KEEP = [
    *rows((6, 7), "PSI, unregistered, kept", shape=PSI, before=unregistered()),
    *rows((6, 7), "PSI, wildcard match, unregistered, kept", shape=WILD_PSI, before=unregistered(), ask=room(4), free=("wildcard",)),
    *[row(6, f"{what}, kept", STEP(4), before=registered(), ask=ask, after=NO_CONTACTS, free=("wildcard",))
      for what, ask in (("wildcard match", extension(7)), ("the S-CSCF names the wildcard", extension(7, wildcard="w1")),
                        ("the wildcard itself", {"impus": ["w1"]}))],
    row(6, "PSI, not registered", shape=PSI, expect={SUCCESS, NAME_NOT_STORED}),
]
DROP = [
    *rows((6, 7), "PSI, unregistered, dropped", None, NAME_NOT_STORED, shape=PSI, before=unregistered(), after=GONE),
    row(6, "wildcard match, dropped", None, NAME_NOT_STORED, before=registered(), ask=extension(7), after=GONE, free=("wildcard",)),
]
