# SPDX-License-Identifier: Apache-2.0
"""Cards with keys of their own for each test, and what an independent card says to the tool's vectors."""

import os
import re
from dataclasses import dataclass, field

from peer.milenage import opc_of
from peer.usim import Usim

FIELDS = re.compile(r"SQN +seq=(\d+) ind=(\d+)\nRAND (\w{32})\nAUTN (\w{32})\n"
                    r"XRES (\w{16})\nCK   (\w{32})\nIK   (\w{32})\n")


@dataclass
class Card:
    name: str
    k: bytes = field(default_factory=lambda: os.urandom(16), repr=False)
    op: bytes = field(default_factory=lambda: os.urandom(16), repr=False)

    @property
    def opc(self):
        return opc_of(self.k, self.op)

    def usim(self):
        return Usim(self.k, self.opc)


def csv(*cards):
    return "credential,k,opc\n" + "".join(f"{card.name},{card.k.hex()},{card.opc.hex()}\n" for card in cards)


def csv_with_op(*cards):
    return "credential,k,op\n" + "".join(f"{card.name},{card.k.hex()},{card.op.hex()}\n" for card in cards)


def vectors(output):
    """(seq, ind, rand, autn, xres, ck, ik) of everything that quintet av printed."""
    found = FIELDS.findall(output)
    assert len(found) == output.count("RAND")
    return [(int(seq), int(ind), *map(bytes.fromhex, octets)) for seq, ind, *octets in found]


def accept(usim, vector):
    """The card takes the vector and agrees on everything in it."""
    seq, ind, rand, autn, xres, ck, ik = vector
    seen = usim.authenticate(rand, autn)
    assert (seen.res, seen.ck, seen.ik, seen.seq, seen.ind) == (xres, ck, ik, seq, ind)
    return seen
