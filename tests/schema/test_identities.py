# SPDX-License-Identifier: Apache-2.0
"""What operators write is stored in the canonical form that the server gives to identities of requests."""

import random
import re

import pytest

# As written, as stored: worked out by hand from the clause.
IMPUS = (
    ("SIP:Bobby@Home.Example.NET", "sip:Bobby@home.example.net", "RFC 3261 19.1.4"),
    ("sip:bobby@home.example.net:5060;transport=tcp?subject=x", "sip:bobby@home.example.net", "TS 23.003 13.4"),
    ("sip:bobby:secret@home.example.net", "sip:bobby@home.example.net", "RFC 3261 19.1.1"),
    ("sip:%62obby%2fhome%20x%c3%ab@home.example.net", "sip:bobby/home%20x%C3%AB@home.example.net", "RFC 3261 19.1.4"),
    ("sip:a%2541@home.example.net", "sip:a%2541@home.example.net", "RFC 3261 19.1.4"),
    ("SIPS:home.example.net:5061", "sips:home.example.net", "RFC 3261 19.1.1"),
    ("sip:a@[2001:DB8::1]:5060", "sip:a@[2001:db8::1]", "RFC 3261 25.1"),
    ("TEL:+1-202-(555).0199;phone-context=x", "tel:+12025550199", "RFC 3966 4"),
    ("tel:+1-202-555-0198;ext=12;isub=3", "tel:+12025550198", "TS 23.003 13.4"),
    ("sip:zoë@home.example.net", "sip:zo%C3%AB@home.example.net", "RFC 3261 25.1"),
    ("sip:zo%c3%ab@HOME.example.net.", "sip:zo%C3%AB@home.example.net", "RFC 3261 25.1"),
    ("sip:a\"b\\c^d`e{f|g}h#i[j]@home.example.net", "sip:a%22b%5Cc%5Ed%60e%7Bf%7Cg%7Dh%23i%5Bj%5D@home.example.net", "RFC 3261 25.1"),
    ("sip:50%@home.example.net", "sip:50%25@home.example.net", "RFC 3261 25.1"),
    ("sip:a%4%41@home.example.net", "sip:a%254A@home.example.net", "RFC 3261 25.1"),
    ("sip:%E2%82%AC%00@home.example.net", "sip:%E2%82%AC%00@home.example.net", "RFC 3261 25.1"),
    ("sip:a%40b@home.example.net", "sip:a%40b@home.example.net", "RFC 3261 19.1.2"),
    ("sip:+1-202-5550197;ext=1@home.example.net;user=phone", "sip:+1-202-5550197;ext=1@home.example.net", "RFC 3261 19.1.6"),
)
# Of requests only: provisioning refuses them, but no two of them may become one, and none another's.
REQUESTED = (
    ("sip:a b@home.example.net", "sip:a%20b@home.example.net", "RFC 3261 25.1"),
    ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555", "RFC 3966 5.1.5"),
    ("tel:7042;ISUB=1;Phone-Context=Example.COM;x=y", "tel:7042;phone-context=example.com", "RFC 3966 5.1.5"),
    ("tel:*21#A-f;phone-context=example.com", "tel:*21#af;phone-context=example.com", "RFC 3966 3"),
    ("tel:7042", "tel:7042", "RFC 3966 5.1.5"),
    ("sip:a!%41{2}!%42@HOME.example.net", "sip:a!%41{2}!B@home.example.net", "TS 23.003 13.5"),
    ("tel:+1-555!.{4}!", "tel:+1555!.{4}!", "TS 23.003 13.4A"),
    ("mailto:Zoë@HOME", "mailto:Zoë@HOME", ""),
)
IMPIS = (("Alice@Home.Example.NET", "Alice@home.example.net"), ("00101@IMS.Example.ORG", "00101@ims.example.org"))
WILDCARDS = (
    ("SIP:Chat%2d!.*[A-Z]{2}!%61@AS.Example.NET:5060;x=y", "sip:Chat-!.*[A-Z]{2}!a@as.example.net"),
    ("tel:+1-555-!(0|1).{3}!-9;x=y", "tel:+1555!(0|1).{3}!9"),
    ("sip:!.*!@AS.Example.NET", "sip:!.*!@as.example.net"),
    ("sip:a!x;y?z:0!@as.example.net", "sip:a!x;y?z:0!@as.example.net"),
)
PIECES = ("sip:", "SIPS:", "tel:", "Tel:", "@", "%", "%41", "%2541", "%25", "%40", "%3a", ":", ";", "?", "Aa", "Example.NET", "!",
          "[2001:DB8::1]", "[", "]", ">", "<", "+1", "-", ".", "(", ")", " ", "é", "É", "ß", "%C3%a9", "%7f", "%1F", "%%34", "~",
          "*", "'", "&", "=", "$", ",", "/", "%2f", "%3F", "\\", "{", "İ", "😀", "^", "`", "|", "}", "#", "\"",
          ";phone-context=", ";Phone-Context=+1-2", "!.*!", "\u0085", "example.net.", "0", "f")


def random_identities(count):
    """Pieces that mean something, in an order that means nothing; the same ones each time."""
    source = random.Random("identities")
    schemes = ("", "sip:", "SIP:", "sips:", "tel:", "TEL:")
    return [source.choice(schemes) + "".join(source.choices(PIECES, k=source.randint(0, 9))) for _ in range(count)]


@pytest.mark.parametrize("written, stored, clause", IMPUS)
def test_a_public_identity_is_stored_canonical(db, written, stored, clause):
    insert = "INSERT INTO quintet.impu (identity, set_id, position) VALUES (%s, 2, 50) RETURNING identity"
    assert db.value(insert, written) == stored, clause
    db("DELETE FROM quintet.impu WHERE identity = %s", stored)
    assert db.value("UPDATE quintet.impu SET identity = %s WHERE id = 3 RETURNING identity", written) == stored, clause


@pytest.mark.parametrize("written, canonical, clause", IMPUS + REQUESTED)
def test_what_a_request_says_is_looked_for_in_the_same_form(db, canonical_forms, written, canonical, clause):
    assert canonical_forms([written])[0][0] == canonical, clause
    assert db.value("SELECT quintet.canonical_impu(%s)", written) == canonical, clause


@pytest.mark.parametrize("written, stored", IMPIS)
def test_a_private_identity_is_stored_canonical(db, written, stored):
    insert = "INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES (%s, 1, '{}') RETURNING identity"
    assert db.value(insert, written) == stored


@pytest.mark.parametrize("written, stored", WILDCARDS)
def test_a_wildcard_is_canonical_outside_of_its_pattern(db, written, stored):
    insert = ("INSERT INTO quintet.impu (identity, type, set_id, position) VALUES (%s, 'wildcarded_pui', 2, 50)"
              " RETURNING identity")
    assert db.value(insert, written) == stored


def test_the_schema_and_the_server_agree(db, canonical_forms):
    """Whatever an operator writes is found by whatever a request says."""
    identities = [row[0] for row in IMPUS] + [row[0] for row in IMPIS] + random_identities(20000)
    ours = db("SELECT quintet.canonical_impu(i), quintet.canonical_impi(i) FROM unnest(%s) WITH ORDINALITY AS t (i, n)"
              " ORDER BY n", identities)
    theirs = [forms[:2] for forms in canonical_forms(identities)]
    assert len(ours) == len(theirs) == len(identities)
    different = [(identity, one, other) for identity, one, other in zip(identities, ours, theirs) if one != other]
    assert not different, different[:5]
    assert sum(identity != one[0] for identity, one in zip(identities, ours)) > 5000  # or nothing was compared


def test_canonical_is_canonical_already(db, canonical_forms):
    identities = random_identities(20000) + [row[1] for row in IMPUS + REQUESTED]
    once = db.column("SELECT quintet.canonical_impu(i) FROM unnest(%s) WITH ORDINALITY AS t (i, n) ORDER BY n", identities)
    twice = db.column("SELECT quintet.canonical_impu(i) FROM unnest(%s) WITH ORDINALITY AS t (i, n) ORDER BY n", once)
    assert [pair for pair in zip(once, twice) if pair[0] != pair[1]] == []
    assert [form for form, (again, *_) in zip(once, canonical_forms(once)) if form != again] == []
    again = db.value("SELECT count(*) FROM unnest(%s) AS i WHERE quintet.is_plain_impu(i) AND quintet.canonical_impu(i) <> i",
                     identities)
    assert again == 0


def test_what_is_provisioned_is_legal_on_the_wire(db):
    """RFC 3261 25.1 as a grammar of its own here: whatever the schema takes, the profile then says."""
    legal = re.compile(r"(sips?:(([-A-Za-z0-9_.!~*'()&=+$,;?/]|%[0-9A-F]{2})+@)?([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.|$))*(\[[0-9a-f:.]+\])?"
                       r"|tel:\+[0-9]+)")
    taken = db.column("""
        CREATE FUNCTION pg_temp.stored(written text) RETURNS text LANGUAGE plpgsql AS $$
          DECLARE stored text;
          BEGIN
            INSERT INTO quintet.impu (identity, set_id, position) VALUES (written, 2, 50) RETURNING identity INTO stored;
            RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = stored;
          EXCEPTION WHEN SQLSTATE 'P0099' THEN RETURN SQLERRM; WHEN check_violation OR unique_violation THEN RETURN NULL;
          END $$;
        SELECT s FROM unnest(%s) AS i, LATERAL (SELECT pg_temp.stored(i)) AS t (s) WHERE s IS NOT NULL""",
        [identity + "@home.example.net" for identity in random_identities(3000)] + [row[0] for row in IMPUS])
    assert [one for one in taken if not legal.fullmatch(one)] == []
    assert len(taken) > 300


def test_an_identity_has_at_most_1024_octets_in_canonical_form(db):
    insert = "INSERT INTO quintet.impu (identity, set_id, position) VALUES (%s, 2, 50) RETURNING octet_length(identity)"
    longest = "a" * (1024 - len("sip:@home.example.net"))
    assert db.value(insert, f"sip:{longest}@home.example.net") == 1024
    assert db.refusal(insert, f"sip:{longest}a@home.example.net").diag.constraint_name == "impu_is_short"
    assert db.refusal(insert, f"sip:{longest[2:]}ë@home.example.net").diag.constraint_name == "impu_is_short"
    insert = "INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES (%s, 1, '{}')"
    assert not db(insert, "a" * 250 + "@home")
    assert db.refusal(insert, "a" * 251 + "@home").diag.constraint_name == "impi_is_short"
