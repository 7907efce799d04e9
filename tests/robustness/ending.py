# SPDX-License-Identifier: Apache-2.0
"""The end under load: a flooded server that is told to stop answers what it has taken, says good-bye and is soon gone."""

import signal
import subprocess
import threading
import time

import wire
from wire import Closed

NAME = "end-under-load"
PEERS = 4
WINDOW = 200     # requests under way of each peer: far more than the queues of the server hold
KEPT = 40        # requests that the stub answers when it is unloaded: more than the queue for answers holds
PATIENCE = 6.0   # seconds; a peer that is not served any more would cost 16
RTR = 304        # a command that the stub keeps


class Flood(threading.Thread):
    """A peer that always has WINDOW requests under way until the server says good-bye; owes nothing itself."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.peer = target.open()
        self.goodbye = self.closed = False
        self.owed = set()
        self.answers = 0
        self._request = target.names.cx(wire.MAR, self.peer.host)
        self._next = 1

    def run(self):
        try:
            while True:
                if not self.goodbye and len(self.owed) < WINDOW // 2:
                    self._send(WINDOW - len(self.owed))
                self._take(self.peer.receive(0.2))
        except Closed:
            self.closed = True

    def _send(self, count):
        hops = range(self._next, self._next + count)
        self._next += count
        self.owed.update(hops)
        self.peer.send(b"".join(self._request[:12] + hop.to_bytes(4, "big") + self._request[16:] for hop in hops))

    def _take(self, raw):
        if raw is None:
            return
        flags, code, _, hop, _ = wire.header(raw)
        if not flags & wire.REQUEST:
            self.answers += 1
            self.owed.discard(hop)
        elif code in (wire.DWR, wire.DPR):
            self.goodbye = self.goodbye or code == wire.DPR
            self.peer.send(self.peer.dwa(raw, code=code))


def keep_some(target):
    """Requests that the stub answers only when nobody can take the answers any more."""
    peer = target.open()
    for _ in range(KEPT):
        peer.send(target.names.cx(RTR, peer.host))
    peer.request(target.names.dwr(peer.host))
    peer.send(target.names.dpr(peer.host, 2))
    return peer


def end_under_load(target, daemon):
    """None when the end was orderly, else what was not."""
    keeper = keep_some(target)
    floods = [Flood(target) for _ in range(PEERS)]
    for flood in floods:
        flood.start()
    deadline = time.monotonic() + 20
    while any(flood.answers < 2 * WINDOW for flood in floods):
        if time.monotonic() > deadline:
            return f"no load: {[flood.answers for flood in floods]} answers"
        time.sleep(0.1)
    begin = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    try:
        status = daemon.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return f"not gone after {PATIENCE} s"
    took = time.monotonic() - begin
    for flood in floods:
        flood.join(2.0)
    keeper.close()
    print(f"  {sum(flood.answers for flood in floods)} answers, gone after {took:.1f} s with status {status}")
    return problem(status, floods)


def problem(status, floods):
    if status != 0:
        return f"exit status {status}"
    if not all(flood.goodbye and flood.closed for flood in floods):
        return "a connection was not ended with a good-bye"
    # What crosses the good-bye on the wire may be lost, one of a connection; its peer sends it elsewhere (RFC 6733 5.5.4).
    if any(len(flood.owed) > 1 for flood in floods):
        return f"requests without an answer: {[len(flood.owed) for flood in floods]}"
    return None
