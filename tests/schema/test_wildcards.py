# SPDX-License-Identifier: Apache-2.0
"""Which wildcard an identity meets, by the columns that the schema derives (TS 23.003 13.4A and 13.5)."""

import pytest

MEETS = """
SELECT identity FROM quintet.impu AS w
WHERE w.wildcard_prefix = ANY (quintet.prefixes(%s)) AND %s ~ w.wildcard_pattern
ORDER BY length(w.wildcard_prefix) DESC, w.id LIMIT 1
"""
INSERT = "INSERT INTO quintet.impu (identity, type, set_id, position) VALUES (%s, 'wildcarded_pui', 3, %s)"

WILDCARDS = ("sip:room-!.*!@as.example.net", "sip:room-1!.*!@as.example.net", "sip:room-!1.*!@other.example.net",
             "tel:+1555!.{4}!", "sip:a.b+(c)!x|[0-9]+!z@h.example.net", "sip:!^x$|y!@anchor.example.net",
             "sip:w!\\d!@escape.example.net", "sip:i!(?|x)!@odd.example.net")
ROWS = (
    ("sip:room-4711@as.example.net", "sip:room-!.*!@as.example.net", "a match"),
    ("sip:room-@as.example.net", "sip:room-!.*!@as.example.net", "nothing matches .*"),
    ("sip:room-17@as.example.net", "sip:room-1!.*!@as.example.net", "the longest prefix counts"),
    ("sip:room-17@other.example.net", "sip:room-!1.*!@other.example.net", "the rest is literal, too"),
    ("sip:room-4711@as.example.net".replace("as.", "asX"), None, "a dot outside of the pattern is a dot"),
    ("sip:Room-4711@as.example.net", None, "user parts have case"),
    ("sip:xroom-4711@as.example.net", None, "the pattern is anchored in front"),
    ("sip:room-4711@as.example.net.example.org", None, "and behind"),
    ("tel:+15551234", "tel:+1555!.{4}!", "a number"),
    ("tel:+155512345", None, "one digit too many"),
    ("sip:a.b+(c)77z@h.example.net", "sip:a.b+(c)!x|[0-9]+!z@h.example.net", "special characters outside are literal"),
    ("sip:a.b+(c)xz@h.example.net", "sip:a.b+(c)!x|[0-9]+!z@h.example.net", "a branch does not reach beyond the pattern"),
    ("sip:a.b+(c)x@h.example.net", None, "nor does it end early"),
    ("sip:aXb+(c)77z@h.example.net", None, "a dot in front of the pattern is a dot"),
    ("sip:y@anchor.example.net", "sip:!^x$|y!@anchor.example.net", "anchors stay inside of the pattern"),
    ("sip:wd@escape.example.net", "sip:w!\\d!@escape.example.net", "extended, not advanced: an escaped letter is itself"),
    ("sip:w1@escape.example.net", None, "extended, not advanced: no class of digits"),
)


@pytest.fixture
def wildcards(db):
    for place, identity in enumerate(WILDCARDS[:-1]):
        db(INSERT, identity, 50 + place)
    return db


@pytest.mark.parametrize("identity, wildcard, claim", ROWS, ids=[row[2] for row in ROWS])
def test_an_identity_meets(wildcards, identity, wildcard, claim):
    found = wildcards.column(MEETS, identity, identity)
    assert found == ([wildcard] if wildcard else []), claim


def test_what_perl_would_take_is_refused(db):
    assert "not an extended regular expression" in str(db.refusal(INSERT, WILDCARDS[-1], 50))


def test_candidates_come_from_the_index(wildcards):
    wildcards("INSERT INTO quintet.impu (identity, set_id, position)"
              " SELECT 'sip:many' || n || '@home.example.net', 2, 1000 + n FROM generate_series(1, 5000) AS n")
    wildcards("ANALYZE quintet.impu")
    wildcards("SET enable_seqscan = off")  # as the server's sessions do
    plan = "\n".join(wildcards.column("EXPLAIN " + MEETS, "sip:room-1@as.example.net", "sip:room-1@as.example.net"))
    assert "impu_wildcard" in plan and "Seq Scan" not in plan, plan


def test_distinct_identities_have_no_pattern(db):
    assert db.column("SELECT id FROM quintet.impu WHERE wildcard_prefix IS NOT NULL OR wildcard_pattern IS NOT NULL") == [5, 6]


def test_prefixes_end_where_a_wildcard_can(db):
    assert db.value("SELECT quintet.prefixes('sip:abc@h.example.net')") == ["sip:", "sip:a", "sip:ab", "sip:abc"]
    assert db.value("SELECT quintet.prefixes('tel:+12')") == ["tel:", "tel:+", "tel:+1", "tel:+12"]
