# SPDX-License-Identifier: Apache-2.0
"""Judges of Cx user profiles that share nothing with the server: xmllint with a schema, and the canonical form of Python."""

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN_SCHEMA = ROOT / "schema" / "cx_user_data.xsd"
DATA = ROOT / "tests" / "data" / "user_data"
SAMPLES = sorted(DATA.glob("[1-5]_*.xml"))


def release_schema(release):
    """The 3GPP schema of release 7 or 8."""
    return DATA / "3gpp" / f"CxDataType_Rel{release}.xsd"


def canonical(document):
    """C14N without comments and without blanks around texts."""
    return ElementTree.canonicalize(document, with_comments=False, strip_text=True)


def faults(documents, schema=OWN_SCHEMA):
    """What xmllint finds wrong: {file: its lines}; of a text instead of files {"-": its lines}."""
    text = documents if isinstance(documents, str) else None
    files = ["-"] if text else [str(path) for path in documents]
    run = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(schema), *files], input=text, text=True,
                         capture_output=True, check=False)
    found, lines = {}, []
    for line in run.stderr.splitlines():
        name, _, verdict = line.rpartition(" ")
        if verdict == "validates":
            lines = []
        elif line.endswith(" fails to validate"):
            found[line.removesuffix(" fails to validate")], lines = lines, []
        else:
            lines.append(line)
    if run.returncode not in (0, 3, 4) or bool(found) != (run.returncode != 0) or lines:
        raise AssertionError(f"xmllint ended with {run.returncode}: {run.stderr[-2000:]}")
    return found


def assert_valid(document):
    assert not faults(document), f"{faults(document)}\n{document}"
