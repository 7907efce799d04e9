# SPDX-License-Identifier: Apache-2.0
"""Debian's own build of freeDiameter's libraries, unpacked beside the installed ones and not installed."""

import re
import subprocess
from pathlib import Path

PACKAGES = ("libfdcore6", "libfdproto6")
OURS = "+quintet"


def _version(package):
    """The newest that Debian has."""
    words = subprocess.run(["apt-cache", "madison", package], check=True, capture_output=True, text=True).stdout
    versions = [line.split("|")[1].strip() for line in words.splitlines()]
    return next(version for version in versions if OURS not in version)


def stock_libraries(folder):
    """The folder for LD_LIBRARY_PATH; filled once."""
    folder = Path(folder)
    if not any(folder.rglob("libfdcore.so.6")):
        folder.mkdir(parents=True, exist_ok=True)
        for package in PACKAGES:
            subprocess.run(["apt-get", "download", f"{package}={_version(package)}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        for archive in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    return next(folder.rglob("libfdcore.so.6")).parent


def which(pid):
    """Which libfdcore a process has loaded, to be sure of it."""
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="ascii")
    return re.search(r"/\S*libfdcore\.so\S*", maps)[0]
