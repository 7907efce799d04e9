# SPDX-License-Identifier: Apache-2.0
"""Ks_NAF and the digests against known answers; BSF, UE and NAF with each other; Zh messages and the judges of their answers."""

import base64
import json

import pytest
from peer import bsf, checks, gba, zh
from peer.cx import Sender
from peer.diameter import Message
from peer.milenage import Milenage
from peer.usim import Usim, join_sqn

from conftest import TESTS

KNOWN = json.loads((TESTS / "data" / "gba.json").read_text(encoding="utf-8"))
GBA, AKA = KNOWN["gba"], KNOWN["akav1_md5"]
IMPI = "001010000000001@ims.example.net"
K, OPC = bytes(range(16)), bytes(range(16, 32))


@pytest.mark.parametrize("known", GBA["derivations"], ids=lambda one: f"{one['label']} {one['Ua_security_protocol_id']}")
def test_ks_naf(known):
    naf = gba.naf_id(GBA["NAF_FQDN"], bytes.fromhex(known["Ua_security_protocol_id"]))
    key = gba.ks_naf(bytes.fromhex(GBA["Ks"]), bytes.fromhex(GBA["RAND"]), GBA["IMPI"], naf, known["label"].encode())
    assert key.hex() == known["Ks_xxx_NAF"]


def test_ks_and_b_tid_of_the_first_set(first_set):
    rand = first_set["RAND"]
    res, ck, ik, _ = Milenage(first_set["K"], first_set["OPc"]).f2345(rand)
    assert gba.ks_of(ck, ik).hex() == GBA["Ks"]
    assert gba.b_tid(rand, "bsf.ims.mnc001.mcc001.pub.3gppnetwork.org") == GBA["B_TID"]
    assert res.hex() == AKA["res"]


def test_the_published_digest():
    """RFC 2617 3.5."""
    parts = ("Mufasa", "testrealm@" + "host.com", b"Circle Of Life", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "GET", "/dir/index.html")
    assert gba.digest_response(*parts, "auth", "00000001", "0a4f113b") == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize("qop, password, known", [
    (None, AKA["res"], AKA["response_no_qop"]), ("auth", AKA["res"], AKA["response_qop_auth"]),
    ("auth", "", AKA["sync_failure"]["response_qop_auth"])])
def test_digests_of_aka(qop, password, known):
    parts = (AKA["username"], AKA["realm"], bytes.fromhex(password), AKA["nonce"], AKA["method"], AKA["uri"])
    assert gba.digest_response(*parts, qop, AKA["nc"], AKA["cnonce"]) == known


# An HSS of a few lines, for the parties alone

class Hss:
    """Vectors for one card; each request is a number further."""

    def __init__(self, guss=b"<guss/>"):
        self.milenage, self.seq, self.guss = Milenage(K, OPC), 0, guss

    def fetch(self, _impi, rand, auts):
        if auts is not None:
            self.seq = int.from_bytes(bytes(a ^ b for a, b in zip(auts[:6], self.milenage.f5_star(rand))), "big") >> 5
        self.seq += 1
        rand = self.seq.to_bytes(16, "big")
        res, ck, ik, _ = self.milenage.f2345(rand)
        item = [("SIP-Authentication-Scheme", "Digest-AKAv1-MD5"),
                ("SIP-Authenticate", rand + self.milenage.autn(rand, join_sqn(self.seq, 30), bytes(2))),
                ("SIP-Authorization", res), ("Confidentiality-Key", ck), ("Integrity-Key", ik)]
        return zh.parse_maa(zh.mar(IMPI).answer([("Result-Code", 2001), ("SIP-Auth-Data-Item", item),
                                                 ("GBA-UserSecSettings", self.guss)]))


@pytest.fixture
def parties():
    hss = Hss()
    ours = bsf.Bsf("bsf.example.net", hss.fetch)
    return bsf.Ue(IMPI, Usim(K, OPC)), ours, bsf.Naf("xcap.example.net", ours)


def test_a_naf_accepts_whoever_has_bootstrapped(parties):
    ue, ours, naf = parties
    assert ue.bootstrap(ours) == {"b_tid": gba.b_tid(ue.rand, "bsf.example.net"), "lifetime": 3600}
    challenge = naf.challenge()
    assert naf.check(challenge, ue.request(challenge, naf.identifier)) == b"<guss/>"


def test_a_naf_refuses_the_key_for_another(parties):
    ue, ours, naf = parties
    ue.bootstrap(ours)
    challenge = naf.challenge()
    with pytest.raises(bsf.Refused, match="Ks_NAF"):
        naf.check(challenge, ue.request(challenge, gba.naf_id("other.example.net")))


def test_a_card_out_of_step_is_brought_back(parties):
    ue, ours, _ = parties
    ue.usim.push_ahead(1000)
    ue.bootstrap(ours)
    assert ue.synchronisations == 1


def test_a_bsf_refuses_another_card(parties):
    ue, ours, _ = parties
    challenge = ours.challenge(IMPI)
    authorization = ue.answer(challenge)
    with pytest.raises(bsf.Refused, match="response"):
        ours.authorize({**authorization, "response": "0" * 32})
    with pytest.raises(bsf.Refused, match="home network"):
        bsf.Ue(IMPI, Usim(OPC, K)).answer(ours.challenge(IMPI))


# Messages

def test_a_request_has_what_zh_gives_it():
    request = Message.decode(zh.mar(IMPI, guss_timestamp=4000000000, rand=bytes(16), auts=bytes(14), sender=Sender("bsf.x", "x")).encode())
    assert (request.application, request.command, request.is_request) == (16777221, 303, True)
    assert [one.name for one in request.avps] == [
        "Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host", "Origin-Realm", "Destination-Realm",
        "User-Name", "SIP-Auth-Data-Item", "GUSS-Timestamp"]
    assert request.value("GUSS-Timestamp") == 4000000000 and request.find("GUSS-Timestamp").flags == 0x80


DOCUMENT = b"""<?xml version="1.0"?><guss xmlns="guss-schema-of-3gpp-gaa" id="a@x"><bsfInfo><uiccType>GBA</uiccType>
<lifeTime>60</lifeTime></bsfInfo><ussList><uss id="1" type="2" nafGroup="g"><uids><uid>sip:a@x</uid><uid>b</uid></uids>
<flags><flag>2</flag></flags></uss></ussList></guss>"""


def test_settings_are_read():
    assert zh.Guss.parse(DOCUMENT) == zh.Guss("a@x", "GBA", 60, (zh.Uss(1, 2, ("sip:a@x", "b"), (2,), "g"),))
    assert zh.Guss.parse(b'<guss id="a@x"><ussList/></guss>', "") == zh.Guss("a@x")
    with pytest.raises(ValueError):
        zh.Guss.parse(DOCUMENT, "other")


ITEM = [("SIP-Item-Number", 1), ("SIP-Authentication-Scheme", "Digest-AKAv1-MD5"), ("SIP-Authenticate", bytes(32)),
        ("SIP-Authorization", bytes(8)), ("Confidentiality-Key", bytes(16)), ("Integrity-Key", bytes(16))]
COMMON = [zh.APPLICATION, ("Auth-Session-State", 1), ("Origin-Host", "hss.x"), ("Origin-Realm", "x")]


def answered(*avps, request=None):
    """Request and answer, judged by what all answers must keep."""
    request = request or zh.mar("a@x")
    answer = request.answer([*COMMON, ("Result-Code", 2001), *avps])
    return checks.problems(request, answer), list(zh.maa_problems(request, zh.parse_maa(answer)))


def test_a_good_answer_is_without_fault():
    assert answered(("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM), ("GBA-UserSecSettings", DOCUMENT),
                    ("GUSS-Timestamp", 4000000000)) == ([], [])
    assert answered(("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM)) == ([], [])


@pytest.mark.parametrize("avps, words", [
    ([("SIP-Auth-Data-Item", ITEM)], "User-Name is None"),
    ([("User-Name", "a@x")], "0 vectors"),
    ([("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM[:-1])], "ik has no octets"),
    ([("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM), ("SIP-Auth-Data-Item", ITEM)], "2 SIP-Auth-Data-Item"),
    ([("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM), ("SIP-Number-Auth-Items", 1)], "has SIP-Number-Auth-Items"),
    ([("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM), ("Supported-Features", [])], "has Supported-Features"),
    ([("User-Name", "a@x"), ("Public-Identity", "sip:a@x"), ("SIP-Auth-Data-Item", ITEM)], "Public-Identity is sip:a@x"),
    ([("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM), ("GBA-UserSecSettings", b""), ("GBA-UserSecSettings", b"")],
     "2 GBA-UserSecSettings"),
    ([("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM), ("GBA-UserSecSettings", b"")], "come together")])
def test_planted_fault_is_caught(avps, words):
    assert any(words in one for one in sum(answered(*avps), []))


def test_the_application_of_cx_is_caught():
    request = zh.mar("a@x")
    answer = request.answer([("Vendor-Specific-Application-Id", [("Vendor-Id", 10415), ("Auth-Application-Id", 16777216)]), *COMMON[1:],
                             ("Result-Code", 2001), ("User-Name", "a@x"), ("SIP-Auth-Data-Item", ITEM)])
    assert "Vendor-Specific-Application-Id is not that of Zh" in zh.maa_problems(request, zh.parse_maa(answer))


def test_nonces_are_rand_and_autn(parties):
    _, ours, _ = parties
    assert len(base64.b64decode(ours.challenge(IMPI)["nonce"])) == 32
