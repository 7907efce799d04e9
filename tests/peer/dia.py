# SPDX-License-Identifier: Apache-2.0
"""Reads a dictionary in the language of erlang-diameter (diameter_dict(4)), the part of it that our files use."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_SECTION = re.compile(r"^@(\w+)(.*)$", re.MULTILINE)
_DEFINITION = re.compile(r"(\S+)\s*::=\s*<\s*(Diameter|AVP)\s+Header\s*:([^>]*)>")
_RULE = re.compile(r"(?:(\d*)\s*\*\s*(\d*)\s*)?([<{\[])\s*(\S+?)\s*[>}\]]")
# Of whom a sender may set the M flag or not; erlang-diameter takes either in any case, so its language has no word for it.
_EITHER = re.compile(r"^;;\s*M either way:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class AvpType:
    code: int
    vendor: int
    name: str
    type: str
    mandatory: str  # what a sender does with the M flag: "M" sets it, "-" does not, "?" either


@dataclass(frozen=True)
class Rule:
    """How often an AVP stands in a message or group; `most` None: any number."""

    name: str
    least: int
    most: int | None
    is_fixed: bool  # at its place


@dataclass(frozen=True)
class Grammar:
    """A message, or a grouped AVP (then `code` and `vendor` are the AVP's and `is_request` says nothing)."""

    name: str
    code: int
    vendor: int
    is_request: bool
    rules: tuple[Rule, ...]


@dataclass
class Dictionary:
    """One file: an application, or what others inherit."""

    id: int | None = None
    name: str = ""
    vendor: int = 0
    inherits: list[str] = field(default_factory=list)
    avps: dict[str, AvpType] = field(default_factory=dict)
    messages: dict[str, Grammar] = field(default_factory=dict)
    groups: dict[str, Grammar] = field(default_factory=dict)
    values: dict[str, dict[str, int]] = field(default_factory=dict)  # AVP -> symbol -> number


def _rule(least, most, bracket, name, has_star):
    required = 1 if bracket in "<{" else 0
    least = int(least) if least else (0 if has_star and bracket == "[" else required)
    return Rule(name, least, (int(most) if most else None) if has_star else 1, bracket == "<")


def _rules(text):
    found = [(match, "*" in text[match.start():match.start(3)]) for match in _RULE.finditer(text)]
    if rest := _RULE.sub("", text).strip():
        raise ValueError(f"no grammar rule: {rest.split(maxsplit=3)[:3]}")
    return tuple(_rule(*match.groups(), has_star) for match, has_star in found)


def _grammars(text):
    """Definitions, each up to the next one."""
    starts = list(_DEFINITION.finditer(text))
    for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)]):
        name, kind, header = start.groups()
        words = header.replace(",", " ").split()
        vendor = int(words[1]) if kind == "AVP" and len(words) > 1 else 0
        yield Grammar(name, int(words[0]), vendor, "REQ" in words, _rules(text[start.end():end]))


def _avp(line, vendors, vendor, either):
    name, code, kind, flags = line.split()
    mandatory = "?" if name in either else "M" if "M" in flags else "-"
    return AvpType(int(code), vendors.get(name, vendor) if "V" in flags else 0, name, kind, mandatory)


def _lines(body):
    return [line for line in body.splitlines() if line.strip()]


def parse(text):
    """The text of a .dia file as a Dictionary; ValueError where it is none."""
    either = {name for line in _EITHER.findall(text) for name in line.split()}
    text = re.sub(r";.*", "", text)
    starts = list(_SECTION.finditer(text))
    sections = [(start[1], start[2].split(), text[start.end():end])
                for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)])]
    out, vendors = Dictionary(), {}
    for section, words, body in sections:
        if section == "id":
            out.id = int(words[0])
        elif section == "name":
            out.name = words[0]
        elif section == "vendor":
            out.vendor = int(words[0])
        elif section == "inherits":
            out.inherits.append(words[0])
        elif section == "avp_vendor_id":
            vendors |= {name: int(words[0]) for name in [*words[1:], *body.split()]}
        elif section == "messages":
            out.messages |= {one.name: one for one in _grammars(body)}
        elif section == "grouped":
            out.groups |= {one.name: one for one in _grammars(body)}
        elif section in ("enum", "define"):
            out.values[words[0]] = {name: int(number) for name, number in map(str.split, _lines(body))}
        elif section not in ("avp_types", "prefix"):
            raise ValueError(f"section @{section} is not read here")
    for _, _, body in (one for one in sections if one[0] == "avp_types"):
        out.avps |= {one.name: one for one in (_avp(line, vendors, out.vendor, either) for line in _lines(body))}
    return out


def read(file):
    return parse(Path(file).read_text(encoding="utf-8"))
