# SPDX-License-Identifier: Apache-2.0
"""Draws the lives of peers: a few names that connect, ask, fall silent, break off and come back in any order."""

import collections
import time

import mutate
import wire
from bare import Bare, cer
from failure import Failure
from peer import cx
from peer.cx import HOME_REALM
from wire import avp

NAMES = 5
MOST = 3  # connections of one name at a time
MUST_ANSWER = (wire.DWR, wire.UAR, wire.MAR, wire.SAR, wire.LIR)


class Connection(Bare):
    """A connection with what is owed to it: an answer to each good request, while both sides have kept to the rules."""

    def __init__(self, port, host, patience):
        super().__init__(port, host, wait=patience)
        self.owed = {}            # hop-by-hop of a request: when it was sent
        self.sessions = {}        # hop-by-hop: Session-Id
        self.asked = []           # watchdogs and good-byes of the server that were not answered
        self.is_open = False      # a CEA with 2001 has come
        self.is_clean = True      # nothing was sent that may end it
        self.is_polite = False    # it does nothing but ask and answer, and that for a while


class Fuzzer:
    """Each step is something that one of the peers does; then all hear what has come."""

    def __init__(self, server, rng, cards, patience):
        self.server, self.random, self.cards, self.patience = server, rng, cards, patience
        self.hosts = [f"life{n}.{HOME_REALM}" for n in range(NAMES)]
        self.connections = []
        self.done, self.results = collections.Counter(), collections.Counter()
        self._last = collections.deque(maxlen=60)
        self._kind = (self._ask, self._answer, self._watchdog, self._connect, self._wait)
        self._actions = [*[self._connect] * 4, *[self._ask] * 10, *[self._answer] * 4, *[self._break_off] * 2, self._watchdog,
                         self._goodbye, self._capabilities_again, self._wrong_answer, self._damage, self._ask_and_break_off, self._wait]

    def step(self):
        action = self.random.choice(self._actions)
        one = self.random.choice(self.connections) if self.connections else None
        if one is None and action not in (self._connect, self._wait):
            return
        if one and one.is_polite and action not in self._kind and self.random.random() < 0.97:
            return
        self.done[action.__name__.lstrip("_")] += 1
        self._last.append(f"{time.monotonic():.3f} {action.__name__.lstrip('_')} {one.host.split('.')[0] if one else ''}"
                          f" {self.connections.index(one) if one else ''}")
        try:
            action(one)
        except wire.Closed:
            self._forget(one)
        self._hear_all()

    # What peers do

    def _connect(self, _):
        host = self.random.choice(self.hosts)
        if sum(one.host == host for one in self.connections) >= MOST:
            return
        try:
            new = Connection(self.server.port, host, self.patience)
        except OSError as error:
            raise Failure(f"cannot connect: {error}") from error
        new.is_polite = self.random.random() < 0.7
        self.connections.append(new)
        self._put(new, cer(host))

    def _ask(self, one):
        for _ in range(self.random.choice((1, 1, 3, 30))):
            card = self.random.choice(self.cards)
            sender = cx.Sender(one.host, HOME_REALM)
            make = self.random.choice((cx.mar, cx.uar))
            request = make(card.impi, card.impu, sender=sender, hop_by_hop=self.random.choice((7, 8, self.random.getrandbits(32))))
            if request.hop_by_hop in one.owed:
                continue
            if one.is_open and one.is_clean:
                one.owed[request.hop_by_hop] = time.monotonic()
                one.sessions[request.hop_by_hop] = request.value("Session-Id").encode()
            else:
                one.is_clean = False  # it may be closed for that
            self._put(one, request.encode())

    def _watchdog(self, one):
        raw = wire.message(wire.DWR, 0, wire.REQUEST, [*one.names.origin(one.host), avp(278, self.random.randrange(5))])
        if one.is_open and one.is_clean:
            one.owed[wire.header(raw)[3]] = time.monotonic()
        else:
            one.is_clean = False
        self._put(one, raw)

    def _answer(self, one):
        while one.asked:
            raw = one.asked.pop()
            self._put(one, one.dwa(raw, code=wire.header(raw)[1]))
            one.is_clean = one.is_clean and wire.header(raw)[1] == wire.DWR

    def _goodbye(self, one):
        one.is_clean = False
        self._put(one, one.names.dpr(one.host, self.random.randrange(3)))

    def _capabilities_again(self, one):
        one.is_clean = False
        self._put(one, cer(one.host))

    def _wrong_answer(self, one):
        one.is_clean = False
        code = self.random.choice((wire.DWR, wire.CER, wire.DPR, wire.MAR))
        self._put(one, wire.message(code, wire.CX if code == wire.MAR else 0, self.random.choice((0, wire.ERROR)),
                                    [avp(263, "a;1;1"), avp(268, 2001), *one.names.origin(one.host)]))

    def _damage(self, one):
        one.is_clean = False
        bases = [cer(one.host), one.names.dwr(one.host), one.names.cx(wire.MAR, one.host), one.names.dpr(one.host, 0)]
        self._put(one, mutate.damage(self.random, self.random.choice(bases), self.random.choice(bases)))

    def _break_off(self, one):
        one.close(reset=self.random.random() < 0.5)
        self.connections.remove(one)

    def _ask_and_break_off(self, one):
        self._ask(one)
        self._break_off(one)

    def _wait(self, _):
        time.sleep(self.random.choice((0.001, 0.01, 0.1, 0.5)))

    # What comes

    def _put(self, one, raw):
        one.send(raw)

    def _forget(self, one):
        """The server has closed it, or it broke."""
        if one in self.connections:
            self.connections.remove(one)
            one.sock.close()

    def _hear_all(self):
        for one in list(self.connections):
            try:
                while raw := one.receive(0.001):
                    self._hear(one, raw)
            except wire.Closed:
                self._forget(one)
                continue
            late = [hop for hop, sent in one.owed.items() if time.monotonic() > sent + self.patience]
            if late and one.is_clean:
                one.is_clean = False
                raise Failure(f"{len(late)} requests of {one.host} have no answer after {self.patience} s, and its connection lives")

    def _hear(self, one, raw):
        flags, code, _, hop, _ = wire.header(raw)
        if flags & wire.REQUEST:
            one.asked.append(raw)
            return
        self.results[wire.result_code(raw)] += 1
        if code == wire.CER:
            one.is_open = one.is_open or wire.result_code(raw) == 2001
        elif hop in one.owed:
            del one.owed[hop]
            session = one.sessions.pop(hop, None)
            if session and wire.find(raw, wire.SESSION_ID) != session:
                raise Failure(f"an answer to another request came on a connection of {one.host}: {raw.hex()}")
        elif one.is_clean and code in MUST_ANSWER:
            raise Failure(f"an answer too many came on a connection of {one.host}: {raw.hex()}")

    def finish(self):
        """All leave; the threads of their connections end."""
        for one in self.connections:
            one.close()
        self.connections = []
        end = time.monotonic() + 40
        while self.server.threads() > 60:
            if time.monotonic() > end:
                raise Failure(f"{self.server.threads()} threads, and nobody is connected")
            time.sleep(0.5)

    def last(self):
        return self._last

    def summary(self):
        return f"{sum(self.done.values())} steps {dict(self.done)}, results {dict(self.results.most_common())}"
