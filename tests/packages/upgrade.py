# SPDX-License-Identifier: Apache-2.0
"""From an older version's packages, with a subscriber registered by that version's server, to these."""

import re
import subprocess
from contextlib import contextmanager

from debian_root import ROOT, Failed
from scenario import demand

# What an operator of that version had: no service manager is told, and the tool asks where its configuration is.
OLD_UNIT = ("Type=exec", "WatchdogSec=0")
OLD_TOOL = ("env", "QUINTET_CONFIG=/etc/quintet/quintet.toml", "CREDENTIALS_DIRECTORY=/etc/quintet/credentials", "quintet")
MINE = "# a line of the operator's own\n"
KEPT = """SELECT name, seq, ind_ims FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) ORDER BY 1;
SELECT id, state FROM quintet.registration_set ORDER BY 1; SELECT impi_id, set_id, registered FROM quintet.impi_set ORDER BY 1, 2;"""


def git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True, text=True).stdout


def steps_of(commit):
    return {line.split()[2] + line.split("\t")[1] for line in git("ls-tree", commit, "schema/").splitlines()
            if re.search(r"schema/\d{4}_", line)}


def commit_before():
    """The newest one that has fewer steps of the schema, and none that is not in this one."""
    now = steps_of("HEAD")
    for commit in git("log", "--format=%H", "--", "schema").split():
        for one in (commit, commit + "^"):
            if (steps := steps_of(one)) < now and steps:
                return git("rev-parse", one).strip()
    raise Failed("no commit has an older schema: is this a whole clone?")


def serves_as_the_older_version(world):
    node = world.older
    node.root.make()
    node.root.apt("update")
    node.install()
    node.root.boot()
    node.wait("a database", lambda: node.root.try_inside("pg_isready").returncode == 0)
    make_older_database(node)
    node.sql(node.root.inside(*OLD_TOOL, "token", "init", "--create-pins", "--sql", user="quintet"))
    configuration = node.root.inside("cat", "/etc/quintet/quintet.toml")
    node.root.inside("tee", "/etc/quintet/quintet.toml", input=MINE + configuration)
    node.import_card(*OLD_TOOL)
    node.drop_in(*OLD_UNIT)
    node.root.inside("systemctl", "start", "quintet")
    node.wait("the older server listens", node.listens)
    node.seen = int(re.search(r"SQN seq=(\d+)", node.register())[1])  # by the card


def make_older_database(node):
    """As its script did."""
    node.postgres("createdb", "quintet")
    node.root.inside("cp", "-r", "/usr/share/quintet/schema", "/run/schema")
    node.root.inside("tee", "/run/schema/migrate", input=git("show", f"{commit_before()}:schema/migrate"))
    node.postgres("bash", "/run/schema/migrate", "dbname=quintet")
    node.sql("CREATE ROLE quintet LOGIN; GRANT quintet_server TO quintet;")


def is_upgraded(world):
    """The server of before goes on until its operator stops it; then the schema is migrated, and the new one starts."""
    node = world.older
    before, process = node.sql(KEPT), node.unit("MainPID")
    demand("registered" in before, "nobody was registered")
    node.install(world.node.packages)
    demand(node.unit("MainPID") == process, "the installation has ended the server")
    demand(MINE in node.root.inside("cat", "/etc/quintet/quintet.toml"), "the operator's configuration is gone")
    tells_what_is_missing(node)
    node.root.inside("systemctl", "stop", "quintet")
    node.take_back()
    refused = node.root.try_inside("systemctl", "start", "quintet")
    demand(refused.returncode != 0 and "run quintet db migrate" in node.log(), "a server serves a schema that it does not know")
    node.root.inside("systemctl", "stop", "quintet")
    node.postgres("quintet", "db", "migrate")
    demand(node.sql(KEPT) == before, f"it was {before}, is {node.sql(KEPT)}")
    node.start()


def tells_what_is_missing(node):
    out = node.root.try_inside("quintet", "db", "status", user="postgres")
    newest = max(int(path.name[:4]) for path in (ROOT / "schema").glob("[0-9]*.sql"))
    demand(out.returncode == 1 and f"missing {newest:04}" in out.stdout, f"db status does not tell what is missing: {out.stdout}")


def keeps_registrations(world):
    said = world.older.register().split("=== 2.")[0]
    demand("the S-CSCF of this user is" in said, f"the registration is gone: {said.splitlines()[-1]}")


def keeps_numbers(world):
    node = world.older
    node.register("--usim-seq", str(node.seen))


@contextmanager
def somebody_else(world):
    """a subscriber who was not registered"""
    node, impi = world.older, world.older.impi
    node.impi = impi.replace("0000001@", "0000002@")
    try:
        yield
    finally:
        node.impi = impi


@contextmanager
def later_card(world):
    """a card that has seen later numbers"""
    world.older.seen += 1 << 30
    try:
        yield
    finally:
        world.older.seen -= 1 << 30
