# SPDX-License-Identifier: Apache-2.0
"""Every request gets exactly one answer as long as its connection lives, whatever state freeDiameter has given the peer."""

import threading
import time

import pytest
from client import LOST, Caller, again, missing
from held import holding
from peer.connection import PeerError
from server import JITTER, TW, CoreServer
from support.instance import eventually

ENDS = {"FIN": Caller.finish, "RST": Caller.abort}
WATCHDOGS = {"prompt": 0.0, "delayed": 0.05, "late": 1.5, "lost": LOST}


@pytest.fixture(scope="module")
def cards(subscribers):
    return [subscribers.create() for _ in range(50)]


def check_answered(peer, requests, seconds=5):
    """Each of the requests, sent in one go, has one answer, and no other answer comes."""
    peer.send_many(requests)
    answers = peer.answered(requests, seconds)
    lost = [request.name for request, answer in zip(requests, answers) if answer is None]
    assert not lost, f"{len(lost)} of {len(requests)} requests without an answer: {sorted(set(lost))}; closed: {peer.is_closed}"
    time.sleep(0.05)
    assert peer.unexpected == []


class Suspect(threading.Thread):
    """A peer that answers no watchdog until it is in SUSPECT, and what then comes of `act`."""

    def __init__(self, server, label, act):
        super().__init__(daemon=True)
        self.server, self.act, self.error = server, act, "it has not come so far"
        self.peer = Caller(server, label, watchdog=LOST)

    def run(self):
        try:
            assert self.server.says("-> 'STATE_SUSPECT'", f"'{self.peer.label}.", seconds=2 * (TW + JITTER) + 2), "it was never in SUSPECT"
            self.act(self.peer)
            self.error = ""
        except (AssertionError, OSError) as error:
            self.error = str(error) or repr(error)
        finally:
            self.peer.close()

    def check(self):
        self.join(60)
        assert not self.error, self.error


def ask_on(cards):
    """Requests of every kind, and one a second for longer than SUSPECT lasts."""
    def act(peer):
        check_answered(peer, peer.one_of_each(cards[0]))
        for card in cards[1:TW + JITTER + 4]:
            check_answered(peer, peer.mars([card]), 2)
            time.sleep(1)
        assert not peer.is_closed
    return act


def answer_late(cards):
    """The watchdog is answered at last, and everything is as before."""
    def act(peer):
        peer.watchdog = 0.0
        peer.answer(peer.unanswered())
        assert not peer.wait_closed(TW + JITTER + 2), "closed, although the watchdog was answered in SUSPECT"
        check_answered(peer, peer.one_of_each(cards[0]))
    return act


def ask_once(cards):
    """One request brings it back: it is not closed when SUSPECT would have ended."""
    def act(peer):
        peer.watchdog = 0.0
        peer.answer(peer.unanswered())
        check_answered(peer, peer.mars(cards[:1]))
    return act


@pytest.fixture(scope="module", autouse=True)
def suspects(server, subscribers):
    """They run beside the other tests: SUSPECT takes two watchdog intervals to come."""
    found = {act.__name__: Suspect(server, f"susp{n}", act([subscribers.create() for _ in range(TW + JITTER + 4)]))
             for n, act in enumerate((ask_on, answer_late, ask_once))}
    for one in found.values():
        one.start()
    return found


def test_who_is_open_is_answered(server, cards):
    with Caller(server, "opened") as peer:
        check_answered(peer, peer.one_of_each(cards[0]))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("watchdog", WATCHDOGS)
def test_who_comes_back_is_answered(server, cards, watchdog, end):
    """RFC 3539 3.4.1 wants three watchdogs before *we* send such a peer requests; its own are answered at once."""
    label = f"back-{watchdog}-{end.lower()}"
    peer = Caller(server, label)
    for _ in range(4 if watchdog in ("prompt", "delayed") else 1):
        ENDS[end](peer)
        peer = again(server, label, watchdog=WATCHDOGS[watchdog])
        check_answered(peer, peer.mars(cards), 3)
        check_answered(peer, peer.one_of_each(cards[0]), 3)
    peer.close()


def test_who_comes_back_is_answered_while_its_watchdogs_are_late(server, cards):
    """Requests over the whole of REOPEN and beyond."""
    Caller(server, "spread").abort()
    with again(server, "spread", watchdog=0.3) as peer:
        requests = peer.mars(cards[:40])
        for request in requests:
            peer.send(request)
            time.sleep(0.05)
        answers = peer.answered(requests, 3)
        assert missing(answers) == 0, f"{missing(answers)} of {len(requests)} requests without an answer"
        assert len(peer.asked) >= 3 and peer.unexpected == []


def test_what_was_asked_before_its_goodbye_is_answered(server, cards):
    """In one write with it; the Disconnect-Peer-Answer comes behind the answers that were ready."""
    for _ in range(5):
        peer = Caller(server, "leaves")
        requests, goodbye = peer.mars(cards), peer.goodbye()
        peer.send_many([*requests, goodbye])
        answers = peer.answered([*requests, goodbye], 3)
        assert answers[-1] is not None, "the good-bye has no answer"
        assert missing(answers) == 0, f"{missing(answers)} of {len(requests)} requests without an answer"
        assert peer.unexpected == []
        assert peer.wait_closed(15)


def test_what_is_held_up_at_its_goodbye_is_answered(server, product, cards):
    peer = Caller(server, "leaves-held")
    requests, goodbye = peer.mars(cards[:20]), peer.goodbye()
    with holding(product, "numbers", cards[:20]):
        peer.send_many([*requests, goodbye])
        time.sleep(0.4)
    answers = peer.answered([*requests, goodbye], 3)
    assert missing(answers) == 0, f"{missing(answers)} of {len(answers)} without an answer"
    assert peer.unexpected == []


def test_what_comes_behind_a_goodbye_is_not_executed_without_an_answer(server, subscribers):
    card = subscribers.create()
    peer = Caller(server, "leaves-and-asks")
    behind = peer.mars([card] * 20)
    peer.send_many([peer.goodbye(), *behind])
    peer.wait_closed(15)
    answers = [peer.answered([request], 0.01)[0] for request in behind]
    assert subscribers.state(card).seq - 1000 <= len(answers) - missing(answers), "numbers were taken for nobody"


def test_what_is_under_way_when_we_end_is_answered(product, subscribers):
    """As many as no queue for answers holds; the lock goes after we have said good-bye."""
    cards = [subscribers.create() for _ in range(50)]
    with CoreServer(product, "ends") as ending:
        peers = [Caller(ending, f"stays{n}") for n in range(3)]
        again_open = Caller(ending, "returned")
        again_open.abort()
        peers.append(again(ending, "returned", watchdog=LOST))  # in REOPEN
        asked = [(peer, peer.mars(cards)) for peer in peers]
        with holding(product, "numbers", cards):
            for peer, requests in asked:
                peer.send_many(requests)
            time.sleep(0.5)
            ending.process.terminate()
            assert eventually(lambda: all(peer.said_goodbye for peer in peers), 5), [peer.said_goodbye for peer in peers]
        for peer, requests in asked:
            answers = peer.answered(requests, 5)
            assert missing(answers) == 0, f"{peer.label}: {missing(answers)} of {len(requests)} requests without an answer"
        assert ending.process.wait(10) == 0


def test_a_request_that_crosses_our_goodbye_is_answered_or_not_executed(product, subscribers):
    cards = [subscribers.create() for _ in range(3)]
    with CoreServer(product, "crossed") as ending:
        peers = [Caller(ending, f"crosses{n}") for n in range(3)]
        ending.process.terminate()
        asked = []
        for peer, card in zip(peers, cards):
            eventually(lambda one=peer: one.said_goodbye, 5, 0.001)
            requests = peer.mars([card] * 5)
            try:
                peer.send_many(requests)
            except PeerError:
                pass  # gone already, and nothing of it was sent
            asked.append((peer, requests))
        for (peer, requests), card in zip(asked, cards):
            answers = peer.answered(requests, 3)
            assert subscribers.state(card).seq - 1000 <= len(answers) - missing(answers), "numbers were taken for nobody"


def test_who_is_suspect_and_asks_is_answered_and_open_again(suspects):
    suspects["ask_on"].check()


def test_who_is_suspect_and_answers_late_is_open_again(suspects):
    suspects["answer_late"].check()


def test_who_is_suspect_and_does_both_is_answered(suspects):
    suspects["ask_once"].check()
