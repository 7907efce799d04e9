# SPDX-License-Identifier: Apache-2.0
"""Peers that write as fast as they can and read nothing, and the memory of the server meanwhile."""

import itertools
import socket
import threading
import time

import wire
from bare import Bare, cer
from peer import cx
from peer.cx import HOME_REALM

MIB = 1 << 20


def requests(host, cards, count=500):
    """Octets of MARs and UARs in turn, each with identifiers of its own."""
    sender = cx.Sender(host, HOME_REALM)
    return b"".join((cx.mar, cx.uar)[n % 2](card.impi, card.impu, sender=sender).encode()
                    for n, card in zip(range(count), itertools.cycle(cards)))


class Flooder(threading.Thread):
    """One peer; writes for so many seconds, or until it has written `most` octets, and leaves without a word."""

    def __init__(self, server, label, cards, seconds, most):
        super().__init__(daemon=True)
        host = f"{label}.{HOME_REALM}"
        self.peer = Bare(server.port, host, wait=10)
        assert wire.result_code(self.peer.request(cer(host))) == 2001
        self.octets, self.seconds, self.most, self.written = requests(host, cards), seconds, most, 0

    def run(self):
        end, rest = time.monotonic() + self.seconds, b""
        self.peer.sock.settimeout(0.05)
        while time.monotonic() < end and self.written < self.most:
            rest = rest or self.octets
            try:
                sent = self.peer.sock.send(rest)
            except socket.timeout:
                continue
            except OSError:
                return  # the server does not want it any more
            rest, self.written = rest[sent:], self.written + sent


class Memory(threading.Thread):
    """The most that the server held while it was watched."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.before, self._ending = server, server.resident(), threading.Event()
        self.most = self.before
        self.start()

    def run(self):
        while not self._ending.wait(0.05):
            self.most = max(self.most, self.server.resident())

    def growth(self):
        self._ending.set()
        self.join()
        return (self.most - self.before) / MIB
