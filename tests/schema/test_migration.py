# SPDX-License-Identifier: Apache-2.0
"""quintet db migrate: from nothing, from step 1 with subscribers, again, by two at once."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import ROOT
from database import Database
from support.databases import migrate

OF_STEP_1 = """
INSERT INTO quintet.subscription (id, name, scscf_name, scscf_host, scscf_realm)
  VALUES (1, 'old', 'sip:scscf.example.net', 'scscf.example.net', 'example.net');
INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (1, 'aes-key-wrap', '\\x00', '\\x010203');
INSERT INTO quintet.credential (id, name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, seq)
  VALUES (1, 'card', 1, 'aes-key-wrap', repeat('k', 24)::bytea, repeat('o', 44)::bytea, 4711);
INSERT INTO quintet.impi (id, identity, subscription_id, credential_id) VALUES (1, 'old@HOME.example.net', 1, 1);
INSERT INTO quintet.registration_set (id, subscription_id, state) VALUES (1, 1, 'registered');
INSERT INTO quintet.impu (id, identity, type, set_id, position, barred)
  VALUES (1, 'sip:Old@HOME.example.net;x=y', 'distinct_pui', 1, 1, true), (2, 'tel:+1-202-5550101', 'distinct_pui', 1, 2, false),
         (3, 'sip:old-!.*!@HOME.example.net', 'wildcarded_pui', 1, 3, false);
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, registered) VALUES (1, 1, 1, true);
"""


def steps():
    return sorted((ROOT / "schema").glob("[0-9][0-9][0-9][0-9]_*.sql"))


@pytest.fixture
def at_step_1(databases, tmp_path):
    """A database that an older Quintet made, with a registered subscriber."""
    for name in ("roles.sql", steps()[0].name):
        shutil.copy(ROOT / "schema" / name, tmp_path)
    conninfo = databases.empty()
    migrate(conninfo, tmp_path)
    with Database(conninfo) as database:
        database(OF_STEP_1)
        database.commit()
    return conninfo


def numbers():
    return [int(re.match(r"\d+", step.name).group()) for step in steps()]


def newest(conninfo):
    with Database(conninfo) as database:
        return database.column("SELECT version FROM quintet.schema_version ORDER BY version")


def test_subscribers_of_step_1_live_on(at_step_1):
    migrate(at_step_1)
    with Database(at_step_1) as database:
        assert newest(at_step_1) == numbers()
        assert database("SELECT identity, position, barred FROM quintet.impu ORDER BY id") == [
            ("sip:Old@home.example.net", 1, True), ("tel:+12025550101", 2, False), ("sip:old-!.*!@home.example.net", 3, False)]
        assert database("SELECT identity, schemes FROM quintet.impi") == [("old@home.example.net", ["aka"])]
        assert database("SELECT state::text, registered, seq, scscf_name, suspended FROM quintet.registration_set, quintet.impi_set,"
                        " quintet.sqn_unclaimed, quintet.subscription") == [("registered", True, 4711, "sip:scscf.example.net", False)]
        assert database("SELECT wildcard_prefix FROM quintet.impu WHERE id = 3") == [("sip:old-",)]


def test_what_the_new_rules_refuse_stops_the_migration_and_changes_nothing(at_step_1):
    with Database(at_step_1) as database:
        database("UPDATE quintet.impu SET identity = 'tel:5550101' WHERE id = 2")
        database.commit()
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        migrate(at_step_1)
    assert "the public identity tel:5550101 is neither a SIP URI nor a tel URI" in stopped.value.stderr
    assert max(newest(at_step_1)) < max(numbers())
    with Database(at_step_1) as database:
        database("UPDATE quintet.impu SET identity = 'tel:+15550101' WHERE id = 2")
        database.commit()
    migrate(at_step_1)
    assert newest(at_step_1) == numbers()


def test_a_second_run_changes_nothing(fresh):
    before = newest(fresh)
    migrate(fresh)
    assert newest(fresh) == before


def test_two_at_once_make_one_schema(databases):
    conninfo = databases.empty()
    with ThreadPoolExecutor() as pool:
        list(pool.map(migrate, [conninfo] * 2))
    assert newest(conninfo) == numbers()


def test_the_steps_are_numbered_without_gaps():
    assert numbers() == list(range(1, len(steps()) + 1))


def test_another_encoding_is_refused(databases):
    latin = databases.empty("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        migrate(latin)
    assert "the database has the encoding LATIN1, Quintet needs UTF8" in stopped.value.stderr
