# SPDX-License-Identifier: Apache-2.0
"""Multimedia-Auth over the wire, row by row: the exact code, Failed-AVP, the vectors, and what the database holds after."""

from dataclasses import dataclass, replace

import judge
import mar_rows
import pytest
import scheme_rows
from peer import cx
from peer.checks import result_of
from product import Server, toml_with
from subscribers import State, Subscriber

ROWS = mar_rows.ROWS + scheme_rows.ROWS
STRICT = mar_rows.STRICT + scheme_rows.STRICT


@dataclass(frozen=True)
class Scene:
    card: Subscriber
    stranger: Subscriber
    before: State


@pytest.fixture(scope="module")
def strict(product):
    with Server(product, "strict", toml_with(product, {"authentication.accept_unknown_scheme": False})) as server:
        connection = product.connect(port=server.port)
        yield connection
        connection.close()


def request_of(row, scene, connection):
    plain = {"impi": scene.card.impi, "impu": scene.card.impu, "server_name": mar_rows.A}
    asked = {name: value(scene) if callable(value) else value for name, value in row.ask.items()}
    request = cx.mar(**{**plain, **asked}, sender=cx.Sender.on(connection))
    if row.authorization is not None or row.inside:
        inside = row.authorization and row.authorization(scene)
        item = cx.auth_item(asked.get("scheme", cx.AKA_V1), authorization=inside)
        request.replace("SIP-Auth-Data-Item", [*item, *row.inside])
    if row.beside is not None:
        request.add(("SIP-Authorization", row.beside(scene)))
    return request


def expected_state(row, before):
    if not row.vectors:  # no sequence number is used
        return replace(before, **row.after)
    base = before.seq if row.raised_to is None else row.raised_to
    return replace(before, **row.after, seq=base + row.vectors, ind_ims=judge.next_ind(before.ind_ims))


def run(row, connection, subscribers, stranger):
    before = State(**row.before)
    card = subscribers.create(before, **row.provision)
    assert subscribers.state(card) == before
    scene = Scene(card, stranger, before)
    request = request_of(row, scene, connection)
    answer = connection.request(request)
    maa = cx.parse_maa(answer)
    assert result_of(answer) == row.expect
    assert judge.failed_names(maa) == row.failed
    # An S-CSCF must be able to tell whose answer this is, whatever it says.
    assert (maa.user_name, maa.public_identity) == (request.value("User-Name"), request.value("Public-Identity"))
    after, expected = subscribers.state(card), expected_state(row, before)
    assert judge.state_changes(expected, after) == {}
    assert subscribers.pushes(card) == ([judge.deregistration(row.told, card)] if row.told else [])
    if row.item is not None:
        judge.check_item(request, maa, {name: value(scene) if callable(value) else value for name, value in row.item.items()})
        return
    if not row.vectors:
        judge.check_error(maa)
        return
    numbers = [(expected.seq - row.vectors + n, expected.ind_ims) for n in range(1, row.vectors + 1)]
    judge.check_success(request, maa, card, numbers)
    assert {item.scheme for item in maa.items} == {row.echo}


def names(rows):
    return [row.what for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row, peers, subscribers, stranger, count_row):
    before = subscribers.state(stranger)
    run(row, peers["scscf"], subscribers, stranger)
    assert subscribers.state(stranger) == before
    count_row("Multimedia-Auth, TS 29.228 6.3")


@pytest.mark.parametrize("row", STRICT, ids=names(STRICT))
def test_row_without_unknown(row, strict, subscribers, stranger, count_row):
    run(row, strict, subscribers, stranger)
    count_row("Multimedia-Auth, TS 29.228 6.3")


def test_every_row_names_its_clause():
    rows = ROWS + STRICT
    assert [row.what for row in rows if not row.clause.startswith(("TS ", "RFC ", "docs/"))] == []
    assert len({row.what for row in rows}) == len(rows)
