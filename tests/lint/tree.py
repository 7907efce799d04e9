# SPDX-License-Identifier: Apache-2.0
"""What a check sees: the files of a source tree, and the findings it reports about them."""

import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    message: str
    warning: bool = False  # told, but does not fail the run

    def __str__(self):
        return f"{self.path}:{self.line}: {'warning: ' if self.warning else ''}{self.message}"


class Tree:
    """Files that belong to the project: those that git tracks or would add; all of them where there is no git."""

    def __init__(self, root):
        self.root = Path(root)

    @cached_property
    def paths(self):
        listing = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        if (self.root / ".git").exists():
            names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
        else:
            found = [str(path.relative_to(self.root)) for path in self.root.rglob("*")]
            names = [name for name in found if not re.match(r"build|var/|\.[^/]*/", name)]
        return sorted({name for name in names if name and (self.root / name).is_file()})

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def having(self, *suffixes):
        return [path for path in self.paths if path.endswith(suffixes)]

    @cached_property
    def cpp(self):
        return self.having(".h", ".cpp")

    @cached_property
    def scripts(self):
        """Paths of programs without a suffix, by the interpreter of their first line."""
        found = {"bash": [], "python3": []}
        for path in self.paths:
            if "." in path.rsplit("/", 1)[-1]:
                continue
            first = self.text(path).split("\n", 1)[0]
            for name, paths in found.items():
                if re.match(rf"#!.*\b{name}\b", first):
                    paths.append(path)
        return found

    @cached_property
    def shell(self):
        return sorted(self.having(".sh") + self.scripts["bash"])

    @cached_property
    def python(self):
        return sorted(self.having(".py") + self.scripts["python3"])


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def blank_comments(text, keep_strings=True):
    """C++ with comments (and, if wanted, the content of strings) turned into blanks; lines and columns stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)

    def blank(match):
        found = match.group()
        if found[0] in "\"'":
            if keep_strings:
                return found
            return found[0] + " " * (len(found) - 2) + found[-1]
        return re.sub(r"[^\n]", " ", found)

    return pattern.sub(blank, text)
