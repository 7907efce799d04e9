# SPDX-License-Identifier: Apache-2.0
"""Runs clang-format over all C++ sources."""

import re
import subprocess

from tree import Finding
from . import Plant

WHAT = "clang-format would change nothing"
STYLE = ("BasedOnStyle: Google\nColumnLimit: 120\nDerivePointerAlignment: false\nPointerAlignment: Left\n"
         "IncludeBlocks: Preserve\nSortIncludes: CaseSensitive\n")


def findings(tree):
    if not tree.cpp:
        return
    out = subprocess.run(["clang-format-14", "--dry-run", *tree.cpp], cwd=tree.root, capture_output=True, text=True,
                         check=False)
    seen = set()
    for match in re.finditer(r"^([^:\n]+):(\d+):\d+: (?:warning|error): (.*)$", out.stderr, re.MULTILINE):
        path, line, message = match.groups()
        if path not in seen:  # one a file is enough: clang-format-14 -i FILE mends all
            seen.add(path)
            yield Finding(path, int(line), f"{message.split(' [')[0]}: run clang-format-14 -i {path}")


PLANTS = (
    Plant({"hss/a.cpp": "int a;\nint  b;\n", ".clang-format": STYLE}, "hss/a.cpp", 2, "run clang-format-14"),
    Plant({"hss/a.cpp": "int a;\nint b;\n", ".clang-format": STYLE}),
)
