# SPDX-License-Identifier: Apache-2.0
"""Checks that citations of the standards are written in one way, so that they can be searched for."""

import re

from tree import Finding, line_of
from . import Plant

WHAT = "citations read 'TS 29.228 6.3.1', 'TS 33.102 Annex C.3' or 'RFC 3394 2.2.1'"

MENTION = re.compile(r"\bTS[ -]?\d\d[.-]?\d{3}\b|(?<![\w.])(?:2[0-9]|3[0-6])\.\d{3}\b(?!\.\d|\w)")
PROPER = re.compile(r"TS \d\d\.\d{3}")
# A document as such may be named in prose; a clause after it must not be dressed up.
DRESSED = re.compile(r"TS \d\d\.\d{3},? *(?:§+|(?:clause|section|chapter|subclause|cl\.|sec\.)s? )", re.IGNORECASE)
RFC_DRESSED = re.compile(r"RFC \d+,? *(?:§+|(?:clause|section|chapter|sec\.)s? )", re.IGNORECASE)
RFC_MALFORMED = re.compile(r"\bRFC-?\d{3,4}\b", re.IGNORECASE)


def faults(text):
    for match in MENTION.finditer(text):
        before = text[max(0, match.start() - 3):match.start()]
        if not PROPER.fullmatch(match.group()) and before != "TS ":
            yield match, f"write 'TS NN.NNN', not '{match.group()}'"
    for match in list(DRESSED.finditer(text)) + list(RFC_DRESSED.finditer(text)):
        yield match, f"write the clause's number alone, not '{match.group()}'"
    for match in RFC_MALFORMED.finditer(text):
        yield match, f"write 'RFC NNNN', not '{match.group()}'"


def comments(text, path):
    """The text with everything but comments blanked; a wrong number in data is not a citation."""
    marks = r"//[^\n]*|/\*.*?\*/" if path.endswith((".h", ".cpp")) else r"--[^\n]*" if path.endswith(".sql") else r"#[^\n]*"
    kept = list(re.sub(r"[^\n]", " ", text))
    for match in re.finditer(marks, text, re.DOTALL if path.endswith((".h", ".cpp")) else 0):
        kept[match.start():match.end()] = match.group()
    return "".join(kept)


def findings(tree):
    for path in tree.cpp + tree.having(".sql") + tree.shell + tree.python:
        if path.startswith("tests/lint/"):
            continue
        text = comments(tree.text(path), path)
        for match, message in faults(text):
            yield Finding(path, line_of(text, match.start()), message)


def plant(comment, says):
    return Plant({"hss/a.cpp": f"int a;\n{comment}\n"}, "hss/a.cpp", 2, says)


PLANTS = (
    plant("// TS29.228 6.3.1", "write 'TS NN.NNN'"),
    plant("// 29.228 6.3.1", "write 'TS NN.NNN'"),
    plant("// TS 29.228 clause 6.3.1", "number alone"),
    plant("// TS 29.228, section 6.3.1", "number alone"),
    plant("// RFC 3394 §2.2.1", "number alone"),
    plant("// RFC3394 2.2.1", "write 'RFC NNNN'"),
    Plant({"hss/a.cpp": '// TS 29.228 6.3.1, TS 33.102 Annex C.3, RFC 3394 2.2.1\nauto x = "29.228 6.3";\n'}),
)
