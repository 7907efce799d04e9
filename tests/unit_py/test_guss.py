# SPDX-License-Identifier: Apache-2.0
"""User security settings of the C++ unit tests before xmllint, and the project's schema before planted faults."""

import re
import subprocess

import pytest
from support.instance import build_dir
from support.user_data import ROOT, faults

SCHEMA = ROOT / "schema" / "guss.xsd"


@pytest.fixture(scope="session")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guss")
    subprocess.run([build_dir() / "tests" / "unit" / "hss" / "guss_documents", folder], check=True)
    return folder


def test_every_document_is_valid(documents):
    files = sorted(documents.glob("*.xml"))
    assert len(files) == 6
    assert faults(files, SCHEMA) == {}


# What is wrong: how to plant it in the usual document, a pattern and what to put there.
FAULTS = {
    "no name space": (r' xmlns="[^"]*"', ""),
    "another name space": ("of-3gpp-gaa", "of-nobody"),
    "no private identity": (r' id="alice[^"]*"', ""),
    "private identity without a realm": ("alice@home.example.net", "alice"),
    "another kind of card": (">GBA<", ">SIM<"),
    "a key that lives for no time": (">3600<", ">0<"),
    "a lifetime in words": (">3600<", ">one hour<"),
    "the lifetime before the card": (r"(<uiccType>.*</uiccType>)(<lifeTime>.*</lifeTime>)", r"\2\1"),
    "settings before the information for the BSF": (r"(<bsfInfo>.*</bsfInfo>)(<ussList>.*</ussList>)", r"\2\1"),
    "no list": (r"<ussList>.*</ussList>", ""),
    "a service without a number": (r' id="1"', ""),
    "a service of letters": (r' id="1"', ' id="portal"'),
    "a service without a type": (r' type="1"', ""),
    "a negative type": (r' type="1"', ' type="-1"'),
    "a group without a name": (r'nafGroup="ut"', 'nafGroup=""'),
    "an unknown attribute": (r'nafGroup="ut"', 'group="ut"'),
    "no identities": (r"<uids>.*?</uids>", ""),
    "an empty list of identities": (r"<uids>.*?</uids>", "<uids/>"),
    "an identity without characters": (r"<uid>sip:alice[^<]*", "<uid>"),
    "an identity twice": ("sip:a@home.example.net", "tel:+12025550101"),
    "no flags": (r"<flags/>", ""),
    "flags before identities": (r"(<uids>.*?</uids>)(<flags>.*?</flags>)", r"\2\1"),
    "a flag that is 0": ("<flag>2<", "<flag>0<"),
    "a flag twice": ("<flag>2<", "<flag>1<"),
    "an unknown element": ("<ussList>", "<surprise/><ussList>"),
    "a setting for a group twice": (r'(<uss id="2".*?</uss>)', r"\1\1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_schema_refuses(documents, fault):
    pattern, replacement = FAULTS[fault]
    good = (documents / "usual.xml").read_text(encoding="utf-8")
    bad = re.sub(pattern, replacement, good, count=1, flags=re.DOTALL)
    assert bad != good
    assert faults(bad, SCHEMA)
