# SPDX-License-Identifier: Apache-2.0
"""The forms in which a secret could lie about, and where in a set of files any of them does."""

import base64
import subprocess
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
Hit = namedtuple("Hit", "kind name form file offset")


@dataclass(frozen=True)
class Secret:
    kind: str   # K, OPc, CK, ...
    name: str   # which one
    octets: bytes


def base64_forms(octets):
    """What of the octets shows in base64, wherever they begin in the encoded data: three alignments, two alphabets."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + octets)
        first = -(-before * 8 // 6)                      # the first character that depends on nothing before
        last = (before + len(octets)) * 8 // 6           # the last one that depends on nothing behind
        yield f"base64+{before}", text[first:last]
        if (other := text.translate(bytes.maketrans(b"+/", b"-_"))) != text:
            yield f"base64url+{before}", other[first:last]


def forms(octets):
    yield "raw", octets
    yield "hex", octets.hex().encode()
    if octets.hex().upper() != octets.hex():
        yield "HEX", octets.hex().upper().encode()
    yield from base64_forms(octets)


def searcher(folder):
    """The search program, built when it is older than its source."""
    source, program = HERE / "find_octets.cpp", Path(folder) / "find_octets"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        command = ["c++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", source, "-o", program]
        subprocess.run(list(map(str, command)), check=True)
    return program


class Search:
    """Looks for all forms of all secrets at once."""

    def __init__(self, secrets, folder):
        self._program = searcher(folder)
        self._patterns = [(secret, form, octets) for secret in secrets for form, octets in forms(secret.octets)]
        self._file = Path(folder) / "patterns"
        self._file.write_text("".join(octets.hex() + "\n" for _, _, octets in self._patterns), encoding="ascii")
        self._file.chmod(0o600)

    def hits(self, files):
        names = "".join(f"{file}\n" for file in files)
        found = subprocess.run([self._program, self._file], input=names, capture_output=True, text=True, check=False)
        if found.returncode != 0:
            raise RuntimeError(f"the search failed: {found.stderr}")
        for line in found.stdout.splitlines():
            number, offset, file = line.split(" ", 2)
            secret, form, _ = self._patterns[int(number)]
            yield Hit(secret.kind, secret.name, form, file, int(offset))
