# SPDX-License-Identifier: Apache-2.0
"""Connections that say nothing keep nobody out: a newcomer is answered in time, and they are closed after seconds. And what comes in
under TLS is served as well."""

import contextlib
import socket
import time

import pytest
import wire
from bare import cer
from client import Caller, idle, is_closed
from peer import cx
from peer.connection import Frame
from peer.cx import HOME_REALM
from peer.diameter import Message
from peer.tls import context
from product import toml_with
from server import CoreServer
from support.certificates import Lab
from support.instance import free_port

IN_TIME = 3     # seconds that a newcomer waits for its CEA
PATIENCE = 15   # seconds until a connection that says nothing is closed
SAYING = {"nothing": b"", "half a header": b"\1\0\0\xc8\x80\0", "half a message": b"\1\0\0\xc8\x80\0\1\1" + bytes(12) + b"\0\0\1\x08"}
SOURCES = {"the same address": "127.0.0.1", "another address": "127.0.0.2"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A CA, and what it has signed for either side."""
    lab = Lab(tmp_path_factory.mktemp("tls"))
    lab.run(f"door.{HOME_REALM}", f"tls.{HOME_REALM}")
    return lab


@pytest.fixture(scope="module")
def door(product, certificates):
    """A server that listens for TLS, too."""
    secure = free_port()
    certificate, key = map(str, certificates.pair(f"door.{HOME_REALM}"))
    toml = toml_with(product, {"diameter.tls.port": secure, "diameter.tls.certificate": certificate, "diameter.tls.key": key,
                               "diameter.tls.ca": str(certificates.ca)})
    with CoreServer(product, "door", toml=toml) as server:
        server.secure = secure
        yield server


def begin(port, source):
    """A connection that need not be accepted yet."""
    one = socket.socket()
    one.setblocking(False)
    one.bind((source, 0))
    one.connect_ex(("127.0.0.1", port))
    return one


@contextlib.contextmanager
def crowd(port, count, octets=b"", source="127.0.0.1"):
    """So many connections that say nothing; at the end they are gone."""
    held = [begin(port, source) for _ in range(count)]
    time.sleep(0.3)
    for one in held:
        with contextlib.suppress(OSError):  # some may still wait to be accepted
            one.send(octets)
    try:
        yield held
    finally:
        for one in held:
            one.close()
        time.sleep(0.3)


def enter(server, label, source="127.0.0.1"):
    """Seconds until a newcomer has its CEA; it fails when that takes too long."""
    started = time.monotonic()
    Caller(server, label, source=source, timeout=IN_TIME).close()
    return time.monotonic() - started


def secured(server, certificates, source="127.0.0.1"):
    """A connection under TLS."""
    shown = context(certificates.ca, *certificates.pair(f"tls.{HOME_REALM}"))
    tls = shown.wrap_socket(idle(server.secure, source), server_hostname=f"door.{HOME_REALM}")
    tls.settimeout(IN_TIME)
    return tls


def enter_secure(server, certificates, source="127.0.0.1"):
    """The same over TLS."""
    started = time.monotonic()
    with secured(server, certificates, source) as tls:
        tls.sendall(cer(f"tls.{HOME_REALM}"))
        answer = tls.recv(65536)
    assert wire.result_code(answer) == 2001
    took = time.monotonic() - started
    time.sleep(0.2)  # until the server has seen that it has gone
    return took


def test_without_a_crowd_everybody_enters(door, certificates):
    assert enter(door, "newcomer") < 1
    assert enter_secure(door, certificates) < 1


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("saying", SAYING)
def test_forty_that_say_nothing_keep_nobody_out(door, saying, source):
    with crowd(door.port, 40, SAYING[saying]):
        assert enter(door, "newcomer", SOURCES[source]) < IN_TIME


@pytest.mark.parametrize("source", SOURCES)
def test_three_hundred_that_say_nothing_keep_nobody_out(door, source):
    with crowd(door.port, 300):
        assert enter(door, "newcomer", SOURCES[source]) < IN_TIME


@pytest.mark.parametrize("source", SOURCES)
def test_handshakes_that_never_begin_keep_nobody_out(door, certificates, source):
    with crowd(door.secure, 40):
        assert enter(door, "newcomer", SOURCES[source]) < IN_TIME
        assert enter_secure(door, certificates, SOURCES[source]) < IN_TIME


@pytest.mark.parametrize("source", SOURCES)
def test_handshakes_that_stop_half_way_keep_nobody_out(door, certificates, source):
    with crowd(door.secure, 40, b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"):
        assert enter(door, "newcomer", SOURCES[source]) < IN_TIME
        assert enter_secure(door, certificates, SOURCES[source]) < IN_TIME


def test_who_says_nothing_is_closed(door):
    """Among them one that dribbles: the time is that of the whole first message."""
    started = time.monotonic()
    held = {f"{name}, {saying}": [idle(port, "127.0.0.9", octets) for _ in range(3)]
            for name, port in (("plain", door.port), ("TLS", door.secure)) for saying, octets in SAYING.items()}
    dribbler = idle(door.port, "127.0.0.10", b"\1")
    open_still = [(name, one) for name, sockets in held.items() for one in sockets] + [("dribbler", dribbler)]
    while open_still and time.monotonic() < started + PATIENCE:
        with contextlib.suppress(OSError):
            dribbler.sendall(b"\0")
        time.sleep(0.5)
        open_still = [(name, one) for name, one in open_still if not is_closed(one)]
    for _, one in open_still:
        one.close()
    assert sorted({name for name, _ in open_still}) == [], f"{len(open_still)} are open after {PATIENCE} s"


def test_a_source_at_its_bound_loses_its_own_oldest_connection(door):
    """An agent or NAT has many peers behind one address: the newcomer is never the one that goes."""
    started = time.monotonic()
    bystander = idle(door.port, "127.0.0.12")
    with crowd(door.port, 300, source="127.0.0.11") as held:
        took = enter(door, "behind-the-same", "127.0.0.11")
        closed = [is_closed(one) for one in held]
        assert took < IN_TIME
        if time.monotonic() < started + 4:  # else all of them may have had their time
            assert not is_closed(bystander), "somebody else's connection was closed"
        assert closed[0], "300 connections of one address, and none had to go"
        assert closed == sorted(closed, reverse=True), "not the oldest were closed"
    bystander.close()


def messages_of(tls, count):
    """The next so many messages but for watchdogs."""
    octets, found = b"", []
    while len(found) < count:
        while len(octets) >= 4 and len(octets) >= (length := int.from_bytes(octets[1:4], "big")):
            if Frame(octets[:length]).command == cx.UAR:
                found.append(Message.decode(octets[:length]))
            octets = octets[length:]
        if len(found) < count:
            more = tls.recv(65536)
            assert more, f"closed by the server after {len(found)} messages"
            octets += more
    return found


@pytest.mark.parametrize("how", ["at once", "in crumbs", "read late"])
def test_every_request_over_tls_has_its_answer(door, certificates, how):
    """Records end anywhere in messages; and a peer that reads late gets all that waits for it."""
    sender = cx.Sender(f"tls.{HOME_REALM}", HOME_REALM)
    count = 20 if how == "in crumbs" else 3000
    requests = [cx.uar(f"nobody{n}@{HOME_REALM}", f"sip:nobody{n}@{HOME_REALM}", sender=sender) for n in range(count)]
    octets = b"".join(request.encode() for request in requests)
    with secured(door, certificates) as tls:
        tls.sendall(cer(sender.host))
        assert wire.result_code(tls.recv(65536)) == 2001
        if how == "in crumbs":
            for at in range(0, len(octets), 7):
                tls.sendall(octets[at:at + 7])
        else:
            tls.sendall(octets)
        if how == "read late":
            time.sleep(1)
        answers = messages_of(tls, count)
    assert sorted(answer.value("Session-Id") for answer in answers) == sorted(request.value("Session-Id") for request in requests)
    time.sleep(0.2)  # until the server has seen that it has gone
