# SPDX-License-Identifier: Apache-2.0
"""An image of a process made by gdb, and in which part of its memory a place in that image lies."""

import re
import struct
import subprocess
from collections import namedtuple
from pathlib import Path

Segment = namedtuple("Segment", "offset address size")
Mapping = namedtuple("Mapping", "start end access name flags")

LOCKED_OUT_OF_DUMPS = {"lo", "dd"}  # mlock and MADV_DONTDUMP: OpenSSL's secure heap
ARENA_ALIGNMENT = 1 << 26           # the C library's heaps of threads begin at such addresses,
ARENA_OFFSET = 48                   # with a pointer to their arena, which lies so far behind the begin of its first heap
AVP_HEADER, TGPP, SECRET_AVPS = struct.Struct(">III"), 10415, (610, 625, 626, 663)
BASE_HEADER, DIGEST_HA1 = struct.Struct(">II"), 121
# On the stack of the thread that uses the token: a call into the module, or the time between two that belong together.
TOKEN_AT_WORK = re.compile(r"libsofthsm2|auc::vectors|auc::open_auts")


def mappings(smaps):
    """What /proc says of the memory, with the kernel's flags."""
    found = []
    for line in smaps.read_text(encoding="utf-8", errors="replace").splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
        if head:
            found.append(Mapping(int(head[1], 16), int(head[2], 16), head[3], head[4], set()))
        elif line.startswith("VmFlags:"):
            found[-1].flags.update(line.split()[1:])
    return found


def place_name(mapping):
    """A word for people."""
    if mapping is None:
        return "unknown"
    if LOCKED_OUT_OF_DUMPS <= mapping.flags:
        return "secure heap"
    if mapping.name == "[heap]":
        return "heap"
    if mapping.name:
        return mapping.name
    return "stack or other"


class Image:
    """gcore of a running process. Everything is written, also what the process keeps out of core files."""

    def __init__(self, pid, file, everything=True):
        self.file = Path(file)
        smaps = self.file.with_suffix(".smaps")  # of the moment of the image: heaps grow
        switches = ("on", "off") if everything else ("off", "on")
        orders = ["thread apply all -q bt", f"shell cp /proc/{pid}/smaps {smaps}", f"set dump-excluded-mappings {switches[0]}",
                  f"set use-coredump-filter {switches[1]}", f"gcore {self.file}"]
        command = ["gdb", "-p", str(pid), "-batch", "-nx", *(word for order in orders for word in ("-ex", order))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if not self.file.exists():
            raise RuntimeError(f"gcore failed: {done.stdout}{done.stderr}")
        self._mappings = mappings(smaps)
        smaps.unlink()
        self.token_at_work = TOKEN_AT_WORK.search(done.stdout) is not None
        self._segments = self._read_segments()

    def _read_segments(self):
        with open(self.file, "rb") as core:
            head = core.read(64)
            table, (size, count) = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<HH", head, 54)
            core.seek(table)
            rows = core.read(size * count)
        found = []
        for i in range(count):
            kind, _, offset, address, _, octets, _, _ = struct.unpack_from("<IIQQQQQQ", rows, i * size)
            if kind == 1 and octets:  # PT_LOAD
                found.append(Segment(offset, address, octets))
        return found

    @property
    def octets(self):
        return sum(segment.size for segment in self._segments)

    def address_of(self, offset):
        for segment in self._segments:
            if segment.offset <= offset < segment.offset + segment.size:
                return segment.address + offset - segment.offset
        return None

    def place_of(self, offset):
        address = self.address_of(offset)
        if address is None:
            return "registers"  # gdb's notes in the image
        mapping = next((one for one in self._mappings if one.start <= address < one.end), None)
        place = "heap of a thread" if self._is_in_arena(address, mapping) else place_name(mapping)
        return place + ", in an encoded answer" if self._is_in_answer(offset) else place

    def _is_in_arena(self, address, mapping):
        """A heap has all up to the next such address to itself, but the kernel may show it in pieces."""
        base = address - address % ARENA_ALIGNMENT
        offsets = [one.offset + base - one.address for one in self._segments if one.address <= base < one.address + one.size]
        if mapping is None or mapping.name or not offsets:
            return False
        with open(self.file, "rb") as core:
            core.seek(offsets[0])
            return int.from_bytes(core.read(8), "little") % ARENA_ALIGNMENT == ARENA_OFFSET

    def _is_in_answer(self, offset):
        """Right behind the header of an AVP that carries CK, IK, XRES or H(A1) (TS 29.229 6.3)."""
        with open(self.file, "rb") as core:
            core.seek(offset - AVP_HEADER.size)
            header = core.read(AVP_HEADER.size)
        code, _, vendor = AVP_HEADER.unpack(header)
        base_code, flags_and_length = BASE_HEADER.unpack(header[-BASE_HEADER.size:])
        is_digest = base_code == DIGEST_HA1 and flags_and_length & 0xffffff == BASE_HEADER.size + 32
        return is_digest or (vendor == TGPP and code in SECRET_AVPS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.unlink(missing_ok=True)
