# SPDX-License-Identifier: Apache-2.0
"""No statement of the server reads a table from end to end that grows with the subscribers, however it was planned."""

import json
import os
import re
import subprocess
from pathlib import Path

import psycopg2
import pytest

from conftest import ROOT
from database import Database

SUBSCRIBERS = 10_000
SMALL = {"cluster", "kek", "application_server", "roaming_area_network"}  # of the operator's network
MOST = 150  # cost of one look-up; an index that is read from end to end costs more
NO_PLAN = {"begin", "begin_reading", "commit", "rollback",
           "sweep"}  # once an hour, on purpose
SCANS = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "Sample Scan", "Tid Range Scan"}

# As many of each kind; a shared profile for ten.
GROWN = """
SET LOCAL session_replication_role = replica;
INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (1, 'aes-key-wrap', '\\x00', '\\x010203');
INSERT INTO quintet.sqn_state (id, fingerprint) OVERRIDING SYSTEM VALUE
  SELECT i, decode(lpad(to_hex(i), 32, '0'), 'hex') FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.credential (id, name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint)
  SELECT i, 'card-' || i, 1, 'aes-key-wrap', repeat('k', 24)::bytea, repeat('o', 44)::bytea, decode(lpad(to_hex(i), 32, '0'), 'hex')
  FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.subscription (id, name) SELECT i, 'subscription-' || i FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.impi (id, identity, subscription_id, credential_id, imsi)
  SELECT i, i || '@home.example.net', i, i, lpad(i::text, 15, '0') FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.registration_set (id, subscription_id) SELECT i, i FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.service_profile (id, name, revision) SELECT i, 'profile-' || i, i FROM generate_series(1, {n} / 10) AS i;
INSERT INTO quintet.application_server (id, name, server_name) VALUES (1, 'telephony', 'sip:as.home.example.net');
INSERT INTO quintet.shared_ifc_set (id, name) SELECT i, 'common-' || i FROM generate_series(1, {n} / 10) AS i;
INSERT INTO quintet.service_profile_shared_ifc_set (profile_id, shared_ifc_set_id) SELECT i, i FROM generate_series(1, {n} / 10) AS i;
INSERT INTO quintet.initial_filter_criteria (id, profile_id, priority, application_server_id)
  SELECT i, i, 1, 1 FROM generate_series(1, {n} / 10) AS i;
INSERT INTO quintet.service_point_trigger (ifc_id, position, groups, kind, method)
  SELECT i, 1, '{{0}}', 'method', 'INVITE' FROM generate_series(1, {n} / 10) AS i;
INSERT INTO quintet.impu (id, identity, type, set_id, service_profile_id)
  SELECT i, 'sip:' || i || '@home.example.net', 'distinct_pui', i, 1 + i % ({n} / 10) FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) SELECT i, i, i FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.digest_secret (impi_id, realm, md5_sealed)
  SELECT i, 'home.example.net', repeat('m', 44)::bytea FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.line_identifier (impi_id, line) SELECT i, 'line' FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.giba_binding (impi_id, address) SELECT i, '192.0.2.1' FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.reference_location (impi_id, access_type, access_info, access_value)
  SELECT i, 'a', 'b', 'c' FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.guss (impi_id) SELECT i FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.guss_timestamp (impi_id, changed_at) SELECT i, now() FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.uss (impi_id, gsid, uids) SELECT i, 1, '{{u}}' FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.extended_priority (impu_id, namespace, level) SELECT i, 'wps', '1' FROM generate_series(1, {n}) AS i;
"""
# What the server itself keeps. Connections that prepared their statements before there was any keep their plans.
KEPT = """
SET LOCAL session_replication_role = replica;
INSERT INTO quintet.restoration_contact (impi_id, set_id, position, path, contact) SELECT i, i, 1, 'p', 'c' FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.request_seen (origin_host, end_to_end, outcome, asked)
  SELECT 'scscf.home.example.net', i, 'success', sha256('') FROM generate_series(1, {n}) AS i;
INSERT INTO quintet.push (kind, destination_host, destination_realm, impi, reason, subscription_id)
  SELECT 'rtr', 'scscf.home.example.net', 'home.example.net', i || '@home.example.net', 0, i FROM generate_series(1, {n}) AS i;
"""
PLANTED = {
    "no index": "SELECT id FROM subscription WHERE scscf_name = $1",
    "an index for something else": "SELECT id FROM impi WHERE id + 0 = $1 ORDER BY id",
    "the whole of an index": "SELECT max(id + 0) FROM (SELECT id FROM impu ORDER BY id) AS i",
    "a change": "UPDATE registration_set SET state = 'registered' FROM unnest($1::bigint[]) AS v (id) WHERE subscription_id + 0 = v.id",
}


@pytest.fixture(scope="module")
def printed():
    """Settings of a session, and the statements by name."""
    build = Path(os.environ.get("QUINTET_BUILD_DIR", ROOT / "build" / "release"))
    lines = subprocess.run([build / "tests" / "schema" / "statements"], check=True, capture_output=True, text=True).stdout.splitlines()
    pairs = [line.split("\t", 1) for line in lines]
    return [sql for name, sql in pairs if not name], {name: sql for name, sql in pairs if name}


@pytest.fixture(scope="module", params=["nothing kept", "as much kept"])
def grown(request, databases, printed):
    """A session like those of the server, on a database with many subscribers."""
    made = databases.migrated()
    with Database(made) as database:
        database(GROWN.format(n=SUBSCRIBERS))
        if request.param == "as much kept":
            database(KEPT.format(n=SUBSCRIBERS))
        database.commit()
        database("ANALYZE")
        database.commit()
    connection = psycopg2.connect(made)
    with connection.cursor() as cursor:
        for setting in printed[0]:
            cursor.execute(setting)
        connection.commit()
        yield cursor
    connection.close()


def nodes(plan, has_limit=False):
    """Nodes, and whether a LIMIT stands above each."""
    yield plan, has_limit
    for below in plan.get("Plans", ()):
        yield from nodes(below, has_limit or plan["Node Type"] == "Limit")


def is_whole(node, has_limit):
    if node["Node Type"] not in SCANS or node["Node Type"] == "Bitmap Heap Scan":
        return False
    return "Index Cond" not in node or not has_limit and node["Total Cost"] > MOST


def read_from_end_to_end(cursor, sql):
    """Tables of which a statement reads everything, as planned for whatever parameters."""
    count = max(map(int, re.findall(r"\$(\d+)", sql)), default=0)
    cursor.execute(f"PREPARE one AS {sql}")
    arguments = f"({', '.join(['NULL'] * count)})" if count else ""
    cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE one{arguments}")
    plan = cursor.fetchone()[0]
    cursor.connection.rollback()
    cursor.execute("DEALLOCATE ALL")
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return {node.get("Relation Name", node.get("Index Name")) for node, has_limit in nodes(plan[0]["Plan"])
            if is_whole(node, has_limit)} - SMALL


def test_no_statement_reads_a_table_from_end_to_end(grown, printed):
    statements = {name: sql for name, sql in printed[1].items() if name not in NO_PLAN}
    assert len(statements) > 50, "those of all commands, and most of them in two forms"
    found = {name: read_from_end_to_end(grown, sql) for name, sql in statements.items()}
    assert {name: tables for name, tables in found.items() if tables} == {}


@pytest.mark.parametrize("planted", PLANTED)
def test_planted_statements_are_found(grown, planted):
    assert read_from_end_to_end(grown, PLANTED[planted])


@pytest.mark.parametrize("index, victim", [
    ("quintet.impi_set_by_set", "read_subscriptions"), ("quintet.request_seen_by_age", "forget_requests_seen"),
    ("quintet.impu_wildcard", "lock_assignments"), ("quintet.impi_by_imsi", "read_gba_users"),
    ("quintet.uss_is_one_for_service_and_group", "read_gba_settings")])
def test_planted_without_its_index_a_statement_is_found(grown, printed, index, victim):
    grown.execute(f"DROP INDEX {index}")
    assert read_from_end_to_end(grown, printed[1][victim])
