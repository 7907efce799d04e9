# SPDX-License-Identifier: Apache-2.0
"""A Diameter connection as a peer of the HSS: CER/CEA, watchdogs, requests matched to answers, DPR."""

import collections
import socket
import struct
import threading
from dataclasses import dataclass

from . import checks
from .diameter import ERROR, HEADER, DecodeError, Message
from .dictionary import CX, ETSI, TGPP
from .tls import Secured

CER, DWR, DPR = 257, 280, 282
DO_NOT_WANT_TO_TALK_TO_YOU = 2
CX_APPLICATION = ("Vendor-Specific-Application-Id", [("Vendor-Id", TGPP), ("Auth-Application-Id", CX)])


class PeerError(ConnectionError):
    """The other side refused us, closed the connection, or sent octets that are no message."""


@dataclass
class Frame:
    """One message as it arrived: only what is needed to hand it to the right waiter is looked at."""

    data: bytes

    @property
    def is_request(self):
        return bool(self.data[4] & 0x80)

    @property
    def command(self):
        return int.from_bytes(self.data[5:8], "big")

    @property
    def hop_by_hop(self):
        return int.from_bytes(self.data[12:16], "big")


class Connection:
    """Opens at once; a thread reads, so that a watchdog is answered while the caller is busy elsewhere.

    tls=(context, host): under TLS, with whom has a certificate of that host. plain: a socket that is connected already. handshake=False sends no CER;
    answer_watchdog=False lets DWR go unanswered. Both are for tests.
    """

    def __init__(self, host, port, origin_host, origin_realm, timeout=10.0, handshake=True,
                 answer_watchdog=True, applications=(CX_APPLICATION,), source=None, tls=None, plain=None):
        self.origin_host, self.origin_realm = origin_host.lower(), origin_realm.lower()
        self.timeout = timeout
        self.applications = list(applications)
        self.answer_watchdog = answer_watchdog
        self.watchdogs = 0
        self.cea = None
        self.unexpected = []  # answers nobody waits for: late, repeated or invented
        self._awaited, self._answers = set(), {}
        self._requests = collections.deque()
        self._closed = None  # why no more will arrive
        self._arrival = threading.Condition()
        self._sending = threading.Lock()
        self._socket = plain or socket.create_connection((host, port), timeout, source and (source, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._socket = Secured(self._socket, *tls)
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True, name=f"{self.origin_host} reader").start()
        if handshake:
            self._handshake()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    # Opening and closing

    def origin(self):
        return [("Origin-Host", self.origin_host), ("Origin-Realm", self.origin_realm)]

    def capabilities(self):
        address = self._socket.getsockname()[0]
        return Message.request(CER, [
            *self.origin(), ("Host-IP-Address", address), ("Vendor-Id", TGPP), ("Product-Name", "Quintet test peer"),
            ("Supported-Vendor-Id", TGPP), ("Supported-Vendor-Id", ETSI), ("Inband-Security-Id", 0),
            *self.applications], application=0)

    def _handshake(self):
        try:
            self.cea = self.request(self.capabilities())
        except (OSError, DecodeError, checks.AnswerError):
            self.abort()
            raise
        code = self.cea.value("Result-Code")
        if code != 2001:
            self.abort()
            raise PeerError(f"CER refused with {code}: {self.cea.value('Error-Message', 'no message')}")

    def close(self):
        """Say good-bye (RFC 6733 5.4), then close."""
        if self._closed is None and self.cea is not None:
            goodbye = [*self.origin(), ("Disconnect-Cause", DO_NOT_WANT_TO_TALK_TO_YOU)]
            try:
                self.request(Message.request(DPR, goodbye, application=0), timeout=2, check=False)
            except OSError:
                pass  # gone already, or silent: nothing left to do for us
        self._shut()

    def abort(self):
        """Reset the connection without a word."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._shut()

    def _shut(self):
        try:
            self._socket.shutdown(socket.SHUT_RD)  # wakes the reader
        except OSError:
            pass
        self._socket.close()
        self._end("closed by us")

    @property
    def is_closed(self):
        return self._closed is not None

    def wait_closed(self, timeout=None):
        """True if the other side closes (or has closed) the connection in time."""
        with self._arrival:
            return self._arrival.wait_for(lambda: self._closed is not None, timeout or self.timeout)

    # Requests of ours

    def send_raw(self, data):
        with self._sending:
            try:
                self._socket.sendall(data)
            except OSError as error:
                raise PeerError(f"cannot send: {self._closed or error}") from error

    def send(self, request):
        """Send without waiting; wait(request) fetches the answer."""
        with self._arrival:
            self._awaited.add(request.hop_by_hop)
        self.send_raw(request.encode())

    def wait(self, request, timeout=None, check=True):
        answer = Message.decode(self.wait_frame(request, timeout))
        return checks.check_answer(request, answer) if check else answer

    def wait_frame(self, request, timeout=None):
        """The octets of the answer, whatever they are."""
        hop = request.hop_by_hop
        timeout = self.timeout if timeout is None else timeout
        with self._arrival:
            self._arrival.wait_for(lambda: hop in self._answers or self._closed, timeout)
            if hop not in self._answers:
                self._awaited.discard(hop)
                if self._closed:
                    raise PeerError(f"no answer to {request.name}: {self._closed}")
                raise TimeoutError(f"no answer to {request.name} within {timeout} s")
            return self._answers.pop(hop).data

    def request(self, request, timeout=None, check=True):
        self.send(request)
        return self.wait(request, timeout, check)

    def exchange(self, requests, window=64, timeout=None, check=True):
        """Keep up to `window` requests on their way; yield (request, answer) in the order of sending."""
        on_their_way = collections.deque()
        for request in requests:
            self.send(request)
            on_their_way.append(request)
            if len(on_their_way) >= window:
                oldest = on_their_way.popleft()
                yield oldest, self.wait(oldest, timeout, check)
        for request in on_their_way:
            yield request, self.wait(request, timeout, check)

    # Requests of the other side

    def next_request(self, timeout=None):
        """The next request of the HSS (RTR, PPR)."""
        timeout = self.timeout if timeout is None else timeout
        with self._arrival:
            if not self._arrival.wait_for(lambda: self._requests or self._closed, timeout):
                raise TimeoutError(f"no request within {timeout} s")
            if not self._requests:
                raise PeerError(f"no request: {self._closed}")
            return Message.decode(self._requests.popleft().data)

    def answer(self, request, result_code=2001, avps=()):
        flags = request.flags & 0x40 | (ERROR if 3000 <= result_code < 4000 else 0)
        common = [CX_APPLICATION, ("Auth-Session-State", 1)] if request.application == CX else []
        self.send_raw(request.answer([*common, ("Result-Code", result_code), *self.origin(), *avps], flags).encode())

    # The reading thread

    def _read(self):
        try:
            while frame := self._read_frame():
                self._sort(frame)
            self._end("closed by the peer")
        except (OSError, DecodeError) as error:
            self._end(str(error))

    def _read_exactly(self, size):
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                return bytes(data)
            data += piece
        return bytes(data)

    def _read_frame(self):
        head = self._read_exactly(4)
        if not head:
            return None
        length = int.from_bytes(head[1:], "big")
        if len(head) < 4 or head[0] != 1 or length < HEADER.size:
            raise DecodeError(f"received octets that begin no Diameter message: {head.hex()}")
        body = self._read_exactly(length - 4)
        if len(body) < length - 4:
            raise DecodeError(f"the peer closed after {len(body) + 4} of {length} octets of a message")
        return Frame(head + body)

    def _sort(self, frame):
        if frame.is_request and frame.command in (DWR, DPR):
            self._answer_base(frame)
            return
        with self._arrival:
            if frame.is_request:
                self._requests.append(frame)
            elif frame.hop_by_hop in self._awaited:
                self._awaited.discard(frame.hop_by_hop)
                self._answers[frame.hop_by_hop] = frame
            else:
                self.unexpected.append(frame)
            self._arrival.notify_all()

    def _answer_base(self, frame):
        request = Message.decode(frame.data)
        self.watchdogs += frame.command == DWR
        if frame.command == DPR or self.answer_watchdog:
            self.answer(request)

    def _end(self, reason):
        with self._arrival:
            self._closed = self._closed or reason
            self._arrival.notify_all()
