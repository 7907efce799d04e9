# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the schema tests: a private PostgreSQL, a migrated database, and a transaction that leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from database import BASE, Database  # noqa: E402  (the tests are not a package)
from support.databases import Databases  # noqa: E402
from support.postgres import throw_away_cluster  # noqa: E402


@pytest.fixture(scope="session")
def databases():
    with throw_away_cluster(durable=False) as conninfo:
        yield Databases(conninfo)


@pytest.fixture(scope="session")
def populated(databases):
    """Makes a migrated database with the rows of database.BASE and maybe more; its conninfo."""
    def make(more=""):
        made = databases.migrated()
        with Database(made) as database:
            database(BASE + more)
            database.commit()
        return made
    return make


@pytest.fixture(scope="session")
def conninfo(populated):
    """One to which no test commits."""
    return populated()


@pytest.fixture
def db(conninfo):
    """One transaction as administrator, rolled back at the end."""
    with Database(conninfo) as database:
        yield database


@pytest.fixture
def fresh(databases):
    """A migrated database of its own, for tests that commit."""
    return databases.migrated()


@pytest.fixture(scope="session")
def canonical_forms():
    """What the server makes of identities: a list of (as IMPU, as IMPI, "server" where it is a server name)."""
    build = Path(os.environ.get("QUINTET_BUILD_DIR", ROOT / "build" / "release"))

    def forms(identities):
        out = subprocess.run([build / "tests" / "schema" / "canonical"], input="\n".join(identities) + "\n", check=True,
                             capture_output=True, text=True, encoding="utf-8").stdout
        return [tuple(line.rsplit("\t", 2)) for line in out.split("\n")[:-1]]
    return forms
