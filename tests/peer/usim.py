# SPDX-License-Identifier: Apache-2.0
"""A soft USIM: the network authentication of TS 33.102 6.3.3 with the SQN array of its Annex C.2."""

from dataclasses import dataclass, field

from .milenage import Milenage

SEQ_BITS = 43


def split_sqn(sqn, ind_bits=5):
    number = int.from_bytes(sqn, "big")
    return number >> ind_bits, number & (1 << ind_bits) - 1


def join_sqn(seq, ind, ind_bits=5):
    return (seq << ind_bits | ind).to_bytes(6, "big")


@dataclass(frozen=True)
class Accepted:
    res: bytes = field(repr=False)
    ck: bytes = field(repr=False)
    ik: bytes = field(repr=False)
    seq: int
    ind: int
    amf: bytes


@dataclass(frozen=True)
class MacFailure:
    """AUTN was not made with the key of this card."""


@dataclass(frozen=True)
class SyncFailure:
    """AUTN is authentic, its SQN is not acceptable; `auts` tells the AuC where the card is."""

    auts: bytes
    reason: str
    seq: int
    ind: int


class Usim:
    """`age_limit` is the optional L of Annex C.2.2; without it any age is accepted."""

    def __init__(self, k, opc, ind_bits=5, delta=1 << 28, age_limit=None):
        self.milenage = Milenage(k, opc)
        self.ind_bits, self.delta, self.age_limit = ind_bits, delta, age_limit
        self.slots = [0] * (1 << ind_bits)

    @property
    def seq_ms(self):
        return max(self.slots)

    @property
    def sqn_ms(self):
        return join_sqn(self.seq_ms, self.slots.index(self.seq_ms), self.ind_bits)

    def _objection(self, seq, ind):
        """Why an authentic SEQ is not acceptable, or None."""
        if seq - self.seq_ms > self.delta:
            return f"SEQ {seq} is more than {self.delta} ahead of {self.seq_ms}"
        if self.age_limit is not None and self.seq_ms - seq >= self.age_limit:
            return f"SEQ {seq} is {self.age_limit} or more behind {self.seq_ms}"
        if seq <= self.slots[ind]:
            return f"SEQ {seq} is not above {self.slots[ind]} in slot {ind}"
        return None

    def authenticate(self, rand, autn):
        opened = self.milenage.open_autn(rand, autn)
        if not opened.mac_ok:
            return MacFailure()
        seq, ind = split_sqn(opened.sqn, self.ind_bits)
        objection = self._objection(seq, ind)
        if objection:
            return SyncFailure(self.auts(rand), objection, seq, ind)
        self.slots[ind] = seq
        res, ck, ik, _ = self.milenage.f2345(rand)
        return Accepted(res, ck, ik, seq, ind, opened.amf)

    def auts(self, rand):
        return self.milenage.auts(rand, self.sqn_ms)

    def push_ahead(self, by, indices=None):
        """Behave as if SEQ_MS + by had been used elsewhere, in every slot or in those given."""
        seq = self.seq_ms + by
        for ind in range(len(self.slots)) if indices is None else indices:
            self.slots[ind] = seq
        return seq
