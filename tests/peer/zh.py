# SPDX-License-Identifier: Apache-2.0
"""Zh requests as a BSF sends them, and the Multimedia-Auth-Answer as plain values (TS 29.109 4.2)."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from . import cx
from .auth_items import AKA_V1, item_problems, parse_item
from .diameter import Group, Message, new_session_id
from .dictionary import TGPP, ZH

MAR = 303
APPLICATION = ("Vendor-Specific-Application-Id", [("Vendor-Id", TGPP), ("Auth-Application-Id", ZH)])
NAME_SPACE = "guss-schema-of-3gpp-gaa"


def request(avps, sender=cx.Sender(), **fields):
    """A request of Zh: the part that all have, then `avps`. `fields` go to the message header."""
    destination = [("Destination-Realm", sender.destination_realm)]
    if sender.destination_host is not None:
        destination.append(("Destination-Host", sender.destination_host))
    return Message.request(MAR, [
        ("Session-Id", new_session_id(sender.host)), APPLICATION, ("Auth-Session-State", cx.NO_STATE_MAINTAINED),
        ("Origin-Host", sender.host), ("Origin-Realm", sender.realm), *destination, *avps],
        **{"application": ZH, **fields})


def mar(impi=None, impu=None, scheme=AKA_V1, rand=None, auts=None, authorization=None, guss_timestamp=None,
        sender=cx.Sender(), **fields):
    """Without a scheme there is no SIP-Auth-Data-Item. `guss_timestamp` in seconds since 1900."""
    item = None if scheme is None else cx.auth_item(scheme, rand, auts, authorization)
    given = (("User-Name", impi), ("Public-Identity", impu), ("SIP-Auth-Data-Item", item), ("GUSS-Timestamp", guss_timestamp))
    return request([(name, value) for name, value in given if value is not None], sender, **fields)


@dataclass
class Maa(cx.Answer):
    items: list = field(default_factory=list)
    guss: bytes | None = None
    guss_timestamp: int | None = None  # seconds since 1900

    @property
    def vector(self):
        return self.items[0]


def parse_maa(answer):
    return Maa(**cx.common(answer), items=[parse_item(one) for one in answer.findall("SIP-Auth-Data-Item")],
               guss=answer.value("GBA-UserSecSettings"), guss_timestamp=answer.value("GUSS-Timestamp"))


def maa_problems(request_sent, maa):
    """What TS 29.109 4.2 wants of a successful answer and `maa` does not keep."""
    for name, got in (("User-Name", maa.user_name), ("Public-Identity", maa.public_identity)):
        if got != request_sent.value(name):
            yield f"{name} is {got}, not that of the request"
    if maa.message.value("Auth-Session-State") != cx.NO_STATE_MAINTAINED:
        yield "Auth-Session-State is not NO_STATE_MAINTAINED"
    application = maa.message.value("Vendor-Specific-Application-Id", [])
    if {(one.name, one.value) for one in application} != set(APPLICATION[1]):
        yield "Vendor-Specific-Application-Id is not that of Zh"
    if (maa.guss is None) != (maa.guss_timestamp is None):
        yield "GBA-UserSecSettings and GUSS-Timestamp come together or not at all"
    if len(maa.items) != 1:
        yield f"{len(maa.items)} vectors instead of one"
    item = request_sent.find("SIP-Auth-Data-Item")
    scheme = AKA_V1 if item is None else Group(item.value).value("SIP-Authentication-Scheme", AKA_V1)
    for one in maa.items:
        yield from item_problems(one, scheme)


# GBA-UserSecSettings

@dataclass(frozen=True)
class Uss:
    gsid: int
    type: int
    uids: tuple
    flags: tuple = ()
    naf_group: str | None = None


@dataclass(frozen=True)
class Guss:
    impi: str
    uicc_type: str | None = None
    lifetime: int | None = None
    settings: tuple = ()

    @classmethod
    def parse(cls, document, name_space=NAME_SPACE):
        """From the octets of the AVP; what is not in that name space is not found."""
        root = ElementTree.fromstring(document)
        inside = f"{{{name_space}}}" if name_space else ""
        if root.tag != inside + "guss":
            raise ValueError(f"the root is {root.tag}")
        lifetime = root.findtext(f"{inside}bsfInfo/{inside}lifeTime")
        return cls(root.attrib["id"], root.findtext(f"{inside}bsfInfo/{inside}uiccType"), lifetime and int(lifetime),
                   tuple(_uss(one, inside) for one in root.iterfind(f"{inside}ussList/{inside}uss")))


def _uss(element, inside):
    def texts(path):
        return tuple(one.text for one in element.iterfind("/".join(inside + step for step in path)))
    return Uss(int(element.attrib["id"]), int(element.attrib["type"]), texts(("uids", "uid")),
               tuple(map(int, texts(("flags", "flag")))), element.attrib.get("nafGroup"))
