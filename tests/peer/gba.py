# SPDX-License-Identifier: Apache-2.0
"""Keys of GBA (TS 33.220 4.5.2, Annex B) and the HTTP digests that they are used in (RFC 2617, RFC 3310, TS 33.222 5.3)."""

import base64
import hashlib
import hmac

GBA_ME, GBA_U = b"gba-me", b"gba-u"
UA_HTTP_DIGEST = bytes.fromhex("0100000002")  # Ua security protocol identifier (TS 33.220 Annex H)


def kdf(key, fc, *parameters):
    """HMAC-SHA-256 over FC || P0 || L0 || P1 || L1 ..."""
    octets = bytes([fc]) + b"".join(one + len(one).to_bytes(2, "big") for one in parameters)
    return hmac.digest(key, octets, hashlib.sha256)


def ks_of(ck, ik):
    return ck + ik


def naf_id(fqdn, protocol=UA_HTTP_DIGEST):
    return fqdn.encode() + protocol


def ks_naf(ks, rand, impi, naf, label=GBA_ME):
    return kdf(ks, 1, label, rand, impi.encode(), naf)


def b_tid(rand, bsf_name):
    return f"{base64.b64encode(rand).decode()}@{bsf_name}"


# HTTP digest, by its parts

def _h(octets):
    return hashlib.md5(octets, usedforsecurity=False).hexdigest()


def digest_response(username, realm, password, nonce, method, uri, qop=None, nc="00000001", cnonce="", body=b""):
    """The response of MD5 and AKAv1-MD5; `password` is octets: RES, or what a person or a NAF has."""
    ha1 = _h(f"{username}:{realm}:".encode() + password)
    a2 = f"{method}:{uri}" + (f":{_h(body)}" if qop == "auth-int" else "")
    middle = f":{nc}:{cnonce}:{qop}" if qop else ""
    return _h(f"{ha1}:{nonce}{middle}:{_h(a2.encode())}".encode())


def naf_password(key):
    """What a UE and a NAF put into a digest for Ks_NAF (TS 24.109 5.2)."""
    return base64.b64encode(key)
