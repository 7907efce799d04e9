# SPDX-License-Identifier: Apache-2.0
"""What the CSCFs of OpenSIPS, Oracle and Ericsson send, message by message, and whether they can use the answer with docs/peers.md.

OpenSIPS' messages are as its sources build them: order of AVPs, flags, values. Oracle's are as its guide lists their AVPs, Ericsson's as
public tests have them; what these do not tell, such as the order, is the standard's. None of the CSCFs is run here."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from peer import cx
from peer.auth_items import SipDigest
from peer.checks import result_of
from peer.connection import CX_APPLICATION
from peer.cx import HOME_REALM
from peer.diameter import Message
from peer.registration import Capabilities
from peer.results import ALREADY, FIRST, SUBSEQUENT, SUCCESS
from peer.usim import Accepted, SyncFailure
from product import Server, toml_with
from registration_rows import ALONE, A
from scheme_rows import DIGEST_USER, REALM

DIGEST_AKA = "Digest-AKAv1-MD5"
OPENSIPS, ORACLE, PLAIN = (f"{label}.{HOME_REALM}" for label in ("opensips", "oracle", "plain"))
PEERS = [
    {"peer": OPENSIPS, "server_name_first": True},
    {"peer": ORACLE, "user_authorization_type_2": "registration", "user_data_always": True},
]
_sessions = itertools.count(1)


@dataclass(frozen=True)
class Scene:
    """One subscriber, one CSCF, with the advice of docs/peers.md or without it."""

    subscribers: object
    subscriptions: object
    connection: object
    advised: bool

    @property
    def host(self):
        return self.connection.origin_host

    @property
    def sender(self):
        return cx.Sender.on(self.connection)

    def answer(self, request):
        return self.connection.request(request)


# OpenSIPS: opensips-ims-ce icscf/opensips.cfg and scscf/opensips.cfg; modules/aka_av_diameter/aka_av_diameter.c

def opensips(scene, command, session, *avps):
    """The head that all its requests have, in its order."""
    return Message.request(command, [
        ("Session-Id", session), ("Origin-Host", scene.host), ("Origin-Realm", HOME_REALM), ("Destination-Realm", HOME_REALM),
        CX_APPLICATION, ("Auth-Session-State", cx.NO_STATE_MAINTAINED), *avps])


def opensips_uar(scene, user):
    return opensips(scene, cx.UAR, f"{scene.host};1760000000.{next(_sessions):06};4711", ("User-Name", user.names["i1"]),
                    ("Public-Identity", user.names["u1"]), ("Visited-Network-Identifier", HOME_REALM))


def opensips_mar(scene, card, *more, server_name=A):
    session = f"{scene.host};1760000000;7;{next(_sessions)};5"  # seconds, process, counter, algorithm
    return opensips(scene, cx.MAR, session, ("User-Name", card.impi), ("Public-Identity", card.impu), ("Server-Name", server_name),
                    ("SIP-Number-Auth-Items", 1), ("SIP-Auth-Data-Item", [("SIP-Authentication-Scheme", DIGEST_AKA)]), *more)


def opensips_sar(scene, card):
    return opensips(scene, cx.SAR, f"{scene.host};1760000000.{next(_sessions):06};4711", ("User-Name", card.impi),
                    ("Public-Identity", card.impu), ("Server-Assignment-Type", 1), ("User-Data-Already-Available", 0),
                    ("Server-Name", f"sip:scscf.{HOME_REALM}:6060"))


NEEDED_IN_MAA = ("Vendor-Specific-Application-Id", "Auth-Session-State", "User-Name", "Public-Identity", "SIP-Number-Auth-Items",
                 "Result-Code")  # REQUIRED in example/aka_av_diameter.dictionary: an answer without one is thrown away


def vector_for_opensips(answer):
    """The only vector, if aka_av_diameter_handle_reply() takes it."""
    assert all(answer.find(name) is not None for name in NEEDED_IN_MAA), "thrown away"
    assert answer.find("Error-Message") is None, "taken for a failure"
    items = cx.parse_maa(answer).items
    assert len(items) == answer.value("SIP-Number-Auth-Items") == 1
    item = items[0]
    assert item.number is not None and item.scheme == DIGEST_AKA, "left out"
    assert None not in (item.authenticate, item.xres, item.ck, item.ik), "left out"
    return item


def icscf_finds_a_server(scene):
    """It goes to the first Server-Name at the top, and answers 503 without any."""
    user = scene.subscriptions.create(replace(ALONE, capabilities=Capabilities((1,), (), (A,))))
    answer = scene.answer(opensips_uar(scene, user))
    assert result_of(answer) == FIRST
    assert answer.value("Server-Name") == A, "503 No server available"


def a_challenge(scene):
    card = scene.subscribers.create()
    item = vector_for_opensips(scene.answer(opensips_mar(scene, card)))
    accepted = card.usim().authenticate(item.rand, item.autn)
    assert isinstance(accepted, Accepted) and accepted.res == item.xres


def a_challenge_after_auts(scene):
    """RAND || AUTS stands behind SIP-Auth-Data-Item, not in it: the array alg_arr is filled before."""
    card = scene.subscribers.create()
    usim = card.usim()
    usim.push_ahead(70000)
    first = vector_for_opensips(scene.answer(opensips_mar(scene, card)))
    refused = usim.authenticate(first.rand, first.autn)
    assert isinstance(refused, SyncFailure)
    again = opensips_mar(scene, card, ("SIP-Authorization", first.rand + refused.auts))
    second = vector_for_opensips(scene.answer(again))
    assert isinstance(usim.authenticate(second.rand, second.autn), Accepted)


def a_profile_after_the_challenge(scene):
    """Without server_uri the MAR has "sip:" and the parameter realm, and the script's SAR the port as well."""
    card = scene.subscribers.create()
    name = f"sip:scscf.{HOME_REALM}:6060" if scene.advised else f"sip:scscf.{HOME_REALM}"
    vector_for_opensips(scene.answer(opensips_mar(scene, card, server_name=name)))
    answer = scene.answer(opensips_sar(scene, card))
    assert result_of(answer) != ALREADY, "another S-CSCF"
    assert result_of(answer) == SUCCESS and card.impu.encode() in answer.value("User-Data")


# Oracle: Core Session Manager Essentials Guide S-CZ8.2.5, "UAR/UAA Transaction", "Authentication via MAR/MAA", "Server Assignment Messages"

def oracle_admits(scene):
    """Every UAR is REGISTRATION_AND_CAPABILITIES; all but 2001 and 2002 of an Experimental-Result becomes 403."""
    user = scene.subscriptions.create(ALONE)
    for _ in range(2):  # and the next REGISTER
        answer = scene.answer(cx.uar(user.names["i1"], user.names["u1"], authorization_type=2, sender=scene.sender))
        assert result_of(answer) in (FIRST, SUBSEQUENT), "403 by Oracle"


def oracle_has_a_hash(scene):
    user = scene.subscribers.create(**DIGEST_USER)
    asked = [("SIP-Item-Number", 1), ("SIP-Authentication-Scheme", "SIP_DIGEST")]
    maa = cx.parse_maa(scene.answer(cx.mar(user.impi, user.impu, sender=scene.sender).replace("SIP-Auth-Data-Item", asked)))
    assert maa.is_success
    digest = maa.items[0].digest or SipDigest(None, None, None, None)
    assert digest.realm == REALM and digest.qop and digest.ha1


def oracle_has_a_profile(scene):
    """Says that it has the User-Data already, whether it has or not: also after a restart, when it has lost them."""
    card = scene.subscribers.create()
    for _ in range(2):
        answer = scene.answer(cx.sar(card.impi, [card.impu], 1, data_available=1, sender=scene.sender))
        assert result_of(answer) == SUCCESS
        assert answer.value("User-Data") is not None, "no profile"


# Ericsson, by public tests of its Cx

def ericsson_admits(scene):
    user = scene.subscriptions.create(ALONE)
    request = cx.uar(user.names["i1"], user.names["u1"], authorization_type=0, sender=scene.sender)
    answer = scene.answer(request.add(("Access-Network-Information", b"3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101")))
    assert result_of(answer) == FIRST


def ericsson_serves_the_unregistered(scene):
    """SAR-Flags bit 0 wants P-CSCF restoration, of a feature that it has not offered."""
    card = scene.subscribers.create()
    answer = scene.answer(cx.sar(card.impi, [card.impu], 3, sar_flags=1, sender=scene.sender))
    assert result_of(answer) == SUCCESS and answer.value("User-Data") is not None


@dataclass(frozen=True)
class Row:
    """`advice` is what docs/peers.md sets, `without` what becomes of it else; a row that needs none has a fault in faults.py."""

    what: str
    host: str
    play: Callable  # asserts what the CSCF needs
    advice: str | None = None
    without: str = ""


ROWS = [
    Row("OpenSIPS I-CSCF: UAR", OPENSIPS, icscf_finds_a_server, "server_name_first", "503"),
    Row("OpenSIPS S-CSCF: MAR", OPENSIPS, a_challenge),
    Row("OpenSIPS S-CSCF: MAR with AUTS outside", OPENSIPS, a_challenge_after_auts),
    Row("OpenSIPS S-CSCF: MAR and SAR by one name", OPENSIPS, a_profile_after_the_challenge, "server_uri, at OpenSIPS", "another S-CSCF"),
    Row("Oracle: UAR of type 2", ORACLE, oracle_admits, "user_authorization_type_2", "403"),
    Row("Oracle: MAR for SIP_DIGEST", ORACLE, oracle_has_a_hash),
    Row("Oracle: SAR that has all data", ORACLE, oracle_has_a_profile, "user_data_always", "no profile"),
    Row("Ericsson: UAR with 1263", PLAIN, ericsson_admits),
    Row("Ericsson: SAR with SAR-Flags, no feature", PLAIN, ericsson_serves_the_unregistered),
]


@pytest.fixture(scope="module")
def server(product):
    with Server(product, "makers", toml_with(product, {"diameter.peer": PEERS})) as running:
        yield running


@pytest.fixture
def play(product, server, subscribers, subscriptions):
    def run(row, advised):
        host = row.host if advised else PLAIN
        with product.connect(host.partition(".")[0], port=server.port) as connection:
            row.play(Scene(subscribers, subscriptions, connection, advised))
            assert connection.unexpected == []
    return run


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_cscf_can_use_the_answer_with_the_advice(play, count_row, row):
    play(row, True)
    count_row("other makers")


@pytest.mark.parametrize("row", [row for row in ROWS if row.advice], ids=lambda row: row.what)
def test_a_cscf_cannot_use_it_without_the_advice(play, row):
    with pytest.raises(AssertionError, match=row.without):
        play(row, False)
