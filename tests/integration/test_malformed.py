# SPDX-License-Identifier: Apache-2.0
"""Malformed and misdirected requests over the wire, row by row; none may harm the daemon, its peers or the database."""

import base_rows
import judge
import pytest
from base_rows import ROWS
from peer import cx
from peer.checks import result_of
from peer.diameter import DecodeError
from peer.dictionary import BY_NAME
from subscribers import State

TABLE = "malformed requests, RFC 6733 7.1"


@pytest.fixture(scope="module", autouse=True)
def same_process(product, peers, subscribers):
    """The daemon that answers the first row also answers after the last one."""
    pid = product.pid("server")
    yield
    assert product.pid("server") == pid, "the daemon died and was started again"
    card = subscribers.create()
    answer = peers["scscf"].request(cx.mar(card.impi, card.impu, sender=cx.Sender.on(peers["scscf"])))
    assert result_of(answer) == (0, 2001)


def text_of(message, name):
    """A text of the request, None where it has none that can be repeated."""
    try:
        return message.value(name) or None
    except DecodeError:
        return None


def is_completed(row):
    """What freeDiameter answers by itself has our identities all the same, but for its router."""
    return row.expect[1] >= 4000


# By command; the answers of the others have no place for them (TS 29.229 6.1).
REPEATED = {cx.MAR: ("User-Name", "Public-Identity"), cx.SAR: ("User-Name",)}


def check_identities(request, answer):
    got = {"User-Name": answer.user_name, "Public-Identity": answer.public_identity}
    for name in REPEATED.get(request.command, ()):
        assert got[name] == text_of(request, name), name


def example_of(name):
    """RFC 6733 7.5: what is missing is shown by zeros, as few as its type takes."""
    return bytes(4) if BY_NAME[name].type in ("Unsigned32", "Enumerated") else b""


def repetition_of(one):
    """The first 512 octets; of a group only that it was there."""
    return b"" if BY_NAME[one.name].type == "Grouped" else one.data[:512]


def check_repeats(request, parsed):
    """Failed-AVP holds the beginning of what was sent, or an example of what was not."""
    for one in parsed.failed_avp or ():
        sent = request.findall(one.name) or [inner for item in request.findall(base_rows.ITEM) for inner in item.value
                                             if inner.name == one.name]
        assert one.data == (repetition_of(sent[0]) if sent else example_of(one.name)), "Failed-AVP does not repeat the beginning of what was sent"


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_row(row, peers, subscribers, count_row):
    card = subscribers.create()
    connection = peers["scscf"]
    plain = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection))
    changed = row.change(plain)
    request = plain if changed is None else changed
    count_row(TABLE)
    judge_answer(row, request, connection.request(request, check=False))
    assert not connection.is_closed
    if row.expect != (0, 2001):
        assert subscribers.state(card) == State(), "a refused request changed the database"


def judge_answer(row, request, answer):
    assert judge.protocol_problems(request, answer) == []
    assert result_of(answer) == row.expect, answer.value("Error-Message")
    parsed = cx.parse_answer(answer)
    assert judge.failed_names(parsed) == row.failed
    if row.ours or is_completed(row):
        check_identities(request, parsed)
    if row.ours:
        check_repeats(request, parsed)


def test_a_session_id_that_nobody_can_read_does_not_come_back(peers, subscribers):
    card = subscribers.create()
    connection = peers["scscf"]
    request = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection))
    base_rows.put("Session-Id", b"a;1;2", length=4000)(request)
    answer = connection.request(request, check=False)
    assert result_of(answer) == base_rows.INVALID_LENGTH
    assert judge.failed_names(cx.parse_answer(answer)) == ("Session-Id",)
    assert answer.find("Session-Id") is None and not connection.is_closed


def test_a_retransmission_gets_fresh_vectors(peers, subscribers):
    """TS 33.102: a number is never issued twice, so a request with the T flag burns one."""
    card = subscribers.create()
    connection = peers["scscf"]
    first = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection))
    again = cx.Message.decode(first.encode())
    again.flags |= 0x10
    again.hop_by_hop = (first.hop_by_hop + 0x1000000) & 0xFFFFFFFF
    items = [cx.parse_maa(connection.request(one)).items[0] for one in (first, again)]
    assert items[0].rand != items[1].rand
    assert [judge.seq_of(item, card) for item in items] == [1001, 1002]


def test_proxy_info_comes_back_as_it_was_sent(peers, subscribers):
    card = subscribers.create()
    connection = peers["scscf"]
    chain = [("Proxy-Info", [("Proxy-Host", f"proxy{n}.{cx.HOME_REALM}"), ("Proxy-State", bytes([n]) * 5)]) for n in (1, 2)]
    request = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection)).add(*chain)
    answer = connection.request(request)
    assert [one.data for one in answer.findall("Proxy-Info")] == [one.data for one in request.findall("Proxy-Info")]

