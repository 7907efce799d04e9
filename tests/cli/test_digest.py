# SPDX-License-Identifier: Apache-2.0
"""quintet digest: H(A1) is what RFC 7616 says, sealed for one identity, and passwords are nowhere but where they are meant to be."""

import csv
import hashlib
import io
import re
import stat

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from support.softhsm_file import data_key_of, keys_of
from test_keys_import import forms

# spec/vectors/misc.json, sip_digest_ha1
IMPI, REALM, PASSWORD = "alice@example.test", "example.test", "s3cret"
MD5, SHA256 = "89ae26bd8db3f9bfe6da38da81ccde8b", "ce47a5f7ca9a5a1b1b1bc9a4f8f7e90f280cba29865fc6b1f1679714be07fdb8"
ROW = "SELECT realm, md5_sealed, sha256_sealed, schemes FROM quintet.digest_secret JOIN quintet.impi ON id = impi_id WHERE identity = %s"


def data_key(site):
    pin = (site.folder / "pins" / "user.pin").read_bytes().split(b"\n")[0]
    return data_key_of(keys_of(site.folder / "tokens", b"quintet", pin)[2]["quintet-opc"])


def opened(site, sealed, impi, realm, algorithm):
    binding = b"".join(b"\0" + part for part in (b"sip-digest", impi.encode(), realm.encode(), algorithm.encode()))
    return AESGCM(data_key(site)).decrypt(bytes(sealed)[:12], bytes(sealed)[12:], binding)


def ha1(impi, realm, password, algorithm="md5"):
    return hashlib.new(algorithm, f"{impi}:{realm}:{password}".encode()).hexdigest()


@pytest.fixture
def provisioned(ready_site):
    """Makes subscriptions with such an IMPI, without a card; sure to be new."""
    def make(*impis):
        for impi in impis:
            ready_site.rows("DELETE FROM quintet.subscription WHERE name = %s", impi)
            ready_site.rows("WITH new AS (INSERT INTO quintet.subscription (name) VALUES (%s) RETURNING id)"
                            " INSERT INTO quintet.impi (identity, subscription_id, schemes) SELECT %s, id, '{}' FROM new", impi, impi)
        return impis
    return make


def imported(site, text, *options):
    file = site.folder / "digest.csv"
    file.write_text(text, encoding="utf-8")
    script = site.quintet("digest", "import", file, *options).stdout
    out = site.psql(script)
    assert out.returncode == 0, out.stderr
    return script


def secret_of(site, impi):
    realm, md5, sha256, _ = site.rows(ROW, impi)[0]
    return (opened(site, md5, impi, realm, "MD5").hex(),
            sha256 and opened(site, sha256, impi, realm, "SHA-256").hex())


def test_passwords_become_the_known_answers(ready_site, provisioned):
    provisioned(IMPI)
    imported(ready_site, f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\n")
    assert secret_of(ready_site, IMPI) == (MD5, SHA256)


def test_hashes_are_taken_as_they_are(ready_site, provisioned):
    both, one = provisioned("both@example.test", "one@example.test")
    imported(ready_site, f"ha1_sha256,realm,ha1,impi\n{SHA256.upper()},{REALM},{MD5.upper()},{both}\n,{REALM},{MD5},{one}\n")
    assert secret_of(ready_site, both) == (MD5, SHA256)
    assert secret_of(ready_site, one) == (MD5, None)


@pytest.mark.parametrize("password", ["with blank", ' "quoted", ', "pässwörd 日本", "'; DROP TABLE x; --", "\\.", "#", "x" * 1000])
def test_any_password_will_do(ready_site, provisioned, password):
    provisioned(IMPI)
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["impi", "realm", "password"], [IMPI, REALM, password]])
    imported(ready_site, text.getvalue())
    assert secret_of(ready_site, IMPI)[0] == ha1(IMPI, REALM, password)


def test_the_user_name_is_the_identity_in_its_canonical_form(ready_site, provisioned):
    provisioned("Bob@example.test")
    imported(ready_site, f"impi,realm,password\nBob@EXAMPLE.Test,{REALM},{PASSWORD}\n")
    assert secret_of(ready_site, "Bob@example.test")[0] == ha1("Bob@example.test", REALM, PASSWORD)


def test_a_secret_opens_for_its_identity_realm_and_algorithm_alone(ready_site, provisioned):
    provisioned(IMPI)
    imported(ready_site, f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\n")
    realm, md5, sha256, _ = ready_site.rows(ROW, IMPI)[0]
    for sealed, impi, other_realm, algorithm in ((md5, "bob@example.test", realm, "MD5"), (md5, IMPI, "elsewhere", "MD5"),
                                                 (md5, IMPI, realm, "SHA-256"), (sha256, IMPI, realm, "MD5")):
        with pytest.raises(InvalidTag):
            opened(ready_site, sealed, impi, other_realm, algorithm)


def test_importing_again_replaces_the_secret(ready_site, provisioned):
    provisioned(IMPI)
    script = imported(ready_site, f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\n")
    imported(ready_site, f"impi,realm,ha1\n{IMPI},elsewhere.test,{'00' * 16}\n", "--realm", "elsewhere.test")
    assert secret_of(ready_site, IMPI) == ("00" * 16, None)
    assert ready_site.psql(script).returncode == 0
    assert secret_of(ready_site, IMPI) == (MD5, SHA256)


def test_allow_adds_the_scheme_behind_those_there_are(ready_site, provisioned):
    provisioned(IMPI)
    ready_site.rows("UPDATE quintet.impi SET schemes = '{giba}' WHERE identity = %s", IMPI)
    for _ in range(2):
        imported(ready_site, f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\n", "--allow")
        assert ready_site.rows(ROW, IMPI)[0][3] == ["giba", "sip-digest"]


def test_identities_that_are_not_provisioned_are_named_and_nothing_is_imported(ready_site, provisioned):
    provisioned(IMPI)
    file = ready_site.folder / "digest.csv"
    file.write_text(f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\nnobody@example.test,{REALM},x\n", encoding="ascii")
    out = ready_site.psql(ready_site.quintet("digest", "import", file).stdout)
    assert out.returncode != 0
    assert "not provisioned (the first 20 at most): nobody@example.test" in out.stderr
    assert ready_site.rows(ROW, IMPI) == []


def test_nothing_of_it_is_in_clear(ready_site, provisioned):
    provisioned(IMPI)
    password = "correct horse battery staple"
    script = imported(ready_site, f"impi,realm,password\n{IMPI},{REALM},{password}\n").encode()
    secrets = [password.encode(), *(bytes.fromhex(ha1(IMPI, REALM, password, algorithm)) for algorithm in ("md5", "sha256"))]
    row = b"".join(map(bytes, ready_site.rows(ROW, IMPI)[0][1:3]))
    for place in (script, row):
        assert not [form for secret in secrets for form in forms(secret) if form in place]


BAD_ROWS = {
    "no user": (f"@x,{REALM},p", "impi is not user@realm"),
    "no realm in the IMPI": (f"alice,{REALM},p", "impi is not user@realm"),
    "two at signs": (f"a@b@c,{REALM},p", "impi is not user@realm"),
    "a URI": (f"sip:a@b,{REALM},p", "impi is not user@realm"),
    "a blank in the IMPI": (f"a b@c,{REALM},p", "impi is not user@realm"),
    "a backslash in the IMPI": (f"a\\b@c,{REALM},p", "impi is not user@realm"),
    "a realm without a dot in the IMPI": (f"a@b,{REALM},p", "impi is not user@realm with a domain as its realm"),
    "empty realm": ("a@b.test,,secretword", "realm is empty"),
    "quotes in the realm": ('a@b.test,"a""b",secretword', "realm is empty or has quotes"),
    "another realm": (f"a@b.test,{REALM},secretword", "realm is not the domain of the impi, nor one above or below it"),
    "empty password": (f"a@{REALM},{REALM},", "password is empty"),
    "tabulator in the password": (f"a@{REALM},{REALM},secret\tword", "password is empty or has control characters"),
    "open quote": (f'a@b,{REALM},"secretword', "has quotes that are not closed"),
    "text behind quotes": (f'a@b,{REALM},"secret"word', "has quotes that are not closed or have text behind them"),
    "too few fields": ("a@b,secretword", "has 2 fields, the header 3"),
    "too many fields": (f"a@b,{REALM},secret,word", "has 4 fields, the header 3"),
    "twice": (f"first@example.test,{REALM},secretword", "first@example.test: was in line 2 already"),
    "twice in another spelling": (f"first@EXAMPLE.test,{REALM},secretword", "first@example.test: was in line 2 already"),
}


@pytest.mark.parametrize("row,complaint", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_stops_the_import_before_anything_is_written(ready_site, row, complaint):
    file = ready_site.folder / "bad.csv"
    file.write_text(f"impi,realm,password\nfirst@example.test,{REALM},p\n{row}\n", encoding="utf-8")
    out = ready_site.quintet("digest", "import", file, code=1)
    assert f"bad.csv:3: {complaint}" in out.stderr
    assert out.stdout == ""
    assert not re.search("secret|word,", out.stderr.replace("password", ""))


@pytest.mark.parametrize("row,complaint", [
    (f"a@b.t,b.t,{MD5[:-1]},{SHA256}", "ha1 is not 32 hexadecimal digits"), (f"a@b.t,b.t,,{SHA256}", "ha1 is not 32"),
    (f"a@b.t,b.t,{MD5[:-1]}g,", "ha1 is not 32"), (f"a@b.t,b.t,{MD5},{MD5}", "ha1_sha256 is not 64")])
def test_a_bad_hash_is_refused(ready_site, row, complaint):
    file = ready_site.folder / "bad.csv"
    file.write_text(f"impi,realm,ha1,ha1_sha256\n{row}\n", encoding="ascii")
    out = ready_site.quintet("digest", "import", file, code=1)
    assert f"bad.csv:2: {complaint}" in out.stderr
    assert MD5[:-2] not in out.stderr and SHA256[:-2] not in out.stderr


@pytest.mark.parametrize("header", ["", f"{IMPI},{REALM},{PASSWORD}", "impi,password", "realm,password", "impi,realm", "impi,impi,realm,ha1",
                                    "impi,realm,password,ha1", "impi,realm,password,ha1_sha256", "impi,realm,ha1_sha256",
                                    "impi,realm,password,comment"])
def test_a_bad_header_is_refused(ready_site, header):
    file = ready_site.folder / "bad.csv"
    file.write_text(f"{header}\n{IMPI},{REALM},x\n", encoding="ascii")
    out = ready_site.quintet("digest", "import", file, code=1)
    assert re.search("bad.csv:[12]: the header must name the columns impi, realm and ", out.stderr)
    assert PASSWORD not in out.stderr


def test_a_script_that_was_cut_off_imports_nothing(ready_site, provisioned):
    provisioned(IMPI)
    file = ready_site.folder / "digest.csv"
    file.write_text(f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\n", encoding="ascii")
    script = ready_site.quintet("digest", "import", file).stdout
    ready_site.psql(script[:script.index("INSERT INTO quintet.digest_secret")])
    assert ready_site.rows(ROW, IMPI) == []


# Generated passwords

def generate(site, *arguments, code=0):
    return site.quintet("digest", "generate", *arguments, code=code)


def test_generated_passwords_have_128_bits_and_fit_what_is_stored(ready_site, provisioned, tmp_path):
    impis = provisioned("gen.1@example.test", 'gen,2@example.test')
    file = tmp_path / "passwords.csv"
    out = generate(ready_site, *impis, "--passwords", file, "--allow")
    assert ready_site.psql(out.stdout).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    header, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
    assert header == ["impi", "realm", "password"]
    assert [row[0] for row in rows] == list(impis)
    assert len({row[2] for row in rows}) == 2
    for impi, realm, password in rows:
        assert realm == "example.test" and re.fullmatch("[0-9a-f]{32}", password)
        assert secret_of(ready_site, impi) == (ha1(impi, realm, password), ha1(impi, realm, password, "sha256"))
        assert password not in out.stdout + out.stderr


def test_the_file_of_passwords_can_be_imported(ready_site, provisioned, tmp_path):
    impi, = provisioned("gen.again@example.test")
    generate(ready_site, impi, "--realm", "other.test", "--passwords", tmp_path / "passwords.csv")
    imported(ready_site, (tmp_path / "passwords.csv").read_text(encoding="utf-8"), "--realm", "other.test")
    assert ready_site.rows(ROW, impi)[0][0] == "other.test"


def test_a_file_that_is_there_is_never_overwritten(ready_site, tmp_path):
    file = tmp_path / "passwords.csv"
    file.write_text("precious", encoding="ascii")
    out = generate(ready_site, IMPI, "--passwords", file, code=1)
    assert str(file) in out.stderr and out.stdout == ""
    assert file.read_text(encoding="ascii") == "precious"


@pytest.mark.parametrize("arguments", [["alice"], [IMPI, IMPI], [IMPI, "--realm", 'a"b']])
def test_generate_refuses_what_it_cannot_use(ready_site, tmp_path, arguments):
    out = generate(ready_site, *arguments, "--passwords", tmp_path / "passwords.csv", code=1)
    assert out.stdout == "" and not (tmp_path / "passwords.csv").exists()


def test_generate_needs_a_place_for_the_passwords(ready_site):
    generate(ready_site, IMPI, code=2)


def test_both_are_audited(ready_site, provisioned, tmp_path):
    provisioned(IMPI)
    imported(ready_site, f"impi,realm,password\n{IMPI},{REALM},{PASSWORD}\n")
    ready_site.psql(generate(ready_site, IMPI, "--passwords", tmp_path / "passwords.csv").stdout)
    audited = ready_site.rows("SELECT action, subject FROM quintet.audit")
    assert {("digest import", "1 users"), ("digest generate", "1 users")} <= set(audited)
