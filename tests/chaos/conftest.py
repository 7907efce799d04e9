# SPDX-License-Identifier: Apache-2.0
"""Options and fixtures of the chaos tests: small numbers by default, those of the acceptance with --full."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
from rig import Rig  # noqa: E402  (the tests are not a package)


@dataclass(frozen=True)
class Scale:
    requests: int       # of an undisturbed run
    rate: int           # requests per second of a run with faults
    kills: int
    seconds: float      # between two kills


QUICK = Scale(requests=20_000, rate=2500, kills=3, seconds=1.2)
FULL = Scale(requests=100_000, rate=4000, kills=10, seconds=2.5)


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the numbers of the acceptance: 100,000 requests, ten kills")


def pytest_configure(config):
    config.addinivalue_line("markers", "full: only with --full")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--full"):
        items[:] = [item for item in items if item.get_closest_marker("full") is None]


@pytest.fixture(scope="session")
def scale(request):
    return FULL if request.config.getoption("--full") else QUICK


@pytest.fixture(scope="session")
def one_rig(tmp_path_factory):
    return Rig(tmp_path_factory.mktemp("chaos") / "var")


@pytest.fixture
def rig(one_rig):
    """The database runs with all sequence numbers at 0; what the test has started is ended after it."""
    one_rig.start_database()
    one_rig.reset_sequence_numbers()
    yield one_rig
    one_rig.close()


@pytest.fixture
def report(request, capsys):
    """Prints a line of figures past pytest's capture."""
    def say(text):
        with capsys.disabled():
            print(f"\n  {request.node.name}: {text}", end="", flush=True)
    return say
