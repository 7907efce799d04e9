# SPDX-License-Identifier: Apache-2.0
"""Starts the servers that are measured and tells how much processor time each part of them has used."""

import contextlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.instance import Instance  # noqa: E402  (the tests are not a package)
from support.server import Server  # noqa: E402

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
TICKS = os.sysconf("SC_CLK_TCK")
CRYPTO_THREAD = "quintet-crypto"  # the name of the server's thread that speaks to the token
CONSTANT_CONF = """
Identity = "hss.{realm}";
Realm = "{realm}";
Port = {port};
SecPort = 0;
No_SCTP;
No_IPv6;
NoRelay;
AppServThreads = {threads};
LoadExtension = "{extension}" : "port={port} data={user_data}";
"""


def _stat(path):
    """Name, parent and processor seconds of a process or thread; the name may contain spaces."""
    text = (path / "stat").read_text()
    name = text[text.index("(") + 1:text.rindex(")")]
    fields = text[text.rindex(")") + 2:].split()
    return name, int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS


def _all_stats():
    stats = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError, ValueError):  # processes come and go
                stats[int(path.name)] = _stat(path)
    return stats


def _family(root, stats):
    """A process and its descendants."""
    members = {root}
    grown = True
    while grown:
        more = {pid for pid, (_, parent, _) in stats.items() if parent in members} - members
        grown = bool(more)
        members |= more
    return members


def _threads_cpu(pid, name):
    seconds = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            thread, _, cpu = _stat(task)
            seconds += cpu if thread == name else 0.0
    return seconds


def environment_with(libraries=None):
    """Of a server: with these libraries of freeDiameter, or those of $QUINTET_FD_LIB_DIR, or the installed ones."""
    libraries = libraries or os.environ.get("QUINTET_FD_LIB_DIR")
    return {**os.environ, **({"LD_LIBRARY_PATH": str(libraries)} if libraries else {})}


class Constant(Server):
    """freeDiameterd with the constant answer."""

    def __init__(self, extension, port, folder, user_data=2000, threads=2, libraries=None):
        conf = Path(folder) / f"constant-{port}.conf"
        conf.write_text(CONSTANT_CONF.format(realm=REALM, port=port, threads=threads, extension=extension, user_data=user_data))
        super().__init__(conf, port, conf.with_suffix(".log"), environment_with(libraries))
        self.start(20)

    def cpu(self):
        return {"server": _stat(Path(f"/proc/{self.pid}"))[2]}


class Product(Instance):
    """What deploy/quickstart starts, of any checkout: server, token and database."""

    def __init__(self, quickstart, var, port, *options):
        super().__init__(var, port, *options, programs=())  # those that the checkout builds for itself
        self.quickstart = quickstart
        self.start(timeout=1800)  # the first start may build everything

    def cpu(self):
        """Processor seconds so far: of the server, of its token thread, of the database."""
        stats = _all_stats()
        used = {"server": 0.0, "token": 0.0, "database": 0.0}
        for pid in _family(self._child.pid, stats) | self._database_family(stats):
            name, _, cpu = stats.get(pid, ("", 0, 0.0))
            if name == "freeDiameterd":
                used["server"] += cpu
                used["token"] += _threads_cpu(pid, CRYPTO_THREAD)
            if name == "postgres":
                used["database"] += cpu
        return used

    def _database_family(self, stats):
        """The database may have left the family of the script that started it."""
        for file in self.var.rglob("postmaster.pid"):
            return _family(int(file.read_text().split()[0]), stats)
        return set()
