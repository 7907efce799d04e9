# SPDX-License-Identifier: Apache-2.0
"""Peers that treat watchdogs, connections and identifiers as no good peer does."""

import socket
import struct
import threading
import time

from peer import cx
from peer.connection import DPR, DWR, PeerError
from peer.diameter import Message
from product import Peer

LOST = None  # a watchdog answer that never comes


class Caller(Peer):
    """A peer of the HSS's realm; `watchdog` is the time that it takes to answer one, or LOST."""

    def __init__(self, server, label, watchdog=0.0, realm=cx.HOME_REALM, **more):
        self.watchdog = watchdog
        self.label, self.server = label, server
        self.asked = []    # when watchdogs came
        self.arrived = []  # every frame, in order
        super().__init__("127.0.0.1", server.port, f"{label}.{realm}", realm, **more)

    def _sort(self, frame):
        self.arrived.append(frame)
        super()._sort(frame)

    def _answer_base(self, frame):
        if frame.command == DWR:
            self.asked.append(time.monotonic())
            if self.watchdog is LOST:
                return
            if self.watchdog:
                timer = threading.Timer(self.watchdog, self._answer_late, [frame])
                timer.daemon = True
                timer.start()
                return
        super()._answer_base(frame)

    def _answer_late(self, frame):
        try:
            super()._answer_base(frame)
        except PeerError:
            pass  # the connection has gone meanwhile

    def unanswered(self):
        """The last watchdog that came."""
        return next(Message.decode(frame.data) for frame in reversed(self.arrived) if frame.is_request and frame.command == DWR)

    def finish(self):
        """The end of the octets without a good-bye, as when the process is killed: FIN."""
        self._shut()

    def goodbye(self):
        return Message.request(DPR, [*self.origin(), ("Disconnect-Cause", 2)], application=0)

    def mars(self, cards, ids=()):
        """One MAR for each; `ids` are pairs (hop-by-hop, end-to-end) to use."""
        sender = cx.Sender.on(self)
        fields = [{"hop_by_hop": hop, "end_to_end": end} for hop, end in ids] or [{}] * len(cards)
        return [cx.mar(card.impi, card.impu, sender=sender, **field) for card, field in zip(cards, fields)]

    def sars(self, cards, ids=()):
        sender = cx.Sender.on(self)
        fields = [{"hop_by_hop": hop, "end_to_end": end} for hop, end in ids] or [{}] * len(cards)
        return [cx.sar(card.impi, [card.impu], 1, sender=sender, **field) for card, field in zip(cards, fields)]

    def one_of_each(self, card):
        """Every request that a peer may have, and two that nobody can serve: a realm that is not ours, a command that is none."""
        sender = cx.Sender.on(self)
        foreign = cx.Sender.on(self, destination_realm="elsewhere.example.org")
        return [Message.request(DWR, self.origin(), application=0),
                cx.uar(card.impi, card.impu, sender=sender), cx.lir(card.impu, sender=sender),
                cx.mar(card.impi, card.impu, sender=sender), cx.sar(card.impi, [card.impu], 1, sender=sender),
                cx.mar(card.impi, card.impu, sender=foreign), cx.request(399, [("User-Name", card.impi)], sender)]

    def answered(self, requests, seconds=5.0):
        """Those of the requests that are answered in time, each as it was decoded; None in place of the others."""
        end = time.monotonic() + seconds
        return [self._one(request, end) for request in requests]

    def _one(self, request, end):
        try:
            return self.wait(request, max(0.0, end - time.monotonic()), check=False)
        except (TimeoutError, PeerError):
            return None


def missing(answers):
    """How many of them are not there."""
    return sum(answer is None for answer in answers)


def again(server, label, seconds=3.0, **more):
    """Connects as a peer whose last connection has just ended, as soon as the server takes it."""
    end = time.monotonic() + seconds
    while True:
        try:
            return Caller(server, label, **more)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.002)


def idle(port, source="127.0.0.1", octets=b"", address="127.0.0.1"):
    """A socket that connects, sends these octets and nothing more."""
    one = socket.create_connection((address, port), 5, (source, 0))
    if octets:
        one.sendall(octets)
    return one


def reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def is_closed(one, seconds=0.0):
    """The other side has closed; what it sent before is thrown away."""
    end = time.monotonic() + seconds
    while True:
        one.settimeout(max(0.001, end - time.monotonic()))
        try:
            if not one.recv(65536):
                return True
        except (socket.timeout, BlockingIOError):
            return False
        except OSError:
            return True
