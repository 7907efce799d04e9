# SPDX-License-Identifier: Apache-2.0
"""A server whose watchdogs are as short as freeDiameter lets them be, what is seen of its process, and its log by peer."""

import os
import re
import signal
from pathlib import Path

from product import Server
from support.instance import eventually

TW = 6      # seconds; RFC 3539 3.4.1 and freeDiameter's parser allow no less
JITTER = 2  # of each watchdog timer, to either side
MIB = 1 << 20


class CoreServer(Server):
    """One more freeDiameterd on the product, with further lines of configuration (`conf`) and limits as prlimit takes them."""

    def __init__(self, product, label, conf="", limits=(), **more):
        super().__init__(product, label, **more)
        self.prefix = ["prlimit", *limits] if limits else []
        text = re.sub(r"^TwTimer .*\n", "", self.conf.read_text(encoding="utf-8"), flags=re.MULTILINE)
        self.conf.write_text(f"{text}TwTimer = {TW};\n{conf}", encoding="utf-8")

    def start(self, seconds=60):
        super().start(seconds)
        wanted = os.environ.get("QUINTET_FD_LIB_DIR")
        assert not wanted or self.library().startswith(os.path.realpath(wanted)), f"runs with {self.library()}, not with {wanted}"
        return self

    def library(self):
        """Where its libfdcore lies."""
        return re.search(r"/\S*/libfdcore\.so", Path(f"/proc/{self.pid}/maps").read_text(encoding="utf-8"))[0]

    def kill(self):
        """For a server that has more to do than a test can wait for."""
        return super().stop(signal.SIGKILL)

    # Its process

    def _status(self, name):
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])

    def resident(self):
        """Octets of memory that the process holds."""
        return self._status("VmRSS") << 10

    def threads(self):
        return self._status("Threads")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # Its log

    def lines(self, *words):
        """Lines of the log that contain all of these words, whatever their case."""
        wanted = [word.lower() for word in words]
        return [line for line in self.log().splitlines() if all(word in line.lower() for word in wanted)]

    def says(self, *words, seconds=5):
        """Whether such a line comes in time; the lines."""
        return eventually(lambda: self.lines(*words), seconds)

    def tells_of(self, words, *, one_of, seconds=5):
        """Whether a line comes that has all of `words` and one of the others; what it must say is not fixed to the letter."""
        return eventually(lambda: [line for line in self.lines(*words) if any(one in line.lower() for one in one_of)], seconds)

    def told(self, *words, seconds=5):
        """Like `says`, in what an operator keeps: without the debug lines."""
        return eventually(lambda: [line for line in self.lines(*words) if " debug " not in line], seconds)
