# SPDX-License-Identifier: Apache-2.0
"""UAR, SAR and LIR as they are built, their answers as values, and every rule on an answer with its planted fault."""

import dataclasses

import pytest
from peer import checks, cx, grammar, registration
from peer.diameter import Message, avp, raw_avp
from peer.registration import Capabilities, Charging
from peer.restoration import Restoration, contact, dialog

ICSCF = cx.Sender("icscf.ims.test", "ims.test", "ims.test")
SCSCF = cx.Sender("scscf.ims.test", "ims.test", "ims.test")
NAME = "sip:scscf.ims.test:6060"
IMPI = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
RESTORATION = Restoration(IMPI, (contact("a"), contact("b", cseq=7, call_id=b"\0\xff", subscription=dialog("s"),
                                                       p_cscf_subscription=dialog("p", record_route=False))),
                          3900000000, "Digest-AKAv1-MD5")


def like(samples, name, built):
    """A built request with the identifiers of a sample."""
    sample = Message.decode(samples[name])
    built.hop_by_hop, built.end_to_end = sample.hop_by_hop, sample.end_to_end
    return built.replace("Session-Id", sample.value("Session-Id")).encode() == samples[name]


def test_requests_are_those_of_the_samples(samples):
    impu = f"sip:{IMPI}"
    assert like(samples, "UAR", cx.uar(IMPI, impu, "ims.test", 0, sender=ICSCF))
    assert like(samples, "LIR", cx.lir(impu, sender=ICSCF))
    assert like(samples, "SAR_registration", cx.sar(IMPI, [impu], 1, NAME, features=cx.SIFC | cx.ALIAS_IND, sender=SCSCF))
    aimed = dataclasses.replace(SCSCF, destination_host="hss.ims.test")
    assert like(samples, "SAR_dereg", cx.sar(IMPI, [impu], 5, NAME, 1, sender=aimed))


def test_everything_a_request_may_hold():
    required = cx.supported_features(4, required=True)
    assert (required.flags, cx.supported_features(4).flags) == (0xC0, 0x80)
    uar = cx.uar("i", "sip:i", authorization_type=2, uar_flags=1, features=[1, required])
    assert len(uar.findall("Supported-Features")) == 2 and uar.value("UAR-Flags") == 1
    sar = cx.sar(None, ["sip:a", "sip:b"], 3, wildcard="sip:!.*!@x", restoration=RESTORATION, multiple=1, priority=4,
                 sar_flags=1)
    assert sar.find("User-Name") is None and [one.value for one in sar.findall("Public-Identity")] == ["sip:a", "sip:b"]
    assert [sar.value(name) for name in ("Wildcarded-Public-Identity", "Multiple-Registration-Indication",
                                         "Session-Priority", "SAR-Flags")] == ["sip:!.*!@x", 1, 4, 1]
    lir = cx.lir("sip:a", originating=0, authorization_type=2, priority=0, features=7)
    assert [lir.value(name) for name in ("Originating-Request", "User-Authorization-Type", "Session-Priority")] == [0, 2, 0]
    for request in (uar, sar, lir):
        assert Message.decode(request.encode()) == request


def test_a_request_sent_again_differs_in_the_t_flag_and_the_hop(samples):
    first = cx.sar("i", ["sip:i"], 1)
    again = cx.sent_again(first)
    assert (again.flags, first.flags) == (0xD0, 0xC0)
    assert again.end_to_end == first.end_to_end and again.hop_by_hop != first.hop_by_hop
    assert again.encode()[20:] == first.encode()[20:]


def test_restoration_information_comes_back_as_it_went():
    sar = cx.sar("i", ["sip:i"], 1, restoration=RESTORATION)
    assert Restoration.parse(Message.decode(sar.encode()).find("SCSCF-Restoration-Info")) == RESTORATION


# Answers of the samples

PAIRS = {"UAA_first": "UAR", "UAA_subsequent": "UAR", "UAA_user_unknown": "UAR", "SAA": "SAR_registration", "LIA": "LIR",
         "LIA_unreg": "LIR", "MAA_aka": "MAR", "MAA_sip_digest": "MAR", "MAA_nass": "MAR", "MAA_giba": "MAR"}


def pair(samples, name):
    request, answer = Message.decode(samples[PAIRS[name]]), Message.decode(samples[name])
    return request, answer


@pytest.mark.parametrize("name", PAIRS)
def test_samples_keep_the_rules(samples, name):
    request, answer = pair(samples, name)
    assert checks.problems(request, answer) == []
    assert list(registration.presence_problems(request, answer)) == []
    assert list(grammar.problems(answer, complete=True)) == []
    assert registration.PARSE[request.command](answer).message is answer


def test_answers_as_values(samples):
    first = registration.parse_uaa(Message.decode(samples["UAA_first"]))
    assert (first.outcome, first.server_name, first.features) == ("10415/2001", None, {})
    assert first.capabilities == Capabilities((1,), (2,), (NAME,))
    assert registration.parse_uaa(Message.decode(samples["UAA_subsequent"])).server_name == NAME
    lia = registration.parse_lia(Message.decode(samples["LIA_unreg"]))
    assert (lia.capabilities, lia.wildcard, lia.flags) == (Capabilities((1,)), None, None)
    saa = registration.parse_saa(Message.decode(samples["SAA"]))
    assert saa.user_data.startswith(b"<?xml") and saa.features == {1: 3} and saa.restoration == ()
    assert saa.charging == Charging(None, None, "aaa://ccf1.ims.test:3868;transport=tcp", "aaa://ccf2.ims.test:3868;transport=tcp")
    assert saa.associated == (IMPI, f"second_{IMPI}") and saa.associated_registered is None


def test_the_rest_of_an_saa_as_values(samples):
    answer = Message.decode(samples["SAA"]).add(
        ("SCSCF-Restoration-Info", RESTORATION.avps()), ("Associated-Registered-Identities", [("User-Name", "i")]),
        ("Wildcarded-Public-Identity", "sip:!.*!@x"), ("Loose-Route-Indication", 1), ("Priviledged-Sender-Indication", 0),
        ("Server-Name", NAME))
    saa = registration.parse_saa(Message.decode(answer.encode()))
    assert saa.restoration == (RESTORATION,) and saa.associated_registered == ("i",) and saa.server_name == NAME
    assert (saa.wildcard, saa.loose_route, saa.privileged_sender) == ("sip:!.*!@x", 1, 0)


# Planted faults

def experimental(code):
    return ("Experimental-Result", [("Vendor-Id", 10415), ("Experimental-Result-Code", code)])


def fails(code):
    """Another result, the rest of the answer as it was."""
    return lambda request, answer: answer.drop("Result-Code").drop("Experimental-Result").add(experimental(code))


def add(*avps):
    return lambda request, answer: answer.add(*avps)


def drop(name):
    return lambda request, answer: answer.drop(name)


def ask(name, value):
    return lambda request, answer: request.drop(name).add((name, value))


FEATURES = cx.supported_features(7)
CAPABILITIES = ("Server-Capabilities", [("Mandatory-Capability", 1)])
FAULTS = [
    ("UAA_first", add(("Server-Name", NAME)), "Server-Name does not belong"),
    ("UAA_first", fails(5001), "Server-Capabilities does not belong"),
    ("UAA_first", fails(2003), "no result of this command"),
    ("UAA_first", add(FEATURES), "Supported-Features does not belong"),
    ("UAA_first", lambda request, answer: request.add(FEATURES), "Supported-Features is missing"),
    ("UAA_first", drop("Vendor-Specific-Application-Id"), "not that of Cx"),
    ("UAA_first", lambda request, answer: answer.replace("Auth-Session-State", 0), "not NO_STATE_MAINTAINED"),
    ("UAA_subsequent", drop("Server-Name"), "Server-Name is missing"),
    ("UAA_subsequent", add(CAPABILITIES), "Server-Capabilities does not belong"),
    ("UAA_subsequent", lambda request, answer: answer.drop("Experimental-Result").add(("Result-Code", 2001)), "not with SUCCESS"),
    ("LIA", drop("Server-Name"), "Server-Name is missing"),
    ("LIA", ask("User-Authorization-Type", 2), "Server-Name does not belong"),
    ("LIA", add(CAPABILITIES), "Server-Capabilities does not belong"),
    ("LIA_unreg", add(("LIA-Flags", 1)), "LIA-Flags does not belong"),
    ("LIA_unreg", fails(5004), "no result of this command"),
    ("LIA_unreg", lambda request, answer: fails(5003)(request, answer.add(("Wildcarded-Public-Identity", "sip:!.*!"))),
     "Wildcarded-Public-Identity does not belong"),
    ("SAA", drop("User-Data"), "User-Data is missing"),
    ("SAA", ask("Server-Assignment-Type", 5), "User-Data does not belong"),
    ("SAA", fails(5001), "User-Data does not belong"),
    ("SAA", add(("Server-Name", NAME)), "Server-Name does not belong"),
    ("SAA", lambda request, answer: fails(5005)(request, answer.drop("User-Data").drop("Charging-Information")),
     "Server-Name is missing"),
    ("SAA", lambda request, answer: ask("User-Data-Already-Available", 1)(request, answer.drop("User-Data")),
     "Charging-Information does not belong"),
    ("SAA", add(("SCSCF-Restoration-Info", RESTORATION.avps())), "SCSCF-Restoration-Info does not belong"),
    ("SAA", add(("Associated-Registered-Identities", [])), "Associated-Registered-Identities does not belong"),
    ("SAA", lambda request, answer: ask("Server-Assignment-Type", 3)(request, answer.drop("User-Name")), "User-Name is missing"),
    ("SAA", lambda request, answer: fails(5005)(request, answer.drop("User-Data").drop("Charging-Information")),
     "Associated-Identities does not belong"),
    ("MAA_aka", fails(5006), "SIP-Auth-Data-Item does not belong"),
    ("MAA_aka", drop("SIP-Number-Auth-Items"), "SIP-Number-Auth-Items is missing"),
]


@pytest.mark.parametrize("name, plant, words", FAULTS, ids=[f"{n} {name} {words}" for n, (name, _, words) in enumerate(FAULTS)])
def test_planted_fault_is_caught(samples, name, plant, words):
    request, answer = pair(samples, name)
    plant(request, answer)
    assert words in "; ".join(registration.presence_problems(request, answer))


GRAMMAR_FAULTS = [
    ("UAA_first", ("User-Name", "i"), "has User-Name, which"), ("UAA_first", CAPABILITIES, "has 2 Server-Capabilities"),
    ("LIA", ("Public-Identity", "sip:i"), "has Public-Identity, which"), ("LIA", ("Server-Name", NAME), "has 2 Server-Name"),
    ("SAA", ("LIA-Flags", 1), "has LIA-Flags, which"), ("SAA", ("User-Data", b"<a/>"), "has 2 User-Data"),
    ("SAA", ("SCSCF-Restoration-Info", [("User-Name", "i")]), "SCSCF-Restoration-Info lacks Restoration-Info"),
    ("SAA", ("SCSCF-Restoration-Info", [("User-Name", "i"), ("Restoration-Info", [("Path", b"p")])]), "Restoration-Info lacks Contact"),
    ("MAA_aka", ("SIP-Auth-Data-Item", [("User-Name", "i")]), "SIP-Auth-Data-Item has User-Name"),
    ("MAA_aka", ("SIP-Auth-Data-Item", [("SIP-Digest-Authenticate", [("Digest-Realm", "r")])]), "lacks Digest-HA1"),
    ("SAA", avp("Supported-Features", [("Vendor-Id", 10415), ("Feature-List-ID", 1), ("Feature-List", 1)], flags=0xC0), "M flag"),
    ("SAA", raw_avp(628, b"", 10415), "Supported-Features lacks Feature-List"),
]


@pytest.mark.parametrize("name, extra, words", GRAMMAR_FAULTS, ids=[words for _, _, words in GRAMMAR_FAULTS])
def test_planted_fault_in_the_structure_is_caught(samples, name, extra, words):
    request, answer = pair(samples, name)
    answer.add(extra)
    with pytest.raises(checks.AnswerError, match=words):
        checks.check_answer(request, answer)


@pytest.mark.parametrize("name", ["Vendor-Specific-Application-Id", "Auth-Session-State"])
def test_what_every_answer_must_have(samples, name):
    request, answer = pair(samples, "UAA_subsequent")
    answer.drop(name)
    assert any("lacks" in one for one in checks.problems(request, answer))
    answer.drop("Experimental-Result").add(("Result-Code", 5005))  # an error of the base protocol may be short
    assert checks.problems(request, answer) == []
    assert any("lacks" in one for one in grammar.problems(answer, complete=True))


def test_a_protocol_error_may_hold_anything(samples):
    request, answer = pair(samples, "UAA_subsequent")
    answer.drop("Experimental-Result").add(("Result-Code", 3004), ("User-Name", "i"))
    answer.flags |= 0x20
    assert checks.problems(request, answer) == []
