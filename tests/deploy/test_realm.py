# SPDX-License-Identifier: Apache-2.0
"""A realm of one's own: with the quickstart, and with the sample configuration."""

import re
import subprocess

import pytest
from peer.connection import Connection
from support.instance import DEMO, ROOT, Instance, clean_environment, eventually, free_port

REALM = "ims.example.org"
SAMPLES = ROOT / "deploy" / "samples"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Instance(tmp_path_factory.mktemp("realm") / "var", None, "--realm", REALM) as instance:
        yield instance


def test_everything_follows_the_realm(own):
    assert f'Identity = "hss.{REALM}";' in (own.var / "freediameter.conf").read_text(encoding="utf-8")
    realms = own.psql("SELECT DISTINCT split_part(identity, '@', 2) FROM quintet.impi UNION"
                      " SELECT DISTINCT split_part(identity, '@', 2) FROM quintet.impu WHERE identity LIKE 'sip:%'")
    assert realms == [REALM]


def test_the_demonstration_follows_the_realm(own):
    out = own.run("/usr/bin/python3", DEMO, "--port", own.port, "--realm", REALM, "--card", own.var / "samples" / "sample_cards.csv",
                  check=False)
    assert out.returncode == 0, out.stdout + out.stderr
    assert f"calls for sip:alice@{REALM}" in out.stdout


def test_the_realm_stays(tmp_path):
    own = Instance(tmp_path / "var", None, "--realm", REALM.upper())
    assert own.once().returncode == 0
    again = Instance(own.var, own.port)
    out = again.once()
    assert out.returncode == 0 and f"hss.{REALM}" in out.stdout, out.stderr
    other = Instance(own.var, own.port, "--realm", "ims.example.net").once()
    assert other.returncode == 1 and f"was made for the realm {REALM}" in other.stderr


@pytest.mark.parametrize("realm", ["a b", "x;y", 'x"y', ".example.org", "example..org", "-a.org", "a" * 201])
def test_what_is_no_realm_is_refused(realm, tmp_path):
    out = Instance(tmp_path / "var", None, "--realm", realm).once()
    assert out.returncode == 1 and "is not the name of a realm" in out.stderr


def test_the_sample_configuration_starts(own, tmp_path):
    """As it is shipped, with the paths and the port of this test."""
    port = free_port()
    texts = {name: (SAMPLES / name).read_text(encoding="utf-8") for name in ("freediameter.conf", "quintet.toml")}
    toml = (own.var / "quintet.toml").read_text(encoding="utf-8")
    for key in ("conninfo", "module", "label", "pin_file", "witness"):
        value = re.search(rf"^{key} = .*$", toml, re.MULTILINE).group()
        texts["quintet.toml"], found = re.subn(rf"^{key} = [^#\n]*", lambda _, value=value: value, texts["quintet.toml"],
                                               flags=re.MULTILINE)
        assert found == 1, key
    texts["quintet.toml"] = texts["quintet.toml"].replace("/var/log/quintet/quintet.log", str(tmp_path / "quintet.log"))
    extension = re.search(r'LoadExtension = "([^"]+)"', (own.var / "freediameter.conf").read_text(encoding="utf-8")).group(1)
    for old, new in (('"quintet.fdx"', f'"{extension}"'), ("/etc/quintet/quintet.toml", str(tmp_path / "quintet.toml")),
                     ("Port = 3868;", f"Port = {port};")):
        assert texts["freediameter.conf"].count(old) == 1, old
        texts["freediameter.conf"] = texts["freediameter.conf"].replace(old, new)
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {**clean_environment(), **own.server_environment()}
    with subprocess.Popen(["freeDiameterd", "-c", tmp_path / "freediameter.conf"], env=environment) as server:
        try:
            assert eventually(lambda: server.poll() is not None or "server_started" in log_of(tmp_path), 30)
            with Connection("127.0.0.1", port, f"scscf.{REALM}", REALM) as peer:
                assert peer.cea.value("Origin-Host") == f"hss.{REALM}"
        finally:
            server.terminate()
            server.wait(30)


def log_of(folder):
    file = folder / "quintet.log"
    return file.read_text(encoding="utf-8") if file.exists() else ""
