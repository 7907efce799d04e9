# SPDX-License-Identifier: Apache-2.0
"""Texts of requests at their limit and one beyond, and of forms that others could not use (docs/texts.md)."""

import dataclasses
from collections.abc import Callable

import pytest
import registration_rows
from base_rows import INVALID_VALUE, TOO_MANY
from peer import cx
from peer.checks import result_of
from peer.connection import PeerError
from peer.cx import AKA_V1, HOME_REALM
from peer.diameter import avp
from peer.restoration import Restoration, contact, dialog
from peer.results import NO_SCHEME, REJECTED, UNKNOWN
from subscriptions import fresh

SUCCESS = {"UAR": (10415, 2002), "LIR": (0, 2001), "SAR": (0, 2001), "MAR": (0, 2001)}
BUILD = {"UAR": lambda one, **more: cx.uar(one.names["i1"], one.names["u1"], **more),
         "LIR": lambda one, **more: cx.lir(one.names["u1"], **more),
         "SAR": lambda one, **more: cx.sar(one.names["i1"], [one.names["u1"]], 2, **more),
         "MAR": lambda one, **more: cx.mar(one.names["i1"], one.names["u1"], **more)}
ALL = tuple(BUILD)
TOGETHER = 8192  # octets of all Proxy-Info
REPEATED = 512  # octets of an AVP in Failed-AVP


@dataclasses.dataclass(frozen=True)
class Limit:
    avp: str
    most: int
    commands: tuple
    change: Callable              # (message, octets or times)
    at_limit: tuple | None = None  # result; None: as without the change
    beyond: tuple = INVALID_VALUE


def put(name, fill):
    def change(message, octets):
        value = fill(octets)
        assert len(value) == octets
        message.replace(name, avp(name, value)) if message.find(name) else message.add((name, value))
    return change


def add(name, build):
    """As many of them as the number says."""
    return lambda message, times: message.add(*[(name, build(n)) for n in range(times)])


def restoring(change):
    """SCSCF-Restoration-Info that `change` (its parts by name, number) has made longer."""
    def put_in(message, number):
        message.add(("SCSCF-Restoration-Info", change(number).avps()))
    return put_in


def with_contact(**lengthen):
    (name, fill), = lengthen.items()
    return restoring(lambda octets: Restoration("i", (dataclasses.replace(contact("a"), **{name: fill(octets)}),)))


def with_dialog(**lengthen):
    (name, fill), = lengthen.items()
    return restoring(lambda octets: Restoration("i", (
        contact("a", subscription=dataclasses.replace(dialog("s"), **{name: fill(octets)})),)))


def host(octets):
    """Labels of at most 63 letters."""
    whole = ".".join(["a" * 63] * (octets // 64 + 1))[:octets]
    return whole if not whole.endswith(".") else whole[:-1] + "b"


def user(octets):
    return f"{'a' * (octets - len(HOME_REALM) - 1)}@{HOME_REALM}"


def uri(octets):
    return f"sip:{user(octets - 4)}"


def route(octets):
    return f"<{uri(octets - 2)}>".encode()


def group_of(octets):
    """SCSCF-Restoration-Info with so much data, from Paths of different lengths."""
    def built(last):
        return Restoration("i", tuple(dataclasses.replace(contact("a"), path=route(n)) for n in [2000] * 7 + [last]))
    length = len(avp("SCSCF-Restoration-Info", built(1000).avps()).data)
    return built(1000 + octets - length)


def features(_):
    return [("Vendor-Id", 10415), ("Feature-List-ID", 1), ("Feature-List", 1)]


def proxy(state=b"x", name="proxy"):
    return [("Proxy-Host", name), ("Proxy-State", state)]


LIMITS = [
    Limit("User-Name", 255, ("UAR", "SAR", "MAR"), put("User-Name", user), UNKNOWN),
    Limit("Public-Identity", 1024, ALL, put("Public-Identity", uri), UNKNOWN),
    Limit("Server-Name", 512, ("SAR",), put("Server-Name", uri), (10415, 5005)),
    Limit("Server-Name", 512, ("MAR",), put("Server-Name", uri)),
    Limit("Server-Name", 512, ("UAR", "LIR"), put("Server-Name", uri)),
    Limit("Visited-Network-Identifier", 255, ("UAR",), put("Visited-Network-Identifier", host)),
    Limit("Origin-Host", 255, ALL, put("Origin-Host", host), REJECTED),
    Limit("Origin-Realm", 255, ALL, put("Origin-Realm", host), REJECTED),
    Limit("Session-Id", 1024, ALL, put("Session-Id", lambda octets: "s;1;2;" + "x" * (octets - 6))),
    Limit("Route-Record", 32, ALL, add("Route-Record", lambda n: f"relay{n}.example.net"), None, TOO_MANY),
    Limit("Route-Record", 255, ("LIR",), put("Route-Record", host)),
    Limit("Proxy-Info", 16, ALL, add("Proxy-Info", lambda n: proxy()), None, TOO_MANY),
    Limit("Proxy-State", 1024, ("LIR",), lambda message, octets: message.add(("Proxy-Info", proxy(bytes(octets))))),
    Limit("Proxy-Host", 255, ("LIR",), lambda message, octets: message.add(("Proxy-Info", proxy(name=host(octets))))),
    Limit("Supported-Features", 16, ALL, add("Supported-Features", features), None, TOO_MANY),
    Limit("SIP-Authentication-Scheme", 64, ("MAR",), lambda message, octets: message.replace(
        "SIP-Auth-Data-Item", avp("SIP-Auth-Data-Item", [("SIP-Authentication-Scheme", "x" * octets)])), NO_SCHEME),
    Limit("SIP-Authorization", 1024, ("MAR",), lambda message, octets: message.replace("SIP-Auth-Data-Item", avp(
        "SIP-Auth-Data-Item", [("SIP-Authentication-Scheme", AKA_V1), ("SIP-Authorization", bytes(octets))])), INVALID_VALUE),
    Limit("Public-Identity", 64, ("SAR",), lambda message, times: add("Public-Identity", lambda n: f"sip:{n}@{HOME_REALM}")(
        message, times - 1), UNKNOWN, TOO_MANY),
    Limit("Restoration-Info", 32, ("SAR",), restoring(lambda times: Restoration("i", (contact("a"),) * times)), None, TOO_MANY),
    Limit("SCSCF-Restoration-Info", 16384, ("SAR",), restoring(group_of)),
    Limit("Path", 2048, ("SAR",), with_contact(path=route)),
    Limit("Contact", 2048, ("SAR",), with_contact(contact=route)),
    Limit("Call-ID-SIP-Header", 255, ("SAR",), with_contact(call_id=lambda octets: b"c" * octets)),
    Limit("Call-ID-SIP-Header", 255, ("SAR",), with_dialog(call_id=lambda octets: b"c" * octets)),
    Limit("From-SIP-Header", 1024, ("SAR",), with_dialog(sender=route)),
    Limit("To-SIP-Header", 1024, ("SAR",), with_dialog(receiver=route)),
    Limit("Record-Route", 2048, ("SAR",), with_dialog(record_route=route)),
    Limit("Contact", 2048, ("SAR",), with_dialog(contact=route)),
]
SECOND_LINE = "sip:scscf.example.net\r\nRoute: <sip:evil.example>"
NOT_NAMES = ("sip:", "sips:", "free text", "http://as.example.net/", SECOND_LINE, "sip:a b@x", "sip:x:65536", "sip:zoë@x", "<sip:x>", "tel:+1",
             "sip:scscf.example.net?Route=%3Csip:evil%3E", "sip:s%0D%0AX@host", "sip:x;y=%7f")
FORMS = [
    *[(command, "Server-Name", put("Server-Name", lambda _, name=name: name), name) for command in ALL for name in NOT_NAMES],
    *[(command, name, put(name, lambda _, text=text: text), text) for command in ALL
      for name in ("Origin-Host", "Origin-Realm") for text in ("a b", "a\nb", "a..b", 'a"b', "é.example")],
    *[(command, "User-Name", put("User-Name", lambda _: "a\nb@x"), "a\nb@x") for command in ("UAR", "SAR", "MAR")],
    *[(command, "Public-Identity", put("Public-Identity", lambda _: "sip:a\nb@x"), "sip:a\nb@x") for command in ALL],
    ("UAR", "Visited-Network-Identifier", put("Visited-Network-Identifier", lambda _: "a\r\nb"), "a\r\nb"),
    *[("SAR", name, with_contact(**{part: lambda _, octets=octets: octets}), octets) for part, name, texts in (
        ("path", "Path", (b"<sip:p>\r\nX: y", b"sip:p", b"x", b"<sip:>", b"<tel:+1>", b"\xff", b"")),
        ("contact", "Contact", (b"<sip:c>\r\nX: y", b"x", b"<sip:>", b"*", b"\0")),
        ("call_id", "Call-ID-SIP-Header", (b"a\r\nX: y", b"a b", b"\xff", b""))) for octets in texts],
    *[("SAR", name, with_dialog(**{part: lambda _, octets=octets: octets}), octets) for part, name in (
        ("sender", "From-SIP-Header"), ("receiver", "To-SIP-Header"), ("record_route", "Record-Route"), ("contact", "Contact"),
        ("call_id", "Call-ID-SIP-Header")) for octets in (b"<sip:c>\r\nX: y", b"free text", b"")],
]
CASES = [pytest.param(command, limit, id=f"{command} {limit.avp} {limit.most}") for limit in LIMITS for command in limit.commands]


@pytest.fixture
def one(subscriptions):
    return subscriptions.create(registration_rows.ALONE, registration_rows.registered())


def ask(command, one, connection, change, number):
    request = BUILD[command](one, sender=cx.Sender.on(connection))
    change(request, number)
    return request, connection.request(request, check=False)


def check_refused(answer, result, name, longest=REPEATED):
    assert result_of(answer) == result, answer.value("Error-Message")
    failed, = cx.parse_answer(answer).failed_avp
    assert failed.name == name
    assert len(failed.data) <= longest
    return failed.data


@pytest.mark.parametrize("command, limit", CASES)
def test_at_the_limit_it_is_served(command, limit, peers, one):
    _, answer = ask(command, one, peers["scscf"], limit.change, limit.most)
    assert result_of(answer) == (limit.at_limit or SUCCESS[command]), answer.value("Error-Message")


@pytest.mark.parametrize("command, limit", CASES)
def test_one_beyond_is_refused_and_changes_nothing(command, limit, peers, subscriptions, one):
    request, answer = ask(command, one, peers["scscf"], limit.change, limit.most + 1)
    said = check_refused(answer, limit.beyond, limit.avp)
    if limit.beyond == INVALID_VALUE and request.find(limit.avp) and not isinstance(request.find(limit.avp).value, list):
        assert said == request.find(limit.avp).data[:REPEATED]
    assert subscriptions.state(one) == {**fresh(one.shape), **registration_rows.registered()}
    assert len(answer.encode()) < 4096 + 1025


@pytest.mark.parametrize("command, name, change, text", FORMS, ids=[f"{row[0]} {row[1]} {row[3]!r}" for row in FORMS])
def test_a_text_of_another_form_is_an_invalid_value(command, name, change, text, peers, subscriptions, one):
    octets = text.encode() if isinstance(text, str) else text
    _, answer = ask(command, one, peers["scscf"], change, len(text))
    assert check_refused(answer, INVALID_VALUE, name) == octets
    assert subscriptions.state(one) == {**fresh(one.shape), **registration_rows.registered()}


def test_neighbours_of_a_long_origin_are_served_in_one_go(product, peers, subscriptions):
    connection = peers["scscf"]
    before = len(product.events("batch_failed"))
    members = [subscriptions.create(registration_rows.ALONE) for _ in range(12)]
    requests = [BUILD["SAR"](member, sender=cx.Sender.on(connection)) for member in members]
    for n, length in ((3, 2680), (7, 60000)):
        requests[n].replace("Origin-Host", avp("Origin-Host", "x" * length))
    connection.send_many(requests)
    results = [result_of(connection.wait(request)) for request in requests]
    assert results == [INVALID_VALUE if n in (3, 7) else SUCCESS["SAR"] for n in range(12)]
    assert len(product.events("batch_failed")) == before
    assert product.value("SELECT max(octet_length(origin_host)) FROM quintet.request_seen") <= 255


def test_a_log_line_is_short_whoever_knocks(product):
    for label in ("x" * 5000, "y" * 250, "a\"b c=d"):
        with pytest.raises((PeerError, OSError)):
            product.connect(label, realm="elsewhere.example.net", timeout=5)
    lines = product.log().splitlines()
    assert any("peer_refused" in line for line in lines)
    assert max(map(len, lines)) < 2100


_LEFT = """
INSERT INTO quintet.restoration_contact (impi_id, set_id, position, path, contact)
SELECT p.impi_id, p.set_id, n, %s, '<sip:c>' FROM quintet.impi_set p JOIN quintet.impu u ON u.set_id = p.set_id,
  generate_series(1, %s) AS n WHERE u.identity = %s
"""


@pytest.mark.parametrize("contacts, comes_back", ((20, True), (40, False)))
def test_an_answer_fits_into_a_message(product, peers, one, contacts, comes_back):
    """What a peer cannot take is worth nothing: restoration information gives way."""
    product.sql(_LEFT, (route(2048), contacts, one.names["u1"]))
    request = cx.sar(one.names["i1"], [one.names["u1"]], 0, features=cx.IMS_RESTORATION, sender=cx.Sender.on(peers["scscf"]))
    answer = peers["scscf"].request(request)
    assert result_of(answer) == (0, 2001)
    assert len(answer.encode()) <= 65535
    assert bool(answer.find("SCSCF-Restoration-Info")) == comes_back
    assert answer.find("User-Data")


def agents(octets):
    """Proxy-Info with so many octets of data in all, each within its limits."""
    whole, rest = divmod(octets, 1048)  # of a name and a state of 1,024 octets
    return [("Proxy-Info", proxy(bytes(1024)))] * whole + [("Proxy-Info", proxy(bytes(rest - 24)))]


@pytest.mark.parametrize("octets, expected", ((TOGETHER, SUCCESS["LIR"]), (TOGETHER + 4, INVALID_VALUE)))
def test_agents_share_one_limit(peers, one, octets, expected):
    request, answer = ask("LIR", one, peers["scscf"], lambda message, _: message.add(*agents(octets)), 0)
    assert result_of(answer) == expected
    assert [info.encode() for info in answer.findall("Proxy-Info")] == [info.encode() for info in request.findall("Proxy-Info")]
    if expected == INVALID_VALUE:
        assert cx.parse_answer(answer).failed_avp[0].name == "Proxy-Info"


def test_the_longest_answer_fits_beside_what_agents_want_back(product, peers, one):
    product.sql(_LEFT, (route(2048), 28, one.names["u1"]))
    request = cx.sar(one.names["i1"], [one.names["u1"]], 0, features=cx.IMS_RESTORATION, sender=cx.Sender.on(peers["scscf"]))
    request.add(*agents(TOGETHER))
    request.replace("Session-Id", avp("Session-Id", "s" * 1024))
    answer = peers["scscf"].request(request)
    assert len(answer.encode()) <= 65535
    assert result_of(answer) == (0, 2001)
    assert answer.find("User-Data")


@pytest.mark.parametrize("change", (
    put("Session-Id", lambda octets: "s" * octets),
    lambda message, octets: message.add(*[("Proxy-Info", proxy(bytes(octets // 8 - 32)))] * 8)), ids=("Session-Id", "Proxy-Info"))
@pytest.mark.parametrize("room", (0, 200, 600))
def test_an_answer_that_repeats_too_much_costs_nobody_the_connection(peers, subscriptions, one, change, room):
    connection = peers["scscf"]
    request = BUILD["LIR"](one, sender=cx.Sender.on(connection))
    change(request, (65535 - len(request.encode()) - room) // 8 * 8 - 64)
    assert len(request.encode()) <= 65535
    answer = connection.request(request, check=False)
    assert len(answer.encode()) <= 65535
    assert result_of(answer) in (INVALID_VALUE, (0, 5012))
    other = subscriptions.create(registration_rows.ALONE)
    assert result_of(connection.request(BUILD["SAR"](other, sender=cx.Sender.on(connection)))) == SUCCESS["SAR"]


_CRITERIA = """
WITH profile AS (INSERT INTO quintet.service_profile (name) VALUES (%(name)s) RETURNING id), server AS (
  INSERT INTO quintet.application_server (name, server_name) VALUES (%(name)s, 'sip:as.example.net') RETURNING id), criteria AS (
  INSERT INTO quintet.initial_filter_criteria (profile_id, priority, condition_type_cnf, application_server_id)
  SELECT profile.id, n, true, server.id FROM profile, server, generate_series(1, %(many)s) AS n RETURNING id)
INSERT INTO quintet.service_point_trigger (ifc_id, groups, kind, request_uri)
SELECT id, '{0}', 'request_uri', repeat('x', 1000) FROM criteria
"""
_USES = """
UPDATE quintet.impu SET service_profile_id = (SELECT id FROM quintet.service_profile WHERE name = %s) WHERE identity = %s
"""


def test_a_profile_that_fits_into_no_message_is_no_answer(product, peers, one):
    """The operator is told; the S-CSCF hears that it cannot be had (5012)."""
    name = one.names["u1"]
    for many, expected in ((20, (0, 2001)), (70, (0, 5012))):
        product.sql(_CRITERIA, {"name": f"{name} {many}", "many": many})
        product.sql(_USES, (f"{name} {many}", name))
        request = BUILD["SAR"](one, sender=cx.Sender.on(peers["scscf"]))
        assert result_of(peers["scscf"].request(request)) == expected
    assert any(name in line for line in product.events("user_data_too_long"))
