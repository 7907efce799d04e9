# SPDX-License-Identifier: Apache-2.0
"""A provisioning mistake is refused by a sentence that names it; what differs in nothing else is accepted."""

import psycopg2.errors
import pytest

from refusals import REFUSALS


@pytest.mark.parametrize("row", REFUSALS, ids=str)
def test_a_mistake_is_refused_by_name(db, row):
    error = db.refusal(row.wrong)
    said = str(error)
    assert row.says in said
    assert row.cure in said
    if " " not in row.says:  # a CHECK or a key shows the row
        assert error.diag.constraint_name == row.says and error.diag.message_detail


@pytest.mark.parametrize("row", [row for row in REFUSALS if row.right], ids=str)
def test_its_neighbour_is_accepted(db, row):
    db.to_the_end(row.right)


def test_sentences_name_their_table_and_rule(db):
    """For programs: a rule that is checked by a trigger is reported like a CHECK."""
    sentences = [row for row in REFUSALS if " " in row.says and not row.wrong.startswith("TRUNCATE")]
    assert len(sentences) > 30
    for row in sentences:
        error = db.refusal(row.wrong)
        assert isinstance(error, psycopg2.errors.CheckViolation), row.claim
        assert error.diag.schema_name == "quintet" and error.diag.table_name and error.diag.constraint_name, row.claim
        assert error.diag.message_hint, row.claim
