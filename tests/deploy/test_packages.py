"""Cached packages are taken only if they are what root has built: the hashes lie where the cache's owner cannot write."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from support.instance import ROOT

FOLDER = ROOT / "deploy" / "freediameter"

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


def build(*options, path=None):
    environment = {**os.environ, **({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})}
    return subprocess.run([FOLDER / "build", *options], capture_output=True, text=True, env=environment, timeout=300, check=False)


@pytest.fixture(scope="module")
def built():
    """The packages that this tree installs, built if need be."""
    out = subprocess.run([FOLDER / "build"], capture_output=True, text=True, check=True)
    return Path(out.stdout.strip())


@pytest.fixture
def cache(built, tmp_path):
    """A cache of its own with the same packages."""
    shutil.copytree(built, tmp_path / "cache" / built.name)
    return tmp_path / "cache"


@pytest.fixture
def no_apt(tmp_path):
    """In the place of apt-get a program that fails: whoever builds anew does not come far, and that can be seen."""
    stub = tmp_path / "bin" / "apt-get"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\necho 'a build was begun' >&2\nexit 1\n", encoding="ascii")
    stub.chmod(0o755)
    return stub.parent


def record():
    return Path(build("--record").stdout.strip())


def test_what_root_has_built_is_found(built, cache, no_apt):
    out = build("--cache", cache, path=no_apt)
    assert out.returncode == 0 and out.stdout.strip() == str(cache / built.name), out.stderr
    assert "found in the cache" in out.stderr


@pytest.mark.parametrize("name", ["libfdcore6", "freediameterd"])
def test_a_package_that_was_changed_is_not_taken(built, cache, no_apt, name):
    package = next((cache / built.name).glob(f"{name}_*.deb"))
    octets = bytearray(package.read_bytes())
    octets[len(octets) // 2] ^= 1
    package.write_bytes(octets)
    out = build("--cache", cache, path=no_apt)
    assert out.returncode != 0 and out.stdout == ""
    assert "not those that root has built" in out.stderr
    assert not package.exists()


def test_a_package_that_is_missing_is_not_made_up(built, cache, no_apt):
    next((cache / built.name).glob("libfdproto6_*.deb")).unlink()
    assert build("--cache", cache, path=no_apt).returncode != 0


def test_packages_without_a_record_are_not_taken(cache, no_apt, tmp_path):
    """As an ordinary user's build leaves them."""
    kept = tmp_path / "record"
    shutil.move(record(), kept)
    try:
        out = build("--cache", cache, path=no_apt)
    finally:
        shutil.move(kept, record())
    assert out.returncode != 0 and "not those that root has built" in out.stderr


def test_the_record_is_roots_and_for_nobody_to_write(built):
    for path in (record(), record().parent):
        status = os.stat(path)
        assert status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    assert not str(record()).startswith(str(built.parent))


def test_what_is_changed_after_the_look_is_not_installed(built, cache, tmp_path):
    """The installation copies the packages and checks the copies: with a build that answers for a folder already spoilt."""
    tree = tmp_path / "freediameter"
    shutil.copytree(FOLDER, tree)
    (tree / "install").write_text((FOLDER / "install").read_text(encoding="utf-8").replace("if installed; then", "if false; then", 1),
                                  encoding="utf-8")
    answer = f'#!/bin/bash\ncase "${{1:-}}" in --record) echo {record()} ;; --version) echo none ;; *) echo {cache / built.name} ;; esac\n'
    (tree / "build").write_text(answer, encoding="utf-8")
    spoilt = next((cache / built.name).glob("libfdcore6_*.deb"))
    spoilt.write_bytes(spoilt.read_bytes() + b"x")
    out = subprocess.run([tree / "install"], capture_output=True, text=True, timeout=60, check=False)
    assert out.returncode == 1
    assert "are not those that were built here" in out.stderr and "installing version" not in out.stderr
