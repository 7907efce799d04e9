# SPDX-License-Identifier: Apache-2.0
"""The module in front of the token (tests/support/p11shim), which fails, delays or blocks calls as it is told."""

import os
import tomllib

from support.instance import build_dir

SHIM = build_dir() / "tests" / "support" / "quintet_p11shim.so"


class Orders:
    """What it is told; each set of orders replaces the one before, but for what stands always."""

    def __init__(self, file, *always):
        self.file, self._always = file, always
        self.order()

    def order(self, *lines):
        new = self.file.with_suffix(".new")
        new.write_text("".join(line + "\n" for line in (*self._always, *lines)), encoding="ascii")
        os.replace(new, self.file)


def shimmed(configuration, folder, *always):
    """For a server of this configuration file: what to set, its environment, and the orders."""
    orders = Orders(folder / "orders", *always)
    module = tomllib.loads(configuration.read_text(encoding="utf-8"))["token"]["module"]
    environment = {"QUINTET_SHIM_MODULE": module, "QUINTET_SHIM_CONTROL": str(orders.file)}
    return {"token.module": str(SHIM)}, environment, orders
