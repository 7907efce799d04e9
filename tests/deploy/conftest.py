# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the quickstart's tests: one folder that most of them share, each start finding what the last one left."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.instance import Instance  # noqa: E402  (the tests are not a package)


@pytest.fixture(scope="session")
def shared_var(tmp_path_factory):
    return tmp_path_factory.mktemp("quickstart") / "var"


@pytest.fixture
def instance(shared_var):
    instance = Instance(shared_var)
    yield instance
    instance.stop()
