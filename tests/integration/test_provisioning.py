# SPDX-License-Identifier: Apache-2.0
"""Provisioning while requests are served: a row that goes away between reading and writing leaves nothing half written."""

import contextlib

import pytest
from peer import cx
from peer.checks import result_of
from peer.results import TOO_BUSY
from product import Server, toml_with
from registration_rows import A, PAIR, SUCCESS, pending
from support.instance import eventually


@contextlib.contextmanager
def gone(product, table, set_id):
    """An UPDATE meets this row no more, as if another session had deleted it after it was read."""
    product.sql("CREATE FUNCTION quintet.gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
    product.sql(f"CREATE TRIGGER gone BEFORE UPDATE ON quintet.{table} FOR EACH ROW"
                f" WHEN (OLD.{'id' if table == 'registration_set' else 'set_id'} = {set_id}) EXECUTE FUNCTION quintet.gone()")
    try:
        yield
    finally:
        product.sql("DROP FUNCTION quintet.gone() CASCADE")


def highest_seq(product, one):
    return product.value("SELECT seq FROM quintet.sqn_state JOIN quintet.credential c USING (fingerprint) JOIN quintet.impi i ON i.credential_id = c.id"
                         " WHERE i.identity = %s", (one.names["i1"],))


REQUESTS = {
    cx.MAR: lambda one, **more: cx.mar(one.names["i1"], one.names["u1"], **more),
    cx.SAR: lambda one, **more: cx.sar(one.names["i1"], [one.names["u1"]], 1, **more),
}


@pytest.mark.parametrize("command, table, before", [(cx.MAR, "impi_set", {}), (cx.SAR, "impi_set", pending()),
                                                    (cx.SAR, "registration_set", pending())])
def test_a_row_that_goes_away_leaves_nothing_half_written(product, subscriptions, peers, command, table, before):
    connection = peers["scscf"]
    one = subscriptions.create(PAIR, before)

    def ask():
        return result_of(connection.request(REQUESTS[command](one, server_name=A, sender=cx.Sender.on(connection))))

    state, seq = subscriptions.state(one), highest_seq(product, one)
    with gone(product, table, one.ids["s1"]):
        assert ask() == TOO_BUSY
    assert subscriptions.state(one) == state
    assert highest_seq(product, one) == seq
    assert ask() == SUCCESS
    assert subscriptions.state(one) != state


INSERTS = """
    SET LOCAL lock_timeout = '2s';
    WITH who AS (INSERT INTO quintet.impi (identity, subscription_id, credential_id)
                 SELECT 'second.' || identity, subscription_id, credential_id FROM quintet.impi WHERE identity = %(impi)s
                 RETURNING id, subscription_id),
         set AS (INSERT INTO quintet.registration_set (subscription_id) SELECT subscription_id FROM who RETURNING id)
    INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id)
    SELECT who.id, set.id, who.subscription_id FROM who, set"""


def test_inserting_waits_for_no_request(product, subscriptions):
    one = subscriptions.create(PAIR)
    patient = toml_with(product, {"database.lock_timeout_ms": 2000, "diameter.max_age_ms": 5000})
    with Server(product, "stalled", patient) as server, product.connect("patient", port=server.port) as connection:
        asked = REQUESTS[cx.MAR](one, server_name=A, sender=cx.Sender.on(connection))
        # the server waits with the card and the subscription locked
        with product.held("SELECT 1 FROM quintet.impi_set WHERE set_id = %s FOR UPDATE", (one.ids["s1"],)):
            connection.send(asked)
            assert eventually(lambda: product.waiting() == 1, 5, 0.01)
            product.sql(INSERTS, {"impi": one.names["i1"]})
            assert product.waiting() == 1
        assert result_of(connection.wait(asked)) == SUCCESS
