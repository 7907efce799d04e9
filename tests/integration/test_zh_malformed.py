# SPDX-License-Identifier: Apache-2.0
"""Malformed requests of Zh (RFC 6733 7.1). By themselves: an answer repeats what was wrong, and is no matter for foreign judges."""

import pytest
import zh_rows
from test_zh import bsf, other, run  # noqa: F401  (fixtures)


@pytest.mark.parametrize("row", zh_rows.MALFORMED, ids=[row.what for row in zh_rows.MALFORMED])
def test_row(row, product, bsf, subscribers, other, count_row):  # noqa: F811
    run(row, product, bsf, subscribers, other)
    count_row("malformed requests of Zh, RFC 6733 7.1")
