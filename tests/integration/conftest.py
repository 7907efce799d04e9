# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests: one product that most of them share, its peers, and the option for the long ones."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import capture  # noqa: E402  (the tests are not a package)
from product import AGENT, Product  # noqa: E402
from push_scene import SETTINGS, World  # noqa: E402
from registration_rows import TWO_SETS  # noqa: E402
from subscribers import Subscribers  # noqa: E402
from subscriptions import Subscriptions  # noqa: E402
from support import slow  # noqa: E402
from zh_server import open_server  # noqa: E402

TABLES = Counter()  # rows run, by table


def pytest_addoption(parser):
    slow.add_option(parser)
    parser.addoption("--capture-frames", metavar="DIR", help="record the frames of the servers, PORT.pcapng each")


def pytest_configure(config):
    capture.FOLDER = config.getoption("--capture-frames")
    slow.name_marker(config)


def pytest_collection_modifyitems(config, items):
    slow.leave_out(config, items)


def pytest_terminal_summary(terminalreporter):
    for table, rows in TABLES.items():
        terminalreporter.write_line(f"{table}: {rows} rows")


@pytest.fixture(scope="session")
def count_row():
    """Counts a row of a table for the summary."""
    def count(table):
        TABLES[table] += 1
    return count


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    settings = {"diameter.agents": f'["{AGENT}"]'}
    database = {"deadlock_timeout": "100ms", "log_lock_waits": "on"}
    with Product(tmp_path_factory.mktemp("product") / "var", settings, database=database) as running:
        with capture.recorded(running.port):
            yield running


@pytest.fixture(scope="session")
def subscribers(product):
    return Subscribers(product)


@pytest.fixture(scope="session")
def stranger(subscribers):
    """A subscriber that no test changes, for requests that mix up identities."""
    return subscribers.create()


@pytest.fixture(scope="session")
def subscriptions(product, subscribers):
    opened = Subscriptions(product, subscribers)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def outsider(subscriptions):
    """A subscription that no row may change."""
    return subscriptions.create(TWO_SETS)


@pytest.fixture(scope="session")
def zh_server(product):
    with open_server(product) as server:
        yield server


class Peers:
    """Connections by label, opened when first used and again when they were closed."""

    def __init__(self, product):
        self.product, self._open = product, {}

    def __getitem__(self, label):
        known = self._open.get(label)
        if known is None or known.is_closed:
            self._open[label] = self.product.connect(label, returns=known is not None)
        return self._open[label]

    def close(self):
        for connection in self._open.values():
            connection.close()


@pytest.fixture(scope="session")
def peers(product):
    opened = Peers(product)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    with Product(tmp_path_factory.mktemp("pushes") / "var", SETTINGS) as product:
        with capture.recorded(product.port):
            one = World(product)
            yield one
            one.close()


@pytest.fixture
def scscf(world):
    server = world.scscf()
    server.wrong.clear()
    yield server
    assert server.wrong == []


@pytest.fixture
def report(request):
    """Writes a line of figures into the summary."""
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    return lambda line: terminal.write_line(f"\n{line}")
