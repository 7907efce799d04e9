# SPDX-License-Identifier: Apache-2.0
"""Whom root's quickstart runs the server as, and what he can reach (docs/operations.md)."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.instance import Instance

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's server runs as that user")

AS_QUINTET = ("setpriv", "--reuid", "quintet", "--regid", "quintet", "--init-groups", "--inh-caps=-all")
OPEN_TO_ALL = re.compile(r"/(tmp|var/tmp|run/lock|dev|proc|sys)(/|$)")


@pytest.fixture(scope="module")
def running():
    """Where everybody may enter, as pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="quintet.", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with Instance(folder / "var") as instance:
            yield instance
    finally:
        shutil.rmtree(folder)


def server_of(instance):
    return Path("/proc", (instance.var / "run/server.pid").read_text(encoding="ascii").strip())


def status_of(process):
    return dict(line.split(":\t", 1) for line in (process / "status").read_text(encoding="ascii").splitlines())


def as_quintet(*command, **more):
    return subprocess.run([*AS_QUINTET, *map(str, command)], capture_output=True, text=True, check=False, **more)


def test_it_is_nobody_in_particular(running):
    """Another user, without any capability or a way to one, and without a core."""
    status = status_of(server_of(running))
    assert status["Name"] == "freeDiameterd"
    assert set(status["Uid"].split()) == {subprocess.check_output(["id", "-u", "quintet"], text=True).strip()}
    assert {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0)
    assert status["NoNewPrivs"] == "1"
    assert re.search(r"^Max core file size +0 +0 ", (server_of(running) / "limits").read_text(encoding="ascii"), re.MULTILINE)


def test_it_writes_its_token_and_the_witness_and_nothing_else(running):
    """Outside of var: nothing but what is open to all. It cannot list var, so it is asked path by path."""
    outside = as_quintet("find", "/", "-xdev", "-writable", "!", "-type", "l").stdout.splitlines()
    assert [path for path in outside if not OPEN_TO_ALL.match(path)] == []
    paths = [str(path) for path in (running.var, *running.var.rglob("*")) if not path.is_symlink()]
    asked = "import os, sys; print(*[path for path in sys.stdin.read().splitlines() if os.access(path, os.W_OK)], sep='\\n')"
    inside = as_quintet("/usr/bin/python3", "-c", asked, input="\n".join(paths)).stdout.splitlines()
    own = re.compile(rf"{running.var}/(softhsm/tokens|sqn|pins/user\.pin|run/postgresql/\.s\.)")
    assert f"{running.var}/sqn/lead" in inside and [path for path in inside if not own.match(path)] == []


@pytest.mark.parametrize("file", ["pins/so.pin", "import/import.pin", "import/softhsm2.conf", "import/tokens", "env", "samples",
                                  "postgresql/PG_VERSION", "log/quintet.log", "lock"])
def test_it_does_not_read(running, file):
    assert (running.var / file).exists()
    assert as_quintet("head", "-c", "1", running.var / file).returncode != 0


def test_it_reads_what_it_is_told(running):
    """What the tests before see refused is refused for a reason."""
    for file in ("quintet.toml", "freediameter.conf", "pins/user.pin", "softhsm/softhsm2.conf"):
        assert as_quintet("head", "-c", "1", running.var / file).returncode == 0


def test_the_database_lets_it_be_the_servers_role_alone(running):
    conninfo = re.search(r'^conninfo = "(.*)"$', (running.var / "quintet.toml").read_text(encoding="utf-8"), re.MULTILINE).group(1)
    conninfo = conninfo.replace("\\\\", "\\")
    assert as_quintet("psql", "-XAtq", "-d", conninfo, "-c", "SELECT current_user").stdout == "quintet\n"
    done = as_quintet("psql", "-XAtq", "-d", conninfo.replace("user=quintet", "user=quintet_admin"), "-c", "SELECT 1")
    assert done.returncode != 0 and "peer authentication failed" in done.stderr.lower()


def test_it_serves(running):
    assert running.demo().returncode == 0


def test_behind_a_closed_door_it_may_look_and_nothing_more(tmp_path):
    """pytest's folders are its owner's alone, as a home is."""
    with Instance(tmp_path / "var") as instance:
        status = status_of(server_of(instance))
        assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 1 << 2  # CAP_DAC_READ_SEARCH
        assert status["Uid"].split()[0] != "0"
        assert instance.demo().returncode == 0
