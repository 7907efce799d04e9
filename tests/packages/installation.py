# SPDX-License-Identifier: Apache-2.0
"""A node that was installed from packages, as its operator handles it: by the commands of quintet-server(8)."""

import json
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from debian_root import ROOT, DebianRoot, Failed
from scenario import demand

REALM = "ims.example.org"
SAMPLES = "/usr/share/quintet/schema/samples"
SAMPLE_REALM = "ims.mnc001.mcc001.3gppnetwork.org"
IMPI = f"001010000000001@{REALM}"
BESIDE = ("systemd", "systemd-sysv", "dbus", "postgresql", "softhsm2", "logrotate")  # an operator has or chooses these
FOR_THE_TEST = ("python3",)
DROP_INS = "/run/systemd/system/quintet.service.d"
LOG = "/var/log/quintet/quintet.log"


class Installation:
    """One root, and the machine in it when it is up."""

    def __init__(self, place, packages):
        self.root, self.packages = DebianRoot(place), packages
        self.cards = Path(f"{place}.cards.csv")
        self.impi, self.seen = IMPI, 0  # seen: the highest SEQ that the card has

    def install(self, packages=None):
        """With apt, from a folder of packages."""
        folder = "/var/local/packages"
        for file in (packages or self.packages).glob("*.deb"):
            if not file.name.startswith(("libfreediameter-dev", "freediameter-extensions")):
                self.root.take(file, f"{folder}/{file.name}")
        names = sorted(path.name for path in (self.root.place / folder[1:]).glob("*.deb"))
        try:
            return self.root.apt("install", "--no-install-recommends", "--allow-downgrades", *BESIDE, *FOR_THE_TEST,
                                 *(f"{folder}/{name}" for name in names))
        finally:
            for name in names:
                (self.root.place / folder[1:] / name).unlink()

    # Commands in the running machine

    def postgres(self, *command, **more):
        return self.root.inside(*command, user="postgres", **more)

    def quintet(self, *command, **more):
        return self.root.inside("quintet", *command, user="quintet", **more)

    def sql(self, text):
        return self.postgres("psql", "-qtA", "-v", "ON_ERROR_STOP=1", "quintet", input=text)

    def listens(self):
        """On the port of Diameter, in the machine's network."""
        return re.search(r": [0-9A-F]{8}:0F1C [0-9A-F]{8}:0000 0A ", self.root.inside("cat", "/proc/net/tcp")) is not None

    def log(self):
        return self.root.inside("cat", LOG)

    def unit(self, field):
        return self.root.inside("systemctl", "show", "--property", field, "--value", "quintet.service").strip()

    @property
    def pid(self):
        """As this machine counts."""
        inside = int(self.unit("MainPID"))
        demand(inside > 0, "the server does not run")
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = re.search(r"^NSpid:\s+(.*)$", status.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
                same_root = Path(f"{status.parent}/ns/pid").readlink() == Path(f"/proc/{self.root.leader}/ns/pid").readlink()
            except OSError:
                continue
            if numbers and same_root and numbers[1].split()[-1] == str(inside):
                return int(status.parent.name)
        raise Failed("the server's process is not found")

    # The way to the first registration

    def make_token(self):
        script = self.quintet("token", "init", "--create-pins", "--sql")
        self.sql(script)

    def import_card(self, *tool):
        """The sample subscribers, in the realm of the sample configuration."""
        sample = self.root.inside("cat", f"{SAMPLES}/sample_cards.csv").replace(SAMPLE_REALM, REALM)
        self.cards.write_text(sample, encoding="utf-8")
        self.root.inside("tee", "/run/cards.csv", input=sample)
        self.sql(self.root.inside(*(tool or ("quintet",)), "keys", "import", "/run/cards.csv", user="quintet"))
        self.sql(self.root.inside("cat", f"{SAMPLES}/subscribers.sql").replace(SAMPLE_REALM, REALM))

    def register(self, *more):
        """What the demonstration says; the subscriber stays registered."""
        out = self.root.outside(sys.executable, ROOT / "tests" / "peer" / "demo.py", "--realm", REALM, "--card", self.cards,
                                "--impi", self.impi, "--stay", *more)
        demand(out.returncode == 0, f"the registration failed: {out.stderr.strip()}")
        return out.stdout

    @contextmanager
    def configured(self, *changes, file="/etc/quintet/quintet.toml"):
        """That file with other words: old, new, old, new..."""
        text = changed = self.root.inside("cat", file)
        for old, new in zip(changes[::2], changes[1::2]):
            demand(old in changed, f"{file} has no {old!r}")
            changed = changed.replace(old, new)
        self.root.inside("tee", file, input=changed)
        try:
            yield
        finally:
            self.root.inside("tee", file, input=text)

    # The unit

    def start(self):
        """Again, however it ended."""
        self.root.try_inside("systemctl", "reset-failed", "quintet")  # there may be nothing to reset
        self.root.inside("systemctl", "restart", "quintet")

    @contextmanager
    def otherwise(self, *lines):
        """The server with a drop-in of those lines; without it again afterwards."""
        self.drop_in(*lines)
        self.root.try_inside("systemctl", "restart", "quintet")
        try:
            yield
        finally:
            self.take_back()
            self.start()

    def drop_in(self, *lines, name="test"):
        self.root.inside("mkdir", "-p", DROP_INS)
        self.root.inside("tee", f"{DROP_INS}/{name}.conf", input="\n".join(("[Service]", *lines, "")))
        self.root.inside("systemctl", "daemon-reload")

    def take_back(self, name="test"):
        self.root.inside("rm", f"{DROP_INS}/{name}.conf")
        self.root.inside("systemctl", "daemon-reload")

    def probe(self, *lines):
        """What a program in place of the server may do; `lines` change the unit."""
        self.root.inside("tee", "/run/probe.py", input=(Path(__file__).with_name("probe.py")).read_text(encoding="utf-8"))
        result = "/var/lib/quintet/probe.json"
        with self.otherwise("Type=oneshot", "ExecStart=", "ExecStart=/usr/bin/python3 /run/probe.py", "WatchdogSec=0",
                            "Restart=no", "TimeoutStartSec=120", f"StandardOutput=truncate:{result}", *lines):
            state = self.unit("Result")
            demand(state == "success", f"the probe ended with {state}")
            return json.loads(self.root.inside("cat", result))

    def wait(self, what, holds, seconds=20):
        end = time.monotonic() + seconds
        while not holds():
            demand(time.monotonic() < end, f"after {seconds} s still not: {what}")
            time.sleep(0.1)
