# SPDX-License-Identifier: Apache-2.0
"""GBA from end to end over the wire: BSF, UE and NAF; one soft USIM that is authenticated over Cx and Zh in turn; what is asked
of both interfaces at once."""

import os
import random

import pytest
from peer import bsf, cx, gba, zh
from peer.usim import Accepted
from zh_server import BSF, connect, give_settings, open_server

AUTHENTICATIONS = 10_000
HELD = {"cx": 7, "zh": 1}  # batches that are outlived by an older vector: one less than the domain has indices
AGE_LIMIT = 64  # L of the card; no node keeps a vector while so many numbers are issued


@pytest.fixture(scope="module")
def zh_peer(product, zh_server):
    with connect(product, zh_server) as connection:
        yield connection


@pytest.fixture(scope="module")
def both(product, zh_server, zh_peer):
    """An S-CSCF and a BSF of one server."""
    with product.connect("scscf", port=zh_server.port) as scscf:
        yield {"cx": scscf, "zh": zh_peer}


@pytest.fixture
def dice():
    seed = int(os.environ.get("QUINTET_SEED") or random.randrange(1 << 32))
    print("QUINTET_SEED", seed)  # shown when the test fails
    return random.Random(seed)


def asks(connection):
    """What a BSF asks this HSS with."""
    def fetch(impi, rand, auts):
        request = zh.mar(impi, rand=rand, auts=auts, sender=cx.Sender.on(connection))
        maa = zh.parse_maa(connection.request(request))
        assert not maa.is_success or list(zh.maa_problems(request, maa)) == []
        return maa
    return fetch


@pytest.fixture
def parties(product, zh_peer, subscribers):
    """A UE whose card is where the HSS has put it, a BSF, a NAF; one service of it has settings."""
    card = subscribers.create()
    give_settings(product, card.impi, zh.Guss("", "GBA", 600, (zh.Uss(2, 2, (card.impu,), (1,)),)))
    usim = card.usim()
    usim.push_ahead(1000)
    ours = bsf.Bsf(BSF, asks(zh_peer))
    return bsf.Ue(card.impi, usim), ours, bsf.Naf(f"xcap.{cx.HOME_REALM}", ours), card


def test_a_naf_knows_whoever_has_bootstrapped(parties):
    ue, ours, naf, card = parties
    told = ue.bootstrap(ours)
    assert told["b_tid"] == gba.b_tid(ue.rand, BSF) and ue.synchronisations == 0
    challenge = naf.challenge()
    guss = zh.Guss.parse(naf.check(challenge, ue.request(challenge, naf.identifier)))
    assert guss == zh.Guss(card.impi, "GBA", 600, (zh.Uss(2, 2, (card.impu,), (1,)),))


def test_a_naf_refuses_the_key_of_another(parties):
    ue, ours, naf, _ = parties
    ue.bootstrap(ours)
    challenge = naf.challenge()
    with pytest.raises(bsf.Refused, match="Ks_NAF"):
        naf.check(challenge, ue.request(challenge, gba.naf_id(f"mail.{cx.HOME_REALM}")))


def test_a_card_that_is_ahead_bootstraps_at_the_second_attempt(parties):
    ue, ours, naf, _ = parties
    ue.usim.push_ahead(5000)
    ue.bootstrap(ours)
    assert ue.synchronisations == 1
    challenge = naf.challenge()
    naf.check(challenge, ue.request(challenge, naf.identifier))


def test_an_unknown_user_gets_no_challenge(parties):
    _, ours, _, _ = parties
    with pytest.raises(bsf.Refused, match="10415/5401"):
        ours.challenge(f"nobody@{cx.HOME_REALM}")


class Card:
    """One soft USIM, its S-CSCF and its BSF; each holds vectors for a while."""

    def __init__(self, peers, subscriber):
        self.peers, self.subscriber = peers, subscriber
        self.usim = subscriber.usim(age_limit=AGE_LIMIT)
        self.usim.push_ahead(1000)
        self.held = {"cx": [], "zh": []}  # (how many numbers had been issued, vectors), a batch each
        self.issued = self.used = 0

    def fetch(self, interface, dice):
        connection = self.peers[interface]
        sender = cx.Sender.on(connection)
        if interface == "cx":
            request = cx.mar(self.subscriber.impi, self.subscriber.impu, items=dice.randint(1, 5), sender=sender)
        else:
            request = zh.mar(self.subscriber.impi, sender=sender)
        maa = (cx if interface == "cx" else zh).parse_maa(connection.request(request))
        assert maa.outcome == "2001"
        self.held[interface] = [*self.held[interface][-HELD[interface]:],
                                (self.issued, [(item.rand, item.autn) for item in maa.items])]
        self.issued += len(maa.items)
        self.held = {name: [batch for batch in batches if self.issued - batch[0] < AGE_LIMIT] for name, batches in self.held.items()}

    def use(self, dice):
        """Of any batch, but inside a batch the first one."""
        waiting = [batch for batches in self.held.values() for _, batch in batches if batch]
        if waiting:
            seen = self.usim.authenticate(*dice.choice(waiting).pop(0))
            assert isinstance(seen, Accepted), seen
            self.used += 1


def interleave(card, authentications, dice):
    used = {"cx": 0, "zh": 0}
    while card.used < authentications:
        if dice.random() < 0.4:
            interface = dice.choice(("cx", "zh"))
            card.fetch(interface, dice)
            used[interface] += 1
        else:
            card.use(dice)
    assert min(used.values()) > authentications / 10


@pytest.fixture
def card(both, subscribers):
    return Card(both, subscribers.create())


def test_vectors_of_both_interfaces_are_accepted_in_any_order(card, dice):
    """TS 33.203 Annex G: each domain has indices of its own, and the card has one array."""
    interleave(card, 1000, dice)


@pytest.mark.slow
def test_ten_thousand_are(product, subscribers, dice):
    """More numbers of one card than sqn.burst lets a peer have at a time."""
    with open_server(product, "patient", sqn__burst=0) as server:
        with product.connect("scscf", port=server.port) as scscf, connect(product, server) as bsf_peer:
            card = Card({"cx": scscf, "zh": bsf_peer}, subscribers.create())
            interleave(card, AUTHENTICATIONS, dice)
            assert card.used == AUTHENTICATIONS and subscribers.state(card.subscriber).resyncs == 0


def test_an_index_that_both_used_would_be_noticed(card):
    """The third vector of Zh takes the index of the first, which is then refused: the test would see it."""
    dice = random.Random(1)
    first = None
    for _ in range(3):
        card.fetch("zh", dice)
        first = first or card.held["zh"][-1][1]
    newest = card.held["zh"][-1][1]
    assert isinstance(card.usim.authenticate(*newest[0]), Accepted)
    assert not isinstance(card.usim.authenticate(*first[0]), Accepted)


def test_requests_of_both_at_once_get_distinct_numbers(card):
    """The numbers of a K are one sequence, whoever asks."""
    requests = {"cx": [], "zh": []}
    for n in range(60):
        interface = ("cx", "zh")[n % 2]
        sender = cx.Sender.on(card.peers[interface])
        one = card.subscriber
        requests[interface].append(cx.mar(one.impi, one.impu, items=2, sender=sender) if interface == "cx" else
                                   zh.mar(one.impi, sender=sender))
    for interface, connection in card.peers.items():
        connection.send_many(requests[interface])
    seqs = []
    for interface, parse in (("cx", cx.parse_maa), ("zh", zh.parse_maa)):
        for request in requests[interface]:
            maa = parse(card.peers[interface].wait(request))
            assert maa.outcome == "2001"
            seqs += [card.usim.milenage.open_autn(item.rand, item.autn).sqn for item in maa.items]
    numbers = [int.from_bytes(sqn, "big") >> 5 for sqn in seqs]
    assert len(set(numbers)) == len(numbers) == 90
