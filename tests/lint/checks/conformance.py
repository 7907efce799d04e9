# SPDX-License-Identifier: Apache-2.0
"""Holds docs/conformance.md: each clause that is claimed has code and a test that cite it, and the page is what they say."""

import re
import tomllib

from citations import cited, cited_by_rows
from tree import Finding
from . import Plant

WHAT = "a claimed clause of a standard has code and a test; docs/conformance.md is up to date"

CLAIMS, PAGE = "docs/conformance/claims.toml", "docs/conformance.md"
CODE = re.compile(r"(?:hsm|auc|hss|diameter_ext)/.+\.(?:h|cpp)|schema/.+\.(?:sql|xsd)")
TEST = re.compile(r"tests/(?!lint/).+\.(?:h|cpp|py)")
MORE = 6  # places of one clause that the page names

HEAD = """# Conformance

Which clauses of the standards Quintet keeps, where in the code, and which tests say so. Made by `tests/lint/conformance` from
[conformance/claims.toml](conformance/claims.toml) and from the citations in code and tests; not to be edited. The lint check
`conformance` fails where a claimed clause has no code or no test that cites it.

A citation reads `TS 29.228 6.1.1.1 step 1`. A `step` or `type` alone belongs to the clause that its file cited last. The rows of
`tests/integration/*_rows.py` name their clauses, and each is a request over the wire.
"""


def places(tree, rows):
    """({clause: code}, {clause: tests}), each a set of paths; `rows` is what the rows of the wire tests cite, by path."""
    code, tests = {}, {}
    for path in tree.paths:
        into = code if CODE.fullmatch(path) else tests if TEST.fullmatch(path) else None
        if into is not None:
            for clause in cited(tree.text(path)):
                into.setdefault(clause, set()).add(path)
    for path, clauses in rows.items():
        for clause in clauses:
            tests.setdefault(clause, set()).add(path)
    return code, tests


def at(clause, found):
    """Paths that cite the clause or one beneath it."""
    annex = clause.replace(" Annex ", " ", 1) if " Annex " in clause else None
    beneath = re.compile(rf"{re.escape(clause)}(?!\d).*" + (rf"|{re.escape(annex)}\..+" if annex else ""))
    return sorted(set().union(*(paths for name, paths in found.items() if beneath.fullmatch(name))))


def claims(tree):
    """(document's name, what it is, claims, exceptions) of each document, clauses with the document's name before them."""
    for document in tomllib.loads(tree.text(CLAIMS))["document"]:
        full = [{f"{document['name']} {clause}": what for clause, what in document.get(kind, {}).items()} for kind in ("claims", "exceptions")]
        yield document["name"], document["what"], *full


def cell(paths):
    shown = ", ".join(f"`{path}`" for path in paths[:MORE])
    return shown + (f" and {len(paths) - MORE} more" if len(paths) > MORE else "")


def page(tree, rows=None):
    """The text of the page; rows as for `places`, read from the tree when they are not given."""
    code, tests = places(tree, cited_by_rows(tree) if rows is None else rows)
    out = [HEAD]
    for name, what, claimed, exceptions in claims(tree):
        out += [f"## {name}: {what}\n", "| clause | what | code | tests |", "|---|---|---|---|"]
        out += [f"| {clause.removeprefix(name + ' ')} | {text} | {cell(at(clause, code))} | {cell(at(clause, tests))} |"
                for clause, text in claimed.items()]
        if exceptions:
            out += ["\nNot kept:\n", "| clause | why |", "|---|---|"]
            out += [f"| {clause.removeprefix(name + ' ')} | {why} |" for clause, why in exceptions.items()]
        out.append("")
    return "\n".join(out)


def line_in_claims(text, clause):
    number = clause.split(" ", 2)[2]
    start = text.find(f'name = "{" ".join(clause.split(" ", 2)[:2])}"')
    found = text.find(f'"{number}" =', max(start, 0))
    return text.count("\n", 0, max(found, 0)) + 1


def findings(tree):
    if CLAIMS not in tree.paths:
        return
    rows = cited_by_rows(tree)
    text, (code, tests) = tree.text(CLAIMS), places(tree, rows)
    cpp = {clause: {path for path in paths if not path.startswith("schema/")} for clause, paths in code.items()}
    for _, _, claimed, exceptions in claims(tree):
        for clause in claimed:
            for found, what in ((cpp, "code"), (tests, "test")):
                if not at(clause, found):
                    yield Finding(CLAIMS, line_in_claims(text, clause), f"{clause} is claimed, and no {what} cites it")
            if clause in exceptions:
                yield Finding(CLAIMS, line_in_claims(text, clause), f"{clause} is claimed and an exception")
    if (tree.text(PAGE) if PAGE in tree.paths else "") != page(tree, rows):
        yield Finding(PAGE, 1, "is not what claims and citations say: run tests/lint/conformance")


TOML = ('[[document]]\nname = "TS 29.228"\nwhat = "Cx"\n[document.claims]\n"6.1.1.1 step 1" = "A"\n"6.3.1 type 2" = "B"\n'
        '[document.exceptions]\n"6.2.2" = "C"\n')
GOOD = {CLAIMS: TOML, "hss/a.cpp": "// TS 29.228 6.1.1.1 step 1\n// TS 29.228 6.3.1\n// types 1 to 3\n",
        "tests/a_test.cpp": "// TS 29.228 6.1.1.1 step 1\n",
        "tests/integration/a_rows.py": 'TYPE = "TS 29.228 6.3.1 type {}".format\nclass Row:\n    clause = TYPE(2)\nROWS = [Row()]\n'}


def without(path, text):
    return {**GOOD, path: text}


class Files:
    """A tree in memory."""

    def __init__(self, files):
        self.paths, self.text = sorted(files), files.__getitem__


def with_page(files):
    """The same files and the page that belongs to them."""
    return {**files, PAGE: page(Files(files), {"tests/integration/a_rows.py": {"TS 29.228 6.3.1 type 2"}})}


PLANTS = (
    Plant(without("hss/a.cpp", "// TS 29.228 6.3.1 type 2\n"), CLAIMS, 5, "6.1.1.1 step 1 is claimed, and no code"),
    Plant(without("hss/a.cpp", "// TS 29.228 6.1.1.1 step 1\n"), CLAIMS, 6, "6.3.1 type 2 is claimed, and no code"),
    Plant(without("hss/a.cpp", "// TS 29.228 6.1.1.1 step 10\n"), CLAIMS, 5, "6.1.1.1 step 1 is claimed, and no code"),
    Plant(without("tests/a_test.cpp", "// TS 29.228 6.1.1.1\n"), CLAIMS, 5, "6.1.1.1 step 1 is claimed, and no test"),
    Plant(without("tests/integration/a_rows.py", "ROWS = []\n"), CLAIMS, 6, "6.3.1 type 2 is claimed, and no test"),
    Plant(without("schema/1.sql", "-- TS 29.228 6.3.1 type 2\n") | {"hss/a.cpp": "// TS 29.228 6.1.1.1 step 1\n"}, CLAIMS, 6,
          "6.3.1 type 2 is claimed, and no code"),
    Plant(without(CLAIMS, TOML + '"6.3.1 type 2" = "D"\n'), CLAIMS, 6, "claimed and an exception"),
    Plant({**with_page(GOOD), PAGE: "# Conformance\n"}, PAGE, 1, "run tests/lint/conformance"),
    Plant({**with_page(GOOD), "hss/b.cpp": "// TS 29.228 6.1.1.1 step 1\n"}, PAGE, 1, "run tests/lint/conformance"),
    Plant(with_page(GOOD)),
)
