# SPDX-License-Identifier: Apache-2.0
"""Peers that are connected and answer watchdogs, and nothing else."""

import selectors
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "robustness"))
import wire  # noqa: E402  (the folder is not a package)
from processes import REALM  # noqa: E402


class IdlePeers(threading.Thread):
    """Connected when it is made; `answered` counts watchdogs."""

    def __init__(self, port, count):
        super().__init__(daemon=True)
        self.answered = 0
        self._names = wire.Names(f"idle.{REALM}", REALM, REALM)
        self._selector, self._ending = selectors.DefaultSelector(), threading.Event()
        self.peers = []
        for _ in range(count):
            peer = wire.Peer(("127.0.0.1", port), self._names, wait=20).open()
            self._selector.register(peer.sock, selectors.EVENT_READ, peer)
            self.peers.append(peer)
        self.start()

    def run(self):
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.5):
                self._serve(key.data)

    def _serve(self, peer):
        try:
            while raw := peer.receive(0.001):
                if wire.header(raw)[:2] == (wire.REQUEST, wire.DWR):
                    peer.send(peer.dwa(raw))
                    self.answered += 1
        except wire.Closed:
            self._selector.unregister(peer.sock)
            self.peers.remove(peer)

    def close(self):
        """All say good-bye by closing; how many were connected until then."""
        self._ending.set()
        self.join()
        for peer in self.peers:
            peer.sock.shutdown(socket.SHUT_RDWR)
            peer.close()
        return len(self.peers)
