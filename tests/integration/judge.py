# SPDX-License-Identifier: Apache-2.0
"""Judges a Multimedia-Auth-Answer with an independent soft USIM and compares a subscriber's state with what is expected."""

from dataclasses import fields

from peer import checks, cx
from peer.usim import Accepted, split_sqn

IMS_RANGE = range(16, 24)  # TS 33.203 Annex G, the default ranges


def next_ind(last):
    """The next index of the IMS range, cyclic."""
    return IMS_RANGE[0] if last not in IMS_RANGE or last == IMS_RANGE[-1] else last + 1


def failed_names(answer):
    return tuple(one.name for one in answer.failed_avp or ())


def sequence_numbers(card, maa):
    """(SEQ, IND) of every item, with the card's word that AUTN is authentic and XRES, CK and IK are right."""
    found = []
    for item in maa.items:
        usim = card.usim(delta=1 << 43)  # takes any SEQ
        accepted = usim.authenticate(item.rand, item.autn)
        assert isinstance(accepted, Accepted), f"item {item.number}: {accepted}"
        assert (accepted.res, accepted.ck, accepted.ik) == (item.xres, item.ck, item.ik), f"item {item.number}"
        assert accepted.amf == bytes(2), f"item {item.number}: AMF {accepted.amf.hex()}"
        found.append((accepted.seq, accepted.ind))
    return found


def check_success(request, maa, card, numbers):
    """A success with exactly these (SEQ, IND)."""
    assert list(cx.maa_problems(request, maa)) == []
    assert sequence_numbers(card, maa) == numbers
    rands = {item.rand for item in maa.items}
    assert len(rands) == len(maa.items), "a RAND is repeated"


def check_item(request, maa, fields):
    """A success with one item of another scheme than AKA, with exactly these fields."""
    assert list(cx.maa_problems(request, maa)) == []
    found = maa.items[0]
    assert {name: getattr(found, name) for name in fields} == fields
    assert (found.number, found.authenticate, found.xres, found.ck, found.ik) == (None,) * 5


def check_error(maa):
    assert maa.items == [] and maa.item_count is None, "an error answer carries authentication data"


def deregistration(server, card, associated=(), impus=None):
    """The RTR that a replaced S-CSCF must get (TS 29.228 8.1), as a row of the outbox."""
    new_server_assigned = 1
    return ("rtr", server["host"], server["realm"], card.impi, list(associated), impus or [card.impu], new_server_assigned)


def state_changes(before, after):
    """What differs, by name, for a message that says more than two long rows."""
    return {one.name: (getattr(before, one.name), getattr(after, one.name)) for one in fields(before)
            if getattr(before, one.name) != getattr(after, one.name)}


def seq_of(item, card):
    return split_sqn(card.usim().milenage.open_autn(item.rand, item.autn).sqn)[0]


def protocol_problems(request, answer):
    """What checks.problems() finds, without what it cannot know of a malformed request."""
    return [one for one in checks.problems(request, answer) if not (one.startswith("Session-Id") and session_is_bad(request))]


def session_is_bad(request):
    found = request.findall("Session-Id")
    return len(found) != 1 or request.avps[0] is not found[0] or b"\0" in found[0].data
