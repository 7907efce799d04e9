# SPDX-License-Identifier: Apache-2.0
"""Holds the budgets: functions of one screen, files that can be read in one go."""

import json
import subprocess

from tree import Finding
from . import Plant

WHAT = "functions are at most 60 lines long (40 warns), files at most 500 (350 warns)"
FUNCTION_WARNS, FUNCTION_STOPS, FILE_WARNS, FILE_STOPS = 40, 60, 350, 500
MARKER = "lint: table"  # in a comment, with the reason: tabulated things do not count


def functions(tree, paths):
    command = ["ctags", "--output-format=json", "--fields=+ne", "--languages=C++,Python", "--map-C++=+.h",
               "--kinds-C++=f", "--kinds-Python=fm", "-f", "-", "-L", "-"]
    out = subprocess.run(command, cwd=tree.root, input="\n".join(paths), capture_output=True, text=True, check=True)
    return [tag for tag in map(json.loads, out.stdout.splitlines()) if "end" in tag]


def function_findings(tree, texts):
    for tag in functions(tree, list(texts)):
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
            yield Finding(path, 1, f"has {length} lines", length <= FILE_STOPS)


def findings(tree):
    sources = {path: tree.text(path) for path in tree.cpp + tree.python}
    yield from function_findings(tree, sources)
    others = {path: tree.text(path) for path in tree.shell + tree.having(".sql", "CMakeLists.txt", ".cmake")}
    yield from file_findings({**sources, **others})


def long_function(lines, extra=""):
    return "// Planted.\nint f() {\n" + extra + "  g();\n" * lines + "}\n"


PLANTS = (
    Plant({"hss/a.cpp": long_function(59)}, "hss/a.cpp", 2, "f has 61 lines"),
    Plant({"hss/a.h": "struct S {\n  int f() {\n" + "    g();\n" * 60 + "  }\n};\n"}, "hss/a.h", 2, "f has 62 lines"),
    Plant({"tests/a.py": "def f():\n" + "    g()\n" * 60}, "tests/a.py", 1, "f has 61 lines"),
    Plant({"hss/b.cpp": "// x\n" * 501}, "hss/b.cpp", 1, "has 501 lines"),
    Plant({"deploy/b.sh": "# x\n" * 501}, "deploy/b.sh", 1, "has 501 lines"),
    Plant({"hss/a.cpp": long_function(58)}),
    Plant({"hss/a.cpp": long_function(80, "  // lint: table of keys\n")}),
    Plant({"hss/b.cpp": "// lint: table of dictionary rows\n" + "// x\n" * 600}),
)
