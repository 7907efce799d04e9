"""Fixtures of the schema tests: a private PostgreSQL, a migrated database, and a transaction that leaves nothing behind."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from bench.private_postgres import PrivatePostgres  # noqa: E402  (the tests are not a package)
from database import BASE, Database  # noqa: E402

_numbers = itertools.count(1)


def migrate(conninfo, steps=None):
    """Runs schema/migrate; `steps` is another folder of steps with a copy of it."""
    subprocess.run([(steps or ROOT / "schema") / "migrate", conninfo], check=True, capture_output=True, text=True)


@pytest.fixture(scope="session")
def cluster():
    with PrivatePostgres(durable=False) as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def new_database(cluster):
    """Makes an empty database; its conninfo."""
    def make(options=""):
        name = f"schema_{next(_numbers)}"
        connection = psycopg2.connect(cluster)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} {options}")
        connection.close()
        return cluster.replace("dbname=postgres", f"dbname={name}")
    return make


@pytest.fixture(scope="session")
def conninfo(new_database):
    """A migrated database with the rows of database.BASE, to which no test commits."""
    made = new_database()
    migrate(made)
    with Database(made) as database:
        database(BASE)
        database.commit()
    return made


@pytest.fixture
def db(conninfo):
    """One transaction as administrator, rolled back at the end."""
    with Database(conninfo) as database:
        yield database


@pytest.fixture
def fresh(new_database):
    """A migrated database of its own, for tests that commit."""
    made = new_database()
    migrate(made)
    return made


@pytest.fixture(scope="session")
def canonical_forms():
    """What the server makes of identities: a list of (as IMPU, as IMPI)."""
    build = Path(os.environ.get("QUINTET_BUILD_DIR", ROOT / "build" / "release"))

    def forms(identities):
        out = subprocess.run([build / "tests" / "schema" / "canonical"], input="\n".join(identities) + "\n", check=True,
                             capture_output=True, text=True, encoding="utf-8").stdout
        return [tuple(line.split("\t")) for line in out.split("\n")[:-1]]
    return forms
