# SPDX-License-Identifier: Apache-2.0
"""Number states by IMPI and IMSI, and commits that are cut: runs tests/store/credentials_test on a database of its own."""

import tomllib
from pathlib import Path

import psycopg2.extensions
from product import Product
from support.cutting_proxy import CuttingProxy
from support.instance import build_dir

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
PREPARED = f"""
UPDATE quintet.impi SET imsi = '001010000000003' WHERE identity = '001010000000003@{REALM}';
UPDATE quintet.impi SET imsi = '001010000000012' WHERE identity IN ('001010000000001@{REALM}', '001010000000002@{REALM}');
INSERT INTO quintet.subscription (name) VALUES ('of the tests');
INSERT INTO quintet.impi (identity, subscription_id, credential_id, imsi, schemes)
  SELECT v.identity, s.id, CASE WHEN v.has_card THEN
    (SELECT credential_id FROM quintet.impi WHERE identity = '001010000000003@{REALM}') END, v.imsi, v.schemes
  FROM quintet.subscription AS s, (VALUES
    ('one@{REALM}', true, '001010000000033', '{{aka}}'::text[]),
    ('two@{REALM}', true, '001010000000033', '{{aka}}'),
    ('keyless@{REALM}', false, '001010000000099', '{{giba}}')) AS v (identity, has_card, imsi, schemes)
  WHERE s.name = 'of the tests';
"""


def test_credentials_without_registration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("credentials")
    with Product(folder / "var", options=["--no-server"]) as alone:
        alone.sql(PREPARED)
        server = psycopg2.extensions.parse_dsn(alone.environment()["QUINTET_ADMIN_DB"])
        target = Path(server["host"]) / f".s.PGSQL.{server['port']}"
        doors = [CuttingProxy(folder / "cuts" / moment, target, moment) for moment in ("after", "before", "early")]
        conninfo = tomllib.loads((alone.var / "quintet.toml").read_text(encoding="utf-8"))["database"]["conninfo"]
        run = alone.run("env", f"QUINTET_CONNINFO={conninfo}", f"QUINTET_CUTS={folder / 'cuts'}",
                        build_dir() / "tests" / "store" / "credentials_test", check=False, timeout=120)
        for door in doors:
            door.close()
    assert run.returncode == 0, run.stdout + run.stderr
    assert "[  PASSED  ] 8 tests." in run.stdout
