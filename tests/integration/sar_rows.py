# SPDX-License-Identifier: Apache-2.0
"""Server-Assignment, types 0 to 3, as a table: one row for each branch of TS 29.228 6.1.2 that may bring a profile."""

from dataclasses import replace

from peer.cx import HOME_REALM, IMS_RESTORATION, SIFC
from peer.restoration import Restoration, contact, dialog
from registration_rows import (
    A, AGED, AHEAD, ALONE, ALREADY, APART, ASSIGNMENT_TYPE, B, DONT_MATCH, MISSING, NO_SERVING_NODE, NOBODY, OURS, PAIR, PBX, PSI, SERVED,
    SUCCESS, TEMPORARY, THEIRS, TOO_MANY, TWINS, TWO_SETS, UNABLE, UNKNOWN, Row, feature_rows, first_check_decides, pending,
    registered, unregistered, with_impu)
from subscriptions import Ifc, Profile

SHAPE = ALONE
STEP = "TS 29.228 6.1.2.1 step {}".format
TYPE = "TS 29.228 6.1.2.1 type {}".format
NAMELESS = "TS 29.228 table 6.1.2.1, TS 23.380"
RESTORING = {"features": IMS_RESTORATION}
P_CSCF_RESTORATION = 1 << 3
NAMES = ("NO_ASSIGNMENT", "REGISTRATION", "RE_REGISTRATION", "UNREGISTERED_USER", "TIMEOUT_DEREGISTRATION", "USER_DEREGISTRATION",
         "TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME", "USER_DEREGISTRATION_STORE_SERVER_NAME", "ADMINISTRATIVE_DEREGISTRATION",
         "AUTHENTICATION_FAILURE", "AUTHENTICATION_TIMEOUT", "DEREGISTRATION_TOO_MUCH_DATA", "AAA_USER_DATA_REQUEST", "PGW_UPDATE",
         "RESTORATION")
LONER, DEREGISTERING = (0, 1, 2, 3, 9, 10), (4, 5, 6, 7, 8, 11)
REASSIGNED = {"reassignment": True}
REPLACED = {"push": (("rtr", 1, THEIRS[1], ("i1",), ("u1",)),)}  # the S-CSCF that had the registration is told (TS 29.228 8.1)
MOVED = (A, f"old.{HOME_REALM}", HOME_REALM)  # our name, known under another Diameter address
GONE = {"scscf": None, "s1": "not_registered", "s1 i1": ""}
NO_CONTACTS = {"s1": "unregistered", "s1 i1": ""}  # served as unregistered
R1 = Restoration("i1", (contact("one"),))
R2 = Restoration("i2", (contact("two", cseq=0, call_id=b"<\"'\\>@x"), contact("three", subscription=dialog("sub"))))
R3 = Restoration("i1", (contact("new", cseq=2**32 - 1, subscription=dialog("s"), p_cscf_subscription=dialog("p", False)),),
                 time_out=3_900_000_000, scheme="Digest-AKAv1-MD5")
MANY = Restoration("i1", tuple(contact(f"c{n}", cseq=n) for n in range(20)))


def row(kind, what, clause=None, expect=SUCCESS, **more):
    """A row of one Server-Assignment-Type."""
    return Row(f"{kind} {NAMES[kind]}: {what}", clause or TYPE(kind), expect, **{**more, "ask": {"assignment_type": kind, **more.get("ask", {})}})


def rows(kinds, *more, **named):
    return [row(kind, *more, **named) for kind in kinds]


IDENTITIES = [
    *rows(range(12), "IMPI unknown", STEP(1), UNKNOWN, before=registered(), ask={"impi": NOBODY}),
    *rows(range(12), "IMPU unknown", STEP(1), UNKNOWN, before=registered(), ask={"impus": [f"sip:{NOBODY}"]}),
    row(3, "IMPU unknown, no User-Name", STEP(1), UNKNOWN, ask={"impi": None, "impus": [f"sip:{NOBODY}"]}),
    *rows(DEREGISTERING, "the second IMPU is unknown", STEP(1), UNKNOWN, before=registered(), ask={"impus": ["u1", f"sip:{NOBODY}"]}),
    row(1, "an identity full of SQL", STEP(1), UNKNOWN, ask={"impi": "x' OR '1'='1\"\\{},NULL;--@x", "impus": ["sip:{\"a\",NULL}');--@x"]}),
    *rows(range(12), "IMPU of another subscription", STEP(2), DONT_MATCH, before=registered(), ask={"impus": ["stranger u1"]}),
    *rows((1, 5), "IMPI of another subscription", STEP(2), DONT_MATCH, before=registered(), ask={"impi": "stranger i1"}),
    *rows((0, 1, 2, 3, 5, 9), "same subscription, not associated", STEP(2), DONT_MATCH, shape=APART, before=registered("i2", name="s2"),
          ask={"impus": ["u3"]}),
    *rows(DEREGISTERING, "the second IMPU belongs to another subscription", STEP(2), DONT_MATCH, before=registered(),
          ask={"impus": ["u1", "stranger u1"]}),
    *rows(LONER, "two IMPUs", STEP(3), TOO_MANY, shape=PAIR, before=registered(), ask={"impus": ["u1", "u2"]}, failed=("Public-Identity",)),
    *rows(LONER, "no IMPU", "TS 29.228 table 6.1.2.1", MISSING, before=registered(), ask={"impus": []}, failed=("Public-Identity",)),
    *rows((1, 2, 9, 10), "no User-Name", "TS 29.228 table 6.1.2.1", MISSING, before=registered(), ask={"impi": None}, failed=("User-Name",)),
    *[row(0, f"no User-Name, {what}", clause, expect, before=registered(), shape=PAIR, ask={"impi": None, "impus": asked}, failed=failed)
      for what, clause, expect, asked, failed in (
          ("no IMPU", "TS 29.228 table 6.1.2.1", MISSING, [], ("Public-Identity",)), ("IMPU unknown", STEP(1), UNKNOWN, [f"sip:{NOBODY}"], ()),
          ("two IMPUs", STEP(3), TOO_MANY, ["u1", "u2"], ("Public-Identity",)))],
    *rows(DEREGISTERING, "neither IMPU nor User-Name", "TS 29.228 table 6.1.2.1", MISSING, before=registered(),
          ask={"impi": None, "impus": []}, free=("failed_avp",)),
    *[row(kind, f"of SWx, {state}", TYPE(kind), ASSIGNMENT_TYPE, before=before) for kind in (12, 13, 14)
      for state, before in (("not registered", {}), ("registered", registered()))],
    *[row(1, f"IMPU: {what}", "TS 29.228 6, RFC 3261 19.1", ask={"impus": [asked]}, after=registered(), free=("user_data",))
      for what, asked in (("host in upper case", f"sip:u1.{{n}}@{HOME_REALM.upper()}"), ("port and parameters", f"sip:u1.{{n}}@{HOME_REALM}:5060;lr"))],
]

# ---- Types 1 and 2 -------------------------------------------------------------------------------------------------

BOTH = (1, 2)
REGISTERING = [
    *rows(BOTH, "not registered, no S-CSCF", after=registered()),
    *rows(BOTH, "authentication pending", before=pending(), after=registered()),
    *rows(BOTH, "registered", before=registered()),
    *rows(BOTH, "registered, authentication pending", before={**registered(), "s1 i1": "registered pending"}, after=registered()),
    *rows(BOTH, "unregistered", before=unregistered(), after=registered()),
    *[row(kind, f"authentication pending {what}", None, before={**pending(), "s1 i1": state}, after=registered()) for kind in BOTH
      for what, state in (("longer than it counts", AGED), ("by a clock that was set back", AHEAD))],
    *rows(BOTH, "registered, authentication pending longer than it counts", before={**registered(), "s1 i1": f"registered {AGED}"},
          after=registered()),
    *[row(kind, f"another S-CSCF, {state}", None, ALREADY, before=before, answer={"server_name": B}) for kind in BOTH
      for state, before in (("registered", registered(scscf=THEIRS)), ("unregistered", unregistered(THEIRS)),
                            ("authentication pending", pending(scscf=THEIRS)))],
    *[row(kind, f"another S-CSCF, {state}, reassignment pending", f"{TYPE(kind)}, TS 23.380", before={**before, **REASSIGNED},
          after={**registered(), **after, "reassignment": False}) for kind in BOTH
      for state, before, after in (("registered", registered(scscf=THEIRS), REPLACED), ("unregistered", unregistered(THEIRS), {}),
                                   ("authentication pending", pending(scscf=THEIRS), {}))],
    *rows(BOTH, "the same S-CSCF while a reassignment is pending", before={**registered(), **REASSIGNED}, free=("reassignment",)),
    *rows(BOTH, "the other S-CSCF serves a sibling", None, ALREADY, shape=TWO_SETS, before=registered(scscf=THEIRS, name="s2"),
          answer={"server_name": B}),
    *rows(BOTH, "the whole set", shape=PAIR, ask={"impus": ["u2"]}, after=registered()),
    *rows(BOTH, "a barred member", shape=TEMPORARY, before=pending(), after=registered()),
    *rows(BOTH, "sibling sets stay as they are", shape=TWO_SETS, before={**pending(), "s2 i1": "pending"}, after=registered()),
    *rows(BOTH, "beside a registered set", shape=TWO_SETS, before={**registered(name="s2"), **pending()}, after=registered()),
    *rows(BOTH, "the second IMPI", shape=TWINS, before={**registered("i2"), "s1 i1": "pending"}, after=registered()),
    *rows(BOTH, "the first of two IMPIs, the other one is authenticating", shape=TWINS, before=pending("i1", "i2"), after=registered()),
    row(1, "same name, host in upper case", "RFC 3261 19.1.4", before=registered(), ask={"server_name": A.replace("ims", "IMS")},
        free=("scscf",)),
    *[row(1, f"same name: {what}", "RFC 3261 19.1.4", before=registered(scscf=(stored, *OURS[1:])), ask={"server_name": asked},
          free=("scscf",)) for what, stored, asked in (("lr", A, A + ";lr"), ("the default port", A[:-5], A[:-4] + "5060"),
                                                       ("lr and the default port are gone", A[:-4] + "5060;lr", A[:-5]))],
    row(1, "another port is another name", "RFC 3261 19.1.4", ALREADY, before=registered(), ask={"server_name": A[:-4] + "5060"},
        answer={"server_name": A}),
    *[row(kind, f"same name from another Diameter host, {state}", f"{TYPE(kind)}, TS 29.228 8.1", before=before, after={"scscf": OURS, **after})
      for kind, state, before, after in (
          (1, "registered", registered(scscf=MOVED), {}), (2, "registered", registered(scscf=MOVED), {}),
          (1, "authentication pending", pending(scscf=MOVED), registered()), (3, "unregistered", unregistered(MOVED), {}))],
    row(1, "emergency and priority change nothing", "TS 29.228 Annex G", after=registered(), ask={"priority": 0}),
    row(1, "SAR-Flags with another type are ignored", TYPE(1), after=registered(), ask={"sar_flags": 1}),
]

# ---- Restoration information (TS 23.380) -----------------------------------------------------------------------------

LEFT = {"assignment_type": 1, "restoration": R1}
KEPT = {**registered(), "restoration s1 i1": R1}
BOTH_KEPT = {**registered("i1", "i2"), "restoration s1 i1": R1, "restoration s1 i2": R2}
RESTORATION = [
    *[row(kind, f"restoration information is stored: {what}", "TS 23.380 4.2", before=pending(), ask={**RESTORING, "restoration": info},
          after={**registered(), "restoration s1 i1": info})
      for kind in BOTH for what, info in (("one contact", R1), ("with everything in it", R3), ("twenty contacts", MANY))],
    *rows(BOTH, "restoration information is replaced", "TS 23.380 4.2", before={**registered(), "restoration s1 i1": MANY},
          ask={**RESTORING, "restoration": R3}, after={"restoration s1 i1": R3}),
    *rows(BOTH, "none brought, the old stays", "TS 23.380 4.2", before=KEPT, ask=RESTORING),
    *rows(BOTH, "that of the other IMPI comes back", "TS 23.380 4.2", shape=TWINS, ask={**RESTORING, "restoration": R3},
          before={**registered("i2"), "restoration s1 i2": R2}, after={**registered(), "restoration s1 i1": R3},
          answer={"restoration": (R2,), "associated_registered": ("i1", "i2")}),
    *rows(BOTH, "that of the other IMPI is not for a peer without the feature", "TS 29.229 7.2", shape=TWINS, before=BOTH_KEPT),
    # Kamailio names no features, and leaves restoration information all the same.
    *[row(kind, f"of who names no features: {what}", "TS 29.229 7.2, TS 23.380 4.2", before=pending(), ask={"restoration": info},
          after={**registered(), "restoration s1 i1": info}) for kind in BOTH for what, info in (("stored", R1), ("everything in it", R3))],
    row(2, "of who names no features: replaced", "TS 29.229 7.2", before=pending(), earlier=(LEFT,), ask={"restoration": R3},
        after={"restoration s1 i1": R3}),
    row(0, "of who names no features: comes back", "TS 29.229 7.2, TS 23.380", before=pending(), earlier=(LEFT,), answer={"restoration": (R1,)}),
    row(0, "of who names no features: comes back without User-Name", "TS 29.229 7.2, TS 23.380", before=pending(), earlier=(LEFT,),
        ask={"impi": None}, answer={"restoration": (R1,)}),
    row(3, "of who names no features: comes back", "TS 29.229 7.2, TS 23.380", ASSIGNMENT_TYPE, before=pending(), earlier=(LEFT,),
        answer={"restoration": (R1,), "user_data": True}),
    row(1, "of who names no features: multiple", "TS 29.229 7.2, TS 23.380", ASSIGNMENT_TYPE, before=pending(), earlier=(LEFT,),
        ask={"restoration": R3, "multiple": 1}, answer={"restoration": (R1,), "user_data": True}),
    *rows(BOTH, "of who names no features: that of the other IMPI comes back", "TS 29.229 7.2", shape=TWINS, before=registered("i2"),
          earlier=({**LEFT, "impi": "i2", "restoration": R2},), ask={"restoration": R3}, answer={"restoration": (R2,)},
          after={**registered(), "restoration s1 i1": R3}),
    *rows(BOTH, "of who names no features: comes back though none is brought", "TS 29.229 7.2", shape=TWINS, before=registered("i2"),
          earlier=({**LEFT, "impi": "i2", "restoration": R2},), answer={"restoration": (R2,)}, after=registered()),
    row(0, "of who names no features: comes back with the feature", "TS 29.229 7.2", before=pending(), earlier=(LEFT,), ask=RESTORING,
        answer={"restoration": (R1,)}, free=("associated_registered",)),
    row(0, "of who names no features: not for who names others", "TS 29.229 7.2", before=pending(), earlier=(LEFT,), ask={"features": SIFC}),
    row(0, "of who names no features: not when left anew with the feature", "TS 29.229 7.2", before=pending(),
        earlier=(LEFT, {**LEFT, **RESTORING, "assignment_type": 2})),
    *rows(BOTH, "that of who names other features is not stored", "TS 29.229 7.2", ask={"features": SIFC, "restoration": R1}, after=registered()),
    *[row(kind, "of who names no features: gone", "TS 23.380 4.2", before=pending(), earlier=(LEFT, {"assignment_type": 5},
          {"assignment_type": 1}), after=after) for kind, after in ((0, {}), (3, NO_CONTACTS))],
    row(1, "multiple, registered with restoration information", f"{TYPE(1)}, TS 23.380", ASSIGNMENT_TYPE, before=KEPT,
        ask={**RESTORING, "multiple": 1, "restoration": R3}, answer={"restoration": (R1,), "user_data": True}),
    row(1, "not multiple, registered with restoration information", TYPE(1), before=KEPT,
        ask={**RESTORING, "multiple": 0, "restoration": R3}, after={"restoration s1 i1": R3}),
    row(1, "multiple, nothing is stored", TYPE(1), before=registered(), ask={**RESTORING, "multiple": 1, "restoration": R3},
        after={"restoration s1 i1": R3}),
    row(1, "multiple, only the other IMPI left something", TYPE(1), shape=TWINS, before={**registered("i1", "i2"), "restoration s1 i2": R2},
        ask={**RESTORING, "multiple": 1, "restoration": R3}, after={"restoration s1 i1": R3},
        answer={"restoration": (R2,), "associated_registered": ("i1", "i2")}),
    row(2, "multiple is for type 1", TYPE(2), before=KEPT, ask={**RESTORING, "multiple": 1, "restoration": R3}, after={"restoration s1 i1": R3}),
    row(1, "multiple, of another S-CSCF", TYPE(1), ALREADY, before={**registered(scscf=THEIRS), "restoration s1 i1": R1},
        ask={**RESTORING, "multiple": 1, "restoration": R3}, answer={"server_name": B}),
    row(0, "restoration information comes back", f"{TYPE(0)}, TS 23.380", before=KEPT, ask=RESTORING, answer={"restoration": (R1,)},
        free=("associated_registered",)),
    row(0, "that of all IMPIs comes back", f"{TYPE(0)}, TS 23.380", shape=TWINS, before=BOTH_KEPT, ask=RESTORING,
        answer={"restoration": (R1, R2)}, free=("associated_registered",)),
    row(0, "restoration information is not for a peer without the feature", "TS 29.229 7.2", before=KEPT),
]

# ---- Type 3 ----------------------------------------------------------------------------------------------------------

UNREGISTERED = [
    row(3, "not registered, no S-CSCF", after=unregistered()),
    row(3, "not registered, authentication pending", before=pending(), after=unregistered()),
    row(3, "unregistered", before=unregistered()),
    *[row(3, f"no User-Name, {state}", before=before, ask={"impi": None}, after=unregistered())
      for state, before in (("not registered", {}), ("unregistered", unregistered()))],
    row(3, "no User-Name, two IMPIs to choose from", shape=TWINS, ask={"impi": None}, after=unregistered()),
    row(3, "registered, no restoration information", before=registered(), after={"s1": "unregistered", "s1 i1": ""}),
    row(3, "registered, no restoration information, with the feature", before=registered(), ask=RESTORING,
        after={"s1": "unregistered", "s1 i1": ""}, free=("associated_registered",)),
    row(3, "registered by two IMPIs", shape=TWINS, before=registered("i1", "i2"), after={"s1": "unregistered", "s1 i1": "", "s1 i2": ""}),
    row(3, "registered, restoration information", f"{TYPE(3)}, TS 23.380", ASSIGNMENT_TYPE, before=KEPT, ask=RESTORING,
        answer={"restoration": (R1,), "user_data": True}, free=("associated_registered",)),
    row(3, "registered by two IMPIs, restoration information, no User-Name", f"{TYPE(3)}, TS 23.380", ASSIGNMENT_TYPE, shape=TWINS,
        before=BOTH_KEPT, ask={**RESTORING, "impi": None}, answer={"restoration": (R1, R2), "user_data": True}, free=("associated_registered",)),
    row(3, "registered, restoration information, a peer without the feature", TYPE(3), before=KEPT,
        after={"s1": "unregistered", "s1 i1": ""}, free=("restoration s1 i1",)),
    *[row(3, f"another S-CSCF, {state}", None, ALREADY, before=before, answer={"server_name": B})
      for state, before in (("registered", registered(scscf=THEIRS)), ("unregistered", unregistered(THEIRS)),
                            ("authentication pending", pending(scscf=THEIRS)))],
    *[row(3, f"another S-CSCF, {state}, reassignment pending", f"{TYPE(3)}, TS 23.380", before={**before, **REASSIGNED},
          after={**unregistered(), **after, "reassignment": False})
      for state, before, after in (("registered", registered(scscf=THEIRS), {"s1 i1": "", **REPLACED}),
                                   ("unregistered", unregistered(THEIRS), {}),
                                   ("authentication pending", pending(scscf=THEIRS), {}))],
    row(3, "another S-CSCF, reassignment pending, restoration information", f"{TYPE(3)}, TS 23.380", ASSIGNMENT_TYPE,
        before={**registered(scscf=THEIRS), **REASSIGNED, "restoration s1 i1": R1}, ask=RESTORING,
        answer={"restoration": (R1,), "user_data": True}, after={"scscf": OURS, "reassignment": False, **REPLACED}, free=("associated_registered",)),
    row(3, "the other S-CSCF serves a sibling", None, ALREADY, shape=TWO_SETS, before=registered(scscf=THEIRS, name="s2"),
        answer={"server_name": B}),
    row(3, "beside a registered set", shape=TWO_SETS, before=registered(name="s2"), after=unregistered()),
    row(3, "the whole set", shape=PAIR, ask={"impus": ["u2"]}, after=unregistered()),
    *[row(3, f"P-CSCF restoration, {state}", "TS 29.228 6.1.2.1, TS 23.380 5", NO_SERVING_NODE, before=before,
          ask={"sar_flags": 1, "features": P_CSCF_RESTORATION})
      for state, before in (("not registered", {}), ("registered", registered()), ("restoration information", KEPT),
                            ("unregistered", unregistered()))],
    *[row(3, f"P-CSCF restoration by who does not offer the feature, {state}", "TS 29.229 7.1.1", before=before,
          ask={"sar_flags": 1, "features": features}, after=after)
      for state, before, features, after in (
          ("registered", registered(), None, {"s1": "unregistered", "s1 i1": ""}),
          ("registered, others offered", registered(), 3, {"s1": "unregistered", "s1 i1": ""}),
          ("unregistered", unregistered(), None, {}), ("not registered", {}, None, unregistered()))],
    row(3, "other SAR-Flags are ignored", TYPE(3), after=unregistered(), ask={"sar_flags": 0xFFFFFFFE}),
]

# ---- Type 0 ----------------------------------------------------------------------------------------------------------

NO_ASSIGNMENT = [
    *[row(0, state, before=before) for state, before in (
        ("registered", registered()), ("unregistered", unregistered()), ("authentication pending", pending()))],
    *[row(0, f"not the assigned S-CSCF, {state}", None, UNABLE, before=before)
      for state, before in (("nobody is", {}), ("registered", registered(scscf=THEIRS)), ("unregistered", unregistered(THEIRS)),
                            ("authentication pending", pending(scscf=THEIRS)))],
    *[row(0, f"not the assigned S-CSCF, {state}, reassignment pending", f"{TYPE(0)}, TS 23.380", before={**before, **REASSIGNED})
      for state, before in (("registered", registered(scscf=THEIRS)), ("unregistered", unregistered(THEIRS)))],
    row(0, "two IMPIs", shape=TWINS, before=registered("i1", "i2")),
    # An S-CSCF that has restarted knows the identities of its users no more (TS 23.380 4.3).
    *[row(0, f"no User-Name, {state}", NAMELESS, before=before, ask={"impi": None}, answer={"user_name": "i1"})
      for state, before in (("registered", registered()), ("unregistered", unregistered()), ("authentication pending", pending()))],
    *[row(0, f"no User-Name, two IMPIs: {what}", NAMELESS, shape=TWINS, before=before, ask={"impi": None}, answer={"user_name": chosen})
      for what, before, chosen in (("the first is registered", registered(), "i1"), ("the second is registered", registered("i2"), "i2"))],
    row(0, "no User-Name, two IMPIs: both are registered", NAMELESS, shape=TWINS, before=registered("i1", "i2"), ask={"impi": None}),
    row(0, "no User-Name, the IMPI of another set is not chosen", NAMELESS, shape=APART, before=registered("i2", name="s2"),
        ask={"impi": None, "impus": ["u3"]}, answer={"user_name": "i2"}),
    *[row(0, f"no User-Name, not the assigned S-CSCF, {state}", None, UNABLE, before=before, ask={"impi": None})
      for state, before in (("nobody is", {}), ("registered", registered(scscf=THEIRS)))],
    row(0, "no User-Name, restoration information of all comes back", f"{TYPE(0)}, TS 23.380", shape=TWINS, before=BOTH_KEPT,
        ask={**RESTORING, "impi": None}, answer={"restoration": (R1, R2)}, free=("associated_registered",)),
    row(0, "no User-Name, a private service identity", NAMELESS, shape=PSI, before=unregistered(), ask={"impi": None},
        answer={"user_name": "i1"}),
    row(0, "same name, host in upper case", "RFC 3261 19.1.4", before=registered(), ask={"server_name": A.replace("scscf", "SCSCF")}),
]

# ---- What is downloaded ----------------------------------------------------------------------------------------------

SHARED = replace(ALONE, profile={"u1": Profile((Ifc(),), ((Ifc(), Ifc(1)),))})
ALIASES = replace(PAIR, impu={"u1": {"alias_group": "a1"}, "u2": {"alias_group": "a1"}})
BESIDE_ALIASES = replace(ALIASES, sets={"s1": ("u1", "u2", "u3", "u4")})
DOWNLOAD = [
    *[row(kind, f"the S-CSCF has the data, {'registered' if kind < 3 else 'unregistered'}", "TS 29.228 6.1.2.1, table 6.1.2.2",
          before=registered() if kind < 3 else unregistered(), earlier=({"assignment_type": 2 if kind < 3 else 3},),
          ask={"data_available": 1}) for kind in range(4)],
    *[row(kind, "the S-CSCF says that it has the data, but did not get them here", "TS 29.228 6.1.2.1",
          before=registered() if kind < 3 else unregistered(), ask={"data_available": 1}, answer={"user_data": True}) for kind in range(4)],
    row(1, "the S-CSCF has the data, first registration", "TS 29.228 6.1.2.1", after=registered(), ask={"data_available": 1},
        answer={"user_data": True}),
    *rows(BOTH, "the S-CSCF has the data, another IMPI's were sent", "TS 29.228 6.1.2.1", shape=TWINS, before=registered("i1", "i2"),
          earlier=({"assignment_type": 2, "impi": "i2"},), ask={"data_available": 1}, answer={"user_data": True}),
    row(2, "the S-CSCF has the data, they came with NO_ASSIGNMENT only", "TS 29.228 6.1.2.1", before=registered(),
        earlier=({"assignment_type": 0},), ask={"data_available": 1}, answer={"user_data": True}),
    row(2, "the S-CSCF has the data, it has another Diameter address now", "TS 29.228 8.1", before=registered(scscf=MOVED),
        ask={"data_available": 1}, answer={"user_data": True}, after={"scscf": OURS}),
    row(3, "the S-CSCF has the data, another match of the wildcard", "TS 29.228 6.1.2.1", shape=PBX,
        earlier=({"assignment_type": 3, "impus": [f"sip:pbx{{n}}-6@{HOME_REALM}"]},), ask={"data_available": 1,
        "impus": [f"sip:pbx{{n}}-7@{HOME_REALM}"]}, answer={"wildcard": "w1"}),
    row(1, "no charging functions", "TS 29.228 table 6.1.2.2", shape=replace(ALONE, charging=None), after=registered()),
    *[row(kind, "one charging function", "TS 29.229 6.3.19", after=after, shape=replace(
        ALONE, charging=replace(ALONE.charging, primary_event=None, secondary_event=None, secondary_collection=None)))
      for kind, after in ((1, registered()), (3, unregistered()))],
    *[row(1, f"loose route: {value}", "TS 29.229 6.3.45", after=registered(), shape=with_impu(ALONE, loose_route=bool(value)),
          answer={"loose_route": value}) for value in (0, 1)],
    *[row(1, f"privileged sender: {value}", "TS 29.229 6.3.58", after=registered(), shape=with_impu(ALONE, privileged_sender=bool(value)),
          answer={"privileged_sender": value}) for value in (0, 1)],
    row(1, "members in their order, barred ones too", "TS 29.228 6.1.2.1, Annex B", after=registered(), ask={"impus": ["u3"]},
        shape=replace(ALONE, sets={"s1": ("u3", "u1", "u2")}, impu={"u3": {"barred": True}, "u2": {"barred": True}})),
    *[row(1, f"shared sets: {what}", "TS 29.229 7.2, TS 29.228 B.2.4", shape=SHARED, after=registered(), ask={"features": features},
          answer={"elements": {"SharedIFCSetID": numbers, "InitialFilterCriteria": criteria}})
      for what, features, numbers, criteria in (("agreed", SERVED, 1, 1), ("no features", None, 0, 3), ("not among them", 2, 0, 3))],
    *[row(1, f"alias groups: {what}", "TS 29.229 7.2, TS 29.228 B.2.1", shape=ALIASES, after=registered(), ask={"features": features},
          answer={"elements": {"AliasIdentityGroupID": groups}})
      for what, features, groups in (("agreed", SERVED, 2), ("no features", None, 0), ("not among them", 1, 0))],
    # An element of its own for each alias group and for each identity without one, whatever was agreed.
    *[row(1, f"{elements} elements for {who}, alias groups {agreed}", "TS 29.228 Annex B", shape=shape, after=registered(),
          ask={"features": features}, answer={"elements": {"ServiceProfile": elements}})
      for who, shape, elements in (("two aliases", ALIASES, 1), ("two strangers", PAIR, 2), ("both", BESIDE_ALIASES, 3))
      for agreed, features in (("agreed", SERVED), ("not agreed", None))],
]

FEATURES = [*feature_rows(TYPE(1), before=registered(), ask={"assignment_type": 1}, free=("associated_registered",)),
            first_check_decides("TS 29.229 7.2.1", assignment_type=1, impi=NOBODY)]

ROWS = IDENTITIES + REGISTERING + RESTORATION + UNREGISTERED + NO_ASSIGNMENT + DOWNLOAD + FEATURES
