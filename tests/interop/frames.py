# SPDX-License-Identifier: Apache-2.0
"""What a server sent, from a capture: judged by tshark, and its octets for the strict decoder of erlang-diameter."""

import re
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
DECODER = HERE / "strict_decoder"


def tshark(file, port, *options):
    command = ["tshark", "-r", str(file), "-d", f"tcp.port=={port},diameter", "-o", "diameter.desegment:TRUE", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout.splitlines()


def count(file, port):
    """Diameter frames that the port sent."""
    return len(tshark(file, port, "-2", "-Y", f"diameter && tcp.srcport=={port}"))


# Failed-AVP repeats what was wrong with the request, and tshark minds it there as much as anywhere.
_BAD = "(_ws.malformed || _ws.expert.severity >= 0x600000 || diameter.avp.unknown) && !diameter.Failed-AVP"


# TS 29.229 has Alternate-Digest-Algorithm and Alternate-Digest-HA1 since Rel-16; Debian's dictionary ends before.
_NEWER = re.compile(r"Unknown AVP 66[23] \(vendor=3GPP\)")


def tshark_findings(file, port, field="frame.number"):
    """Of each frame with anything malformed, suspicious or unknown in it that field and what tshark says."""
    found = []
    for line in tshark(file, port, "-2", "-Y", f"diameter && tcp.srcport=={port} && ({_BAD})", "-T", "fields", "-E", "aggregator=|",
                       "-e", field, "-e", "_ws.expert.message"):
        value, _, said = line.partition("\t")
        if not all(_NEWER.match(one) for one in said.split("|")):
            found.append((value, said))
    return found


def sent(file, port):
    """The octets that the port sent, connection after connection."""
    streams = {}
    for line in tshark(file, port, "-Y", f"tcp.srcport=={port} && tcp.len > 0 && !tcp.analysis.retransmission",
                       "-T", "fields", "-e", "tcp.stream", "-e", "tcp.payload"):
        stream, payload = line.split("\t")
        streams.setdefault(stream, bytearray()).extend(bytes.fromhex(payload.replace(":", "")))
    return b"".join(streams.values())


def messages(octets):
    at = 0
    while at + 20 <= len(octets):
        length = max(20, int.from_bytes(octets[at + 1:at + 4], "big"))
        yield octets[at:at + length]
        at += length


def erlang_findings(octets):
    """Lines of the strict decoder, without its last one; and that one."""
    done = subprocess.run([str(DECODER)], input=octets, capture_output=True, check=False)
    lines = done.stdout.decode(errors="replace").splitlines()
    if not lines or not lines[-1].endswith("with errors"):
        raise RuntimeError(f"the strict decoder failed: {done.stdout!r} {done.stderr!r}")
    return lines[:-1], lines[-1]


# A capture made by hand, to plant faults in

_GLOBAL = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 228)  # LINKTYPE_IPV4


def _packet(number, payload, port):
    tcp = struct.pack("!HHIIBBHHH", port, 40000 + number, 1, 1, 5 << 4, 0x18, 65535, 0, 0) + payload
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(tcp), number, 0x4000, 64, 6, 0, 0x7F000001, 0x7F000001)
    return struct.pack("<IIII", number, 0, len(ip + tcp), len(ip + tcp)) + ip + tcp


def write_capture(file, port, payloads):
    """The port sends each message on a connection of its own, in one packet."""
    Path(file).write_bytes(_GLOBAL + b"".join(_packet(number, one, port) for number, one in enumerate(payloads)))
