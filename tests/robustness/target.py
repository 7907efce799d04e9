# SPDX-License-Identifier: Apache-2.0
"""The server under attack: its address, whether it still lives, and how to ask it something."""

import time

import wire
from wire import Closed, Peer

FOREIGN = "realm.elsewhere.test"


class Target:
    """The server under attack and how to address it."""

    def __init__(self, args):
        self.address = (args.host, args.port)
        self.names = wire.Names(args.origin_host, args.origin_realm, args.destination_realm)
        self.pid, self.count, self.repeat, self.seed = args.pid, args.count, args.repeat, args.seed
        self.born = started(args.pid)

    def peer(self, host=None, wait=5.0):
        return Peer(self.address, self.names, host, wait)

    def open(self, host=None):
        return self.peer(host).open()


def started(pid):
    """Start time of a process that runs, or None; tells a restarted server from one that lived on."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def alive(target, patience=30.0):
    """None when the server answers a watchdog, an unroutable and a good request; else what failed."""
    deadline, reason = time.monotonic() + patience, ""
    while time.monotonic() < deadline:
        if target.pid and started(target.pid) != target.born:
            return "the process is gone"
        try:
            reason = _probe(target)
        except Closed as closed:
            reason = str(closed)
        if not reason:
            return None
        time.sleep(0.2)
    return reason


def _probe(target):
    names = target.names
    with target.open() as peer:
        for what, raw in (("watchdog", names.dwr(peer.host)),
                          ("unroutable request", names.cx(wire.MAR, peer.host, realm=FOREIGN)),
                          ("good request", names.cx(wire.MAR, peer.host))):
            if peer.request(raw) is None:
                return f"no answer to a {what}"
    return ""


def ask(peer, raw, wait):
    """The answer to raw, or None when the server rather waits or closes."""
    try:
        return peer.request(raw, wait)
    except Closed:
        return None
