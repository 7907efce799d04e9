# SPDX-License-Identifier: Apache-2.0
"""Checks that what a header declares is found in the source file of its name, and that a port and its adapter differ in theirs."""

import json
import re
import subprocess
from collections import defaultdict

from tree import Finding, line_of
from . import Plant

WHAT = "a header's functions live in its own source file; a port's file name is not its adapter's"

PRODUCT = re.compile(r"(?:hsm|auc|hss|diameter_ext)/")
PURE = re.compile(r"\bvirtual\b[^;{]*=\s*0\s*;")

# The tool's list of its commands: a function for each, which its own file has.
LISTS = ("hss/cli/command.h",)
# Headers that are known and being mended; one that is not needed any more is told. Empty is what is wanted.
ALLOWED = ()


def tags(tree, paths):
    command = ["ctags", "--output-format=json", "--fields=+neK", "--languages=C++", "--map-C++=+.h", "--kinds-C++=fp", "-f", "-", "-L", "-"]
    out = subprocess.run(command, cwd=tree.root, input="\n".join(paths), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def key(tag):
    return re.sub(r"__anon\w+::|::__anon\w+", "", tag.get("scope", "")), tag["name"]


def own_source(header):
    return header[:-2] + ".cpp"


def function_findings(tree, paths):
    declared, defined = [], defaultdict(set)
    for tag in tags(tree, paths):
        if tag["kind"] == "function":
            defined[key(tag)].add(tag["path"])
        elif tag["path"].endswith(".h") and "__anon" not in tag.get("scope", ""):
            declared.append(tag)
    for tag in declared:
        places = defined[key(tag)]
        if places and own_source(tag["path"]) not in places and tag["path"] not in places:
            yield Finding(tag["path"], tag["line"], f"{tag['name']} is defined in {sorted(places)[0]}, not in {own_source(tag['path'])}")


def name_findings(tree, paths):
    by_name = defaultdict(list)
    for path in paths:
        by_name[path.rsplit("/", 1)[-1].rsplit(".", 1)[0]].append(path)
    for path in paths:
        text = tree.text(path)
        pure = PURE.search(text) if path.endswith(".h") else None
        others = [one for one in by_name[path.rsplit("/", 1)[-1][:-2]] if one.rsplit(".", 1)[0] != path[:-2]] if pure else []
        if others:
            yield Finding(path, line_of(text, pure.start()), f"is a port and has the file name of {others[0]}")


def findings(tree):
    paths = [path for path in tree.cpp if PRODUCT.match(path)]
    if not paths:
        return
    found = [*function_findings(tree, paths), *name_findings(tree, paths)]
    yield from (finding for finding in found if finding.path not in ALLOWED + LISTS)
    for path in sorted(set(ALLOWED) & set(paths) - {finding.path for finding in found}):
        yield Finding(path, 1, "keeps the rule: take it out of ALLOWED in tests/lint/checks/headers.py", True)


PORT = "// Planted.\nclass Store {\n public:\n  virtual void read() = 0;\n};\n"

PLANTS = (
    Plant({"hss/a.h": "namespace hss {\nvoid f(int x);\n}\n", "hss/b.cpp": "namespace hss {\nvoid f(int x) {}\n}\n",
           "hss/a.cpp": "int a;\n"}, "hss/a.h", 2, "f is defined in hss/b.cpp"),
    Plant({"hss/a.h": "namespace hss {\nclass A {\n  void f();\n};\n}\n", "hss/b.cpp": "namespace hss {\nvoid A::f() {}\n}\n"},
          "hss/a.h", 3, "f is defined in hss/b.cpp"),
    Plant({"hss/cx/store.h": PORT, "hss/pg/store.cpp": "int a;\n"}, "hss/cx/store.h", 4, "is a port"),
    Plant({"hss/a.h": "namespace hss {\nvoid f(int x);\nvoid only_declared();\ninline int g() { return 1; }\n}\n",
           "hss/a.cpp": "namespace hss {\nvoid f(int x) {}\n}\n",
           "hss/b.cpp": "namespace hss {\nnamespace {\nvoid f() {}\n}\nvoid f(int x, int y);\n}\n",
           "hss/cx/lookup_store.h": PORT, "hss/pg/cx/lookup.cpp": "int a;\n",
           "hss/app/logging.h": "void start();\n", "diameter_ext/logging.cpp": "int a;\n"}),
)
