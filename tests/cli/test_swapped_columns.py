# SPDX-License-Identifier: Apache-2.0
"""A file whose columns are not what its header says gives away no secret: not on a terminal, in a script or in a database."""

import base64
import csv
import io
import itertools
import os

import pytest
from cards import Card

TEXT_K = b"kingfisher1river"  # 16 octets that are a name as well
PASSWORDS = ["correct horse", "p@ss.word", "pass.word", "alice2@example.test", "sub.example.test", "0123456789abcdef0123456789abcdef"]
IMPI, REALM = "alice@example.test", "example.test"


def written(key):
    """How people write 16 octets."""
    digits = key.hex()
    return {"hex": digits, "HEX": digits.upper(), "0x": "0x" + digits, "colons": key.hex(":"), "dashes": key.hex("-", 4),
            "base64": base64.b64encode(key).decode(), "base64 without padding": base64.b64encode(key).decode().rstrip("="),
            "base64url": base64.urlsafe_b64encode(key).decode().rstrip("="), "in a name": f"card-{digits}",
            "in a name in base64": "card." + base64.b64encode(key).decode().rstrip("="), "number": str(int.from_bytes(key))}


def traces(secret):
    """Every form in which a text could show the secret, in small letters where case means nothing."""
    encoded = [base64.b64encode(secret).decode().rstrip("=")[:-1], base64.urlsafe_b64encode(secret).decode().rstrip("=")[:-1]]
    return [secret.hex(), *encoded, str(int.from_bytes(secret))]


def shown(secret, text):
    plain = text.replace(":", "").replace("-", "").replace("_", "")
    small = text.lower() + plain.lower()
    return [form for form in traces(secret) if form in text or form in plain or form.lower() in small and form == secret.hex()]


def everything_said(site, command, text, *options):
    """What the tool prints, what psql prints of its script, and what is in the database afterwards."""
    file = site.folder / "swapped.csv"
    file.write_text(text, encoding="utf-8")
    out = site.quintet(command, "import", file, *options, code=None)
    said = out.stdout + out.stderr
    if out.returncode == 0:
        run = site.psql(out.stdout)
        said += run.stdout + run.stderr
    rows = site.rows("SELECT row_to_json(c)::text FROM quintet.credential c UNION ALL SELECT row_to_json(a)::text FROM quintet.audit a"
                     " UNION ALL SELECT row_to_json(i)::text FROM quintet.impi i UNION ALL SELECT realm FROM quintet.digest_secret")
    return out.returncode, said + "".join(row for row, in rows)


def table(header, *rows):
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_no_order_of_the_columns_shows_k_or_opc(ready_site, order):
    card = Card("swapped-" + "".join(map(str, order)))
    cells = [card.name, card.k.hex(), card.opc.hex()]
    code, said = everything_said(ready_site, "keys", table(["credential", "k", "opc"], [cells[i] for i in order]))
    assert not shown(card.k, said) and not shown(card.opc, said)
    assert (code == 0) == (order[0] == 0)  # K and OPc look alike


@pytest.mark.parametrize("secret", ["k", "opc"])
@pytest.mark.parametrize("form", written(bytes(16)))
def test_a_key_in_the_name_is_refused_and_not_shown(ready_site, secret, form):
    card = Card("x")
    key = getattr(card, secret)
    code, said = everything_said(ready_site, "keys", table(["credential", "k", "opc"], [written(key)[form], card.k.hex(), card.opc.hex()]))
    assert not shown(key, said)
    assert "swapped.csv:2: credential " in said and code == 1


def test_a_key_of_letters_is_no_name(ready_site):
    code, said = everything_said(ready_site, "keys", table(["credential", "k", "opc"], [TEXT_K.decode(), TEXT_K.hex(), os.urandom(16).hex()]))
    assert TEXT_K.decode() not in said and code == 1


@pytest.mark.parametrize("column", range(5))
@pytest.mark.parametrize("form", ["hex", "HEX", "base64"])
def test_a_key_in_any_cell_of_row_or_header_is_not_shown(ready_site, column, form):
    card = Card("x")
    header, row = ["credential", "k", "opc", "impi", "impu"], ["any", card.k.hex(), card.opc.hex(), "a@b.c", "sip:a@b.c"]
    for place, options in ((header, ()), (header, ("--columns", "k=Ki")), (row, ())):
        changed = list(place)
        changed[column] = written(card.k)[form]
        _, said = everything_said(ready_site, "keys", table(changed if place is header else header, changed if place is row else row), *options)
        assert not shown(card.k, said)
        assert not shown(card.opc, said)


def test_a_file_without_a_header_shows_nothing(ready_site):
    card = Card("headless")
    code, said = everything_said(ready_site, "keys", f"{card.name},{card.k.hex()},{card.opc.hex()}\n")
    assert code == 1 and "is the header line missing?" in said
    assert not shown(card.k, said) and card.name not in said


def test_a_card_in_clear_given_as_wrapped_shows_nothing(ready_site):
    ready_site.quintet("keys", "transport", "create", "swapped", "--bits", 2048)
    card = Card("clear")
    for order in itertools.permutations([card.name, card.k.hex(), card.opc.hex()]):
        code, said = everything_said(ready_site, "keys", table(["credential", "k", "opc"], order), "--vendor", "--transport-key", "swapped",
                                     "--mechanism", "rsa-oaep-sha1")
        assert code == 1 and not shown(card.k, said) and not shown(card.opc, said)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("order", itertools.permutations(range(3)))
def test_no_order_of_the_columns_shows_a_password(ready_site, order, password):
    cells = [IMPI, REALM, password]
    code, said = everything_said(ready_site, "digest", table(["impi", "realm", "password"], [cells[i] for i in order]))
    assert password not in said.replace("has a password", "")
    if order != (0, 1, 2):
        assert code == 1 and "swapped.csv:2: " in said


@pytest.mark.parametrize("order", [order for order in itertools.permutations(range(4)) if order != (0, 1, 2, 3)])
def test_no_order_of_the_columns_shows_a_hash(ready_site, order):
    md5, sha256 = os.urandom(16), os.urandom(32)
    cells = [IMPI, REALM, md5.hex(), sha256.hex()]
    code, said = everything_said(ready_site, "digest", table(["impi", "realm", "ha1", "ha1_sha256"], [cells[i] for i in order]))
    assert code == 1 and not shown(md5, said) and not shown(sha256, said)


def test_a_realm_that_the_operator_names_is_taken_from_him_alone(ready_site):
    code, said = everything_said(ready_site, "digest", table(["impi", "password"], [IMPI, "open sesame"]), "--realm", "My Home")
    assert (code, "open sesame" in said) == (0, False)
    code, said = everything_said(ready_site, "digest", table(["impi", "realm", "password"], [IMPI, "sesame", "My Home"]), "--realm", "My Home")
    assert code == 1 and "realm is not the one that --realm names" in said and "sesame" not in said
    code, said = everything_said(ready_site, "digest", table(["impi", "password"], ["p@ss.word", IMPI]), "--realm", "My Home")
    assert code == 1 and "p@ss" not in said
