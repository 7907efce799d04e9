# SPDX-License-Identifier: Apache-2.0
"""A small HSS in memory that can misbehave on purpose, for seeing that loadgen and sqncheck notice."""

import asyncio
import hashlib
import os
from collections import Counter

from peer.diameter import Message
from peer.milenage import Milenage, xor

WATCHDOG, CAPABILITIES, DISCONNECT, MAR = 280, 257, 282, 303
IDENTITY = [("Origin-Host", "hss.ims.mnc001.mcc001.3gppnetwork.org"),
            ("Origin-Realm", "ims.mnc001.mcc001.3gppnetwork.org")]
FIRST_NUMBER = 1010000000001
APPLICATION = ("Vendor-Specific-Application-Id", [("Vendor-Id", 10415), ("Auth-Application-Id", 16777216)])


def derived_key(label, index):
    return hashlib.sha256(f"quintet bench {label}{index}".encode()).digest()[:16]


def flip(octets, at=0):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


class FakeHss:
    """State shared by all listening ports, as by processes on one database. `fault` names one thing to do wrong."""

    def __init__(self, fault=None, every=50):
        self.fault, self.every = fault, every
        self.seq, self.ind = Counter(), Counter()
        self.requests = self.watchdog_answers = self.vectors = 0
        self.servers = []

    async def listen(self):
        """One more port, which is returned."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    def close(self):
        for server in self.servers:
            server.close()

    async def _serve(self, reader, writer):
        try:
            while True:
                head = await reader.readexactly(4)
                message = Message.decode(head + await reader.readexactly(int.from_bytes(head[1:], "big") - 4))
                for answer in await self._answers(message, writer):
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answers(self, message, writer):
        if not message.is_request:
            self.watchdog_answers += message.command == WATCHDOG
            return []
        if message.command != MAR:
            extra = [("Host-IP-Address", "127.0.0.1"), ("Vendor-Id", 0), ("Product-Name", "fake"), APPLICATION]
            return [message.answer([("Result-Code", 2001), *IDENTITY,
                                    *(extra if message.command == CAPABILITIES else [])]).encode()]
        self.requests += 1
        return self._mar(message, self.requests % self.every == 0, writer)

    def _mar(self, message, its_turn, writer):
        fault = self.fault if its_turn else None
        if fault == "close":
            writer.transport.abort()
        if fault in ("drop", "close"):
            return []
        if fault == "busy":
            return [message.answer([("Result-Code", 3004), *IDENTITY]).encode()]
        if fault == "unknown-user":
            code = [("Vendor-Id", 10415), ("Experimental-Result-Code", 5001)]
            return [message.answer([("Experimental-Result", code), *IDENTITY]).encode()]
        answer = self._maa(message, fault)
        if fault == "late":
            asyncio.get_running_loop().call_later(1.0, writer.write, answer.encode())
            return []
        if fault == "watchdog":
            watchdog = Message.request(WATCHDOG, IDENTITY, application=0)
            return [watchdog.encode(), answer.encode()]
        return [damaged(answer, fault)] * (2 if fault == "duplicate" else 1)

    def _maa(self, message, fault):
        impi, impu = message.value("User-Name"), message.value("Public-Identity")
        index = int(impi.partition("@")[0]) - FIRST_NUMBER
        wanted = message.value("SIP-Number-Auth-Items")
        vectors = self._vectors(index, wanted, fault)
        if fault == "other-user":
            impi = f"{FIRST_NUMBER + index + 1:015}@{impi.partition('@')[2]}"
        count = len(vectors) + (fault == "count")
        items = [("SIP-Auth-Data-Item", [("SIP-Item-Number", n), *vector]) for n, vector in enumerate(vectors, 1)]
        return message.answer([("Result-Code", 2001), APPLICATION, ("Auth-Session-State", 1), *IDENTITY,
                               ("User-Name", impi), ("Public-Identity", impu), ("SIP-Number-Auth-Items", count),
                               *items])

    def _vectors(self, index, wanted, fault):
        milenage = Milenage(derived_key("k", index), derived_key("opc", index))
        numbers = self._numbers(index, wanted, fault)
        self.vectors += len(numbers)
        return [self._vector(milenage, seq, ind, fault) for seq, ind in numbers]

    def _numbers(self, index, wanted, fault):
        seq = self.seq[index]
        if fault == "repeat":
            seq -= wanted
        if fault == "step-back":  # an unused number, but one below those issued already
            seq -= 1000 * wanted
        if fault not in ("repeat", "step-back"):
            self.seq[index] += wanted
        ind = 16 + self.ind[index] % 8
        self.ind[index] += 1
        numbers = [(seq + n, ind) for n in range(1, wanted + 1)]
        if fault == "falling":
            numbers.reverse()
        if fault == "two-ind":
            numbers[-1] = (numbers[-1][0], ind ^ 1)
        return numbers

    def _vector(self, milenage, seq, ind, fault):
        rand = os.urandom(16)
        amf = b"\x80\0" if fault == "amf" else b"\0\0"
        xres, ck, ik, ak = milenage.f2345(rand)
        sqn = (((1 << 30) + seq) << 5 | ind).to_bytes(6, "big")
        autn = xor(sqn, ak) + amf + milenage.f1(rand, sqn, amf)
        broken = {"mac": (flip(autn, 15), xres, ck, ik), "xres": (autn, flip(xres), ck, ik),
                  "ck": (autn, xres, flip(ck), ik), "ik": (autn, xres, ck, flip(ik)),
                  "short-autn": (autn[:-1], xres, ck, ik)}
        autn, xres, ck, ik = broken.get(fault, (autn, xres, ck, ik))
        return [("SIP-Authentication-Scheme", "Digest-AKAv1-MD5"), ("SIP-Authenticate", rand + autn),
                ("SIP-Authorization", xres), ("Confidentiality-Key", ck), ("Integrity-Key", ik)]


def damaged(answer, fault):
    if fault == "unknown-id":
        answer.hop_by_hop += 1 << 24
    octets = bytearray(answer.encode())
    if fault == "bad-avp-length":  # the first AVP claims more than the message holds
        octets[25] = 0xFF
    return bytes(octets)
