# SPDX-License-Identifier: Apache-2.0
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


def test_a_package_that_was_added_is_not_taken(built, cache, no_apt):
    (cache / built.name / "sudo_9_all.deb").write_bytes(b"a maintainer's script that root would run")
    out = build("--cache", cache, path=no_apt)
    assert out.returncode != 0 and "not those that root has built" in out.stderr


@pytest.mark.parametrize("spoil", [lambda path: path.chmod(0o777), lambda path: os.chown(path, 65534, 65534)])
def test_a_record_that_others_can_write_is_not_believed(cache, no_apt, spoil):
    folder = record().parent
    spoil(folder)
    try:
        out = build("--cache", cache, path=no_apt)
    finally:
        os.chown(folder, 0, 0)
        folder.chmod(0o755)
    assert out.returncode != 0 and "not those that root has built" in out.stderr


@pytest.mark.parametrize("place", ["cache", "cache/.."])
def test_root_writes_into_no_folder_of_somebody_else(cache, no_apt, tmp_path, place):
    """Who owns it could lay a link in the place of the lock or the log."""
    victim = tmp_path / "victim"
    victim.write_text("kept", encoding="ascii")
    (cache / "freediameter.lock").symlink_to(victim)
    os.chown(tmp_path / place, 65534, 65534)
    out = build("--cache", cache, path=no_apt)
    os.chown(tmp_path / place, 0, 0)
    assert out.returncode != 0 and "root's alone" in out.stderr
    assert victim.read_text(encoding="ascii") == "kept"


def test_the_record_is_roots_and_for_nobody_to_write(built):
    for path in (record(), record().parent):
        status = os.stat(path)
        assert status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    assert not str(record()).startswith(str(built.parent))
    assert record().parent.parent == Path("/var/lib"), "a folder of the server's would be its user's"


def install_from(folder, tmp_path, path):
    """The installation with a build that answers for this folder whatever is in it."""
    tree = tmp_path / "freediameter"
    shutil.copytree(FOLDER, tree)
    (tree / "install").write_text((FOLDER / "install").read_text(encoding="utf-8").replace("if installed; then", "if false; then", 1),
                                  encoding="utf-8")
    answer = f'#!/bin/bash\ncase "${{1:-}}" in --record) echo {record()} ;; --version) echo none ;; *) echo {folder} ;; esac\n'
    (tree / "build").write_text(answer, encoding="utf-8")
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
    return subprocess.run([tree / "install"], capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_what_is_changed_after_the_look_is_not_installed(built, cache, no_apt, tmp_path):
    """The installation copies the packages and checks the copies."""
    spoilt = next((cache / built.name).glob("libfdcore6_*.deb"))
    spoilt.write_bytes(spoilt.read_bytes() + b"x")
    out = install_from(cache / built.name, tmp_path, no_apt)
    assert out.returncode == 1
    assert "are not those that were built here" in out.stderr and "installing version" not in out.stderr


def test_what_is_added_after_the_look_is_not_installed(built, cache, no_apt, tmp_path):
    (cache / built.name / "sudo_9_all.deb").write_bytes(b"a maintainer's script that root would run")
    (no_apt / "apt-get").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n', encoding="ascii")
    out = install_from(cache / built.name, tmp_path, no_apt)
    assert out.returncode == 1 and "freediameterd_" in out.stderr
    assert "sudo_9" not in out.stderr
