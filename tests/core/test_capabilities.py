# SPDX-License-Identifier: Apache-2.0
"""Every CER that can be parsed gets a CEA with the code that RFC 6733 names; each refusal leaves a line in the log."""

import pytest
import wire
from bare import Bare, cer, failed_code
from peer.cx import HOME_REALM
from product import IDENTITY
from wire import Closed, avp

UNKNOWN = 99999
ANY = object()  # whatever Failed-AVP holds, if there is one
OTHER_APPLICATION = avp(260, avp(266, 10415) + avp(258, 16777217))
TWO_VENDORS = avp(260, avp(266, 10415) + avp(266, 13019) + avp(258, wire.CX))
# What is changed in a good CER, what is added to it, the code, and the AVP that Failed-AVP must hold.
ACCEPTED = {
    "as it should be": ({}, ()),
    "two Vendor-Ids in one application (RFC 3588 6.11)": ({260: TWO_VENDORS}, ()),
    "an unknown AVP without M": ({}, (avp(UNKNOWN, "x", flags=0),)),
    "several addresses": ({}, (avp(257, b"\0\1\x7f\0\0\2"),)),
    "a second application": ({}, (OTHER_APPLICATION,)),
}
REFUSED = {
    "an unknown AVP with M": ({}, (avp(UNKNOWN, "x"),), {5001}, UNKNOWN),
    "an unknown AVP with M and a vendor": ({}, (avp(7777, "x", vendor=UNKNOWN),), {5001}, 7777),
    "no Origin-Host": ({264: None}, (), {5005}, 264),
    "no Origin-Realm": ({296: None}, (), {5005}, 296),
    "no Host-IP-Address": ({257: None}, (), {5005}, 257),
    "no Vendor-Id": ({266: None}, (), {5005}, 266),
    "no Product-Name": ({269: None}, (), {5005}, 269),
    "two Origin-Realms": ({}, (avp(296, HOME_REALM),), {5009}, 296),
    "two Product-Names": ({}, (avp(269, "again", flags=0),), {5009}, 269),
    "an Origin-Host that is no name": ({264: avp(264, "no name\n.example.org")}, (), {5004}, 264),
    "an empty Origin-Host": ({264: avp(264, "")}, (), {5004, 3010}, ANY),
    "a Vendor-Id of three octets": ({266: avp(266, b"abc")}, (), {5004, 5014}, 266),
    "an address of no family": ({257: avp(257, b"\0")}, (), {5004, 5014}, 257),
    "no application in common": ({260: OTHER_APPLICATION}, (), {5010}, None),
    "no application at all": ({260: None}, (), {5010}, None),
    "no security in common": ({}, (avp(299, 77),), {5017, 5004}, ANY),
    "a stranger": ({264: avp(264, "cer.stranger.example.org"), 296: avp(296, "stranger.example.org")}, (), {3010}, None),
}


def source_of(name):
    """An address of its own for each case: lines of the log are limited by the address."""
    number = [*ACCEPTED, *REFUSED, "own name", "no CER", "garbage", "an answer"].index(name)
    return f"127.0.7.{number + 1}"


def label_of(name):
    return f"cer{source_of(name).rpartition('.')[2]}.{HOME_REALM}"


def capabilities(server, name, message):
    """The CEA, and whether the connection was closed behind it."""
    with Bare(server.port, label_of(name), source_of(name)) as peer:
        answer = peer.request(message)
        assert answer is not None, "no CEA"
        flags, code, application, *_ = wire.header(answer)
        assert (code, application, flags & (wire.REQUEST | wire.PROXIABLE)) == (wire.CER, 0, 0)
        assert wire.find(answer, wire.ORIGIN_HOST) == IDENTITY.replace("hss.", f"{server.label}.", 1).encode()
        return answer, wire.result_code(answer) != 2001 and peer.is_closed(3)


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(server, name):
    change, extra = ACCEPTED[name]
    answer, _ = capabilities(server, name, cer(label_of(name), change, extra))
    assert wire.result_code(answer) == 2001


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(server, name):
    change, extra, codes, failed = REFUSED[name]
    try:
        answer, closed = capabilities(server, name, cer(label_of(name), change, extra))
    except Closed as error:
        raise AssertionError(f"no CEA: {error}") from None
    assert wire.result_code(answer) in codes
    assert failed is ANY or failed_code(answer) == failed
    flags = wire.header(answer)[0]
    assert bool(flags & wire.ERROR) == (wire.result_code(answer) // 1000 == 3)
    assert closed, "the connection stays open behind the refusal"
    own = [label_of(name)] if 264 not in change else ["cer.stranger.example.org"] if name == "a stranger" else []
    assert server.told(source_of(name), *own), "no line of the log tells of it"


def test_our_own_name_is_refused(server):
    name = f"{server.label}.{HOME_REALM}"
    answer, closed = capabilities(server, "own name", cer(name))
    assert wire.result_code(answer) == 3010
    assert closed
    assert server.told(source_of("own name"), f'"{name}"')


@pytest.mark.parametrize("name, octets", [
    ("no CER", wire.message(wire.DWR, 0, wire.REQUEST, [avp(264, "x.test"), avp(296, "test")])),
    ("an answer", wire.message(wire.CER, 0, 0, [avp(268, 2001), avp(264, "x.test"), avp(296, "test")])),
    ("garbage", b"GET / HTTP/1.1\r\nHost: hss.example.org\r\n\r\n")])
def test_what_begins_otherwise_is_closed_with_a_line(server, name, octets):
    with Bare(server.port, source=source_of(name)) as peer:
        peer.send(octets)
        assert peer.is_closed(5)
    assert server.told(source_of(name)), "no line of the log tells of it"


def test_the_server_minds_none_of_it(server):
    answer, _ = capabilities(server, "as it should be", cer(f"after.{HOME_REALM}"))
    assert wire.result_code(answer) == 2001
