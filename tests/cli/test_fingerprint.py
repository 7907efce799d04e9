# SPDX-License-Identifier: Apache-2.0
"""quintet keys fingerprint, and what an import says of keys that are known: numbers belong to K, so nothing about K passes silently."""

import os

import pytest
from cards import Card, accept, csv, vectors
from site_of_tests import Site
from support.softhsm_file import fingerprint_of, keys_of


def root_of(site):
    """The token key that data keys and fingerprint key are derived from, read out of SoftHSM's file."""
    pin = (site.folder / "pins" / "user.pin").read_bytes().split(b"\n")[0]
    return keys_of(site.folder / "tokens", b"quintet", pin)[2]["quintet-opc"]


def stored(site):
    return {name: fingerprint and bytes(fingerprint) for name, fingerprint in site.rows("SELECT name, fingerprint FROM quintet.credential")}


@pytest.fixture
def site(tmp_path, databases):
    """Of its own: the command goes through all credentials."""
    one = Site(tmp_path / "site", databases.migrated())
    one.quintet("token", "init", "--create-pins")
    return one


def test_an_import_brings_the_fingerprint_that_another_implementation_computes(site):
    cards = [Card(f"card-{i}") for i in range(3)]
    site.import_cards(csv(*cards))
    assert stored(site) == {card.name: fingerprint_of(root_of(site), card.k) for card in cards}


def test_missing_ones_are_taken_once_and_numbers_go_along(site):
    cards = [Card(f"card-{i}") for i in range(5)]
    site.import_cards(csv(*cards))
    before = stored(site)
    site.rows("UPDATE quintet.credential SET fingerprint = NULL WHERE name <> 'card-4'")
    site.rows("ALTER TABLE quintet.sqn_state DISABLE TRIGGER USER; DELETE FROM quintet.sqn_state WHERE fingerprint NOT IN"
              " (SELECT fingerprint FROM quintet.credential WHERE fingerprint IS NOT NULL)")  # as after an upgrade
    site.rows("INSERT INTO quintet.sqn_unclaimed (credential_id, seq, seq_lead) SELECT id, 4711, 0 FROM quintet.credential WHERE name = 'card-3'")
    assert "fingerprints: 4 taken, 0 right, 0 wrong, 0 missing, 0 keys failed" in site.quintet("keys", "fingerprint").stdout
    assert stored(site) == before
    vector, = vectors(site.quintet("av", site.subscribe("card-3"), "--domain", "ims").stdout)
    accept(cards[3].usim(), vector)
    assert vector[0] > 4711
    assert "fingerprints: 0 taken, 0 right, 0 wrong, 0 missing, 0 keys failed" in site.quintet("keys", "fingerprint").stdout


def test_with_nothing_to_do_the_token_is_left_alone(site):
    site.import_cards(csv(Card("card")))
    (site.folder / "pins" / "user.pin").write_text("wrong\n", encoding="ascii")
    site.quintet("keys", "fingerprint")


def test_a_wrong_one_is_found_refused_and_mended(site):
    one, other = Card("one"), Card("other")
    site.import_cards(csv(one, other))
    before = stored(site)
    assert "2 right, 0 wrong" in site.quintet("keys", "fingerprint", "--verify").stdout
    site.rows("UPDATE quintet.credential SET fingerprint = %s WHERE name = 'one'", before["other"])
    impi = site.subscribe("one")
    refused = site.quintet("av", impi, "--domain", "ims", code=1).stderr
    assert "credential one: its fingerprint is not that of its key: run quintet keys fingerprint --verify" in refused
    verified = site.quintet("keys", "fingerprint", "--verify", code=1)
    assert "credential one: its fingerprint is not that of its key" in verified.stderr
    assert "1 right, 1 wrong" in verified.stdout
    site.quintet("keys", "fingerprint")  # has its mind on missing ones alone
    assert stored(site)["one"] == before["other"]
    site.quintet("keys", "fingerprint", "--all")
    assert stored(site) == before
    accept(one.usim(), vectors(site.quintet("av", impi, "--domain", "ims").stdout)[0])


def test_a_key_uri_is_not_printed(site):
    """It may have a PIN, from before those were refused."""
    insert = "INSERT INTO quintet.credential (name, key_uri, opc_sealed) VALUES (%s, %s, repeat('o', 44)::bytea)"
    uris = ("pkcs11:object=geheim", "pkcs11:object=a?pin-value=geheim", "pkcs11:token=geheim;object=a")
    site.rows("ALTER TABLE quintet.credential DISABLE TRIGGER credential_key_uri_has_no_pin")
    for n, uri in enumerate(uris):
        site.rows(insert, f"card-{n}", uri)
    said = site.quintet("keys", "fingerprint", code=1)
    assert "3 keys failed" in said.stdout
    assert all(f"credential card-{n}: " in said.stderr for n in range(len(uris)))
    assert "geheim" not in said.stdout + said.stderr


def test_numbers_that_are_elsewhere_or_gone_are_not_served(site):
    """The owner of the schema filled sqn_state anew, or lost rows of it."""
    card = Card("card")
    site.import_cards(csv(card, Card("other")))
    impi = site.subscribe("card")
    used, = vectors(site.quintet("av", impi, "--domain", "ims").stdout)
    for guard in ("DISABLE", "ENABLE ALWAYS"):
        site.rows(f"ALTER TABLE quintet.credential {guard} TRIGGER credential_has_numbers")
        if guard == "DISABLE":
            site.rows("UPDATE quintet.credential SET sqn_id = (SELECT sqn_id FROM quintet.credential WHERE name = 'other')"
                      " WHERE name = 'card'")
    assert "its fingerprint is not that of its key" in site.quintet("av", impi, "--domain", "ims", code=1).stderr
    assert "1 credentials have none, or lost their numbers" in site.quintet("check", code=None).stdout
    site.quintet("keys", "fingerprint")
    again, = vectors(site.quintet("av", impi, "--domain", "ims").stdout)
    assert again[0] > used[0]
    site.rows("ALTER TABLE quintet.sqn_state DISABLE TRIGGER USER; DELETE FROM quintet.sqn_state")
    lost = site.quintet("keys", "fingerprint", code=1).stderr
    assert "the sequence numbers of credential card are gone from sqn_state" in lost and "begin_sequence" in lost


def test_a_missing_one_is_refused_with_the_remedy(site):
    card = Card("card")
    site.import_cards(csv(card))
    impi = site.subscribe("card")
    site.rows("UPDATE quintet.credential SET fingerprint = NULL")
    assert "run quintet keys fingerprint" in site.quintet("av", impi, "--domain", "ims", code=1).stderr
    assert "credential card: has no fingerprint" in site.quintet("keys", "fingerprint", "--verify", code=1).stderr
    site.quintet("keys", "fingerprint")
    accept(card.usim(), vectors(site.quintet("av", impi, "--domain", "ims").stdout)[0])


def test_a_key_that_does_not_open_is_named_and_the_others_get_theirs(site):
    site.import_cards(csv(Card("broken"), Card("whole")))
    site.rows("UPDATE quintet.credential SET k_wrapped = decode(repeat('00', 24), 'hex') WHERE name = 'broken'")
    site.rows("UPDATE quintet.credential SET fingerprint = NULL")
    out = site.quintet("keys", "fingerprint", code=1)
    assert "credential broken" in out.stderr and "1 taken" in out.stdout and "1 keys failed" in out.stdout
    assert stored(site)["whole"] is not None


def test_a_fingerprint_is_not_told(site):
    card = Card("card")
    script = site.import_cards(csv(card))
    fingerprint = fingerprint_of(root_of(site), card.k).hex()
    assert fingerprint in script
    site.rows("UPDATE quintet.credential SET fingerprint = NULL")
    for arguments in ((), ("--verify",), ("--all",)):
        out = site.quintet("keys", "fingerprint", *arguments)
        assert fingerprint not in out.stdout + out.stderr


# What an import says

def run(site, text, *options):
    """What psql prints of the script; it succeeds."""
    file = site.folder / "cards.csv"
    file.write_text(text, encoding="ascii")
    out = site.psql(site.quintet("keys", "import", file, *options).stdout)
    assert out.returncode == 0, out.stderr
    return out.stdout


def test_new_equal_and_replaced_are_told_apart(site):
    kept, old, new = Card("kept"), Card("changed"), Card("changed")
    assert run(site, csv(kept, old)) == "new|2|changed, kept\n"
    assert run(site, csv(kept, new, Card("added"))) == "equal|1|kept\nnew|1|added\nreplaced|1|changed\nchanged\n"
    (detail,), = site.rows("SELECT detail FROM quintet.audit WHERE action = 'keys import' ORDER BY id DESC LIMIT 1")
    assert "1 equal, 1 new, 1 replaced" in detail


def test_the_same_k_twice_in_a_file_is_refused_unless_allowed(site):
    one = Card("one")
    twin = Card("twin", one.k)
    file = site.folder / "twins.csv"
    file.write_text(csv(one, twin), encoding="ascii")
    out = site.quintet("keys", "import", file, code=1)
    assert "twins.csv:3: credential twin: has the same K as credential one" in out.stderr and "--allow-same-key" in out.stderr
    assert site.psql(out.stdout).returncode != 0 and stored(site) == {}
    said = run(site, csv(one, twin), "--allow-same-key")
    assert "same K|2|one = twin, twin = one" in said


def test_a_k_that_has_another_name_in_the_database_is_refused_unless_allowed(site):
    one = Card("one")
    run(site, csv(one))
    file = site.folder / "twin.csv"
    file.write_text(csv(Card("twin", one.k, one.op)), encoding="ascii")
    out = site.psql(site.quintet("keys", "import", file).stdout)
    assert out.returncode != 0 and "the same K under two names (the first 20 at most): twin = one" in out.stderr
    assert "--allow-same-key" in out.stderr and list(stored(site)) == ["one"]
    assert run(site, csv(Card("twin", one.k, one.op)), "--allow-same-key") == "new|1|twin\nsame K|1|twin = one\n"


def test_an_exchange_of_two_cards_leaves_nothing_doubtful(site):
    one, two = Card("one"), Card("two")
    run(site, csv(one, two))
    assert run(site, csv(Card("one", two.k), Card("two", one.k))) == "replaced|2|one, two\none\ntwo\n"


def test_a_provisioner_may_run_the_script(site):
    login = f"provisioner_{os.getpid()}"
    site.rows(f"CREATE ROLE {login} LOGIN; GRANT quintet_provisioner TO {login}")
    try:
        for card in (Card("one"), Card("one")):
            file = site.folder / "cards.csv"
            file.write_text(csv(card), encoding="ascii")
            script = site.quintet("keys", "import", file).stdout
            out = site.psql(f"SET ROLE {login};\n{script}")
            assert out.returncode == 0, out.stderr
    finally:
        site.rows(f"DROP ROLE {login}")
