# SPDX-License-Identifier: Apache-2.0
"""Read the keys of sample test cards: a JSON list or a CSV with credential, k, opc (or op), impi, impu."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

from .milenage import opc_of


@dataclass(frozen=True)
class Card:
    credential: str
    k: bytes = field(repr=False)
    opc: bytes = field(repr=False)
    impi: str | None
    impu: str | None


def _rows(path):
    text = Path(path).read_text(encoding="utf-8")
    if text.lstrip()[:1] in ("[", "{"):
        rows = json.loads(text)
        return rows["cards"] if isinstance(rows, dict) else rows
    return list(csv.DictReader(line for line in text.splitlines() if line.strip() and not line.startswith("#")))


def _card(row):
    row = {name.strip().lower(): value and str(value).strip() for name, value in row.items()}
    k = bytes.fromhex(row["k"])
    opc = bytes.fromhex(row["opc"]) if row.get("opc") else opc_of(k, bytes.fromhex(row["op"]))
    return Card(row.get("credential", ""), k, opc, row.get("impi"), row.get("impu"))


def read_cards(path):
    try:
        return [_card(row) for row in _rows(path)]
    except (KeyError, ValueError) as error:  # the text of the error could quote a key
        raise ValueError(f"{path} is no file of test cards ({type(error).__name__})") from None


def find_card(path, impi=None, impu=None, credential=None):
    """The first card that fits what is given; a file without an impi column is searched by credential alone."""
    wanted = {"impi": impi, "impu": impu, "credential": credential}
    for card in read_cards(path):
        if all(value is None or getattr(card, name) in (None, value) for name, value in wanted.items()):
            return card
    raise LookupError(f"{path} has no card for " + ", ".join(f"{k} {v}" for k, v in wanted.items() if v))
