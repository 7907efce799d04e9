# SPDX-License-Identifier: Apache-2.0
"""Every file and folder that the quickstart and its server make: whose it is, who may read it (docs/operations.md)."""

import os
import re
import stat

import pytest
from support.instance import ROOT, Instance

# Root's copy lets the server's own user go through some folders of whose files it may read its own.
PASSAGE = 0o711 if os.geteuid() == 0 else 0o700

# What stands where, relative to var: pattern, octal mode. The first that fits counts; every path must fit one.
MODES = [
    (r"", 0o711),                                         # PostgreSQL's user goes through it, nobody looks around
    (r"softhsm|pins", PASSAGE),
    (r"(softhsm|import)/tokens(/[^/]+)?|import", 0o700),
    (r"(softhsm|import)/tokens/[^/]+/[^/]+", 0o600),
    (r"(softhsm|import)/softhsm2\.conf", 0o640),
    (r"(pins|import)/[a-z-]+\.pin", 0o600),
    (r"postgresql", 0o700),
    (r"postgresql/quintet-complete|postgresql/(postgresql|pg_hba|pg_ident)\.conf", None),  # inside of a private folder
    (r"postgresql/.*", None),
    (r"run", 0o711),
    (r"run/postgresql", PASSAGE),
    (r"run/postgresql/.*", None),
    (r"sqn", 0o700),
    (r"sqn/lead", 0o640),
    (r"log", 0o750),
    (r"log/[a-z]+\.log", 0o640),
    (r"samples", 0o750),
    (r"tls", 0o755),
    (r"tls/(ca|crl|hss\..*|icscf\..*|scscf\..*)\.pem", 0o644),
    (r"tls/issued", 0o700),
    (r"tls/(.*\.key|lock|openssl\.cnf|index.*|crlnumber.*|issued/.*)", 0o600),
    (r"samples/.*", 0o640),
    (r"(quintet\.toml|freediameter\.conf|env|realm|run/(server-env|[a-z]+\.pid)|lock)", 0o640),
]


def expected(path):
    return next((mode for pattern, mode in MODES if re.fullmatch(pattern, path)), "unknown")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Made under a careless umask."""
    before = os.umask(0)
    try:
        with Instance(tmp_path_factory.mktemp("files") / "var") as instance:
            yield instance
    finally:
        os.umask(before)


def wrong_modes(var):
    wrong = []
    for path in [var, *var.rglob("*")]:
        relative = "" if path == var else str(path.relative_to(var))
        mode, want = stat.S_IMODE(path.lstat().st_mode), expected(relative)
        if want == "unknown" or (want is not None and mode != want):
            wrong.append(f"{relative}: {mode:o}, not {want if want == 'unknown' else format(want, 'o')}")
    return wrong


def open_to_all(var):
    """As a start under a careless umask once left it; what was private from the beginning stays so."""
    for path in [var, *var.glob("*"), *var.glob("log/*"), *var.glob("samples/*"), *var.glob("*/softhsm2.conf")]:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_every_file_is_known_and_has_its_mode(running):
    assert wrong_modes(running.var) == []


def test_the_import_token_is_not_where_the_server_looks(running):
    """Neither its folder nor its PIN; and the tool finds both."""
    server = running.server_environment()
    assert "import" not in " ".join(f"{key}={value}" for key, value in server.items() if key.startswith(("QUINTET", "SOFTHSM")))
    tokens = {place: list((running.var / place / "tokens").glob("*/token.object")) for place in ("softhsm", "import")}
    assert {place: len(found) for place, found in tokens.items()} == {"softhsm": 1, "import": 1}
    assert b"quintet-import" in tokens["import"][0].read_bytes()
    assert b"quintet-import" not in tokens["softhsm"][0].read_bytes()
    assert sorted(path.name for path in (running.var / "pins").iterdir()) == ["so.pin", "user.pin"]
    out = running.run("quintet", "keys", "import", ROOT / "schema" / "samples" / "sample_cards.csv", check=False)
    assert out.returncode == 0 and "001010000000001" in out.stdout, out.stderr


def test_an_older_folder_is_taken_apart(tmp_path):
    """One token folder and one folder of PINs for both, as it was: the next start moves what is the import token's."""
    with Instance(tmp_path / "var") as instance:
        pass
    var = instance.var
    for token in (var / "import" / "tokens").iterdir():
        token.rename(var / "softhsm" / "tokens" / token.name)
    for pin in ("import", "import-so"):
        (var / "import" / f"{pin}.pin").rename(var / "pins" / f"{pin}.pin")
    open_to_all(var)
    with instance:
        assert wrong_modes(var) == []
        assert instance.demo().returncode == 0
        assert instance.run("quintet", "keys", "import", ROOT / "schema" / "samples" / "sample_cards.csv").returncode == 0
    assert not (var / "pins" / "import.pin").exists()


def test_a_socket_folder_under_tmp_is_made_anew(tmp_path):
    """Also when somebody else has laid out the one of the last time, open to all."""
    far = tmp_path / ("n" * 100) / "var"
    far.parent.mkdir()
    with Instance(far) as instance:
        first = re.search(r"host=(/tmp/quintet\.\w+)", instance.environment()["QUINTET_DB"]).group(1)
        assert stat.S_IMODE(os.stat(first).st_mode) == PASSAGE
    assert not os.path.exists(first)
    os.mkdir(first)
    os.chmod(first, 0o777)
    try:
        with instance:
            second = re.search(r"host=(/tmp/quintet\.\w+)", instance.environment()["QUINTET_DB"]).group(1)
            assert second != first and os.listdir(first) == []
    finally:
        os.rmdir(first)
