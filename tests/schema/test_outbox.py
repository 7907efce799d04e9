# SPDX-License-Identifier: Apache-2.0
"""Rows of the outbox outlive what they are about, and sessions that idle in a transaction end."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from conftest import ROOT
from database import Database
from psycopg2.extensions import make_dsn, parse_dsn
from support.databases import migrate
from test_giba import GIBA

ROWS = ("SELECT cause, kind::text, destination_host, impi, impus, reason, cardinality(ends_sets), state::text FROM quintet.push"
        " ORDER BY id")
BIND = "SELECT quintet.giba_bind('alice@home.example.net', '10.0.0.{}')"


def test_each_change_of_an_address_is_due_and_names_what_it_ends(db):
    db(GIBA)
    for n in range(1, 4):
        db(BIND.format(n))
    rows = db(ROWS)
    assert len(rows) == 1, "the first address replaces none, and the third ends the same registration as the second"
    assert {row[:2] + row[5:] for row in rows} == {("giba", "rtr", 0, 1, "waiting")}


def test_the_rtr_outlives_its_subscription(db):
    db(GIBA)
    db("DELETE FROM quintet.subscription WHERE id = (SELECT subscription_id FROM quintet.impi WHERE identity = 'alice@home.example.net')")
    (row,) = db(ROWS)
    assert row[:2] == ("removed", "rtr") and row[3] == "alice@home.example.net" and row[4] and row[5] == 0


@pytest.fixture(scope="module")
def committed(populated):
    return populated(GIBA)


@pytest.mark.parametrize("statement", ("DELETE FROM quintet.impi_set WHERE set_id = 1", "DELETE FROM quintet.registration_set WHERE id = 1"))
def test_who_removes_a_row_of_a_served_subscription_is_refused_before_a_request_waits_long(committed, statement):
    """A request has the subscription and comes for the row: the other way round would be a deadlock."""
    with Database(committed) as server, Database(committed, "quintet_provisioner") as provisioner:
        server("SELECT FROM quintet.subscription WHERE id = 1 FOR NO KEY UPDATE")
        server("SET lock_timeout = '900ms'")
        with ThreadPoolExecutor(1) as pool:
            refused = pool.submit(provisioner.refusal, statement)
            time.sleep(0.05)
            server("UPDATE quintet.impi_set SET generation = generation + 1 WHERE set_id = 1")
            server("UPDATE quintet.registration_set SET generation = generation + 1 WHERE id = 1")
            error = refused.result()
        assert isinstance(error, psycopg2.errors.LockNotAvailable) and "subscription 1 is being served" in str(error)


def test_who_removes_a_row_of_a_subscription_that_is_held_for_a_moment_waits(committed):
    with Database(committed) as server, Database(committed, "quintet_provisioner") as provisioner:
        server("SELECT FROM quintet.subscription WHERE id = 1 FOR NO KEY UPDATE")
        with ThreadPoolExecutor(1) as pool:
            removed = pool.submit(provisioner, "DELETE FROM quintet.impi_set WHERE set_id = 1")
            time.sleep(0.05)
            server.commit()
            removed.result()
        assert provisioner.value("SELECT count(*) FROM quintet.impi_set WHERE set_id = 1") == 0


def steps_before(number, folder):
    folder.mkdir()
    for step in sorted((ROOT / "schema").glob("[0-9]*.sql")):
        if int(step.name[:4]) < number:
            (folder / step.name).write_bytes(step.read_bytes())
    (folder / "roles.sql").write_bytes((ROOT / "schema" / "roles.sql").read_bytes())
    return folder


def test_a_migration_keeps_the_last_of_each_until_pushes_are_sent(databases, tmp_path):
    conninfo = databases.empty()
    migrate(conninfo, steps_before(11, tmp_path / "before outbox"))
    with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO quintet.subscription (id, name) VALUES (1, 'a');"
                       "INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES ('a@home.example.net', 1, '{}');"
                       "INSERT INTO quintet.push (kind, destination_host, destination_realm, impi, impus, reason)"
                       " VALUES ('rtr', 'x', 'r', 'a@home.example.net', '{1}', 1), ('rtr', 'x', 'r', 'a@home.example.net', '{2}', 1),"
                       " ('rtr', 'y', 'r', 'a@home.example.net', '{3}', 1), ('rtr', 'x', 'r', 'gone@home.example.net', '{4}', 1)")
    connection.close()
    for folder, left in ((steps_before(15, tmp_path / "before pushes"), [("x", ["2"]), ("y", ["3"])]), (None, [])):
        migrate(conninfo, *([folder] if folder else []))
        with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT destination_host, impus FROM quintet.push ORDER BY id")
            assert cursor.fetchall() == left
        connection.close()


@pytest.fixture(scope="module")
def migrated_here(databases):
    """Not a copy of a template: settings of a database are not copied along."""
    conninfo = databases.empty()
    migrate(conninfo)
    return conninfo


def test_a_provisioning_session_that_idles_in_a_transaction_is_ended(migrated_here):
    with psycopg2.connect(migrated_here) as admin, admin.cursor() as cursor:
        cursor.execute("CREATE ROLE careless LOGIN IN ROLE quintet_provisioner")
    admin.close()
    try:
        session = psycopg2.connect(make_dsn(**{**parse_dsn(migrated_here), "user": "careless"}))
        with session.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("1min",)
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '200ms'")  # it can be overridden
            with pytest.raises(psycopg2.Error):
                subprocess.run(["sleep", "0.6"], check=True)
                cursor.execute("SELECT 1")
        session.close()
    finally:
        with psycopg2.connect(migrated_here) as admin, admin.cursor() as cursor:
            cursor.execute("DROP ROLE careless")
        admin.close()
