# SPDX-License-Identifier: Apache-2.0
"""docs/provisioning.md: every recipe runs as written, every refusal says what is printed, and the text tells the truth."""

import contextlib
import re

import psycopg2
import pytest
from conftest import ROOT
from database import BASE

BLOCK = re.compile(r"^```sql\n(.*?)(?:^-- refused: ([^\n]*)\n)?^```$", re.DOTALL | re.MULTILINE)
CARDS = """
    INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed)
    SELECT name, 1, 'aes-key-wrap', repeat('k', 24)::bytea, repeat('o', 44)::bytea
    FROM (VALUES ('card-1'), ('card-2'), ('card-3')) AS v (name)"""
# What the page says of the rows that its recipes have made: a query and its one value.
FACTS = {
    "identities are canonical": (
        "SELECT array_agg(identity ORDER BY position) FROM quintet.impu WHERE set_id ="
        " (SELECT set_id FROM quintet.impu WHERE identity = 'sip:Dora@ims.example.net')",
        ["sip:262011234567890@ims.example.net", "sip:Dora@ims.example.net", "tel:+493012345678", "tel:+493099!.*!"]),
    "both devices may register both sets": (
        "SELECT count(*) FROM quintet.impi_set JOIN quintet.subscription s ON s.id = subscription_id WHERE s.name = 'dora'", 4),
    "many come in whole": (
        "SELECT array_agg(u.identity ORDER BY u.position) FROM quintet.impi_set JOIN quintet.impi i ON i.id = impi_id"
        " JOIN quintet.impu u USING (set_id) WHERE i.identity = '262011234567891@ims.example.net'",
        ["sip:erik@ims.example.net", "tel:+493012345679"]),
    "nothing is forgotten but the profile of the barred, the ranged and the new": (
        "SELECT array_agg(DISTINCT warning) FROM quintet.provisioning_warnings", ["has no service profile"]),
    "the profile has its own criteria and the shared ones": (
        "SELECT count(*) FROM quintet.profile_ifc JOIN quintet.service_profile p ON p.id = profile_id WHERE p.name = 'voice'", 4),
    "a trigger of every kind is shown": (
        "SELECT count(DISTINCT kind) = (SELECT count(*) FROM unnest(enum_range(NULL::quintet.trigger_kind)))"
        " FROM quintet.service_point_trigger", True),
    "services of GBA have their settings, and a group one of its own": (
        "SELECT array_agg(gsid || coalesce(naf_group, '') || flags::text ORDER BY gsid, naf_group NULLS FIRST) FROM quintet.uss",
        ["1{1,2}", "2{}", "2ut{}"]),
    "the settings of GBA have a time": ("SELECT count(*) FROM quintet.guss JOIN quintet.guss_timestamp USING (impi_id)", 1),
    "a card outlives its subscription": ("SELECT count(*) FROM quintet.credential WHERE name LIKE 'card-%'", 3),
    "a subscription goes with its identities": ("SELECT count(*) FROM quintet.impu WHERE identity ~ '^sip:(lobby|room|echo)'", 0),
}


def blocks(page):
    """(sentence of the refusal or None, SQL), in order."""
    return [(match[2], match[1]) for match in BLOCK.finditer(page)]


class Wrong(Exception):
    """A recipe that does not do what the page says."""


@contextlib.contextmanager
def provisioner(conninfo):
    """A session of somebody who may provision and nothing else; the cards have been imported."""
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(BASE)
        cursor.execute(CARDS)
        cursor.execute("SET ROLE quintet_provisioner")
        yield cursor


def run(cursor, refusal, sql):
    try:
        cursor.execute(sql)
    except psycopg2.Error as error:
        cursor.execute("ROLLBACK")
        if error.diag.message_primary != refusal:
            raise Wrong(f"{error.diag.message_primary}\n{sql}") from error
    else:
        if refusal:
            raise Wrong(f"not refused:\n{sql}")


def run_page(conninfo, page):
    with provisioner(conninfo) as cursor:
        for refusal, sql in blocks(page):
            run(cursor, refusal, sql)
        for fact, (query, value) in FACTS.items():
            cursor.execute(query)
            if (found := cursor.fetchone()[0]) != value:
                raise Wrong(f"{fact}: {found}")


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs" / "provisioning.md").read_text(encoding="utf-8")


def test_the_page_does_what_it_says(fresh, page):
    assert len(blocks(page)) >= 15 and sum(refusal is not None for refusal, _ in blocks(page)) >= 5
    run_page(fresh, page)


@pytest.mark.parametrize("right, wrong", [
    ("'{aka,nass-bundled,giba}'", "'{aka,nas-bundled}'"), ("INSERT INTO quintet.shared_ifc_set", "INSERT INTO quintet.shared_ifc"),
    ("has no row in digest_secret\n", "has no row in line_identifier\n"),
    ("name = 'card-1'", "name = 'card-0'"), ("'card-3', '{sip", "'card-0', '{sip"), ("'tel:+49-30-1234-5678'", "'tel:+49-30-1234-5679'"),
    ("(3, '{1}', 'session_case', NULL, 1)", "(3, '{1}', 'method', 'BYE', 1)"),
    ("DELETE FROM quintet.subscription WHERE name = 'conference'", "SELECT 1"), ("(1, 1, '{1,2}'::int[]", "(1, 1, '{1,3}'::int[]"),
    ("UPDATE quintet.impi SET schemes = '{sip-digest}'", "UPDATE quintet.impi SET schemes = '{aka}'")])
def test_planted_a_page_that_errs_is_noticed(fresh, page, right, wrong):
    assert page.count(right) == 1, right
    with pytest.raises(Wrong):
        run_page(fresh, page.replace(right, wrong))
