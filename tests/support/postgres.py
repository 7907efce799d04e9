# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL clusters as children of a test: made, started, killed without mercy, frozen, copied."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from support.child import Child, clean_environment, eventually

ADMIN = "quintet_admin"  # of the clusters of deploy/quickstart


def program(name):
    newest = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return newest / name


def identity():
    """In front of a server program: it refuses to be root, and may look into folders closed to its own user."""
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        words += ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--inh-caps=+dac_read_search",
                  "--ambient-caps=+dac_read_search"]
    return words


def run(name, *arguments):
    """One of PostgreSQL's programs, as the owner of the clusters."""
    done = subprocess.run([*identity(), *map(str, (name, *arguments))], check=False, env=clean_environment(), cwd="/",
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed: {done.stderr}")


def give_to_owner(*folders):
    for folder in folders:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")


class Cluster(Child):
    """Reached through a Unix socket only; `options` are settings like "fsync=off"."""

    def __init__(self, data, sockets, log, options=(), admin=ADMIN):
        super().__init__(log)
        self.data, self.sockets, self.options, self.admin = Path(data), Path(sockets), list(options), admin

    def create(self):
        """With the settings that initdb gives; whoever reaches the socket is trusted."""
        durable = [] if "fsync=off" not in self.options else ["--no-sync"]
        run(program("initdb"), "-D", self.data, "-A", "trust", "-U", self.admin, "--encoding", "UTF8", "--locale", "C", *durable)
        return self

    def conninfo(self, role=None, database="quintet"):
        return f"host={self.sockets} port=5432 dbname={database} user={role or self.admin}"

    def _accepts(self):
        ready = [program("pg_isready"), "-q", "-t", "1", "-d", self.conninfo(database="postgres")]
        return subprocess.run(ready, check=False, env=clean_environment()).returncode == 0

    def _is_up(self):
        """Right after a kill the old children may still hold a new server up, which then ends at once."""
        if not self.is_alive():
            settings = [f"unix_socket_directories={self.sockets}", *self.options]
            self.launch_command([*identity(), program("postgres"), "-D", self.data, *(word for one in settings for word in ("-c", one))],
                                cwd="/", start_new_session=True, env=clean_environment())
        return self._accepts()

    def start(self, seconds=60):
        """Returns when it accepts connections."""
        eventually(self._is_up, seconds, 0.02)
        return self.await_ready(self._accepts, 1)

    def stop(self, sig=signal.SIGINT, timeout=30):
        return super().stop(sig, timeout)

    def psql(self, sql, *options, database="quintet"):
        """Rows as text, columns separated by |."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo(database=database), *options, "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr}")
        return done.stdout.splitlines()

    def value(self, sql):
        return self.psql(sql)[0]

    def cut_off(self):
        """A standby goes on serving readers, and hears no more of its primary."""
        self.psql("ALTER SYSTEM SET primary_conninfo = ''")
        self.psql("SELECT pg_reload_conf()")
        assert eventually(lambda: self.value("SELECT count(*) FROM pg_stat_wal_receiver") == "0")

    def _signal_all(self, which):
        """The postmaster and its children; no new child comes while the postmaster stands still."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        for _ in range(2):
            for pid in (self.pid, *map(int, children.read_text(encoding="ascii").split())):
                with contextlib.suppress(ProcessLookupError):  # children that wake up may end at once
                    os.kill(pid, which)

    def freeze(self):
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)


@contextlib.contextmanager
def throw_away_cluster(parent=None, durable=True):
    """Conninfo of a cluster that lives as long as the block. Not durable: nothing is forced to disk, for tests of other things."""
    with tempfile.TemporaryDirectory(prefix="quintet-pg-", dir=parent) as name:
        folder = Path(name)
        give_to_owner(folder)
        options = ["listen_addresses="] + ([] if durable else ["fsync=off", "full_page_writes=off"])
        cluster = Cluster(folder / "data", folder, folder / "log", options, "bench").create()
        try:
            yield cluster.start().conninfo(database="postgres")
        finally:
            cluster.stop(signal.SIGQUIT)
