# SPDX-License-Identifier: Apache-2.0
"""Every refusal leaves a line that tells whom, by whom and why; a flood of one cause hides no other."""

import os
import re
import time

import pytest
from base_rows import ROWS, SUCCESS
from peer import cx
from peer.checks import result_of
from peer.connection import PeerError
from peer.diameter import DecodeError, raw_avp
from peer.dictionary import CX, TGPP
from product import AGENT, Server, toml_with
from subscribers import State
from support.instance import eventually

NAMES = {257: "CER", 300: "UAR", 301: "SAR", 302: "LIR", 303: "MAR", 304: "RTR", 305: "PPR"}
BURST = 5  # lines of one cause at once


def line_of(log, peer, command, vendor, code):
    """The refusals of a peer with a command and a code, as they are logged."""
    field = f"{'experimental' if vendor else 'result'}={code}"
    found = [line for line in log.splitlines() if "request_refused" in line and f'peer="{peer}"' in line]
    return [line for line in found if f"command={NAMES.get(command, command)} {field} " in line]


def awaited(product, *what):
    lines = eventually(lambda: line_of(product.log(), *what), 5, 0.05)
    assert lines, f"no line about {what}"
    return lines


def text_of(message, name):
    try:
        return message.value(name)
    except (DecodeError, LookupError):
        return None


REFUSED = [row for row in ROWS if row.expect != SUCCESS]


@pytest.mark.parametrize("number, row", enumerate(REFUSED), ids=[row.what for row in REFUSED])
def test_a_request_that_is_refused_as_a_message_is_logged(number, row, product, subscribers):
    card = subscribers.create()
    with product.connect(f"refused{number}") as peer:
        plain = cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer))
        request = row.change(plain) or plain
        vendor, code = result_of(peer.request(request, check=False))
        # a code means nothing where its application is not ours
        command = request.command if request.application == CX else f"{request.command}"
        line = awaited(product, peer.origin_host, command, vendor, code)[0]
    for field, name in (("impi", "User-Name"), ("impu", "Public-Identity")):
        if text_of(request, name) in (card.impi, card.impu):
            assert f'{field}="{text_of(request, name)}"' in line
    assert re.search(r'reason="[^"]+"', line) and "no reason is known" not in line
    for name in row.failed if code >= 5001 else ():
        assert "failed_avp=" in line, name


def mar(card, peer, **more):
    return cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer), **more)


# Code, the request, and what the line must name
PROCEDURES = [
    ((TGPP, 5001), lambda a, b, peer: cx.mar(f"nobody@{cx.HOME_REALM}", a.impu, sender=cx.Sender.on(peer)), "nobody@"),
    ((TGPP, 5001), lambda a, b, peer: cx.lir(f"sip:nobody@{cx.HOME_REALM}", sender=cx.Sender.on(peer)), "sip:nobody@"),
    ((TGPP, 5002), lambda a, b, peer: cx.mar(a.impi, b.impu, sender=cx.Sender.on(peer)), "identities"),
    ((TGPP, 5003), lambda a, b, peer: cx.lir(a.impu, sender=cx.Sender.on(peer)), "not registered"),
    ((TGPP, 5006), lambda a, b, peer: mar(a, peer, scheme="SIP Digest"), "scheme"),
    ((TGPP, 5011), lambda a, b, peer: mar(a, peer).add(cx.supported_features(1 << 30, required=True)), "feature"),
    ((0, 5003), lambda a, b, peer: cx.mar(a.impi, a.impu, sender=cx.Sender(f"other.{cx.HOME_REALM}")), "speaks for another host"),
]


@pytest.mark.parametrize("number, row", enumerate(PROCEDURES), ids=[f"{row[0][1]} {row[2]}" for row in PROCEDURES])
def test_a_refusal_of_a_procedure_is_logged(number, row, product, subscribers, stranger):
    result, build, says = row
    with product.connect(f"procedure{number}") as peer:
        request = build(subscribers.create(), stranger, peer)
        assert result_of(peer.request(request)) == result
        assert says in awaited(product, peer.origin_host, request.command, *result)[0]


def test_another_s_cscf_is_logged(product, subscribers):
    card = subscribers.create(State(name="sip:first.example.net", host=f"first.{cx.HOME_REALM}", realm=cx.HOME_REALM,
                                    state="registered", registered=True))
    with product.connect("second") as peer:
        request = cx.sar(card.impi, [card.impu], 2, "sip:second.example.net", sender=cx.Sender.on(peer))
        assert result_of(peer.request(request)) == (TGPP, 5005)
        assert f'impi="{card.impi}"' in awaited(product, peer.origin_host, request.command, TGPP, 5005)[0]


def test_what_could_not_be_served_is_logged(product, subscribers):
    card = subscribers.create(schemes=("giba",))
    with product.connect("giba") as peer:
        request = mar(card, peer, scheme="Early-IMS-Security")
        result = result_of(peer.request(request))
        assert result == (0, 5012)
        assert card.impi in awaited(product, peer.origin_host, request.command, *result)[0]


def test_names_are_cut_and_cannot_write_into_the_log(product, subscribers):
    card = subscribers.create()
    evil = 'a b"\n2026-01-01 critical forged reason="x' + "y" * 2000 + f"@{cx.HOME_REALM}"
    with product.connect("evil") as peer:
        answer = peer.request(cx.mar(evil, card.impu, sender=cx.Sender.on(peer)), check=False)
        lines = awaited(product, peer.origin_host, cx.MAR, *result_of(answer))
    assert len(lines) == 1 and len(lines[0]) < 700
    assert "\n2026-01-01 critical forged" not in product.log()
    assert '\\x0a2026-01-01' in lines[0] and '\\"' in lines[0]


# Limits

def refuse(peer, times, build):
    requests = [build(peer, number) for number in range(times)]
    peer.send_many(requests)
    return {result_of(peer.wait(request)) for request in requests}


def test_a_flood_of_one_cause_is_counted_and_hides_no_other(product, subscribers):
    card = subscribers.create()
    with product.connect("flood") as peer, product.connect("bystander") as other:
        assert refuse(peer, 400, lambda one, n: cx.mar(f"u{n}@{cx.HOME_REALM}", card.impu, sender=cx.Sender.on(one))) == {(TGPP, 5001)}
        refused = mar(card, peer, scheme="SIP Digest")
        assert result_of(peer.request(refused)) == (TGPP, 5006)
        assert result_of(other.request(cx.lir(f"sip:rare@{cx.HOME_REALM}", sender=cx.Sender.on(other)))) == (TGPP, 5001)
        awaited(product, peer.origin_host, cx.MAR, TGPP, 5006)          # another cause of the same peer
        awaited(product, other.origin_host, cx.LIR, TGPP, 5001)         # the same code of another peer
        shown = awaited(product, peer.origin_host, cx.MAR, TGPP, 5001)
        assert BURST <= len(shown) <= BURST + 10
        time.sleep(1.1)
        peer.request(cx.mar(f"last@{cx.HOME_REALM}", card.impu, sender=cx.Sender.on(peer)))
        assert eventually(lambda: "last@" in product.log(), 5)
        shown = awaited(product, peer.origin_host, cx.MAR, TGPP, 5001)
    assert sum(int(number) for line in shown for number in re.findall(r"held_back=(\d+)", line)) + len(shown) == 401


def test_a_flood_behind_an_agent_hides_no_other_host_there(product, subscribers):
    card = subscribers.create()
    loud, quiet = (cx.Sender(f"{label}.{cx.HOME_REALM}") for label in ("loud", "quiet"))
    with product.connect(AGENT.partition(".")[0]) as agent:
        assert refuse(agent, 200, lambda one, n: cx.mar(f"u{n}@{cx.HOME_REALM}", card.impu, sender=loud)) == {(TGPP, 5001)}
        agent.request(cx.mar(f"rare@{cx.HOME_REALM}", card.impu, sender=quiet))
        assert eventually(lambda: "rare@" in product.log(), 5, 0.05)
    assert BURST <= len(line_of(product.log(), AGENT, cx.MAR, TGPP, 5001)) <= BURST + 15


def test_a_flood_about_one_avp_hides_no_other_avp(product, subscribers):
    card = subscribers.create()
    with product.connect("avps") as peer:
        assert refuse(peer, 200, lambda one, n: mar(card, one).drop("Public-Identity")) == {(0, 5005)}
        assert result_of(peer.request(mar(card, peer).drop("User-Name"))) == (0, 5005)
        assert eventually(lambda: any("failed_avp=User-Name" in line for line in line_of(product.log(), peer.origin_host, cx.MAR, 0, 5005)),
                          5, 0.05)


@pytest.mark.parametrize("build", [lambda card, peer, n: cx.mar(card.impi, card.impu, sender=cx.Sender(f"u{n}.{cx.HOME_REALM}")),
                                   lambda card, peer, n: cx.mar(card.impi, card.impu, sender=cx.Sender(f"u{n}.{cx.HOME_REALM}")).drop("User-Name"),
                                   lambda card, peer, n: mar(card, peer).add(raw_avp(100000 + n, b"x", mandatory=True))],
                         ids=["hosts", "hosts of what is refused before", "AVPs"])
def test_what_a_peer_makes_up_is_no_cause(product, subscribers, build):
    card = subscribers.create()
    before = product.log().count("request_refused")
    with product.connect("inventive") as peer:
        refuse(peer, 300, lambda one, n: build(card, one, n))
        assert eventually(lambda: product.log().count("request_refused") > before, 5)
    assert product.log().count("request_refused") - before <= BURST + 15


def test_forged_reports_of_many_cards_are_one_cause_and_name_the_peer(product, subscribers):
    cards = [subscribers.create() for _ in range(40)]
    with product.connect("forger") as peer:
        refuse(peer, 40, lambda one, n: mar(cards[n], one, rand=os.urandom(16), auts=os.urandom(14)))
    lines = [line for line in product.log().splitlines() if " resynchronisation " in line and
             any(f"credential={card.credential} " in line for card in cards)]
    assert BURST <= len(lines) <= BURST + 10
    assert all(f'peer="forger.{cx.HOME_REALM}"' in line for line in lines)


def test_one_peer_that_takes_too_many_numbers_is_named_and_counted_once(product, subscribers):
    cards = [subscribers.create() for _ in range(20)]
    with Server(product, "frugal", toml_with(product, {"sqn.burst": 1})) as server, product.connect("greedy", port=server.port) as peer:
        refuse(peer, 100, lambda one, n: mar(cards[n % 20], one))
        lines = [line for line in server.log().splitlines() if "sqn_burst_refused" in line]
    assert BURST <= len(lines) <= BURST + 10
    assert all(f'peer="greedy.{cx.HOME_REALM}"' in line for line in lines)


def knock(product, port, label, **more):
    with pytest.raises(PeerError, match="refused with 3010"):
        product.connect(label, "of.example.org", port=port, timeout=10, **more)


def test_made_up_names_silence_nobody(product):
    """More strangers than any table holds, and then one with a real need, from another address and from the same."""
    with Server(product, "knocked", toml_with(product, {})) as server:
        for number in range(1100):
            knock(product, server.port, f"made-up{number}")
        knock(product, server.port, "honest", source="127.0.0.2")
        assert eventually(lambda: "honest.of.example.org" in server.log(), 5), "silenced by names that somebody made up"
        time.sleep(1.1)
        knock(product, server.port, "neighbour")
        assert eventually(lambda: "neighbour.of.example.org" in server.log(), 5)
        lines = [line for line in server.log().splitlines() if "peer_refused" in line]
    assert len(lines) < 700, "a flood of connections became one of lines"
    assert all("diameter.permit" in line for line in lines)


# Realms

FURTHER = "ims2.example.org"


@pytest.fixture(scope="module")
def two_realms(product):
    with Server(product, "realms", toml_with(product, {"diameter.realms": [FURTHER]})) as server:
        yield server


@pytest.mark.parametrize("realm, result", [(FURTHER, (0, 2001)), (FURTHER.upper(), (0, 2001)), (cx.HOME_REALM, (0, 2001)),
                                           (f"x.{FURTHER}", (0, 3003)), (FURTHER[:-1], (0, 3003)), ("example.org", (0, 3003))])
def test_further_realms_are_served_and_others_not(product, two_realms, subscribers, realm, result):
    card = subscribers.create()
    with product.connect("scscf", port=two_realms.port) as peer:
        request = cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer, destination_realm=realm))
        answer = peer.request(request)
        assert result_of(answer) == result
        if result == (0, 3003):
            assert eventually(lambda: f'realm="{realm}"' in two_realms.log(), 5)


def test_another_host_of_a_further_realm_is_not_reached(product, two_realms, subscribers):
    card = subscribers.create()
    with product.connect("scscf", port=two_realms.port) as peer:
        sender = cx.Sender.on(peer, destination_realm=FURTHER, destination_host=f"other.{FURTHER}")
        assert result_of(peer.request(cx.mar(card.impi, card.impu, sender=sender))) == (0, 3002)
