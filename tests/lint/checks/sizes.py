# SPDX-License-Identifier: Apache-2.0
"""Holds the budgets: functions of one screen, files that can be read in one go."""

import json
import math
import re
import statistics
import subprocess

from tree import Finding
from . import Plant

WHAT = ("functions are at most 60 lines long (40 warns), half of the product's at most 6 and 95 of 100 at most 24; "
        "files at most 400 (350 warns)")
FUNCTION_WARNS, FUNCTION_STOPS, FILE_WARNS, FILE_STOPS = 40, 60, 350, 400
MEDIAN_STOPS, P95_STOPS = 6, 24
PRODUCT = re.compile(r"(?:hsm|auc|hss|diameter_ext)/.*\.(?:h|cpp)")
# A step of the schema that has landed is never edited.
ALLOWED = ("schema/0008_sequence_numbers.sql",)
MARKER = "lint: table"  # in a comment, with the reason: tabulated things do not count


def functions(tree, paths):
    command = ["ctags", "--output-format=json", "--fields=+ne", "--languages=C++,Python", "--map-C++=+.h",
               "--kinds-C++=f", "--kinds-Python=fm", "-f", "-", "-L", "-"]
    out = subprocess.run(command, cwd=tree.root, input="\n".join(paths), capture_output=True, text=True, check=True)
    return [tag for tag in map(json.loads, out.stdout.splitlines()) if "end" in tag]


def lengths(tags, texts):
    """Lengths of the product's functions, sorted; tables are none."""
    ours = (tag for tag in tags if PRODUCT.fullmatch(tag["path"]))
    whole = (texts[tag["path"]].split("\n")[tag["line"] - 1:tag["end"]] for tag in ours)
    return sorted(len(lines) for lines in whole if not any(MARKER in line for line in lines))


def spread(found):
    """(median, p95) of sorted lengths; p95 is the length that 95 of 100 do not exceed."""
    return (statistics.median(found), found[math.ceil(len(found) * 0.95) - 1]) if found else (0, 0)


def note(tree):
    """What is told even when nothing is wrong."""
    texts = {path: tree.text(path) for path in tree.cpp}
    found = lengths(functions(tree, list(texts)), texts)
    median, p95 = spread(found)
    return f"{len(found)} functions of the product: median {median:g} lines, p95 {p95}"


def spread_findings(tags, texts):
    median, p95 = spread(lengths(tags, texts))
    for value, most, name in ((median, MEDIAN_STOPS, "half"), (p95, P95_STOPS, "five of a hundred")):
        if value > most:
            longest = max((tag for tag in tags if PRODUCT.fullmatch(tag["path"])), key=lambda tag: tag["end"] - tag["line"])
            yield Finding(longest["path"], longest["line"],
                          f"{name} of the product's functions have {value:g} lines or more, which may be {most}; this is the longest")


def function_findings(tags, texts):
    for tag in tags:
        lines = texts[tag["path"]].split("\n")[tag["line"] - 1:tag["end"]]
        length = len(lines)
        if length <= FUNCTION_WARNS or any(MARKER in line for line in lines):
            continue
        yield Finding(tag["path"], tag["line"], f"{tag['name']} has {length} lines", length <= FUNCTION_STOPS)


def file_findings(texts):
    for path, text in texts.items():
        length = text.count("\n")
        head = text.split("\n", 4)[:4]
        if length > FILE_WARNS and not any(MARKER in line for line in head):
            yield Finding(path, 1, f"has {length} lines", length <= FILE_STOPS or path in ALLOWED)


def findings(tree):
    sources = {path: tree.text(path) for path in tree.cpp + tree.python}
    tags = functions(tree, list(sources))
    yield from function_findings(tags, sources)
    yield from spread_findings(tags, sources)
    others = {path: tree.text(path) for path in tree.shell + tree.having(".sql", "CMakeLists.txt", ".cmake")}
    yield from file_findings({**sources, **others})


def long_function(lines, extra=""):
    return "// Planted.\nint f() {\n" + extra + "  g();\n" * lines + "}\n"


def many(count, lines):
    return "// Planted.\n" + "".join(f"int f{number}() {{\n" + "  g();\n" * (lines - 2) + "}\n" for number in range(count))


PLANTS = (
    Plant({"hss/a.cpp": long_function(59)}, "hss/a.cpp", 2, "f has 61 lines"),
    Plant({"hss/a.cpp": many(11, 7) + many(9, 3)}, "hss/a.cpp", 2, "half of the product's functions have 7 lines"),
    Plant({"hss/a.cpp": many(2, 25) + many(18, 3)}, "hss/a.cpp", 2, "five of a hundred of the product's functions have 25 lines"),
    Plant({"hss/a.cpp": many(1, 30) + many(12, 6) + many(7, 9), "tests/a_test.cpp": many(10, 30)}),
    Plant({"hss/a.h": "struct S {\n  int f() {\n" + "    g();\n" * 60 + "  }\n};\n"}, "hss/a.h", 2, "f has 62 lines"),
    Plant({"tests/a.py": "def f():\n" + "    g()\n" * 60}, "tests/a.py", 1, "f has 61 lines"),
    Plant({"hss/b.cpp": "// x\n" * 401}, "hss/b.cpp", 1, "has 401 lines"),
    Plant({"tests/b.py": "# x\n" * 401}, "tests/b.py", 1, "has 401 lines"),
    Plant({"hss/b.cpp": "// x\n" * 400}),
    Plant({"deploy/b.sh": "# x\n" * 401}, "deploy/b.sh", 1, "has 401 lines"),
    Plant({"hss/a.cpp": long_function(58) + many(40, 3)}),
    Plant({"hss/a.cpp": long_function(80, "  // lint: table of keys\n")}),
    Plant({"hss/b.cpp": "// lint: table of dictionary rows\n" + "// x\n" * 600}),
)
