#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Started by the unit in place of the server: says in JSON what a program there may do."""

import ctypes
import json
import mmap
import os
import socket
import subprocess
import sys
from pathlib import Path

# Calls that need no privilege, and do no harm: (name, number on x86-64, arguments).
CALLS = (("ptrace", 101, (0, 0, 0, 0)),              # PTRACE_TRACEME
         ("unshare", 272, (0x10000000,)),            # CLONE_NEWUSER
         ("personality", 135, (0x0008,)),            # ADDR_LIMIT...; another domain than that of Linux
         ("setpriority", 141, (0, 0, 19)),
         ("sched_setaffinity", 203, (0, 0, 0)),
         ("chroot", 161, (0,)),
         ("mount", 165, (0, 0, 0, 0, 0)),
         ("bpf", 321, (0, 0, 0)),
         ("perf_event_open", 298, (0, 0, -1, -1, 0)),
         ("userfaultfd", 323, (-1,)),
         ("swapon", 167, (0, 0)),
         ("kexec_load", 246, (0, 0, 0, 0)))
FAMILIES = {"AF_INET": socket.AF_INET, "AF_UNIX": socket.AF_UNIX, "AF_NETLINK": socket.AF_NETLINK, "AF_PACKET": socket.AF_PACKET}


def errno_of(number, arguments):
    """What the call ends with: 0 or an errno; in a process of its own, which it may change."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        status = libc.syscall(number, *map(ctypes.c_long, arguments))
        os.write(writer, str(ctypes.get_errno() if status < 0 else 0).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    said = os.read(reader, 16)
    os.close(reader)
    return int(said)


def may_write():
    """Folders in which a file can be made, by making one, /proc and /sys among them."""
    found = []
    for folder, folders, _ in os.walk("/"):
        if folder == "/proc":
            folders[:] = ["self", "sys"]
        try:
            file = Path(folder) / ".quintet-probe"
            file.touch(exist_ok=False)
            file.unlink()
            found.append(folder)
        except OSError:
            pass
    return found


def may_open_for_writing():
    """Files and devices that are there."""
    out = subprocess.run(["find", "/", "-path", "/proc/[0-9]*", "-prune", "-o", "-path", "/proc/self*", "-prune", "-o", "-path",
                          "/proc/thread-self", "-prune", "-o", "-writable", "(", "-type", "f", "-o", "-type", "b", "-o", "-type",
                          "c", ")", "-print"], capture_output=True, text=True, check=False)
    return out.stdout.split("\n")[:-1]


def has_writable_code():
    try:
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True


def has_family(family):
    try:
        socket.socket(family, socket.SOCK_RAW if family == socket.AF_PACKET else socket.SOCK_DGRAM).close()
    except PermissionError as error:
        return error.errno != 1  # EPERM and not EACCES: a capability is missing, the family is there
    except OSError:
        return False
    return True


def main():
    credentials = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"))
    try:
        hidden = os.listdir("/etc/quintet/credentials")
    except OSError as error:
        hidden = error.strerror
    json.dump({"user": os.getuid(), "folders": may_write(), "files": may_open_for_writing(),
               "calls": {name: errno_of(number, arguments) for name, number, arguments in CALLS},
               "families": {name: has_family(family) for name, family in FAMILIES.items()}, "writable_code": has_writable_code(),
               "credentials": {one.name: one.read_text().strip() for one in sorted(credentials.glob("*"))},
               "credentials_folder": hidden, "environment": dict(os.environ),
               "processes": sorted(int(one) for one in os.listdir("/proc") if one.isdigit())}, sys.stdout)


if __name__ == "__main__":
    main()
