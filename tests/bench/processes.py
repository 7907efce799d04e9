# SPDX-License-Identifier: Apache-2.0
"""Starts the servers that are measured and tells how much processor time each part of them has used."""

import contextlib
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

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


def listens(port):
    wanted = re.compile(rf":{port:04X} \S+ 0A", re.MULTILINE)
    return any(wanted.search(Path(table).read_text()) for table in ("/proc/net/tcp", "/proc/net/tcp6"))


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


class Constant:
    """freeDiameterd with the constant answer."""

    def __init__(self, extension, port, folder, user_data=2000, threads=2, libraries=None):
        self.port = port
        configuration = Path(folder) / f"constant-{port}.conf"
        configuration.write_text(CONSTANT_CONF.format(
            realm=REALM, port=port, threads=threads, extension=extension, user_data=user_data))
        with open(Path(folder) / f"constant-{port}.log", "wb") as log:
            self._process = subprocess.Popen(["freeDiameterd", "-c", configuration], stdout=log, stderr=log,
                                             env=environment_with(libraries))
        limit = time.monotonic() + 20
        while not listens(port):
            if self._process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"the constant answer does not start, see {folder}/constant-{port}.log")
            time.sleep(0.05)

    @property
    def pid(self):
        return self._process.pid

    def cpu(self):
        return {"server": _stat(Path(f"/proc/{self._process.pid}"))[2]}

    def stop(self):
        stop(self._process)


class Product:
    """What deploy/quickstart starts: server, token and database."""

    def __init__(self, quickstart, var, port, *options):
        self.port, self.var = port, Path(var)
        command = [quickstart, "--serve", "--var", var, "--port", port, *options]
        self._process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, env=environment_with())
        self._wait_until_ready(time.monotonic() + 1800)  # the first start may build everything

    def _wait_until_ready(self, limit):
        while time.monotonic() < limit:
            readable, _, _ = select.select([self._process.stdout], [], [], 1)
            line = self._process.stdout.readline() if readable else None
            if line == "":
                raise RuntimeError(f"deploy/quickstart ended with {self._process.wait()}")
            if line and line.startswith("quintet ready"):
                return
        self.stop()
        raise RuntimeError("deploy/quickstart did not become ready")

    @property
    def environment(self):
        """The variables that var/env sets, on top of ours."""
        output = subprocess.run(["bash", "-c", '. "$0" && env -0', self.var / "env"], check=True, capture_output=True,
                                text=True).stdout
        return dict(line.partition("=")[::2] for line in output.split("\0") if line)

    def cpu(self):
        """Processor seconds so far: of the server, of its token thread, of the database."""
        stats = _all_stats()
        used = {"server": 0.0, "token": 0.0, "database": 0.0}
        for pid in _family(self._process.pid, stats) | self._database_family(stats):
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

    def stop(self):
        stop(self._process)


def stop(process):
    """SIGTERM, and SIGKILL for what does not listen."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
