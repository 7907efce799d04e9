# SPDX-License-Identifier: Apache-2.0
"""What freeDiameter drops or refuses by itself leaves a line that tells by whom, what and why, at the level that operators keep."""

import re

import pytest
import wire
from bare import Bare, cer
from client import Caller
from peer.cx import HOME_REALM
from product import IDENTITY
from support.instance import eventually
from wire import avp

MAR_WORDS, DWR_WORDS, CER_WORDS = (r"\bMAR\b|\bMAA\b|Multimedia-Auth|\b303\b", r"\bDW[RA]\b|Device-Watchdog|\b280\b",
                                   r"\bCE[RA]\b|Capabilities-Exchange|\b257\b")
NO_COMMAND = r"message|pars|length|version|header"


def with_header(raw, at, octets):
    return raw[:at] + octets + raw[at + len(octets):]


def answer_to_nothing(names, host):
    return wire.message(wire.MAR, wire.CX, wire.PROXIABLE, [avp(263, f"{host};1;1"), avp(268, 2001), *names.origin(host)])


def watchdog_answer_to_nothing(names, host):
    return wire.message(wire.DWR, 0, 0, [avp(268, 2001), *names.origin(host)])


def request_with_error_bit(names, host):
    return with_header(names.cx(wire.MAR, host), 4, b"\xe0")


def broken_avp(names, host):
    return names.cx(wire.MAR, host, extra=[b"\0\0\2\x5a\xc0\xff\xff\xf0\0\0\x28\xafsip:"])


def too_long(names, host):
    return with_header(names.cx(wire.MAR, host), 1, b"\xff\xff\xfc") + bytes(2000)


def too_short(names, host):
    return with_header(names.cx(wire.MAR, host), 1, b"\0\0\x0c")


def another_version(names, host):
    return with_header(names.cx(wire.MAR, host), 0, b"\2")


def garbage_behind(names, host):
    return names.cx(wire.MAR, host) + b"\xff" * 60


def foreign_realm(names, host):
    return names.cx(wire.MAR, host, realm="elsewhere.example.org")


def another_host(names, host):
    return names.cx(wire.MAR, host, extra=[avp(wire.DESTINATION_HOST, f"other.{HOME_REALM}")])


def unknown_application(names, host):
    return names.cx(wire.MAR, host, app=16777999)


def unknown_command(names, host):
    return names.cx(399, host)


def no_session_id(names, host):
    return wire.message(wire.MAR, wire.CX, wire.REQUEST | wire.PROXIABLE, [*names.origin(host), avp(283, HOME_REALM)])


def capabilities_again(names, host):
    return cer(host)


def capabilities_of_another(names, host):
    return cer(f"x.{host}")


CASES = {
    answer_to_nothing: MAR_WORDS, watchdog_answer_to_nothing: DWR_WORDS, request_with_error_bit: MAR_WORDS, broken_avp: MAR_WORDS,
    too_long: NO_COMMAND, too_short: NO_COMMAND, another_version: NO_COMMAND, garbage_behind: NO_COMMAND, foreign_realm: MAR_WORDS,
    another_host: MAR_WORDS, unknown_application: MAR_WORDS, unknown_command: r"\b399\b", no_session_id: MAR_WORDS,
    capabilities_again: CER_WORDS, capabilities_of_another: CER_WORDS,
}


def telling(server, label, words):
    """Lines about this peer with such words that do not only say that it came or went."""
    number = label.removeprefix("word")
    own = [f"{label}."] + ([f"127.0.8.{int(number) + 1}'", f"127.0.8.{int(number) + 1} "] if number.isdigit() else [])
    return [line for line in server.log().splitlines() if any(name in line for name in own) and " debug " not in line
            and re.search(words, line) and " peer_connected " not in line]


@pytest.fixture(scope="module")
def cases(server):
    """All are sent first, so that one wait is enough."""
    for number, case in enumerate(CASES):
        label = f"word{number}"
        with Bare(server.port, f"{label}.{HOME_REALM}", f"127.0.8.{number + 1}") as peer:
            assert wire.result_code(peer.request(cer(peer.host))) == 2001
            peer.send(case(peer.names, peer.host))
            try:
                while peer.receive(0.3):
                    pass
            except wire.Closed:
                pass
    return {case: f"word{number}" for number, case in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.replace("_", " "))
def test_a_line_tells_of_it(server, cases, case):
    lines = eventually(lambda: telling(server, cases[case], CASES[case]), 2)
    told = [line for line in server.log().splitlines() if f"{cases[case]}." in line]
    assert lines, f"nothing but {told[-3:]}"


def test_a_flood_of_one_cause_is_limited_and_hides_no_other(server):
    """The log must not be what a peer fills."""
    before = len(server.log().splitlines())
    with Bare(server.port, f"chatters.{HOME_REALM}") as peer, Caller(server, "mumbles") as other:
        assert wire.result_code(peer.request(cer(peer.host))) == 2001
        peer.send(b"".join(answer_to_nothing(peer.names, peer.host) for _ in range(3000)))
        other.send_raw(answer_to_nothing(wire.Names(other.origin_host, HOME_REALM, HOME_REALM), other.origin_host))
        assert eventually(lambda: telling(server, "chatters", MAR_WORDS), 5), "nothing tells of the flood"
        assert eventually(lambda: telling(server, "mumbles", MAR_WORDS), 5), "the flood hides the other"
    grown = [line for line in server.log().splitlines()[before:] if " debug " not in line]
    assert len(grown) < 300, f"{len(grown)} lines"


def test_a_name_in_these_lines_is_quoted(server):
    """An Origin-Host with line feeds, in a CER that is refused, writes no line of its own."""
    with Bare(server.port, source="127.0.8.250") as peer:
        peer.request(cer("x", {264: avp(264, f"a\nforged line {IDENTITY}")}))
    assert not [line for line in server.log().splitlines() if line.startswith("forged")]
