# SPDX-License-Identifier: Apache-2.0
"""Documents of the C++ unit tests before judges that are not ours, and the project's schema before planted faults (TS 29.228 Annex E)."""

import re
import subprocess
from pathlib import Path

import pytest
from support.instance import build_dir
from support.user_data import SAMPLES, canonical, faults, release_schema


@pytest.fixture(scope="session")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    subprocess.run([build_dir() / "tests" / "unit" / "hss" / "user_data_documents", folder], check=True)
    return folder


def test_every_document_is_valid(documents):
    files = sorted(documents.glob("*.xml"))
    assert len(files) == 5 + 8 * 12
    assert faults(files) == {}


@pytest.mark.parametrize("number", range(1, 6))
def test_a_sample_comes_back_equal(documents, number):
    ours = (documents / f"sample_{number}.xml").read_text(encoding="utf-8")
    assert canonical(ours) == canonical(SAMPLES[number - 1].read_text(encoding="utf-8"))


def test_the_canonical_form_tells_documents_apart():
    text = SAMPLES[0].read_text(encoding="utf-8")
    assert canonical(text) == canonical(re.sub(r">\s+<", "><", text).replace("<Group>", "<!-- x --><Group>"))
    assert canonical(text) != canonical(text.replace("<Group>1<", "<Group>2<"))


def test_rel8_accepts_the_samples_up_to_its_own_elements(documents):
    files = [documents / f"sample_{number}.xml" for number in range(1, 6)]
    assert list(faults(files, release_schema(8))) == [str(files[4])]


def test_rel7_accepts_what_old_parsers_are_sent(documents):
    """Number 5 has a SessionCase of a later release, which no S-CSCF can be spared."""
    old = [path for path in documents.glob("*.*.xml") if ".full" not in path.name and not path.name.startswith("forms_5")]
    assert len(old) == 7 * 8
    assert faults(old, release_schema(7)) == {}


def replaced(old, new):
    def plant(text):
        assert old in text
        return text.replace(old, new, 1)
    return plant


def removed(pattern):
    def plant(text):
        planted = re.sub(pattern, "", text, count=1, flags=re.DOTALL)
        assert planted != text
        return planted
    return plant


# What is wrong: (sample, how to plant it).
FAULTS = {
    "no private identity": (1, removed(r"<PrivateID>.*?</PrivateID>")),
    "private identity is a URI": (1, replaced("<PrivateID>001010000000001@", "<PrivateID>sip:a@b@")),
    "no service profile": (4, removed(r"<ServiceProfile>.*</ServiceProfile>")),
    "service profile without identity": (4, removed(r"<PublicIdentity>.*</PublicIdentity>")),
    "identity twice": (1, replaced("tel:+99900000001", "sip:+99900000001@ims.mnc001.mcc001.3gppnetwork.org")),
    "identity of an unknown scheme": (1, replaced("tel:", "mailto:")),
    "identity before its barring": (1, replaced("<BarringIndication>0</BarringIndication>", "<Identity>sip:x</Identity>")),
    "barring that is no boolean": (1, replaced("<BarringIndication>0<", "<BarringIndication>2<")),
    "unknown identity type": (2, replaced("<IdentityType>0<", "<IdentityType>5<")),
    "element out of its Extension": (2, replaced("<DisplayName>", "<WildcardedPSI>sip:!.*!@x</WildcardedPSI><DisplayName>")),
    "wildcard without an expression": (4, replaced("sip:room-!.*!@chat", "sip:room@chat")),
    "unknown element": (2, replaced("<Extension>", "<Surprise/><Extension>")),
    "empty alias group": (2, replaced(">grp-1<", "><")),
    "priority level beyond 4": (5, replaced("<ServicePriorityLevel>2<", "<ServicePriorityLevel>5<")),
    "no registrations at all": (5, replaced("Registrations>4<", "Registrations>0<")),
    "extended priority without level": (5, removed(r"<PriorityLevel>.*?</PriorityLevel>")),
    "letters in the IMSI": (5, replaced("<IMSI>0", "<IMSI>x")),
    "reference location without value": (5, removed(r"<AccessValue>.*?</AccessValue>")),
    "negative media profile": (2, replaced("ProfileId>30<", "ProfileId>-1<")),
    "services after the criteria": (1, replaced("</InitialFilterCriteria>", "</InitialFilterCriteria>"
                                                "<CoreNetworkServicesAuthorization/>")),
    "criteria without priority": (1, removed(r"<Priority>.*?</Priority>")),
    "priority twice": (2, replaced("<Priority>1<", "<Priority>0<")),
    "priority beyond 31 bits": (1, replaced("<Priority>10<", "<Priority>2147483648<")),
    "trigger point without condition type": (1, removed(r"<ConditionTypeCNF>.*?</ConditionTypeCNF>")),
    "trigger point without triggers": (5, removed(r"<SPT>.*?</SPT>")),
    "trigger without group": (5, removed(r"<Group>0</Group>")),
    "trigger without condition": (5, removed(r"<SessionCase>4</SessionCase>")),
    "two conditions in a trigger": (5, replaced("<SessionCase>", "<Method>INVITE</Method><SessionCase>")),
    "unknown session case": (5, replaced("<SessionCase>4<", "<SessionCase>5<")),
    "header without name": (2, removed(r"<Header>X-Test</Header>")),
    "three registration types": (1, replaced("<RegistrationType>0</RegistrationType>",
                                             "<RegistrationType>0</RegistrationType><RegistrationType>1</RegistrationType>")),
    "unknown registration type": (1, replaced("<RegistrationType>2<", "<RegistrationType>3<")),
    "criteria without application server": (4, removed(r"<ApplicationServer>.*?</ApplicationServer>")),
    "application server that is no SIP URI": (4, replaced("<ServerName>sip:", "<ServerName>http:")),
    "unknown default handling": (1, replaced("<DefaultHandling>0<", "<DefaultHandling>2<")),
    "content in an empty element": (2, replaced("<IncludeRegisterRequest/>", "<IncludeRegisterRequest>1</IncludeRegisterRequest>")),
    "unknown profile part": (3, replaced("<ProfilePartIndicator>1<", "<ProfilePartIndicator>2<")),
    "shared set twice": (3, replaced("<SharedIFCSetID>12<", "<SharedIFCSetID>7<")),
    "shared set out of its Extension": (3, replaced("<Extension>\n      <SharedIFCSetID>7</SharedIFCSetID>",
                                                    "<SharedIFCSetID>7</SharedIFCSetID><Extension>")),
}


@pytest.mark.parametrize("number", range(1, 6))
def test_the_schema_accepts_a_sample(number):
    assert faults(SAMPLES[number - 1].read_text(encoding="utf-8")) == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_schema_refuses(fault):
    number, plant = FAULTS[fault]
    assert faults(plant(Path(SAMPLES[number - 1]).read_text(encoding="utf-8")))
