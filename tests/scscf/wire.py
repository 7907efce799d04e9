# SPDX-License-Identifier: Apache-2.0
"""What travels over the namespace's loopback: every packet into a capture file, Diameter messages and SIP datagrams in memory."""

import socket
import struct
import threading
import time
from dataclasses import dataclass

from peer.diameter import Message
from sip import Sip
from support.child import eventually

ALL_PROTOCOLS, OUTGOING = 0x0003, 4
SIP_PORTS = (5060, 6060)
FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
SYN = 0x02


@dataclass(frozen=True)
class Datagram:
    source: str
    target: str
    octets: bytes

    @property
    def message(self):
        return Sip.decode(self.octets)


class Wire:
    """`diameter` and `sip` are in the order in which they were seen."""

    def __init__(self, file, diameter_port):
        self.file, self.port, self.diameter, self.sip = file, diameter_port, [], []
        self._carried = {}  # (source port, target port) -> all octets of TCP
        self._streams = {}  # (source, target) -> [next sequence number, octets without an end]
        self._capture = open(file, "wb")  # noqa: SIM115  (it lives as long as the thread)
        self._capture.write(FILE_HEADER)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._socket.bind(("lo", ALL_PROTOCOLS))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                packet, address = self._socket.recvfrom(262144)
            except OSError:
                return
            if address[2] == OUTGOING and not self._capture.closed:  # on loopback each comes in once more
                self._keep(packet)

    def _keep(self, packet):
        now = time.time()
        self._capture.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)
        if packet[12:14] != b"\x08\x00":
            return
        inner = packet[14 + (packet[14] & 0x0F) * 4:14 + int.from_bytes(packet[16:18], "big")]
        ends = [f"{socket.inet_ntoa(packet[at:at + 4])}:{int.from_bytes(inner[n:n + 2], 'big')}" for n, at in ((0, 26), (2, 30))]
        ports = [int(end.rsplit(":", 1)[1]) for end in ends]
        if packet[23] == socket.IPPROTO_TCP:
            self._carried.setdefault(tuple(ports), bytearray()).extend(inner[(inner[12] >> 4) * 4:])
            if self.port in ports:
                self._take_segment(tuple(ends), inner)
        elif packet[23] == socket.IPPROTO_UDP and set(SIP_PORTS) & set(ports):
            self.sip.append(Datagram(*(end.split(":")[0] for end in ends), inner[8:]))

    def _take_segment(self, ends, segment):
        number, data = int.from_bytes(segment[4:8], "big"), segment[(segment[12] >> 4) * 4:]
        if segment[13] & SYN:
            self._streams[ends] = [(number + 1) % (1 << 32), b""]
            return
        stream = self._streams.setdefault(ends, [number, b""])
        if not data or number != stream[0]:  # nothing new, or sent again
            return
        stream[0] = (number + len(data)) % (1 << 32)
        stream[1] += data
        while len(stream[1]) >= 4 and len(stream[1]) >= (length := int.from_bytes(stream[1][1:4], "big")) >= 20:
            octets, stream[1] = stream[1][:length], stream[1][length:]
            self.diameter.append(Message.decode(octets))

    def flush(self):
        self._capture.flush()

    def close(self):
        self._socket.close()
        self._capture.close()

    # What was seen

    def carried(self, port):
        """All octets from and to a TCP port."""
        return b"|".join(bytes(octets) for ports, octets in list(self._carried.items()) if port in ports)

    def requests(self, command, identity=None, since=0):
        """Requests of a command that name an identity, private or public."""
        return [one for one in self.diameter[since:] if one.is_request and one.command == command and _names(one, identity)]

    def await_request(self, command, identity=None, since=0, fits=lambda _: True, seconds=5.0):
        """The first that fits, or None."""
        return eventually(lambda: next(filter(fits, self.requests(command, identity, since)), None), seconds, 0.02)

    def answer(self, request, seconds=3.0):
        """The answer to a request, or None."""
        wanted = request.hop_by_hop, request.end_to_end
        return eventually(lambda: next((one for one in self.diameter if not one.is_request and one.command == request.command
                                        and (one.hop_by_hop, one.end_to_end) == wanted), None), seconds, 0.02)

    def challenges(self, call_id, source):
        """The answers 401 to a REGISTER that an address sent."""
        seen = (one.message for one in self.sip if one.source == source and call_id.encode() in one.octets)
        return [one for one in seen if not one.is_request and one.status == 401]


def _names(message, identity):
    named = [one.value for name in ("User-Name", "Public-Identity") for one in message.findall(name)]
    return identity is None or identity in named
