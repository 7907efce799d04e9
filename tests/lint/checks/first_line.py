"""Checks that every source file says in its first lines what it is for."""

import re

from tree import Finding
from . import Plant

WHAT = "the first line of a file says what the file is for (after #!, if any)"
SENTENCE = {".h": r"// \w.{15,}", ".cpp": r"// \w.{15,}", ".py": r'"""\w.{15,}', ".sh": r"# \w.{15,}", ".sql": r"-- \w.{10,}",
            "CMakeLists.txt": r"# \w.{15,}"}


def wanted(tree):
    for suffix, pattern in SENTENCE.items():
        for path in tree.having(suffix):
            yield path, pattern
    for interpreter, pattern in (("bash", SENTENCE[".sh"]), ("python3", SENTENCE[".py"])):
        for path in tree.scripts[interpreter]:
            yield path, pattern


def findings(tree):
    for path, pattern in wanted(tree):
        lines = tree.text(path).split("\n")
        at = 1 if lines[0].startswith("#!") else 0
        if any(lines) and not re.match(pattern, lines[at] if at < len(lines) else ""):
            yield Finding(path, at + 1, "does not begin with a sentence that says what the file is for")


PLANTS = (
    Plant({"hss/a.cpp": "#include <vector>\n"}, "hss/a.cpp", 1, "what the file is for"),
    Plant({"deploy/run": "#!/bin/bash\nset -e\n"}, "deploy/run", 2, "what the file is for"),
    Plant({"tests/a.py": "import os\n"}, "tests/a.py", 1, "what the file is for"),
    Plant({"hss/a.cpp": "// Shows that a sentence is enough.\n", "tests/__init__.py": ""}),
)
