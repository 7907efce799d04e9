"""A server whose token obeys the test: every PKCS#11 call passes a module that can fail, block or invalidate it."""

import os
import time
import tomllib

from load import Load
from support.instance import build_dir

SHIM = build_dir() / "tests" / "support" / "quintet_p11shim.so"
AFTER_SECONDS = 10  # "recovers within seconds"


class Control:
    """The orders of the module in front of the token; each set of orders replaces the one before."""

    def __init__(self, file):
        self.file = file
        self.order()

    def order(self, *lines):
        new = self.file.with_suffix(".new")
        new.write_text("".join(line + "\n" for line in lines), encoding="ascii")
        os.replace(new, self.file)


def module_of(rig):
    return tomllib.loads((rig.var / "quintet.toml").read_text(encoding="utf-8"))["token"]["module"]


def pin_file_of(rig):
    return tomllib.loads((rig.var / "quintet.toml").read_text(encoding="utf-8"))["token"]["pin_file"]


def server_with_control(rig, folder, **settings):
    """A server that is not started yet, and the control of its token."""
    control = Control(folder / "orders")
    environment = {"QUINTET_SHIM_MODULE": module_of(rig), "QUINTET_SHIM_CONTROL": str(control.file)}
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return rig.server("hss-a", {"token.module": str(SHIM), **named}, environment), control


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
