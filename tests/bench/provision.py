# SPDX-License-Identifier: Apache-2.0
"""Puts bench subscribers into the product's database, the way an operator would: import of keys, then plain SQL."""

import os
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REALM = "ims.mnc001.mcc001.3gppnetwork.org"
FIRST_NUMBER = 1010100000001  # behind those of the sample subscribers
PARTS = 2  # imports at a time: one process of a token that serialises keeps one core busy
QUIET = {"stderr": subprocess.DEVNULL}  # it prints its progress


def psql(environment, *arguments):
    command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", environment["QUINTET_DB"], *arguments]
    return subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout.strip()


def existing(environment):
    return int(psql(environment, "-c", "SELECT count(*) FROM quintet.subscription WHERE name LIKE 'bench-%'"))


def _start_import(environment, build, folder, first, count):
    """Import and psql, joined by a pipe. The keys are no secret: anybody can derive them."""
    cards = Path(folder) / f"{first}.csv"
    with cards.open("wb") as out:
        subprocess.run([build / "bulkcsv", "--first-subscriber", str(first), "--subscribers", str(count)], check=True,
                       stdout=out)
    script = subprocess.Popen(["quintet", "keys", "import", cards], env=environment, stdout=subprocess.PIPE, **QUIET)
    load = subprocess.Popen(["psql", "-X", "-q", "-d", environment["QUINTET_DB"]], stdin=script.stdout, stdout=subprocess.DEVNULL,
                            env=environment)
    script.stdout.close()
    return [script, load]


def import_keys(environment, build, first, count):
    share = -(-count // PARTS)
    starts = range(first, first + count, share)
    with tempfile.TemporaryDirectory() as folder:
        running = [_start_import(environment, build, folder, start, min(share, first + count - start))
                   for start in starts]
        codes = [process.wait() for pipeline in running for process in pipeline]
    if any(codes):
        raise RuntimeError("the import of keys failed; quintet keys import tells why")


def provision(environment, build, subscribers):
    """Makes sure that subscribers 0 to `subscribers` - 1 exist."""
    environment = {**os.environ, **environment}
    first = existing(environment)
    if first >= subscribers:
        return
    import_keys(environment, build, first, subscribers - first)
    psql(environment, "-v", f"first={first}", "-v", f"last={subscribers - 1}", "-v", f"number={FIRST_NUMBER}",
         "-v", f"realm={REALM}", "-f", HERE / "subscribers.sql")
