# SPDX-License-Identifier: Apache-2.0
"""Reads the secret keys of a SoftHSM 2 token out of its files, with the PIN, and derives the data key from them."""

import hashlib
import hmac
import struct
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CKA_LABEL, CKA_VALUE = 0x3, 0x11
TOKEN_LABEL, USER_PIN_BLOB = 0x80005349, 0x8000534D
BASE_COUNT = 1500  # rounds of the key derivation, to which the salt's last octet is added
MAGIC = b"RJR"


def attributes(file):
    """type -> value of one object file: a generation number, then rows of type, kind and value, big endian."""
    data, at, found = Path(file).read_bytes(), 8, {}
    while at < len(data):
        kind_of, kind = struct.unpack_from(">QQ", data, at)
        at += 16
        size = {1: 1, 2: 8}.get(kind)
        if size is None:
            size = struct.unpack_from(">Q", data, at)[0] * (8 if kind == 5 else 1)
            at += 8
        found[kind_of] = data[at:at + size]
        at += size
    return found


def aes_cbc_decrypt(key, iv, data):
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    return plain[:-plain[-1]]


def key_from_pin(pin, blob):
    """The token's own key, under which it keeps every private attribute; and the key that the PIN makes."""
    salt, iv, data = blob[:8], blob[8:24], blob[24:]
    derived = hashlib.sha256(salt + pin).digest()
    for _ in range(BASE_COUNT + salt[-1] - 1):
        derived = hashlib.sha256(derived).digest()
    plain = aes_cbc_decrypt(derived, iv, data)
    if plain[:3] != MAGIC:
        raise ValueError("the PIN does not fit")
    return plain[3:], derived


def token_folder(tokens, label):
    for folder in Path(tokens).iterdir():
        if attributes(folder / "token.object")[TOKEN_LABEL].rstrip(b" \0") == label:
            return folder
    raise LookupError(f"no token {label}")


def keys_of(tokens, label, pin):
    """(the token's own key, the key made of the PIN, {label of a key: its octets})."""
    folder = token_folder(tokens, label)
    own, from_pin = key_from_pin(pin, attributes(folder / "token.object")[USER_PIN_BLOB])
    keys = {}
    for file in folder.glob("*.object"):
        rows = attributes(file)
        if CKA_VALUE in rows:
            open_row = [aes_cbc_decrypt(own, rows[row][:16], rows[row][16:]) for row in (CKA_LABEL, CKA_VALUE)]
            keys[open_row[0].decode()] = open_row[1]
    return own, from_pin, keys


def derived(opc_key, purpose, key_id):
    """What the server derives from the token key for OPc: two blocks of a counter, a purpose, the key's id and 256 bits."""
    encryptor = Cipher(algorithms.AES(opc_key), modes.ECB()).encryptor()
    return b"".join(encryptor.update(bytes([i]) + purpose + struct.pack(">HH", key_id, 256)) for i in (1, 2))


def data_key_of(opc_key, key_id=1):
    return derived(opc_key, b"quintet-opc", key_id)


def fingerprint_key_of(opc_key):
    """Always from the key with id 1."""
    return derived(opc_key, b"fingerprint", 1)


def encrypted_label(k):
    """What the token makes of the block that fingerprints are taken of; a secret."""
    return Cipher(algorithms.AES(k), modes.ECB()).encryptor().update(b"quintet:card-key")


def fingerprint_of(opc_key, k):
    return hmac.new(fingerprint_key_of(opc_key), encrypted_label(k), hashlib.sha256).digest()[:16]
