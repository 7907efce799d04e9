# SPDX-License-Identifier: Apache-2.0
"""SIP messages (RFC 3261) as far as the phones and application servers of these tests need them, and a socket that carries them."""

import contextlib
import re
import secrets
import socket
import threading
import time

LISTS = ("via", "route", "record-route", "service-route", "path", "p-associated-uri", "contact")  # split at commas


def uri_of(value):
    """The URI of a name-addr or addr-spec."""
    return re.sub(r"^[^<]*<([^>]*)>.*$", r"\1", value) if "<" in value else value.split(";")[0].strip()


def host_of(uri):
    """(host, port) of a SIP URI or of the sent-by of a Via."""
    found = re.search(r"(?:sips?:|UDP )(?:[^@;?>]*@)?([^:;?> ]+)(?::(\d+))?", uri)
    return found[1], int(found[2] or 5060)


def parameters(value):
    """name="value" pairs of a challenge or of credentials."""
    pairs = re.findall(r'(\w[\w-]*)=(?:"([^"]*)"|([^\s,"]+))', value)
    return {name.lower(): quoted or bare for name, quoted, bare in pairs}


class Sip:
    """A message; `start` is its first line, `headers` a list of [name, value]."""

    def __init__(self, start, headers=(), body=""):
        self.start, self.headers, self.body = start, [list(pair) for pair in headers], body

    @classmethod
    def decode(cls, octets):
        head, _, body = octets.decode("utf-8", "replace").partition("\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        one = cls(lines[0], body=body)
        for line in lines[1:]:
            name, _, value = line.partition(":")
            many = name.strip().lower() in LISTS
            values = re.split(r",(?=(?:[^<>]|<[^>]*>)*$)", value) if many else [value]
            one.headers += [[name.strip(), each.strip()] for each in values]
        return one

    def encode(self):
        lines = [f"{name}: {value}" for name, value in self.headers if name.lower() != "content-length"]
        lines.append(f"Content-Length: {len(self.body.encode())}")
        return "\r\n".join([self.start, *lines, "", self.body]).encode()

    def all(self, name):
        return [value for each, value in self.headers if each.lower() == name.lower()]

    def get(self, name, default=""):
        return next(iter(self.all(name)), default)

    def add(self, name, value):
        self.headers.append([name, value])
        return self

    def put_first(self, name, value):
        self.headers.insert(0, [name, value])

    def drop_first(self, name):
        at = next(n for n, (each, _) in enumerate(self.headers) if each.lower() == name.lower())
        return self.headers.pop(at)[1]

    @property
    def is_request(self):
        return not self.start.startswith("SIP/2.0 ")

    @property
    def method(self):
        return self.get("CSeq").split()[-1]

    @property
    def uri(self):
        return self.start.split()[1]

    @property
    def status(self):
        return int(self.start.split()[1])

    @property
    def phrase(self):
        return self.start.split(" ", 2)[2]

    @property
    def transaction(self):
        return self.get("Call-ID"), self.get("CSeq")

    def reply(self, status, phrase, tag, *more, body=""):
        """The answer to this request."""
        copied = [pair for pair in self.headers if pair[0].lower() in ("via", "from", "to", "call-id", "cseq", "record-route")]
        answer = Sip(f"SIP/2.0 {status} {phrase}", copied, body)
        for pair in answer.headers:
            if pair[0].lower() == "to" and ";tag=" not in pair[1] and status > 100:
                pair[1] += f";tag={tag}"
        for name, value in more:
            answer.add(name, value)
        return answer


def token():
    return secrets.token_hex(6)


class Socket:
    """A UDP address that hands each request to `take` (which gives an answer or None) and each answer to whoever waits for it."""

    def __init__(self, address, port, take, take_answer=None):
        self.address, self.port, self.take, self.take_answer = address, port, take, take_answer
        self.requests, self._answers = [], {}
        self._arrival = threading.Condition()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        """Afterwards the address is free."""
        with contextlib.suppress(OSError):  # it is not connected
            self._socket.shutdown(socket.SHUT_RD)  # wakes the reader, who keeps it open
        self._socket.close()
        self._thread.join()

    def send(self, message, to):
        self._socket.sendto(message.encode(), to)

    def _serve(self):
        while True:
            try:
                octets, source = self._socket.recvfrom(65535)
            except OSError:
                return
            if len(octets.strip()) > 4:  # not a keep-alive
                self._receive(Sip.decode(octets), source)

    def _receive(self, message, source):
        if not message.is_request and self.take_answer:
            self.take_answer(message)
            return
        if not message.is_request:
            with self._arrival:
                self._answers.setdefault(message.transaction, []).append(message)
                self._arrival.notify_all()
            return
        with self._arrival:
            again = any(one.method != "ACK" and one.transaction == message.transaction and one.get("Via") == message.get("Via")
                        for one in self.requests)
            if not again:
                self.requests.append(message)
            self._arrival.notify_all()
        answers = self.take(message) or ()
        for answer in answers if isinstance(answers, (list, tuple)) else (answers,):
            self.send(answer, source)

    def exchange(self, request, to, seconds=8.0):
        """Sends again and again, as RFC 3261 17.1 has it; the final answer, or None."""
        end, pause, due = time.monotonic() + seconds, 1.0, 0.0
        while (now := time.monotonic()) < end:
            if now >= due:
                self.send(request, to)
                due, pause = now + pause, pause * 2
            with self._arrival:
                finals = [one for one in self._answers.get(request.transaction, []) if one.status >= 200]
                if finals:
                    return finals[0]
                self._arrival.wait(min(due, end) - now)
        return None

    def await_request(self, fits, seconds=5.0):
        """The first request that fits, or None."""
        end = time.monotonic() + seconds
        with self._arrival:
            while True:
                found = next((one for one in self.requests if fits(one)), None)
                if found or time.monotonic() >= end:
                    return found
                self._arrival.wait(end - time.monotonic())
