# SPDX-License-Identifier: Apache-2.0
"""How other HSSs step the SQN of a card, by reading their sources, and which indices Quintet takes beside each."""

from collections.abc import Callable
from dataclasses import dataclass

IND_BITS = 5  # of the cards, and of every rule here
MASK = (1 << 48) - 1
DEFAULT = {"ims": [16, 23], "gba": [30, 31]}
OVERLAP = {"ims": [0, 7], "gba": [8, 11]}  # what every neighbour has a share of, whatever is advised beside it


def words_of(ranges):
    """As [sqn.ranges] has them."""
    return ", ".join(f"{name} = {value}" for name, value in ranges.items())


def seq_and_ind(sqn, bits=IND_BITS):
    return sqn >> bits, sqn & (1 << bits) - 1


def both(bits, modulus=None):
    """SEQ and IND go up by one, IND cyclic."""
    def step(sqn):
        seq, ind = seq_and_ind(sqn, bits)
        return seq + 1 << bits | (ind + 1) % (modulus or 1 << bits)
    return step


def adds(number):
    return lambda sqn: sqn + number & MASK


def own_ind(ind):
    """SEQ goes up by one, IND belongs to the node that asks."""
    return lambda sqn: (sqn >> IND_BITS) + 1 << IND_BITS | ind


def next_seq(sqn):
    """SEQ goes up by one, IND stays whose it was."""
    return adds(1 << IND_BITS)(sqn)


def after(step):
    """What a rule makes of SQN_MS when it goes on by its step from there; its own SQN does not count."""
    return lambda sqn_ms, _: step(sqn_ms)


@dataclass(frozen=True)
class Rule:
    """`first` is the SQN of the first vector of a new subscriber, `step` leads from the SQN of a vector to the next one's,
    `adopt` says which SQN follows an AUTS, from SQN_MS and the SQN that would have been next."""

    words: str
    first: int
    step: Callable
    adopt: Callable


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A peer, its rule as it is shipped, and what is advised: the indices of Quintet, what an operator sets at the peer, and
    perhaps another rule. `suffers`: without the advice there are failures beyond the first vector of a new subscriber."""

    name: str
    rule: Rule
    ranges: dict
    advice: str = "its SQN a multiple of 32"
    changed: Rule | None = None
    given: int = 0  # remainder by 32 of the SQN that an operator sets
    suffers: bool = True
    sources: str = ""

    @property
    def advised_rule(self):
        return self.changed or self.rule


def fhoss(bits):
    return Rule(f"SEQ and IND +1, IND of {bits} bits", 1 << bits, both(bits), after(both(bits)))


NEIGHBOURS = (
    Neighbour("Open5GS", Rule("SQN +32; after AUTS SQN_MS +33", 0, adds(32), after(adds(33))), DEFAULT,
              sources="lib/dbi/subscription.c ogs_dbi_increment_sqn; src/hss/hss-s6a-path.c"),
    Neighbour("VectorCore", Rule("SQN +32; after AUTS SQN_MS +100", 0, adds(32), after(adds(100))), DEFAULT,
              sources="internal/crypto/auth.go; internal/diameter/s6a/air.go"),
    Neighbour("OAI HSS", Rule("SQN +32; after AUTS SQN_MS +32", 0, adds(32), after(adds(32))), DEFAULT,
              sources="src/hss_rel14/src/dataaccess.cpp"),
    Neighbour("osmo-hlr", Rule("SEQ +1, IND of the client", 1 << IND_BITS | 1, own_ind(1), after(own_ind(1))), DEFAULT,
              "fewer than 16 clients", given=1, suffers=False, sources="src/db_auc.c db_get_auc; libosmocore src/gsm/auth_milenage.c"),
    Neighbour("PyHSS", Rule("SQN +100; after AUTS SQN_MS +100", 0, adds(100), after(adds(100))), {"ims": [17, 19], "gba": [21, 23]},
              sources="lib/database.py Get_Vectors_AuC"),
    Neighbour("sparta", Rule("SQN +2; after AUTS SQN_MS +10", 34, adds(2), lambda sqn_ms, own: max(sqn_ms + 10, own)),
              {"ims": [17, 17], "gba": [19, 19]}, sources="MilenageAuthenticator.java"),
    Neighbour("srsEPC", Rule("SEQ +1, IND +1 modulo 31", 0x1234, both(IND_BITS, 31), after(next_seq)), {"ims": [31, 31]},
              sources="srsepc/src/hss/hss.cc increment_sqn; srsepc/hdr/hss/hss.h"),
    Neighbour("FHoSS", fhoss(5), {"ims": [17, 20], "gba": [22, 25]}, "`IND_LEN=2` in its `hss.properties`, its SQN a multiple of 32", fhoss(2),
              sources="DigestAKA.java getNextSQN; config/hss.properties"),
)
