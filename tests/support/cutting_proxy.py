# SPDX-License-Identifier: Apache-2.0
"""A door to PostgreSQL that cuts a connection at a chosen moment: for what a client must make of that."""

import contextlib
import socket
import threading

# Bind messages: unnamed portal, statement (in its form for one row), one parameter in binary. And what ends a COMMIT.
ASKS_TO_LOCK = b"\0lock_credentials_of_one\0\0\1\0\1"
ASKS_TO_COMMIT = b"\0commit\0"
HAS_COMMITTED = b"COMMIT\0"


class CuttingProxy:
    """Listens in a folder of its own and passes everything on to the socket `target`. `moment`: "early", before the server hears of
    a lock; "before" it hears of the COMMIT; "after" it has committed, before the client hears of it."""

    def __init__(self, folder, target, moment):
        folder.mkdir(parents=True)
        self._target = str(target)
        self._asked = {"early": ASKS_TO_LOCK, "before": ASKS_TO_COMMIT}.get(moment)
        self._answered = HAS_COMMITTED if moment == "after" else None
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / target.name))
        self._door.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._door.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._door.accept()[0]
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                for way in ((client, server, self._asked), (server, client, self._answered)):
                    threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    @staticmethod
    def _pass_on(source, sink, last):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                if last is not None and last in octets:
                    break
                sink.sendall(octets)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
