# SPDX-License-Identifier: Apache-2.0
"""Holds the table of which folder may include what: dependencies point one way."""

import re
from dataclasses import dataclass

from tree import Finding
from . import Plant

WHAT = "every #include is one that its folder may have, and none comes back to its file"

CXX = r"[a-z_]+"                       # <vector>
C = r"[a-z0-9_/]+\.h"                  # <unistd.h>, <arpa/inet.h>: what the system itself brings
CLOCKS_AND_IO = "chrono ctime cstdio fstream iostream filesystem random thread mutex condition_variable future".split()
OPENSSL, SPDLOG, LIBPQ, TOML, CLI = r"openssl/.+", r"spdlog/.+", r"libpq-fe\.h", r"toml\+\+/.+", r"CLI/.+"
CRYPTOKI = r"(libp11|p11-kit/.+)(\.h)?"
FREEDIAMETER = r"freeDiameter/.+"
SYSTEMD = r"systemd/sd-daemon\.h"
XML = r"(pugixml\.hpp|libxml/.+)"
BASE = r"hsm/base/.+"
TOKEN_PORT = r"hsm/(token|secret|error|kek_check)\.h"  # the port, the secret types and plain values
FOREIGN = {LIBPQ, CRYPTOKI, FREEDIAMETER, SYSTEMD, XML, TOML, CLI, OPENSSL, SPDLOG}


@dataclass(frozen=True)
class Row:
    folder: str
    ours: tuple       # patterns of our headers
    theirs: tuple     # patterns of other libraries' headers
    system: bool = True   # C and POSIX headers
    without: tuple = ()   # standard headers that it may not have


# The longest folder that fits decides.
TABLE = (
    Row("hsm/base", (BASE,), (SPDLOG,)),
    Row("hsm", (r"hsm/.+",), (OPENSSL, CRYPTOKI, SPDLOG)),
    Row("auc", (r"auc/.+", BASE, TOKEN_PORT), (), system=False, without=tuple(CLOCKS_AND_IO)),
    Row("hss", (r"hss/[^/]+", r"auc/.+", BASE, TOKEN_PORT), (OPENSSL, SPDLOG, XML), system=False),
    Row("hss/user_data", (r"hss/user_data/.+", r"hss/[^/]+", BASE), (XML,), system=False),
    Row("hss/cx", (r"hss/(cx|user_data)/.+", r"hss/[^/]+", r"auc/.+", BASE, TOKEN_PORT), (OPENSSL, SPDLOG), system=False),
    Row("hss/zh", (r"hss/zh/.+", r"hss/[^/]+", r"hss/user_data/xml\.h", r"auc/.+", BASE, TOKEN_PORT), (OPENSSL, SPDLOG, XML), system=False),
    Row("hss/pg", (r"hss/pg/.+", r"hss/[^/]+", r"hss/(cx|zh|user_data)/.+", r"auc/(types|sqn)\.h", BASE, TOKEN_PORT), (LIBPQ, SPDLOG)),
    Row("hss/app", (r"hss/(?!cli/).+", r"auc/.+", r"hsm/.+"), (OPENSSL, SPDLOG, SYSTEMD, TOML)),
    Row("hss/cli", (r"hss/.+", r"auc/.+", r"hsm/.+"), (OPENSSL, SPDLOG, CLI)),
    Row("diameter_ext", (r"diameter_ext/.+", r"hss/app/.+", r"hss/(cx|zh)/(push_)?messages\.h",
                         r"hss/(command|features|outcome|identity|push|requester|text_forms)\.h", r"auc/types\.h", BASE, r"hsm/secret\.h"),
        (FREEDIAMETER, SPDLOG)),
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
SQL = re.compile(r'"[^"\n]*\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM)\b')


def row_of(path):
    rows = [row for row in TABLE if path.startswith(row.folder + "/")]
    return max(rows, key=lambda row: len(row.folder), default=None)


def fits(name, patterns):
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def is_ours(name):
    return name.split("/")[0] in {"hsm", "auc", "hss", "diameter_ext", "tests"}


def fault(row, name):
    """Why a header may not stand in that folder, or nothing."""
    if is_ours(name):
        return "" if fits(name, row.ours) else f"{row.folder}/ may not include {name}"
    if fits(name, row.theirs):
        return ""
    if "/" not in name and re.fullmatch(CXX, name):
        return f"{row.folder}/ computes only: not <{name}>" if name in row.without else ""
    system = row.system and re.fullmatch(C, name) and not fits(name, FOREIGN)
    return "" if system else f"{row.folder}/ may not include {name}"


def included(tree):
    """{path: {header of ours that exists: line}}."""
    graph, known = {}, set(tree.cpp)
    for path in tree.cpp:
        text = tree.text(path)
        found = ((match.group(2), text.count("\n", 0, match.start()) + 1) for match in INCLUDE.finditer(text))
        graph[path] = {name: line for name, line in found if name in known}
    return graph


def circle_through(graph, start):
    """The shortest way from a file back to itself, as a list of files; empty when there is none."""
    ways, seen = [[start]], set()
    for way in ways:  # grows while it is read
        for name in sorted(graph[way[-1]]):
            if name == start:
                return way + [start]
            if name not in seen:
                seen.add(name)
                ways.append(way + [name])
    return []


def circle_findings(tree):
    graph, told = included(tree), set()
    for path in sorted(graph):
        way = [] if path in told else circle_through(graph, path)
        if way:
            told.update(way)
            yield Finding(path, graph[path][way[1]], f"includes itself: {' -> '.join(way)}")


def findings(tree):
    yield from circle_findings(tree)
    for path in tree.cpp:
        row = row_of(path)
        if not row:
            continue
        text = tree.text(path)
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            problem = fault(row, match.group(2))
            if problem:
                yield Finding(path, line, problem)
            elif is_ours(match.group(2)) != (match.group(1) == '"'):
                yield Finding(path, line, 'our headers stand in "", all others in <>')
        if row.folder in ("diameter_ext", "auc", "hsm", "hss"):
            for match in SQL.finditer(text):
                yield Finding(path, text.count("\n", 0, match.start()) + 1, f"{row.folder}/ speaks no SQL")


def plant(path, line, says):
    return Plant({path: f"// Planted.\n{line}\n"}, path, 2, says)


PLANTS = (
    plant("hss/uar.cpp", "#include <freeDiameter/extension.h>", "may not include freeDiameter"),
    plant("hss/uar.cpp", "#include <libpq-fe.h>", "may not include libpq-fe.h"),
    plant("hss/uar.cpp", '#include "hss/pg/cx/authentication.h"', "may not include hss/pg/cx/authentication.h"),
    plant("hss/uar.cpp", '#include "hsm/pkcs11_token.h"', "may not include hsm/pkcs11_token.h"),
    plant("auc/sqn.cpp", '#include "hss/cx/authentication_store.h"', "may not include hss/cx/authentication_store.h"),
    plant("auc/sqn.cpp", "#include <chrono>", "computes only"),
    plant("auc/sqn.cpp", "#include <spdlog/spdlog.h>", "may not include spdlog"),
    plant("hsm/token.cpp", '#  include "auc/types.h"', "may not include auc/types.h"),
    plant("hss/pg/cx/authentication.cpp", '#include "auc/milenage.h"', "may not include auc/milenage.h"),
    plant("hss/app/server.cpp", "#include <freeDiameter/extension.h>", "may not include freeDiameter"),
    plant("hss/app/server.cpp", "#include <libpq-fe.h>", "may not include libpq"),
    plant("diameter_ext/codec.cpp", "#include <libp11.h>", "may not include libp11.h"),
    plant("diameter_ext/codec.cpp", '#include "hss/cx/multimedia_auth.h"', "may not include hss/cx/multimedia_auth.h"),
    plant("diameter_ext/codec.cpp", 'auto s = "SELECT a FROM b";', "speaks no SQL"),
    plant("hsm/token.cpp", '#include "vector"', "in <>"),
    Plant({"auc/a.h": '\n#include "auc/b.h"\n', "auc/b.h": '#include "auc/c.h"\n', "auc/c.h": '#include "auc/a.h"\n'},
          "auc/a.h", 2, "auc/a.h -> auc/b.h -> auc/c.h -> auc/a.h"),
    plant("auc/a.h", '#include "auc/a.h"', "includes itself"),
    # A floor that includes upwards, through each of the steps.
    plant("hsm/base/a.h", '#include "hsm/secret.h"', "may not include hsm/secret.h"),
    plant("hss/identity.h", '#include "hss/cx/messages.h"', "may not include hss/cx/messages.h"),
    plant("hss/cx/messages.h", '#include "hss/pg/params.h"', "may not include hss/pg/params.h"),
    plant("hss/pg/link.cpp", '#include "hss/app/config.h"', "may not include hss/app/config.h"),
    plant("hss/app/server.cpp", '#include "diameter_ext/codec.h"', "may not include diameter_ext/codec.h"),
    plant("hss/app/server.cpp", '#include "hss/cli/command.h"', "may not include hss/cli/command.h"),
    Plant({"auc/a.h": '#include "auc/b.h"\n#include "auc/c.h"\n', "auc/b.h": '#include "auc/c.h"\n', "auc/c.h": "#include <vector>\n"}),
    Plant({"hss/app/server.cpp": '#include "hss/pg/cx/authentication.h"\n#include <unistd.h>\n#include <vector>\n'}),
)
