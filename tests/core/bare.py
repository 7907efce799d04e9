# SPDX-License-Identifier: Apache-2.0
"""A connection without manners: its octets are what a test says, from the address that a test says."""

import socket

import wire
from peer.cx import HOME_REALM
from wire import Closed, avp

TCP_ADDRESS = b"\0\1\x7f\0\0\1"
CX_GROUP = avp(266, wire.VENDOR_3GPP) + avp(258, wire.CX)


class Bare(wire.Peer):
    """One TCP connection from an address of ours."""

    def __init__(self, port, host="", source="127.0.0.1", wait=3.0):  # pylint: disable=super-init-not-called
        self.names, self.host, self.wait, self.buffer = wire.Names(host or "none.test", HOME_REALM, HOME_REALM), host, wait, b""
        self.sock = socket.create_connection(("127.0.0.1", port), wait, (source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def is_closed(self, seconds):
        """The server ends the connection in time; what it says before is thrown away."""
        try:
            while self.receive(seconds):
                pass
        except Closed:
            return True
        return False


def cer_avps(host, application=CX_GROUP):
    """The AVPs of a good CER by their code."""
    return {264: avp(264, host), 296: avp(296, HOME_REALM), 257: avp(257, TCP_ADDRESS), 266: avp(266, wire.VENDOR_3GPP),
            269: avp(269, "bare", flags=0), 265: avp(265, wire.VENDOR_3GPP), 260: avp(260, application)}


def cer(host, change=None, extra=()):
    """A CER; `change` alters the AVPs by code, None takes one away."""
    avps = {**cer_avps(host), **(change or {})}
    return wire.message(wire.CER, 0, wire.REQUEST, [*(one for one in avps.values() if one is not None), *extra])


def failed_code(answer):
    """The code of the first AVP inside Failed-AVP."""
    inside = wire.find(answer, 279)
    return int.from_bytes(inside[:4], "big") if inside else None
