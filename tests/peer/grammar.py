# SPDX-License-Identifier: Apache-2.0
"""Which AVPs an answer of Cx or Zh may and must hold, as tables (TS 29.229 6.1.1-6.1.14, the groups of 6.3; TS 29.109 4.4;
RFC 6733 7.2)."""

from .diameter import ERROR, MANDATORY
from .dictionary import BY_NAME, COMMANDS, CX, ZH

# How often: nothing exactly once, ? at most once, * any number, + at least once.
_OFTEN = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}

# Session-Id is judged in checks.py: a request without one gets an answer without one.
_COMMON = """
Session-Id? DRMP? Vendor-Specific-Application-Id Result-Code? Experimental-Result? Auth-Session-State Origin-Host Origin-Realm
Error-Message? Error-Reporting-Host? Origin-State-Id? Failed-AVP? Proxy-Info* Route-Record*
"""
_OVERLOAD = "OC-Supported-Features? OC-OLR? Load*"

_ANSWERS_OF_CX = {
    300: f"{_OVERLOAD} Supported-Features* Server-Name? Server-Capabilities?",
    301: f"""{_OVERLOAD} User-Name? Supported-Features* User-Data? Charging-Information? Associated-Identities?
             Loose-Route-Indication? SCSCF-Restoration-Info* Associated-Registered-Identities? Server-Name?
             Wildcarded-Public-Identity? Priviledged-Sender-Indication? Allowed-WAF-WWSF-Identities?""",
    302: f"{_OVERLOAD} Supported-Features* Server-Name? Server-Capabilities? Wildcarded-Public-Identity? LIA-Flags?",
    303: f"{_OVERLOAD} User-Name? Supported-Features* Public-Identity? SIP-Number-Auth-Items? SIP-Auth-Data-Item*",
    304: "Associated-Identities? Supported-Features* Identity-with-Emergency-Registration*",
    305: "Supported-Features*",
}
# GUSS-Timestamp comes with the settings as an AVP that nobody has to know: a BSF has it from nowhere else.
_ANSWERS_OF_ZH = {303: "User-Name? Public-Identity? SIP-Auth-Data-Item? GBA-UserSecSettings? GUSS-Timestamp?"}

_GROUPS = {
    "Vendor-Specific-Application-Id": "Vendor-Id Auth-Application-Id",
    "Experimental-Result": "Vendor-Id Experimental-Result-Code",
    "Server-Capabilities": "Mandatory-Capability* Optional-Capability* Server-Name*",
    "Supported-Features": "Vendor-Id Feature-List-ID Feature-List",
    "Charging-Information": """Primary-Event-Charging-Function-Name? Secondary-Event-Charging-Function-Name?
                               Primary-Charging-Collection-Function-Name? Secondary-Charging-Collection-Function-Name?""",
    "Associated-Identities": "User-Name*",
    "Associated-Registered-Identities": "User-Name*",
    "SCSCF-Restoration-Info": "User-Name Restoration-Info+ Registration-Time-Out? SIP-Authentication-Scheme?",
    "Restoration-Info": """Path Contact Initial-CSeq-Sequence-Number? Call-ID-SIP-Header? Subscription-Info?
                           P-CSCF-Subscription-Info?""",
    "Subscription-Info": "Call-ID-SIP-Header From-SIP-Header To-SIP-Header Record-Route Contact",
    "P-CSCF-Subscription-Info": "Call-ID-SIP-Header From-SIP-Header To-SIP-Header Contact",
    "SIP-Auth-Data-Item": """SIP-Item-Number? SIP-Authentication-Scheme? SIP-Authenticate? SIP-Authorization?
                             SIP-Authentication-Context? Confidentiality-Key? Integrity-Key? SIP-Digest-Authenticate?
                             Framed-IP-Address? Framed-IPv6-Prefix? Framed-Interface-Id? Line-Identifier*""",
    "SIP-Digest-Authenticate": """Digest-Realm Digest-Algorithm? Digest-QoP Digest-HA1 Alternate-Digest-Algorithm?
                                  Alternate-Digest-HA1?""",
    "Identity-with-Emergency-Registration": "User-Name Public-Identity",
    "Allowed-WAF-WWSF-Identities": "WebRTC-Authentication-Function-Name* WebRTC-Web-Server-Function-Name*",
    "Proxy-Info": "Proxy-Host Proxy-State",
}


def _rules(text):
    rules = {}
    for word in text.split():
        name = word.rstrip("?*+")
        rules[name] = _OFTEN[word[len(name):]]
    return rules


ANSWERS = {(application, command): _rules(_COMMON + text)
           for application, table in ((CX, _ANSWERS_OF_CX), (ZH, _ANSWERS_OF_ZH)) for command, text in table.items()}
GROUPS = {name: _rules(text) for name, text in _GROUPS.items()}
assert all(name in BY_NAME for rules in (*ANSWERS.values(), *GROUPS.values(), GROUPS) for name in rules)


def _count_problems(where, avps, rules, complete):
    counts = {}
    for one in avps:
        counts[one.name] = counts.get(one.name, 0) + 1
    for name in counts.keys() - rules.keys():
        yield f"{where} has {name}, which does not belong there"
    for name, (least, most) in rules.items():
        count = counts.get(name, 0)
        if count < least and complete:
            yield f"{where} lacks {name}"
        if most is not None and count > most:
            yield f"{where} has {count} {name}"


def group_problems(avps):
    """Of all groups whose inside is known, at any depth."""
    for one in avps:
        if one.type is None or one.type.type != "Grouped" or one.name not in GROUPS:
            continue
        yield from _count_problems(one.name, one.value, GROUPS[one.name], True)
        yield from group_problems(one.value)


def problems(answer, complete=None):
    """What its application does not allow in this answer. `complete` wants all that is required even in an error of the base
    protocol, which may be answered with little more than its code (RFC 6733 7.2); by default only in other answers. Values
    must have been seen to decode."""
    rules = ANSWERS.get((answer.application, answer.command))
    if answer.is_request or rules is None:
        return
    complete = (answer.value("Result-Code") or 0) < 3000 if complete is None else complete
    if not answer.flags & ERROR:  # a protocol error has a grammar of its own, which allows anything
        yield from _count_problems(COMMANDS[answer.command], answer.avps, rules, complete)
    yield from group_problems(one for one in answer.avps if one.name != "Failed-AVP")
    for one in answer.findall("Supported-Features"):
        if one.flags & MANDATORY:  # TS 29.229 7.2: M asks for a feature, an answer asks for nothing
            yield "Supported-Features: M flag is set in an answer"
