# SPDX-License-Identifier: Apache-2.0
"""Checks that every source file begins with its licence and a sentence that says what it is for."""

import re

from tree import Finding
from . import Plant

WHAT = "a file begins with its licence and a sentence that says what it is for (after #!, if any)"
LICENCE = re.compile(r"(//|#|--) SPDX-License-Identifier: Apache-2\.0")
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
        if not any(lines):
            continue
        if not LICENCE.fullmatch(lines[at]):
            yield Finding(path, at + 1, "has no SPDX line")
        elif not re.match(pattern, lines[at + 1]):
            yield Finding(path, at + 2, "does not begin with a sentence that says what the file is for")


PLANTS = (
    Plant({"hss/a.cpp": "// Shows that a sentence is not enough.\n"}, "hss/a.cpp", 1, "no SPDX line"),
    Plant({"hss/a.cpp": "// SPDX-License-Identifier: Apache-2.0\n#include <vector>\n"}, "hss/a.cpp", 2, "what the file is for"),
    Plant({"deploy/run": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\nset -e\n"}, "deploy/run", 3, "what the file is for"),
    Plant({"tests/a.py": "# SPDX-License-Identifier: Apache-2.0\nimport os\n"}, "tests/a.py", 2, "what the file is for"),
    Plant({"hss/a.cpp": "// SPDX-License-Identifier: Apache-2.0\n// Shows that both are enough.\n", "tests/__init__.py": ""}),
)
