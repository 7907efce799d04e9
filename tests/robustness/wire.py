# SPDX-License-Identifier: Apache-2.0
"""A small Diameter codec and client for hostile tests; shares nothing with the server."""

import itertools
import os
import socket
import struct
import time

CX = 16777216
VENDOR_3GPP = 10415
REQUEST, PROXIABLE, ERROR = 0x80, 0x40, 0x20
CER, DWR, DPR, UAR, SAR, LIR, MAR = 257, 280, 282, 300, 301, 302, 303
SESSION_ID, RESULT_CODE = 263, 268
ORIGIN_HOST, ORIGIN_REALM, DESTINATION_REALM, DESTINATION_HOST, USER_NAME = 264, 296, 283, 293, 1

_ids = itertools.count(int.from_bytes(os.urandom(3), "big") << 8)


class Closed(Exception):
    """The server closed the connection, or nobody listens there."""


def avp(code, data, vendor=0, flags=0x40):
    """One encoded AVP; data is bytes, text, or an int for Unsigned32."""
    if isinstance(data, int):
        data = struct.pack(">I", data)
    elif isinstance(data, str):
        data = data.encode()
    head = 8
    vendor_field = b""
    if vendor:
        flags |= 0x80
        head, vendor_field = 12, struct.pack(">I", vendor)
    length = head + len(data)
    return struct.pack(">IB", code, flags) + length.to_bytes(3, "big") + vendor_field + data + b"\0" * (-length % 4)


def message(code, app, flags, avps, ids=None):
    """One encoded message; ids is (hop-by-hop, end-to-end), fresh ones when absent."""
    body = b"".join(avps)
    hop, end = ids or (next(_ids) & 0xFFFFFFFF,) * 2
    head = b"\x01" + (20 + len(body)).to_bytes(3, "big") + bytes([flags]) + code.to_bytes(3, "big")
    return head + struct.pack(">III", app, hop, end) + body


def header(raw):
    """(flags, code, application, hop-by-hop, end-to-end) of an encoded message."""
    return (raw[4], int.from_bytes(raw[5:8], "big")) + struct.unpack(">III", raw[8:20])


def find(raw, wanted):
    """Value of the first top-level AVP without vendor that has this code, or None."""
    at = 20
    while at + 8 <= len(raw):
        code, flags, length = struct.unpack(">IB", raw[at:at + 5]) + (int.from_bytes(raw[at + 5:at + 8], "big"),)
        if length < 8:
            return None
        if code == wanted and not flags & 0x80:
            return raw[at + 8:at + length]
        at += length + (-length % 4)
    return None


def result_code(raw):
    """Result-Code of an answer as a number, 0 when it has none."""
    value = find(raw, RESULT_CODE)
    return struct.unpack(">I", value)[0] if value and len(value) == 4 else 0


class Names:
    """Who we pretend to be and whom we address; each connection gets a host name of its own."""

    def __init__(self, origin_host, origin_realm, destination_realm):
        self.label, _, self.domain = origin_host.partition(".")
        self.realm, self.destination_realm = origin_realm, destination_realm
        self.run = os.urandom(3).hex()
        self.count = itertools.count(1)

    def host(self):
        return f"{self.label}-{self.run}-{next(self.count)}.{self.domain}"

    def origin(self, host):
        return [avp(ORIGIN_HOST, host), avp(ORIGIN_REALM, self.realm)]

    def cer(self, host, extra=()):
        app = avp(260, avp(266, VENDOR_3GPP) + avp(258, CX))
        return message(CER, 0, REQUEST, self.origin(host) + [
            avp(257, b"\0\1\x7f\0\0\1"), avp(266, VENDOR_3GPP), avp(269, "hostile", flags=0),
            avp(265, VENDOR_3GPP), app, *extra])

    def dwr(self, host):
        return message(DWR, 0, REQUEST, self.origin(host))

    def dpr(self, host, cause):
        return message(DPR, 0, REQUEST, self.origin(host) + [avp(273, cause)])

    def cx(self, code, host, session=None, realm=None, app=CX, user="", extra=()):
        """A well-formed Cx request of the given command; realm=False leaves Destination-Realm out."""
        session = session if session is not None else f"{host};{next(_ids)};1"
        own = self.destination_realm if realm is None else realm
        user = user or f"001010000000001@{self.destination_realm}"
        public = f"sip:001010000000001@{self.destination_realm}"
        parts = [avp(SESSION_ID, session), avp(260, avp(266, VENDOR_3GPP) + avp(258, CX)), avp(277, 1)]
        parts += self.origin(host) + ([avp(DESTINATION_REALM, own)] if own else [])
        parts += [avp(USER_NAME, user), avp(601, public, VENDOR_3GPP)] + self._specific(code) + list(extra)
        return message(code, app, REQUEST | PROXIABLE, parts)

    def _specific(self, code):
        scscf = avp(602, f"sip:scscf.{self.destination_realm}:6060", VENDOR_3GPP)
        if code == UAR:
            return [avp(600, self.destination_realm, VENDOR_3GPP), avp(623, 0, VENDOR_3GPP)]
        if code == SAR:
            return [scscf, avp(614, 1, VENDOR_3GPP), avp(624, 0, VENDOR_3GPP)]
        if code == MAR:
            item = avp(608, "Digest-AKAv1-MD5", VENDOR_3GPP)
            return [scscf, avp(607, 1, VENDOR_3GPP), avp(612, item, VENDOR_3GPP)]
        return []


class Peer:
    """One TCP connection to the server; answers its watchdogs while it waits for something else."""

    def __init__(self, address, names, host=None, wait=5.0):
        self.names, self.host, self.wait = names, host or names.host(), wait
        self.buffer = b""
        try:
            self.sock = socket.create_connection(address, timeout=wait)
        except OSError as error:
            raise Closed(f"cannot connect: {error}") from error
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self, reset=False):
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def send(self, raw):
        try:
            self.sock.sendall(raw)
        except OSError as error:
            raise Closed(f"cannot send: {error}") from error

    def receive(self, wait=None):
        """The next whole message, or None when none came in time."""
        deadline = time.monotonic() + (self.wait if wait is None else wait)
        while True:
            length = int.from_bytes(self.buffer[1:4], "big")
            if len(self.buffer) >= 20 and len(self.buffer) >= length:
                raw, self.buffer = self.buffer[:length], self.buffer[length:]
                return raw
            left = deadline - time.monotonic()
            if left < 0:
                return None
            self._fill(max(left, 0.0005))

    def _fill(self, wait):
        self.sock.settimeout(wait)
        try:
            data = self.sock.recv(65536)
        except (socket.timeout, BlockingIOError):
            return
        except OSError as error:
            raise Closed(f"cannot receive: {error}") from error
        finally:
            self.sock.settimeout(self.wait)
        if not data:
            raise Closed("closed by the server")
        self.buffer += data

    def request(self, raw, wait=None):
        """Send a request and return its answer, or None when none came in time."""
        self.send(raw)
        hop = header(raw)[3]
        deadline = time.monotonic() + (self.wait if wait is None else wait)
        while True:
            got = self.receive(max(0.0, deadline - time.monotonic()))
            if got is None:
                return None
            flags, code, _, got_hop, _ = header(got)
            if not flags & REQUEST and got_hop == hop:
                return got
            if flags & REQUEST and code == DWR:
                self.send(self.dwa(got))

    def dwa(self, request, flags=0, code=DWR, avps=None):
        """An answer to the server's watchdog, right or wrong as the caller likes."""
        good = [avp(RESULT_CODE, 2001)] + self.names.origin(self.host)
        return message(code, 0, flags, good if avps is None else avps, header(request)[3:])

    def open(self):
        """Exchange capabilities; fails unless the server accepts."""
        answer = self.request(self.names.cer(self.host))
        if answer is None or result_code(answer) != 2001:
            raise Closed(f"capabilities refused: {result_code(answer) if answer else 'no answer'}")
        return self
