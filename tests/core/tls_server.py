# SPDX-License-Identifier: Apache-2.0
"""A server for TLS alone, certificates for it, and what is seen of a link."""

import contextlib
import itertools
import socket
import threading

import pytest
from client import Caller
from peer import cx
from peer.cx import HOME_REALM
from peer.tls import context
from product import toml_with
from server import CoreServer
from support.instance import eventually, free_port

SCSCF = f"scscf.{HOME_REALM}"
NUMBERS = itertools.count(1)
SOURCES = (f"127.0.1.{number}" for number in NUMBERS)  # lines of the log are limited by address


class TlsServer(CoreServer):
    """A server for TLS alone; what `port` means is the port for TLS. `pair`: its certificate and key, if not good ones."""

    def __init__(self, product, label, lab, pair=None, values=(), conf=""):
        port, self.host = free_port(), f"{label}.{HOME_REALM}"
        pair = pair or lab.good(self.host)
        toml = toml_with(product, {"log.level": "info", "diameter.tls.port": port, "diameter.tls.certificate": str(pair[0]),
                                   "diameter.tls.key": str(pair[1]), "diameter.tls.ca": str(lab.ca), **dict(values)})
        super().__init__(product, label, conf, toml=toml, port=port)
        text = self.conf.read_text(encoding="utf-8").replace(f"Port = {port};", "Port = 0;")
        self.conf.write_text(text, encoding="utf-8")
        self.lab = lab

    def enter(self, certificate, key, label="scscf", newest=None, ca=None, **more):
        """A peer of that name with that certificate."""
        tls = context(ca or self.lab.ca, certificate, key, newest)
        return Caller(self, label, tls=(tls, self.host), **more)

    def serves(self):
        with contextlib.suppress(OSError):
            self.enter(*self.lab.pair(SCSCF), timeout=5).close()
            return True
        return False


def is_answered(peer, card):
    return peer.request(cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer))).value("Result-Code") == 2001


def is_refused(server, **how):
    """Neither a CEA nor an answer; the lines of the log about that address."""
    source = next(SOURCES)
    with pytest.raises(OSError):
        with server.enter(timeout=5, source=source, **how):
            pass
    return eventually(lambda: [line for line in server.log().splitlines()
                               if source in line and ("peer_refused" in line or "peer_not_connected" in line)], 5)


class Recorder:
    """Between peer and server; keeps every octet of both directions."""

    def __init__(self, port):
        self.octets = bytearray()
        self._port, self._server = port, socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        inside = self._server.accept()[0]
        outside = socket.create_connection(("127.0.0.1", self._port))
        for one, other in ((inside, outside), (outside, inside)):
            threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one, other):
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                self.octets += piece
                other.sendall(piece)
            other.shutdown(socket.SHUT_WR)
