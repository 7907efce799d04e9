# SPDX-License-Identifier: Apache-2.0
"""A tiny HSS in a thread, only good enough to exercise the peer: one user, one card, a counter, planted faults."""

import contextlib
import os
import socket
import threading

from peer.diameter import ERROR, Message, avp
from peer.milenage import Milenage, xor
from peer.usim import join_sqn, split_sqn

ORIGIN = [("Origin-Host", "hss.ims.test"), ("Origin-Realm", "ims.test")]


NOBODY_YET, ASSIGNED, NOT_REGISTERED = (("Experimental-Result", [("Vendor-Id", 10415), ("Experimental-Result-Code", code)])
                                        for code in (2001, 2002, 5003))
SUCCESS = ("Result-Code", 2001)
PROFILE = """<?xml version="1.0" encoding="UTF-8"?><IMSSubscription><PrivateID>{0}</PrivateID><ServiceProfile>
<PublicIdentity><BarringIndication>1</BarringIndication><Identity>{1}</Identity></PublicIdentity>
<PublicIdentity><Identity>sip:other@ims.test</Identity></PublicIdentity></ServiceProfile></IMSSubscription>"""


class FakeHss:
    """`spoil(answer)` may change an answer of Cx, or return None to keep silent."""

    def __init__(self, k=bytes(16), opc=bytes(16), cea_code=2001, spoil=lambda answer: answer):
        self.card, self.seq, self.ind = Milenage(k, opc), 0, 16
        self.cea_code, self.spoil = cea_code, spoil
        self.server_name = None
        self.seen, self.held, self.hold = [], [], 0
        self.connection, self.connected = None, threading.Event()
        self._reacting = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.close()

    def push(self, message):
        """Send something the peer did not ask for."""
        self.connected.wait(5)
        self.connection.sendall(message if isinstance(message, bytes) else message.encode())

    def _serve(self):
        while True:
            try:
                self.connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(self.connection,), daemon=True).start()

    def _serve_one(self, connection):
        with contextlib.suppress(ConnectionError):
            self._talk(connection)

    def _talk(self, connection):
        self.connected.set()
        with connection, connection.makefile("rb") as stream:
            while head := stream.read(4):
                request = Message.decode(head + stream.read(int.from_bytes(head[1:], "big") - 4))
                self.seen.append(request)
                if request.is_request:
                    with self._reacting:
                        self._react(connection, request)
                if request.command == 282:
                    return

    def _react(self, connection, request):
        make = {300: self.user_authorization, 301: self.server_assignment, 302: self.location_info,
                303: self.multimedia_auth}.get(request.command)
        if make is None:
            flags = ERROR if 3000 <= self.cea_code < 4000 else 0
            connection.sendall(request.answer([("Result-Code", self.cea_code), *ORIGIN], flags).encode())
            return
        answer = self.spoil(make(request))
        if answer is None:
            return
        self.held.append(answer)
        if len(self.held) > self.hold:  # answers leave in reverse order, to try the matching
            connection.sendall(b"".join(one.encode() for one in reversed(self.held)))
            self.held.clear()

    def _answer(self, request, result, *avps):
        return request.answer([request.find("Vendor-Specific-Application-Id"), result, ("Auth-Session-State", 1), *ORIGIN, *avps])

    def _named(self, request, result):
        return self._answer(request, result, ("Server-Name", self.server_name))

    def user_authorization(self, request):
        if self.server_name is None:
            return self._answer(request, NOBODY_YET)
        return self._named(request, SUCCESS if request.value("User-Authorization-Type") == 1 else ASSIGNED)

    def location_info(self, request):
        return self._named(request, SUCCESS) if self.server_name else self._answer(request, NOT_REGISTERED)

    def server_assignment(self, request):
        self.server_name = None if request.value("Server-Assignment-Type") == 5 else request.value("Server-Name")
        user = request.find("User-Name")
        if request.value("User-Data-Already-Available"):
            return self._answer(request, SUCCESS, user)
        document = PROFILE.format(request.value("User-Name"), request.value("Public-Identity"))
        return self._answer(request, SUCCESS, user, ("User-Data", document.encode()))

    def multimedia_auth(self, request):
        self._resynchronise(request)
        self.server_name = request.value("Server-Name")
        item = request.find("SIP-Auth-Data-Item").value
        rand = os.urandom(16)
        self.seq, self.ind = self.seq + 1, 16 + (self.ind - 15) % 8
        res, ck, ik, _ = self.card.f2345(rand)
        autn = self.card.autn(rand, join_sqn(self.seq, self.ind), bytes(2))
        vector = [("SIP-Item-Number", 1), item[0], ("SIP-Authenticate", rand + autn), ("SIP-Authorization", res),
                  ("Confidentiality-Key", ck), ("Integrity-Key", ik)]
        return self._answer(request, SUCCESS, request.find("User-Name"), request.find("Public-Identity"),
                            ("SIP-Number-Auth-Items", 1), ("SIP-Auth-Data-Item", vector))

    def _resynchronise(self, request):
        for one in request.find("SIP-Auth-Data-Item").value:
            if one.name == "SIP-Authorization":
                rand, auts = one.value[:16], one.value[16:]
                self.seq = split_sqn(xor(auts[:6], self.card.f5_star(rand)))[0]


def only(command, change):
    """A spoiler of the answers to one command."""
    return lambda answer: change(answer) if answer.command == command else answer


def in_item(name, value):
    """A spoiler that changes one AVP inside SIP-Auth-Data-Item."""
    def spoil(answer):
        if answer.command != 303:
            return answer
        item = answer.find("SIP-Auth-Data-Item").value
        changed = [avp(name, value) if one.name == name else one for one in item]
        return answer.replace("SIP-Auth-Data-Item", changed)
    return spoil
