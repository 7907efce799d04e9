# SPDX-License-Identifier: Apache-2.0
"""Checks that what the log tells and what is counted stands in its table: no line of log beside it, no row without use."""

import re

from tree import Finding, blank_comments, line_of
from . import Plant

WHAT = "every line of log is an event of its table, and every row of events and metrics is used"

EVENTS, METRICS = "hsm/base/events.h", "hss/app/metrics.h"
PRODUCT = re.compile(r"(?:hsm|auc|hss|diameter_ext)/")
WRITER = "hsm/base/log.cpp"
ROW = re.compile(r'^ {4}\{"([a-z_]+)",', re.MULTILINE)
BESIDE = re.compile(r"\bspdlog::(?:trace|debug|info|warn|error|critical|log)\(")


def used(tree, table, word):
    pattern = re.compile(rf'\b{word}\(\s*"([a-z_]+)"')
    return {name for path in tree.cpp if PRODUCT.match(path) and path != table for name in pattern.findall(blank_comments(tree.text(path)))}


def row_findings(tree, table, word):
    if table not in tree.paths:
        return
    text, names = tree.text(table), used(tree, table, word)
    for match in ROW.finditer(text):
        if match.group(1) not in names:
            yield Finding(table, line_of(text, match.start()), f"{match.group(1)}: no {word} of this name is used")


def findings(tree):
    yield from row_findings(tree, EVENTS, "event")
    yield from row_findings(tree, METRICS, "metric")
    for path in filter(PRODUCT.match, tree.cpp):
        text = blank_comments(tree.text(path))
        for match in BESIDE.finditer(text if path != WRITER else ""):
            yield Finding(path, line_of(text, match.start()), f"writes a line of log beside the table {EVENTS}: use base::log")


PLANTS = (
    Plant({EVENTS: '// Planted.\n    {"token_lost", err, "", ""},\n'}, EVENTS, 2, "token_lost: no event"),
    Plant({METRICS: '// Planted.\n    {"quintet_batches_total", counter, {}, ""},\n'}, METRICS, 2, "no metric of this name"),
    Plant({"hss/a.cpp": '// Planted.\nspdlog::warn("token_lost");\n'}, "hss/a.cpp", 2, "beside the table"),
    Plant({"hsm/a.h": "// Planted.\nspdlog::log(\n    level, text);\n"}, "hsm/a.h", 2, "beside the table"),
    Plant({EVENTS: '// Planted.\n    {"token_lost", err, "", ""},\n', "hsm/a.cpp": '// Sound.\nlog(base::event("token_lost"));\n',
           WRITER: "// Sound.\nspdlog::log(level, line);\n", "tests/unit/a.cpp": '// Sound.\nspdlog::warn("x");\n'}),
)
