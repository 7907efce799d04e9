# SPDX-License-Identifier: Apache-2.0
"""Records what servers under test send and receive (option --capture-frames DIR): dumpcap, one file for each port."""

import contextlib
import re
import signal
import subprocess
from pathlib import Path

FOLDER = None  # where captures go; None: nothing is recorded


def recorded(port):
    """A context in which the loopback traffic of a port is recorded, if anything is."""
    return Capture(FOLDER, port) if FOLDER else contextlib.nullcontext()


class Capture:
    """Ends with an error when packets were lost: a capture with gaps proves nothing."""

    def __init__(self, folder, port):
        self.file = Path(folder).absolute() / f"{port}.pcapng"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        command = ["dumpcap", "-i", "lo", "-f", f"tcp port {port}", "-B", "64", "-w", str(self.file)]
        self._child = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace")
        self._said = ""
        while "File:" not in self._said:  # from then on packets are taken
            line = self._child.stderr.readline()
            if not line:
                raise RuntimeError(f"dumpcap does not record: {self._said}")
            self._said += line

    def stop(self):
        self._child.send_signal(signal.SIGINT)
        self._said += self._child.communicate(timeout=30)[1]
        counts = re.search(r"received/dropped on interface .*: (\d+)/(\d+)", self._said)
        if counts is None or int(counts[2]):
            raise RuntimeError(f"dumpcap lost packets: {self._said}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
