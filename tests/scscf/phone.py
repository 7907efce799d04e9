# SPDX-License-Identifier: Apache-2.0
"""A phone with a soft USIM: registers by AKAv1-MD5 (RFC 3310), listens to its registration state (RFC 3680), calls, is called."""

import base64
from dataclasses import dataclass, field

from peer.cx import HOME_REALM
from peer.gba import digest_response
from peer.usim import Accepted, MacFailure, SyncFailure
from sip import Sip, Socket, host_of, parameters, token, uri_of

PCSCF = ("127.0.0.2", 5060)
SDP = "v=0\r\no=- 0 0 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


@dataclass
class Registration:
    """What one attempt came to: the last answer, the challenges before it, and what the card said to each."""

    answer: Sip | None = None
    challenges: list = field(default_factory=list)
    verdicts: list = field(default_factory=list)

    @property
    def status(self):
        return self.answer.status if self.answer else None

    @property
    def leaked(self):
        """Names of the keys that a challenge told the phone."""
        return sorted({name for one in self.challenges for name in ("ck", "ik") if name in parameters(one.get("WWW-Authenticate"))})


@dataclass
class Call:
    answer: Sip | None
    dialog: dict = field(default_factory=dict)

    @property
    def status(self):
        return self.answer.status if self.answer else None


class Phone:
    """One device of a user. `usim` may belong to another card than the HSS has, and `forge` changes a RES or an AUTS."""

    def __init__(self, address, impi, impu, usim, forge=None, pcscf=PCSCF):
        self.address, self.impi, self.impu, self.usim, self.forge = address, impi, impu, usim, forge or (lambda _, octets: octets)
        self.pcscf = pcscf
        self.contact = f"<sip:{token()}@{address}:5060>"
        self.tag, self.call_id, self.cseq = token(), f"{token()}@{address}", 0
        self.socket = Socket(address, 5060, self._take)

    def close(self):
        self.socket.close()

    # Registration

    def register(self, expires=3600, seconds=8.0):
        """Registers, registers again or, with expires=0, ends the registration."""
        attempt = Registration()
        credentials = self._credentials()
        for _ in range(4):
            attempt.answer = self.socket.exchange(self._register_request(expires, credentials), self.pcscf, seconds)
            if attempt.status != 401:
                break
            attempt.challenges.append(attempt.answer)
            credentials = self._answer_to(parameters(attempt.answer.get("WWW-Authenticate")), attempt)
            if credentials is None:
                break
        return attempt

    def _register_request(self, expires, credentials):
        self.cseq += 1
        return self._request("REGISTER", f"sip:{HOME_REALM}", self.impu, self.call_id, self.cseq, (
            ("Contact", self.contact), ("Expires", str(expires)), ("Supported", "path"), ("Authorization", credentials)))

    def _credentials(self, nonce="", response="", more=""):
        return (f'Digest username="{self.impi}", realm="{HOME_REALM}", uri="sip:{HOME_REALM}", nonce="{nonce}", '
                f'algorithm=AKAv1-MD5, response="{response}"{more}')

    def _answer_to(self, challenge, attempt):
        octets = base64.b64decode(challenge["nonce"])
        verdict = self.usim.authenticate(octets[:16], octets[16:32])
        attempt.verdicts.append(verdict)
        if isinstance(verdict, MacFailure):
            return None
        if isinstance(verdict, SyncFailure):
            auts = base64.b64encode(self.forge("auts", verdict.auts)).decode()
            return self._digest(challenge, b"", f', auts="{auts}"')
        assert isinstance(verdict, Accepted)
        return self._digest(challenge, self.forge("res", verdict.res))

    def _digest(self, challenge, password, more=""):
        cnonce, nonce = token(), challenge["nonce"]
        response = digest_response(self.impi, challenge["realm"], password, nonce, "REGISTER", f"sip:{HOME_REALM}", "auth", cnonce=cnonce)
        return self._credentials(nonce, response, f', qop=auth, nc=00000001, cnonce="{cnonce}"{more}')

    # Other requests

    def _request(self, method, uri, to, call_id, cseq, more=(), body="", tag="", from_tag=None):
        headers = [("Via", f"SIP/2.0/UDP {self.address}:5060;branch=z9hG4bK{token()}"), ("Max-Forwards", "70"),
                   ("From", f"<{self.impu}>;tag={from_tag or self.tag}"), ("To", f"<{to}>" + (f";tag={tag}" if tag else "")),
                   ("Call-ID", call_id), ("CSeq", f"{cseq} {method}"), *more]
        return Sip(f"{method} {uri} SIP/2.0", headers, body)

    def subscribe(self, seconds=8.0):
        """To the state of its own registration; the answer."""
        self.subscription = {"to": self.impu, "call_id": f"{token()}@{self.address}", "from_tag": token(), "tag": ""}
        answer = self.socket.exchange(self._subscribe_request(1, 3600), self.pcscf, seconds)
        self.subscription["tag"] = parameters(answer.get("To")).get("tag", "") if answer else ""
        return answer

    def unsubscribe(self, seconds=8.0):
        return self.socket.exchange(self._subscribe_request(2, 0), self.pcscf, seconds)

    def _subscribe_request(self, cseq, expires):
        return self._request("SUBSCRIBE", self.impu, cseq=cseq, **self.subscription, more=(
            ("Contact", self.contact), ("Event", "reg"), ("Accept", "application/reginfo+xml"), ("Expires", str(expires))))

    def notified(self, fits=lambda _: True, seconds=5.0):
        """The first NOTIFY whose body fits."""
        return self.socket.await_request(lambda one: one.method == "NOTIFY" and fits(one), seconds)

    def call(self, impu, seconds=8.0):
        """An INVITE, and the ACK of what answers it."""
        call_id, from_tag = f"{token()}@{self.address}", token()
        invite = self._request("INVITE", impu, impu, call_id, 1, (("Contact", self.contact), ("Content-Type", "application/sdp")),
                               body=SDP.format(self.address), from_tag=from_tag)
        answer = self.socket.exchange(invite, self.pcscf, seconds)
        if answer is None:
            return Call(None)
        dialog = {"to": impu, "call_id": call_id, "from_tag": from_tag, "tag": parameters(answer.get("To")).get("tag", ""),
                  "route": [("Route", value) for value in reversed(answer.all("Record-Route"))],
                  "target": uri_of(answer.get("Contact", f"<{impu}>"))}
        if answer.status < 300:
            self.socket.send(self._in_dialog("ACK", dialog, 1), self.pcscf)
        else:
            ack = self._request("ACK", impu, impu, call_id, 1, from_tag=from_tag, tag=dialog["tag"])
            ack.headers[0] = invite.headers[0]
            self.socket.send(ack, self.pcscf)
        return Call(answer, dialog)

    def hang_up(self, call, seconds=8.0):
        return self.socket.exchange(self._in_dialog("BYE", call.dialog, 2), self.pcscf, seconds)

    def _in_dialog(self, method, dialog, cseq):
        return self._request(method, dialog["target"], dialog["to"], dialog["call_id"], cseq, dialog["route"], tag=dialog["tag"],
                             from_tag=dialog["from_tag"])

    def _take(self, request):
        """What this phone answers: it takes every call."""
        if request.method == "ACK":
            return None
        if request.method != "INVITE":
            return request.reply(200, "OK", self.tag)
        return [request.reply(180, "Ringing", self.tag), request.reply(200, "OK", self.tag, ("Contact", self.contact),
                                                                       ("Content-Type", "application/sdp"),
                                                                       body=SDP.format(self.address))]

    def rang(self, seconds=5.0):
        """The INVITE that it got."""
        return self.socket.await_request(lambda one: one.method == "INVITE", seconds)


def first_hop(message):
    """Where a request goes next: its first Route, else its Request-URI."""
    return host_of(uri_of(message.get("Route"))) if message.get("Route") else host_of(message.uri)
