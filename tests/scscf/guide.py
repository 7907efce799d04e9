# SPDX-License-Identifier: Apache-2.0
"""Follows docs/kamailio.md word by word: each of its shell blocks, in order, in the folder of the source."""

import re
import signal
import subprocess
from pathlib import Path

from kamailio import PORTS, ROOT, listens
from support.child import Child, clean_environment, default_signals, eventually
from world import Stage, check

PAGE = ROOT / "docs" / "kamailio.md"
BLOCK = re.compile(r"^```sh( serve)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Bare(Stage):
    """A namespace in which nothing runs yet."""

    def begin(self):
        """Names and files as on a machine where nobody has done anything; ./var goes with the namespace."""
        Path("/etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        subprocess.run(["find", "/etc/kamailio", "/run/kamailio", "-mindepth", "1", "-delete"], check=True)
        var = ROOT / "var"
        var.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(var)], check=True)


def guide_registers_a_phone(bare):
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    check(len(blocks) >= 5, f"{PAGE.name} has {len(blocks)} blocks")
    server = Child(bare.folder / "logs" / "guide_server.log")
    try:
        for serve, text in blocks[:-1]:
            _follow(server, serve, text)
        bare.moment("before the phone")
        said = _follow(server, *blocks[-1])
    finally:
        _end_kamailio()
        server.stop(signal.SIGINT, 60)
    check("200 OK" in said, f"the phone says {said!r}")


def _follow(server, serve, text):
    """Runs a block; one that serves goes on until the end."""
    command = ["bash", "-euc", text]
    if serve:
        server.launch_command(command, cwd=ROOT, env=clean_environment(), preexec_fn=default_signals)
        server.await_ready(lambda: "quintet ready" in server.log(), 300)
        return ""
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False, timeout=120)
    check(done.returncode == 0, f"{text!r} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def psql(statement):
    """As an operator would, with what the quickstart has left for him."""
    command = ["bash", "-euc", '. var/env && psql -q "$QUINTET_DB" -c "$0"', statement]
    subprocess.run(command, cwd=ROOT, env=clean_environment(), check=True, capture_output=True)


def _end_kamailio():
    for name in PORTS:
        file = Path(f"/run/kamailio/{name}.pid")
        if file.exists():
            subprocess.run(["kill", file.read_text(encoding="ascii").strip()], check=False)
    eventually(lambda: not any(map(listens, PORTS)), 20)
