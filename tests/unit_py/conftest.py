# SPDX-License-Identifier: Apache-2.0
"""Makes the package `peer` importable and reads the known answers."""

import json
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))


def _data(name):
    return json.loads((TESTS / "data" / name).read_text(encoding="utf-8"))


MILENAGE_SETS = _data("milenage.json")["sets"]
SAMPLES = {name: bytes.fromhex(text) for name, text in _data("diameter_samples.json")["messages"].items()}


def pytest_generate_tests(metafunc):
    if "milenage_set" in metafunc.fixturenames:
        metafunc.parametrize("milenage_set", MILENAGE_SETS, ids=[one["id"] for one in MILENAGE_SETS])
    if "sample_name" in metafunc.fixturenames:
        metafunc.parametrize("sample_name", sorted(SAMPLES))


@pytest.fixture
def samples():
    return SAMPLES


@pytest.fixture
def first_set():
    return {name: value if name == "id" else bytes.fromhex(value) for name, value in MILENAGE_SETS[0].items()}
