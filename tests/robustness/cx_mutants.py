# SPDX-License-Identifier: Apache-2.0
"""Cx requests changed AVP by AVP, at random but repeatably: the message stays one that can be cut into its AVPs."""

import random

from peer import cx
from peer.cx import AKA_V1, HOME_REALM
from peer.diameter import Avp, DecodeError, Message, avp, raw_avp
from peer.dictionary import AVPS
from peer.restoration import Restoration, contact, dialog

LONGEST = 60000
HEADER_FLAGS = (0xC0, 0xC0, 0xC0, 0xD0, 0x80, 0xE0, 0xC1, 0x90)
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
SCRAPS = (b"", b"\0", b"%", b"%00", b"%zz", b"@", b":", b";", b"?", b"!", b"!.*!", b"!(!", b"\"", b"'", b"\\", b"{", b"}", b",", b"NULL",
          b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", "\u65e5".encode(), b"sip:", b"tel:+", b"<&>", b"]]>", b" ", b"\r\n", b"A" * 3000)
NAMES = (f"sip:scscf.{HOME_REALM}:6060", f"sip:scscf2.{HOME_REALM}:6060", "SIP:SCSCF", "x")
SCHEMES = (AKA_V1, "Digest-AKAv2-SHA-256", "SIP Digest", "NASS-Bundled", "Early-IMS-Security", "Unknown", "")


class Maker:
    """Good requests about identities that are provisioned, and mutants of them."""

    def __init__(self, seed, identities):
        self.random = random.Random(seed)
        self.impis, self.impus = ([one for one in identities if one.startswith(("sip:", "tel:")) == is_public] for is_public in (False, True))

    def good(self, command, sender):
        """A request that may well succeed."""
        pick = self.random.choice
        impi, impu, number = pick(self.impis), pick(self.impus), pick(NUMBERS[:4])
        features = pick((None, None, 0, 7, 15, cx.supported_features(4, required=True), cx.supported_features(8, required=True)))
        if command == cx.UAR:
            return cx.uar(impi, impu, pick((HOME_REALM, '"x"')), pick((None, 0, 1, 2)), pick((None, 0, 1)), features, sender)
        if command == cx.LIR:
            return cx.lir(impu, pick((None, 0)), pick((None, 0, 1, 2)), pick((None, 0, 4)), features, sender)
        if command == cx.MAR:
            return cx.mar(impi, impu, pick(NAMES), pick(SCHEMES), number, *pick(((None, None), (bytes(16), bytes(14)))), sender=sender)
        impus = [impu] * pick((0, 1, 1, 1, 2)) + self.random.choices(self.impus, k=pick((0, 0, 1, 20)))
        return cx.sar(pick((None, impi, impi)), impus, self.random.randrange(15), pick(NAMES), number % 2, features,
                      pick((None, "sip:!.*!@x")), self._restoration(impi), pick((None, 0, 1)), pick((None, 3)), pick((None, 0, 1)), sender)

    def _restoration(self, impi):
        if self.random.random() < 0.6:
            return None
        contacts = [contact(str(n), cseq=n, subscription=dialog("s")) for n in range(self.random.choice((1, 2, 40)))]
        return Restoration(impi, tuple(contacts), self.random.choice((None, 5)), self.random.choice((None, AKA_V1)))

    def mutant(self, command, sender):
        """Not longer than freeDiameter takes; it gives up a connection on which a longer message arrives."""
        while True:
            message = self._mutant(command, sender)
            if len(message.encode()) < LONGEST:
                return message

    def _mutant(self, command, sender):
        message = self.good(command, sender)
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 8))):
            message.avps = self._changed(message.avps, 0)
        if self.random.random() < 0.2:
            message.flags = self.random.choice(HEADER_FLAGS)
        return message

    def _changed(self, avps, depth):
        """The AVPs with one change, here or inside of a group."""
        avps, pick = list(avps), self.random.choice
        if not avps:
            return [self._stray()]
        at = self.random.randrange(len(avps))
        inside = self._inside(avps[at])
        if inside is not None and depth < 4 and self.random.random() < 0.7:
            avps[at] = self._regrouped(avps[at], self._changed(inside, depth + 1))
            return avps
        change = pick((self._drop, self._double, self._insert, self._swap, self._value, self._value, self._value, self._flags))
        change(avps, at)
        return avps

    @staticmethod
    def _inside(one):
        if one.type is None or one.type.type != "Grouped":
            return None
        try:
            return one.value
        except DecodeError:
            return None

    @staticmethod
    def _regrouped(one, inside):
        return Avp(one.code, b"".join(each.encode() for each in inside), one.vendor, one.flags)

    def _drop(self, avps, at):
        del avps[at]

    def _double(self, avps, at):
        avps[at:at] = [avps[at]] * self.random.choice((1, 1, 2, 50))

    def _insert(self, avps, at):
        avps.insert(at, self._stray())

    def _swap(self, avps, at):
        other = self.random.randrange(len(avps))
        avps[at], avps[other] = avps[other], avps[at]

    def _flags(self, avps, at):
        one = avps[at]  # V stays: it says where the data begin
        avps[at] = Avp(one.code, one.data, one.vendor, one.flags ^ self.random.choice((0x40, 0x20, 0x01, 0x1F, 0x60)))

    def _value(self, avps, at):
        one = avps[at]
        avps[at] = Avp(one.code, self._octets(one.data), one.vendor, one.flags)

    def _stray(self):
        """An AVP that does not belong there: another one of the dictionary, or nobody's."""
        pick = self.random.choice
        if self.random.random() < 0.3:
            return raw_avp(pick((9999, 0, 2**32 - 1, 600)), self._octets(b"abcd"), pick((0, 10415, 4711)), pick((False, False, True)))
        return avp(pick(AVPS).name, self._octets(bytes(4)))

    def _octets(self, data):
        pick, size = self.random.choice, len(data)
        kind = self.random.randrange(6)
        if kind == 0:
            return pick(NUMBERS).to_bytes(4, "big")
        if kind == 1:
            at = self.random.randrange(size + 1)
            return data[:at] + pick(SCRAPS) + data[at:]
        if kind == 2 and size:
            changed = bytearray(data)
            changed[self.random.randrange(size)] ^= 1 << self.random.randrange(8)
            return bytes(changed)
        if kind == 3:
            return data[:self.random.randrange(size + 1)]
        if kind == 4:
            return pick((*self.impis, *self.impus)).encode()
        return pick((pick(SCRAPS), self.random.randbytes(pick((1, 3, 4, 8, 30, 200))), data * 3))


def misframed(rng, octets):
    """A message that no longer can be cut into AVPs: one length field is wrong, or the message ends early."""
    message = Message.decode(octets)
    one = rng.choice(message.avps)
    size = (12 if one.flags & 0x80 else 8) + len(one.data)
    one.length = rng.choice((0, 1, 7, 8, size - 1, size + 1, size + 4, size + 400, 0xFFFFFF))
    return message.encode()
