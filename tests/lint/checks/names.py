# SPDX-License-Identifier: Apache-2.0
"""Keeps the tree free of one machine's paths, hosts and people, and of references that a reader cannot follow."""

import re

from tree import Finding, line_of
from . import Plant

WHAT = "no private paths, no hosts, no addresses of people, no numbers of tickets"

# Folders at the top of somebody's machine, not of every Debian; a path that begins with a variable or a dot is not one.
PRIVATE_PATH = re.compile(r"(?<![\w.$})/>*~@-])/(work|home|root|Users|mnt|media|data|workspace|builds)/[\w.-]+")
URL = re.compile(r"\bhttps?://([A-Za-z0-9.-]+)")
HOSTS = re.compile(r"(.*\.)?(example(\.(org|com|net))?|test|invalid|localhost|3gpp\.org|3gppnetwork\.org|apache\.org|"
                   r"rfc-editor\.org|debian\.org|freediameter\.net|127\.0\.0\.1)")
PERSON = re.compile(r"\b[\w.+-]+@([\w-]+\.)*(com|org|net|io|dev|de|eu)\b")
PERSON_ALLOWED = re.compile(r"@([\w-]+\.)*(example\.(com|org|net)|3gppnetwork\.org)$")
TICKET = re.compile(r"\b(issue|ticket|bug)s? #?\d+\b|(?<![&\w])#\d{1,4}\b(?!;)", re.IGNORECASE)
TEXTS = (".h", ".cpp", ".py", ".sh", ".sql", ".md", ".txt", ".toml", ".conf", ".csv", ".cmake", ".json", ".patch")


def faults(text):
    for match in PRIVATE_PATH.finditer(text):
        yield match, f"{match.group()} is a path of one machine"
    for match in URL.finditer(text):
        if not HOSTS.fullmatch(match.group(1)):
            yield match, f"the host {match.group(1)} is not one that a reader needs"
    for match in PERSON.finditer(text):
        if not PERSON_ALLOWED.search(match.group()):
            yield match, f"{match.group()} is somebody's address"
    for match in TICKET.finditer(text):
        yield match, f"{match.group()} cannot be followed by a reader: say what it is about"


def findings(tree):
    scripts = tree.scripts["bash"] + tree.scripts["python3"]
    for path in sorted(set(tree.having(*TEXTS) + scripts) - {"LICENSE"}):
        text = tree.text(path)
        for match, message in faults(text):
            line = text.split("\n")[line_of(text, match.start()) - 1]
            is_of_others = path.endswith(".patch") and line.startswith((" ", "-"))  # what a patch finds, not what it brings
            if "lint: name" not in line and not is_of_others:
                yield Finding(path, line_of(text, match.start()), message)


PLANTS = (
    Plant({"docs/a.md": "see\n/home/somebody/quintet\n"}, "docs/a.md", 2, "path of one machine"),  # lint: name planted
    Plant({"deploy/a.sh": "x=/root/secret\n"}, "deploy/a.sh", 1, "path of one machine"),  # lint: name planted
    Plant({"deploy/a.sh": "u=http://mirror.somewhere.lan/debian\n"}, "deploy/a.sh", 1, "host"),  # lint: name planted
    Plant({"hss/a.cpp": "// ask jo@company.com\n"}, "hss/a.cpp", 1, "somebody's address"),  # lint: name planted
    Plant({"hss/a.cpp": "// fixes issue 12\n"}, "hss/a.cpp", 1, "cannot be followed"),  # lint: name planted
    Plant({"hss/a.cpp": "// fixes #12\n"}, "hss/a.cpp", 1, "cannot be followed"),  # lint: name planted
    Plant({"deploy/a.patch": "+/* see #12 */\n"}, "deploy/a.patch", 1, "cannot be followed"),  # lint: name planted
    Plant({"deploy/a.patch": " /* see #12 */\n-/* ask jo@company.com */\n"}),  # lint: name planted
    Plant({"hss/a.cpp": "// $HOME/x ./home/x sip:a@example.org http://www.3gpp.org/ #include\n"}),
)
