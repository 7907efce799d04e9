#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A hostile Diameter peer: attacks a server, then asserts that the same process still answers."""

import argparse
import os
import sys
import time

from modes import MODES
from target import Target, alive
from wire import Closed


def run(target, mode):
    """Run one attack; true when the server is still there afterwards and did what the attack wants."""
    begin = time.monotonic()
    print(f"{mode}: {(MODES[mode].__doc__ or 'only look').splitlines()[0]}", flush=True)
    try:
        reason = MODES[mode](target)
    except Closed as closed:
        reason = f"interrupted: {closed}"
    reason = alive(target) or reason
    print(f"{mode}: {'FAILED, ' + reason if reason else 'ok'} ({time.monotonic() - begin:.1f} s)", flush=True)
    return not reason


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3868)
    parser.add_argument("--origin-host", required=True)
    parser.add_argument("--origin-realm", required=True)
    parser.add_argument("--destination-realm", required=True)
    parser.add_argument("--pid", type=int, default=0, help="process that must be the same afterwards")
    parser.add_argument("--repeat", type=int, default=60, help="rounds of the two shutdown attacks")
    parser.add_argument("--count", type=int, default=5000, help="messages of mutate, connections of many-connections")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("modes", nargs="+", choices=list(MODES))
    args = parser.parse_args()
    target = Target(args)
    return 0 if all([run(target, mode) for mode in args.modes]) else 1


if __name__ == "__main__":
    sys.exit(main())
