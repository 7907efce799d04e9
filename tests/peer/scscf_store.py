# SPDX-License-Identifier: Apache-2.0
"""An S-CSCF that keeps the newest profile of very many users: reads no more of a push than it must, and answers at once."""

import re
import struct
import threading
import time

from .connection import Connection
from .cx import CX_APPLICATION, PPR
from .diameter import as_avps

_USER_NAME, _SESSION_ID, _USER_DATA = (1, 0), (263, 0), (606, 10415)
_VERSION = re.compile(rb"<Priority>(\d+)</Priority>")


def _top_level(data):
    """{(code, vendor): octets} and the octets of Session-Id as it stands."""
    found, at, session = {}, 20, b""
    while at < len(data):
        code, word = struct.unpack_from("!II", data, at)
        flags, length = word >> 24, word & 0xFFFFFF
        header = 12 if flags & 0x80 else 8
        vendor = struct.unpack_from("!I", data, at + 8)[0] if flags & 0x80 else 0
        found.setdefault((code, vendor), data[at + header:at + length])
        padded = length + -length % 4
        if (code, vendor) == _SESSION_ID:
            session = data[at:at + padded]
        at += padded
    return found, session


class Store:
    """What the S-CSCF knows, however many connections it has. `version` is the first priority of the document."""

    def __init__(self):
        self.versions, self.terminated, self.pushes, self.backwards = {}, {}, 0, 0
        self.arrivals = []  # (time, version)
        self.lock = threading.Lock()

    def take(self, command, avps):
        with self.lock:
            user = avps[_USER_NAME].decode()
            self.pushes += 1
            if command != PPR:
                self.terminated[user] = self.terminated.get(user, 0) + 1
                return
            version = int(_VERSION.search(avps[_USER_DATA])[1])
            self.backwards += version < self.versions.get(user, 0)
            self.versions[user] = version
            self.arrivals.append((time.monotonic(), version))


class StoringPeer(Connection):
    """One connection of that S-CSCF, or of an agent before it."""

    def __init__(self, store, *place, **more):
        self.store = store
        self.delay = 0.0
        super().__init__(*place, **more)
        self._tail = b"".join(one.encode() for one in as_avps([
            CX_APPLICATION, ("Auth-Session-State", 1), ("Result-Code", 2001), *self.origin()]))

    def _sort(self, frame):
        if not (frame.is_request and frame.command in (304, 305)):
            super()._sort(frame)
            return
        data = frame.data
        avps, session = _top_level(data)
        self.store.take(frame.command, avps)
        if self.delay:
            time.sleep(self.delay)
        body = session + self._tail
        self.send_raw(b"\x01" + (20 + len(body)).to_bytes(3, "big") + b"\x40" + data[5:20] + body)
