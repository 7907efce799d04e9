# SPDX-License-Identifier: Apache-2.0
"""Databases and servers that a test starts, kills without mercy and starts again."""

import contextlib
import os
import signal
import subprocess
import time
import tomllib
from pathlib import Path

from support.instance import build_dir, clean_environment, eventually

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
FREEDIAMETER_CONF = """
Identity = "{identity}";
Realm = "{realm}";
Port = {port};
SecPort = 0;
No_SCTP;
No_IPv6;
NoRelay;
AppServThreads = 2;
LoadExtension = "{extension}" : "{configuration}";
"""


def listens(port):
    """Some socket listens on 127.0.0.1 or on all addresses."""
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[1].endswith(f":{port:04X}"):
            return True
    return False


class Process:
    """A child that ends with the test run, whatever happens to it."""

    def __init__(self, log):
        self.log_file = Path(log)
        self._child = None

    def launch(self, command, **more):
        with open(self.log_file, "ab") as log:
            self._child = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)

    @property
    def pid(self):
        return self._child.pid

    def is_alive(self):
        return self._child is not None and self._child.poll() is None

    def kill(self):
        """kill -9; returns when the process is gone."""
        self._child.kill()
        self._child.wait()

    def end(self, how, seconds):
        """Asks it to end; kills it when it does not, which raises."""
        if not self.is_alive():
            return None
        self._child.send_signal(how)
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def log(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace")


class Postgres(Process):
    """A cluster that deploy/quickstart or pg_basebackup has made, reached through a Unix socket only."""

    def __init__(self, data, sockets, log, options=()):
        super().__init__(log)
        self.data, self.sockets, self.options = Path(data), Path(sockets), list(options)

    @staticmethod
    def identity():
        """In front of a server program: it refuses to be root, and may look into folders closed to its own user."""
        words = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            words += ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--inh-caps=+dac_read_search",
                      "--ambient-caps=+dac_read_search"]
        return words

    @staticmethod
    def program(name):
        newest = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        return newest / name

    def conninfo(self, role, database="quintet"):
        return f"host={self.sockets} port=5432 dbname={database} user={role}"

    def start(self, seconds=60):
        """Returns when it accepts connections; right after a kill the old children may still hold it up."""
        settings = [word for setting in (f"unix_socket_directories={self.sockets}", *self.options) for word in ("-c", setting)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.is_alive():
                self.launch([*self.identity(), self.program("postgres"), "-D", self.data, *settings], cwd="/",
                            start_new_session=True)
            ready = [self.program("pg_isready"), "-q", "-t", "1", "-d", self.conninfo("quintet_admin", "postgres")]
            if subprocess.run(ready, check=False, env=clean_environment()).returncode == 0:
                return self
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL does not start, see {self.log_file}")

    def stop(self):
        self.end(signal.SIGINT, 30)

    def psql(self, sql, *options):
        """Rows as text, columns separated by |."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo("quintet_admin"), *options, "-c", sql]
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


def toml_of(tables):
    """What the server's configuration needs of TOML: tables of strings, numbers, booleans and lists of strings."""
    lines = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        for key, value in table.items():
            text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, int) else None
            if isinstance(value, list):
                text = "[" + ", ".join(f'"{one}"' for one in value) + "]"
            lines.append(f"{key} = {text}" if text is not None else f'{key} = "{value}"')
    return "\n".join(lines) + "\n"


class Server(Process):
    """freeDiameterd with our extension, under a name and on a port of its own."""

    def __init__(self, var, name, port, environment=None):
        super().__init__(var / "log" / f"{name}.log")
        self.port = port
        self.environment = {**clean_environment(), **(environment or {})}
        self.configuration = var / f"{name}.toml"
        self._conf = var / f"{name}.conf"
        self._base = var / "quintet.toml"
        extension = build_dir() / "diameter_ext" / "quintet.fdx"
        self._conf.write_text(FREEDIAMETER_CONF.format(identity=f"{name}.{REALM}", realm=REALM, port=port, extension=extension,
                                                       configuration=self.configuration), encoding="utf-8")
        self.configure({})

    def configure(self, settings):
        """The configuration of deploy/quickstart with other values: {"sqn.profile": "time"}."""
        tables = tomllib.loads(self._base.read_text(encoding="utf-8"))
        for name, value in settings.items():
            table, _, key = name.rpartition(".")
            tables.setdefault(table, {})[key] = value
        self.configuration.write_text(toml_of(tables), encoding="utf-8")

    def launch_only(self):
        # The kernel ends it with this process.
        self.launch(["setpriv", "--pdeathsig", "KILL", "freeDiameterd", "-c", self._conf], env=self.environment)

    def start(self, seconds=60):
        self.launch_only()
        if not eventually(lambda: listens(self.port) or not self.is_alive(), seconds, 0.02) or not self.is_alive():
            raise RuntimeError(f"the server does not start:\n{self.log()[-3000:]}")
        return self

    def stop(self):
        """Orderly; returns the exit status."""
        return self.end(signal.SIGTERM, 30)
