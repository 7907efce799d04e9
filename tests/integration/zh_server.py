# SPDX-License-Identifier: Apache-2.0
"""A server that a BSF may ask beside the CSCFs: what the tests of Zh share."""

from peer import zh
from peer.cx import HOME_REALM
from product import Server, toml_with

BSF = f"bsf.{HOME_REALM}"
PERMITS = [{"peer": f"*.{HOME_REALM}"}, {"peer": BSF, "commands": ["Zh:*"]}]

SETTINGS = """
INSERT INTO quintet.guss (impi_id, uicc_type, key_lifetime) SELECT id, %s, %s FROM quintet.impi WHERE identity = %s
"""
SETTING = """
INSERT INTO quintet.uss (impi_id, gsid, type, naf_group, flags, uids)
SELECT id, %s, %s, %s, %s::int[], %s::text[] FROM quintet.impi WHERE identity = %s
"""


def open_server(product, label="zh", **values):
    """On the product's database and token; `values` by table and key, as toml_with has them."""
    return Server(product, label, toml_with(product, {"diameter.permit": PERMITS, **{key.replace("__", "."): value
                                                                                    for key, value in values.items()}}))


def connect(product, server, label="bsf"):
    return product.connect(label, port=server.port, applications=[zh.APPLICATION])


def give_settings(product, impi, guss):
    """Provisions what a peer.zh.Guss says; whose it is says `impi`."""
    product.sql(SETTINGS, (guss.uicc_type, guss.lifetime, impi))
    for one in guss.settings:
        product.sql(SETTING, (one.gsid, one.type, one.naf_group, list(one.flags), list(one.uids), impi))
