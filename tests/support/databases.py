# SPDX-License-Identifier: Apache-2.0
"""Databases with the schema for tests: migrated once per cluster, then copied."""

import itertools
import subprocess

import psycopg2
from psycopg2.extensions import make_dsn
from support.instance import ROOT, clean_environment, quintet_tool

TEMPLATE = "quintet_template"


def migrate(conninfo, steps=ROOT / "schema"):
    """Runs quintet db migrate; `steps` is another folder of steps. What it warns of."""
    return subprocess.run([quintet_tool(), "db", "migrate", "--schema", steps, "--database", conninfo], check=True,
                          capture_output=True, text=True, env=clean_environment()).stderr


class Databases:
    """Makes databases in the cluster that an administrator reaches by `conninfo`."""

    def __init__(self, conninfo):
        self.conninfo = conninfo
        self._numbers = itertools.count(1)
        self._has_template = False

    def empty(self, options=""):
        """Conninfo of a new database."""
        return self._create(f"test_{next(self._numbers)}", options)

    def migrated(self):
        """Conninfo of a new database with the schema."""
        if not self._has_template:
            migrate(self._create(TEMPLATE))
            self._has_template = True
        return self.empty(f"TEMPLATE {TEMPLATE}")

    def _create(self, name, options=""):
        connection = psycopg2.connect(self.conninfo)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} {options}")
        connection.close()
        return make_dsn(self.conninfo, dbname=name)
