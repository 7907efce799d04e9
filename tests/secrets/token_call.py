"""Runs inside gdb on a loaded server: where keys are while the token works, who wipes them, and what is left after."""

import json
import re

import gdb


def known(file):
    with open(file, encoding="ascii") as lines:
        for line in lines:
            octets, name = line.rstrip("\n").split(" ", 1)
            yield name, bytes.fromhex(octets)


SECRETS = list(known(patterns))  # noqa: F821  (set by the caller)
PID = gdb.selected_inferior().pid


def writable():
    with open(f"/proc/{PID}/maps", encoding="utf-8") as maps:
        for line in maps:
            start, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if access.startswith("rw"):
                yield int(start, 16), int(end, 16)


def scan():
    """[(name, address)] of every key in memory that can be written."""
    found = []
    with open(f"/proc/{PID}/mem", "rb", 0) as memory:
        for start, end in writable():
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


def libraries_above_us():
    """Names of the libraries on the stack, innermost first, down to our own extension."""
    names, frame = [], gdb.newest_frame()
    while frame is not None:
        name = (gdb.solib_name(frame.pc()) or "").rsplit("/", 1)[-1]
        if name == "quintet.fdx":
            break
        if name and name not in names:
            names.append(name)
        frame = frame.older()
    return names


def wiped_by(addresses):
    """For each address: through which libraries, called by our extension, its content is overwritten."""
    seen = []
    points = [gdb.Breakpoint(f"*(long*){address}", gdb.BP_WATCHPOINT) for address in addresses]
    for _ in points:
        gdb.execute("continue")
        seen.append(libraries_above_us())
    for point in points:
        point.delete()
    return seen


def main():
    gdb.execute("set pagination off")
    outcome = {}
    stop_at("C_EncryptUpdate", 20)
    inside = scan()
    outcome["inside an encryption"] = inside
    outcome["wiped by"] = wiped_by([address for _, address in inside][:4])  # four watchpoints are all there are
    stop_at("C_EncryptFinal")
    gdb.execute("finish")
    outcome["after the encryption"] = scan()
    stop_at("C_UnwrapKey")
    outcome["inside an unwrap"] = scan_during("EVP_DecryptUpdate")
    outcome["after the unwrap"] = scan()
    with open(result, "w", encoding="ascii") as out:  # noqa: F821  (set by the caller)
        json.dump(outcome, out)


main()
