# SPDX-License-Identifier: Apache-2.0
"""What the running server may do: its privileges, and by a probe in its place, its files, calls and credentials."""

import ctypes
import os
import re
import signal
import threading
from contextlib import contextmanager
from pathlib import Path

from scenario import demand

OWN_FOLDERS = {"/var/lib/quintet", "/var/log/quintet"}
OPEN_TO_ALL = "/srv/open"                 # of this machine; the unit is to keep the server out of it
PRIVATE = {"/tmp", "/var/tmp"}           # new, empty and the unit's own
DEVICES = {"/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero", "/dev/pts/ptmx"}
EPERM, EACCES = 1, 13
CALLS = ("ptrace", "unshare", "personality", "setpriority", "chroot", "mount", "bpf", "perf_event_open", "swapon", "kexec_load")
HARMLESS = ("ptrace", "unshare", "personality", "setpriority")  # what anybody may do who is in no cage
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WALL = 0x40000000
UNCAGED = ("SystemCallFilter=", "RestrictNamespaces=no", "LockPersonality=no", "MemoryDenyWriteExecute=no", "RestrictAddressFamilies=",
           "SystemCallArchitectures=", "ProtectKernelModules=no", "ProtectKernelLogs=no", "ProtectClock=no", "PrivateDevices=no",
           "ProtectHostname=no", "RestrictRealtime=no", "RestrictSUIDSGID=no", "ProtectSystem=no", "ProtectKernelTunables=no",
           "InaccessiblePaths=", "ReadOnlyPaths=", "ProtectProc=default", "ProcSubset=all")


def runs_without_privileges(world):
    pid = world.node.pid
    status = dict(re.findall(r"^(\w+):\s+(.*)$", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE))
    user = world.node.root.chroot("id", "-u", "quintet").strip()
    demand(status["Uid"].split() == [user] * 4 and user != "0", f"it runs as {status['Uid']}")
    demand(all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")),
           f"it has capabilities: {status['CapEff']}, may have {status['CapBnd']}")
    demand(status["NoNewPrivs"] == "1", "it may get new privileges")
    demand(status["Seccomp"] == "2", "no calls are filtered")
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    demand(re.search(r"Max core file size\s+0\s+0", limits), "it may leave a core")
    demand(int(status["VmLck"].split()[0]) >= 4096, "its keys may be swapped out")


def writes_nowhere_else(world):
    """A file in each folder, each file and device that there is."""
    seen = world.node.probe()
    strange = [one for one in seen["folders"] if not any(one == own or one.startswith(own + "/") for own in OWN_FOLDERS | PRIVATE)]
    demand(not strange, f"it may write in {strange[:8]}")
    demand(OWN_FOLDERS <= set(seen["folders"]), "it may not write in its own folders")
    strange = [one for one in seen["files"] if not one.startswith(tuple(OWN_FOLDERS | PRIVATE)) and one not in DEVICES]
    demand(not strange, f"it may write {strange[:8]}")


def stops_rather_than_writes_elsewhere(world):
    """The server itself, told to keep its witness where anybody else may write."""
    node, lines = world.node, len(world.node.log())
    with node.configured("/var/lib/quintet/sqn/lead", f"{OPEN_TO_ALL}/lead"):
        out = node.root.try_inside("systemctl", "restart", "quintet")
        node.root.inside("systemctl", "stop", "quintet")
        written, said = node.root.inside("find", OPEN_TO_ALL, "-type", "f", "-print", "-delete"), node.log()[lines:]
    node.start()
    demand(not written, f"it wrote {written.strip()}")
    demand(out.returncode != 0, "it started")
    demand(re.search("cannot_start .*Read-only file system", said), f"it does not say why not: {said[-300:]}")


def makes_no_strange_calls(world):
    seen = world.node.probe()
    allowed = {name: seen["calls"][name] for name in CALLS if seen["calls"][name] != EPERM}
    demand(not allowed, f"not refused: {allowed}")
    demand(not seen["writable_code"], "it may write code")
    demand([name for name, has in seen["families"].items() if has] == ["AF_INET", "AF_UNIX"], f"sockets: {seen['families']}")


def cage_is_the_units(world):
    """Without those lines of the unit the same calls are answered: it is the unit that refuses, nothing around it."""
    seen = world.node.probe(*UNCAGED)
    refused = [name for name in HARMLESS if seen["calls"][name] == EPERM]
    demand(not refused, f"something else refuses {refused}")
    demand(seen["writable_code"] and seen["families"]["AF_NETLINK"], "something else refuses code or sockets")


def sees_its_credentials_only(world):
    node = world.node
    seen = node.probe()
    pin = node.root.inside("cat", "/etc/quintet/credentials/user.pin").strip()
    demand(set(seen["credentials"]) == {"user.pin", "tls.key"} and seen["credentials"]["user.pin"] == pin, "it gets other credentials")
    demand(seen["credentials_folder"] == "Permission denied", f"in the folder of credentials it sees {seen['credentials_folder']}")
    demand(pin not in "".join(seen["environment"].values()), "the PIN is in its environment")
    demand(len(seen["processes"]) <= 2, f"it sees processes of others: {seen['processes']}")


# A thread that hangs

class Stopper(threading.Thread):
    """Stops one thread of a process as a debugger does, until the process ends."""

    def __init__(self, thread):
        super().__init__(daemon=True)
        self._id, self.is_stopped = thread, threading.Event()

    def run(self):
        libc = ctypes.CDLL(None, use_errno=True)
        for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
            if libc.ptrace(request, self._id, None, None) != 0:
                return
        while True:
            _, status = os.waitpid(self._id, WALL)
            if not os.WIFSTOPPED(status):
                return
            self.is_stopped.set()


@contextmanager
def stopped_thread(pid, name):
    folder = Path(f"/proc/{pid}/task")
    found = [int(task.name) for task in folder.iterdir() if (task / "comm").read_text(encoding="ascii").strip() == name]
    demand(found, f"no thread {name}")
    stopper = Stopper(found[0])
    stopper.start()
    demand(stopper.is_stopped.wait(5), f"the thread {name} could not be stopped")
    try:
        yield
    finally:
        if stopper.is_alive() and folder.exists():
            os.kill(pid, signal.SIGKILL)
        stopper.join(5)
