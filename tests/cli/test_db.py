# SPDX-License-Identifier: Apache-2.0
"""quintet db: the database from nothing, which steps it has, and what is refused."""

import shutil
import subprocess

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from support.instance import ROOT, clean_environment, quintet_tool

STEPS = sorted((ROOT / "schema").glob("[0-9]*.sql"))
LAST = int(STEPS[-1].name[:4])


@pytest.fixture
def steps(tmp_path):
    """A copy of the schema's folder."""
    return shutil.copytree(ROOT / "schema", tmp_path / "steps")


@pytest.fixture
def nowhere(databases):
    """Conninfo of a database that does not exist."""
    return make_dsn(databases.conninfo, dbname="from'nothing")


def db(conninfo, *words, schema=ROOT / "schema", code=0):
    out = subprocess.run([quintet_tool(), "db", "--database", conninfo, "--schema", schema, *words], capture_output=True, text=True,
                         env=clean_environment(), check=False)
    assert out.returncode == code, f"exit {out.returncode}\n{out.stdout}\n{out.stderr}"
    return out


def rows(conninfo, query):
    connection = psycopg2.connect(conninfo)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_init_makes_all_and_again_changes_nothing(nowhere, databases):
    said = db(nowhere, "init", "--login", "new_hss").stdout
    assert "database from'nothing: created" in said and f"schema version {LAST}\n" in said and "login new_hss: created" in said
    assert rows(nowhere, "SET ROLE new_hss; SELECT max(version) FROM quintet.schema_version") == [(LAST,)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows(nowhere, "SET ROLE new_hss; DELETE FROM quintet.schema_version")
    again = db(nowhere, "init", "--login", "new_hss")
    assert "exists" in again.stdout and "applying" not in again.stdout and again.stderr == ""
    connection = psycopg2.connect(databases.conninfo)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE \"from'nothing\"")
        cursor.execute("DROP ROLE new_hss")
    connection.close()


def test_init_repeats_itself_after_half_of_the_steps(databases, steps):
    conninfo = databases.empty()
    (steps / STEPS[-1].name).unlink()
    db(conninfo, "migrate", schema=steps)
    assert [line for line in db(conninfo, "init").stdout.splitlines() if "applying" in line] == [f"applying {STEPS[-1].name}"]


def test_status_tells_what_is_missing(databases, steps):
    conninfo = databases.empty()
    out = db(conninfo, "status", code=1)
    assert "schema version 0\n" in out.stdout and out.stdout.count("missing ") == LAST and "run quintet db migrate" in out.stderr
    (steps / STEPS[-1].name).unlink()
    db(conninfo, "migrate", schema=steps)
    assert [line for line in db(conninfo, "status", code=1).stdout.splitlines() if "missing" in line] == [f"missing {STEPS[-1].name}"]
    db(conninfo, "migrate")
    assert "missing" not in db(conninfo, "status").stdout


def test_a_newer_schema_is_left_alone(databases, steps):
    conninfo = databases.empty()
    (steps / f"{LAST + 1:04}_future.sql").write_text("CREATE TABLE quintet.future ();", encoding="ascii")
    db(conninfo, "migrate", schema=steps)
    assert f"the database has schema version {LAST + 1}, newer than the steps in" in db(conninfo, "migrate", code=1).stderr
    assert "install a newer one" in db(conninfo, "status", code=1).stderr


def test_a_step_that_fails_leaves_nothing_of_itself(databases, steps):
    conninfo = databases.empty()
    (steps / f"{LAST + 1:04}_wrong.sql").write_text("CREATE TABLE quintet.half ();\nSELECT no_such_function();", encoding="ascii")
    assert f"{LAST + 1:04}_wrong.sql: ERROR:  function no_such_function() does not exist" in db(conninfo, "migrate", schema=steps, code=1).stderr
    assert rows(conninfo, "SELECT to_regclass('quintet.half'), max(version) FROM quintet.schema_version") == [(None, LAST)]


@pytest.mark.parametrize("spoil, said", [
    (lambda folder: [step.unlink() for step in folder.glob("[0-9]*.sql")], "no steps of the schema are in"),
    (lambda folder: (folder / STEPS[2].name).unlink(), "step 3 of the schema is missing or there twice"),
    (lambda folder: shutil.copy(folder / STEPS[2].name, folder / "0003_twice.sql"), "step 4 of the schema is missing or there twice"),
    (lambda folder: (folder / STEPS[-1].name).write_text("", encoding="ascii"), "cannot be read, or is empty"),
    (lambda folder: (folder / "roles.sql").unlink(), "roles.sql cannot be read")],
    ids=["empty", "gap", "twice", "cut", "no roles"])
def test_a_folder_that_is_not_whole_is_refused(databases, steps, spoil, said):
    spoil(steps)
    assert said in db(databases.empty(), "migrate", schema=steps, code=1).stderr


@pytest.mark.parametrize("conninfo, said", [("nonsense", "neither keywords nor a URI"),
                                            ("host=/nonexistent dbname=x", "/nonexistent")], ids=["nonsense", "nobody there"])
def test_a_database_that_is_out_of_reach_is_named(conninfo, said):
    assert said in db(conninfo, "status", code=1).stderr


def test_the_script_of_a_checkout_does_the_same(databases):
    conninfo = databases.empty()
    environment = {**clean_environment(), "PATH": f"{quintet_tool().parent}:/usr/bin:/bin"}
    out = subprocess.run([ROOT / "schema" / "migrate", conninfo], capture_output=True, text=True, env=environment, check=False)
    assert (out.returncode, out.stdout.splitlines()[-1]) == (0, f"schema version {LAST}"), out.stderr
