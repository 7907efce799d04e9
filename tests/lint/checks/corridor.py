# SPDX-License-Identifier: Apache-2.0
"""Keeps what all interfaces share (the corridor) from naming one of them (a wing)."""

import re

from tree import Finding, line_of
from . import Plant

WHAT = "what all interfaces share includes no header of one of them, and no interface one of another"

FLOORS = r"(?:hss/pg|hss/app|hss|diameter_ext)"
INTERFACES = ("cx", "zh", "sh", "s6a", "swx", "dx")
# Subscriptions as TS 29.228 Annex E writes them are a matter of two interfaces.
SHARED = {"user_data": ("cx", "sh")}
WING = re.compile(rf"{FLOORS}/({'|'.join((*INTERFACES, *SHARED))})/")
# Those that wire: the table of applications and the server. The tool is no part of the server.
WIRING = re.compile(r"diameter_ext/applications\.(h|cpp)|hss/app/server\.(h|cpp)|hss/cli/.+")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)

# Breaches that are known and being mended; a row that is not needed any more is told. Empty is what is wanted.
ALLOWED = ()


def wing_of(path):
    match = WING.match(path)
    return match.group(1) if match else ""


def fault(path, name):
    """Why that header may not stand in that file, or nothing."""
    ours, theirs = wing_of(path), wing_of(name)
    if not theirs or ours == theirs:
        return ""
    if not ours:
        return f"belongs to all interfaces and may not include {name}, which is {theirs}'s"
    if ours in SHARED.get(theirs, ()):
        return ""
    return f"is {ours}'s and may not include {name}, which is {theirs}'s: what both need belongs to all"


def includes(tree):
    """(path, line, header) of each include of ours that is looked at."""
    for path in tree.cpp:
        if re.match(rf"{FLOORS}/", path) and not WIRING.fullmatch(path):
            text = tree.text(path)
            for match in INCLUDE.finditer(text):
                yield path, line_of(text, match.start()), match.group(1)


def findings(tree):
    used = set()
    for path, line, name in includes(tree):
        problem = fault(path, name)
        if problem and (path, name) in ALLOWED:
            used.add((path, name))
        elif problem:
            yield Finding(path, line, problem)
    for row in ALLOWED:
        if row not in used and row[0] in tree.paths:
            yield Finding(row[0], 1, f"no longer includes {row[1]}: take the row out of tests/lint/checks/corridor.py", True)


def plant(path, header, says):
    return Plant({path: f'// Planted.\n#include "{header}"\n'}, path, 2, says)


PLANTS = (
    plant("hss/issue.cpp", "hss/cx/messages.h", "which is cx's"),
    plant("hss/issue.cpp", "hss/user_data/profile.h", "which is user_data's"),
    plant("hss/app/lane/worker.h", "hss/zh/messages.h", "which is zh's"),
    plant("hss/app/config_keys.cpp", "hss/app/cx/service.h", "belongs to all interfaces"),
    plant("hss/pg/transaction.cpp", "hss/pg/cx/lookup.h", "belongs to all interfaces"),
    plant("diameter_ext/dispatch.cpp", "diameter_ext/zh/multimedia_auth_codec.h", "belongs to all interfaces"),
    plant("hss/zh/multimedia_auth.cpp", "hss/cx/messages.h", "what both need belongs to all"),
    plant("hss/zh/multimedia_auth.cpp", "hss/user_data/profile.h", "is zh's"),
    plant("hss/user_data/user_data.cpp", "hss/cx/messages.h", "is user_data's"),
    Plant({"diameter_ext/applications.cpp": '#include "diameter_ext/cx/application.h"\n#include "diameter_ext/zh/application.h"\n',
           "hss/app/server.cpp": '#include "hss/app/cx/service.h"\n',
           "hss/cli/av_command.cpp": '#include "hss/cx/authentication_store.h"\n',
           "hss/cx/server_assignment/answer.cpp": '#include "hss/user_data/user_data.h"\n#include "hss/cx/messages.h"\n',
           "hss/pg/cx/lookup.cpp": '#include "hss/cx/lookup_store.h"\n#include "hss/pg/transaction.h"\n'}),
)
