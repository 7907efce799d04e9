# SPDX-License-Identifier: Apache-2.0
"""An application server that records what it is asked: it takes third-party REGISTERs and passes on the rest (RFC 3261 16.11)."""

import hashlib

from phone import first_hop
from sip import Socket, host_of, uri_of


class Recorder:
    """Proxies without state: what it has to remember is in the Via that it adds."""

    def __init__(self, address):
        self.address = address
        self.socket = Socket(address, 5060, self._take, self._pass_back)

    def close(self):
        self.socket.close()

    def _take(self, request):
        if request.method == "REGISTER":
            return request.reply(200, "OK", "as", ("Contact", request.get("Contact")), ("Expires", request.get("Expires", "0")))
        if host_of(uri_of(request.get("Route", "<sip:none>")))[0].startswith(("tas.", "as2.", self.address)):
            request.drop_first("Route")
        if not request.get("Route"):  # it is meant for this server itself
            return None if request.method == "ACK" else request.reply(480, "Nobody Here", "as")
        self._pass_on(request)
        return None

    def _pass_on(self, request):
        branch = hashlib.sha256((request.get("Via") + self.address).encode()).hexdigest()[:16]
        request.put_first("Via", f"SIP/2.0/UDP {self.address}:5060;branch=z9hG4bK{branch}")
        self.socket.send(request, first_hop(request))

    def _pass_back(self, answer):
        answer.drop_first("Via")
        self.socket.send(answer, host_of(answer.get("Via")))

    def await_request(self, method, impu, seconds=5.0):
        """One that names a public identity in To, or for a call in From."""
        def fits(one):
            return one.method == method and impu in (uri_of(one.get("To")), uri_of(one.get("From")), one.uri)
        return self.socket.await_request(fits, seconds)

    def count(self, method, impu):
        parties = [(uri_of(one.get("To")), uri_of(one.get("From"))) for one in self.socket.requests if one.method == method]
        return sum(impu in both for both in parties)
