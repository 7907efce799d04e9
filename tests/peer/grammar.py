# SPDX-License-Identifier: Apache-2.0
"""Whether an answer holds what its grammar says and nothing else, in every group too (RFC 6733 3.2, 7.2)."""

from .diameter import ERROR, MANDATORY
from .dictionary import APPLICATIONS, GRAMMARS, GROUPS

# What an answer of any command may hold though its grammar does not name it (RFC 6733 7.3, 7.4, 8.16).
_ANYWHERE = {"Error-Message", "Error-Reporting-Host", "Origin-State-Id"}
# Judged in checks.py: a request without one gets an answer without one.
_JUDGED_ELSEWHERE = {"Session-Id"}
# Inside stands what was wrong with the request.
_REPEATED = {"Failed-AVP"}


def _count_problems(grammar, avps, complete, also=frozenset()):
    """`*[ AVP ]` admits nothing here: what we send is named."""
    rules = {rule.name: rule for rule in grammar.rules}
    counts = {}
    for one in avps:
        counts[one.name] = counts.get(one.name, 0) + 1
    for name in counts.keys() - rules.keys() - also:
        yield f"{grammar.name} has {name}, which does not belong there"
    for name in also & counts.keys() - rules.keys():
        if counts[name] > 1:
            yield f"{grammar.name} has {counts[name]} {name}"
    for name, rule in rules.items():
        count = counts.get(name, 0)
        if count < rule.least and complete and name not in _JUDGED_ELSEWHERE:
            yield f"{grammar.name} lacks {name}"
        if rule.most is not None and count > rule.most:
            yield f"{grammar.name} has {count} {name}"


def _is_judged(one):
    known = GROUPS.get(one.name)
    return known is not None and one.name not in _REPEATED and any(rule.name != "AVP" for rule in known.rules)


def group_problems(avps):
    """Of all groups whose inside is known, at any depth."""
    for one in filter(_is_judged, avps):
        yield from _count_problems(GROUPS[one.name], one.value, True)
        yield from group_problems(one.value)


def _application_problems(answer):
    """Vendor-Specific-Application-Id names the application of the header and its vendor."""
    wanted = {"Vendor-Id": APPLICATIONS[answer.application].vendor, "Auth-Application-Id": answer.application}
    for one in answer.findall("Vendor-Specific-Application-Id"):
        if {inner.name: inner.value for inner in one.value} != wanted:
            yield f"Vendor-Specific-Application-Id is not {wanted}"


def problems(answer, complete=None):
    """What the grammar of its command does not allow in this answer. `complete` wants all that is required even in an error
    of the base protocol, which may be answered with little more than its code (RFC 6733 7.2); by default only in other
    answers. Values must have been seen to decode."""
    known = GRAMMARS.get((answer.application, answer.command, False))
    if known is None or answer.is_request or not answer.application:
        return
    complete = (answer.value("Result-Code") or 0) < 3000 if complete is None else complete
    if not answer.flags & ERROR:  # a protocol error has a grammar of its own, which allows anything
        yield from _count_problems(known, answer.avps, complete, _ANYWHERE)
        yield from _application_problems(answer)
    yield from group_problems(answer.avps)
    for one in answer.findall("Supported-Features"):
        if one.flags & MANDATORY:  # TS 29.229 7.2: M asks for a feature, an answer asks for nothing
            yield "Supported-Features: M flag is set in an answer"
