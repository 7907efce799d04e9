# SPDX-License-Identifier: Apache-2.0
"""Requests that keep coming while something happens to the server, each followed until it is answered or its peer is gone."""

import collections
import threading

import judge
from peer import cx
from peer.connection import PeerError


class Traffic(threading.Thread):
    """One peer in a closed loop: bursts of requests over its cards, until stop() or the connection ends."""

    def __init__(self, connection, cards, burst=32):
        super().__init__(daemon=True)
        self.connection, self.cards, self.burst = connection, cards, burst
        self.outcomes = collections.Counter()
        self.numbers = collections.defaultdict(list)  # SEQ by credential, in order of arrival
        self.lost = 0          # sent, not answered, and the connection ended
        self.silent = 0        # sent, not answered, although the connection lives
        self._ending = threading.Event()
        self._next = 0

    def run(self):
        while not self._ending.is_set() and not self.connection.is_closed:
            cards = [self.cards[(self._next + n) % len(self.cards)] for n in range(self.burst)]
            self._next += self.burst
            sender = cx.Sender.on(self.connection)
            requests = [cx.mar(card.impi, card.impu, sender=sender) for card in cards]
            try:
                self.connection.send_many(requests)
            except PeerError:
                self.lost += len(requests)
                return
            for card, request in zip(cards, requests):
                self._await(card, request)

    def _await(self, card, request):
        try:
            maa = cx.parse_maa(self.connection.wait(request, 15))
        except PeerError:
            self.lost += 1
            return
        except TimeoutError:
            self.silent += 1
            return
        self.outcomes[maa.outcome] += 1
        self.numbers[card.credential] += [judge.seq_of(item, card) for item in maa.items]

    def stop(self):
        self._ending.set()
        self.join()
        return self


def start(connections, cards, **more):
    """One Traffic each, running."""
    loads = [Traffic(connection, cards, **more) for connection in connections]
    for load in loads:
        load.start()
    return loads


def outcomes(loads):
    return sum((load.outcomes for load in loads), collections.Counter())


def repeated(loads, earlier=()):
    """Numbers that were issued twice, by credential."""
    seen = collections.defaultdict(list)
    for load in [*earlier, *loads]:
        for credential, numbers in load.numbers.items():
            seen[credential] += numbers
    return {credential: numbers for credential, numbers in seen.items() if len(numbers) != len(set(numbers))}
