# SPDX-License-Identifier: Apache-2.0
"""quintet av, sqn and check: numbers are consumed, moved with an audit entry, and never issued twice by accident."""

import itertools
import re
import shutil

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
    return site.rows("SELECT seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) WHERE name = %s", card.name)[0][0]


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


def test_jump_of_all_reaches_every_card_once_and_new_ones_as_well(blank_site):
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
    assert issue(blank_site, new)[0][0] == 1001  # for all that is known it was here before the database went back
    assert ("sqn jump", "all") in blank_site.rows("SELECT action, subject FROM quintet.audit")


def test_jump_of_all_is_refused_where_a_card_might_not_follow(blank_site):
    """Three in a row would have left every card beyond Delta."""
    blank_site.quintet("token", "init", "--create-pins")
    card = Card("slow")
    blank_site.import_cards(csv(card))
    card.impi = blank_site.subscribe(card.name)
    blank_site.quintet("sqn", "jump", DELTA // 2, "--all")
    out = blank_site.quintet("sqn", "jump", 1, "--all", code=1)
    assert "1 cards would have to leap by more than half of Delta" in out.stderr
    usim = card.usim()
    vector = issue(blank_site, card)[0]
    blank_site.quintet("sqn", "jump", 1, "--all", code=1)  # nobody knows that the card has accepted it
    accept(usim, vector)
    blank_site.quintet("sqn", "set", card.name, vector[0] + 1, "--force")  # the operator does
    blank_site.quintet("sqn", "jump", 1, "--all")


def test_show_tells_how_far_the_card_may_be_behind(ready_site, card):
    issue(ready_site, card, 3)
    assert f"card       at 0 when it last gave a sign; 3 of Delta ({DELTA}) taken since" in ready_site.quintet("sqn", "show", card.name).stdout


# ---- The length of IND

FOUR_BITS = "[sqn]\nind_bits = 4\n[sqn.ranges]\nims = [0, 15]\n"


def test_the_first_number_fixes_the_length_of_ind(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    card = Card("ind")
    blank_site.import_cards(csv(card))
    card.impi = blank_site.subscribe(card.name)
    for ind_bits in ("", FOUR_BITS):  # no number yet: either will do
        blank_site.configure(ind_bits)
        blank_site.quintet("check")
    issue(blank_site, card)
    assert blank_site.rows("SELECT ind_bits FROM quintet.cluster") == [(4,)]
    blank_site.configure("")
    for command in (("av", card.impi, "--domain", "ims"), ("sqn", "show", card.name), ("sqn", "set", card.name, 77), ("check",)):
        out = blank_site.quintet(*command, code=1)
        assert "sqn.ind_bits is 5, but the numbers of this database have an IND of 4 bits" in out.stderr + out.stdout
    assert seq_of(blank_site, card) == 1
    blank_site.configure(FOUR_BITS)
    assert issue(blank_site, card)


# ---- The witness

def test_a_witness_leads_a_database_that_went_back(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    card = Card("back")
    blank_site.import_cards(csv(card))
    card.impi = blank_site.subscribe(card.name)
    cluster, lead = blank_site.rows("SELECT id::text, seq_lead FROM quintet.cluster")[0]
    witness = blank_site.folder / "lead"
    word = fr"{cluster} (\d+) \d+/\d+/\d+/\d+/\d+/[0-9.]+\n"
    assert re.fullmatch(rf"quintet-lead 1\n{word}", witness.read_text(encoding="ascii"))[1] == str(lead)
    witness.write_text(f"quintet-lead 1\n{cluster} {lead + 1000} noted\n", encoding="ascii")
    blank_site.quintet("sqn", "show", card.name)
    after = blank_site.rows("SELECT seq_lead FROM quintet.cluster")[0][0]
    assert after == lead + 1000 + 65536
    assert re.fullmatch(rf"quintet-lead 1\n{word}", witness.read_text(encoding="ascii"))[1] == str(after)


def test_a_witness_goes_ahead_of_who_had_none_and_leapt_first(blank_site):
    """The same dump a second time, and a tool without a witness was quicker: it leapt to where a leap has led before."""
    blank_site.quintet("token", "init", "--create-pins")
    (cluster, lead), = blank_site.rows("SELECT id::text, seq_lead FROM quintet.cluster")
    (blank_site.folder / "lead").write_text(f"quintet-lead 1\n{cluster} {lead} another\n", encoding="ascii")
    for _ in range(2):
        blank_site.quintet("check", code=None)
        assert blank_site.rows("SELECT seq_lead FROM quintet.cluster") == [(lead + 65536,)]


def test_a_witness_stays_its_owners(blank_site):
    """Though root's tool writes it anew."""
    witness = blank_site.folder / "lead"
    blank_site.quintet("token", "init", "--create-pins")
    shutil.chown(witness, "nobody", "nogroup")
    witness.write_text(re.sub(r"(\d+) \S+\n$", r"\1 another\n", witness.read_text(encoding="ascii")), encoding="ascii")
    blank_site.quintet("check", code=None)
    assert "another" not in witness.read_text(encoding="ascii")
    assert (witness.owner(), witness.group()) == ("nobody", "nogroup")


def test_a_witness_of_other_numbers_leads_nobody(blank_site):
    other = "00000000-0000-0000-0000-000000000000"
    (blank_site.folder / "lead").write_text(f"quintet-lead 1\n{other} 5000000\n", encoding="ascii")
    blank_site.quintet("token", "init", "--create-pins")
    assert blank_site.rows("SELECT seq_lead FROM quintet.cluster") == [(0,)]
    assert f"{other} 5000000 \n" in (blank_site.folder / "lead").read_text(encoding="ascii")


@pytest.mark.parametrize("text", ["", "quintet-lead 2\n", "quintet-lead 1\nx\n", "quintet-lead 1\nx 1 2 3\n", "quintet-lead 1\nx 12"])
def test_a_damaged_witness_is_refused(ready_site, text):
    witness = ready_site.folder / "lead"
    good = witness.read_text(encoding="ascii")
    try:
        witness.write_text(text, encoding="ascii")
        out = ready_site.quintet("check", code=1).stdout
        assert f"sqn.witness {witness}: is not a witness of SEQ leads, or is damaged" in out
    finally:
        witness.write_text(good, encoding="ascii")


def test_a_witness_that_cannot_be_written_is_refused_with_path_and_reason(blank_site):
    blank_site.configure(witness="nowhere/lead")
    out = blank_site.quintet("check", code=1).stdout
    assert f"sqn.witness {blank_site.folder}/nowhere/lead: " in out and "No such file or directory" in out
    (blank_site.folder / "lead.new").mkdir()
    blank_site.configure()
    assert f"sqn.witness {blank_site.folder}/lead: cannot be written: Is a directory" in blank_site.quintet("check", code=1).stdout


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


def test_neither_jumps_nor_settings_in_a_row_leave_a_card_beyond_reach(ready_site, card):
    ready_site.quintet("sqn", "jump", DELTA // 2, card.name)
    assert "half of Delta" in ready_site.quintet("sqn", "jump", 1, card.name, code=1).stderr
    ready_site.quintet("sqn", "set", card.name, DELTA)
    assert "more than Delta" in ready_site.quintet("sqn", "set", card.name, DELTA + 1, code=1).stderr
    assert f"{DELTA} of Delta" in ready_site.quintet("sqn", "show", card.name).stdout


def test_numbers_of_cards_that_are_gone_stop_no_jump(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    card = Card("gone")
    blank_site.import_cards(csv(card))
    blank_site.quintet("sqn", "jump", DELTA // 2, "--all")
    blank_site.quintet("sqn", "jump", 1, "--all", code=1)
    blank_site.rows("DELETE FROM quintet.credential")
    blank_site.quintet("sqn", "jump", 1, "--all")


def test_check_is_content_with_a_ready_site(ready_site, card):
    out = ready_site.quintet("check").stdout
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["ok", "database:"], ["ok", "clock:"], ["ok", "token:"], ["ok", "kek:"], ["ok", "key:"]]


@pytest.mark.parametrize("change, warning", [
    ("ALTER TABLE quintet.sqn_state DISABLE TRIGGER sqn_state_never_goes_back", "warn guards: 1 triggers"),
    ("ALTER TABLE quintet.sqn_state DISABLE TRIGGER sqn_state_keeps_its_key", "warn guards: 1 triggers"),
    ("ALTER TABLE quintet.cluster ENABLE TRIGGER cluster_never_goes_back", "warn guards: 1 triggers"),
    ("DROP TRIGGER sqn_state_leaps_after_copy ON quintet.sqn_state", "warn guards: 1 triggers"),
    ("INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed) SELECT 'bare', id, 'aes-key-wrap',"
     " repeat('k', 24)::bytea, repeat('o', 44)::bytea FROM quintet.kek", "warn fingerprints: 1 credentials"),
    ("CREATE SUBSCRIPTION other CONNECTION 'host=/nowhere' PUBLICATION other WITH (connect = false)", "warn replication")])
def test_check_warns_of_what_may_take_numbers_back(blank_site, change, warning):
    blank_site.quintet("token", "init", "--create-pins")
    assert "warn" not in blank_site.quintet("check").stdout
    blank_site.rows(change)
    assert warning in blank_site.quintet("check").stdout


def test_check_warns_without_a_witness(blank_site):
    blank_site.configure(witness=None)
    blank_site.quintet("token", "init", "--create-pins")
    assert "warn witness: none" in blank_site.quintet("check").stdout


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
