# SPDX-License-Identifier: Apache-2.0
"""The five sample documents, provisioned in SQL, come back from Server-Assignment."""

import pytest
from peer import cx
from peer.checks import result_of
from peer.results import SUCCESS
from product import Product
from support.user_data import DATA, SAMPLES, assert_valid, canonical, faults, release_schema

REGISTRATION, UNREGISTERED_USER = 1, 3
BOTH = cx.SIFC | cx.ALIAS_IND
# Documents 1 and 3 name no alias group, so their S-CSCF does not know AliasInd.
FEATURES = {1: cx.SIFC, 3: cx.SIFC}
# Of each document: the private identity, the public identity that is asked for, and how.
ASKED = {
    1: ("001010000000001@ims.mnc001.mcc001.3gppnetwork.org", "tel:+99900000001", REGISTRATION),
    2: ("alice_private@example.test", "sip:alice@example.test", REGISTRATION),
    3: ("pbx1@example.test", "sip:+99900000200@example.test", REGISTRATION),
    4: (None, "sip:room-4711@chat.example.test", UNREGISTERED_USER),
    5: ("bob@example.test", "sip:bob@example.test", REGISTRATION),
}


@pytest.fixture(scope="module")
def provisioned(tmp_path_factory):
    """A copy of its own: the samples share an identity with a subscriber of the quickstart."""
    with Product(tmp_path_factory.mktemp("user-data") / "var") as product:
        product.sql("DELETE FROM quintet.subscription")
        product.sql((DATA / "profiles.sql").read_text(encoding="utf-8"))
        yield product


def document(product, number, **asked):
    impi, impu, kind = ASKED[number]
    features = asked.get("features", FEATURES.get(number, BOTH))
    with product.connect() as connection:
        answer = connection.request(cx.sar(impi, [impu], kind, features=features, sender=cx.Sender.on(connection)))
    assert result_of(answer) == SUCCESS
    return answer.value("User-Data").decode()


def sample(number):
    return SAMPLES[number - 1].read_text(encoding="utf-8")


@pytest.mark.parametrize("number", ASKED)
def test_a_sample_comes_back_equal_and_valid(provisioned, number):
    text = document(provisioned, number)
    assert canonical(text) == canonical(sample(number))
    assert_valid(text)
    assert bool(faults(text, release_schema(8))) == (number == 5)  # it has elements of later releases


def test_shared_criteria_are_written_out_for_who_does_not_know_them(provisioned):
    text = document(provisioned, 3, features=None)
    assert_valid(text)
    assert "SharedIFCSetID" not in text
    assert [text.count(f"<Method>{method}</Method>") for method in ("INVITE", "MESSAGE", "PUBLISH")] == [1, 1, 1]


def test_planted_another_row_is_another_document(provisioned):
    provisioned.sql("UPDATE quintet.initial_filter_criteria SET priority = 11 WHERE priority = 10")
    assert canonical(document(provisioned, 1)) != canonical(sample(1))
