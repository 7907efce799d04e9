# SPDX-License-Identifier: Apache-2.0
"""What [[diameter.peer]] makes of the same request from different peers: answers to an outage, and what real CSCFs cannot take."""

import contextlib
from dataclasses import replace

import pytest
from peer import cx
from peer.checks import result_of
from peer.cx import HOME_REALM
from peer.diameter import Message
from peer.registration import Capabilities
from peer.results import FIRST, SUCCESS, TOO_BUSY, UNABLE
from product import Server, toml_with
from registration_rows import ALONE, B, registered, unregistered
from support.instance import eventually, is_sanitized
from support.shim import shimmed
from test_overload import FLAT, Memory

COMMANDS = ("UAR", "LIR", "SAR", "MAR")


def host(label):
    return f"{label}.{HOME_REALM}"


# The first row that matches counts: "twice" is a pattern of its own and stands before "*".
PEERS = [
    {"peer": host("silent"), "busy": "none"},
    {"peer": host("alternate"), "busy": "3004"},
    {"peer": host("unable"), "busy": "5012"},
    {"peer": host("mixed"), "busy": {"UAR": "none", "LIR": "3004", "MAR": "5012"}},
    {"peer": host("opensips"), "server_name_first": True},
    {"peer": host("oracle"), "user_authorization_type_2": "registration", "user_data_always": True},
    {"peer": host("old"), "user_data_extensions": "none"},
    {"peer": host("rel7"), "user_data_extensions": "rel7"},
    {"peer": host("silent"), "busy": "3004"},
]


def request_of(command, card, connection):
    sender = cx.Sender.on(connection)
    return {"UAR": lambda: cx.uar(card.impi, card.impu, sender=sender), "LIR": lambda: cx.lir(card.impu, sender=sender),
            "SAR": lambda: cx.sar(card.impi, [card.impu], 1, sender=sender),
            "MAR": lambda: cx.mar(card.impi, card.impu, sender=sender)}[command]()


@pytest.fixture(scope="module")
def card(subscribers):
    return subscribers.create()


# Outages: what each command is told while the database is away, and a MAR while the token is

AWAY = {  # UAR, LIR, SAR, MAR; None: no answer
    "anybody": (UNABLE, UNABLE, TOO_BUSY, TOO_BUSY),
    "silent": (None,) * 4,
    "alternate": (TOO_BUSY,) * 4,
    "unable": (UNABLE,) * 4,
    "mixed": (None, TOO_BUSY, TOO_BUSY, UNABLE),
}
CLOSED = {"anybody": UNABLE, "silent": None, "alternate": TOO_BUSY, "unable": UNABLE, "mixed": UNABLE}
STALLED = {"anybody": TOO_BUSY, "silent": None, "alternate": TOO_BUSY, "unable": UNABLE, "mixed": UNABLE}


def check_told(connection, requests, expected):
    """Every request gets the answer it should have, or none while the connection goes on to live."""
    for request in requests:
        connection.send(request)
    awaited = [(request, result) for request, result in zip(requests, expected) if result is not None]
    assert [result_of(connection.wait(request, 20)) for request, _ in awaited] == [result for _, result in awaited]
    silent = [request for request, result in zip(requests, expected) if result is None]
    if silent:
        with pytest.raises(TimeoutError):
            connection.wait(silent[-1], 1.5)
    watchdog = Message.request(280, connection.origin(), application=0)
    assert result_of(connection.request(watchdog)) == SUCCESS and connection.unexpected == []


@pytest.fixture(scope="module")
def away(product):
    toml = toml_with(product, {"diameter.peer": PEERS, "database.conninfo": "host=/nonexistent dbname=nothing user=nobody"})
    with Server(product, "away", toml) as server:
        yield server


@pytest.mark.parametrize("label", AWAY)
def test_a_database_that_is_away_is_told_as_the_peer_wants_it(product, away, card, label):
    with product.connect(label, port=away.port) as connection:
        check_told(connection, [request_of(command, card, connection) for command in COMMANDS], AWAY[label])


def test_what_gets_no_answer_is_counted(product, card):
    toml = toml_with(product, {"diameter.peer": PEERS, "database.conninfo": "host=/nonexistent dbname=nothing user=nobody"})
    server = Server(product, "counting", toml)
    with server, product.connect("silent", port=server.port) as silent, product.connect("other", port=server.port) as other:
        check_told(silent, [request_of(command, card, silent) for command in COMMANDS * 5], [None] * 20)
        check_told(other, [request_of("MAR", card, other)], [TOO_BUSY])
    stopped = next(line for line in server.log().splitlines() if "server_stopped" in line)
    assert "uaa=0 saa=0 lia=0 maa=1 zh_maa=0 dropped=20" in stopped
    dropped = [line for line in server.log().splitlines() if "request_dropped" in line]
    assert {command for command in COMMANDS if any(f"command={command}" in line for line in dropped)} == set(COMMANDS)
    assert all(host("silent") in line for line in dropped)


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what was freed")
def test_what_gets_no_answer_leaves_nothing_behind(product, away, card):
    memory = Memory(away.pid)
    with product.connect("silent", port=away.port) as connection:
        memory.start()
        for _ in range(180):
            connection.send_many([request_of(COMMANDS[n % 4], card, connection) for n in range(400)])
        # The server has read all of it when it answers something that stands behind it.
        unknown = cx.request(cx.RTR, [("User-Name", card.impi), ("Deregistration-Reason", [("Reason-Code", 0)])],
                             cx.Sender.on(connection))
        assert result_of(connection.request(unknown, 60)) == (0, 3001)
        growth = memory.growth()
        assert connection.unexpected == []
    print(f"memory grew by {growth >> 10} KiB")
    assert growth < FLAT, "72,000 requests of half a kilobyte each"


def with_orders(product, folder, label, **values):
    shim, environment, orders = shimmed(product.var / "quintet.toml", folder)
    return Server(product, label, toml_with(product, {"diameter.peer": PEERS, **shim, **values}), environment), orders


@pytest.mark.parametrize("label", CLOSED)
def test_a_token_that_is_gone_is_told_as_the_peer_wants_it(product, tmp_path, card, label):
    server, orders = with_orders(product, tmp_path, "gone")
    with server, product.connect(label, port=server.port) as connection:
        assert result_of(connection.request(request_of("MAR", card, connection))) == SUCCESS
        orders.order("fail C_EncryptInit 0x30", "fail C_OpenSession 0x30")  # CKR_DEVICE_ERROR
        for _ in range(3):  # as it fails, and when it is known to be closed
            check_told(connection, [request_of("MAR", card, connection)], [CLOSED[label]])
        orders.order()


@pytest.mark.parametrize("label", STALLED)
def test_a_token_that_stalls_and_a_queue_that_is_full_are_told_as_the_peer_wants_it(product, tmp_path, subscribers, label):
    server, orders = with_orders(product, tmp_path, "stalled", **{"diameter.queue": 4, "token.timeout_ms": 500})
    cards = [subscribers.create() for _ in range(30)]
    with server, product.connect(label, port=server.port) as connection:
        orders.order("delay C_EncryptInit 4s")
        requests = [request_of("MAR", one, connection) for one in cards]
        check_told(connection, requests, [STALLED[label]] * len(requests))
        orders.order()


def test_what_is_about_the_subscriber_is_answered_whoever_asks(product, peers_server, subscribers):
    card = subscribers.create()
    with product.connect("silent", port=peers_server.port) as connection:
        sender = cx.Sender.on(connection)
        assert result_of(connection.request(cx.lir(f"sip:nobody@{HOME_REALM}", sender=sender))) == (10415, 5001)
        forged = cx.mar(card.impi, card.impu, rand=bytes(16), auts=bytes(14), sender=sender)
        assert result_of(connection.request(forged)) == UNABLE
        assert result_of(connection.request(cx.mar(card.impi, card.impu, sender=sender))) == SUCCESS


# What real CSCFs cannot take

@pytest.fixture(scope="module")
def peers_server(product):
    with Server(product, "peers", toml_with(product, {"diameter.peer": PEERS})) as server:
        yield server


@contextlib.contextmanager
def asking(product, server, label):
    with product.connect(label, port=server.port) as connection:
        yield connection, cx.Sender.on(connection)


def with_names(*names):
    return replace(ALONE, capabilities=Capabilities((1, 2), (30,), names))


# Who asks, how many S-CSCFs are preferred, and what the UAA of a first registration has
FIRST_REGISTRATIONS = [
    ("opensips", (B,), B, None),
    ("opensips", (B, host("x")), None, "capabilities"),
    ("opensips", (), None, "capabilities"),
    ("anybody", (B,), None, "capabilities"),
]


@pytest.mark.parametrize("label, names, name, capabilities", FIRST_REGISTRATIONS)
def test_a_single_preferred_server_stands_in_server_name(product, peers_server, subscriptions, label, names, name, capabilities):
    names = tuple(one if one.startswith("sip:") else f"sip:{one}" for one in names)
    one = subscriptions.create(with_names(*names))
    with asking(product, peers_server, label) as (connection, sender):
        answer = connection.request(cx.uar(one.names["i1"], one.names["u1"], sender=sender))
    assert result_of(answer) == FIRST  # OpenSIPS wants an Experimental-Result, or it throws the answer away
    assert answer.value("Server-Name") == name
    assert (answer.find("Server-Capabilities") is not None) == (capabilities is not None)


@pytest.mark.parametrize("label, expected, pending", [("oracle", FIRST, False), ("anybody", SUCCESS, True)])
def test_type_2_is_answered_like_type_0_where_it_is_set(product, peers_server, subscriptions, label, expected, pending):
    one = subscriptions.create(ALONE)
    with asking(product, peers_server, label) as (connection, sender):
        answer = connection.request(cx.uar(one.names["i1"], one.names["u1"], authorization_type=2, sender=sender))
    assert result_of(answer) == expected
    assert subscriptions.state(one)["reassignment"] is pending


def test_type_2_of_a_registered_user_is_a_subsequent_registration_where_it_is_set(product, peers_server, subscriptions):
    one = subscriptions.create(ALONE, registered())
    with asking(product, peers_server, "oracle") as (connection, sender):
        answer = connection.request(cx.uar(one.names["i1"], one.names["u1"], authorization_type=2, sender=sender))
        assert (result_of(answer), answer.value("Server-Name")) == ((10415, 2002), registered()["scscf"][0])
        other = cx.uar(one.names["i1"], one.names["u1"], authorization_type=1, sender=sender)
        assert result_of(connection.request(other)) == SUCCESS


def test_user_data_come_although_they_are_said_to_be_there(product, peers_server, subscriptions):
    with asking(product, peers_server, "oracle") as (connection, sender):
        one = subscriptions.create(ALONE)
        for _ in range(2):
            asked = cx.sar(one.names["i1"], [one.names["u1"]], 1, data_available=1, sender=sender)
            answer = connection.request(asked)
            assert result_of(answer) == SUCCESS
            assert answer.value("User-Data") is not None and answer.find("Charging-Information") is not None


@pytest.mark.parametrize("label, inside, registration_types", [("old", 0, 0), ("rel7", 1, 0), ("anybody", 2, 0)])
def test_an_old_parser_is_spared_newer_elements(product, peers_server, subscriptions, label, inside, registration_types):
    shape = replace(ALONE, impu={"u1": {"display_name": "Ada", "type": "distinct_psi"}}, impi={"i1": {"schemes": [], "credential_id": None}})
    one = subscriptions.create(shape, unregistered((cx.DEFAULT_SERVER_NAME, host(label), HOME_REALM)))
    with asking(product, peers_server, label) as (connection, sender):
        answer = connection.request(cx.sar(one.names["i1"], [one.names["u1"]], 3, sender=sender))
    assert result_of(answer) == SUCCESS
    text = answer.value("User-Data").decode()
    assert text.count("<Extension>") == inside and text.count("<RegistrationType>") == registration_types


# One S-CSCF, two names

def test_two_names_of_one_server_are_logged_with_what_to_set(product, peers_server, subscribers):
    """As OpenSIPS is shipped: sip:scscf.DOM in MAR, sip:scscf.DOM:6060 in SAR."""
    card = subscribers.create()
    bare, with_port = f"sip:{host('scscf')}", f"sip:{host('scscf')}:6060"
    with asking(product, peers_server, "scscf") as (connection, sender):
        assert result_of(connection.request(cx.mar(card.impi, card.impu, server_name=bare, sender=sender))) == SUCCESS
        assert notes(peers_server) == []
        sar = cx.sar(card.impi, [card.impu], 1, server_name=with_port, sender=sender)
        assert result_of(connection.request(sar)) == (10415, 5005)
        assert eventually(lambda: len(notes(peers_server)) == 1, 5)
        note = notes(peers_server)[0]
        assert f'command=SAR peer="{host("scscf")}" assigned="{bare}" asked="{with_port}"' in note
        assert "the same Server-Name for MAR and SAR" in note and "docs/peers.md" in note
        assert result_of(connection.request(cx.mar(card.impi, card.impu, server_name=with_port, sender=sender))) == SUCCESS
        assert eventually(lambda: f'command=MAR peer="{host("scscf")}" assigned="{bare}" asked="{with_port}"' in peers_server.log(), 5)


def notes(server):
    return [line for line in server.log().splitlines() if "server_names_differ" in line]
