# SPDX-License-Identifier: Apache-2.0
"""No branch is forgotten: each entry of the test checklist for UAR, LIR, MAR and SAR names rows that exist."""

import re

import base_rows
import dereg_rows
import lir_rows
import mar_rows
import pytest
import sar_rows
import scheme_rows
import uar_rows
import wildcard_rows
from dereg_rows import DROP, KEEP
from sar_rows import NAMES

MAR = mar_rows.ROWS + mar_rows.STRICT + scheme_rows.ROWS
SAR = sar_rows.ROWS + wildcard_rows.ROWS + dereg_rows.ROWS + KEEP + DROP

# Entry -> patterns that must each be found in the name of a row
UAR_ENTRIES = {
    "unknown IMPI": ["IMPI unknown"], "unknown IMPU": ["IMPU unknown$"], "wildcard-only IMPU": ["wildcard-only"],
    "mismatch": ["IMPU of another", "IMPI of another", "not associated"], "barred alone": ["barred alone, type absent"],
    "barred with a sibling": ["barred with a sibling that is not$"], "emergency barred": ["emergency barred$"],
    "roaming": ["roaming not allowed, type 0"], "emergency roaming": ["emergency roaming"], "suspended": ["suspended, type 0"],
    "first": ["first, type absent"], "auth-pending second": ["auth-pending second"],
    "pending for too long": ["pending longer than it counts"], "registered": ["registered re-reg"],
    "sibling registered": ["sibling registered$"], "unregistered": ["^unregistered"],
    "deregistration in each state": [f"^deregistration, {state}" for state in ("not registered", "pending", "registered", "unregistered")],
    "type 2": [f"type 2, {state}$" for state in ("not registered", "pending", "registered", "unregistered")],
}
LIR_ENTRIES = {
    "unknown": ["^unknown$"], "PSI inactive": ["PSI inactive$"], "PSI direct": ["PSI direct, not registered"],
    "registered": ["^registered, terminating"], "unregistered": ["^unregistered, terminating"],
    "not registered with services": ["not registered, terminating: no S-CSCF", "not registered, terminating: an authentication"],
    "not registered without services": ["not registered, no services$"], "originating": ["not registered, no services, originating$"],
    "wildcard": ["wildcard match, registered"], "type 2": ["type 2, registered"],
}
MAR_ENTRIES = {
    "5001 three times": ["IMPI unknown$", "IMPU unknown$", "IMPU is a public service identity"], "5002": ["same subscription, not associated"],
    "5006 twice": ["not provisioned: ", "unheard of: "], "Unknown per scheme": ["Unknown for a user of AKA", "Unknown for a user of SIP Digest"],
    "AKA n = 1..5 and the cap": [f"{n} asked for, {min(n, 5)} given" for n in range(1, 7)],
    "resync good": ["SEQ_MS .* raises"], "resync bad MAC": ["forged: "], "resync wrong length": ["SIP-Authorization of 29 octets"],
    "resync of another S-CSCF": ["another S-CSCF may not resynchronise"], "resync pending": ["another S-CSCF may while"],
    "name overwritten": ["registered, another name: overwritten"], "digest": ["SIP Digest"], "NASS": ["NASS-Bundled"],
    "GIBA": ["GIBA|Early-IMS-Security"],
}
STATES = {0: ("registered", "unregistered", "authentication pending", "not the assigned S-CSCF, nobody is"), 3: ("not registered", "unregistered", "registered,"),
          **{kind: ("not registered", "registered", "unregistered") for kind in (1, 2, *range(4, 12))}}
OTHERS = {0: "not the assigned S-CSCF, {}", **{kind: "another S-CSCF, {}" for kind in range(1, 12)}}
SAR_ENTRIES = {
    **{f"type {kind} in each state": [f"^{kind} {NAMES[kind]}: {state}" for state in states] for kind, states in STATES.items()},
    **{f"type {kind} from another S-CSCF": [f"^{kind} {NAMES[kind]}: {words.format(state)}" for state in ("registered", "unregistered")]
       for kind, words in OTHERS.items()},
    "pending": [f"^{kind} .*reassignment pending" for kind in range(4)], "several IMPUs, 5009": [f"^{kind} .*two IMPUs" for kind in sar_rows.LONER],
    "wildcard match, 5007": [f"^{kind} .*wildcard match, registered$" for kind in wildcard_rows.STRANGE],
    "stale wildcard, 5007": [f"^{kind} .*names an old wildcard$" for kind in wildcard_rows.FITTING],
    "no User-Name, type 0": ["^0 .*no User-Name, registered"],
    "PSI, 5007": ["^1 .*PSI, not registered", "^2 .*PSI, not registered"],
    "User-Data-Already-Available": [f"^{kind} .*the S-CSCF has the data" for kind in range(4)],
    "dereg with several IMPIs": [f"^{kind} .*registered by another IMPI too" for kind in sar_rows.DEREGISTERING],
    "store name, keep or drop": [f"^{kind} .*, {policy}" for kind in (6, 7) for policy in ("kept", "dropped")],
    "SWx types": [f"^{kind} .*of SWx" for kind in (12, 13, 14)],
}
BASE_ENTRIES = {
    "missing AVP": ["^no User-Name"], "unknown AVP with M": ["^unknown AVP with M"], "bad length": ["^Unsigned32 of"],
    "unknown command": ["^command "], "unknown application": ["^another application"], "T bit": ["^T flag"],
}
ENTRIES = [pytest.param(pattern, rows, id=f"{command}, {entry}: {pattern}")
           for command, entries, rows in (("UAR", UAR_ENTRIES, uar_rows.ROWS), ("LIR", LIR_ENTRIES, lir_rows.ROWS),
                                          ("MAR", MAR_ENTRIES, MAR), ("SAR", SAR_ENTRIES, SAR), ("base", BASE_ENTRIES, base_rows.ROWS))
           for entry, patterns in entries.items() for pattern in patterns]


@pytest.mark.parametrize("pattern, rows", ENTRIES)
def test_a_row_is_there(pattern, rows):
    assert any(re.search(pattern, row.what) for row in rows)
