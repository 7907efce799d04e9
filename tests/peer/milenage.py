# SPDX-License-Identifier: Apache-2.0
"""Milenage (TS 35.206) and the AKA tokens AUTN and AUTS (TS 33.102 6.3), on 128-bit integers."""

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_MASK = (1 << 128) - 1
RESYNC_AMF = bytes(2)  # TS 33.102 6.3.3: AUTS is computed with a dummy AMF of zero

# TS 35.206 4.1, by output block number: rotation in bits, constant.
_ROTATION = {1: 64, 2: 0, 3: 32, 4: 64, 5: 96}
_CONSTANT = {1: 0, 2: 1, 3: 2, 4: 4, 5: 8}


def _rotate(value, bits):
    return (value << bits | value >> (128 - bits)) & _MASK


def _aes(key, *blocks):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    octets = encryptor.update(b"".join(block.to_bytes(16, "big") for block in blocks))
    return [int.from_bytes(octets[at:at + 16], "big") for at in range(0, len(octets), 16)]


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def opc_of(k, op):
    (encrypted,) = _aes(k, int.from_bytes(op, "big"))
    return xor(encrypted.to_bytes(16, "big"), op)


@dataclass(frozen=True)
class Autn:
    """AUTN opened with the key of the card."""

    sqn: bytes
    amf: bytes
    mac_ok: bool


class Milenage:
    """The functions for one card. No state between calls, so threads may share it."""

    def __init__(self, k, opc):
        if len(k) != 16 or len(opc) != 16:
            raise ValueError(f"K has {len(k)} octets and OPc {len(opc)}, both must have 16")
        self._k, self._opc = k, int.from_bytes(opc, "big")

    def _outputs(self, rand, numbers, sqn_amf=bytes(8)):
        """OUT1..OUT5 as asked for, each 16 octets."""
        (temp,) = _aes(self._k, int.from_bytes(rand, "big") ^ self._opc)
        in1 = int.from_bytes(sqn_amf * 2, "big")
        blocks = []
        for n in numbers:
            turned = in1 if n == 1 else temp
            block = _rotate(turned ^ self._opc, _ROTATION[n]) ^ _CONSTANT[n]
            blocks.append(block ^ temp if n == 1 else block)
        return [(block ^ self._opc).to_bytes(16, "big") for block in _aes(self._k, *blocks)]

    def f1(self, rand, sqn, amf):
        return self._outputs(rand, [1], sqn + amf)[0][:8]

    def f1_star(self, rand, sqn, amf=RESYNC_AMF):
        return self._outputs(rand, [1], sqn + amf)[0][8:]

    def f2345(self, rand):
        """RES, CK, IK, AK."""
        out2, out3, out4 = self._outputs(rand, [2, 3, 4])
        return out2[8:], out3, out4, out2[:6]

    def f5_star(self, rand):
        return self._outputs(rand, [5])[0][:6]

    def autn(self, rand, sqn, amf):
        ak = self.f2345(rand)[3]
        return xor(sqn, ak) + amf + self.f1(rand, sqn, amf)

    def open_autn(self, rand, autn):
        if len(autn) != 16:
            raise ValueError(f"AUTN of {len(autn)} octets")
        sqn, amf = xor(autn[:6], self._outputs(rand, [2])[0][:6]), autn[6:8]
        return Autn(sqn, amf, hmac.compare_digest(self.f1(rand, sqn, amf), autn[8:]))

    def auts(self, rand, sqn_ms, amf=RESYNC_AMF):
        return xor(sqn_ms, self.f5_star(rand)) + self.f1_star(rand, sqn_ms, amf)
