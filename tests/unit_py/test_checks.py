# SPDX-License-Identifier: Apache-2.0
"""Every check on answers catches its planted fault."""

import pytest
from peer import checks, cx
from peer.diameter import Message, avp, grouped, raw_avp


def pair(samples, request, answer):
    return Message.decode(samples[request]), Message.decode(samples[answer])


@pytest.mark.parametrize("request_name, answer_name", [
    ("UAR", "UAA_first"), ("UAR", "UAA_subsequent"), ("UAR", "UAA_user_unknown"), ("MAR", "MAA_aka"),
    ("MAR_resync", "MAA_aka"), ("MAR", "MAA_sip_digest"), ("MAR", "MAA_nass"), ("MAR", "MAA_giba"),
    ("LIR", "LIA"), ("LIR", "LIA_unreg"), ("RTR", "RTA"), ("PPR", "PPA"), ("SAR_registration", "SAA"), ("CER", "CEA")])
def test_samples_are_without_fault(samples, request_name, answer_name):
    request, answer = pair(samples, request_name, answer_name)
    if request.find("Session-Id"):
        answer.replace("Session-Id", request.find("Session-Id"))
    assert checks.check_answer(request, answer) is answer


def set_field(name, value):
    return lambda answer: setattr(answer, name, value)


def swap_first_two(answer):
    answer.avps[:2] = answer.avps[1::-1]


EXPERIMENTAL = ("Experimental-Result", [("Vendor-Id", 10415), ("Experimental-Result-Code", 5001)])
FAULTS = [
    (set_field("hop_by_hop", 1), "hop-by-hop"), (set_field("end_to_end", 1), "end-to-end"),
    (set_field("command", 300), "command code"), (set_field("application", 0), "application id"),
    (set_field("flags", 0xC0), "R flag"), (set_field("flags", 0x50), "T flag"), (set_field("flags", 0), "P flag"),
    (set_field("flags", 0x60), "E flag is set"), (lambda a: a.replace("Result-Code", 3004), "E flag is clear"),
    (lambda a: a.drop("Result-Code"), "0 results"), (lambda a: a.add(("Result-Code", 2001)), "2 results"),
    (lambda a: a.add(EXPERIMENTAL), "2 results"),
    (lambda a: a.drop("Result-Code").add(("Experimental-Result", [("Vendor-Id", 10415)])), "Experimental-Result lacks"),
    (lambda a: a.drop("Session-Id"), "Session-Id"), (lambda a: a.replace("Session-Id", "x;1;1"), "Session-Id"),
    (swap_first_two, "first AVP"), (lambda a: a.drop("Origin-Host"), "Origin-Host"),
    (lambda a: a.add(("Origin-Realm", "r")), "2 Origin-Realm"),
    (lambda a: a.add(raw_avp(9999, b"")), "not in the dictionary"),
    (lambda a: a.replace("Vendor-Specific-Application-Id", [("Vendor-Id", 10415), ("Auth-Application-Id", 16777221)]),
     "Vendor-Specific-Application-Id is not"),
    (lambda a: a.add(("Error-Message", "x"), ("Error-Message", "y")), "2 Error-Message"),
    (lambda a: a.replace("User-Name", avp("User-Name", "alice", flags=0)), "User-Name: M flag is clear"),
    (lambda a: a.add(avp("Error-Message", "x", flags=0x40)), "Error-Message: M flag is set"),
    (lambda a: a.replace("User-Name", b"\xff"), "User-Name: UTF8String"),
    (lambda a: a.add(("SIP-Auth-Data-Item", [("SIP-Item-Number", b"\1")])), "SIP-Item-Number: Unsigned32"),
]


@pytest.mark.parametrize("plant, words", FAULTS, ids=[f"{number} {words}" for number, (_, words) in enumerate(FAULTS)])
def test_planted_fault_is_caught(samples, plant, words):
    request, answer = pair(samples, "MAR", "MAA_aka")
    plant(answer)
    with pytest.raises(checks.AnswerError, match=words):
        checks.check_answer(request, answer)


def test_failed_avp_is_not_judged(samples):
    request, answer = pair(samples, "MAR", "MAA_aka")
    answer.replace("Result-Code", 5014).add(("Failed-AVP", avp("User-Name", "bob", length=3).encode()))
    assert checks.problems(request, answer) == []


def test_protocol_error_may_clear_the_p_flag(samples):
    request, answer = pair(samples, "MAR", "MAA_aka")
    answer.replace("Result-Code", 3004).flags = 0x20
    assert checks.problems(request, answer) == []


def test_answer_without_session_id_to_a_request_without(samples):
    request, answer = pair(samples, "MAR", "MAA_aka")
    request.drop("Session-Id"), answer.drop("Session-Id")
    assert checks.problems(request, answer) == []


# The AKA answer

def change_item(answer, change):
    item = grouped(answer.find("SIP-Auth-Data-Item"))
    change(item)
    answer.replace("SIP-Auth-Data-Item", item.avps)


def in_item(change):
    return lambda answer: change_item(answer, change)


AKA_FAULTS = [
    (lambda a: a.replace("User-Name", "bob"), "not those of the request"),
    (lambda a: a.drop("Public-Identity"), "not those of the request"),
    (lambda a: a.replace("Auth-Session-State", 0), "NO_STATE_MAINTAINED"),
    (lambda a: a.drop("Vendor-Specific-Application-Id"), "not that of Cx"),
    (lambda a: a.drop("SIP-Auth-Data-Item"), "0 items for 1"),
    (lambda a: a.add(a.find("SIP-Auth-Data-Item")), "2 items for 1"),
    (lambda a: a.replace("SIP-Number-Auth-Items", 2), "is 2 with 1 items"),
    (in_item(lambda i: i.replace("SIP-Item-Number", 2)), "numbered"),
    (in_item(lambda i: i.replace("SIP-Authentication-Scheme", "SIP Digest")), "scheme SIP Digest instead"),
    (in_item(lambda i: i.drop("Integrity-Key")), "ik has no octets"),
    (in_item(lambda i: i.replace("Confidentiality-Key", bytes(15))), "ck has 15"),
    (in_item(lambda i: i.replace("SIP-Authenticate", bytes(31))), "authenticate has 31"),
    (in_item(lambda i: i.add(("Digest-Realm", "r"))), "unexpected Digest-Realm"),
]


def test_aka_sample_is_without_fault(samples):
    request, answer = pair(samples, "MAR", "MAA_aka")
    assert list(cx.maa_problems(request, cx.parse_maa(answer))) == []


@pytest.mark.parametrize("plant, words", AKA_FAULTS, ids=[words for _, words in AKA_FAULTS])
def test_planted_aka_fault_is_caught(samples, plant, words):
    request, answer = pair(samples, "MAR", "MAA_aka")
    plant(answer)
    assert words in "; ".join(cx.maa_problems(request, cx.parse_maa(answer)))
