# SPDX-License-Identifier: Apache-2.0
"""A program that a test starts, with a log of its own, and ends or kills."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

TAIL = 4000  # characters of a log that a failure shows


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    """Some socket listens on that port, on whatever address."""
    wanted = re.compile(rf":{port:04X} \S+ 0A", re.MULTILINE)
    return any(wanted.search(Path(table).read_text(encoding="ascii")) for table in ("/proc/net/tcp", "/proc/net/tcp6"))


def eventually(condition, seconds=30.0, pause=0.1):
    """Waits until the condition holds, and gives what it gave; a false value when it does not hold in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if held := condition():
            return held
        time.sleep(pause)
    return condition()


def clean_environment():
    """Without what would lead programs elsewhere. QUINTET_FD_LIB_DIR: where servers look for freeDiameter's libraries first, so that
    a new build of them can be tried without being installed."""
    dropped = re.compile(r"PG|QUINTET_|SOFTHSM2_CONF$")
    kept = {name: value for name, value in os.environ.items() if not dropped.match(name)}
    tried = os.environ.get("QUINTET_FD_LIB_DIR")
    return {**kept, "LC_ALL": "C.UTF-8", **({"LD_LIBRARY_PATH": tried} if tried else {})}


def default_signals():
    """As a service manager starts a program: without the signals that a shell in the background ignores."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)


class Child:
    """Knows its log; may be launched again after it has ended."""

    def __init__(self, log):
        self.log_file = Path(log)
        self.process = None

    def launch_command(self, command, **more):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9; returns when the process is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """The exit status after a signal, None when it never ran; kills one that does not end in time, which raises."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def await_ready(self, is_ready, seconds, pause=0.1):
        """Raises RuntimeError with the end of the log when it ends, or is not ready in time; then it is stopped."""
        eventually(lambda: not self.is_alive() or is_ready(), seconds, pause)
        if self.is_alive() and is_ready():
            return self
        status = self.stop(signal.SIGKILL)
        raise RuntimeError(f"not ready within {seconds} s (status {status}), {self.log_file}:\n{self.log()[-TAIL:]}")

    def log(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""
