# SPDX-License-Identifier: Apache-2.0
"""Malformed UARs, LIRs and SARs over the wire, row by row: the right code and Failed-AVP, and nothing changed."""

import dataclasses

import malformed_rows
import pytest
import registration_rows
from peer import cx
from peer.checks import result_of
from subscriptions import fresh
from test_malformed import check_repeats, judge_answer

BUILD = {"UAR": lambda one, **more: cx.uar(one.names["i1"], one.names["u1"], **more),
         "LIR": lambda one, **more: cx.lir(one.names["u1"], **more),
         "SAR": lambda one, **more: cx.sar(one.names["i1"], [one.names["u1"]], 2, **more)}
ROWS = [pytest.param(command, row, id=row.what)
        for command, rows in malformed_rows.ROWS.items() for row in rows]
GOOD = {"UAR": (10415, 2002), "LIR": (0, 2001), "SAR": (0, 2001)}


@pytest.mark.parametrize("command, row", ROWS)
def test_row(command, row, peers, subscriptions, count_row):
    before = registration_rows.registered()
    one = subscriptions.create(registration_rows.ALONE, before)
    connection = peers["scscf"]
    request = BUILD[command](one, sender=cx.Sender.on(connection))
    request = row.change(request) or request
    count_row(f"malformed {command}, RFC 6733 7.1")
    answer = connection.request(request, check=False)
    if row.expect == (0, 2001):
        assert result_of(answer) == GOOD[command], answer.value("Error-Message")
    else:
        judge_answer(dataclasses.replace(row, ours=False), request, answer)
        if row.ours:
            check_repeats(request, cx.parse_answer(answer))
    assert subscriptions.state(one) == {**fresh(one.shape), **before}
    assert not connection.is_closed


def test_an_identity_without_end_is_an_invalid_value(peers):
    """Wildcards are looked up by every beginning of an identity, so its length is the database's work, squared."""
    connection = peers["scscf"]
    sender = cx.Sender.on(connection)
    for length, expected in ((1024, (10415, 5001)), (1025, (0, 5004)), (60000, (0, 5004))):
        impu = f"sip:{'a' * (length - len('sip:@') - len(cx.HOME_REALM))}@{cx.HOME_REALM}"
        assert len(impu) == length
        answer = connection.request(cx.lir(impu, sender=sender))
        assert result_of(answer) == expected, length
