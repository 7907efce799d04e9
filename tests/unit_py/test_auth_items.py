# SPDX-License-Identifier: Apache-2.0
"""Items of the schemes beside AKA: the samples are without fault, and each planted fault is named."""

import pytest
from peer import cx
from peer.auth_items import GIBA, NASS_BUNDLED, SIP_DIGEST
from peer.diameter import Message, grouped

SCHEMES = {"MAA_sip_digest": SIP_DIGEST, "MAA_nass": NASS_BUNDLED, "MAA_giba": GIBA}


def sample(samples, name):
    """A request for the scheme of the answer, and the answer."""
    answer = Message.decode(samples[name])
    request = cx.mar(answer.value("User-Name"), answer.value("Public-Identity"), scheme=SCHEMES[name])
    return request, answer


def in_item(change):
    def plant(answer):
        item = grouped(answer.find("SIP-Auth-Data-Item"))
        change(item)
        answer.replace("SIP-Auth-Data-Item", item.avps)
    return plant


def in_digest(change):
    def plant(item):
        digest = grouped(item.find("SIP-Digest-Authenticate"))
        change(digest)
        item.replace("SIP-Digest-Authenticate", digest.avps)
    return in_item(plant)


@pytest.mark.parametrize("name", SCHEMES)
def test_sample_is_without_fault(samples, name):
    request, answer = sample(samples, name)
    maa = cx.parse_maa(answer)
    assert list(cx.maa_problems(request, maa)) == []
    assert maa.items[0].family == SCHEMES[name]


def test_sample_values_are_read(samples):
    digest, nass, giba = (cx.parse_maa(sample(samples, name)[1]).items[0] for name in SCHEMES)
    # spec/vectors/misc.json, sip_digest_ha1
    assert (digest.digest.realm, digest.digest.ha1) == ("example.test", "89ae26bd8db3f9bfe6da38da81ccde8b")
    assert nass.lines == [b"dsl-line-0042"]
    assert giba.ipv4 == bytes([10, 45, 0, 7])


SHA256 = ("Alternate-Digest-Algorithm", "SHA-256")
FAULTS = [
    ("MAA_sip_digest", in_digest(lambda d: d.drop("Digest-Realm")), "no Digest-Realm"),
    ("MAA_sip_digest", in_digest(lambda d: d.replace("Digest-QoP", "auth-int")), "Digest-QoP is auth-int"),
    ("MAA_sip_digest", in_digest(lambda d: d.replace("Digest-Algorithm", "SHA-256")), "Digest-Algorithm is SHA-256"),
    ("MAA_sip_digest", in_digest(lambda d: d.replace("Digest-HA1", "89AE26BD8DB3F9BFE6DA38DA81CCDE8B")), "in lower case"),
    ("MAA_sip_digest", in_digest(lambda d: d.replace("Digest-HA1", "89ae26bd")), "not 32 hexadecimal"),
    ("MAA_sip_digest", in_digest(lambda d: d.add(SHA256)), "one half of the alternate"),
    ("MAA_sip_digest", in_digest(lambda d: d.add(SHA256, ("Alternate-Digest-HA1", "00" * 16))), "not 64 hexadecimal"),
    ("MAA_sip_digest", in_item(lambda i: i.add(("SIP-Item-Number", 1))), "unexpected SIP-Item-Number"),
    ("MAA_sip_digest", in_item(lambda i: i.add(("Integrity-Key", bytes(16)))), "unexpected Integrity-Key"),
    ("MAA_sip_digest", in_item(lambda i: i.replace("SIP-Authentication-Scheme", GIBA)), "instead of SIP Digest"),
    ("MAA_nass", in_item(lambda i: i.drop("Line-Identifier")), "no Line-Identifier"),
    ("MAA_nass", lambda a: a.add(a.find("SIP-Auth-Data-Item")).replace("SIP-Number-Auth-Items", 2), "2 items for 1"),
    ("MAA_giba", in_item(lambda i: i.drop("Framed-IP-Address")), "not exactly one"),
    ("MAA_giba", in_item(lambda i: i.replace("Framed-IP-Address", b"\0\1\x0a\x2d\0\7")), "has 6 octets"),
    ("MAA_giba", in_item(lambda i: i.add(("Framed-IPv6-Prefix", bytes.fromhex("004020010db800000000")))), "not exactly one"),
    ("MAA_giba", in_item(lambda i: i.add(("Framed-Interface-Id", 1))), "without Framed-IPv6-Prefix"),
    *[("MAA_giba", in_item(lambda i, octets=octets: i.drop("Framed-IP-Address").add(("Framed-IPv6-Prefix", bytes.fromhex(octets)))),
       words) for octets, words in (("014020010db800000000", "Framed-IPv6-Prefix is"), ("0040", "Framed-IPv6-Prefix is"),
                                    ("008120010db800000000", "Framed-IPv6-Prefix is"), ("003c20010db80000000f", "behind its length"))],
]


@pytest.mark.parametrize("name, plant, words", FAULTS, ids=[f"{name}: {words}" for name, _, words in FAULTS])
def test_planted_fault_is_named(samples, name, plant, words):
    request, answer = sample(samples, name)
    plant(answer)
    assert words in "; ".join(cx.maa_problems(request, cx.parse_maa(answer)))


def test_prefixes_of_any_length_are_fine(samples):
    request, answer = sample(samples, "MAA_giba")
    for octets in ("0000", "004020010db800010002", "003c20010db800010000", "0080" + "20010db8" * 4):
        in_item(lambda i, octets=octets: i.drop("Framed-IP-Address").drop("Framed-IPv6-Prefix").add(
            ("Framed-IPv6-Prefix", bytes.fromhex(octets)), ("Framed-Interface-Id", 7)))(answer)
        assert list(cx.maa_problems(request, cx.parse_maa(answer))) == []
