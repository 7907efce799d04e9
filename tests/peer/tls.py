# SPDX-License-Identifier: Apache-2.0
"""Diameter over TLS (RFC 6733 13.1) for a connection that one thread reads while others write."""

import select
import socket
import ssl
import threading


def context(ca, certificate=None, key=None, newest=None):
    """What a peer trusts and shows: files. `newest`: the highest version that it speaks, for peers that are behind."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(ca)
    if certificate:
        made.load_cert_chain(certificate, key)
    if newest is not None:
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version, made.maximum_version = newest, newest
    return made


class Secured:
    """A socket under TLS. A session of OpenSSL is for one thread at a time, so nobody blocks in it."""

    def __init__(self, plain, tls, host):
        """Shakes hands; `host` is whose certificate the other side must have. SSLError when that fails."""
        self._session = tls.wrap_socket(plain, server_hostname=host)
        self._session.setblocking(False)
        self._lock = threading.Lock()

    def _try(self, use, *arguments):
        """Until the session has taken or given something; what it waits for is waited for without the lock."""
        while True:
            try:
                with self._lock:
                    if (number := self._session.fileno()) < 0:
                        raise OSError("closed by us")
                    return use(*arguments)
            except ssl.SSLWantReadError:
                select.select([number], [], [], 1)
            except ssl.SSLWantWriteError:
                select.select([], [number], [], 1)

    def recv(self, size):
        return self._try(self._session.recv, size)

    def sendall(self, data):
        left = memoryview(data)
        while left:
            left = left[self._try(self._session.send, left):]

    def settimeout(self, _):
        """Whoever waits has a clock of his own."""

    def version(self):
        return self._session.version()

    def getsockname(self):
        return self._session.getsockname()

    def setsockopt(self, *option):
        self._session.setsockopt(*option)

    def shutdown(self, how):
        """Of the socket: that of the session would leave it readable without TLS."""
        socket.socket.shutdown(self._session, how)

    def close(self):
        with self._lock:  # else a reader takes from whoever gets the same descriptor next
            self._session.close()
