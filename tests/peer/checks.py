# SPDX-License-Identifier: Apache-2.0
"""What any answer must satisfy (RFC 6733 3, 6.2, 7.1; TS 29.229 6.1, 6.2), whatever was asked."""

from . import grammar
from .diameter import ERROR, MANDATORY, PROXIABLE, RETRANSMITTED, DecodeError

# Inside Failed-AVP stands what was wrong with the request, so it is not judged.
_UNJUDGED = {"Failed-AVP"}
_COPIED = {"command": "command code", "application": "application id",
           "hop_by_hop": "hop-by-hop id", "end_to_end": "end-to-end id"}


class AnswerError(AssertionError):
    """An answer breaks the protocol."""


def result_of(answer):
    """The outcome as a pair (vendor, code): vendor 0 for a Result-Code."""
    experimental = answer.find("Experimental-Result")
    if experimental is None:
        return 0, answer.value("Result-Code")
    inside = {one.name: one.value for one in experimental.value}
    return inside.get("Vendor-Id"), inside.get("Experimental-Result-Code")


def _header_problems(request, answer):
    for attribute, words in _COPIED.items():
        asked, got = getattr(request, attribute), getattr(answer, attribute)
        if asked != got:
            yield f"{words} is {got}, the request had {asked}"
    if answer.is_request:
        yield "R flag is set"
    if answer.flags & RETRANSMITTED:
        yield "T flag is set in an answer"
    # RFC 6733 7.2 leaves P open in a protocol error; freeDiameter clears it there.
    if (answer.flags ^ request.flags) & PROXIABLE and not answer.flags & ERROR:
        yield "P flag differs from the request"


def _result_problems(answer):
    results = answer.findall("Result-Code") + answer.findall("Experimental-Result")
    if len(results) != 1:
        yield f"{len(results)} results instead of exactly one Result-Code or Experimental-Result"
        return
    vendor, code = result_of(answer)
    if vendor is None or code is None:
        yield "Experimental-Result lacks Vendor-Id or Experimental-Result-Code"
        return
    is_protocol_error = vendor == 0 and 3000 <= code < 4000
    if is_protocol_error != bool(answer.flags & ERROR):
        yield f"E flag is {'set' if answer.flags & ERROR else 'clear'} with result {vendor}/{code}"


def _session_problems(request, answer):
    asked, got = request.findall("Session-Id"), answer.findall("Session-Id")
    if not asked and not got:
        return
    if [one.data for one in asked[:1]] != [one.data for one in got]:
        yield "Session-Id is not exactly the one of the request"
    elif answer.avps[0] is not got[0]:
        yield "Session-Id is not the first AVP"


def avp_problems(avps):
    """Every value decodes, every AVP is known, and M is set or clear as TS 29.229 6.3 has it."""
    for one in avps:
        if one.type is None:
            yield f"{one.name} is not in the dictionary"
            continue
        if one.type.mandatory != "?" and (one.type.mandatory == "M") != bool(one.flags & MANDATORY):
            yield f"{one.name}: M flag is {'set' if one.flags & MANDATORY else 'clear'}"
        if one.name in _UNJUDGED:
            continue
        try:
            value = one.value
        except DecodeError as error:
            yield str(error)
            continue
        if one.type.type == "Grouped":
            yield from avp_problems(value)


def _origin_problems(answer):
    for name in ("Origin-Host", "Origin-Realm"):
        if len(answer.findall(name)) != 1:
            yield f"{len(answer.findall(name))} {name} instead of one"


def problems(request, answer):
    found = [*_header_problems(request, answer), *avp_problems(answer.avps), *_origin_problems(answer)]
    if not found:  # the rest reads values
        found += [*_result_problems(answer), *_session_problems(request, answer), *grammar.problems(answer)]
    return found


def check_answer(request, answer):
    found = problems(request, answer)
    if found:
        raise AnswerError(f"{answer.name}: " + "; ".join(found))
    return answer
