# SPDX-License-Identifier: Apache-2.0
"""The soft USIM: array, jump limit, age limit, AUTS (TS 33.102 6.3.3, Annex C.2)."""

import pytest
from peer.milenage import Milenage, xor
from peer.usim import Accepted, MacFailure, SyncFailure, Usim, join_sqn, split_sqn

K, OPC, RAND = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
AUC = Milenage(K, OPC)


def challenge(usim, seq, ind):
    return usim.authenticate(RAND, AUC.autn(RAND, join_sqn(seq, ind), bytes(2)))


def opened(auts):
    """What an AuC reads from AUTS: SEQ, IND, and whether MAC-S is right."""
    sqn = xor(auts[:6], AUC.f5_star(RAND))
    return *split_sqn(sqn), AUC.f1_star(RAND, sqn) == auts[6:]


def test_sqn_is_seq_then_five_bits_of_ind():
    assert join_sqn(1, 3) == bytes.fromhex("000000000023")
    assert split_sqn(bytes.fromhex("ffffffffffff")) == ((1 << 43) - 1, 31)


def test_accepts_and_gives_the_keys():
    seen = challenge(Usim(K, OPC), 7, 16)
    assert isinstance(seen, Accepted)
    assert (seen.res, seen.ck, seen.ik) == AUC.f2345(RAND)[:3]
    assert (seen.seq, seen.ind, seen.amf) == (7, 16, bytes(2))


def test_wrong_key_is_a_mac_failure_and_changes_nothing():
    usim = Usim(K, bytes(16))
    assert challenge(usim, 7, 16) == MacFailure()
    assert usim.seq_ms == 0


@pytest.mark.parametrize("seq", [1, 6, 7])
def test_same_slot_refuses_what_is_not_above(seq):
    usim = Usim(K, OPC)
    challenge(usim, 7, 16)
    challenge(usim, 50, 3)
    failure = challenge(usim, seq, 16)
    assert isinstance(failure, SyncFailure)
    assert opened(failure.auts) == (50, 3, True)
    assert usim.slots[16] == 7


def test_another_slot_accepts_an_older_seq():
    usim = Usim(K, OPC)
    challenge(usim, 50, 3)
    assert isinstance(challenge(usim, 7, 16), Accepted)
    assert usim.seq_ms == 50


@pytest.mark.parametrize("ahead, kind", [(1 << 28, Accepted), ((1 << 28) + 1, SyncFailure)])
def test_jump_limit(ahead, kind):
    usim = Usim(K, OPC)
    challenge(usim, 5, 0)
    assert isinstance(challenge(usim, 5 + ahead, 1), kind)


@pytest.mark.parametrize("behind, kind", [(299, Accepted), (300, SyncFailure)])
def test_age_limit(behind, kind):
    usim = Usim(K, OPC, age_limit=300)
    challenge(usim, 1000, 0)
    assert isinstance(challenge(usim, 1000 - behind, 1), kind)


def test_push_ahead_in_some_slots_leaves_the_others():
    usim = Usim(K, OPC)
    assert usim.push_ahead(1000, indices=[4]) == 1000
    assert isinstance(challenge(usim, 1, 5), Accepted)
    assert isinstance(challenge(usim, 1, 4), SyncFailure)


def test_push_ahead_is_healed_by_one_auts():
    usim = Usim(K, OPC)
    usim.push_ahead(1 << 20)
    seq_ms, _, mac_ok = opened(challenge(usim, 9, 16).auts)
    assert mac_ok
    assert isinstance(challenge(usim, seq_ms + 1, 17), Accepted)
