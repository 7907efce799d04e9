# SPDX-License-Identifier: Apache-2.0
"""Finds which clauses of the standards a file cites, and which ones the rows of the wire tests name."""

import json
import re
import subprocess
import sys

DOCUMENT = re.compile(r"\bTS (\d\d\.\d{3})\b")
LIST = r"\d+[a-z]?(?:(?:, | and | to )\d+[a-z]?(?!\w|\.\d))*"
QUALIFIER = rf"(?: (?P<kind>step|type)s? (?P<numbers>{LIST}))?"
CLAUSE = r"(?P<clause>Annex [A-Z](?:\.\d+)*|tables? \d+(?:\.\d+)*|[A-Z](?:\.\d+)+|\d+(?:\.\d+)*[A-Z]?)(?:-\d+(?:\.\d+)*)?(?!\w)"
REFERENCE = re.compile(rf"(?P<before> |, | and | to ){CLAUSE}{QUALIFIER}")
# A step or type without its clause belongs to the clause that was cited last: // step 2
ALONE = re.compile(rf"\b(?P<kind>[Ss]tep|[Tt]ype)s? (?P<numbers>{LIST})")


def numbers_of(text):
    """'1 to 3, 5a' as ['1', '2', '3', '5a']."""
    out, words = [], re.split(r"(, | and | to )", text)
    for before, word in zip(["", *words[1::2]], words[::2]):
        if before == " to " and out and out[-1].isdigit() and word.isdigit():
            out += [str(number) for number in range(int(out[-1]) + 1, int(word) + 1)]
        else:
            out.append(word)
    return out


def named(clause, match):
    if not match.group("kind"):
        return [clause]
    kind = match.group("kind").lower()
    return [f"{clause} {kind} {number}" for number in numbers_of(match.group("numbers"))]


def between(first, last):
    """'6.1.1', '6.1.3' as ['6.1.2', '6.1.3']; the last alone where that is no range."""
    (stem, low), (other, high) = (re.fullmatch(r"(.*?)(\d*)", clause).groups() for clause in (first, last))
    if stem != other or not low or not high:
        return [last]
    return [f"{stem}{number}" for number in range(int(low) + 1, int(high) + 1)]


def chain(document, text, at):
    """What is cited behind a document's name, (clause, match) each: 'TS 29.228 6.3.1 step 5, 8.1' cites two clauses."""
    is_table, last = False, ""
    for number in range(20):
        match = REFERENCE.match(text, at)
        if not match or (number > 0 and match.group("before") == " "):
            return
        clause = re.sub(r"^tables", "table", match.group("clause"))
        clause = re.sub(r"^Annex (?=[A-Z]\.)", "", clause)  # Annex C.3 and C.3 are one
        goes_on = is_table and match.group("before") in (" and ", " to ") and clause[0].isdigit()
        is_table = goes_on or clause.startswith("table")
        full = f"{'table ' if goes_on else ''}{clause}"
        for one in between(last, full) if match.group("before") == " to " else [full]:
            yield f"{document} {one}", match
        last, at = full, match.end()


def cited(text):
    """Clauses such as 'TS 29.228 6.1.1.1 step 1' that the text cites."""
    out, last, at = set(), None, 0
    for stop in sorted([*DOCUMENT.finditer(text), *ALONE.finditer(text)], key=lambda match: match.start()):
        if stop.start() < at:
            continue
        if stop.re is DOCUMENT:
            for last, match in chain(stop.group(), text, stop.end()):
                out.update(named(last, match))
                at = match.end()
        elif last:
            out.update(named(last, stop))
    return out


ROWS = """
import json, sys, importlib, pathlib
sys.dont_write_bytecode = True
sys.path[:0] = ["tests/integration", "tests"]
found = {}
for path in sorted(pathlib.Path("tests/integration").glob("*_rows.py")):
    module = importlib.import_module(path.stem)
    for value in vars(module).values():
        if isinstance(value, (list, tuple)):
            found.setdefault(str(path), set()).update(row.clause for row in value if hasattr(row, "clause"))
print(json.dumps({path: sorted(clauses) for path, clauses in found.items()}))
"""


def cited_by_rows(tree):
    """{path: clauses} of the rows in tests/integration/*_rows.py, whose `clause` may be put together by a function."""
    if not any(re.fullmatch(r"tests/integration/\w+_rows\.py", path) for path in tree.paths):
        return {}
    out = subprocess.run([sys.executable, "-c", ROWS], cwd=tree.root, capture_output=True, text=True, check=False)
    if out.returncode:
        raise RuntimeError(f"the rows cannot be read: {out.stderr.strip().splitlines()[-1]}")
    return {path: set().union(*map(cited, clauses)) for path, clauses in json.loads(out.stdout).items()}
