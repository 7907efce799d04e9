# SPDX-License-Identifier: Apache-2.0
"""The log as a file: for the owner and his group, opened anew on SIGHUP, rotated by logrotate as deploy/logrotate says."""

import os
import re
import signal
import subprocess

import pytest
from peer import cx
from product import Server, toml_with
from support.instance import ROOT, eventually

SNIPPET = ROOT / "deploy" / "logrotate" / "quintet"


@pytest.fixture
def logging(product, tmp_path):
    """A server that writes tmp_path/logs/quintet.log."""
    folder = tmp_path / "logs"
    folder.mkdir()
    with Server(product, "logging", toml_with(product, {"log.file": str(folder / "quintet.log")})) as server:
        yield server, folder / "quintet.log"
        assert server.process.poll() is None, "it did not survive"


def refuse(product, server, name):
    """A refusal, which is a line with that name."""
    with product.connect(f"p-{name}", port=server.port) as peer:
        peer.request(cx.lir(f"sip:{name}@{cx.HOME_REALM}", sender=cx.Sender.on(peer)))


def text(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_log_is_for_its_owner_and_his_group(logging):
    assert os.stat(logging[1]).st_mode & 0o777 == 0o640


@pytest.mark.parametrize("mode, kept", [(0o666, 0o640), (0o604, 0o600)])
def test_a_log_that_was_made_for_everybody_is_closed_to_others(product, tmp_path, mode, kept):
    log = tmp_path / "quintet.log"
    log.touch()
    log.chmod(mode)
    with Server(product, "closing", toml_with(product, {"log.file": str(log)})):
        assert os.stat(log).st_mode & 0o777 == kept


def test_a_log_that_was_renamed_is_opened_anew(product, logging):
    server, log = logging
    refuse(product, server, "before")
    assert eventually(lambda: "sip:before@" in text(log), 5)
    aside = log.with_suffix(".1")
    log.rename(aside)
    refuse(product, server, "between")
    assert eventually(lambda: "sip:between@" in text(aside), 5)
    server.process.send_signal(signal.SIGHUP)
    refuse(product, server, "after")
    assert eventually(lambda: "sip:after@" in text(log), 5)
    assert "sip:after@" not in text(aside)
    assert os.stat(log).st_mode & 0o777 == 0o640


def test_many_signals_end_nothing_and_lose_nothing(product, logging):
    server, log = logging
    for number in range(200):
        server.process.send_signal(signal.SIGHUP)
        if number % 20 == 0:
            refuse(product, server, f"many{number}")
    assert eventually(lambda: all(f"sip:many{number}@" in text(log) for number in range(0, 200, 20)), 10)


def test_a_log_that_cannot_be_opened_anew_goes_to_standard_error_and_comes_back(product, logging):
    server, log = logging
    folder, aside = log.parent, log.parent.with_name("logs.aside")
    folder.rename(aside)
    server.process.send_signal(signal.SIGHUP)
    refuse(product, server, "homeless")
    assert eventually(lambda: "sip:homeless@" in server.log(), 5)
    folder.mkdir()
    refuse(product, server, "home")
    assert eventually(lambda: "sip:home@" in text(log), 5)


def test_the_end_is_written_to_the_new_file(product, tmp_path):
    log = tmp_path / "quintet.log"
    with Server(product, "ending", toml_with(product, {"log.file": str(log)})) as server:
        log.rename(tmp_path / "quintet.log.1")
        server.process.send_signal(signal.SIGHUP)
    assert "server_stopped" in text(log)


def test_logrotate_rotates_as_shipped(product, logging, tmp_path):
    """The snippet with the paths, the owner and the process of this test in the place of those of a site."""
    server, log = logging
    snippet = SNIPPET.read_text(encoding="utf-8")
    for pattern, here in ((r"^/var/log/quintet/\*\.log", str(log)), (r"su quintet adm", "su root root"), (r"create 0640 quintet adm", "create 0640 root root"),
                          (r"pkill .*", f"kill -HUP {server.pid}")):
        snippet, changed = re.subn(pattern, here, snippet, flags=re.MULTILINE)
        assert changed == 1, pattern
    conf = tmp_path / "logrotate.conf"
    conf.write_text(snippet, encoding="utf-8")
    conf.chmod(0o644)
    for number in range(3):
        refuse(product, server, f"turn{number}")
        assert eventually(lambda n=number: f"sip:turn{n}@" in text(log), 5)
        subprocess.run(["/usr/sbin/logrotate", "--force", "--state", tmp_path / "state", conf], check=True, capture_output=True)
    refuse(product, server, "last")
    assert eventually(lambda: "sip:last@" in text(log), 5)
    assert "sip:turn2@" in text(log.with_name("quintet.log.1"))
    assert subprocess.run(["zgrep", "-q", "sip:turn1@", log.with_name("quintet.log.2.gz")], check=False).returncode == 0
    assert [path.name for path in sorted(log.parent.iterdir())] == ["quintet.log", "quintet.log.1", "quintet.log.2.gz",
                                                                    "quintet.log.3.gz"]
    assert os.stat(log).st_mode & 0o777 == 0o640
