# SPDX-License-Identifier: Apache-2.0
"""Draws first messages of connections, most of them CERs with faults, and holds that each is answered or closed in time."""

import collections
import time

import mutate
import wire
from bare import Bare, cer, cer_avps
from failure import Failure
from peer.cx import HOME_REALM
from wire import avp

CODES = (257, 258, 259, 260, 263, 264, 265, 266, 267, 268, 269, 278, 279, 284, 296, 299, 99999)
VALUES = (b"", b"\0", b"\0\1\x7f\0\0\1", b"\0\2" + bytes(16), b"\0\0\x28\xaf", b"\xff" * 4, b"name.test", b"a b\n", "ü.test".encode(),
          b"x" * 300, b"x" * 5000)
FLAGS = (0x40, 0x40, 0x00, 0x20, 0x60)
SILENCE = 15  # seconds after which a connection without a whole message must be closed


class Fuzzer:
    """One connection a step."""

    def __init__(self, server, rng, _cards, patience):
        self.server, self.random, self.patience = server, rng, patience
        self.count = 0
        self.codes = collections.Counter()
        self._last = collections.deque(maxlen=3)

    def step(self):
        self.count += 1
        host = f"f{self.count}.{HOME_REALM}"
        raw, parts = self._first_message(host)
        self._last.append(raw.hex())
        with self._connect(host) as peer:
            self._send(peer, raw)
            if parts:
                self._must_answer(peer, raw)
            else:
                self._may_answer(peer)

    def _connect(self, host):
        try:
            return Bare(self.server.port, host, f"127.0.10.{self.random.randrange(1, 200)}", self.patience)
        except OSError as error:
            raise Failure(f"cannot connect: {error}") from error

    def _first_message(self, host):
        """Octets, and whether they can be cut into AVPs of a CER, so that there must be a CEA."""
        kind = self.random.random()
        if kind < 0.6:
            return self._of_avps(host), True
        bases = [cer(host), wire.message(wire.DWR, 0, wire.REQUEST, [avp(264, host), avp(296, HOME_REALM)])]
        if kind < 0.95:
            return mutate.damage(self.random, self.random.choice(bases), self.random.choice(bases)), False
        return self.random.randbytes(self.random.choice((1, 4, 19, 20, 40, 2000))), False

    def _of_avps(self, host):
        pick = self.random.choice
        avps = list(cer_avps(host).values())
        for _ in range(pick((1, 1, 2, 3, 8))):
            change = pick(("drop", "double", "add", "value", "inside", "shuffle"))
            if change == "drop" and avps:
                avps.pop(self.random.randrange(len(avps)))
            elif change == "double" and avps:
                avps.insert(self.random.randrange(len(avps)), pick(avps))
            elif change == "shuffle":
                self.random.shuffle(avps)
            elif change == "inside":
                avps.append(avp(pick((260, 279, 284, 297)), b"".join(self._any() for _ in range(pick((0, 1, 3))))))
            else:
                avps.insert(self.random.randrange(len(avps) + 1), self._any())
        return wire.message(wire.CER, 0, wire.REQUEST, avps)

    def _any(self):
        pick = self.random.choice
        return avp(pick(CODES), pick(VALUES), vendor=pick((0, 0, 0, 10415, 7)), flags=pick(FLAGS))

    def _send(self, peer, raw):
        """In one piece or in two, some with more behind it."""
        cut = self.random.choice((0, 0, 1, 4, 20, len(raw) // 2))
        try:
            peer.send(raw[:cut])
            if cut:
                time.sleep(self.random.choice((0, 0.001, 0.02)))
            peer.send(raw[cut:] + self.random.choice((b"", b"", b"\0" * 8, peer.names.dwr(peer.host))))
        except wire.Closed:
            pass  # what it says is read nevertheless

    def _must_answer(self, peer, raw):
        try:
            answer = peer.receive()
        except wire.Closed:
            raise Failure("a CER that can be parsed got no CEA") from None
        if answer is None:
            raise Failure(f"a CER got no CEA within {self.patience} s")
        flags, code, _, hop, _ = wire.header(answer)
        if flags & wire.REQUEST or code != wire.CER or hop != wire.header(raw)[3] or not wire.result_code(answer):
            raise Failure(f"this is no answer to it: {answer.hex()}")
        result = wire.result_code(answer)
        self.codes[result] += 1
        if result != 2001 and not peer.is_closed(self.patience):
            raise Failure(f"the connection stays open behind {result}")

    def _may_answer(self, peer):
        """Damaged: a CEA, the end of the connection, or nothing while it waits for the rest."""
        try:
            answer = peer.receive(0.02)
        except wire.Closed:
            self.codes["closed"] += 1
            return
        self.codes[wire.result_code(answer) if answer else "waits"] += 1

    def finish(self):
        """Those that wait for the rest of a message do not wait for ever."""
        with self._connect(f"last.{HOME_REALM}") as peer:
            peer.send(b"\1\0\1\0\x80")
            if not peer.is_closed(SILENCE):
                raise Failure(f"half a message keeps a connection open for {SILENCE} s")

    def last(self):
        return self._last

    def summary(self):
        return f"{self.count} first messages, {dict(self.codes.most_common())}"
