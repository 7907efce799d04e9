# SPDX-License-Identifier: Apache-2.0
"""UAR, LIR and SAR over the wire, row by row: the exact result, every AVP of the answer, the state of the database after."""

import dereg_rows
import lir_rows
import pytest
import registration_judge
import sar_rows
import uar_rows
import wildcard_rows
from peer import cx
from product import Server, toml_with

# TS 29.228, TS 29.229 6.1.1 to 6.1.6: name of the table, command, clause, rows
TABLES = {
    "UAR": ("User-Authorization, TS 29.228 6.1.1", cx.UAR, uar_rows.ROWS, uar_rows.SHAPE),
    "LIR": ("Location-Info, TS 29.228 6.1.4", cx.LIR, lir_rows.ROWS, lir_rows.SHAPE),
    "SAR": ("Server-Assignment 0-3, TS 29.228 6.1.2", cx.SAR, sar_rows.ROWS, sar_rows.SHAPE),
    "SAR wildcards": ("Server-Assignment, wildcards and services, TS 29.228 6.1.2", cx.SAR, wildcard_rows.ROWS, wildcard_rows.SHAPE),
    "SAR wildcards keep": ("Server-Assignment 6 and 7, wildcards and services, the name is kept", cx.SAR, wildcard_rows.KEEP,
                           wildcard_rows.SHAPE),
    "SAR wildcards drop": ("Server-Assignment 6 and 7, wildcards and services, the name is dropped", cx.SAR, wildcard_rows.DROP,
                           wildcard_rows.SHAPE),
    "SAR end": ("Server-Assignment 4-11, TS 29.228 6.1.2", cx.SAR, dereg_rows.ROWS, dereg_rows.SHAPE),
    "SAR keep": ("Server-Assignment 6 and 7, the name is kept", cx.SAR, dereg_rows.KEEP, dereg_rows.SHAPE),
    "SAR drop": ("Server-Assignment 6 and 7, the name is dropped", cx.SAR, dereg_rows.DROP, dereg_rows.SHAPE),
}


def rows(*names):
    return [pytest.param(name, row, id=f"{name}: {row.what}")
            for name in names for row in TABLES[name][2]]


def run(name, row, connection, subscriptions, outsider, count_row):
    table, command, _, shape = TABLES[name]
    count_row(table)
    registration_judge.play(command, row, shape, connection, subscriptions, outsider)


@pytest.mark.parametrize("table, row", rows("UAR", "LIR", "SAR", "SAR wildcards", "SAR wildcards keep", "SAR end", "SAR keep"))
def test_row(table, row, peers, subscriptions, outsider, count_row):
    before = subscriptions.state(outsider)
    run(table, row, peers["scscf"], subscriptions, outsider, count_row)
    assert subscriptions.state(outsider) == before


@pytest.fixture(scope="module")
def dropping(product):
    """A peer of a server that keeps no S-CSCF for users who have left."""
    with Server(product, "dropping", toml_with(product, {"registration.keep_server_name": False})) as server:
        with product.connect(port=server.port) as connection:
            yield connection


@pytest.mark.parametrize("table, row", rows("SAR drop", "SAR wildcards drop"))
def test_row_without_keeping(table, row, dropping, subscriptions, outsider, count_row):
    run(table, row, dropping, subscriptions, outsider, count_row)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_names_its_clause(name):
    _, _, table, _ = TABLES[name]
    assert [row.what for row in table if not row.clause.startswith(("TS ", "RFC ", "docs/"))] == []
    assert len({row.what for row in table}) == len(table)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_can_be_provisioned(name, subscriptions):
    """Also of commands that are not served yet: the state read back is the state that was written."""
    _, _, table, shape = TABLES[name]
    for row in table:
        one = subscriptions.create(row.shape or shape, row.before)
        before = registration_judge.changed(registration_judge.fresh(one.shape), row.before)
        assert registration_judge.state_changes(row, before, subscriptions.state(one)).keys() <= row.after.keys(), row.what
