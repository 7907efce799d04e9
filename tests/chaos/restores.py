# SPDX-License-Identifier: Apache-2.0
"""Ways in which a database can go back: each saves a state, and puts it back later as an operator would."""

import contextlib
import shutil
import subprocess

from support.instance import eventually
from support.postgres import program, run


def copy_tree(source, target):
    """With owners, as the administrator of the machine."""
    subprocess.run(["cp", "-a", source, target], check=True)


def maintenance(rig, sql):
    """Statements on databases, one by one, from beside them."""
    for statement in sql:
        rig.primary.psql(statement, database="postgres")


@contextlib.contextmanager
def without_connections(rig, *databases):
    """Nobody is connected, and nobody comes."""
    forbid = [f"ALTER DATABASE {name} ALLOW_CONNECTIONS false" for name in databases]
    maintenance(rig, forbid + ["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'quintet%'"])
    assert eventually(lambda: not rig_connections(rig))
    yield


def rig_connections(rig):
    return int(rig.primary.psql("SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'quintet%'", database="postgres")[0])


class Way:
    """One way to go back; a fresh one for each round."""

    def __init__(self, rig, folder):
        self.rig, self.folder = rig, folder
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, "postgres")
        for parent in (folder, *folder.parents):  # pytest's folders are closed to others
            if parent.stat().st_mode & 0o1 == 0:
                parent.chmod(parent.stat().st_mode | 0o111)


class DumpAndLoad(Way):
    """pg_dump; DROP DATABASE, CREATE DATABASE and psql."""

    def save(self):
        run(program("pg_dump"), "-f", self.folder / "dump.sql", "-d", self.rig.primary.conninfo())

    def put_back(self):
        maintenance(self.rig, ["DROP DATABASE quintet WITH (FORCE)", "CREATE DATABASE quintet"])
        run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", self.rig.primary.conninfo(), "-f", self.folder / "dump.sql")


class RestoreClean(Way):
    """pg_restore --clean into the same database, under the servers' open connections."""

    def save(self):
        run(program("pg_dump"), "-Fc", "-f", self.folder / "dump", "-d", self.rig.primary.conninfo())

    def put_back(self):
        run(program("pg_restore"), "--clean", "--if-exists", "-d", self.rig.primary.conninfo(), self.folder / "dump")


class TruncateAndCopy(Way):
    """The owner of the schema switches the guards off, empties the table and fills it, in one transaction."""

    def save(self):
        self.rig.primary.psql(f"COPY quintet.sqn_state TO '{self.folder}/rows'")

    def put_back(self):
        guards = ("sqn_state_never_goes_back", "sqn_state_keeps_its_key", "sqn_state_is_never_removed", "sqn_state_leaps_after_copy")
        self.rig.primary.psql(
            "ALTER TABLE quintet.sqn_state DISABLE TRIGGER ALL; TRUNCATE quintet.sqn_state;"
            f"COPY quintet.sqn_state FROM '{self.folder}/rows';"
            + "".join(f"ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER {guard};" for guard in guards))


class DeleteAndCopy(Way):
    """The same without TRUNCATE: what tells is that rows came by hand."""

    def save(self):
        self.rig.primary.psql(f"COPY quintet.sqn_state TO '{self.folder}/rows'")

    def put_back(self):
        self.rig.primary.psql("ALTER TABLE quintet.sqn_state DISABLE TRIGGER sqn_state_is_never_removed; DELETE FROM quintet.sqn_state;"
                              f"COPY quintet.sqn_state FROM '{self.folder}/rows';"
                              "ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_is_never_removed")


class SwappedIn(Way):
    """A copy of the database inside PostgreSQL, swapped in by rename."""

    def save(self):
        with without_connections(self.rig, "quintet"):
            maintenance(self.rig, ["DROP DATABASE IF EXISTS quintet_copy", "CREATE DATABASE quintet_copy TEMPLATE quintet",
                                   "ALTER DATABASE quintet ALLOW_CONNECTIONS true"])

    def put_back(self):
        with without_connections(self.rig, "quintet"):
            maintenance(self.rig, ["ALTER DATABASE quintet RENAME TO quintet_old", "ALTER DATABASE quintet_copy RENAME TO quintet",
                                   "ALTER DATABASE quintet ALLOW_CONNECTIONS true", "DROP DATABASE quintet_old"])


class DataDirectory(Way):
    """A copy of the data directory in place of the directory itself; PostgreSQL stands still meanwhile."""

    def save(self):
        self.rig.primary.stop()
        copy_tree(self.rig.primary.data, self.folder / "data")
        self.rig.primary.start()

    def put_back(self):
        self.rig.primary.stop()
        shutil.rmtree(self.rig.primary.data)
        copy_tree(self.folder / "data", self.rig.primary.data)
        self.rig.primary.start()


class BaseBackup(DataDirectory):
    """pg_basebackup, taken while the servers work, started as it is: same system, same timeline."""

    def save(self):
        run(program("pg_basebackup"), "-D", self.folder / "data", "-X", "stream", "-c", "fast", "-d",
            self.rig.primary.conninfo(database="postgres"))


class OpenedStandby(DataDirectory):
    """A standby that hears no more of its primary, opened by removing its signal file instead of promoting it."""

    def save(self):
        self.standby = self.rig.make_standby("opened")
        self.standby.cut_off()

    def put_back(self):
        self.standby.stop()
        self.rig.standbys.remove(self.standby)
        (self.standby.data / "standby.signal").unlink()
        self.rig.primary.stop()
        shutil.rmtree(self.rig.primary.data)
        copy_tree(self.standby.data, self.rig.primary.data)
        self.rig.primary.start()


class PointInTime(DataDirectory):
    """Recovery of a base backup to a restore point; each time the same new timeline, as nothing is archived between."""

    def save(self):
        self.rig.primary.psql("ALTER SYSTEM SET wal_keep_size = '1GB'")
        self.rig.primary.psql("SELECT pg_reload_conf()")
        run(program("pg_basebackup"), "-D", self.folder / "data", "-X", "stream", "-c", "fast", "-d",
            self.rig.primary.conninfo(database="postgres"))
        self.point = f"point_{self.folder.name}"
        self.rig.primary.psql(f"SELECT pg_create_restore_point('{self.point}'), pg_switch_wal()")
        self._has_wal = False

    def put_back(self):
        self.rig.primary.stop()
        if not self._has_wal:
            copy_tree(self.rig.primary.data / "pg_wal", self.folder / "wal")
            self._has_wal = True
        shutil.rmtree(self.rig.primary.data)
        copy_tree(self.folder / "data", self.rig.primary.data)
        settings = (f"restore_command = 'cp {self.folder}/wal/%f %p'\nrecovery_target_name = '{self.point}'\n"
                    "recovery_target_action = 'promote'\n")
        with open(self.rig.primary.data / "postgresql.auto.conf", "a", encoding="ascii") as file:
            file.write(settings)
        run("touch", self.rig.primary.data / "recovery.signal")
        self.rig.primary.start()
        assert eventually(lambda: self.rig.primary.value("SELECT pg_is_in_recovery()") == "f", 30)
        self.rig.primary.psql("ALTER SYSTEM RESET ALL")


WAYS = {"dump and load": DumpAndLoad, "pg_restore --clean": RestoreClean, "TRUNCATE and COPY": TruncateAndCopy,
        "DELETE and COPY": DeleteAndCopy, "copy swapped in by rename": SwappedIn, "base backup started as it is": BaseBackup,
        "standby opened by removing its signal file": OpenedStandby, "data directory put back": DataDirectory,
        "recovery to a point in time": PointInTime}
