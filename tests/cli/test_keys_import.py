# SPDX-License-Identifier: Apache-2.0
"""quintet keys: what is imported works, nothing is in clear, every fault names its row and never a value."""

import base64
import re

import pytest
from cards import Card, accept, csv, csv_with_op, vectors
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.keywrap import aes_key_wrap


def forms(secret):
    """How a secret might show in a text or in octets."""
    shifted = [base64.b64encode(bytes(i) + secret).rstrip(b"=")[4 if i else 0:-1] for i in range(3)]
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), *shifted]


def first_vector(site, impi):
    return vectors(site.quintet("av", impi, "--domain", "ims").stdout)[0]


@pytest.mark.parametrize("form", [csv, csv_with_op])
def test_imported_cards_give_vectors_that_the_cards_accept(ready_site, form):
    cards = [Card(f"{form.__name__}-{i}") for i in range(3)]
    ready_site.import_cards(form(*cards))
    for card in cards:
        accept(card.usim(), first_vector(ready_site, ready_site.subscribe(card.name)))


def test_nothing_of_it_is_in_clear(ready_site):
    card = Card("hidden")
    script = ready_site.import_cards(csv(card)).encode()
    row = ready_site.rows("SELECT k_wrapped, opc_sealed FROM quintet.credential WHERE name = %s", card.name)[0]
    for place in (script, *map(bytes, row)):
        assert not [form for secret in (card.k, card.opc) for form in forms(secret) if form in place]
    assert forms(card.k)[3] in base64.b64encode(b"any" + card.k)  # the search finds what is there


def test_importing_again_replaces_the_key_and_each_key_keeps_its_numbers(ready_site):
    old, new = Card("again"), Card("again")
    ready_site.import_cards(csv(old))
    impi = ready_site.subscribe(old.name)
    before = first_vector(ready_site, impi)
    ready_site.import_cards(csv(new))
    after = first_vector(ready_site, impi)
    accept(new.usim(), after)
    assert after[0] == 1  # of another K
    ready_site.import_cards(csv(old))
    assert first_vector(ready_site, impi)[0] == before[0] + 1


def test_comments_blank_lines_quotes_case_and_further_columns_are_understood(ready_site):
    card = Card("odd")
    header = '\ufeff"K" , IMPI,OPC,credential'
    row = f'"{card.k.hex().upper()}",x@y,{card.opc.hex()} ,odd'
    ready_site.import_cards(f"{header}\r\n\r\n# comment\r\n{row}\r\n")
    accept(card.usim(), first_vector(ready_site, ready_site.subscribe("odd")))


K, OPC = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
BAD_ROWS = {
    "short k": (f"a,{K[:-1]},{OPC}", "k is not 32 hexadecimal digits"),
    "long k": (f"a,{K}0,{OPC}", "k is not 32 hexadecimal digits"),
    "no digit": (f"a,{K[:-1]}g,{OPC}", "k is not 32 hexadecimal digits"),
    "empty k": (f"a,,{OPC}", "k is not 32 hexadecimal digits"),
    "short opc": (f"a,{K},{OPC[:-2]}", "opc is not 32 hexadecimal digits"),
    "no credential": (f",{K},{OPC}", "credential is not 1 to 128 letters"),
    "bad credential": (f"a b,{K},{OPC}", "credential is not 1 to 128 letters"),
    "quote in credential": (f"a';--,{K},{OPC}", "credential is not 1 to 128 letters"),
    "too few fields": (f"a,{K}", "has 2 fields, the header 3"),
    "too many fields": (f"a,{K},{OPC},x", "has 4 fields, the header 3"),
    "twice": (f"b,{K},{OPC}", "credential b: was in line 2 already"),
}


@pytest.mark.parametrize("row,complaint", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_stops_the_import_before_anything_is_written(ready_site, row, complaint):
    file = ready_site.folder / "bad.csv"
    file.write_text(f"credential,k,opc\nb,{K},{OPC}\n{row}\n", encoding="ascii")
    out = ready_site.quintet("keys", "import", file, code=1)
    assert f"bad.csv:3: {complaint}" in out.stderr
    assert out.stdout == ""
    assert not [part for part in (K[:-2], OPC[:-2]) if part in out.stderr.lower()]


HEADERS = {"none": f"a,{K},{OPC}", "no opc": "credential,k", "both": "credential,k,op,opc",
           "twice": "credential,k,k,opc", "unknown": "credential,k,opc,sqn", "empty": ""}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_bad_header_is_refused(ready_site, header):
    file = ready_site.folder / "bad.csv"
    file.write_text(f"{header}\na,{K},{OPC}\n", encoding="ascii")
    out = ready_site.quintet("keys", "import", file, code=1)
    assert re.search(r"bad.csv:[12]: the header must name the columns credential, k and one of opc and op; found ", out.stderr)
    assert K not in out.stderr


@pytest.mark.parametrize("column", ["topc", "TOP"])
def test_cards_of_tuak_are_refused_with_the_reason(ready_site, column):
    file = ready_site.folder / "tuak.csv"
    file.write_text(f"credential,k,{column}\na,{K},{OPC}{OPC}\n", encoding="ascii")
    out = ready_site.quintet("keys", "import", file, code=1)
    assert "tuak.csv:1: these are cards of TUAK; it needs Keccak" in out.stderr
    assert out.stdout == ""


def test_many_faults_are_counted_and_the_first_are_shown(ready_site):
    file = ready_site.folder / "bad.csv"
    file.write_text("credential,k,opc\n" + "".join(f"c{i},zz,{OPC}\n" for i in range(50)), encoding="ascii")
    out = ready_site.quintet("keys", "import", file, code=1)
    assert out.stderr.count("k is not 32") == 20
    assert "and 30 more" in out.stderr


def test_a_script_that_was_cut_off_imports_nothing(ready_site):
    file = ready_site.folder / "cards.csv"
    file.write_text(csv(Card("cut-1"), Card("cut-2")), encoding="ascii")
    script = ready_site.quintet("keys", "import", file).stdout
    ready_site.psql(script[:script.index("INSERT INTO quintet.credential")])
    ready_site.psql(script[:script.index("\\.")])
    assert ready_site.rows("SELECT 1 FROM quintet.credential WHERE name LIKE 'cut-%%'") == []
    assert ready_site.psql(script).returncode == 0
    assert len(ready_site.rows("SELECT 1 FROM quintet.credential WHERE name LIKE 'cut-%%'")) == 2


def test_the_import_is_audited(ready_site):
    ready_site.import_cards(csv(Card("audited")))
    assert ("keys import", "1 credentials") in ready_site.rows("SELECT action, subject FROM quintet.audit")


def transport_by_components(site, label, bits=256):
    folder = site.folder / label
    folder.mkdir()
    site.quintet("token", "components", "-n", 2, folder, "--name", "transport", "--bits", bits)
    files = [folder / f"component-{i}-of-2" for i in (1, 2)]
    shares = [bytes.fromhex(file.read_text(encoding="ascii").split("transport ")[1].split()[0]) for file in files]
    site.quintet("keys", "transport", "import", label, "--components", *files)
    return bytes(a ^ b for a, b in zip(*shares, strict=True))


def vendor_csv(wrap, *cards):
    return "credential,k,opc\n" + "".join(f"{card.name},{wrap(card.k)},{card.opc.hex()}\n" for card in cards)


@pytest.mark.parametrize("text", [bytes.hex, lambda blob: base64.b64encode(blob).decode()], ids=["hex", "base64"])
def test_vendor_file_under_an_aes_transport_key(ready_site, text, request):
    label = f"aes-{request.node.callspec.id}"
    transport = transport_by_components(ready_site, label)
    card = Card(f"vendor-{label}")
    file = vendor_csv(lambda k: text(aes_key_wrap(transport, k)), card)
    ready_site.import_cards(file, "--vendor", "--transport-key", label)
    accept(card.usim(), first_vector(ready_site, ready_site.subscribe(card.name)))


def test_vendor_file_under_an_rsa_transport_key(ready_site):
    pem = ready_site.quintet("keys", "transport", "create", "rsa", "--bits", 2048).stdout
    public = serialization.load_pem_public_key(pem.encode())
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    card = Card("vendor-rsa")
    file = vendor_csv(lambda k: public.encrypt(k, oaep).hex(), card)
    ready_site.import_cards(file, "--vendor", "--transport-key", "rsa", "--mechanism", "rsa-oaep-sha1")
    accept(card.usim(), first_vector(ready_site, ready_site.subscribe(card.name)))
    assert "rsa rsa" in ready_site.quintet("keys", "transport", "list").stdout


def test_a_row_that_the_transport_key_does_not_open_is_named_and_nothing_is_imported(ready_site):
    transport = transport_by_components(ready_site, "broken")
    good, bad = Card("vendor-good"), Card("vendor-bad")
    text = vendor_csv(lambda k: aes_key_wrap(transport if k == good.k else bytes(32), k).hex(), good, bad)
    file = ready_site.folder / "vendor.csv"
    file.write_text(text, encoding="ascii")
    out = ready_site.quintet("keys", "import", file, "--vendor", "--transport-key", "broken", code=1)
    assert "vendor.csv:3: credential vendor-bad: " in out.stderr
    assert ready_site.psql(out.stdout).returncode != 0
    assert ready_site.rows("SELECT 1 FROM quintet.credential WHERE name LIKE 'vendor-good'") == []


def test_an_unknown_transport_key_is_named(ready_site):
    file = ready_site.folder / "vendor.csv"
    file.write_text(f"credential,k,opc\na,{K}{K[:16]},{OPC}\n", encoding="ascii")
    out = ready_site.quintet("keys", "import", file, "--vendor", "--transport-key", "nobody", code=1)
    assert 'no transport key "nobody"' in out.stderr


def test_a_pipe_is_refused_because_the_file_is_read_twice(ready_site):
    assert "regular file" in ready_site.quintet("keys", "import", "/dev/stdin", code=1).stderr
