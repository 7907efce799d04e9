# SPDX-License-Identifier: Apache-2.0
"""Files as vendors and spreadsheets write them: what is understood, and what a refusal tells."""

import pytest
from cards import Card, accept, vectors


def first_vector(site, card):
    return vectors(site.quintet("av", site.subscribe(card.name), "--domain", "ims").stdout)[0]


def refusal_of(site, content, *options):
    file = site.folder / "odd.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = site.quintet("keys", "import", file, *options, code=1)
    assert out.stdout == ""
    return out.stderr


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_separator_is_found(ready_site, separator):
    card = Card(f"separated-{ord(separator)}")
    rows = [["credential", "k", "opc"], [card.name, card.k.hex(), card.opc.hex()]]
    ready_site.import_cards("\ufeff" + "".join(separator.join(row) + "\r\n" for row in rows))
    accept(card.usim(), first_vector(ready_site, card))


def test_comments_and_blank_lines_may_stand_above_the_header(ready_site):
    card = Card("commented")
    ready_site.import_cards(f"# batch 7; 3 of 9\n\n  \n#\ncredential;k;opc\n# first\n{card.name};{card.k.hex()};{card.opc.hex()}\n")
    accept(card.usim(), first_vector(ready_site, card))


VENDOR = "IMSI;ICCID;PIN1;PUK1;Ki;OPC;ADM1;Profile\n"


def vendor_row(card):
    return f"{card.name};8949000000000000001;1234;12345678;{card.k.hex().upper()};{card.opc.hex()};87654321;x y\n"


def test_columns_of_a_vendor_are_mapped_and_the_others_left_out(ready_site):
    card = Card("262011230000001")
    ready_site.import_cards("# from the vendor\n" + VENDOR + vendor_row(card), "--columns", "credential=IMSI,k=Ki,opc=OPC")
    accept(card.usim(), first_vector(ready_site, card))


def test_what_is_not_mapped_keeps_its_own_name(ready_site):
    card = Card("262011230000002")
    ready_site.import_cards(VENDOR + vendor_row(card), "--columns", "credential=imsi,k=ki")
    accept(card.usim(), first_vector(ready_site, card))


def test_columns_of_a_vendor_are_not_guessed_but_told(ready_site):
    said = refusal_of(ready_site, "# from the vendor\n" + VENDOR + vendor_row(Card("262011230000003")))
    assert "odd.csv:2: the header must name the columns credential, k and one of opc and op" in said
    assert "found 8 columns separated by semicolons: imsi, iccid, pin1, puk1, ki, opc, adm1 and 1 that are not shown" in said
    assert "--columns credential=imsi,k=ki,opc=opc; columns that are not named there are left out" in said


@pytest.mark.parametrize("mapping,complaint", [
    ("credential=IMSI,k=Kx,opc=OPC", "no column is called kx, as --columns says; found 8 columns separated by semicolons"),
    ("credential=IMSI,key=Ki", '"key=Ki" is not COLUMN=NAME'), ("credential", '"credential" is not COLUMN=NAME'),
    ("k=Ki,k=OPC", '"k=OPC" is not COLUMN=NAME'), ("k=", '"k=" is not COLUMN=NAME')])
def test_a_mapping_that_does_not_fit_is_told(ready_site, mapping, complaint):
    assert complaint in refusal_of(ready_site, VENDOR + vendor_row(Card("262011230000004")), "--columns", mapping)


def test_a_name_that_stands_there_twice_is_told(ready_site):
    said = refusal_of(ready_site, "IMSI;Ki;Ki;OPC\n", "--columns", "credential=IMSI,k=Ki,opc=OPC")
    assert "several columns are called ki" in said


@pytest.mark.parametrize("content,complaint", [
    ("credential|k|opc\na|b|c\n", "found one column; columns are separated by commas, semicolons or tabs"),
    ("credential,k,opc\na,b\n".encode("utf-16"), "is in UTF-16; save it as UTF-8 or plain text"),
    ("# nothing\n\n", "found nothing but comments and blank lines"), ("", "found nothing but comments and blank lines"),
    ('"credential,k,opc\n', "found quotes that are not closed"),
    ("credential;k;opc\na;b\n", "odd.csv:2: has 2 fields, the header 3")])
def test_what_was_found_is_told(ready_site, content, complaint):
    assert complaint in refusal_of(ready_site, content)


def test_columns_of_digest_users_are_mapped_too(ready_site):
    file = ready_site.folder / "users.csv"
    file.write_text("Comment;User;Domain;Secret\nx;zoe@example.test;example.test;a;b\n", encoding="ascii")
    said = ready_site.quintet("digest", "import", file, "--columns", "impi=User,realm=Domain,password=Secret", code=1).stderr
    assert "users.csv:2: has 5 fields, the header 4" in said
    file.write_text('Comment;User;Domain;Secret\nx;zoe@example.test;example.test;"a;b"\n', encoding="ascii")
    assert "zoe@example.test" in ready_site.quintet("digest", "import", file, "--columns", "impi=User,realm=Domain,password=Secret").stdout
