"""docs/operations.md names every event that the server logs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALL = re.compile(r'spdlog::(?:warn|error|info|critical|log)\(\s*(?:[\w:.]+,\s*)?"([a-z]+(?:_[a-z0-9]+)+)[ "]')
TABLED = re.compile(r'\{HOOK_\w+, "([a-z_]+)"')


def logged():
    sources = [path.read_text(encoding="utf-8") for folder in ("hsm", "hss", "diameter_ext") for path in (ROOT / folder).rglob("*.cpp")]
    sources += [path.read_text(encoding="utf-8") for path in (ROOT / "hss").rglob("*.h")]
    return {name for text in sources for pattern in (CALL, TABLED) for name in pattern.findall(text)}


def test_every_event_is_on_the_page():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(logged()) > 30
    assert sorted(name for name in logged() if f"`{name}`" not in page) == []
