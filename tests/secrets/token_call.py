# SPDX-License-Identifier: Apache-2.0
"""Runs inside gdb on a loaded server: where keys are while the token works, and what is left after."""

import array
import itertools
import json
import mmap
import re

import gdb


def known(file):
    with open(file, encoding="ascii") as lines:
        for line in lines:
            octets, name = line.rstrip("\n").split(" ", 1)
            yield name, bytes.fromhex(octets)


SECRETS = list(known(patterns))  # noqa: F821  (set by the caller)
PAGE = mmap.PAGESIZE
PID = gdb.selected_inferior().pid


def writable():
    with open(f"/proc/{PID}/maps", encoding="utf-8") as maps:
        for line in maps:
            start, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if access.startswith("rw"):
                yield int(start, 16), int(end, 16)


def used():
    """The parts of it that have ever been written: a tenth, for most of it is heaps and stacks in reserve."""
    with open(f"/proc/{PID}/pagemap", "rb", 0) as pages:
        for start, end in writable():
            pages.seek(start // PAGE * 8)
            entries = array.array("Q", pages.read((end - start) // PAGE * 8))
            number = 0
            for is_used, run in itertools.groupby(entries, lambda entry: entry >> 62 != 0):  # present or swapped
                length = len(list(run))
                if is_used:
                    yield start + number * PAGE, start + (number + length) * PAGE
                number += length


def scan():
    """[(name, address)] of every key in memory that can be written."""
    found = []
    with open(f"/proc/{PID}/mem", "rb", 0) as memory:
        for start, end in used():
            try:
                memory.seek(start)
                part = memory.read(end - start)
            except OSError:
                continue  # guard pages of the kernel
            for name, octets in SECRETS:
                at = part.find(octets)
                while at >= 0:
                    found.append((name, start + at))
                    at = part.find(octets, at + 1)
    return found


def stop_at(function, passes=0):
    point = gdb.Breakpoint(function)
    point.ignore_count = passes
    gdb.execute("continue")
    point.delete()


def scan_during(inner):
    """Standing at the begin of a function: what is seen at each call of `inner` before it returns; then it has returned."""
    back = gdb.newest_frame().older().pc()
    points = [gdb.Breakpoint(f"*{back}"), gdb.Breakpoint(inner)]
    for point in points:
        point.thread = gdb.selected_thread().num
    seen = []
    while True:
        gdb.execute("continue")
        if gdb.newest_frame().pc() == back:
            break
        seen += scan()
    for point in points:
        point.delete()
    return seen


def main():
    gdb.execute("set pagination off")
    outcome = {}
    stop_at("C_EncryptUpdate", 20)
    outcome["inside an encryption"] = scan()
    stop_at("C_EncryptFinal")
    outcome["before its end"] = scan()
    gdb.execute("finish")
    outcome["after the encryption"] = scan()
    stop_at("C_UnwrapKey")
    outcome["inside an unwrap"] = scan_during("EVP_DecryptUpdate")
    outcome["after the unwrap"] = scan()
    with open(result, "w", encoding="ascii") as out:  # noqa: F821  (set by the caller)
        json.dump(outcome, out)


main()
