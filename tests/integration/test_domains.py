# SPDX-License-Identifier: Apache-2.0
"""CS, PS and IMS interleaved on one card: runs tests/store/domains_test on a database and token of its own."""

from product import Product
from support.instance import build_dir


def test_interleaved_domains_never_fail_to_synchronise(tmp_path_factory):
    with Product(tmp_path_factory.mktemp("domains") / "var", options=["--no-server"]) as alone:
        run = alone.run(build_dir() / "tests" / "store" / "domains_test", check=False, timeout=180)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "[  PASSED  ] 2 tests." in run.stdout
