# SPDX-License-Identifier: Apache-2.0
"""A soft USIM against the server over the wire: prefetched vectors, resynchronisation, forged and replayed AUTS."""

import hashlib
import os
import random
import re
from dataclasses import replace

import judge
import pytest
from peer import cx
from peer.checks import result_of
from peer.results import INVALID_VALUE, SUCCESS, UNABLE
from peer.usim import Accepted, SyncFailure
from product import Server, toml_with
from subscribers import State
from support.instance import eventually

DELTA = 1 << 28
RANGE = 8          # indices of each of PS, CS and IMS: a vector outlives seven later batches of its domain
DOMAINS = ("ps", "cs")


class Phone:
    """A card in use: vectors fetched before they are needed, in batches, for several domains."""

    def __init__(self, product, connection, card, others=DOMAINS, **usim):
        self.product, self.connection, self.card = product, connection, card
        self.others = others  # domains besides IMS
        self.usim = card.usim(**usim)
        self.usim.push_ahead(1000)  # where provisioning has put the home environment
        self.held = {"ims": [], "ps": [], "cs": []}
        self.used = 0

    def request(self, **more):
        return cx.mar(self.card.impi, self.card.impu, sender=cx.Sender.on(self.connection), **more)

    def ask(self, **more):
        """Code of the answer, and the vectors it carries as (RAND, AUTN)."""
        answer = self.connection.request(self.request(**more))
        return result_of(answer), [(item.rand, item.autn) for item in cx.parse_maa(answer).items]

    def fetch(self, domain, count):
        if domain == "ims":
            code, vectors = self.ask(items=count)
            assert code == SUCCESS
        else:
            vectors = self._operator_vectors(domain, count)
        self.held[domain] = [*self.held[domain][-(RANGE - 1):], vectors]

    def _operator_vectors(self, domain, count):
        """The tool's test vectors stand for a VLR or an SGSN: they take numbers like any other."""
        out = self.product.run("quintet", "av", self.card.impi, "--domain", domain, "-n", count).stdout
        octets = {name: re.findall(rf"^{name} +([0-9a-f]+)", out, re.MULTILINE) for name in ("RAND", "AUTN")}
        return [tuple(map(bytes.fromhex, pair)) for pair in zip(octets["RAND"], octets["AUTN"], strict=True)]

    def use(self, dice):
        """One held vector: of any batch, but inside a batch the first one."""
        waiting = [(domain, batch) for domain, batches in self.held.items() for batch in batches if batch]
        if not waiting:
            return
        _, batch = dice.choice(waiting)
        outcome = self.usim.authenticate(*batch.pop(0))
        assert isinstance(outcome, Accepted), outcome
        self.used += 1

    def fail(self):
        """Fetches a vector that the card refuses; RAND and AUTS of the refusal."""
        code, [(rand, autn)] = self.ask()
        assert code == SUCCESS
        outcome = self.usim.authenticate(rand, autn)
        assert isinstance(outcome, SyncFailure), outcome
        return {"rand": rand, "auts": outcome.auts}

    def heal(self, **resynchronisation):
        """Reports the failure and drops what is held; the vectors that come with the answer must do."""
        self.held = {domain: [] for domain in self.held}
        code, vectors = self.ask(items=2, **resynchronisation)
        assert code == SUCCESS
        for vector in vectors:
            assert isinstance(self.usim.authenticate(*vector), Accepted)

    def state(self, subscribers):
        return subscribers.state(self.card)


@pytest.fixture
def phone(product, peers, subscribers):
    return Phone(product, peers["scscf"], subscribers.create())


def interleave(phones, steps, operator_share, dice):
    for _ in range(steps):
        phone = dice.choice(phones)
        if dice.random() < 0.4:
            domain = dice.choice(phone.others) if phone.others and dice.random() < operator_share else "ims"
            phone.fetch(domain, dice.randint(1, 5))
        else:
            phone.use(dice)
    assert sum(phone.used for phone in phones) > steps / 4


@pytest.fixture
def dice():
    seed = int(os.environ.get("QUINTET_SEED") or random.randrange(1 << 32))
    print("QUINTET_SEED", seed)  # shown when the test fails
    return random.Random(seed)


def interleaving_phones(product, connection, subscribers):
    """Three for all domains; one of IMS alone that refuses what is old (the L of TS 33.102 C.2.2)."""
    return [*(Phone(product, connection, subscribers.create()) for _ in range(3)),
            Phone(product, connection, subscribers.create(), (), age_limit=64)]


def test_prefetched_vectors_of_all_domains_are_accepted(product, peers, subscribers, dice):
    """TS 33.203 Annex G: whatever the order of use, the card never reports a synchronisation failure."""
    interleave(interleaving_phones(product, peers["scscf"], subscribers), 1500, 0.06, dice)


@pytest.mark.slow
def test_prefetched_vectors_are_accepted_for_long(product, peers, subscribers, dice):
    interleave(interleaving_phones(product, peers["scscf"], subscribers), 20000, 0.1, dice)


@pytest.mark.parametrize("profile", ["partly_time", "time"])
def test_prefetched_vectors_are_accepted_under_a_clock(product, subscribers, dice, profile):
    """TS 33.102 C.3.1 and C.3.3; the tool reads the same configuration in place of the product's."""
    with Server(product, "clock", toml_with(product, {"sqn.profile": profile})) as server:
        with product.connect(port=server.port) as connection:
            phones = [Phone(product, connection, subscribers.create()) for _ in range(3)]
            interleave(phones, 500, 0, dice)


def test_a_range_that_is_used_up_would_be_noticed(product, peers, subscribers):
    """The eighth later batch takes the index again: the card refuses the held vector, and the test would see it."""
    phone = Phone(product, peers["scscf"], subscribers.create())
    held = [phone.ask()[1][0] for _ in range(RANGE + 1)]
    assert isinstance(phone.usim.authenticate(*held[-1]), Accepted)
    assert isinstance(phone.usim.authenticate(*held[1]), Accepted)
    assert isinstance(phone.usim.authenticate(*held[0]), SyncFailure)


@pytest.mark.parametrize("ahead", [3, 1000, DELTA - 1, DELTA + 1, 1 << 40])
def test_one_auts_heals_a_card_that_is_ahead(phone, subscribers, ahead):
    phone.usim.push_ahead(ahead)
    there = phone.usim.seq_ms
    phone.heal(**phone.fail())
    assert phone.state(subscribers).seq == there + 2
    phone.fetch("ims", 3)
    for _ in range(3):
        phone.use(random)


def test_random_pushes_ahead_are_healed_every_time(product, peers, subscribers, dice):
    for _ in range(10):
        phone = Phone(product, peers["scscf"], subscribers.create())
        for _ in range(4):
            for _ in range(dice.randint(0, 3)):
                phone.fetch("ims", dice.randint(1, 5))
            phone.usim.push_ahead(dice.choice([40, 10**6, 2**33]))
            phone.heal(**phone.fail())


def database_digest(product):
    """Of everything that Multimedia-Auth may write."""
    digest = hashlib.sha256()
    for table in ("credential", "sqn_state", "subscription", "registration_set", "impi_set", "cluster", "audit"):
        digest.update(repr(product.sql(f"SELECT x::text FROM quintet.{table} x ORDER BY 1")).encode())
    return digest.hexdigest()


def forgeries(good, dice):
    for bit in range(0, 240, 4):
        octets = bytearray(good)
        octets[bit // 8] ^= 1 << bit % 8
        yield bytes(octets), UNABLE
    for _ in range(20):
        yield dice.randbytes(30), UNABLE
    for length in [*range(30), 31, 32, 40, 44, 60, 255, 4096]:
        yield (good * 140)[:length], INVALID_VALUE


def test_forged_and_truncated_auts_change_nothing(product, phone, dice):
    phone.fetch("ims", 1)
    phone.usim.push_ahead(500)
    failure = phone.fail()
    good = failure["rand"] + failure["auts"]
    before = database_digest(product)
    for octets, code in forgeries(good, dice):
        request = phone.request()
        request.replace("SIP-Auth-Data-Item", cx.auth_item(authorization=octets))
        answer = phone.connection.request(request)
        assert result_of(answer) == code
        judge.check_error(cx.parse_maa(answer))
        assert judge.failed_names(cx.parse_maa(answer)) == (("SIP-Authorization",) if code == INVALID_VALUE else ())
    assert database_digest(product) == before
    phone.heal(**failure)
    assert database_digest(product) != before, "the digest does not see a change"


def test_a_replayed_auts_never_moves_seq_down(phone, subscribers):
    """An AUTS is authentic for ever, and whoever listens has it with its RAND."""
    recorded = []
    for _ in range(3):
        phone.usim.push_ahead(100)
        recorded.append(phone.fail())
        phone.heal(**recorded[-1])
    for failure in recorded * 2:
        before = phone.state(subscribers).seq
        phone.heal(**failure)  # the card takes what comes with the answer
        assert phone.state(subscribers).seq == before + 2


def is_told(product, phone, failure, result):
    """The log names the reason. It tells one a second, so the report is repeated until it is told."""
    def told():
        assert phone.ask(**failure) == (UNABLE, [])
        return f"resynchronisation result={result} credential={phone.card.credential}" in product.log()
    return eventually(told, 5, 0.6)


def test_a_replay_from_far_behind_is_refused(product, phone, subscribers):
    """More than Delta behind, the standard would go down; only the operator may."""
    phone.usim.push_ahead(50)
    old = phone.fail()
    phone.heal(**old)
    phone.usim.push_ahead(DELTA + 10)
    phone.heal(**phone.fail())
    before = phone.state(subscribers)
    assert phone.ask(**old) == (UNABLE, [])
    after = phone.state(subscribers)
    assert (after.seq, after.ind_ims) == (before.seq, before.ind_ims)
    assert is_told(product, phone, old, "refused_downwards")


def test_the_operator_heals_a_card_that_is_far_behind(product, peers, subscribers):
    """SEQ ran away from the card by more than Delta: 5012 until quintet sqn set."""
    phone = Phone(product, peers["scscf"], subscribers.create(State(seq=DELTA + 5000)))
    failure = phone.fail()
    assert phone.ask(**failure) == (UNABLE, [])
    product.run("quintet", "sqn", "set", "--force", phone.card.credential, phone.usim.seq_ms)
    code, [vector] = phone.ask()
    assert code == SUCCESS
    assert isinstance(phone.usim.authenticate(*vector), Accepted)


def test_resynchronisations_are_limited(product, phone, subscribers):
    """Ten a minute and credential (the default); what is forged or ordinary does not count."""
    limit = 10
    for n in range(limit):
        assert phone.ask(rand=bytes(16), auts=bytes(14))[0] == UNABLE
        phone.usim.push_ahead(10)
        phone.heal(**phone.fail())
        assert phone.state(subscribers).resyncs == n + 1
    phone.usim.push_ahead(10)
    failure = phone.fail()
    before = phone.state(subscribers)
    assert phone.ask(**failure) == (UNABLE, [])
    assert phone.state(subscribers) == before
    assert is_told(product, phone, failure, "rate_limited")
    other = Phone(product, phone.connection, subscribers.create())
    other.usim.push_ahead(10)
    other.heal(**other.fail())
    product.sql("UPDATE quintet.sqn_state SET resync_since = resync_since - interval '61 s' FROM quintet.credential"
                " WHERE credential.fingerprint = sqn_state.fingerprint AND name = %s",
                (phone.card.credential,))
    phone.heal(**failure)
    assert phone.state(subscribers).resyncs == 1


def test_two_identities_of_one_card_share_its_numbers(product, peers, subscribers):
    """TS 33.203 Annex G: state belongs to the card; a resynchronisation by one identity heals the other."""
    first = Phone(product, peers["scscf"], subscribers.create())
    card = subscribers.create(credential=first.card.credential)
    second = Phone(product, peers["scscf2"], replace(first.card, impi=card.impi, impu=card.impu))
    second.usim = first.usim
    seqs = []
    for n in range(20):
        phone = (first, second)[n % 2]
        code, [(rand, autn)] = phone.ask()
        accepted = phone.usim.authenticate(rand, autn)
        assert code == SUCCESS and isinstance(accepted, Accepted)
        seqs.append(accepted.seq)
    assert seqs == list(range(1001, 1021))
    first.usim.push_ahead(700)
    first.heal(**first.fail())
    code, [vector] = second.ask()
    assert isinstance(second.usim.authenticate(*vector), Accepted)


def test_resynchronisations_among_ordinary_requests(phone, subscribers):
    """The detour of an AUTS through the token must not let a number be issued twice."""
    phone.usim.push_ahead(200)
    failure = phone.fail()
    requests = [phone.request(items=2, **(failure if n % 7 == 0 else {})) for n in range(56)]
    phone.connection.send_many(requests)
    seqs = []
    for request in requests:
        maa = cx.parse_maa(phone.connection.wait(request))
        assert maa.outcome == "2001"
        seqs += [judge.seq_of(item, phone.card) for item in maa.items]
    assert len(seqs) == len(set(seqs)) == 112
    assert phone.state(subscribers).seq == max(seqs)
    assert phone.state(subscribers).resyncs == 8
