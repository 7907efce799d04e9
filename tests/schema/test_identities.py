"""What operators write is stored in the canonical form that the server gives to identities of requests."""

import random

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
          "*", "'", "&", "=", "$", ",", "/", "%2f", "%3F", "\\", "{", "İ", "😀")


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
    theirs = canonical_forms(identities)
    assert len(ours) == len(theirs) == len(identities)
    different = [(identity, one, other) for identity, one, other in zip(identities, ours, theirs) if one != other]
    assert not different, different[:5]
    assert sum(identity != one[0] for identity, one in zip(identities, ours)) > 5000  # or nothing was compared


def test_canonical_is_canonical_already(db):
    again = db.value("SELECT count(*) FROM unnest(%s) AS i, LATERAL (SELECT quintet.canonical_impu(i)) AS c (c)"
                     " WHERE quintet.is_plain_impu(i) AND c <> i", random_identities(20000) + [row[1] for row in IMPUS])
    assert again == 0
