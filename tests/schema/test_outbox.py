# SPDX-License-Identifier: Apache-2.0
"""The outbox is bounded while nobody empties it, and sessions that idle in a transaction end."""

import subprocess

import psycopg2
import pytest
from conftest import ROOT
from psycopg2.extensions import make_dsn, parse_dsn
from support.databases import migrate
from test_giba import GIBA

ROWS = "SELECT subscription_id, destination_host, impi, associated, impus, reason, reason_info FROM quintet.push ORDER BY id"
DUE = ("SELECT quintet.giba_bind('alice@home.example.net', '10.0.0.{}')", "SELECT quintet.giba_release('alice@home.example.net')")


def test_pushes_of_one_subscription_to_one_destination_are_one_row(db):
    db(GIBA)
    subscription = db.value("SELECT subscription_id FROM quintet.impi WHERE identity = 'alice@home.example.net'")
    for n in range(1, 30):
        db(DUE[0].format(n))
    assert db.value("SELECT count(*) FROM quintet.push WHERE subscription_id = %s", subscription) == 1
    db("UPDATE quintet.push SET impus = '{sip:other@home.example.net}', associated = '{b@home.example.net}', impi = 'a@home.example.net'")
    db(DUE[1])
    (row,) = db(ROWS)
    assert row[2] == "alice@home.example.net" and sorted(row[3]) == ["a@home.example.net", "b@home.example.net"]
    assert row[4][0] == "sip:other@home.example.net" and len(row[4]) == len(set(row[4])) > 1
    assert row[6] == "the address of the UE was released"


def test_another_destination_has_its_own(db):
    db(GIBA)
    db(DUE[0].format(1))
    db(DUE[0].format(2))
    db("UPDATE quintet.subscription SET scscf_host = 'other.home.example.net' WHERE scscf_host IS NOT NULL")
    db(DUE[0].format(3))
    assert db.value("SELECT count(*) FROM quintet.push") == 2


def test_what_nobody_is_subscribed_to_any_more_is_not_due(db):
    db(GIBA)
    db(DUE[0].format(1))
    db(DUE[0].format(2))
    assert db.value("SELECT count(*) FROM quintet.push") == 1
    db("DELETE FROM quintet.subscription WHERE id = (SELECT subscription_id FROM quintet.push)")
    assert db(ROWS) == []


def test_a_migration_keeps_the_last_of_each(databases, tmp_path):
    steps = sorted((ROOT / "schema").glob("[0-9]*.sql"))
    for step in steps:
        if int(step.name[:4]) < 11:
            (tmp_path / step.name).write_bytes(step.read_bytes())
    for name in ("migrate", "roles.sql"):
        (tmp_path / name).write_bytes((ROOT / "schema" / name).read_bytes())
    (tmp_path / "migrate").chmod(0o755)
    conninfo = databases.empty()
    migrate(conninfo, tmp_path)
    with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO quintet.subscription (id, name) VALUES (1, 'a');"
                       "INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES ('a@home.example.net', 1, '{}');"
                       "INSERT INTO quintet.push (kind, destination_host, destination_realm, impi, impus, reason)"
                       " VALUES ('rtr', 'x', 'r', 'a@home.example.net', '{1}', 1), ('rtr', 'x', 'r', 'a@home.example.net', '{2}', 1),"
                       " ('rtr', 'y', 'r', 'a@home.example.net', '{3}', 1), ('rtr', 'x', 'r', 'gone@home.example.net', '{4}', 1)")
    connection.close()
    migrate(conninfo)
    with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT destination_host, impus FROM quintet.push ORDER BY id")
        assert cursor.fetchall() == [("x", ["2"]), ("y", ["3"])]
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
