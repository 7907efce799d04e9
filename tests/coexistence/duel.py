# SPDX-License-Identifier: Apache-2.0
"""One card that two AuCs authenticate, each without knowing of the other: Quintet over the wire, and a neighbour by its rule."""

import contextlib
import os
from collections import Counter

from peer import cx, zh
from peer.milenage import xor
from peer.results import SUCCESS
from peer.usim import Accepted, SyncFailure
from rules import IND_BITS

EPS_AMF = bytes.fromhex("8000")  # TS 33.102 Annex H: the separation bit is 1 in vectors for EPS
MOST_TRIES = 10                  # of one authentication, which then has failed
LONGEST_BURST = 12
UNUSED = 0.1                     # share of vectors that no card ever sees
GBA = 0.1                        # share of bursts of Quintet that a BSF asks for


class Neighbour:
    """The AuC of another HSS: the key of the card, and an SQN by its rule."""

    def __init__(self, rule, milenage):
        self.rule, self.milenage, self.sqn = rule, milenage, rule.first

    def vector(self):
        rand, sqn = os.urandom(16), self.sqn.to_bytes(6, "big")
        self.sqn = self.rule.step(self.sqn)
        return rand, self.milenage.autn(rand, sqn, EPS_AMF)

    def resynchronise(self, rand, auts):
        """TS 33.102 6.3.5; what SQN_MS does to the SQN is the rule's affair."""
        sqn_ms = xor(auts[:6], self.milenage.f5_star(rand))
        assert self.milenage.f1_star(rand, sqn_ms) == auts[6:]
        self.sqn = self.rule.adopt(int.from_bytes(sqn_ms, "big"), self.sqn)


class Duel:
    """`counts`: authentications that succeeded, and resynchronisations by whose vector the card refused."""

    def __init__(self, subscriber, rule, share, dice, **usim):
        self.subscriber, self.share, self.dice = subscriber, share, dice
        self.connections = None  # to Quintet: of the S-CSCF, and of a BSF or None
        self.usim = subscriber.usim(ind_bits=IND_BITS, **usim)
        self.neighbour = Neighbour(rule, self.usim.milenage)
        self.counts = Counter()

    def take_advice(self, rule, seq, given):
        """What an operator does: both go on above all that either has issued."""
        self.neighbour.rule, self.neighbour.sqn = rule, (seq + 1) << IND_BITS | given
        self.counts = Counter()

    def highest_seq(self, own):
        return max(own, self.neighbour.sqn >> IND_BITS)

    def life(self, authentications):
        """Yields (connection, request) and takes the answer, until so many authentications have succeeded. Quintet begins."""
        asks_quintet = True
        while self.counts["done"] < authentications:
            for _ in range(self.dice.randint(1, LONGEST_BURST)):
                if asks_quintet:
                    yield from self._by_quintet()
                else:
                    self._by_neighbour()
            asks_quintet = self.dice.random() >= self.share

    def _present(self, vector, whose):
        """RAND and AUTS when the card refuses; None when it accepts, or never sees the vector."""
        if self.dice.random() < UNUSED:
            return None
        outcome = self.usim.authenticate(*vector)
        if isinstance(outcome, Accepted):
            self.counts["done"] += 1
            return None
        assert isinstance(outcome, SyncFailure), outcome
        self.counts[whose] += 1
        return vector[0], outcome.auts

    def _by_neighbour(self):
        for _ in range(MOST_TRIES):
            refused = self._present(self.neighbour.vector(), "neighbour")
            if refused is None:
                return
            self.neighbour.resynchronise(*refused)

    def _by_quintet(self):
        scscf, bsf = self.connections
        asks_bsf = bsf is not None and self.dice.random() < GBA
        failure = {}
        for _ in range(MOST_TRIES):
            answer = yield (bsf, self._zh_mar(bsf, **failure)) if asks_bsf else (scscf, self._cx_mar(scscf, **failure))
            refused = self._present(_vector_in(answer), "quintet")
            if refused is None:
                return
            failure = dict(zip(("rand", "auts"), refused, strict=True))

    def _zh_mar(self, connection, **failure):
        return zh.mar(self.subscriber.impi, sender=cx.Sender.on(connection), **failure)

    def _cx_mar(self, connection, **failure):
        return cx.mar(self.subscriber.impi, self.subscriber.impu, sender=cx.Sender.on(connection), **failure)


def _vector_in(answer):
    maa = cx.parse_maa(answer)
    assert (maa.message.value("Result-Code"), maa.message.value("Experimental-Result")) == (SUCCESS[1], None), maa.outcome
    return maa.items[0].rand, maa.items[0].autn


def fight(duels, authentications):
    """All duels at once, a request of each at a time, so that the servers get batches."""
    asked = {}  # life: (connection, request)
    for life in [duel.life(authentications) for duel in duels]:
        asked[life] = next(life)
    while asked:
        for connection in {connection for connection, _ in asked.values()}:
            connection.send_many([request for to, request in asked.values() if to is connection])
        answers = [(life, connection.wait(request)) for life, (connection, request) in asked.items()]
        asked = {}
        for life, answer in answers:
            with contextlib.suppress(StopIteration):
                asked[life] = life.send(answer)
