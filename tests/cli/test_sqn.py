"""quintet av, sqn and check: numbers are consumed, moved with an audit entry, and never issued twice by accident."""

import itertools

import pytest
from cards import Card, accept, csv, vectors

DELTA = 1 << 28
CEILING = (1 << 43) - 1 - DELTA
numbers = itertools.count(1)


@pytest.fixture
def card(ready_site):
    card = Card(f"card-{next(numbers)}")
    ready_site.import_cards(csv(card))
    card.impi = ready_site.subscribe(card.name)
    yield card
    ready_site.configure()


def issue(site, card, count=1, domain="ims"):
    return vectors(site.quintet("av", card.impi, "--domain", domain, "-n", count).stdout)


def seq_of(site, card):
    return site.rows("SELECT seq FROM quintet.credential WHERE name = %s", card.name)[0][0]


def audits(site, card):
    """(action, detail without its author) of what was done to the card."""
    rows = site.rows("SELECT action, detail FROM quintet.audit WHERE subject IN (%s, %s) ORDER BY id",
                     card.name, card.impi)
    return [(action, detail.split(";")[0]) for action, detail in rows]


def test_vectors_consume_numbers_and_leave_an_entry(ready_site, card):
    usim = card.usim()
    for vector in issue(ready_site, card, 3) + issue(ready_site, card, 2):
        accept(usim, vector)
    assert seq_of(ready_site, card) == 5
    assert audits(ready_site, card) == [("av", "3 for domain ims"), ("av", "2 for domain ims")]


@pytest.mark.parametrize("domain,low,high", [("ps", 0, 7), ("cs", 8, 15), ("ims", 16, 23), ("eps", 24, 27),
                                             ("wlan", 28, 29), ("gba", 30, 31)])
def test_every_domain_has_its_indices(ready_site, card, domain, low, high):
    usim = card.usim()
    seen = [accept(usim, issue(ready_site, card, 1, domain)[0]) for _ in range(3)]
    assert {vector.ind for vector in seen} <= set(range(low, high + 1))
    assert {vector.amf for vector in seen} == {bytes.fromhex("8000" if domain == "eps" else "0000")}


@pytest.mark.parametrize("profile", ["partly_time", "time"])
def test_time_based_profiles_never_repeat(ready_site, card, profile):
    ready_site.configure(f'[sqn]\nprofile = "{profile}"\n')
    seqs = [vector[0] for _ in range(3) for vector in issue(ready_site, card, 3)]
    assert seqs == sorted(set(seqs))


def test_secrets_are_announced_on_standard_error_only(ready_site, card):
    out = ready_site.quintet("av", card.impi, "--domain", "ims")
    assert "secret" in out.stderr
    assert not [octets.hex() for octets in vectors(out.stdout)[0][2:] if octets.hex() in out.stderr]


def test_an_identity_without_key_and_a_domain_that_is_not_served_are_refused(ready_site, card):
    assert "no IMPI is called nobody@x" in ready_site.quintet("av", "nobody@x", "--domain", "ims", code=1).stderr
    ready_site.configure("[sqn.ranges]\nims = [0, 31]\n")
    assert "not served" in ready_site.quintet("av", card.impi, "--domain", "ps", code=1).stderr
    assert seq_of(ready_site, card) == 0


def test_a_key_that_the_token_refuses_costs_no_numbers(ready_site, card):
    ready_site.rows("UPDATE quintet.credential SET opc_sealed = set_byte(opc_sealed, 20, get_byte(opc_sealed, 20) # 1)"
                    " WHERE name = %s", card.name)
    ready_site.quintet("av", card.impi, "--domain", "ims", code=1)
    assert seq_of(ready_site, card) == 0


def test_show_names_credential_numbers_and_identities(ready_site, card):
    issue(ready_site, card, 2)
    by_name, by_impi = (ready_site.quintet("sqn", "show", name).stdout for name in (card.name, card.impi))
    assert by_name == by_impi
    assert f"seq        2 (ceiling {CEILING})" in by_name
    assert card.impi in by_name
    assert "ps=- cs=- ims=16" in by_name
    assert "nobody" in ready_site.quintet("sqn", "show", "nobody", code=1).stderr


def test_set_moves_up_and_the_next_vector_follows(ready_site, card):
    ready_site.quintet("sqn", "set", card.name, 5000)
    assert issue(ready_site, card)[0][0] == 5001
    assert ("sqn set", "SEQ 0 to 5000") in audits(ready_site, card)


def test_set_downwards_needs_force(ready_site, card):
    ready_site.quintet("sqn", "set", card.name, 5000)
    out = ready_site.quintet("sqn", "set", card.name, 4999, code=1)
    assert "issued twice" in out.stderr
    assert seq_of(ready_site, card) == 5000
    ready_site.quintet("sqn", "set", card.name, 4999, "--force")
    assert seq_of(ready_site, card) == 4999


@pytest.mark.parametrize("seq,force,accepted", [
    (DELTA, [], True), (DELTA + 1, [], False), (DELTA + 1, ["--force"], True), (CEILING, ["--force"], True),
    (CEILING + 1, ["--force"], False)])
def test_set_beyond_delta_needs_force_and_beyond_the_ceiling_is_refused(ready_site, card, seq, force, accepted):
    out = ready_site.quintet("sqn", "set", card.name, seq, *force, code=0 if accepted else 1)
    assert seq_of(ready_site, card) == (seq if accepted else 0)
    assert accepted or ("Delta" if seq <= CEILING else "ceiling") in out.stderr


def test_a_refused_change_leaves_no_entry(ready_site, card):
    ready_site.quintet("sqn", "set", card.name, CEILING + 1, "--force", code=1)
    assert audits(ready_site, card) == []


def test_jump_raises_one(ready_site, card):
    issue(ready_site, card, 2)
    ready_site.quintet("sqn", "jump", 100, card.name)
    assert issue(ready_site, card)[0][0] == 103
    ready_site.quintet("sqn", "set", card.name, CEILING, "--force")
    assert "ceiling" in ready_site.quintet("sqn", "jump", 1, card.name, code=1).stderr


def test_jump_needs_exactly_one_target(ready_site, card):
    for arguments in (["5"], ["5", card.name, "--all"]):
        ready_site.quintet("sqn", "jump", *arguments, code=1)
    assert "uses credential" in ready_site.quintet("sqn", "jump", 5, card.impi, code=1).stderr


def test_jump_of_all_reaches_every_card_once_and_spares_new_ones(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    old, new = Card("old"), Card("new")
    blank_site.import_cards(csv(old))
    old.impi = blank_site.subscribe(old.name)
    usim = old.usim()
    accept(usim, issue(blank_site, old)[0])
    blank_site.quintet("sqn", "jump", 1000, "--all")
    assert "seq        1001 " in blank_site.quintet("sqn", "show", old.name).stdout
    blank_site.import_cards(csv(new))
    new.impi = blank_site.subscribe(new.name)
    assert [accept(usim, vector).seq for vector in issue(blank_site, old, 2)] == [1002, 1003]
    assert issue(blank_site, new)[0][0] == 1
    assert ("sqn jump", "all") in blank_site.rows("SELECT action, subject FROM quintet.audit")


def test_set_after_a_jump_of_all_means_what_it_says(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    card = Card("lead")
    blank_site.import_cards(csv(card))
    card.impi = blank_site.subscribe(card.name)
    blank_site.quintet("sqn", "jump", 1000, "--all")
    assert "below 1000" in blank_site.quintet("sqn", "set", card.name, 999, code=1).stderr
    blank_site.quintet("sqn", "set", card.name, 2000)
    assert issue(blank_site, card)[0][0] == 2001


def test_jump_of_all_stops_below_the_ceiling(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    card = Card("high")
    blank_site.import_cards(csv(card))
    blank_site.quintet("sqn", "set", card.name, CEILING - 10, "--force")
    assert "1 credentials" in blank_site.quintet("sqn", "jump", 11, "--all", code=1).stderr
    blank_site.quintet("sqn", "jump", 10, "--all")


def test_check_is_content_with_a_ready_site(ready_site, card):
    out = ready_site.quintet("check").stdout
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["ok", "database:"], ["ok", "clock:"], ["ok", "token:"], ["ok", "kek:"], ["ok", "key:"]]


def test_check_tells_a_wrong_pin(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    (blank_site.folder / "pins" / "user.pin").write_text("000000\n", encoding="ascii")
    out = blank_site.quintet("check", code=1).stdout
    assert "ok   database" in out
    assert "FAIL token" in out


def test_check_tells_a_missing_kek_and_another_schema(blank_site):
    blank_site.quintet("token", "init", "--create-pins", "--sql")
    assert "FAIL kek: the database knows no KEK" in blank_site.quintet("check", code=1).stdout
    blank_site.rows("INSERT INTO quintet.schema_version (version) VALUES (9999)")
    out = blank_site.quintet("check", code=1).stdout
    assert "FAIL database" in out
    assert "9999" in out
    assert "ok   token" in out


def test_check_tells_an_unreachable_database(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    file = blank_site.folder / "quintet.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("host=", "host=/nowhere"), encoding="utf-8")
    assert "FAIL database" in blank_site.quintet("check", code=1).stdout
