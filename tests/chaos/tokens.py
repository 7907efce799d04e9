# SPDX-License-Identifier: Apache-2.0
"""A server whose token obeys the test: every PKCS#11 call passes a module that can fail, block or invalidate it."""

import time
import tomllib

from load import Load
from support.shim import shimmed

AFTER_SECONDS = 10  # "recovers within seconds"


def pin_file_of(rig):
    return tomllib.loads((rig.var / "quintet.toml").read_text(encoding="utf-8"))["token"]["pin_file"]


def server_with_control(rig, folder, **settings):
    """A server that is not started yet, and the control of its token."""
    shim, environment, control = shimmed(rig.var / "quintet.toml", folder)
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return rig.server("hss-a", {**shim, **named}, environment), control


def probe(server, folder, first=0, subscribers=50, count=None, rate=500):
    """Each of some subscribers once, in order; the result of the load generator."""
    how = ("--name", "probe", "--connections", 2, "--rate", rate, "--count", count or subscribers)
    whom = ("--order", "sequential", "--first-subscriber", first, "--subscribers", subscribers)
    return Load([server], folder / "probe.log", *how, *whom).finish()


def seconds_until_all_succeed(server, folder, first=0, subscribers=50):
    """How long it takes from now until every one of the subscribers is served."""
    begun = time.monotonic()
    while True:
        results = probe(server, folder, first, subscribers)["results"]
        took = time.monotonic() - begun
        assert set(results) <= {"2001", "3004", "5012"}, results
        if set(results) == {"2001"}:
            return took
        assert took < 2 * AFTER_SECONDS, results
        time.sleep(0.1)
