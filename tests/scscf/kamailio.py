# SPDX-License-Identifier: Apache-2.0
"""Kamailio as P-, I- and S-CSCF, each a process of the test's own, from the files that docs/kamailio.md explains."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

from peer.cx import HOME_REALM
from support.child import Child, default_signals, eventually

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deploy" / "samples" / "kamailio"
FOLDER = Path("/etc/kamailio/ims")  # private to the namespace
ADDRESSES = {"hss": "127.0.0.1", "pcscf": "127.0.0.2", "icscf": "127.0.0.3", "scscf": "127.0.0.4", "tas": "127.0.0.6",
             "as2": "127.0.0.7"}
SOONER = ('"unreg_validity", 60', '"unreg_validity", 2')  # so that no scenario waits for a minute
WITH_TOOL = ('loadmodule "htable.so"\n', 'loadmodule "htable.so"\nloadmodule "ctl.so"\n')  # so that kamcmd shows what is kept
PORTS = {"pcscf": 5060, "icscf": 5060, "scscf": 6060}


def edit(name, old, new):
    """Another text in one of the files."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    if old not in text:
        raise LookupError(f"{name} has no {old}")
    (FOLDER / name).write_text(text.replace(old, new), encoding="utf-8")


def lay_out(port):
    """The sample files, and names for the addresses."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(SAMPLES, FOLDER)
    for name in ("icscf.xml", "scscf.xml"):
        edit(name, 'port="3868"', f'port="{port}"')
    edit("scscf.cfg", *SOONER)
    edit("pcscf.cfg", *WITH_TOOL)
    with open("/etc/hosts", "w", encoding="ascii") as hosts:
        hosts.write("127.0.0.1 localhost\n")
        hosts.writelines(f"{address} {name}.{HOME_REALM}\n" for name, address in ADDRESSES.items())


def listens(name):
    """One of the three has its UDP port open."""
    address = "".join(f"{int(octet):02X}" for octet in reversed(ADDRESSES[name].split(".")))
    return f" {address}:{PORTS[name]:04X} " in Path("/proc/net/udp").read_text(encoding="ascii")


class Cscf(Child):
    """One of the three."""

    def __init__(self, name, logs):
        super().__init__(logs / f"{name}.log")
        self.name = name

    def start(self):
        command = ["kamailio", "-DD", "-E", "-m", "64", "-M", "8", "-f", FOLDER / f"{self.name}.cfg", "-Y", "/run/kamailio",
                   "-P", f"/run/kamailio/{self.name}.pid"]
        self.launch_command(command, preexec_fn=default_signals)
        return self.await_ready(lambda: listens(self.name), 20)

    def stop(self, sig=signal.SIGTERM, timeout=15):
        return super().stop(sig, timeout)


class Trio:
    """All three; the I- and the S-CSCF are connected to the HSS when `start` returns."""

    def __init__(self, product, logs):
        self.product = product
        self.cscfs = {name: Cscf(name, logs) for name in PORTS}

    def __getitem__(self, name):
        return self.cscfs[name]

    def _connections(self, name, since=0):
        lines = self.product.log()[since:].splitlines()
        return sum(f" peer_connected peer=\"{name}.{HOME_REALM}\"" in line for line in lines)

    def start(self, *names):
        """Those named, or all."""
        names = names or tuple(PORTS)
        before = {name: self._connections(name) for name in names}
        for name in names:
            self.cscfs[name].start()
        self.await_peers(before)
        return self

    def await_peers(self, before, since=0):
        """Kamailio's connections take several attempts now and then, five seconds apart."""
        for name in set(before) - {"pcscf"}:
            if not eventually(lambda one=name: self._connections(one, since) > before[one], 30):
                raise RuntimeError(f"{name} does not connect:\n{self.cscfs[name].log()[-3000:]}\n{self.product.log()[-3000:]}")

    @staticmethod
    def kept_keys(call_id):
        """CK and IK that the P-CSCF has for a registration."""
        said = [subprocess.run(["kamcmd", "-s", "unix:/run/kamailio//kamailio_ctl", "htable.get", "keys", f"{call_id}::{name}"],
                               capture_output=True, text=True, check=False).stdout for name in ("ck", "ik")]
        return tuple("".join(re.findall(r"value: (\w+)", one)) for one in said)

    def stop(self):
        for one in self.cscfs.values():
            one.stop()
