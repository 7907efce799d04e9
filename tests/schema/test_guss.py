# SPDX-License-Identifier: Apache-2.0
"""GUSS-Timestamp (TS 29.109 6.3.1.10): no two states of somebody's user security settings have the same, whatever changed."""

import pytest

from database import Database
from refusals import many_uss, uss

ALICE = "SELECT changed_at FROM quintet.guss_timestamp WHERE impi_id = 1"
EPOCH = "SELECT extract(epoch FROM changed_at)::bigint FROM quintet.guss_timestamp WHERE impi_id = 1"
# Every change of what the document says.
CHANGES = {
    "a lifetime": "UPDATE quintet.guss SET key_lifetime = 60 WHERE impi_id = 1",
    "a type of card": "UPDATE quintet.guss SET uicc_type = 'GBA_U' WHERE impi_id = 1",
    "a new setting": uss(gsid="2"),
    "a flag": "UPDATE quintet.uss SET flags = '{1}' WHERE impi_id = 1",
    "another order of identities": "UPDATE quintet.uss SET uids = '{sip:b@x,sip:a@x}' WHERE impi_id = 1",
    "a setting deleted": "DELETE FROM quintet.uss WHERE impi_id = 1",
    "all deleted": "DELETE FROM quintet.guss WHERE impi_id = 1",
    "all moved to somebody else": "UPDATE quintet.guss SET impi_id = 2 WHERE impi_id = 1",
    "another name": "UPDATE quintet.impi SET identity = 'other@home.example.net' WHERE id = 1",
}
ELSEWHERE = {
    "another user's": "INSERT INTO quintet.guss (impi_id) VALUES (2)",
    "a scheme": "UPDATE quintet.impi SET schemes = '{giba}' WHERE id = 1",
    "the same name": "UPDATE quintet.impi SET identity = 'alice@HOME.example.net' WHERE id = 1",
}


def after(conninfo, statement):
    """GUSS-Timestamp after a transaction of its own, as seconds."""
    with Database(conninfo, "quintet_provisioner") as provisioner:
        provisioner(statement)
        provisioner.commit()
        return provisioner.value(EPOCH)


@pytest.fixture
def settled(populated):
    """Settings of alice, with a time that no clock has reached, so that "later than the clock" can be told."""
    made = populated(uss(uids="'{sip:a@x,sip:b@x}'"))
    with Database(made) as admin:
        admin("UPDATE quintet.guss_timestamp SET changed_at = '2035-01-01 00:00:00Z'")
        admin.commit()
    return made


LATER = 2051222400  # 2035-01-01


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_has_a_later_second(settled, change):
    assert after(settled, CHANGES[change]) == LATER + 1


def test_two_changes_have_two_seconds_and_one_transaction_has_one(settled):
    assert after(settled, CHANGES["a lifetime"]) == LATER + 1
    assert after(settled, ";".join((CHANGES["a flag"], CHANGES["a setting deleted"], CHANGES["a type of card"]))) == LATER + 2


@pytest.mark.parametrize("change", ELSEWHERE)
def test_what_the_document_does_not_say_changes_nothing(settled, change):
    assert after(settled, ELSEWHERE[change]) == LATER


def test_a_clock_that_is_ahead_counts_and_has_whole_seconds(populated):
    made = populated(uss())
    with Database(made) as admin:
        admin("UPDATE quintet.guss_timestamp SET changed_at = '2001-01-01 00:00:00Z'")
        admin.commit()
        admin(CHANGES["a lifetime"])
        assert admin.value(f"SELECT changed_at = date_trunc('second', now()) FROM ({ALICE}) AS t")


def test_settings_that_are_made_again_have_another_time(settled):
    assert after(settled, CHANGES["all deleted"]) == LATER + 1
    assert after(settled, uss(uids="'{sip:a@x,sip:b@x}'")) == LATER + 2


def test_somebody_who_gets_settings_has_a_time(settled):
    after(settled, CHANGES["all moved to somebody else"])
    with Database(settled) as admin:
        assert admin.column("SELECT impi_id FROM quintet.guss_timestamp ORDER BY 1") == [1, 2]


def test_all_goes_with_the_subscription(settled):
    with Database(settled, "quintet_provisioner") as provisioner:
        provisioner("DELETE FROM quintet.subscription WHERE id = 1")
        assert provisioner("TABLE quintet.uss") == provisioner("TABLE quintet.guss_timestamp") == []


def test_what_two_add_at_once_does_not_get_too_long(populated):
    """Each alone would fit; the second waits for the first and sees what it added."""
    made = populated(many_uss(1, 21, 1024))
    half = "INSERT INTO quintet.uss (impi_id, gsid, uids) SELECT 1, {}, uids FROM quintet.uss WHERE gsid = 1"
    with Database(made, "quintet_provisioner") as one, Database(made, "quintet_provisioner") as other:
        one(half.format(2))
        other("SET LOCAL lock_timeout = '200ms'")
        assert "lock timeout" in str(other.refusal(half.format(3)))
        one.commit()
        assert other.refusal(half.format(3)).diag.constraint_name == "guss_fits_into_an_answer"
