# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tool's tests: one PostgreSQL for all, tokens and a database for whoever needs untouched ones."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
from registered import Subscriber  # noqa: E402  (the tests are not a package)
from site_of_tests import Site  # noqa: E402
from support.databases import Databases  # noqa: E402
from support.instance import Instance  # noqa: E402


@pytest.fixture(scope="session")
def databases(tmp_path_factory):
    instance = Instance(tmp_path_factory.mktemp("cluster") / "var", None, "--no-server")
    instance.start()
    yield Databases(instance.environment()["QUINTET_ADMIN_DB"])
    instance.stop()


@pytest.fixture
def blank_site(tmp_path, databases):
    """Nothing initialised yet."""
    return Site(tmp_path / "site", databases.migrated())


@pytest.fixture(scope="session")
def ready_site(tmp_path_factory, databases):
    """Tokens and KEK are there; shared, so a test uses cards of its own."""
    site = Site(tmp_path_factory.mktemp("ready") / "site", databases.migrated())
    site.quintet("token", "init", "--create-pins")
    return site


@pytest.fixture(scope="session")
def site(tmp_path_factory, databases):
    """For commands that need no token; shared, so a test has a subscription and hosts of its own."""
    return Site(tmp_path_factory.mktemp("plain") / "site", databases.migrated())


@pytest.fixture
def user(site):
    return Subscriber(site)


@pytest.fixture
def second_site(tmp_path):
    """Makes another site on the database of a first one: its standby, with a token folder of its own."""
    return lambda first: Site(tmp_path / "second", first.admin)
