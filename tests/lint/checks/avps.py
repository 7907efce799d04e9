# SPDX-License-Identifier: Apache-2.0
"""Counts the places where an AVP's number stands: one in the product, and it agrees with the judges of the tests."""

import re

from tree import Finding, blank_comments, line_of
from . import Plant

WHAT = "an AVP's code and vendor stand in one table of the product, as the tests' own dictionaries have them"

TABLES = ("diameter_ext/dictionary/avps.cpp", "diameter_ext/dictionary/avps.h", "diameter_ext/dictionary/tables.cpp")
JUDGES = re.compile(r"tests/(?:peer|interop)/[^/]+\.dia")
PRODUCT = re.compile(r"(?:hsm|auc|hss|diameter_ext)/")
VENDORS = {"v3gpp": 10415, "etsi": 13019, "base": 0, "ietf": 0, "0": 0}
ROW = re.compile(r'^[ \t]*\{(\d+), (\w+), "([A-Za-z0-9-]+)", Type::(\w+), (true|false)', re.MULTILINE)

# How another place might say it again. A number below 400 may be a command or a length: there the name or the vendor has to tell.
NAMED = re.compile(r"\b(\w+)\s*=\s*(\d+)\s*[,;}]")
CONSTANT = re.compile(r"\bconstexpr\s+std::uint32_t\s+\w+\s*=\s*(\d{3,4})\s*;")
LISTED = re.compile(r"\{\s*(\d+)\s*,\s*(?:v3gpp|etsi|base|vendor_\w+|10415|13019)\b")
COMPARED = re.compile(r"\b(?:avp_)?code\s*[!=]=\s*(\d+)\b")
AT_FAULT = re.compile(r"\bOutcome::\w+\s*,\s*\w+\s*,\s*\d+\s*,\s*(\d+)\b")
VENDOR = re.compile(r"\b(10415|13019)\b")
VENDOR_PLACES = {"hss/outcome.h": "10415"}  # results have a vendor, too

# Places that are known and being mended; one that is not needed any more is told. Empty is what is wanted.
ALLOWED = ()

# Types of the judges' language, and of the table; the base protocol's derived types have the form of octets.
TYPES = {"OctetString": "octets", "UTF8String": "octets", "DiameterURI": "octets", "DiameterIdentity": "octets", "Time": "octets",
         "Address": "octets", "IPFilterRule": "octets", "Unsigned32": "u32", "Unsigned64": "u64", "Integer32": "i32",
         "Enumerated": "i32", "Grouped": "grouped"}
FREEDIAMETERS = "tests/peer/base.dia"  # the base protocol: what no table of ours needs, freeDiameter's dictionary has
NOT_OURS = {"OC-Feature-Vector"}  # stands in a group that nobody opens here
# What the judges know already and the product does not yet; one that is not needed any more is told.
COMING = ()


def table_of(tree):
    """Path of the table, and {name: (code, vendor, type, M bit, line)}."""
    for path in TABLES:
        if path in tree.paths:
            text = tree.text(path)
            rows = [(m.group(3), (int(m.group(1)), VENDORS.get(m.group(2), -1), m.group(4), m.group(5) == "true", line_of(text, m.start())))
                    for m in ROW.finditer(text)]
            if rows:
                return path, rows
    return "", []


def table_findings(path, rows):
    names, codes = set(), set()
    for name, (code, vendor, _, _, line) in rows:
        if vendor < 0:
            yield Finding(path, line, f"{name} has a vendor that tests/lint/checks/avps.py does not know")
        if name in names or (code, vendor) in codes:
            yield Finding(path, line, f"{name} ({vendor}/{code}) stands here a second time")
        names.add(name)
        codes.add((code, vendor))


def again(text, rows):
    """(match, what) of each place in the text that seems to state a row again."""
    codes = {row[0] for _, row in rows}
    snake = {name.lower().replace("-", "_"): row[0] for name, row in rows}
    for match in NAMED.finditer(text):
        if snake.get(match.group(1)) == int(match.group(2)):
            yield match, f"states the code of {match.group(1)}"
    for pattern in (CONSTANT, LISTED, COMPARED, AT_FAULT):
        for match in pattern.finditer(text):
            code = int(match.group(1))
            if code in codes and (pattern is not CONSTANT or code >= 400):
                yield match, f"states the code {code} of an AVP"


def product_findings(tree, table, rows):
    for path in tree.cpp:
        if not PRODUCT.match(path):
            continue
        text = blank_comments(tree.text(path))
        found = []
        if path != table:
            found += again(text, rows)
            found += [(m, f"states the vendor {m.group()}") for m in VENDOR.finditer(text) if VENDOR_PLACES.get(path) != m.group()]
        elif table.endswith("tables.cpp"):
            continue  # rules by number, until the grammar has names
        lines = {}
        for match, what in found:
            lines.setdefault(line_of(text, match.start()), what)
        if path in ALLOWED:
            if not lines:
                yield Finding(path, 1, "states no AVP any more: take it out of ALLOWED in tests/lint/checks/avps.py", True)
            continue
        for line, what in lines.items():
            yield Finding(path, line, f"{what}, which {table} has: use its name")


def judge_rows(text):
    """(name, code, vendor, type, M bit, line) of each row of @avp_types. M is None where the judges take either."""
    free = {name for names in re.findall(r"^;; M either way: (.*)$", text, re.MULTILINE) for name in names.split()}
    text = re.sub(r";;.*", lambda match: " " * len(match.group()), text)
    vendor = int((re.search(r"^@vendor\s+(\d+)", text, re.MULTILINE) or [0, 0])[1])
    others = {name: int(match.group(1)) for match in re.finditer(r"^@avp_vendor_id\s+(\d+)\s+([^@]+?)(?=^@|\n\n)", text, re.MULTILINE)
              for name in match.group(2).split()}
    section = re.search(r"^@avp_types\s*$(.*?)(?=^@|\Z)", text, re.MULTILINE | re.DOTALL)
    if not section:
        return
    for match in re.finditer(r"^\s+([\w-]+)\s+(\d+)\s+(\w+)\s+([MVP-]+)\s*$", section.group(1), re.MULTILINE):
        name, code, kind, flags = match.groups()
        yield (name, int(code), others.get(name, vendor) if "V" in flags else 0, kind, None if name in free else "M" in flags,
               line_of(text, section.start(1) + match.start(1)))


def judge_findings(tree, table, rows):
    ours = dict(rows)
    for path in filter(JUDGES.fullmatch, tree.paths):
        for name, code, vendor, kind, mandatory, line in judge_rows(tree.text(path)):
            if name not in ours:
                if path != FREEDIAMETERS and name not in NOT_OURS and name not in COMING:
                    yield Finding(path, line, f"{name} is not in {table}")
                continue
            if name in COMING:
                yield Finding(path, line, f"{name} has come: take it out of COMING in tests/lint/checks/avps.py", True)
            if ours[name][:2] != (code, vendor):
                yield Finding(path, line, f"{name} is {vendor}/{code}, but {ours[name][1]}/{ours[name][0]} in {table}")
            if TYPES.get(kind) != ours[name][2]:
                yield Finding(path, line, f"{name} is {kind}, but {ours[name][2]} in {table}")
            if mandatory not in (None, ours[name][3]):
                yield Finding(path, line, f"M is {'set' if mandatory else 'clear'} in {name}, but not in {table}")


def findings(tree):
    table, rows = table_of(tree)
    if not table:
        return
    yield from table_findings(table, rows)
    yield from product_findings(tree, table, rows)
    yield from judge_findings(tree, table, rows)


TABLE = ('// Planted.\nconstexpr std::uint32_t v3gpp = 10415;\n    {1, base, "User-Name", Type::octets, true},\n'
         '    {601, v3gpp, "Public-Identity", Type::octets, true},\n    {612, v3gpp, "SIP-Auth-Data-Item", Type::grouped, true},\n%s')
JUDGE = "@vendor 10415 TGPP\n@avp_types\n  User-Name 1 UTF8String M\n%s\n@grouped\n"


def stated(line, says, path="diameter_ext/cx/codec.cpp"):
    return Plant({TABLES[0]: TABLE % "", path: f"// Planted.\n{line}\n"}, path, 2, says)


def judged(line, says):
    return Plant({TABLES[0]: TABLE % "", "tests/peer/cx.dia": JUDGE % line}, "tests/peer/cx.dia", 4, says)


PLANTS = (
    stated("inline constexpr std::uint32_t public_identity = 601;", "the code of public_identity"),
    stated("constexpr std::uint32_t whom = 601;", "the code 601"),
    stated("enum class Avp { user_name = 1, };", "the code of user_name"),
    stated("    {601, v3gpp, Presence::required, 1},", "the code 601"),
    stated("    {1, base, 255, any_number, false, hss::is_plain_text},", "the code 1 of"),
    stated("if (header.avp_code == 601) {", "the code 601"),
    stated("    {Outcome::too_many_identities, 0, 5009, 601, \"x\"},", "the code 601", "hss/outcome.h"),
    stated("vendor.vendor_id = 10415;", "the vendor 10415"),
    stated("constexpr std::uint32_t vendor_etsi = 13019;", "the vendor 13019", "hss/outcome.h"),
    Plant({TABLES[0]: TABLE % '    {601, v3gpp, "Identity", Type::octets, true},\n'}, TABLES[0], 6, "a second time"),
    Plant({TABLES[0]: TABLE % '    {602, v3gpp, "Public-Identity", Type::octets, true},\n'}, TABLES[0], 6, "a second time"),
    Plant({TABLES[0]: TABLE % '    {602, nobody, "Server-Name", Type::octets, true},\n'}, TABLES[0], 6, "does not know"),
    judged("  Server-Name 602 UTF8String MV", "is not in"),
    judged("  Public-Identity 600 UTF8String MV", "10415/600, but 10415/601"),
    judged("  Public-Identity 601 UTF8String M", "0/601, but 10415/601"),
    judged("  SIP-Auth-Data-Item 612 OctetString MV", "is OctetString, but grouped"),
    judged("  SIP-Auth-Data-Item 612 Grouped V", "M is clear in SIP-Auth-Data-Item"),
    Plant({TABLES[0]: TABLE % "", "tests/peer/cx.dia": JUDGE % "  Public-Identity 601 UTF8String MV",
           "diameter_ext/cx/a.cpp": "// 601 of 10415\nauto x = avp(\"Public-Identity\");\nconstexpr std::size_t most = 612;\n"
                                    "static constexpr std::uint32_t code = 303;\nif (result.code == 5003) {}\n"}),
)
# The two plants at hss/outcome.h must not be swallowed by what is allowed there today.
PLANTS = tuple(plant for plant in PLANTS if plant.path not in ALLOWED)
