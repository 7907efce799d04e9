# SPDX-License-Identifier: Apache-2.0
"""The stage of the chaos tests: one database with bench subscribers, and as many servers on it as a test wants."""

import subprocess
import sys
from pathlib import Path

from processes import Server
from support import postgres
from support.instance import ROOT, Instance, build_dir, free_port, quintet_tool

sys.path.insert(0, str(ROOT / "tests" / "bench"))
from provision import provision  # noqa: E402  (the bench is not a package)

SUBSCRIBERS = 50


class Rig:
    """Made once by deploy/quickstart; after that nothing restarts anything but the test."""

    def __init__(self, var, subscribers=SUBSCRIBERS):
        self.var = Path(var)
        self._instance = Instance(self.var)
        self._instance.start("--no-server")
        try:
            self.environment = self._instance.environment()
            provision(self.environment, build_dir() / "tests" / "bench", subscribers)
        finally:
            self._instance.stop()
        self.primary = postgres.Cluster(self.var / "postgresql", self.var / "run" / "postgresql", self.var / "log" / "postgresql.log")
        self.standbys = []
        self.servers = []

    def server(self, name, settings=None, environment=None):
        known = {"SOFTHSM2_CONF": self.environment["SOFTHSM2_CONF"]}
        server = Server(self.var, name, free_port(), {**known, **(environment or {})})
        server.log_file.unlink(missing_ok=True)  # each test reads its own words only
        server.configure(settings or {})
        self.servers.append(server)
        return server

    def start_database(self):
        if not self.primary.is_alive():
            self.primary.start()

    def close(self):
        """Whatever a test has left running."""
        for server in self.servers:
            if server.is_alive():
                server.kill()
        self.servers = []
        for database in (*self.standbys, self.primary):
            database.stop()
        self.standbys = []

    def make_standby(self, name):
        """An asynchronous standby, by streaming; replaces an earlier one of that name."""
        data, sockets = self.var / name, self.var / "run" / name
        subprocess.run(["rm", "-rf", data], check=True)
        for folder in (data, sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        postgres.give_to_owner(data, sockets)
        postgres.run(postgres.program("pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast", "-d",
                     self.primary.conninfo(database="postgres"))
        standby = postgres.Cluster(data, sockets, self.var / "log" / f"{name}.log")
        self.standbys.append(standby)
        return standby.start()

    def adopt(self):
        """What the database remembers of itself is made to fit, as if it had never been another one: nothing will leap."""
        self.primary.psql("UPDATE quintet.cluster SET (system_identifier, timeline, database_oid, table_oid, table_filenode,"
                          " server_start) = (SELECT i.* FROM quintet.incarnation() AS i)")

    def reset_sequence_numbers(self):
        """From 0, in a database that no earlier test has left with a leap to take."""
        self.adopt()
        (self.var / "sqn/lead").unlink(missing_ok=True)
        self.move_numbers("seq = 0, seq_lead = (SELECT seq_lead FROM quintet.cluster), clock_offset = NULL, ind_ims = NULL")

    def move_numbers(self, how, where="true"):
        """What only the owner of the schema can do, and no function of it: numbers go back without an entry in audit."""
        self.primary.psql(f"""
            INSERT INTO quintet.sqn_permit SELECT fingerprint FROM quintet.sqn_state;
            WITH locked AS (SELECT fingerprint AS k FROM quintet.sqn_state WHERE {where} ORDER BY id FOR UPDATE)
            UPDATE quintet.sqn_state SET {how} FROM locked WHERE fingerprint = k;
            DELETE FROM quintet.sqn_permit""")

    def import_anew(self):
        """As if no card had been in the dump, and each had been imported again: nothing is known of any K."""
        guards = ("never_goes_back", "is_never_removed", "leaps_after_copy")
        self.primary.psql(f"""
            CREATE TEMPORARY TABLE kept AS SELECT id, fingerprint FROM quintet.credential;
            UPDATE quintet.credential SET fingerprint = NULL;
            ALTER TABLE quintet.sqn_state DISABLE TRIGGER USER;
            DELETE FROM quintet.sqn_state;
            {"".join(f"ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_{name};" for name in guards)}
            UPDATE quintet.credential SET fingerprint = kept.fingerprint FROM kept WHERE credential.id = kept.id""")

    def let_witness_know(self):
        word = self.primary.value("SELECT concat_ws('/', system_identifier, timeline, database_oid, table_oid, table_filenode,"
                                  " extract(epoch FROM server_start)) FROM quintet.cluster")
        witness = self.var / "sqn/lead"
        lines = [line.split(" ")[:2] + [word] for line in witness.read_text(encoding="ascii").splitlines()[1:]]
        witness.write_text("\n".join(["quintet-lead 1", *map(" ".join, lines)]) + "\n", encoding="ascii")

    @staticmethod
    def tool(server, *arguments):
        """`quintet`, with the configuration of one server."""
        return subprocess.run([quintet_tool(), "--config", server.configuration, *arguments], check=True, env=server.environment,
                              capture_output=True, text=True).stdout

    def sum_of_seq(self):
        return sum(highest_seqs(self.primary).values())


def highest_seqs(database):
    """Index of a bench subscriber -> the SEQ that the database holds for it."""
    rows = database.psql("SELECT name, seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) WHERE name LIKE 'bench-%'")
    return {int(name.removeprefix("bench-")): int(seq) for name, _, seq in (row.partition("|") for row in rows)}
