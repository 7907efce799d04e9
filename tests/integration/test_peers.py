# SPDX-License-Identifier: Apache-2.0
"""Who may connect, in whose name a peer may speak and what it may ask."""

import re

import pytest
from peer import checks, cx
from peer.checks import result_of
from peer.connection import CX_APPLICATION, PeerError
from peer.diameter import Message, avp
from peer.results import REJECTED
from product import AGENT, IDENTITY, Server, free_port, toml_with
from support.instance import eventually


def mar(card, host, realm=cx.HOME_REALM, **more):
    return cx.mar(card.impi, card.impu, sender=cx.Sender(host, realm), **more)


def uar(card, peer):
    return cx.uar(card.impi, card.impu, sender=cx.Sender.on(peer, destination_realm=cx.HOME_REALM))


def test_capabilities_name_the_application_and_both_vendors(peers):
    cea = peers["scscf"].cea
    assert {one.value for one in cea.findall("Supported-Vendor-Id")} >= {10415, 13019}
    applications = [{(inner.name, inner.value) for inner in one.value}
                    for one in cea.findall("Vendor-Specific-Application-Id")]
    assert set(CX_APPLICATION[1]) in applications
    assert cea.value("Origin-Host") == IDENTITY


@pytest.mark.parametrize("label, realm", [("scscf", "ims.example.org"), ("scscf", f"evil{cx.HOME_REALM}"),
                                          ("scscf", f"{cx.HOME_REALM}.evil.org")])
def test_a_stranger_is_refused(product, label, realm):
    with pytest.raises(PeerError, match="refused with 3010"):
        product.connect(label, realm)


def test_a_peer_without_the_application_is_refused(product):
    other = ("Vendor-Specific-Application-Id", [("Vendor-Id", 10415), ("Auth-Application-Id", 16777217)])
    with pytest.raises(PeerError, match="refused with 5010"):
        product.connect("scscf3", applications=[other])


def test_nobody_speaks_before_the_capabilities(product, subscribers):
    card = subscribers.create()
    connection = product.connect("scscf3", handshake=False)
    connection.send(mar(card, connection.origin_host))
    assert connection.wait_closed(30)
    assert connection.unexpected == []
    assert subscribers.state(card).seq == 1000


def test_a_watchdog_is_answered(peers):
    connection = peers["scscf"]
    answer = connection.request(Message.request(280, connection.origin(), application=0))
    assert result_of(answer) == (0, 2001)


@pytest.mark.parametrize("damage, code", [
    (lambda message: setattr(message, "version", 2), 5011),
    (lambda message: setattr(message, "length", len(message.encode()) - 1), 5015),
    (lambda message: message.replace("Origin-Realm", avp("Origin-Realm", "x", length=200)), 5014)])
def test_a_watchdog_that_contradicts_itself_is_refused(peers, damage, code):
    connection = peers["scscf"]
    watchdog = Message.request(280, connection.origin(), application=0)
    damage(watchdog)
    assert result_of(connection.request(watchdog, check=False)) == (0, code)
    assert result_of(connection.request(Message.request(280, connection.origin(), application=0))) == (0, 2001)


def test_an_allowed_agent_may_relay(product, subscribers):
    """The S-CSCF behind it is stored as the one to reach, not the agent."""
    card = subscribers.create()
    assert AGENT == f"agent.{cx.HOME_REALM}"
    with product.connect("agent") as agent:
        relayed = mar(card, f"scscf7.{cx.HOME_REALM}").add(("Route-Record", f"scscf7.{cx.HOME_REALM}"))
        assert result_of(agent.request(relayed)) == (0, 2001)
    assert subscribers.state(card).host == f"scscf7.{cx.HOME_REALM}"


def test_an_agent_has_no_name_but_its_own(product, subscribers):
    """A name that only begins like that of an agent, or lies behind it, is nobody's."""
    card = subscribers.create()
    for label in ("agent2", "x.agent"):
        with product.connect(label) as peer:
            assert result_of(peer.request(mar(card, f"scscf7.{cx.HOME_REALM}"))) == (0, 5003)
    assert subscribers.state(card).seq == 1000


def test_answers_go_back_where_the_request_came_from(product, subscribers):
    """Two peers ask at once with the same hop-by-hop and end-to-end identifiers."""
    cards = [subscribers.create() for _ in range(2)]
    with product.connect("twin1") as one, product.connect("twin2") as two:
        requests = [mar(card, peer.origin_host, hop_by_hop=77, end_to_end=88) for card, peer in zip(cards, (one, two))]
        for _ in range(20):
            for peer, request in zip((one, two), requests):
                peer.send(request)
            for peer, request, card in zip((one, two), requests, cards):
                answer = peer.wait(request)
                assert answer.value("User-Name") == card.impi
                assert answer.value("Session-Id") == request.value("Session-Id")


def test_a_malformed_request_stops_no_other_peer(product, peers, subscribers):
    """A length that no message has: the connection of the one is given up; requests of the other are under way meanwhile."""
    card = subscribers.create()
    good = peers["scscf2"]
    requests = [mar(card, good.origin_host) for _ in range(50)]
    for request in requests:
        good.send(request)
    bad = product.connect("bad")
    broken = mar(card, bad.origin_host)
    broken.length = 19
    bad.send(broken)
    assert bad.wait_closed(5)
    assert {result_of(good.wait(request)) for request in requests} == {(0, 2001)}


def test_what_the_checks_of_an_answer_are_worth(peers, subscribers):
    """Each planted fault in a good answer is found: the rows of the tables lean on this."""
    card = subscribers.create()
    request = mar(card, peers["scscf"].origin_host)
    octets = peers["scscf"].request(request).encode()
    for damage in (lambda a: setattr(a, "end_to_end", 1), lambda a: setattr(a, "flags", a.flags ^ 0x40),
                   lambda a: setattr(a, "flags", a.flags | 0x20), lambda a: a.drop("Session-Id"), lambda a: a.drop("Origin-Host"),
                   lambda a: a.add(("Experimental-Result", [("Vendor-Id", 10415), ("Experimental-Result-Code", 5001)])),
                   lambda a: a.replace("Session-Id", "another;1;2"), lambda a: a.drop("Result-Code")):
        answer = Message.decode(octets)
        assert checks.problems(request, answer) == []
        damage(answer)
        assert checks.problems(request, answer) != []


# diameter.permit: an I-CSCF of the server's own realm, an S-CSCF of a visited one, and nobody else.

VISITED = "ims.visited.example.org"
PERMIT = [{"peer": f"icscf.{cx.HOME_REALM}", "commands": ["UAR", "LIR"]},
          {"peer": f"*.{VISITED}", "commands": ["MAR", "SAR"], "realms": [VISITED]},
          {"peer": f"probe.{cx.HOME_REALM}"}]  # by which a test sees that the server has started
TRANSIT = "agent.transit.example.org"
NAMED = "named.example.org"  # by freeDiameter's own configuration alone


@pytest.fixture(scope="module")
def strict(product):
    server = Server(product, "permits", toml_with(product, {"diameter.permit": PERMIT, "diameter.agents": [TRANSIT]}))
    with open(server.conf, "a", encoding="utf-8") as conf:
        conf.write(f'ConnectPeer = "{NAMED}" {{ ConnectTo = "127.0.0.1"; Port = {free_port()}; No_TLS; }};\n')
    with server:
        yield server


@pytest.fixture
def icscf(product, strict):
    with product.connect("icscf", port=strict.port) as connection:
        yield connection


@pytest.fixture
def visited(product, strict):
    with product.connect("scscf", VISITED, port=strict.port) as connection:
        yield connection


def test_a_peer_that_is_permitted_nothing_is_refused(product, strict):
    for label, realm in (("scscf", cx.HOME_REALM), ("scscf", "example.org"), ("icscf", f"x.{cx.HOME_REALM}")):
        with pytest.raises(PeerError, match="refused with 3010"):
            product.connect(label, realm, port=strict.port)


def test_a_peer_of_freediameters_configuration_connects_and_may_ask_nothing(product, strict, subscribers):
    card = subscribers.create()
    with product.connect("named", "example.org", port=strict.port) as named:
        assert named.origin_host == NAMED
        assert result_of(named.request(mar(card, NAMED, realm="example.org"))) == REJECTED
    assert subscribers.state(card).seq == 1000


@pytest.mark.parametrize("name", ["a\nb.example.org", "a\x1b[2Jb.example.org", "a b.example.org", "\u00e9.example.org"])
def test_a_name_cannot_write_into_the_log(product, strict, name):
    label, _, realm = name.partition(".")
    with pytest.raises(PeerError, match="refused with 5004"):  # by freeDiameter, before the permits see it
        product.connect(label, realm, port=strict.port)
    assert name not in strict.log().replace(f'"{name}"', "")


def test_what_is_permitted_is_served(icscf, visited, subscribers):
    card = subscribers.create()
    assert result_of(icscf.request(uar(card, icscf))) == (10415, 2001)
    assert result_of(visited.request(mar(card, visited.origin_host, realm=VISITED))) == (0, 2001)


def test_a_command_that_is_not_permitted_is_rejected(icscf, visited, subscribers):
    card = subscribers.create()
    answer = icscf.request(mar(card, icscf.origin_host))
    assert result_of(answer) == REJECTED
    assert (answer.value("User-Name"), answer.value("Public-Identity")) == (card.impi, card.impu)
    assert result_of(visited.request(uar(card, visited))) == REJECTED
    assert subscribers.state(card).seq == 1000


def test_a_rejection_is_one_answer(icscf, subscribers):
    card = subscribers.create()
    for _ in range(20):
        assert result_of(icscf.request(mar(card, icscf.origin_host))) == REJECTED
    assert result_of(icscf.request(uar(card, icscf))) == (10415, 2001)
    assert icscf.unexpected == []


def test_a_realm_that_is_not_permitted_is_rejected(visited, subscribers):
    card = subscribers.create()
    assert result_of(visited.request(mar(card, visited.origin_host))) == REJECTED
    assert subscribers.state(card).seq == 1000


def test_what_an_agent_relays_is_judged_by_its_origin(product, strict, subscribers):
    card = subscribers.create()
    icscf_host, stranger = f"icscf.{cx.HOME_REALM}", f"scscf.{cx.HOME_REALM}"
    with product.connect("agent", "transit.example.org", port=strict.port) as agent:
        assert agent.origin_host == TRANSIT
        for host, realm in ((icscf_host, cx.HOME_REALM), (stranger, cx.HOME_REALM), (TRANSIT, "transit.example.org"),
                            (f"scscf.{VISITED}", cx.HOME_REALM)):
            assert result_of(agent.request(mar(card, host, realm=realm))) == REJECTED
        assert subscribers.state(card).seq == 1000
        assert result_of(agent.request(mar(card, f"scscf.{VISITED}", realm=VISITED))) == (0, 2001)


def test_what_permits_refuse_is_logged_with_the_rule(product, strict, subscribers):
    """test_refusals.py has all other refusals, and the limits."""
    card = subscribers.create()
    with product.connect("one", VISITED, port=strict.port) as one:
        assert result_of(one.request(uar(card, one))) == REJECTED
        assert eventually(lambda: one.origin_host in strict.log(), 5)
    line = next(line for line in strict.log().splitlines() if "request_refused" in line and one.origin_host in line)
    assert 'command=UAR result=5003' in line and 'reason="not in diameter.permit"' in line and card.impi in line


def test_connections_leave_lines_with_their_address(product):
    """One that begins and ends in order, one that breaks off, one that speaks no Diameter."""
    with Server(product, "lines", toml_with(product, {})) as server:
        with product.connect("polite", port=server.port) as polite:
            pass
        rude = product.connect("rude", port=server.port)
        rude.abort()
        mute = product.connect("mute", port=server.port, handshake=False)
        mute.abort()

        def lines(event, *words):
            return eventually(lambda: [line for line in server.log().splitlines()
                                       if event in line and all(word in line for word in words)], 10, 0.05)

        assert lines("peer_connected", f'peer="{polite.origin_host}"', "from=127.0.0.1", "command=CER")
        assert lines("peer_disconnects", f'peer="{polite.origin_host}"', "from=127.0.0.1", "command=DPR")
        assert lines("peer_not_connected", f'peer="{rude.origin_host}"', 'reason="')
        assert lines("peer_not_connected", 'peer="unknown"', "127.0.0.1", 'reason="')


def test_what_is_no_message_is_logged_with_its_peer(product):
    """An answer, since a request that contradicts itself is answered."""
    with product.connect("garbled") as garbled:
        garbled.send_raw(bytes((1, 0, 0, 28, 0, 0, 1, 44, 1)) + bytes(11) + b"\xff" * 8)
        assert garbled.wait_closed(10)
    assert eventually(lambda: re.search(
        f'message_not_parsed peer="{garbled.origin_host}" .*command=UAR reason="the octets', product.log()), 5)
