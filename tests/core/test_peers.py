# SPDX-License-Identifier: Apache-2.0
"""Peers that die without a word, live on watchdogs alone, or tell in a watchdog that they were started anew."""

import re
import threading
import time

import pytest
import wire
from bare import Bare, cer
from client import LOST, Caller, again, missing
from peer import cx
from peer.connection import PeerError
from peer.cx import HOME_REALM
from server import CoreServer
from support.instance import ROOT, build_dir, is_sanitized
from wire import avp

TAKES_OVER = 4  # seconds: two for the probe, and some
HURRY = 300     # how much faster time runs for freeDiameter in the test of the hour
HOUR = 3600
SLOW_TW = 60    # seconds of that hurried time: a fifth of a second to answer a watchdog


@pytest.fixture(scope="module")
def cards(subscribers):
    return [subscribers.create() for _ in range(10)]


class HalfDead(Bare):
    """A peer whose machine has lost its power: its connection stands, and nothing comes from it."""

    def __init__(self, server, label):
        host = f"{label}.{HOME_REALM}"
        super().__init__(server.port, host)
        assert wire.result_code(self.request(cer(host))) == 2001


def newcomer(server, label):
    """A second connection of that name, and the seconds that its CEA took."""
    started = time.monotonic()
    peer = Caller(server, label, timeout=TAKES_OVER + 2)
    return peer, time.monotonic() - started


def refusal(server, label):
    """Why a second connection of that name is refused."""
    with pytest.raises(PeerError) as caught:
        Caller(server, label, timeout=TAKES_OVER + 2).close()
    return str(caught.value)


# A name that connects anew

@pytest.mark.parametrize("before", ["open", "returned"])
def test_a_dead_connection_makes_room_for_the_next(server, cards, before):
    label = f"powerless-{before}"
    if before == "returned":  # in REOPEN
        Caller(server, label).abort()
        time.sleep(0.2)
    old = HalfDead(server, label)
    peer, took = newcomer(server, label)
    with peer:
        assert took < TAKES_OVER
        requests = peer.mars(cards)
        peer.send_many(requests)
        assert missing(peer.answered(requests)) == 0
    assert old.is_closed(2), "the dead connection is kept"


def test_what_was_under_way_on_the_dead_connection_comes_on_no_other(server, cards):
    old = HalfDead(server, "powerless-busy")
    host = f"powerless-busy.{HOME_REALM}"
    for card in cards:
        old.send(old.names.cx(wire.MAR, host, user=card.impi))
    with newcomer(server, "powerless-busy")[0] as peer:
        time.sleep(1)
        assert [frame for frame in peer.arrived if not frame.is_request] == [peer.arrived[0]], "more than the CEA"
    old.close()


def test_others_enter_while_a_connection_is_probed(server):
    old = HalfDead(server, "powerless-slow")
    taken = []

    def take_over():
        peer, took = newcomer(server, "powerless-slow")
        taken.append(took)
        peer.close()

    held = threading.Thread(target=take_over)
    held.start()
    time.sleep(0.3)
    for n in range(10):
        assert newcomer(server, f"passes{n}")[1] < 1
        time.sleep(0.05)
    held.join()
    assert taken and taken[0] < TAKES_OVER
    old.close()


def test_of_many_that_claim_the_name_of_a_dead_one_one_gets_it(server):
    old = HalfDead(server, "claimed")
    got = []

    def claim():
        try:
            got.append(Caller(server, "claimed", timeout=TAKES_OVER + 2))
        except OSError:
            pass

    claims = [threading.Thread(target=claim) for _ in range(5)]
    for one in claims:
        one.start()
    for one in claims:
        one.join()
    time.sleep(0.5)
    assert sum(not peer.is_closed for peer in got) == 1
    for peer in got:
        peer.close()
    old.close()


@pytest.mark.parametrize("watchdog", [0.0, 1.0])
def test_a_living_connection_stays_and_is_seldom_probed(server, cards, watchdog):
    """Whoever knows a name can have its owner probed, but not without end."""
    label = f"alive{watchdog}".replace(".", "-")
    with Caller(server, label, watchdog=watchdog) as old:
        for _ in range(20 if watchdog == 0 else 4):
            assert "5012" in refusal(server, label)
        assert 1 <= len(old.asked) <= 5, f"{len(old.asked)} watchdogs: it is probed first, and not each time"
        requests = old.mars(cards)
        old.send_many(requests)
        assert missing(old.answered(requests)) == 0 and not old.is_closed
    assert server.told(f"{label}.{HOME_REALM}", "127.0.0.1"), "no line of the log tells of the refusals"


@pytest.mark.parametrize("file", ["written by the quickstart", "the sample"])
def test_the_watchdog_interval_is_chosen(product, file):
    """RFC 3539 3.4.1 recommends 30 s; a dead peer is then noticed after 90 and more."""
    path = ROOT / "deploy" / "samples" / "freediameter.conf" if file == "the sample" else product.var / "freediameter.conf"
    chosen = re.search(r"^TwTimer = (\d+);", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert chosen and 6 <= int(chosen[1]) < 30


# Watchdogs

@pytest.mark.parametrize("first, then", [(1, 2), (5, 4), (None, 3)])
def test_a_watchdog_of_a_peer_that_was_started_anew_is_answered(server, cards, first, then):
    """A hint for whoever keeps state (RFC 6733 8.16), and no error."""
    host = f"restarted{then}.{HOME_REALM}"
    with Bare(server.port, host) as peer:
        assert wire.result_code(peer.request(cer(host, extra=() if first is None else (avp(278, first),)))) == 2001
        for state in (then, then, then + 10):
            watchdog = wire.message(wire.DWR, 0, wire.REQUEST, [*peer.names.origin(host), avp(278, state)])
            answer = peer.request(watchdog)
            assert answer is not None and wire.result_code(answer) == 2001
        good = peer.request(peer.names.cx(wire.MAR, host, user=cards[0].impi))
        assert good is not None


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer wants to be the first that is preloaded")
def test_who_lives_on_watchdogs_alone_is_not_sent_away(product):
    """An hour of freeDiameter's time, counted in its watchdogs."""
    shim = {"LD_PRELOAD": str(build_dir() / "tests" / "libhurried_clock.so"), "QUINTET_HURRY": str(HURRY)}
    with CoreServer(product, "hurried", f"TwTimer = {SLOW_TW};\n", environment=shim) as hurried:
        with Caller(hurried, "quiet") as peer:
            enough = HOUR / (SLOW_TW - 2) + 10
            deadline = time.monotonic() + 4 * HOUR / HURRY
            while len(peer.asked) < enough and not peer.is_closed and time.monotonic() < deadline:
                time.sleep(0.1)
            assert not peer.is_closed and not peer.said_goodbye, \
                f"sent away after {len(peer.asked)} watchdogs, that is {len(peer.asked) * SLOW_TW} s"
            assert len(peer.asked) >= enough, f"only {len(peer.asked)} watchdogs: is the time not hurried?"
