# SPDX-License-Identifier: Apache-2.0
"""The codec against encoded messages of another encoder, and its refusal of every kind of damage."""

import pytest
from peer import cx
from peer.diameter import Avp, DecodeError, Group, Message, avp, decode_avps, grouped, raw_avp


def walk(avps):
    for one in avps:
        yield one
        if one.type and one.type.type == "Grouped":
            yield from walk(one.value)


def test_sample_decodes_and_encodes_to_the_same_octets(samples, sample_name):
    message = Message.decode(samples[sample_name])
    assert message.encode() == samples[sample_name]
    assert (message.hop_by_hop, message.end_to_end) == (0x11223344, 0x55667788)
    for one in walk(message.avps):
        assert one.type is not None and one.value is not None


def rebuilt(avps):
    """The same AVPs again, from names and values alone."""
    return [avp(one.name, rebuilt(one.value) if one.type.type == "Grouped" else one.value, flags=one.flags)
            for one in avps]


def test_sample_rebuilt_from_values_is_the_same(samples, sample_name):
    message = Message.decode(samples[sample_name])
    message.avps = rebuilt(message.avps)
    assert message.encode() == samples[sample_name]


def test_mar_builder_makes_the_sample(samples):
    sample = Message.decode(samples["MAR"])
    sender = cx.Sender("scscf.ims.test", "ims.test", "ims.test")
    built = cx.mar(sample.value("User-Name"), sample.value("Public-Identity"), sample.value("Server-Name"),
                   sender=sender, hop_by_hop=0x11223344, end_to_end=0x55667788)
    built.replace("Session-Id", sample.value("Session-Id"))
    assert built.encode() == samples["MAR"]


def test_resync_mar_carries_rand_and_auts(samples, first_set):
    sample = grouped(Message.decode(samples["MAR_resync"]).find("SIP-Auth-Data-Item"))
    rand, auts = first_set["RAND"], first_set["AUTS"]
    built = grouped(cx.mar("a", "sip:a", rand=rand, auts=auts).find("SIP-Auth-Data-Item"))
    assert built.value("SIP-Authorization") == sample.value("SIP-Authorization") == rand + auts


def test_maa_sample_as_values(samples, first_set):
    maa = cx.parse_maa(Message.decode(samples["MAA_aka"]))
    (item,) = maa.items
    assert (maa.outcome, maa.is_success, maa.item_count, item.number) == ("2001", True, 1, 1)
    assert (item.rand, item.autn, item.xres) == (first_set["RAND"], first_set["AUTN"], first_set["f2"])
    assert (item.ck, item.ik, item.scheme) == (first_set["f3"], first_set["f4"], "Digest-AKAv1-MD5")
    assert first_set["f3"].hex() not in repr(maa) and repr(first_set["f3"]) not in repr(maa)


def test_experimental_result_as_values(samples):
    answer = cx.parse_answer(Message.decode(samples["UAA_user_unknown"]))
    assert (answer.outcome, answer.experimental, answer.result_code) == ("10415/5001", (10415, 5001), None)


# Refusals

PLAIN = Message(303, [avp("User-Name", "alice")], hop_by_hop=1, end_to_end=2).encode()


@pytest.mark.parametrize("offset, octet, words", [
    (0, 2, "version 2"), (3, 99, "message length 99"), (4, 0xC1, "reserved header flag"),
    (24, 0x48, "reserved flag"), (27, 7, "length 7"), (27, 0xFF, "length 255"), (33, 1, "padding"),
])
def test_damaged_octets_are_refused(offset, octet, words):
    damaged = bytearray(PLAIN)
    damaged[offset] = octet
    with pytest.raises(DecodeError, match=words):
        Message.decode(bytes(damaged))


def test_every_truncation_is_refused():
    for size in range(len(PLAIN)):
        with pytest.raises(DecodeError):
            Message.decode(PLAIN[:size])


@pytest.mark.parametrize("name, data", [
    ("Result-Code", b"\0\0\1"), ("Framed-Interface-Id", bytes(4)), ("Host-IP-Address", b"\0\1\0\0"),
    ("Host-IP-Address", b"\0\3\0\0\0\0"), ("User-Name", b"\xff"), ("User-Name", b"a\0b"),
    ("Origin-Host", "h\u00e9".encode()), ("SIP-Auth-Data-Item", bytes(5)),
])
def test_values_of_the_wrong_type_are_refused(name, data):
    with pytest.raises(DecodeError, match=name):
        avp(name, data).value


def test_vendor_flag_with_vendor_zero_is_refused():
    with pytest.raises(DecodeError, match="vendor 0"):
        decode_avps(Avp(600, b"1234", vendor=0, flags=0xC0).encode())


# Building what is wrong on purpose

def test_overrides_reach_the_octets():
    assert avp("User-Name", "bob", length=99).encode() == bytes.fromhex("0000000140000063") + b"bob\0"
    assert avp("User-Name", "bob", padding=b"").encode() == bytes.fromhex("000000014000000b") + b"bob"
    assert avp("User-Name", "bob", flags=0).encode()[4] == 0
    assert avp("Result-Code", b"xy").data == b"xy"
    unknown = raw_avp(9999, b"abcd", vendor=5, mandatory=True)
    assert unknown.encode() == bytes.fromhex("0000270fc000001000000005") + b"abcd"
    assert Message(303, [], length=7, version=3).encode()[:4] == bytes([3, 0, 0, 7])


def test_change_by_name():
    message = cx.mar("alice", "sip:alice")
    message.drop("User-Name").replace("Server-Name", b"\xff").add(("Origin-State-Id", 5))
    assert message.find("User-Name") is None
    assert message.find("Server-Name").data == b"\xff"
    assert message.avps[-1].value == 5
    with pytest.raises(IndexError):
        message.replace("User-Name", "bob")


def test_identifiers_do_not_repeat():
    messages = [cx.mar("i", "sip:i") for _ in range(1000)]
    assert len({one.hop_by_hop for one in messages}) == len({one.end_to_end for one in messages}) == 1000
    assert len({one.value("Session-Id") for one in messages}) == 1000


def test_failed_avp_that_is_damaged_keeps_its_header():
    inner = avp("SIP-Number-Auth-Items", b"\0\1", length=13).encode()[:13]
    (failed,) = cx.failed_avps(Group([avp("Failed-AVP", inner)]))
    assert (failed.name, failed.length) == ("SIP-Number-Auth-Items", 13)
