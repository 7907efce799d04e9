# SPDX-License-Identifier: Apache-2.0
"""A Debian 12 in a folder: bare by debootstrap, entered by chroot, and started with its own systemd by systemd-nspawn."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("QUINTET_CACHE", Path.home() / ".cache" / "quintet"))
CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
MAKE = '. "$1/deploy/lib/say.sh"; . "$1/tests/clean_room/root.sh"; place=$2 cache=$3; set -e; bare_root; connect'
CHROOT = """mount --make-rprivate / && mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && mount -t sysfs sys "$1/sys" &&
  root=$1 && shift && exec chroot "$root" "$@" """
NEEDS = ("debootstrap", "systemd-nspawn", "nsenter")
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))


class Failed(Exception):
    """A command that should have succeeded; with the end of what it said."""


def checked(command, out):
    if out.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: status {out.returncode}\n{(out.stdout + out.stderr)[-3000:]}")
    return out.stdout


def own_cgroup(name):
    """A new one for a container alone, where this kernel has the second version; nspawn makes more below it."""
    base = next((path for path in CGROUPS if (path / "cgroup.procs").exists() and (path / "cgroup.controllers").exists()), None)
    if base is None:
        raise Failed("no cgroups of version 2 are mounted: systemd cannot be started in a container")
    group = base / name
    group.mkdir()
    return group


def remove_cgroups(name, seconds=10):
    """Of all hierarchies; the last process may not quite be gone."""
    end = time.monotonic() + seconds
    for group in (path for path in Path("/sys/fs/cgroup").glob(f"**/{name}") if path.is_dir()):
        for folder in (*sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True), group):
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.1)


class DebianRoot:
    """The folder; the container, when it runs."""

    def __init__(self, place):
        self.place = Path(place)
        self.name = f"quintet-{self.place.name}-{os.getpid()}"  # the container's, and its cgroup's
        self._child = self.leader = None

    def make(self):
        self.place.mkdir(parents=True, exist_ok=True)
        self.place.chmod(0o755)
        checked(["debootstrap"], subprocess.run(["bash", "-c", MAKE, "make", ROOT, self.place, CACHE], capture_output=True, text=True,
                                                check=False))
        policy = self.place / "usr/sbin/policy-rc.d"  # nothing starts while there is no systemd
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        policy.chmod(0o755)
        return self

    def chroot(self, *command, **more):
        """Output of a command in it, with the network of this machine, without a service manager."""
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", CHROOT, "chroot", self.place, *command]
        return checked(command, subprocess.run(list(map(str, words)), env=CLEAN, capture_output=True, text=True, check=False,
                                               **{"stdin": subprocess.DEVNULL, **more}))

    def apt(self, *words):
        return self.chroot("apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confold", *words)

    def take(self, file, inside):
        target = self.place / str(inside).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)

    # The container

    def boot(self, seconds=90):
        """Its systemd as process 1, in namespaces of its own, network among them."""
        (self.place / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        group = own_cgroup(self.name)
        log = open(f"{self.place}.console", "ab")  # pylint: disable=consider-using-with
        # The container's own filter must not stand before the unit's, which is what is looked at.
        command = ["systemd-nspawn", "-q", "-D", self.place, "--boot", f"--machine={self.name}", "--register=no", "--keep-unit", "--private-network", "--console=pipe", "--capability=CAP_IPC_LOCK", "--system-call-filter=@known"]
        enter = f'echo $$ > "{group}/cgroup.procs" && exec "$@"'
        self._child = subprocess.Popen(["sh", "-c", enter, "nspawn", *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env={**CLEAN, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._child.poll() is None:
            self.leader = self.leader or self._find_leader()
            if self.leader and self._state() in ("running", "degraded"):
                return self
            time.sleep(0.5)
        console = Path(f"{self.place}.console").read_text(encoding="utf-8", errors="replace")[-2000:]
        self.halt()
        raise Failed(f"systemd-nspawn --boot: not up within {seconds} s\n{console}")

    def _find_leader(self):
        children = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children").read_text(encoding="ascii").split()
        return next((int(pid) for pid in children if "systemd" in self._comm(pid) and "nspawn" not in self._comm(pid)), None)

    @staticmethod
    def _comm(pid):
        try:
            return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def _state(self):
        return self.try_inside("systemctl", "is-system-running").stdout.strip()

    def try_inside(self, *command, user=None, **more):
        """A command in the running container; its result."""
        as_user = ("runuser", "-u", user, "--") if user else ()
        words = ["nsenter", "--target", self.leader, "--all", "--root", "--wd", "env", "-C", "/", *as_user, *command]
        return subprocess.run(list(map(str, words)), env=CLEAN, capture_output=True, text=True, check=False,
                              **{"stdin": None if "input" in more else subprocess.DEVNULL, **more})

    def inside(self, *command, **more):
        return checked(command, self.try_inside(*command, **more))

    def outside(self, *command):
        """A program of this machine in the container's network."""
        words = ["nsenter", "--target", self.leader, "--net", *command]
        return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def halt(self):
        if self._child is None:
            return
        if self.leader and self._child.poll() is None:
            self.try_inside("systemctl", "poweroff", "--no-block")
        try:
            self._child.wait(30 if self.leader else 1)
        except subprocess.TimeoutExpired:
            if self.leader:
                os.kill(self.leader, signal.SIGKILL)  # process 1 of its namespace: all others end with it
            self._child.terminate()
            self._child.wait(10)
        self._child = self.leader = None
        remove_cgroups(self.name)

    def remove(self):
        self.halt()
        shutil.rmtree(self.place)
        Path(f"{self.place}.console").unlink(missing_ok=True)
