# SPDX-License-Identifier: Apache-2.0
"""The connection against a tiny server: handshake, matching, watchdog, silence, and every way to lose the peer."""

import socket
import time

import pytest
from fake_hss import FakeHss
from peer import checks, cx
from peer.connection import Connection, PeerError
from peer.diameter import DecodeError, Message

REALM = "ims.test"


@pytest.fixture
def hss():
    server = FakeHss()
    yield server
    server.close()


def connect(hss, **options):
    return Connection("127.0.0.1", hss.port, "SCSCF.ims.test", REALM, **{"timeout": 5, **options})


def mar(connection, **fields):
    return cx.mar("alice@ims.test", "sip:alice@ims.test", sender=cx.Sender.on(connection), **fields)


def watchdog():
    return Message.request(280, [("Origin-Host", "hss.ims.test"), ("Origin-Realm", REALM)], application=0)


def wait_until(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 5 s"
        time.sleep(0.005)


def test_opens_asks_and_says_goodbye(hss):
    with connect(hss) as connection:
        answer = connection.request(mar(connection))
        assert cx.parse_maa(answer).is_success
    cer, request, dpr = hss.seen
    assert [cer.command, request.command, dpr.command] == [257, 303, 282]
    assert cer.value("Origin-Host") == request.value("Origin-Host") == "scscf.ims.test"
    assert str(cer.value("Host-IP-Address")) == "127.0.0.1"
    inside = {one.name: one.value for one in cer.value("Vendor-Specific-Application-Id")}
    assert inside == {"Vendor-Id": 10415, "Auth-Application-Id": 16777216}
    assert dpr.value("Disconnect-Cause") == 2


def test_refused_handshake():
    hss = FakeHss(cea_code=3010)
    with pytest.raises(PeerError, match="3010"):
        connect(hss)
    hss.close()


def test_answers_in_another_order_find_their_requests(hss):
    hss.hold = 9
    with connect(hss) as connection:
        pairs = list(connection.exchange((mar(connection) for _ in range(30)), window=10))
        assert len(pairs) == 30
        for request, answer in pairs:
            assert answer.value("Session-Id") == request.value("Session-Id")
        assert connection.unexpected == []


def test_no_more_than_the_window_is_on_its_way(hss):
    hss.hold = 10  # never satisfied by ten requests
    with connect(hss) as connection:
        with pytest.raises(TimeoutError):
            list(connection.exchange((mar(connection) for _ in range(30)), window=10, timeout=0.1))
        assert len(hss.held) == 10


def test_watchdog_is_answered_while_nobody_waits(hss):
    with connect(hss) as connection:
        ping = watchdog()
        hss.push(ping)
        wait_until(lambda: connection.watchdogs == 1)
        connection.request(mar(connection))
    (pong,) = [one for one in hss.seen if one.command == 280]
    assert checks.problems(ping, pong) == []


def test_watchdog_can_be_left_unanswered(hss):
    with connect(hss, answer_watchdog=False) as connection:
        hss.push(watchdog())
        wait_until(lambda: connection.watchdogs == 1)
        connection.request(mar(connection))
    assert not [one for one in hss.seen if one.command == 280]


def test_silence_is_a_timeout_and_the_late_answer_is_kept_apart(hss):
    hss.hold = 1
    with connect(hss) as connection:
        with pytest.raises(TimeoutError, match="no answer to MAR"):
            connection.request(mar(connection), timeout=0.05)
        assert cx.parse_maa(connection.request(mar(connection))).is_success
        wait_until(lambda: len(connection.unexpected) == 1)


def test_answer_that_breaks_the_protocol(hss):
    hss.spoil = lambda answer: answer.drop("Result-Code")
    with connect(hss) as connection:
        with pytest.raises(checks.AnswerError, match="0 results"):
            connection.request(mar(connection))
        assert connection.request(mar(connection), check=False).find("Result-Code") is None


def test_answer_that_is_no_message(hss):
    def spoil(answer):
        answer.avps[0].length = 5
        return answer
    hss.spoil = spoil
    with connect(hss) as connection, pytest.raises(DecodeError, match="length 5"):
        connection.request(mar(connection))


@pytest.mark.parametrize("octets, words", [
    (b"HTTP/1.1 400", "begin no Diameter message"), (b"\1\0\0\x13" + bytes(16), "begin no Diameter message")])
def test_garbage_ends_the_connection(hss, octets, words):
    with connect(hss) as connection:
        hss.push(octets)
        assert connection.wait_closed()
        with pytest.raises(PeerError, match=words):
            connection.wait(mar(connection))


def test_close_by_the_peer_wakes_the_waiter(hss):
    def spoil(_):
        hss.connection.shutdown(socket.SHUT_RDWR)
    hss.spoil = spoil
    with connect(hss) as connection:
        with pytest.raises(PeerError, match="closed by the peer"):
            connection.request(mar(connection))
        assert connection.is_closed


def test_close_inside_a_message_is_told(hss):
    def spoil(answer):
        hss.connection.sendall(answer.encode()[:50])
        hss.connection.shutdown(socket.SHUT_RDWR)
    hss.spoil = spoil
    with connect(hss) as connection, pytest.raises(PeerError, match="after 50 of"):
        connection.request(mar(connection))


def test_request_of_the_hss_is_received_and_answered(hss):
    with connect(hss) as connection:
        rtr = Message.request(304, [("Session-Id", "hss;1;1"), ("User-Name", "alice@ims.test")])
        hss.push(rtr)
        received = connection.next_request()
        assert received == rtr
        connection.answer(received)
        with pytest.raises(TimeoutError):
            connection.next_request(timeout=0.05)
        connection.request(mar(connection))
    (rta,) = [one for one in hss.seen if one.command == 304]
    assert checks.problems(rtr, rta) == []


def test_abort_resets_without_goodbye(hss):
    connection = connect(hss)
    connection.abort()
    assert connection.is_closed
    with pytest.raises(PeerError):
        connection.send(mar(connection))
    assert [one.command for one in hss.seen] == [257]


def test_no_handshake_sends_what_it_is_told(hss):
    with connect(hss, handshake=False) as connection:
        assert hss.seen == []
        connection.send_raw(connection.capabilities().encode())
        wait_until(lambda: len(hss.seen) == 1)


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        Connection("127.0.0.1", port, "a", "b", timeout=2)
