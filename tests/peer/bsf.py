# SPDX-License-Identifier: Apache-2.0
"""The three parties of GBA (TS 33.220 4.5, TS 24.109): a BSF that asks an HSS over Zh, a UE with a soft USIM, a NAF that checks
digests. HTTP messages are dictionaries of digest parameters; what carries them does not matter here."""

import base64
import hmac
import secrets
from dataclasses import dataclass, field

from . import gba
from .usim import Accepted, SyncFailure

UB = {"method": "GET", "uri": "/", "qop": "auth-int"}
UA = {"method": "GET", "uri": "/simservs", "qop": "auth"}


class Refused(Exception):
    """A digest was not right, or the HSS gave no vector."""


@dataclass(frozen=True)
class Association:
    """What a BSF keeps of a bootstrapping."""

    impi: str
    rand: bytes
    ks: bytes = field(repr=False)
    guss: bytes | None
    lifetime: int


@dataclass
class Bsf:
    """`fetch(impi, rand, auts)` asks the HSS and returns a peer.zh.Maa."""

    name: str
    fetch: object
    lifetime: int = 3600
    _challenged: dict = field(default_factory=dict)
    _known: dict = field(default_factory=dict)

    def challenge(self, impi, rand=None, auts=None):
        """401: the nonce is base64 of RAND || AUTN (RFC 3310 3.2)."""
        maa = self.fetch(impi, rand, auts)
        if not maa.is_success:
            raise Refused(f"the HSS said {maa.outcome}")
        nonce = base64.b64encode(maa.vector.authenticate).decode()
        self._challenged[nonce] = (impi, maa)
        return {"realm": self.name, "nonce": nonce, "algorithm": "AKAv1-MD5", "qop": UB["qop"]}

    def authorize(self, authorization):
        """200 with B-TID and lifetime, or a further challenge after a synchronisation failure."""
        impi, maa = self._challenged.pop(authorization["nonce"])
        vector = maa.vector
        if "auts" in authorization:
            return self.challenge(impi, vector.rand, base64.b64decode(authorization["auts"]))
        right = gba.digest_response(impi, self.name, vector.xres, authorization["nonce"], UB["method"], UB["uri"], UB["qop"],
                                    authorization["nc"], authorization["cnonce"])
        if not hmac.compare_digest(right, authorization["response"]):
            raise Refused("the response is not that of the card")
        b_tid = gba.b_tid(vector.rand, self.name)
        self._known[b_tid] = Association(impi, vector.rand, gba.ks_of(vector.ck, vector.ik), maa.guss, self.lifetime)
        return {"b_tid": b_tid, "lifetime": self.lifetime}

    def key_for(self, b_tid, naf):
        """Over Zn: Ks_NAF for a NAF, with the settings of the user (TS 29.109 5)."""
        known = self._known[b_tid]
        return gba.ks_naf(known.ks, known.rand, known.impi, naf), known.guss


@dataclass
class Ue:
    impi: str
    usim: object
    ks: bytes = field(default=b"", repr=False)
    rand: bytes = b""
    b_tid: str = ""
    synchronisations: int = 0

    def answer(self, challenge):
        """The Authorization for a challenge of a BSF (RFC 3310 3.3, 3.4)."""
        octets = base64.b64decode(challenge["nonce"])
        self.rand, autn = octets[:16], octets[16:32]
        seen = self.usim.authenticate(self.rand, autn)
        if isinstance(seen, SyncFailure):
            self.synchronisations += 1
            return {"nonce": challenge["nonce"], "auts": base64.b64encode(seen.auts).decode()}
        if not isinstance(seen, Accepted):
            raise Refused("AUTN is not of the home network")
        self.ks = gba.ks_of(seen.ck, seen.ik)
        cnonce = secrets.token_hex(8)
        response = gba.digest_response(self.impi, challenge["realm"], seen.res, challenge["nonce"], UB["method"], UB["uri"],
                                       UB["qop"], "00000001", cnonce)
        return {"nonce": challenge["nonce"], "nc": "00000001", "cnonce": cnonce, "response": response}

    def bootstrap(self, bsf):
        """Until the BSF is content; a card that is out of step is brought back once."""
        told = bsf.authorize(self.answer(bsf.challenge(self.impi)))
        if "b_tid" not in told:
            told = bsf.authorize(self.answer(told))
        self.b_tid = told["b_tid"]
        return told

    def key_for(self, naf):
        return gba.ks_naf(self.ks, self.rand, self.impi, naf)

    def request(self, challenge, naf):
        """The Authorization for a NAF: user name B-TID, password Ks_NAF (TS 33.222 5.3)."""
        cnonce = secrets.token_hex(8)
        response = gba.digest_response(self.b_tid, challenge["realm"], gba.naf_password(self.key_for(naf)), challenge["nonce"],
                                       UA["method"], UA["uri"], UA["qop"], "00000001", cnonce)
        return {"username": self.b_tid, "nonce": challenge["nonce"], "nc": "00000001", "cnonce": cnonce, "response": response}


@dataclass
class Naf:
    fqdn: str
    bsf: Bsf

    @property
    def identifier(self):
        return gba.naf_id(self.fqdn)

    def challenge(self):
        return {"realm": f"3GPP-bootstrapping@{self.fqdn}", "nonce": secrets.token_hex(16), "qop": UA["qop"]}

    def check(self, challenge, authorization):
        """The settings of the user whose key made the digest."""
        key, guss = self.bsf.key_for(authorization["username"], self.identifier)
        right = gba.digest_response(authorization["username"], challenge["realm"], gba.naf_password(key), challenge["nonce"],
                                    UA["method"], UA["uri"], UA["qop"], authorization["nc"], authorization["cnonce"])
        if not hmac.compare_digest(right, authorization["response"]):
            raise Refused("the digest was not made with Ks_NAF")
        return guss
