# SPDX-License-Identifier: Apache-2.0
"""What each role can reach: every statement tried over every table and column that the catalogue has, docs/roles.md against it,
and planted mistakes."""

import psycopg2
import pytest
import reach
import reach_rules
from database import Database


@pytest.fixture(scope="module")
def own(populated):
    """A database for these tests alone: a sequence that a planted right has moved is not moved back."""
    return populated()


@pytest.fixture
def db(own):
    with Database(own) as database:
        yield database


def test_no_role_reads_a_secret_or_moves_a_number_beyond_its_work(db):
    assert reach_rules.findings(db) == []
    assert len(reach_rules.sensitive(db)) >= 18


@pytest.mark.parametrize("role", reach.ROLES)
def test_what_a_role_can_do_is_what_its_rights_say(db, role):
    """Tried, column by column: no way around a right, and none that only seems to be there."""
    rights = reach.held(db, role)
    for relation, columns in reach.relations(db).items():
        for column in columns:
            for right, has in reach.tried(db, role, reach.on_column(relation, column)).items():
                assert has == (column in rights.get((relation, right), ())), (relation, column, right)
        for right, has in reach.tried(db, role, reach.on_rows(relation)).items():
            assert has == ((relation, right) in rights), (relation, right)


def test_the_page_says_what_each_role_can_do(db):
    """tests/schema/reach.py brings it up to date."""
    assert reach.page_tables() == reach.tables(db)


PLANTED = {
    "a secret column granted": "GRANT SELECT (k_wrapped) ON quintet.credential TO quintet_provisioner",
    "a number column granted": "GRANT UPDATE (seq) ON quintet.sqn_state TO quintet_provisioner",
    "a number column granted at insertion": "GRANT INSERT (seq) ON quintet.sqn_state TO quintet_provisioner",
    "a whole table granted": "GRANT SELECT ON quintet.digest_secret TO quintet_gateway",
    "everybody granted": "GRANT SELECT ON quintet.kek TO PUBLIC",
    "all tables granted": "GRANT SELECT ON ALL TABLES IN SCHEMA quintet TO quintet_provisioner",
    "rows may go": "GRANT DELETE ON quintet.credential TO quintet_provisioner",
    "numbers may go back": "ALTER TABLE quintet.sqn_state DISABLE TRIGGER sqn_state_never_goes_back",
    "the lead may go back": "DROP TRIGGER cluster_never_goes_back ON quintet.cluster",
    "tables may be emptied": "GRANT TRUNCATE ON quintet.credential TO quintet_server",
    "triggers may be added": "GRANT TRIGGER ON quintet.credential TO quintet_provisioner",
    "keys may refer": "GRANT REFERENCES ON quintet.credential TO quintet_provisioner",
    "a new table with octets": "CREATE TABLE quintet.more (id bigint PRIMARY KEY, secret bytea)",
    "a new column with numbers": "ALTER TABLE quintet.subscription ADD COLUMN counters bigint[]",
    "a view": "CREATE VIEW quintet.cards AS SELECT name, opc_sealed FROM quintet.credential;"
              "GRANT SELECT ON quintet.cards TO quintet_provisioner",
    "a view of a view": "CREATE VIEW quintet.inner AS SELECT * FROM quintet.digest_secret;"
                        "CREATE VIEW quintet.outer AS SELECT 1 FROM quintet.inner; GRANT SELECT ON quintet.outer TO quintet_gateway",
    "a function with its owner's rights": "CREATE FUNCTION quintet.peek() RETURNS SETOF quintet.credential LANGUAGE sql"
                                          " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'TABLE quintet.credential'",
    "a function that follows its caller's path": "ALTER FUNCTION quintet.giba_bind RESET search_path",
    "a function for everybody": "GRANT EXECUTE ON FUNCTION quintet.move_revision TO PUBLIC",
    "a sequence set": "GRANT UPDATE ON SEQUENCE quintet.profile_revision TO quintet_provisioner",
    "objects in the schema": "GRANT CREATE ON SCHEMA quintet TO quintet_server",
    "objects in public": "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "another role's rights": "GRANT pg_read_all_data TO quintet_provisioner",
    "the other's rights": "GRANT quintet_server TO quintet_provisioner",
    "an owner": "ALTER TABLE quintet.push OWNER TO quintet_server",
    "a superuser": "ALTER ROLE quintet_gateway SUPERUSER",
    "programs": "GRANT pg_execute_server_program TO quintet_server",
}


@pytest.mark.parametrize("statement", PLANTED.values(), ids=PLANTED)
def test_planted_mistake_is_noticed(db, statement):
    db(statement)
    assert reach_rules.findings(db)


@pytest.fixture(scope="module")
def logins(own):
    """Conninfo by role, of a login that is a member of it: what operators make."""
    with Database(own) as admin:
        for role in reach.ROLES:
            admin(f"CREATE ROLE {role}_login LOGIN IN ROLE {role}")
        admin("ANALYZE")
        admin.commit()
    yield {role: psycopg2.extensions.make_dsn(own, user=f"{role}_login") for role in reach.ROLES}
    with Database(own) as admin:
        for role in reach.ROLES:
            admin(f"DROP ROLE {role}_login")
        admin.commit()


@pytest.mark.parametrize("role", [role for role in reach.ROLES if role != "quintet_server"])
def test_a_login_learns_nothing_by_statistics_errors_or_other_sessions(logins, role):
    with psycopg2.connect(logins["quintet_server"]) as server, server.cursor() as busy:
        busy.execute("SELECT 'something of the server'")
        with psycopg2.connect(logins[role]) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'quintet' AND attname = ANY (%s)",
                           ([column for _, columns in reach_rules.SECRET.items() for column in columns],))
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%something of the server%' AND pid <> pg_backend_pid()")
            assert cursor.fetchone() == (0,)
        connection.close()
    server.close()


def test_an_error_shows_no_column_that_its_reader_may_not_read(logins):
    with psycopg2.connect(logins["quintet_provisioner"]) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.CheckViolation) as refused:
            cursor.execute("UPDATE quintet.credential SET key_uri = 'pkcs11:x'")
    connection.close()
    detail = refused.value.diag.message_detail or ""
    assert b"kkkk".hex() not in detail and b"oooo".hex() not in detail
