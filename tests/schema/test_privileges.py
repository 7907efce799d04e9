# SPDX-License-Identifier: Apache-2.0
"""Least privilege: each role does its own work and is refused everybody else's."""

import psycopg2.errors
import pytest

from database import Database

OF_PROVISIONING = (
    "INSERT INTO quintet.subscription (name) VALUES ('new')", "UPDATE quintet.subscription SET suspended = true",
    "DELETE FROM quintet.subscription", "INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES ('a@b.c', 1, '{}')",
    "UPDATE quintet.impu SET barred = true", "INSERT INTO quintet.registration_set (subscription_id) VALUES (1)",
    "DELETE FROM quintet.impi_set",
    "INSERT INTO quintet.service_profile (name) VALUES ('new')", "UPDATE quintet.service_profile SET media_profile_id = 1",
    "INSERT INTO quintet.initial_filter_criteria (profile_id, priority, application_server_id) VALUES (1, 90, 1)",
    "UPDATE quintet.application_server SET service_info = 'x'", "DELETE FROM quintet.service_point_trigger WHERE position = 1",
    "INSERT INTO quintet.charging_set (name, primary_ccf) VALUES ('x', 'aaa://x.net')",
    "INSERT INTO quintet.digest_secret (impi_id, realm, md5_sealed) VALUES (1, 'x', repeat('x', 44)::bytea)",
    "INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed) VALUES ('new', 1, 'aes-key-wrap',"
    " repeat('k', 24)::bytea, repeat('o', 44)::bytea)",
    "UPDATE quintet.credential SET k_wrapped = repeat('l', 24)::bytea, opc_sealed = repeat('p', 44)::bytea WHERE name = 'card'",
)
OF_THE_SERVER = (
    "UPDATE quintet.subscription SET scscf_name = 'sip:x', scscf_host = 'x', scscf_realm = 'x', reassignment_pending = true",
    "UPDATE quintet.registration_set SET state = 'registered'",
    "UPDATE quintet.impi_set SET auth_pending = true, registered = true, pending_since = now(), told = sha256(''),"
    " restoration_unannounced = true",
    "UPDATE quintet.sqn_state SET seq = seq + 1, ind_ims = 1", "UPDATE quintet.cluster SET seq_lead = seq_lead",
    "INSERT INTO quintet.push (subscription_id, kind, destination_host, destination_realm, impi, set_id) VALUES (1, 'ppr', 'x', 'x', 'x', 1)",
    "INSERT INTO quintet.request_seen (origin_host, end_to_end, asked, outcome) VALUES ('x', 1, sha256(''), 'x')",
    "INSERT INTO quintet.restoration_contact (impi_id, set_id, position, path, contact) VALUES (1, 1, 1, '', '')",
)
OF_NOBODY = (
    "UPDATE quintet.service_profile SET revision = 1", "UPDATE quintet.service_profile SET unregistered_services = true",
    "DELETE FROM quintet.credential", "DELETE FROM quintet.audit", "INSERT INTO quintet.audit (actor, action, subject) VALUES ('x', 'x', 'x')",
    "UPDATE quintet.audit SET detail = ''", "INSERT INTO quintet.schema_version VALUES (9999)",
    "INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (9, 'x', '', '\\x010203')", "DELETE FROM quintet.kek",
    "UPDATE quintet.kek SET check_value = '\\x010203'", "INSERT INTO quintet.giba_binding (impi_id, address) VALUES (1, '10.0.0.1')",
    "DROP TABLE quintet.push", "CREATE TABLE quintet.own ()", "TRUNCATE quintet.impi_set", "SELECT quintet.giba_release('x')",
    "UPDATE quintet.impi_set SET impi_id = 2", "UPDATE quintet.registration_set SET subscription_id = 2",
    "CREATE OR REPLACE FUNCTION quintet.is_text(value text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
)
REFUSED_BY_ROLE = (
    ("quintet_server", OF_PROVISIONING + OF_NOBODY), ("quintet_provisioner", OF_THE_SERVER + OF_NOBODY),
    ("quintet_gateway", OF_PROVISIONING + OF_THE_SERVER + OF_NOBODY[:-5]))
REFUSED = [(role, statement) for role, statements in REFUSED_BY_ROLE for statement in statements
           if (role, statement) != ("quintet_gateway", "SELECT quintet.giba_release('x')")]
ALLOWED = [("quintet_server", statement) for statement in OF_THE_SERVER] + [
    ("quintet_provisioner", statement) for statement in OF_PROVISIONING]


@pytest.fixture(scope="module")
def committed(populated):
    return populated()


@pytest.mark.parametrize("role, statement", REFUSED)
def test_a_role_is_refused(committed, role, statement):
    with Database(committed, role) as database:
        assert isinstance(database.refusal(statement), psycopg2.errors.InsufficientPrivilege)


@pytest.mark.parametrize("role, statement", ALLOWED)
def test_a_role_may(committed, role, statement):
    with Database(committed, role) as database:
        database.to_the_end(statement)


def test_the_server_reads_everything(committed):
    with Database(committed) as admin:
        tables = admin.column("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'quintet'")
        views = admin.column("SELECT format('%I.%I', schemaname, viewname) FROM pg_views WHERE schemaname = 'quintet'")
    assert len(tables) > 25 and len(views) >= 3
    with Database(committed, "quintet_server") as server:
        for name in tables + views:
            server(f"SELECT * FROM {name} LIMIT 1")


def test_what_a_provisioner_changes_moves_revisions(committed):
    with Database(committed, "quintet_provisioner") as database:
        before = database.value("SELECT revision FROM quintet.service_profile WHERE id = 1")
        database("UPDATE quintet.application_server SET service_info = 'x'")
        assert database.value("SELECT revision FROM quintet.service_profile WHERE id = 1") > before
