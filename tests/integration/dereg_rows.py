# SPDX-License-Identifier: Apache-2.0
"""Server-Assignment, types 4 to 11, as a table: one row for each branch of TS 29.228 6.1.2 that ends something."""

from dataclasses import replace

from registration_rows import (
    AGED, AHEAD, ALONE, APART, NAME_NOT_STORED, NO_SERVING_NODE, PAIR, SUCCESS, THEIRS, TWINS, TWO_SETS, TWO_SETS_TWINS, UNABLE, pending,
    registered, unregistered)
from sar_rows import BOTH_KEPT, DEREGISTERING, GONE, KEPT, LEFT, R1, TYPE, row, rows

SHAPE = ALONE
RULE_D = (4, 5, 8, 11)
KEEPING = (6, 7)
FAILING = (9, 10)
# The standard does not say how a late word of a replaced S-CSCF is answered, only that it must not disturb.
LATE = {SUCCESS, UNABLE, NAME_NOT_STORED}
BOTH_SETS = {**registered(), **registered(name="s2")}
ALL_GONE = {**GONE, "s2": "not_registered", "s2 i1": ""}

LEAVING = [
    *rows(RULE_D, "registered by this IMPI only", before=registered(), after=GONE),
    *rows(RULE_D, "registered by another IMPI too", shape=TWINS, before=registered("i1", "i2"), after={"s1 i1": ""}),
    *rows(RULE_D, "registered by another IMPI only", shape=TWINS, before=registered("i2")),
    *rows(RULE_D, "unregistered", before=unregistered(), after=GONE),
    *rows(RULE_D, "unregistered, no User-Name", before=unregistered(), ask={"impi": None}, after=GONE),
    *rows(RULE_D, "not registered", before={}),
    *rows(RULE_D, "not registered, authentication pending", before=pending()),
    *[row(kind, f"another S-CSCF, {state}", f"{TYPE(kind)}, TS 29.228 8.1", LATE, before=before)
      for kind in (*RULE_D, *KEEPING, *FAILING)
      for state, before in (("registered", registered(scscf=THEIRS)), ("unregistered", unregistered(THEIRS)),
                            ("authentication pending", pending(scscf=THEIRS)))],
    *rows(RULE_D, "restoration information goes", "TS 23.380 4.2", before=KEPT, after={**GONE, "restoration s1 i1": None}),
    *rows(RULE_D, "only its own restoration information goes", "TS 23.380 4.2", shape=TWINS, before=BOTH_KEPT,
          after={"s1 i1": "", "restoration s1 i1": None}),
    *rows(RULE_D, "the whole set", shape=PAIR, before=registered(), ask={"impus": ["u2"]}, after=GONE),
    *rows(RULE_D, "one of two sets", shape=TWO_SETS, before=BOTH_SETS, after={"s1": "not_registered", "s1 i1": ""}),
    *rows(RULE_D, "both sets named", shape=TWO_SETS, before=BOTH_SETS, ask={"impus": ["u1", "u3"]}, after=ALL_GONE),
    *rows(RULE_D, "several members of one set", shape=PAIR, before=registered(), ask={"impus": ["u2", "u1"]}, after=GONE),
    *rows(RULE_D, "one IMPU twice", before=registered(), ask={"impus": ["u1", "u1"]}, after=GONE),
    *rows(RULE_D, "none named: all of the IMPI", shape=TWO_SETS, before=BOTH_SETS, ask={"impus": []}, after=ALL_GONE),
    *rows(RULE_D, "none named: the unregistered ones as well", shape=TWO_SETS, before={**unregistered(name="s2"), **registered()},
          ask={"impus": []}, after={**GONE, "s2": "not_registered"}),
    *rows(RULE_D, "none named, only where it is associated", shape=APART, before={**registered("i2", name="s2"), **registered()},
          ask={"impus": []}, after={"s1": "not_registered", "s1 i1": ""}),
    *rows(RULE_D, "none named, registered by another IMPI too", shape=TWO_SETS_TWINS, ask={"impus": []},
          before={**registered("i1", "i2"), **registered(name="s2")}, after={"s1 i1": "", "s2": "not_registered", "s2 i1": ""}),
    *rows(RULE_D, "the S-CSCF stays while an authentication of another set is pending", shape=TWO_SETS,
          before={**registered(), "s2 i1": "pending"}, after={"s1": "not_registered", "s1 i1": ""}),
    *rows(RULE_D, "the S-CSCF goes although another set is pending longer than it counts", shape=TWO_SETS,
          before={**registered(), "s2 i1": AGED}, after={**GONE, "s2 i1": ""}),
    *rows(RULE_D, "the S-CSCF stays while another set is pending by a clock that was set back", shape=TWO_SETS,
          before={**registered(), "s2 i1": AHEAD}, after={"s1": "not_registered", "s1 i1": ""}),
    *rows(RULE_D, "restoration information of who names no features goes", "TS 23.380 4.2", before=pending(), earlier=(LEFT,),
          after={**GONE, "restoration s1 i1": None}),
    *rows(RULE_D, "the S-CSCF stays while another set is unregistered", shape=TWO_SETS,
          before={**unregistered(name="s2"), **registered()}, after={"s1": "not_registered", "s1 i1": ""}),
    *rows(RULE_D, "no User-Name: whoever is registered", before=registered(), ask={"impi": None}, after=GONE),
    *rows(RULE_D, "no User-Name: all who are registered", shape=TWINS, before=registered("i1", "i2"), ask={"impi": None},
          after={**GONE, "s1 i2": ""}),
    *rows(RULE_D, "the S-CSCF says that it has the data", before=registered(), ask={"data_available": 1}, after=GONE),
    *[row(8, f"P-CSCF restoration, {state}", "TS 29.228 6.1.2.1, TS 23.380 5", NO_SERVING_NODE, before=before,
          ask={"sar_flags": 1, "features": 1 << 3}) for state, before in (("registered", registered()), ("unregistered", unregistered()))],
    row(8, "P-CSCF restoration by who does not offer the feature", "TS 29.229 7.1.1", before=registered(), ask={"sar_flags": 1}, after=GONE),
    row(5, "SAR-Flags are for types 3 and 8", before=registered(), ask={"sar_flags": 1}, after=GONE),
]

NAME_STAYS = {"s1": "unregistered", "s1 i1": ""}
STAYING = [  # in any policy
    *rows(KEEPING, "registered by another IMPI too", shape=TWINS, before=registered("i1", "i2"), after={"s1 i1": ""}),
    *rows(KEEPING, "only its own restoration information goes", "TS 23.380 4.2", shape=TWINS, before=BOTH_KEPT,
          after={"s1 i1": "", "restoration s1 i1": None}),
    *rows(KEEPING, "not registered", before={}, expect={SUCCESS, NAME_NOT_STORED}),
]
KEEP = [  # registration.keep_server_name
    *rows(KEEPING, "registered by this IMPI only, kept", before=registered(), after=NAME_STAYS),
    *rows(KEEPING, "unregistered, kept", before=unregistered()),
    *rows(KEEPING, "restoration information goes, kept", "TS 23.380 4.2", before={**registered(), "restoration s1 i1": R1},
          after={**NAME_STAYS, "restoration s1 i1": None}),
    *rows(KEEPING, "one of two sets, kept", shape=TWO_SETS, before=BOTH_SETS, after=NAME_STAYS),
    *rows(KEEPING, "both sets, kept", shape=TWO_SETS, before=BOTH_SETS, ask={"impus": []},
          after={**NAME_STAYS, "s2": "unregistered", "s2 i1": ""}),
]
DROP = [
    *rows(KEEPING, "registered by this IMPI only, dropped", None, NAME_NOT_STORED, before=registered(), after=GONE),
    *rows(KEEPING, "unregistered, dropped", None, NAME_NOT_STORED, before=unregistered(), after=GONE),
    *rows(KEEPING, "both sets, dropped", None, NAME_NOT_STORED, shape=TWO_SETS, before=BOTH_SETS, ask={"impus": []}, after=ALL_GONE),
    *rows(KEEPING, "one of two sets, dropped", None, {SUCCESS, NAME_NOT_STORED}, shape=TWO_SETS, before=BOTH_SETS,
          after={"s1": "not_registered", "s1 i1": ""}),
]

# Authentication came to nothing; a registration that was there stays (TS 33.203 6.1.2.2).
AUTHENTICATION = [
    *rows(FAILING, "not registered, authentication pending", before=pending(), after={"scscf": None, "s1 i1": ""}),
    *rows(FAILING, "not registered, authentication pending longer than it counts", before={**pending(), "s1 i1": AGED},
          after={"scscf": None, "s1 i1": ""}),
    *rows(FAILING, "not registered, that of another IMPI is pending longer than it counts", shape=TWINS,
          before={**pending("i1", "i2"), "s1 i2": AGED}, after={"scscf": None, "s1 i1": "", "s1 i2": ""}),
    *rows(FAILING, "registered, authentication pending longer than it counts", before={**registered(), "s1 i1": f"registered {AGED}"},
          after={"s1 i1": "registered"}),
    *rows(FAILING, "registered, authentication pending", before={**registered(), "s1 i1": "registered pending"},
          after={"s1 i1": "registered"}),
    *rows(FAILING, "unregistered, authentication pending", before={**unregistered(), "s1 i1": "pending"}, after={"s1 i1": ""}),
    *rows(FAILING, "registered by another IMPI, authentication pending", shape=TWINS, before={**registered("i2"), "s1 i1": "pending"},
          after={"s1 i1": ""}),
    *rows(FAILING, "not registered, another IMPI is authenticating too", shape=TWINS, before=pending("i1", "i2"), after={"s1 i1": ""}),
    *rows(FAILING, "not registered, sibling registered", shape=TWO_SETS, before={**registered(name="s2"), "s1 i1": "pending"},
          after={"s1 i1": ""}),
    *rows(FAILING, "not registered, authentication of a sibling is pending", shape=TWO_SETS, before={**pending(), "s2 i1": "pending"},
          after={"s1 i1": ""}),
    *rows(FAILING, "nothing is pending", before={}),
    *rows(FAILING, "registered, nothing is pending", before=registered()),
    *rows(FAILING, "restoration information stays", "TS 23.380 4.2", before={**KEPT, "s1 i1": "registered pending"},
          after={"s1 i1": "registered"}),
]

ROWS = LEAVING + STAYING + AUTHENTICATION
assert {DEREGISTERING} == {tuple(sorted((*RULE_D, *KEEPING)))}
