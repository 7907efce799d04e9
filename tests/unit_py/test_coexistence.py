# SPDX-License-Identifier: Apache-2.0
"""docs/coexistence.md and tests/coexistence/rules.py: the same table, and ranges that no rule comes into."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "coexistence"))
import rules  # noqa: E402  (the folder is no package)


def indices(ranges):
    return {ind for low, high in ranges.values() for ind in range(low, high + 1)}


def walked(rule, first, steps=5000):
    """The indices that a rule comes to."""
    met, sqn = set(), first
    for _ in range(steps):
        met.add(rules.seq_and_ind(sqn)[1])
        sqn = rule.step(sqn)
    return met


@pytest.mark.parametrize("one", rules.NEIGHBOURS, ids=lambda one: one.name)
def test_a_neighbour_never_comes_into_the_range_that_is_advised_beside_it(one):
    assert not walked(one.advised_rule, 7 << rules.IND_BITS | one.given) & indices(one.ranges)


@pytest.mark.parametrize("one", rules.NEIGHBOURS, ids=lambda one: one.name)
def test_a_neighbour_comes_into_the_range_of_the_selftest(one):
    assert walked(one.advised_rule, 7 << rules.IND_BITS | one.given) & indices(rules.OVERLAP)


def test_the_default_ranges_are_those_of_the_configuration():
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for name, (low, high) in rules.DEFAULT.items():
        assert re.search(rf"^\| `{name}` \| \[low, high\].*\| `\[{low}, {high}\]` \|", text, re.MULTILINE)


def test_the_page_has_the_rows_of_the_rules():
    text = (ROOT / "docs" / "coexistence.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    told = {row[0]: row[1:4] for row in rows if row[0] in {one.name for one in rules.NEIGHBOURS} and len(row) > 4}
    assert told == {one.name: [one.rule.words, f"`{rules.words_of(one.ranges)}`", one.advice] for one in rules.NEIGHBOURS}


def test_the_page_says_where_each_rule_is_from():
    text = (ROOT / "docs" / "coexistence.md").read_text(encoding="utf-8")
    assert [one.name for one in rules.NEIGHBOURS if f"| {one.name} | {one.sources} |" not in text] == []
