# SPDX-License-Identifier: Apache-2.0
"""Cx requests as an I-CSCF or S-CSCF sends them, and the Multimedia-Auth-Answer as plain values (TS 29.229 6.1)."""

from dataclasses import dataclass, field

from .auth_items import AKA_V1, item_problems, list_problems, parse_item
from .checks import result_of
from .connection import CX_APPLICATION
from .diameter import (MANDATORY, RETRANSMITTED, VENDOR, DecodeError, Group, Message, avp, damaged_avp, decode_avps,
                       new_session_id)
from .dictionary import TGPP

UAR, SAR, LIR, MAR, RTR, PPR = range(300, 306)
NO_STATE_MAINTAINED = 1
SIFC, ALIAS_IND, IMS_RESTORATION, P_CSCF_RESTORATION = 1, 2, 4, 8  # features of list 1 (TS 29.229 table 7.1.1)
HOME_REALM = "ims.mnc001.mcc001.3gppnetwork.org"


def default_server_name(realm):
    """SIP URI of the S-CSCF of a realm."""
    return f"sip:scscf.{realm}:6060"


DEFAULT_SERVER_NAME = default_server_name(HOME_REALM)


@dataclass(frozen=True)
class Sender:
    """Who sends a request and where it shall go; the host must be that of the connection."""

    host: str = f"scscf.{HOME_REALM}"
    realm: str = HOME_REALM
    destination_realm: str = HOME_REALM
    destination_host: str | None = None

    @classmethod
    def on(cls, connection, **fields):
        """The sender that owns a connection; the HSS is in its realm unless told otherwise."""
        given = {name: value for name, value in fields.items() if value is not None}
        realm = connection.origin_realm
        return cls(connection.origin_host, realm, **{"destination_realm": realm, **given})


def _present(*pairs):
    return [(name, value) for name, value in pairs if value is not None]


def request(command, avps, sender=Sender(), **fields):
    """A Cx request: the part that all commands share, then `avps`. `fields` go to the message header."""
    return Message.request(command, [
        ("Session-Id", new_session_id(sender.host)), CX_APPLICATION, ("Auth-Session-State", NO_STATE_MAINTAINED),
        ("Origin-Host", sender.host), ("Origin-Realm", sender.realm),
        *_present(("Destination-Host", sender.destination_host), ("Destination-Realm", sender.destination_realm)),
        *avps], **fields)


# Requests; any AVP can be changed afterwards by Message.drop, replace and add

def auth_item(scheme=AKA_V1, rand=None, auts=None, authorization=None):
    """The inside of SIP-Auth-Data-Item in a MAR: a scheme, and RAND || AUTS after a synchronisation failure."""
    if auts is not None:
        authorization = rand + auts
    return _present(("SIP-Authentication-Scheme", scheme), ("SIP-Authorization", authorization))


def mar(impi, impu, server_name=DEFAULT_SERVER_NAME, scheme=AKA_V1, items=1, rand=None, auts=None,
        sender=Sender(), **fields):
    return request(MAR, [
        ("User-Name", impi), ("Public-Identity", impu), ("SIP-Auth-Data-Item", auth_item(scheme, rand, auts)),
        ("SIP-Number-Auth-Items", items), ("Server-Name", server_name)], sender, **fields)


def supported_features(bits, required=False, number=1, vendor=TGPP):
    """One feature list (TS 29.229 7.2.1); `required` sets M: who cannot serve a feature must refuse the request."""
    inside = [("Vendor-Id", vendor), ("Feature-List-ID", number), ("Feature-List", bits)]
    return avp("Supported-Features", inside, flags=VENDOR | (MANDATORY if required else 0))


def _features(features):
    """From a bit mask, an AVP of supported_features(), or a list of such."""
    if features is None:
        return []
    many = features if isinstance(features, (list, tuple)) else [features]
    return [supported_features(one) if isinstance(one, int) else one for one in many]


def uar(impi, impu, visited_network=HOME_REALM, authorization_type=None, uar_flags=None, features=None, sender=Sender(),
        **fields):
    return request(UAR, [
        *_present(("User-Name", impi)), *_features(features),
        *_present(("Public-Identity", impu), ("Visited-Network-Identifier", visited_network),
                  ("User-Authorization-Type", authorization_type), ("UAR-Flags", uar_flags))], sender, **fields)


def sar(impi, impus, assignment_type, server_name=DEFAULT_SERVER_NAME, data_available=0, features=None, wildcard=None,
        restoration=None, multiple=None, priority=None, sar_flags=None, sender=Sender(), **fields):
    """`restoration` is a value of peer.restoration, `multiple` Multiple-Registration-Indication."""
    return request(SAR, [
        *_present(("User-Name", impi)), *_features(features), *(("Public-Identity", impu) for impu in impus),
        *_present(("Wildcarded-Public-Identity", wildcard), ("Server-Name", server_name),
                  ("Server-Assignment-Type", assignment_type), ("User-Data-Already-Available", data_available),
                  ("SCSCF-Restoration-Info", restoration and restoration.avps()),
                  ("Multiple-Registration-Indication", multiple), ("Session-Priority", priority),
                  ("SAR-Flags", sar_flags))], sender, **fields)


def lir(impu, originating=None, authorization_type=None, priority=None, features=None, sender=Sender(), **fields):
    return request(LIR, [
        *_present(("Originating-Request", originating)), *_features(features),
        *_present(("Public-Identity", impu), ("User-Authorization-Type", authorization_type),
                  ("Session-Priority", priority))], sender, **fields)


def sent_again(first):
    """The same request as after a failover: T flag, a hop-by-hop identifier of its own (RFC 6733 3, 5.5.4)."""
    again = Message.request(first.command, list(first.avps), end_to_end=first.end_to_end)
    again.flags = first.flags | RETRANSMITTED
    return again


# Answers

@dataclass
class Answer:
    """What any Cx answer says about the outcome. `experimental` is a pair (vendor, code)."""

    result_code: int | None
    experimental: tuple | None
    failed_avp: list | None
    error_message: str | None
    user_name: str | None
    public_identity: str | None
    message: Message = field(repr=False)

    @property
    def outcome(self):
        """One short name for the result, as "2001" or "10415/5001"."""
        return str(self.result_code) if self.experimental is None else "{}/{}".format(*self.experimental)

    @property
    def is_success(self):
        return self.result_code == 2001


@dataclass
class Maa(Answer):
    item_count: int | None = None  # SIP-Number-Auth-Items
    items: list = field(default_factory=list)


def failed_avps(answer):
    """The AVPs inside Failed-AVP, None without one. What is not well formed in there is kept by its header."""
    found = answer.find("Failed-AVP")
    if found is None:
        return None
    try:
        return decode_avps(found.data)
    except DecodeError:
        return [damaged_avp(found.data)]


def common(answer):
    vendor, code = result_of(answer)
    return {
        "result_code": answer.value("Result-Code"), "experimental": (vendor, code) if vendor else None,
        "failed_avp": failed_avps(answer), "error_message": answer.value("Error-Message"),
        "user_name": answer.value("User-Name"), "public_identity": answer.value("Public-Identity"),
        "message": answer}


def parse_answer(answer):
    return Answer(**common(answer))


def parse_maa(answer):
    return Maa(**common(answer), item_count=answer.value("SIP-Number-Auth-Items"),
               items=[parse_item(one) for one in answer.findall("SIP-Auth-Data-Item")])


def maa_problems(request_sent, maa):
    """What TS 29.228 6.3 wants of a successful answer and `maa` does not keep."""
    asked = {name: request_sent.value(name) for name in ("User-Name", "Public-Identity")}
    if (maa.user_name, maa.public_identity) != tuple(asked.values()):
        yield "User-Name and Public-Identity are not those of the request"
    if maa.message.value("Auth-Session-State") != NO_STATE_MAINTAINED:
        yield "Auth-Session-State is not NO_STATE_MAINTAINED"
    application = maa.message.value("Vendor-Specific-Application-Id", [])
    if {(one.name, one.value) for one in application} != set(CX_APPLICATION[1]):
        yield "Vendor-Specific-Application-Id is not that of Cx"
    scheme = Group(request_sent.value("SIP-Auth-Data-Item")).value("SIP-Authentication-Scheme")
    yield from list_problems(maa.items, request_sent.value("SIP-Number-Auth-Items"))
    if maa.item_count != len(maa.items):
        yield f"SIP-Number-Auth-Items is {maa.item_count} with {len(maa.items)} items"
    for number, item in enumerate(maa.items, 1):
        yield from (f"item {number}: {problem}" for problem in item_problems(item, scheme))
