# SPDX-License-Identifier: Apache-2.0
"""Oddities that nobody is refused for are listed in quintet.provisioning_warnings; what is in order is not."""

import pytest

TEMPORARY = "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org"

# What is odd, and the one warning that it causes.
ODDITIES = (
    ("INSERT INTO quintet.registration_set (id, subscription_id) VALUES (50, 1);"
     "INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) VALUES (1, 50, 1)", "alice", "set 50", "has no identity"),
    ("UPDATE quintet.impu SET barred = true WHERE set_id = 2", "alice", "set 2 (sip:office@home.example.net)",
     "has no distinct identity that is not barred"),
    ("UPDATE quintet.impu SET barred = true WHERE id = 4", "pbx", "set 3 (sip:pbx@home.example.net, sip:pbx-!.*!@home.example.net)",
     "has no distinct identity that is not barred"),
    ("DELETE FROM quintet.impi_set WHERE set_id = 2", "alice", "set 2 (sip:office@home.example.net)",
     "is associated with no private identity"),
    ("INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES ('x@example.net', 1, '{giba}')", "alice", "x@example.net",
     "is associated with no set"),
    ("UPDATE quintet.impi SET schemes = '{}' WHERE id = 1", "alice", "alice@home.example.net", "has no authentication scheme"),
    ("INSERT INTO quintet.roaming_area (id, name) VALUES (1, 'empty'); UPDATE quintet.impi SET roaming_area_id = 1 WHERE id = 1",
     "alice", "alice@home.example.net", "its roaming area has no network"),
    ("UPDATE quintet.impu SET service_profile_id = NULL WHERE id = 3", "alice", "sip:office@home.example.net",
     "has no service profile"),
    (f"UPDATE quintet.impu SET identity = '{TEMPORARY}' WHERE id = 3", "alice", TEMPORARY,
     "is derived from an IMSI, but not barred"),
    ("UPDATE quintet.registration_set SET state = 'unregistered' WHERE id = 2", "alice", "set 2 (sip:office@home.example.net)",
     "is unregistered, but its subscription has no S-CSCF"),
    ("UPDATE quintet.impi_set SET registered = true WHERE set_id = 2", "alice", "set 2 (sip:office@home.example.net)",
     "is not registered, but a private identity is registered with it"),
    ("INSERT INTO quintet.guss (impi_id) VALUES (3)", "chat", "chat@home.example.net",
     "has user security settings, but no card"),
)
IN_ORDER = (
    "UPDATE quintet.impu SET barred = true WHERE id = 1",
    f"UPDATE quintet.impu SET identity = '{TEMPORARY}', barred = true WHERE id = 1",
    "UPDATE quintet.impu SET service_profile_id = NULL, psi_application_server = 'sip:as.example.net' WHERE id = 6",
    "UPDATE quintet.impi SET imsi = '001010000000001' WHERE id IN (1, 2)",  # of one card
    "INSERT INTO quintet.guss (impi_id) VALUES (1)",
    "DELETE FROM quintet.impi_set WHERE set_id = 4; DELETE FROM quintet.impi WHERE id = 3;"
    "UPDATE quintet.impu SET psi_application_server = 'sip:as.example.net' WHERE id = 6",
)
READ = "SELECT subscription, subject, warning FROM quintet.provisioning_warnings"


def test_what_is_in_order_causes_no_warning(db):
    assert db(READ) == []


@pytest.mark.parametrize("statement, subscription, subject, warning", ODDITIES, ids=[row[3] for row in ODDITIES])
def test_an_oddity_is_listed(db, statement, subscription, subject, warning):
    db(statement)
    rows = db(READ)
    assert [row[:2] for row in rows] == [(subscription, subject)]
    assert warning in rows[0][2]


@pytest.mark.parametrize("statement", IN_ORDER)
def test_its_neighbour_is_not(db, statement):
    db(statement)
    assert db(READ) == []


# ---- What an S-CSCF cannot be told

def push(db, state="waiting", subscription=1, host="scscf.example.net", error="", age="now()"):
    db("INSERT INTO quintet.push (kind, set_id, subscription_id, destination_host, destination_realm, state, settled_at, last_error, created_at)"
       f" VALUES ('ppr', 1, %s, %s, 'example.net', %s, CASE WHEN %s <> 'waiting' THEN now() END, %s, {age})",
       subscription, host, state, state, error)


LATE = "now() - interval '601 seconds'"


@pytest.mark.parametrize("state, age", [("given_up", "now()"), ("waiting", LATE)])
def test_a_push_that_was_given_up_or_waits_for_long_is_told(db, state, age):
    push(db, state, error="no answer in time", age=age)
    counts = (1, 0) if state == "given_up" else (0, 1)
    assert db(READ) == [("alice", "scscf.example.net", "could not be told (quintet push list): pushes given up: {}, waiting for more than ten"
                         " minutes: {}, the last because of: no answer in time".format(*counts))]


def test_any_other_push_is_not(db):
    push(db)
    push(db, age="now() - interval '599 seconds'")
    for state in ("done", "superseded", "cancelled"):
        push(db, state, age=LATE)
    assert db(READ) == []


def test_one_warning_is_for_each_subscription_and_destination(db):
    for error in ("first", "x" * 255, ""):
        push(db, "given_up", error=error)
    push(db, age=LATE)
    push(db, "given_up", host="other.example.net")
    push(db, "given_up", subscription=2)
    rows = db(READ + " ORDER BY subject, subscription")
    assert [row[:2] for row in rows] == [("alice", "other.example.net"), ("alice", "scscf.example.net"), ("pbx", "scscf.example.net")]
    assert rows[1][2].endswith("given up: 3, waiting for more than ten minutes: 1, the last because of: " + "x" * 128)


def test_a_push_outlives_its_subscription_and_is_told_all_the_same(db):
    push(db, "given_up", subscription=77)
    assert [row[:2] for row in db(READ)] == [("subscription 77, which is gone", "scscf.example.net")]


def test_an_imsi_of_two_cards_is_told_of_both(db):
    db("INSERT INTO quintet.credential (id, name, kek_id, wrap_mechanism, k_wrapped, opc_sealed)"
       " VALUES (2, 'other', 1, 'aes-key-wrap', repeat('k', 24)::bytea, repeat('o', 44)::bytea);"
       "UPDATE quintet.impi SET imsi = '001010000000001' WHERE id IN (1, 2); UPDATE quintet.impi SET credential_id = 2 WHERE id = 2")
    rows = db(READ + " ORDER BY subject")
    assert [row[:2] for row in rows] == [("alice", "alice@home.example.net"), ("pbx", "pbx@home.example.net")]
    assert {row[2] for row in rows} == {
        "shares the IMSI 001010000000001 with a private identity of another card: a BSF that knows only the IMSI is refused"}
