# SPDX-License-Identifier: Apache-2.0
"""Multimedia-Auth of Zh over the wire, row by row: code, Failed-AVP, vector, user security settings, and the database after."""

from dataclasses import dataclass, replace

import judge
import pytest
import zh_rows
from peer import cx, zh
from peer.checks import result_of
from peer.usim import Accepted
from subscribers import State, Subscriber
from support.user_data import ROOT, faults
from zh_server import connect, give_settings

GBA_RANGE = range(30, 32)  # TS 33.203 Annex G, the default range
TIMESTAMP = """
SELECT extract(epoch FROM changed_at)::bigint + 2208988800 FROM quintet.guss_timestamp JOIN quintet.impi ON impi.id = impi_id
WHERE identity = %s
"""


@dataclass(frozen=True)
class Scene:
    card: Subscriber
    stranger: Subscriber
    before: State


@pytest.fixture(scope="module")
def bsf(product, zh_server):
    with connect(product, zh_server) as connection:
        yield connection


@pytest.fixture(scope="module")
def other(subscribers):
    """Rows give this one an IMSI, so it is not the stranger of other tests."""
    return subscribers.create()


def provision(product, row, scene):
    if row.settings is not None:
        give_settings(product, scene.card.impi, row.settings)
    if row.more:
        product.sql(row.more, {"impi": scene.card.impi, "stranger": scene.stranger.impi, "imsi": zh_rows.imsi_of(scene)})


def request_of(row, scene, connection, stored):
    asked = {name: value(scene) if callable(value) else value for name, value in row.ask.items()}
    if asked.get("guss_timestamp") == zh_rows.SAME:
        asked["guss_timestamp"] = stored
    if row.authorization is not None:
        asked["authorization"] = row.authorization(scene)
    request = zh.mar(**{"impi": scene.card.impi, **asked}, sender=cx.Sender.on(connection))
    return request if row.change is None else row.change(request)


def next_ind(last):
    return GBA_RANGE[0] if last not in GBA_RANGE or last == GBA_RANGE[-1] else last + 1


def expected_state(row, before):
    if row.expect != zh_rows.SUCCESS:
        return replace(before, **row.after)
    base = before.seq if row.raised_to is None else row.raised_to
    return replace(before, **row.after, seq=base + 1, ind_gba=next_ind(before.ind_gba))


def check_vector(row, request, maa, card, seq, ind):
    assert list(zh.maa_problems(request, maa)) == []
    seen = card.usim(delta=1 << 43).authenticate(maa.vector.rand, maa.vector.autn)
    assert isinstance(seen, Accepted), seen
    assert (seen.seq, seen.ind, seen.amf) == (seq, ind, bytes(2))
    assert (seen.res, seen.ck, seen.ik) == (maa.vector.xres, maa.vector.ck, maa.vector.ik)
    assert maa.vector.scheme == row.echo


def check_settings(row, maa, card, stored):
    if row.settings is None or not row.told:
        assert maa.guss is None and maa.guss_timestamp is None
        return
    assert faults(maa.guss.decode(), ROOT / "schema" / "guss.xsd") == {}
    expected = sorted(row.settings.settings, key=lambda one: (one.gsid, one.naf_group or ""))
    assert zh.Guss.parse(maa.guss) == replace(row.settings, impi=card.impi, settings=tuple(expected))
    assert maa.guss_timestamp == stored


def run(row, product, connection, subscribers, other):
    before = State(**row.before)
    card = subscribers.create(before, **row.provision)
    scene = Scene(card, other, before)
    provision(product, row, scene)
    stored = product.value(TIMESTAMP, (card.impi,)) if row.settings else None
    request = request_of(row, scene, connection, stored)
    answer = connection.request(request, check=False)
    assert judge.protocol_problems(request, answer) == []
    maa = zh.parse_maa(answer)
    assert result_of(answer) == row.expect
    assert judge.failed_names(maa) == row.failed
    expected = expected_state(row, before)
    assert judge.state_changes(expected, subscribers.state(card)) == {}
    assert subscribers.pushes(card) == []
    if row.expect != zh_rows.SUCCESS:
        assert maa.items == [] and maa.guss is None and maa.guss_timestamp is None, "an error answer carries data"
        return
    check_vector(row, request, maa, card, expected.seq, expected.ind_gba)
    check_settings(row, maa, card, stored)


@pytest.mark.parametrize("row", zh_rows.ROWS, ids=[row.what for row in zh_rows.ROWS])
def test_row(row, product, bsf, subscribers, other, count_row):
    run(row, product, bsf, subscribers, other)
    count_row("Multimedia-Auth of Zh, TS 29.109 4.2")


def test_every_row_names_its_clause():
    rows = zh_rows.ROWS + zh_rows.MALFORMED
    assert [row.what for row in rows if not row.clause.startswith(("TS ", "RFC ", "docs/"))] == []
    assert len({row.what for row in rows}) == len(rows)
