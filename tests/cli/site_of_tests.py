# SPDX-License-Identifier: Apache-2.0
"""A site for tests of the tool: a SoftHSM folder of its own, and a database in the cluster of a running quickstart."""

import subprocess
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from support.instance import clean_environment, quintet_tool

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
PUBLIC = "ims.mnc001.mcc001.3gppnetwork.org"


def softhsm_module():
    return next(path for path in MODULES if Path(path).exists())


class Site:
    """Runs the tool on its own token folder. The server's role may do what the server may, the administrator all."""

    def __init__(self, folder, admin):
        self.folder = Path(folder)
        self.admin = admin  # conninfo
        self.rows("UPDATE quintet.cluster SET (system_identifier, timeline, database_oid, table_oid, table_filenode, server_start)"
                  " = (SELECT i.* FROM quintet.incarnation() AS i)")  # a copy of a template would leap
        (self.folder / "tokens").mkdir(parents=True)
        (self.folder / "pins").mkdir()
        (self.folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
            encoding="ascii")
        self.configure()

    def configure(self, text="", witness="lead"):
        """Writes the configuration, with more tables behind the required ones; [sqn] may be the first of them."""
        if witness:
            text = f'[sqn]\nwitness = "{witness}"\n' + text.removeprefix("[sqn]\n")
        (self.folder / "quintet.toml").write_text(
            f'[database]\nconninfo = "{make_dsn(self.admin, user="quintet")}"\n[token]\nmodule = "{softhsm_module()}"\n'
            f'label = "quintet"\npin_file = "pins/user.pin"\n{text}', encoding="utf-8")

    @property
    def environment(self):
        return {**clean_environment(), "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"),
                "QUINTET_CONFIG": str(self.folder / "quintet.toml"), "QUINTET_ADMIN_DB": self.admin}

    def quintet(self, *arguments, code=0):
        """Runs the tool; fails unless it exits with `code`, where one is given."""
        out = subprocess.run([quintet_tool(), *map(str, arguments)], text=True,
                             capture_output=True, env=self.environment, stdin=subprocess.DEVNULL, timeout=120,
                             check=False)
        assert code in (None, out.returncode), f"exit {out.returncode}\n{out.stdout[-2000:]}\n{out.stderr[-2000:]}"
        return out

    def psql(self, script, role="quintet_provisioner"):
        """Runs a script with the rights of whoever provisions, or another role; its exit code and output."""
        return subprocess.run(["psql", "-XAtq", "-d", self.admin], input=script, text=True, capture_output=True,
                              env={**clean_environment(), "PGOPTIONS": f"-c role={role}"}, check=False)

    def rows(self, query, *parameters):
        connection = psycopg2.connect(self.admin)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def import_cards(self, text, *options):
        """A CSV file through the tool and psql into the database."""
        file = self.folder / "cards.csv"
        file.write_bytes(text.encode())
        script = self.quintet("keys", "import", file, *options).stdout
        out = self.psql(script)
        assert out.returncode == 0, out.stderr
        return script

    def subscribe(self, credential, impi=None):
        """A subscription with an IMPI on that credential; the IMPI."""
        impi = impi or f"{credential}@{PUBLIC}"
        self.rows("WITH new AS (INSERT INTO quintet.subscription (name) VALUES (%s) RETURNING id)"
                  " INSERT INTO quintet.impi (identity, subscription_id, credential_id)"
                  " SELECT %s, new.id, credential.id FROM new, quintet.credential WHERE credential.name = %s",
                  impi, impi, credential)
        return impi

    def tokens(self):
        return sorted(path.name for path in (self.folder / "tokens").iterdir())
