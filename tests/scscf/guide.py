# SPDX-License-Identifier: Apache-2.0
"""Follows docs/kamailio.md word by word: the shell blocks of its sections, in order, in the folder of the source."""

import contextlib
import re
import signal
import subprocess
from pathlib import Path

from kamailio import PORTS, ROOT, listens
from peer.cards import find_card
from peer.cx import HOME_REALM, RTR
from peer.usim import Usim
from phone import Phone
from support.child import Child, clean_environment, default_signals, eventually
from wire import Wire
from world import Stage, check

PAGE = ROOT / "docs" / "kamailio.md"
CARDS = ROOT / "schema" / "samples" / "sample_cards.csv"
SECTION = re.compile(r"^## (.*?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh( serve)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIRST, RELAYED = "From packages to a registered phone", "Over TLS, through a relay"
READY = re.compile(r"quintet ready|freeDiameterd daemon initialized")  # what a block that serves says at last
HSS_PORT, SCSCF_PORT = 3868, 3871
IMPI, IMPU = f"001010000000001@{HOME_REALM}", f"sip:alice@{HOME_REALM}"


class Bare(Stage):
    """A namespace in which nothing runs yet."""

    def begin(self):
        """Names and files as on a machine where nobody has done anything; ./var goes with the namespace."""
        Path("/etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        subprocess.run(["find", "/etc/kamailio", "/run/kamailio", "/etc/freeDiameter", "-mindepth", "1", "-delete"], check=True)
        var = ROOT / "var"
        var.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(var)], check=True)

    @contextlib.contextmanager
    def following(self, blocks):
        """All but the last block are followed; gives what the last one says. What they have started ends with it."""
        servers = []
        try:
            for serve, text in blocks[:-1]:
                if serve:
                    servers.append(self._serve(len(servers), text))
                else:
                    _follow(text)
            self.moment("before the phone")
            yield _follow(blocks[-1][1])
        finally:
            _end_kamailio()
            for one in reversed(servers):
                one.stop(signal.SIGINT, 60)

    def _serve(self, number, text):
        self.moment(f"server {number}")
        server = Child(self.folder / "logs" / f"guide_{number}.log")
        server.launch_command(["bash", "-euc", text], cwd=ROOT, env=clean_environment(), preexec_fn=default_signals)
        return server.await_ready(lambda: READY.search(server.log()), 300)


def _blocks():
    """By section."""
    return {name: BLOCK.findall(text) for name, text in SECTION.findall(PAGE.read_text(encoding="utf-8"))}


def guide_registers_a_phone(bare):
    with bare.following(_blocks()[FIRST]) as said:
        check("200 OK" in said, f"the phone says {said!r}")


def relay_and_tls_beside_the_guide(bare):
    """Of the first section what comes before Quintet; then the other one, and an end by the operator."""
    blocks = _blocks()
    first = [serve for serve, _ in blocks[FIRST]].index(" serve")
    wire = Wire(bare.folder / "relay.pcap", SCSCF_PORT)
    try:
        with bare.following(blocks[FIRST][:first] + blocks[RELAYED]) as said:
            check("200 OK" in said, f"the phone says {said!r}")
            _keys_stay_inside(wire)
            _end_through_the_relay(wire)
    finally:
        wire.close()


def _keys_stay_inside(wire):
    """Of one more registration CK, IK and RES are on the loopback side of the relay, and not on the other."""
    card = find_card(CARDS, impi=IMPI)
    phone = Phone("127.0.0.9", IMPI, IMPU, Usim(card.k, card.opc))
    attempt = phone.register()
    check(attempt.status == 200, f"the second phone got {attempt.status}")
    seen = attempt.verdicts[-1]
    for name in ("ck", "ik", "res"):
        check(getattr(seen, name) in wire.carried(SCSCF_PORT), f"no {name} at the S-CSCF, so nothing was looked for")
        check(getattr(seen, name) not in wire.carried(HSS_PORT), f"{name} on the link to the HSS")


def _end_through_the_relay(wire):
    """An RTR finds its way, and its answer too: at once, and not by a time-out."""
    _operator(f"quintet deregister {IMPU}")
    rtr = wire.await_request(RTR, IMPU)
    check(rtr and wire.answer(rtr).value("Result-Code") == 2001, "no RTR at the S-CSCF, or no answer of it")
    check(eventually(lambda: "not_registered" in _operator(f"quintet registration show {IMPU}"), 5), "the HSS takes it for registered")


def _follow(text):
    done = subprocess.run(["bash", "-euc", text], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False,
                          timeout=120)
    check(done.returncode == 0, f"{text!r} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def _operator(command):
    """With what the quickstart has left for him."""
    return _follow(f". var/env && {command}")


def psql(statement):
    _operator(f'psql -q "$QUINTET_DB" -c "{statement}"')


def _end_kamailio():
    for name in PORTS:
        file = Path(f"/run/kamailio/{name}.pid")
        if file.exists():
            subprocess.run(["kill", file.read_text(encoding="ascii").strip()], check=False)
    eventually(lambda: not any(map(listens, PORTS)), 20)
