# SPDX-License-Identifier: Apache-2.0
"""A throw-away PostgreSQL cluster on a Unix socket, with the settings that initdb gives unless told otherwise."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

BIN = Path("/usr/lib/postgresql/15/bin")


def _as_owner():
    """initdb and postgres refuse to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]


class PrivatePostgres:
    """Context manager; its value is a libpq conninfo. Not durable: nothing is forced to disk, for tests of other things."""

    def __init__(self, parent=None, durable=True):
        self._durable = durable
        self._folder = Path(tempfile.mkdtemp(prefix="bench-pg-", dir=parent))
        self._data = self._folder / "data"

    def _run(self, program, *arguments):
        subprocess.run([*_as_owner(), BIN / program, *map(str, arguments)], check=True, cwd=self._folder,
                       stdout=subprocess.DEVNULL)

    def __enter__(self):
        try:
            if os.geteuid() == 0:
                owner = pwd.getpwnam("postgres")
                os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._run("initdb", "-D", self._data, "-A", "trust", "-U", "bench", "--encoding", "UTF8", "--locale", "C",
                      *([] if self._durable else ["--no-sync"]))
            options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}'"
            if not self._durable:
                options += " -c fsync=off -c full_page_writes=off"
            self._run("pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log", "-o", options, "start")
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return f"host={self._folder} user=bench dbname=postgres"

    def __exit__(self, *_):
        try:
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
