# SPDX-License-Identifier: Apache-2.0
"""Peers that send without measure: memory stays bounded and comes back, a good peer hardly notices, threads and descriptors last."""

import json
import signal
import subprocess
import threading
import time

import pytest
import wire
from bare import Bare, cer
from client import Caller, missing
from flood import MIB, Flooder, Memory
from peer.checks import result_of
from peer.connection import PeerError
from peer.cx import HOME_REALM
from support.instance import build_dir, eventually, is_sanitized

LOADGEN = build_dir() / "tests" / "bench" / "loadgen"
ALL_NUMBERS = "SELECT sum(seq) FROM quintet.sqn_state"
GROWS, STAYS = 300, 100  # MiB above what it held before: during a flood, and ten seconds after it


@pytest.fixture(scope="module")
def cards(subscribers):
    return [subscribers.create() for _ in range(100)]


def check_flood(server, product, cards, peers, seconds, most):
    warm_up(server, cards)
    memory = Memory(server)
    floods = [Flooder(server, f"flood{n}", cards, seconds, most) for n in range(peers)]
    for one in floods:
        one.start()
    for one in floods:
        one.join()
    written = sum(one.written for one in floods) / MIB
    for one in floods:
        one.peer.close(reset=True)
    left = time.monotonic()
    rising = last_rise(product, 8) - left
    time.sleep(max(0.0, left + 10 - time.monotonic()))
    after, most_held = (server.resident() - memory.before) / MIB, memory.growth()
    print(f"{written:.0f} MiB written; held {most_held:.0f} MiB more, {after:.0f} after 10 s; numbers rose for {rising:.1f} s")
    assert most_held < GROWS, f"{most_held:.0f} MiB more for {written:.0f} MiB that were written"
    assert after < STAYS, f"{after:.0f} MiB more than before, ten seconds after they had gone"
    assert rising < 2, f"numbers are taken for nobody {rising:.1f} s after the peers have gone"
    warm_up(server, cards)


def warm_up(server, cards):
    """It is well, and has what it needs for such requests."""
    with Caller(server, "well") as peer:
        requests = peer.mars(cards)
        peer.send_many(requests)
        assert missing(peer.answered(requests)) == 0


def last_rise(product, seconds):
    """When numbers were last seen to rise, in a time of so many seconds."""
    last, known, end = time.monotonic(), product.value(ALL_NUMBERS), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.2)
        now = product.value(ALL_NUMBERS)
        if now != known:
            last, known = time.monotonic(), now
    return last


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what was freed")
def test_memory_stays_bounded_under_a_flood(fresh, product, cards):
    check_flood(fresh(), product, cards, peers=8, seconds=3, most=16 * MIB)


@pytest.mark.slow
@pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what was freed")
def test_memory_stays_bounded_under_a_flood_of_fifty_peers(fresh, product, cards):
    check_flood(fresh(), product, cards, peers=50, seconds=8, most=20 * MIB)


# Fairness

LONG_QUEUE = {"diameter.queue": 8192}
AHEAD = 2048  # vectors for others while a request waits: some batches are at work; behind the whole queue it would be 8,192 and more


class Good(threading.Thread):
    """One request at a time, over and over: how many vectors others had meanwhile, and what was said."""

    def __init__(self, server, product, cards, seconds):
        super().__init__(daemon=True)
        self.peer, self.product, self.cards, self.seconds = Caller(server, "good"), product, cards, seconds
        self.ahead, self.results = [], set()

    def run(self):
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            request = self.peer.mars([self.cards[len(self.ahead) % len(self.cards)]])[0]
            before = self.product.value(ALL_NUMBERS)
            try:
                self.results.add(result_of(self.peer.request(request, 5)))
            except (TimeoutError, PeerError) as error:
                self.results.add(type(error).__name__)
            self.ahead.append(self.product.value(ALL_NUMBERS) - before)


def check_good(good):
    """No figure of time, which is for tests/bench/run: what counts is who was served before it."""
    good.join()
    good.peer.close()
    assert good.results == {(0, 2001)}
    ahead = sorted(good.ahead)
    print(f"{len(ahead)} requests; vectors for others meanwhile: median {ahead[len(ahead) // 2]}, at most {ahead[-1]}")
    assert ahead[int(len(ahead) * 0.99)] < AHEAD


def test_a_good_peer_hardly_notices_one_that_keeps_thousands_in_flight(fresh, product, cards):
    server = fresh(LONG_QUEUE)
    warm_up(server, cards)
    command = [LOADGEN, "--port", server.port, "--connections", 1, "--window", 10000, "--duration", 4, "--command", "mar",
               "--subscribers", len(cards), "--first-number", cards[0].number, "--impi", f"it.%llu@{HOME_REALM}",
               "--impu", f"sip:it.%llu@{HOME_REALM}", "--name", "greedy"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as flood:
        time.sleep(0.5)
        good = Good(server, product, cards, 3)
        good.start()
        out = flood.communicate(timeout=60)[0]
    print(json.loads(out)["results"])
    check_good(good)


def test_a_good_peer_hardly_notices_one_that_reads_nothing(fresh, product, cards):
    server = fresh(LONG_QUEUE)
    warm_up(server, cards)
    flood = Flooder(server, "deaf", cards, 4, 64 * MIB)
    flood.start()
    time.sleep(0.5)
    good = Good(server, product, cards, 3)
    good.start()
    check_good(good)
    flood.join()
    flood.peer.close(reset=True)


# Threads and descriptors

def connected(server, label):
    peer = Bare(server.port, f"{label}.{HOME_REALM}")
    assert wire.result_code(peer.request(cer(peer.host))) == 2001
    return peer


def test_three_hundred_peers_need_few_threads(fresh):
    server = fresh()
    before = server.threads()
    peers = [connected(server, f"many{n}") for n in range(300)]
    grown = server.threads() - before
    for peer in peers:
        peer.close()
    assert grown < 2.1 * len(peers), f"{grown} threads more for {len(peers)} peers"
    assert eventually(lambda: server.threads() < before + 20, 10), f"{server.threads() - before} threads more after they have gone"


def test_connections_cannot_take_the_descriptors_of_database_and_log(fresh, product, cards, tmp_path):
    log = tmp_path / "quintet.log"
    others = [pid for pid, in product.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'quintet'")]
    server = fresh({"log.file": str(log)}, limits=["--nofile=256:256"])
    with Caller(server, "first") as first:
        peers = []
        try:
            for n in range(400):
                peers.append(connected(server, f"taker{n}"))
        except (OSError, AssertionError, TypeError, wire.Closed):
            pass
        print(f"{len(peers)} connections, {server.descriptors()} descriptors")
        product.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'quintet' AND pid <> ALL (%s)", [others])
        log.rename(tmp_path / "rotated.log")
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: answered_well(first, cards[0]), 10, 0.3), "the database cannot be reached any more"
        assert eventually(log.exists, 5), "the log cannot be opened anew, with the first line that has to be written"
        with pytest.raises((OSError, AssertionError, TypeError, wire.Closed)):
            for n in range(30):  # the database has given some back, for a moment
                peers.append(connected(server, f"late{n}"))
        for peer in peers:
            peer.close()
    assert peers, "nobody could connect"
    words = (tmp_path / "rotated.log").read_text(encoding="utf-8") + log.read_text(encoding="utf-8")
    assert "descriptor" in words or "Too many open files" in words, "no line of the log tells of connections that were closed"
    assert eventually(lambda: enters(server), 10), "nobody can connect after they have gone"


def answered_well(peer, card):
    request = peer.mars([card])
    peer.send_many(request)
    answer = peer.answered(request, 3)[0]
    return answer is not None and result_of(answer) == (0, 2001)


def enters(server):
    try:
        Caller(server, "again", timeout=2).close()
    except OSError:
        return False
    return True
