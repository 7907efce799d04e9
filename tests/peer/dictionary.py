# SPDX-License-Identifier: Apache-2.0
"""What the test peer knows: every dictionary beside this file, one an application; names of AVPs are common to all."""

from pathlib import Path

from . import dia
from .dia import AvpType

TGPP = 10415
ETSI = 13019
CX, ZH = 16777216, 16777221


def _merged(kind):
    """The definitions of all files by name; two of the same name must agree."""
    out = {}
    for one in APPLICATIONS.values():
        for name, definition in getattr(one, kind).items():
            if out.setdefault(name, definition) != definition:
                raise ValueError(f"{name} of {one.name}.dia is {definition}, elsewhere it is {out[name]}")
    return out


# By application id; 0 is the base protocol.
APPLICATIONS = {one.id: one for one in map(dia.read, sorted(Path(__file__).parent.glob("*.dia")))}

BY_NAME: dict[str, AvpType] = _merged("avps")
BY_CODE = {(avp.vendor, avp.code): avp for avp in BY_NAME.values()}
AVPS = list(BY_NAME.values())
GROUPS = _merged("groups")
VALUES = _merged("values")

# A code means another command in another application, so a grammar is found by (application, code, is it a request).
GRAMMARS = {(number, one.code, one.is_request): one for number, application in APPLICATIONS.items()
            for one in application.messages.values()}

# Values that a person reading a trace or a test log must not be shown by default.
SECRET = {"Confidentiality-Key", "Integrity-Key", "Digest-HA1", "Alternate-Digest-HA1"}


def command_name(application, code, is_request):
    known = GRAMMARS.get((application, code, is_request))
    return known.name if known else f"{'request' if is_request else 'answer'} {code} of application {application}"
