# SPDX-License-Identifier: Apache-2.0
"""Load on one or more servers in the background, its result, and the verdict on its sequence numbers."""

import json
import signal
import subprocess
import sys

from processes import REALM
from support.instance import ROOT, build_dir, clean_environment

sys.path.insert(0, str(ROOT / "tests" / "bench"))
from provision import FIRST_NUMBER  # noqa: E402  (the bench is not a package)

BENCH = build_dir() / "tests" / "bench"


class Load:
    """A load generator that verifies every vector and records every sequence number."""

    def __init__(self, servers, log, *options):
        self.sqn_log = log
        targets = [word for server in servers for word in ("--target", f"127.0.0.1:{server.port}")]
        command = [BENCH / "loadgen", *targets, "--first-number", FIRST_NUMBER, "--realm", REALM, "--sqn-log", log, *options]
        self._child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env=clean_environment())

    def is_running(self):
        return self._child.poll() is None

    def finish(self, seconds=600):
        """Its JSON; raises when it could not be had."""
        try:
            out, errors = self._child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.abort()
            raise
        if not out:
            raise RuntimeError(f"the load generator ended with {self._child.returncode}: {errors}")
        return {"exit": self._child.returncode, **json.loads(out)}

    def stop(self):
        """Sends no more; finish() returns when the answers that are due have come."""
        self._child.send_signal(signal.SIGINT)

    def abort(self):
        if self.is_running():
            self._child.kill()
            self._child.communicate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.abort()


def every_request_answered_once(result):
    """What holds on a connection that is never broken, whatever the codes."""
    total = result["total"]
    assert result["exit"] == 0, result
    assert (result["lost"], result["duplicates"], result["unsent"]) == (0, 0, 0), result
    assert (total["unknown"], total["malformed"], total["late"]) == (0, 0, 0), result
    assert total["requests"] == total["answers"], result


def sqncheck(*logs, options=()):
    """The verdict over any number of logs: (everything in order, details)."""
    command = [BENCH / "sqncheck", *options, *logs]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"sqncheck: {done.stderr}")
    return done.returncode == 0, {**json.loads(done.stdout), "examples": done.stderr}


def issued(*logs, folder):
    """subscriber -> (vectors, lowest SEQ, highest SEQ), from the logs."""
    csv = folder / "issued.csv"
    sqncheck(*logs, options=("--csv", csv))
    rows = [list(map(int, line.split(","))) for line in csv.read_text(encoding="ascii").splitlines()]
    return {row[0]: tuple(row[1:]) for row in rows}
