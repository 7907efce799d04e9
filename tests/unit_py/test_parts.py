# SPDX-License-Identifier: Apache-2.0
"""tests/run: which parts run, and what of the command line reaches them."""

import parts
import pytest


def named(*words):
    options = parts.arguments(list(words))
    return [part.name for part in parts.chosen(options, "release")], options


def command(name, *words):
    part = next(part for part in parts.PARTS if part.name == name)
    return parts.command_of(part, parts.arguments(list(words)), build="B", junit="J", preset="release")


def test_without_a_word_everything_runs_but_what_is_asked_for():
    names, _ = named()
    assert {"lint", "ctest", "integration"} <= set(names)
    assert not {"chaos", "secrets", "tidy"} & set(names)


@pytest.mark.parametrize("words", [("cli", "lint"), ("--only", "lint", "--only", "cli"), ("--only", "lint", "cli")])
def test_named_parts_run_alone_in_the_order_of_the_table(words):
    assert named(*words)[0] == ["lint", "cli"]


def test_a_named_part_runs_though_it_is_only_run_when_asked():
    assert named("chaos")[0] == ["chaos"]


def test_a_part_that_does_not_exist_is_refused():
    with pytest.raises(SystemExit):
        named("no-such-part")


def test_pytest_gets_what_follows():
    assert command("integration", "integration", "--", "-k", "auts", "-x")[-3:] == ["-k", "auts", "-x"]


def test_ctest_gets_it_in_its_own_words():
    assert command("ctest", "ctest", "--", "-k", "Sqn", "-x")[-3:] == ["-R", "Sqn", "--stop-on-failure"]


def test_a_program_that_wants_a_divider_gets_it():
    assert command("interop", "interop", "--", "-k", "UAR")[-3:] == ["--", "-k", "UAR"]
    assert command("interop", "interop")[-1] == "tests/interop/run"


def test_what_prepares_gets_nothing():
    assert command("build", "build", "ctest", "--", "-k", "Sqn") == command("build", "build")


def test_what_follows_is_not_taken_for_an_option_of_ours():
    _, options = named("lint", "--", "--list", "layers")
    assert not options.list and options.rest == ["--list", "layers"]


def test_what_follows_needs_a_part():
    with pytest.raises(SystemExit):
        named("--", "-k", "auts")


@pytest.mark.parametrize("line, status, expected", [
    ("3 passed, 0 failed", 0, (3, 0, 0)), ("3 passed, 0 failed, 2 skipped", 0, (3, 0, 2)), ("0 passed, 0 failed, 1 skipped", 0, (0, 0, 1)),
    ("0 passed, 0 failed, 1 skipped", 1, (0, 1, 1)), ("0 passed, 0 failed", 0, (0, 1, 0)), ("", 0, (0, 1, 0))])
def test_a_part_that_left_everything_out_and_says_so_has_not_failed(tmp_path, line, status, expected):
    log = tmp_path / "log"
    log.write_text(f"words\n{line}\n", encoding="ascii")
    part = next(part for part in parts.PARTS if part.counts == "line")
    result = parts.counted(part, status, log, tmp_path / "none.xml")
    assert (result.passed, result.failed, result.skipped) == expected
