# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the Diameter core: one database and token, servers with short watchdogs, and the option for long ones."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(TESTS), str(TESTS / "integration"), str(TESTS / "robustness")]
from peer.cx import HOME_REALM  # noqa: E402  (the tests are not a package)
from product import Product, toml_with  # noqa: E402  (the tests are not a package)
from server import CoreServer  # noqa: E402
from subscribers import Subscribers  # noqa: E402
from support import slow  # noqa: E402
from support.certificates import Lab  # noqa: E402

# Rows are held for seconds here, and a peer takes many numbers of one card.
SCSCF = f"scscf.{HOME_REALM}"
SETTINGS = {"diameter.max_age_ms": 20000, "sqn.burst": 0, "log.level": "debug"}


def pytest_addoption(parser):
    slow.add_option(parser)


def pytest_configure(config):
    slow.name_marker(config)


def pytest_collection_modifyitems(config, items):
    slow.leave_out(config, items)


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    """Database and token; the servers are those of the tests."""
    with Product(tmp_path_factory.mktemp("core") / "var", SETTINGS, options=("--no-server",)) as running:
        yield running


@pytest.fixture(scope="session")
def subscribers(product):
    return Subscribers(product)


@pytest.fixture(scope="session")
def server(product):
    """The server that most tests share; none of them may leave it with connections that keep it busy."""
    with CoreServer(product, "core") as running:
        yield running


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    one = Lab(tmp_path_factory.mktemp("lab"))
    one.run(SCSCF, "*." + HOME_REALM)
    return one


@pytest.fixture(scope="session")
def foreign(tmp_path_factory):
    """Another CA, with a certificate of the same host."""
    one = Lab(tmp_path_factory.mktemp("foreign"))
    one.run(SCSCF)
    return one


@pytest.fixture
def fresh(product, request):
    """Makes a server of the test's own, with the limits of an operator, whose memory, threads or log are looked at; killed at the end."""
    made = []

    def make(values=(), **more):
        label = f"own{len(made)}-{request.node.name.split('[')[0]}".replace("_", "-")[:40].strip("-")
        toml = toml_with(product, {"log.level": "info", "diameter.max_age_ms": 1000, **dict(values)})
        made.append(CoreServer(product, label, toml=toml, **more))
        return made[-1].start()

    yield make
    for one in made:
        one.kill()
