# SPDX-License-Identifier: Apache-2.0
"""An answer leaves only on the connection that its request came from: identifiers of requests belong to a connection."""

import contextlib
import time

import pytest
from client import Caller, again, missing
from held import holding
from peer.checks import result_of
from peer.connection import DWR
from peer.diameter import Message
from support.instance import eventually

COUNT = 50
IDS = [(7000 + n, 9000 + n) for n in range(COUNT)]  # hop-by-hop, end-to-end: the same on both connections
KINDS = {"MAR": ("numbers", Caller.mars), "SAR": ("subscriptions", Caller.sars)}


def was_executed(kind, state):
    return state.seq != 1000 if kind == "MAR" else state.registered


def answers(peer):
    return [Message.decode(frame.data) for frame in peer.arrived if not frame.is_request and frame.command >= 300]


def values(messages, name):
    return {message.value(name) for message in messages}


class Reconnected:
    """A peer that has left with COUNT requests under way, and come back with the same identifiers for other users."""

    def __init__(self, server, product, subscribers, kind, label):
        self.mine, self.others = ([subscribers.create() for _ in range(COUNT)] for _ in range(2))
        rows, self.make = KINDS[kind]
        self.new = None
        self._mine, self._others = (contextlib.ExitStack() for _ in range(2))
        self._mine.enter_context(holding(product, rows, self.mine))
        self._others.enter_context(holding(product, rows, self.others))
        try:
            self._reconnect(server, label)
        except BaseException:
            self.__exit__()
            raise

    def _reconnect(self, server, label):
        self.old = Caller(server, label)
        self.old.send_many(self.make(self.old, self.mine, IDS))
        self.old.request(Message.request(DWR, self.old.origin(), application=0), 10)  # behind them: they are read
        time.sleep(0.5)  # until they wait for the rows
        self.old.abort()
        self.new = again(server, label)
        eventually(lambda: self.new.watchdogs >= 3, 1, 0.01)
        self.requests = self.make(self.new, self.others, IDS)
        self.new.send_many(self.requests)
        time.sleep(0.3)

    def let_go_mine(self):
        self._mine.close()

    def let_go_others(self):
        self._others.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._mine.close()
        self._others.close()
        if self.new:
            self.new.close()


@pytest.mark.parametrize("kind, attempt", [("MAR", 1), ("MAR", 2), ("SAR", 1)])
def test_no_answer_comes_on_another_connection_than_its_request(server, product, subscribers, kind, attempt):
    label = f"owner-{kind.lower()}{attempt}"
    with Reconnected(server, product, subscribers, kind, label) as peer:
        peer.let_go_mine()
        time.sleep(1.5)
        sessions, users = values(peer.requests, "Session-Id"), {card.impi for card in peer.others}
        foreign = [one for one in answers(peer.new) if one.value("Session-Id") not in sessions or one.value("User-Name") not in users]
        assert not foreign, f"{len(foreign)} answers to what the connection before has asked"
        peer.let_go_others()
        decoded = peer.new.answered(peer.requests, 5)
        assert missing(decoded) == 0, f"{missing(decoded)} of {COUNT} requests without an answer"
        assert values(answers(peer.new), "Session-Id") == sessions and values(answers(peer.new), "User-Name") == users
        assert len(answers(peer.new)) == COUNT and peer.new.unexpected == []
    assert sum(was_executed(kind, subscribers.state(card)) for card in peer.mine) <= COUNT
    served = sum(result_of(one) == (0, 2001) for one in decoded)  # a row that is held for long is busy for some
    assert served == sum(was_executed(kind, subscribers.state(card)) for card in peer.others) > 0
    assert server.tells_of([f"{label}."], one_of=("dropped", "unanswered", "without an answer")), \
        f"nothing in the log of {COUNT} requests that were under way when the connection ended"


def test_what_is_executed_and_stays_unanswered_is_no_more_than_was_in_flight(server, subscribers):
    """A peer dies in the middle of its load, again and again: numbers and registrations count against its answers."""
    for attempt in range(5):
        cards = [subscribers.create() for _ in range(COUNT)]
        peer = again(server, "dies")
        before, behind = peer.mars(cards[:25]) + peer.sars(cards[25:30]), peer.mars(cards[30:]) + peer.sars(cards[25:30])
        peer.send_many(before)
        assert missing(peer.answered(before)) == 0, f"attempt {attempt}"
        peer.send_many(behind)
        time.sleep(0.002 * attempt)
        (Caller.abort, Caller.finish)[attempt % 2](peer)
        time.sleep(0.5)
        states = [subscribers.state(card) for card in cards]
        answered = sum(any(frame.hop_by_hop == request.hop_by_hop for frame in peer.arrived) for request in before + behind)
        executed = sum(state.seq - 1000 for state in states) + 5
        assert executed - answered <= len(behind)
        assert all(state.seq == 1001 for state in states[:25])
        assert all(state.seq <= 1001 for state in states), "a number was taken twice for one request"
