# SPDX-License-Identifier: Apache-2.0
"""A network of the test's own: a namespace with loopback and one more address, private folders for names and Kamailio's files. Its
processes end with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSIDE = "QUINTET_SCSCF_NAMESPACE"  # set in the environment of the process within
UNSHARE = ["unshare", "--net", "--mount", "--propagation", "unchanged", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
PRIVATE = ("/etc/kamailio", "/run/kamailio", "/etc/freeDiameter")


def is_inside():
    return INSIDE in os.environ


def is_permitted():
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def enter(program):
    """Goes on as the same program within a new namespace; does not return."""
    os.execvpe("unshare", [*UNSHARE, sys.executable, program, *sys.argv[1:]], {**os.environ, INSIDE: "1"})


def _run(*words):
    subprocess.run(words, check=True, capture_output=True)


def _keep_mounts_private():
    """What is mounted here must not be seen outside. In a chroot the root is no mount point, and it is asked what there is."""
    if subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, check=False).returncode == 0:
        return
    if " shared:" in Path("/proc/self/mountinfo").read_text(encoding="utf-8"):
        sys.exit("mounts here are shared with the machine, and cannot be made private")


def furnish(folder):
    """Interfaces, and files that the machine outside does not see. freeDiameterd wants an address beside loopback."""
    _keep_mounts_private()
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "outer", "type", "veth", "peer", "name", "inner")
    for name in ("outer", "inner"):
        _run("ip", "link", "set", name, "up")
    _run("ip", "address", "add", "192.0.2.1/24", "dev", "outer")
    for path in PRIVATE:
        Path(path).mkdir(exist_ok=True)
        _run("mount", "-t", "tmpfs", "tmpfs", path)
    for name, text in (("hosts", "127.0.0.1 localhost\n"), ("resolv.conf", "")):
        file = Path(folder) / name
        file.write_text(text, encoding="ascii")
        _run("mount", "--bind", str(file), f"/etc/{name}")
