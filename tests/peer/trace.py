# SPDX-License-Identifier: Apache-2.0
"""Print a Diameter message so that a person can read it, keys masked unless asked for."""

import re
from xml.etree import ElementTree

from .diameter import ERROR, PROXIABLE, REQUEST, RETRANSMITTED, DecodeError
from .dictionary import SECRET, VALUES

_FLAGS = {REQUEST: "R", PROXIABLE: "P", ERROR: "E", RETRANSMITTED: "T"}
_PREFIX = re.compile("^DIAMETER_(ERROR_)?")
_NAMES = {avp: {number: _PREFIX.sub("", symbol) for symbol, number in symbols.items()} for avp, symbols in VALUES.items()}


def masked(octets):
    return f"{octets[:2].hex()}... ({len(octets)} octets, masked)"


def _document(data, indent):
    """XML as a person writes it, below the name of its AVP; None when it is none."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return None
    ElementTree.indent(root)
    return "".join(f"\n{indent}    {line}" for line in ElementTree.tostring(root, encoding="unicode").splitlines())


def _octets(data):
    if data and all(32 <= octet < 127 for octet in data):
        return data.decode()
    return data.hex()


def _split(name, data, is_request):
    """The concatenated values of the authentication AVPs, named (TS 29.229 6.3.10 and 6.3.11)."""
    if name == "SIP-Authenticate" and len(data) == 32:
        return f"RAND {data[:16].hex()}  AUTN {data[16:].hex()}"
    if name == "SIP-Authorization" and is_request and len(data) == 30:
        return f"RAND {data[:16].hex()}  AUTS {data[16:].hex()}"
    return _octets(data) if name != "SIP-Authorization" else data.hex()


def _text(one, is_request, show_secrets):
    is_secret = one.name in SECRET or (one.name == "SIP-Authorization" and not is_request)
    if is_secret and not show_secrets:
        return masked(one.data)
    try:
        value = one.value
    except DecodeError as error:
        return f"{one.data.hex()}  <- {error}"
    if isinstance(value, bytes):
        return _split(one.name, value, is_request)
    name = _NAMES.get(one.name, {}).get(value)
    return f"{value} {name}" if name else str(value)


def _lines(avps, is_request, show_secrets, depth):
    for one in avps:
        indent = "  " * depth
        if one.type and one.type.type == "Grouped":
            try:
                inside = one.value
            except DecodeError as error:
                yield f"{indent}{one.name}: {one.data.hex()}  <- {error}"
                continue
            yield f"{indent}{one.name}"
            yield from _lines(inside, is_request, show_secrets, depth + 1)
        else:
            document = _document(one.data, indent) if one.name == "User-Data" else None
            yield f"{indent}{one.name}: {document or _text(one, is_request, show_secrets)}"


def describe(message, show_secrets=False):
    flags = "".join(letter for bit, letter in _FLAGS.items() if message.flags & bit) or "-"
    head = (f"{message.name} ({message.command})  application {message.application}  flags {flags}  "
            f"hop-by-hop {message.hop_by_hop:08x}  end-to-end {message.end_to_end:08x}")
    return "\n".join([head, *_lines(message.avps, message.is_request, show_secrets, 1)])
