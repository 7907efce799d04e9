# SPDX-License-Identifier: Apache-2.0
"""A private copy of the whole server for tests: deploy/quickstart on a folder and a port of its own."""

import os
import re
import shlex
import signal
import subprocess
import threading
from pathlib import Path

from support.child import clean_environment, eventually, free_port

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "deploy" / "quickstart"
DEMO = ROOT / "tests" / "peer" / "demo.py"
CARDS = ROOT / "schema" / "samples" / "sample_cards.csv"


def build_dir():
    return Path(os.environ.get("QUINTET_BUILD_DIR", ROOT / "build" / "release"))


def is_sanitized():
    """Built with a sanitizer, which is slow and keeps for a while what was freed."""
    cache = build_dir() / "CMakeCache.txt"
    return cache.exists() and re.search(r"^QUINTET_SANITIZE:\w+=\S", cache.read_text(encoding="utf-8"), re.MULTILINE) is not None


def quintet_tool():
    """The operator's program."""
    return build_dir() / "hss" / "cli" / "quintet"


class Instance:
    """Knows its folder and port; may be started and stopped any number of times. `programs`: options that say which."""

    quickstart = QUICKSTART

    def __init__(self, var, port=None, *options, programs=None):
        self.var = Path(var)
        self.port = port or free_port()
        self.options = [str(option) for option in options]
        self.programs = ["--build-dir", str(build_dir())] if programs is None else programs
        self.lines = []
        self._child = None
        self._ready = threading.Event()

    def command(self, *options):
        # A test run in the background of a script has Ctrl-C ignored, and its children would inherit that.
        return ["env", "--default-signal=INT", str(self.quickstart), "--var", str(self.var), "--port", str(self.port),
                *self.programs, *self.options, *map(str, options)]

    def once(self, *options, timeout=120):
        """deploy/quickstart --once, with its output."""
        return subprocess.run(self.command("--once", *options), capture_output=True, text=True, timeout=timeout,
                              env=clean_environment(), stdin=subprocess.DEVNULL, check=False)

    def start(self, *options, timeout=120):
        """Serves; returns when "quintet ready" was printed. Raises RuntimeError with the output when it was not."""
        self.lines, self._ready = [], threading.Event()
        self._child = subprocess.Popen(self.command("--serve", *options), stdout=subprocess.PIPE, text=True,
                                       stderr=subprocess.STDOUT, env=clean_environment(), stdin=subprocess.DEVNULL)
        threading.Thread(target=self._read, args=(self._child,), daemon=True).start()
        if not self._ready.wait(timeout) or not any(line.startswith("quintet ready") for line in self.lines):
            self.stop()
            raise RuntimeError("the server did not become ready:\n" + "".join(self.lines))
        return self

    def _read(self, child):
        for line in child.stdout:
            self.lines.append(line)
            if line.startswith("quintet ready"):
                self._ready.set()
        self._ready.set()

    def stop(self, sig=signal.SIGINT, timeout=60):
        """Exit status of the quickstart after a signal; None when it did not run."""
        if self._child is None:
            return None
        if self._child.poll() is None:
            self._child.send_signal(sig)
        status = self._child.wait(timeout)
        self._child = None
        return status

    def wait(self, timeout=60):
        return self._child.wait(timeout)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def environment(self):
        """What `. var/env` sets, on top of a clean environment, and what a sanitized server needs besides."""
        return {**self._sourced("env"), **self._added("run/server-env")}

    def server_environment(self):
        """What one more freeDiameterd on this copy needs (with a sanitizer's runtime, if it was built with one)."""
        return self._sourced("run/server-env")

    def _added(self, file):
        clean = clean_environment()
        return {name: value for name, value in self._sourced(file).items() if clean.get(name) != value}

    def _sourced(self, file):
        script = f". {shlex.quote(str(self.var / file))} && env -0"
        out = subprocess.run(["sh", "-c", script], capture_output=True, check=True, env=clean_environment(), text=True)
        return dict(pair.split("=", 1) for pair in out.stdout.split("\0") if "=" in pair)

    def run(self, *command, **more):
        """A command with that environment."""
        return subprocess.run(list(map(str, command)), env=self.environment(), capture_output=True, text=True,
                              **{"check": True, **more})

    def psql(self, sql):
        """Rows as text, columns separated by |."""
        out = self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.environment()["QUINTET_DB"], "-c", sql)
        return out.stdout.splitlines()

    def demo(self, *options):
        """One verified registration over the wire."""
        return self.run("/usr/bin/python3", DEMO, "--port", self.port, "--card", CARDS, *options, check=False)

    def pid(self, which):
        """Process id of "server" or "postgresql"."""
        file = self.var / "run" / f"{which}.pid"
        return int(eventually(lambda: file.read_text(encoding="ascii").strip(), 5, 0.01))  # it is empty while written

    def log(self, which="quintet"):
        return (self.var / "log" / f"{which}.log").read_text(encoding="utf-8", errors="replace")
