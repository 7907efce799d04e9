# SPDX-License-Identifier: Apache-2.0
"""The faults that tests/integration/planted_faults.py plants: each has its one place in the source, and tests that could notice it."""

import itertools
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression  # what -k is read by

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = ROOT / "tests" / "integration"
FAULTS = runpy.run_path(str(INTEGRATION / "faults.py"))["FAULTS"]


def without_place(faults):
    for fault in faults:
        try:
            text = (ROOT / fault.file).read_text(encoding="utf-8")
            if fault.planted_in(text) == text:
                yield f"{fault.what}: changes nothing"
        except (LookupError, OSError) as error:
            yield f"{fault.what}: {error}"


def without_tests(faults, collected):
    """Each word must be one of a test, and some test must be selected; `collected` has the names of tests by file."""
    for fault in faults:
        file, words = fault.noticed_by
        names = [name.lower() for name in collected.get(file, ())]
        unknown = [word for word in re.findall(r"[^\s()]+", words)
                   if word not in ("and", "or", "not") and not any(word.lower() in name for name in names)]
        selection = Expression.compile(words)
        if unknown or not any(selection.evaluate(lambda word, name=name, **_: word.lower() in name) for name in names):
            yield f"{fault.what}: {file} has no test for \"{words}\" {unknown}"


def collected_in(files):
    """The names of the tests of files of one folder, by file."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    out = subprocess.run([*command, *(INTEGRATION / file for file in files)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stdout[-2000:] + out.stderr
    names = {}
    for path, _, name in (line.partition("::") for line in out.stdout.splitlines() if "::" in line):
        names.setdefault(next(file for file in files if Path(file).name == Path(path).name), []).append(name)
    return names


@pytest.fixture(scope="module")
def collected():
    files = sorted({fault.noticed_by[0] for fault in FAULTS}, key=lambda file: (Path(file).parent, file))
    folders = itertools.groupby(files, lambda file: Path(file).parent)
    return {file: names for _, some in folders for file, names in collected_in(list(some)).items()}


def test_every_fault_has_its_place():
    assert list(without_place(FAULTS)) == [], "\n".join(without_place(FAULTS))


def test_every_fault_has_tests_that_could_notice_it(collected):
    assert list(without_tests(FAULTS, collected)) == []


@pytest.mark.parametrize("change", [{"old": "is nowhere"}, {"old": " "}, {"new": FAULTS[0].old}, {"file": "hss/nowhere.cpp"}])
def test_a_fault_without_a_place_is_found(change):
    assert len(list(without_place([replace(FAULTS[0], **change)]))) == 1


@pytest.mark.parametrize("noticed_by", [("test_start.py", "nowhere"), ("test_start.py", "pin or nowhere"), ("test_nowhere.py", "pin")])
def test_a_selection_without_tests_is_found(collected, noticed_by):
    assert len(list(without_tests([replace(FAULTS[0], noticed_by=noticed_by)], collected))) == 1
