# SPDX-License-Identifier: Apache-2.0
"""quintet token: PINs, tokens, keys from components, the KEK's row in the database."""

import stat

import pytest
from cards import Card, accept, csv, vectors


def components(site, count=3):
    site.quintet("token", "components", "-n", count, site.folder)
    return [site.folder / f"component-{i}-of-{count}" for i in range(1, count + 1)]


def replace_digit(file, line, position):
    lines = file.read_text(encoding="ascii").split("\n")
    digit = lines[line - 1][position]
    lines[line - 1] = lines[line - 1][:position] + ("0" if digit != "0" else "1") + lines[line - 1][position + 1:]
    file.write_text("\n".join(lines), encoding="ascii")


def test_a_blank_site_becomes_ready_and_a_second_run_changes_nothing(blank_site):
    first = blank_site.quintet("token", "init", "--create-pins").stdout
    state = blank_site.tokens(), blank_site.rows("SELECT * FROM quintet.kek")
    second = blank_site.quintet("token", "init").stdout
    assert 'token "quintet": initialised' in first
    assert 'token "quintet": exists' in second
    assert "KEK 1: exists" in second
    assert (blank_site.tokens(), blank_site.rows("SELECT * FROM quintet.kek")) == state
    assert len(state[0]) == 2
    assert len(state[1]) == 1


def test_created_pins_are_for_the_owner_alone_and_differ(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    files = sorted((blank_site.folder / "pins").iterdir())
    assert [file.name for file in files] == ["import-so.pin", "import.pin", "so.pin", "user.pin"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len({file.read_text(encoding="ascii") for file in files}) == 4


def test_without_pin_files_nothing_is_made(blank_site):
    out = blank_site.quintet("token", "init", code=1)
    assert "user.pin: no such PIN file" in out.stderr
    assert blank_site.tokens() == []
    assert list((blank_site.folder / "pins").iterdir()) == []


def test_a_pin_is_never_made_up_for_a_token_that_exists(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    (blank_site.folder / "pins" / "user.pin").unlink()
    out = blank_site.quintet("token", "init", "--create-pins", code=1)
    assert "user.pin" in out.stderr
    assert not (blank_site.folder / "pins" / "user.pin").exists()


def test_a_wrong_pin_is_reported_without_showing_it(blank_site):
    blank_site.quintet("token", "init", "--create-pins")
    (blank_site.folder / "pins" / "import.pin").write_text("wrong-pin-9876\n", encoding="ascii")
    out = blank_site.quintet("token", "init", code=1)
    assert "CKR_PIN_INCORRECT" in out.stderr
    assert "wrong-pin-9876" not in out.stderr + out.stdout


def test_check_values_tell_the_combined_keys(blank_site):
    made = blank_site.quintet("token", "components", "-n", 2, blank_site.folder).stdout
    files = [blank_site.folder / f"component-{i}-of-2" for i in (1, 2)]
    kek = next(line.split()[-1] for line in made.splitlines() if line.startswith("kek: check value"))
    out = blank_site.quintet("token", "init", "--create-pins", "--components", *files).stdout
    assert f"KEK 1: created, check value {kek}" in out
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    (detail,) = blank_site.rows("SELECT detail FROM quintet.audit")[0]
    assert f"check value {kek}" in detail


def test_two_sites_with_the_same_components_share_their_keys(blank_site, second_site):
    files = components(blank_site)
    blank_site.quintet("token", "init", "--create-pins", "--components", *files)
    card = Card("shared")
    blank_site.import_cards(csv(card))
    impi = blank_site.subscribe(card.name)
    standby = second_site(blank_site)
    standby.quintet("token", "init", "--create-pins", "--server-only", "--components", *reversed(files))
    assert len(standby.tokens()) == 1
    assert "ok   kek" in standby.quintet("check").stdout
    (vector,) = vectors(standby.quintet("av", impi, "--domain", "ims").stdout)
    accept(card.usim(), vector)


def test_another_key_under_a_known_id_is_refused_before_it_is_made(blank_site, second_site):
    blank_site.quintet("token", "init", "--create-pins")
    other = second_site(blank_site)
    out = other.quintet("token", "init", "--create-pins", code=1)
    assert "KEK 1 is in use by this database" in out.stderr
    files = components(other)
    out = other.quintet("token", "init", "--components", *files, code=1)
    assert "KEK" in out.stderr
    assert "FAIL" in other.quintet("check", code=1).stdout


def test_a_key_in_one_token_only_needs_its_components(blank_site):
    files = components(blank_site)
    blank_site.quintet("token", "init", "--create-pins", "--components", *files, "--sql")
    pins = blank_site.folder / "pins"
    spare = ["token", "init", "--import-label", "spare", "--import-pin-file", pins / "spare.pin",
             "--import-so-pin-file", pins / "spare-so.pin"]
    out = blank_site.quintet(*spare, "--create-pins", code=1)
    assert 'KEK 1 is in token "quintet" only' in out.stderr
    out = blank_site.quintet(*spare, "--components", *files)
    assert "opens what was wrapped under it" in out.stdout


@pytest.mark.parametrize("position", [4, 40, 67, 70])
def test_a_wrong_digit_in_a_component_is_found(blank_site, position):
    files = components(blank_site)
    replace_digit(files[1], 2, position)
    out = blank_site.quintet("token", "init", "--create-pins", "--components", *files, code=1)
    assert "component-2-of-3:2: the component does not have its check value" in out.stderr
    assert files[1].read_text(encoding="ascii").split()[13] not in out.stderr


def test_a_component_given_twice_is_refused(blank_site):
    files = components(blank_site, 2)
    out = blank_site.quintet("token", "init", "--create-pins", "--components", files[0], files[0], code=1)
    assert "same component" in out.stderr


def test_components_are_never_overwritten(blank_site):
    files = components(blank_site, 2)
    before = files[0].read_bytes()
    out = blank_site.quintet("token", "components", "-n", 2, blank_site.folder, code=1)
    assert "File exists" in out.stderr
    assert files[0].read_bytes() == before


def test_printed_sql_registers_the_kek(blank_site):
    out = blank_site.quintet("token", "init", "--create-pins", "--sql")
    assert out.stdout.startswith("INSERT INTO quintet.kek ")
    assert blank_site.rows("SELECT * FROM quintet.kek") == []
    assert blank_site.psql(out.stdout, role="none").returncode == 0
    assert "ok   kek" in blank_site.quintet("check").stdout


def test_server_only_needs_components(blank_site):
    out = blank_site.quintet("token", "init", "--create-pins", "--server-only", code=1)
    assert "--server-only needs --components" in out.stderr


def test_both_roles_cannot_have_one_token(blank_site):
    out = blank_site.quintet("token", "init", "--create-pins", "--import-label", "quintet", code=1)
    assert "must be another one" in out.stderr
