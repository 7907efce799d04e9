# SPDX-License-Identifier: Apache-2.0
"""docs/operations.md names every event that the server logs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# An event's name begins the line; it stands in the call itself, in a line put together before it, in a table or in a helper's call.
PATTERNS = [re.compile(pattern) for pattern in (
    r'spdlog::(?:critical|error|warn|info|debug|trace|log)\([^";]*"([a-z][a-z0-9_]*)[ "]',
    r'fmt::format\(\s*"([a-z]+(?:_[a-z]+)+) [a-z]+=', r'\{HOOK_\w+, "([a-z_]+)"', r'\breport\(\s*"([a-z_]+)"')]


def logged():
    sources = [path.read_text(encoding="utf-8") for folder in ("hsm", "hss", "diameter_ext") for suffix in ("cpp", "h")
               for path in (ROOT / folder).rglob(f"*.{suffix}")]
    return {name for text in sources for pattern in PATTERNS for name in pattern.findall(text)}


def test_every_event_is_on_the_page():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(logged()) > 50
    assert sorted(name for name in logged() if f"`{name}`" not in page) == []
