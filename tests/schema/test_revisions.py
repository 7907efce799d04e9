# SPDX-License-Identifier: Apache-2.0
"""Every change of what a service profile is made of moves its revision, and only then; unregistered services follow."""

import threading
from dataclasses import dataclass

import psycopg2.errors
import pytest

from database import BASE, Database

LINKED = "INSERT INTO quintet.service_profile_shared_ifc_set VALUES (2, 7);"  # silver has the shared set 7


@dataclass(frozen=True)
class Change:
    claim: str
    statement: str
    moved: tuple  # profiles: 1 gold, 2 silver

    def __str__(self):
        return self.claim


CHANGES = (
    Change("the profile itself", "UPDATE quintet.service_profile SET media_profile_id = 3 WHERE id = 1", (1,)),
    Change("a service added", "INSERT INTO quintet.service_profile_service VALUES (1, 1, 'urn:x:y')", (1,)),
    Change("services of two profiles", "INSERT INTO quintet.service_profile_service VALUES (1, 1, 'urn:x:y'), (2, 1, 'urn:x:y')",
           (1, 2)),
    Change("a criterion added", "INSERT INTO quintet.initial_filter_criteria (profile_id, priority, application_server_id)"
           " VALUES (1, 99, 1)", (1,)),
    Change("a criterion changed", "UPDATE quintet.initial_filter_criteria SET priority = 5 WHERE id = 1", (1,)),
    Change("a criterion handed over", "UPDATE quintet.initial_filter_criteria SET profile_id = 2 WHERE id = 1", (1, 2)),
    Change("a criterion deleted", "DELETE FROM quintet.initial_filter_criteria WHERE id = 1", (1,)),
    Change("a trigger added", "INSERT INTO quintet.service_point_trigger (ifc_id, position, groups, kind, method)"
           " VALUES (1, 9, '{9}', 'method', 'MESSAGE')", (1,)),
    Change("a trigger changed", "UPDATE quintet.service_point_trigger SET negated = true WHERE position = 1", (1,)),
    Change("a trigger deleted", "DELETE FROM quintet.service_point_trigger WHERE position = 1", (1,)),
    Change("a shared set added", "INSERT INTO quintet.service_profile_shared_ifc_set VALUES (1, 7)", (1,)),
    Change("a shared set removed", "DELETE FROM quintet.service_profile_shared_ifc_set WHERE profile_id = 2", (2,)),
    Change("a criterion of a shared set changed", "UPDATE quintet.initial_filter_criteria SET priority = 21 WHERE id = 2", (2,)),
    Change("a criterion of a shared set deleted", "DELETE FROM quintet.initial_filter_criteria WHERE id = 2", (2,)),
    Change("a criterion moved into a shared set", "UPDATE quintet.initial_filter_criteria SET profile_id = NULL,"
           " shared_ifc_set_id = 7 WHERE id = 1", (1, 2)),
    Change("a trigger in a shared set", "UPDATE quintet.initial_filter_criteria SET condition_type_cnf = true WHERE id = 2;"
           "INSERT INTO quintet.service_point_trigger (ifc_id, groups, kind, method) VALUES (2, '{9}', 'method', 'MESSAGE')", (2,)),
    Change("the application server of both", "UPDATE quintet.application_server SET service_info = 'x'", (1, 2)),
    Change("nothing", "UPDATE quintet.initial_filter_criteria SET priority = 5 WHERE id = 12345", ()),
    Change("an application server that nobody uses", "INSERT INTO quintet.application_server (name, server_name)"
           " VALUES ('x', 'sip:x.example.net')", ()),
    Change("a subscriber", "UPDATE quintet.impu SET display_name = 'x'", ()),
)


@pytest.fixture(scope="module")
def two_profiles(populated):
    return populated(LINKED)


def revisions(database):
    return dict(database("SELECT id, revision FROM quintet.service_profile"))


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_moves_the_revision(two_profiles, change):
    with Database(two_profiles) as database:
        before = revisions(database)
        database(change.statement)
        after = revisions(database)
    assert tuple(sorted(profile for profile in before if before[profile] != after[profile])) == change.moved
    assert all(after[profile] > max(before.values()) for profile in change.moved)


def test_a_profile_made_anew_is_not_taken_for_the_old_one(db):
    create = "INSERT INTO quintet.service_profile (id, name) VALUES (50, 'bronze') RETURNING revision"
    first = db.value(create)
    db("DELETE FROM quintet.service_profile WHERE id = 50")
    assert db.value(create) > first


def test_an_operator_cannot_set_back_a_revision(db):
    before = revisions(db)[1]
    db("UPDATE quintet.service_profile SET revision = 1, unregistered_services = true WHERE id = 1")
    assert revisions(db)[1] > before
    assert db.value("SELECT unregistered_services FROM quintet.service_profile WHERE id = 1") is False


def criterion(cnf, *triggers, part="NULL"):
    """A new criterion of gold with triggers (negated, groups, kind, value)."""
    rows = [f"INSERT INTO quintet.initial_filter_criteria (id, profile_id, priority, condition_type_cnf, application_server_id,"
            f" profile_part) VALUES (50, 2, 99, {cnf}, 1, {part})"]
    rows += [f"INSERT INTO quintet.service_point_trigger (ifc_id, position, negated, groups, kind, {kind}"
             f"{', header' if kind == 'content' else ''}) VALUES (50, {place}, {negated}, '{{{groups}}}', '{kind}', '{value}')"
             for place, (negated, groups, kind, value) in enumerate(triggers)]
    return ";".join(rows)


CASE_1, CASE_2, INVITE, REGISTER = ("session_case", "1"), ("session_case", "2"), ("method", "INVITE"), ("method", "REGISTER")

# What a terminating request for an unregistered user can meet (TS 29.228 6.1.4.1, Annex B and Annex C).
SERVED = (
    ("a criterion without trigger point", criterion("NULL"), True),
    ("the same, for registered users", criterion("NULL", part="0"), False),
    ("the same, for unregistered users", criterion("NULL", part="1"), True),
    ("SessionCase 2", criterion("true", (False, "0", *CASE_2)), True),
    ("SessionCase 1", criterion("true", (False, "0", *CASE_1)), False),
    ("not SessionCase 1", criterion("true", (True, "0", *CASE_1)), True),
    ("not SessionCase 2", criterion("true", (True, "0", *CASE_2)), False),
    ("REGISTER", criterion("false", ("NULL", "0", *REGISTER)), False),
    ("not REGISTER", criterion("false", (True, "0", *REGISTER)), True),
    ("any INVITE", criterion("false", ("NULL", "0", *INVITE)), True),
    ("DNF: REGISTER or INVITE", criterion("false", (False, "0", *REGISTER), (False, "1", *INVITE)), True),
    ("DNF: INVITE in case 1 or REGISTER", criterion("false", (False, "0", *INVITE), (False, "0", *CASE_1), (False, "1", *REGISTER)),
     False),
    ("DNF: one trigger in two groups", criterion("false", (False, "0,1", *INVITE), (False, "0", *CASE_1), (False, "1", *CASE_2)), True),
    ("CNF: case 1 or case 2", criterion("true", (False, "0", *INVITE), (False, "1", *CASE_1), (False, "1", *CASE_2)), True),
    ("CNF: INVITE and case 1", criterion("true", (False, "0", *INVITE), (False, "1", *CASE_1)), False),
    ("CNF: a header and case 2", criterion("true", (False, "0", "request_uri", "sip:.*"), (False, "1", *CASE_2)), True),
)


@pytest.mark.parametrize("claim, statements, served", SERVED, ids=[row[0] for row in SERVED])
def test_unregistered_services_follow_from_the_criteria(db, claim, statements, served):
    db.to_the_end(statements)
    assert db.value("SELECT unregistered_services FROM quintet.service_profile WHERE name = 'silver'") is served, claim
    db("DELETE FROM quintet.initial_filter_criteria WHERE id = 50")
    assert db.value("SELECT unregistered_services FROM quintet.service_profile WHERE name = 'silver'") is False, claim


def test_unregistered_services_follow_from_shared_sets(db):
    read = "SELECT unregistered_services FROM quintet.service_profile ORDER BY id"
    assert db.column(read) == [False, False]
    db(LINKED)
    assert db.column(read) == [False, True]
    db("UPDATE quintet.initial_filter_criteria SET profile_part = 0 WHERE id = 2")
    assert db.column(read) == [False, False]


def test_transactions_that_change_profiles_in_any_order_do_not_deadlock(fresh):
    """Both change both profiles, in opposite order, and the application server that both use."""
    with Database(fresh) as database:
        database(BASE)
        database.commit()
    failures = []

    def work(first, second):
        try:
            for _ in range(30):
                with Database(fresh) as database:
                    for profile in (first, second):
                        database("INSERT INTO quintet.service_profile_service VALUES (%s, (random() * 1e9)::integer,"
                                 " 'urn:x:' || gen_random_uuid())", profile)
                        database("UPDATE quintet.application_server SET service_info = %s", str(profile))
                    database.commit()
        except psycopg2.errors.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures and not any(thread.is_alive() for thread in threads)
    with Database(fresh) as database:
        assert database.column("SELECT count(*) FROM quintet.service_profile_service GROUP BY profile_id") == [60, 60]


def test_reading_does_not_wait_for_a_change(fresh):
    with Database(fresh) as writer, Database(fresh) as reader:
        writer(BASE)
        writer.commit()
        writer("UPDATE quintet.application_server SET service_info = 'x'")
        reader("SET lock_timeout = '1s'")
        reader("SELECT * FROM quintet.profile_ifc JOIN quintet.service_profile ON id = profile_id")
        reader("INSERT INTO quintet.impu (identity, set_id, position, service_profile_id) VALUES ('sip:x@x.example.net', 2, 9, 1)")
