# SPDX-License-Identifier: Apache-2.0
"""S-CSCF restoration information as plain values that compare (TS 23.380 4, TS 29.229 6.3.46-6.3.52, 6.3.66)."""

from dataclasses import dataclass, fields

from .diameter import grouped

# Attribute -> AVP, in the order of the grammar
_DIALOG = {"call_id": "Call-ID-SIP-Header", "sender": "From-SIP-Header", "receiver": "To-SIP-Header",
           "record_route": "Record-Route", "contact": "Contact"}
_CONTACT = {"path": "Path", "contact": "Contact", "cseq": "Initial-CSeq-Sequence-Number", "call_id": "Call-ID-SIP-Header"}
_DIALOGS = {"subscription": "Subscription-Info", "p_cscf_subscription": "P-CSCF-Subscription-Info"}


def _pairs(value, names):
    return [(name, getattr(value, attribute)) for attribute, name in names.items() if getattr(value, attribute) is not None]


def _read(group, names):
    return {attribute: group.value(name) for attribute, name in names.items()}


@dataclass(frozen=True)
class Dialog:
    """That of the UE's subscription to its registration state; the P-CSCF's own has no Record-Route."""

    call_id: bytes
    sender: bytes
    receiver: bytes
    record_route: bytes | None
    contact: bytes

    def avps(self):
        return _pairs(self, _DIALOG)

    @classmethod
    def parse(cls, one):
        return cls(**_read(grouped(one), _DIALOG))


@dataclass(frozen=True)
class Contact:
    path: bytes
    contact: bytes
    cseq: int | None = None
    call_id: bytes | None = None
    subscription: Dialog | None = None
    p_cscf_subscription: Dialog | None = None

    def avps(self):
        dialogs = [(name, dialog.avps()) for name, dialog in _pairs(self, _DIALOGS)]
        return [*_pairs(self, _CONTACT), *dialogs]

    @classmethod
    def parse(cls, one):
        inside = grouped(one)
        found = {attribute: inside.find(name) for attribute, name in _DIALOGS.items()}
        return cls(**_read(inside, _CONTACT),
                   **{attribute: dialog and Dialog.parse(dialog) for attribute, dialog in found.items()})


@dataclass(frozen=True)
class Restoration:
    impi: str
    contacts: tuple
    time_out: int | None = None  # seconds since 1900
    scheme: str | None = None

    def avps(self):
        return [("User-Name", self.impi), *(("Restoration-Info", one.avps()) for one in self.contacts),
                *[pair for pair in (("Registration-Time-Out", self.time_out), ("SIP-Authentication-Scheme", self.scheme))
                  if pair[1] is not None]]

    @classmethod
    def parse(cls, one):
        inside = grouped(one)
        return cls(inside.value("User-Name"), tuple(map(Contact.parse, inside.findall("Restoration-Info"))),
                   inside.value("Registration-Time-Out"), inside.value("SIP-Authentication-Scheme"))


def contact(label, **more):
    """A contact that is told from others by its label."""
    return Contact(f"<sip:pcscf.{label}.example.net;lr>".encode(), f"<sip:{label}@192.0.2.1:5060>".encode(), **more)


def dialog(label, record_route=True):
    addresses = {one.name: f'"{label}" <sip:{label}-{one.name}@example.net>'.encode() for one in fields(Dialog)}
    route = f"<sip:{label}.route.example.net;lr>".encode() if record_route else None
    return Dialog(**{**addresses, "call_id": f"{label}@192.0.2.1".encode(), "record_route": route})
