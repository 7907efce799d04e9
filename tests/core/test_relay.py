# SPDX-License-Identifier: Apache-2.0
"""A relay beside the CSCF, as deploy/samples has it: plain Diameter to the CSCF, TLS to the HSS, requests both ways."""

import socket

import pytest
from peer import cx
from peer.connection import CER
from peer.cx import HOME_REALM
from peer.pushes import PPR, RTR
from product import Peer
from support.certificates import Lab
from support.instance import ROOT, eventually, quintet_tool
from support.server import Server
from tls_server import Recorder, TlsServer

SAMPLES = ROOT / "deploy" / "samples"
SCSCF, RELAY = f"scscf.{HOME_REALM}", f"relay.{HOME_REALM}"


class Called(Peer):
    """A CSCF that waits to be connected to, as the relay does it."""

    def __init__(self, label):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port, self.label = self.door.getsockname()[1], label
        self.asked = False

    def await_relay(self, seconds=30):
        self.door.settimeout(seconds)
        plain = self.door.accept()[0]
        super().__init__("127.0.0.1", self.port, f"{self.label}.{HOME_REALM}", HOME_REALM, plain=plain, handshake=False)
        self.cea = self.next_request(seconds)
        assert self.cea.command == CER
        self.answer(self.cea, avps=[avp for avp in self.capabilities().avps if avp.name not in ("Origin-Host", "Origin-Realm")])
        return self


class Relay(Server):
    """freeDiameterd under the sample configuration, with the names and ports of the test put in their places."""

    def __init__(self, folder, lab, hss, scscf, environment):
        super().__init__(folder / "relay.conf", 0, folder / "relay.log", environment)
        routes, (certificate, key) = folder / "routes.conf", lab.pair(RELAY)
        places = {"ims.example.org": HOME_REALM, "/etc/freeDiameter/relay-routes.conf": str(routes),
                  f"/etc/freeDiameter/tls/{RELAY}.pem": str(certificate), f"/etc/freeDiameter/tls/{RELAY}.key": str(key),
                  "/etc/freeDiameter/tls/ca.pem": str(lab.ca), "/etc/freeDiameter/tls/crl.pem": str(lab.crl),
                  "192.0.2.1": "127.0.0.1", "Port = 5658": f"Port = {hss.port}", "Port = 3871": f"Port = {scscf.port}",
                  f'"hss.{HOME_REALM}"': f'"{hss.host}"', "TwTimer = 10": "TwTimer = 6"}
        for sample, target in (("relay.conf", self.conf), ("relay-routes.conf", routes)):
            text = (SAMPLES / sample).read_text(encoding="utf-8")
            for old, new in places.items():
                text = text.replace(old, new)
            target.write_text(text, encoding="utf-8")

    def serves(self):
        return True


@pytest.fixture(scope="module")
def hss(product, tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("relayed"))
    lab.run(RELAY, SCSCF)
    values = {"diameter.tls.crl": str(lab.crl), "diameter.agents": [RELAY], "push.timeout_ms": 700}
    with TlsServer(product, "relayed", lab, values=values) as running:
        running.door = running.port
        yield running


@pytest.fixture(scope="module")
def recorder(hss):
    """The link between relay and HSS is recorded."""
    made = Recorder(hss.port)
    hss.port = made.port
    yield made
    hss.port = hss.door


@pytest.fixture(scope="module")
def scscf(product, hss, recorder, tmp_path_factory):
    called = Called("scscf")
    relay = Relay(tmp_path_factory.mktemp("relay"), hss.lab, hss, called, product.environment()).start()
    try:
        with called.await_relay() as peer:
            assert eventually(lambda: hss.lines("peer_connected", RELAY), 30)
            yield peer
    finally:
        relay.stop()


def answered(scscf, request):
    return eventually(lambda: _first_answer(scscf, request), 15)


def _first_answer(scscf, request):
    answer = scscf.request(request, check=False)
    return answer if answer.value("Result-Code") != 3002 else None  # the relay has not connected to the HSS yet


def test_a_user_registers_through_the_relay_and_hears_of_changes(product, hss, scscf, recorder, subscribers):
    """MAR, SAR, and the pushes that the HSS makes of changes; nothing of the keys is on the link."""
    sender, card = cx.Sender.on(scscf), subscribers.create()
    item = cx.parse_maa(answered(scscf, cx.mar(card.impi, card.impu, sender=sender))).items[0]
    assert scscf.request(cx.sar(card.impi, [card.impu], 1, sender=sender)).value("Result-Code") == 2001
    product.sql("UPDATE quintet.impu SET display_name = 'Changed' WHERE identity = %s", (card.impu,))
    ppr = scscf.next_request(30)
    assert (ppr.command, ppr.value("User-Name")) == (PPR, card.impi) and b"Changed" in ppr.value("User-Data")
    scscf.answer(ppr)
    product.run(quintet_tool(), "-c", hss.product.var / f"{hss.label}.toml", "deregister", card.impi)
    rtr = scscf.next_request(30)
    assert (rtr.command, rtr.value("User-Name"), rtr.value("Public-Identity")) == (RTR, card.impi, card.impu)
    scscf.answer(rtr)
    assert eventually(lambda: subscribers.state(card).state == "not_registered", 10)
    assert recorder.octets and not [secret for secret in (item.xres, item.ck, item.ik) if secret in recorder.octets]


def test_what_is_relayed_is_judged_by_who_has_asked(product, hss, scscf, subscribers):
    card = subscribers.create()
    stranger = cx.Sender("scscf.elsewhere.test", "elsewhere.test", destination_realm=HOME_REALM)
    assert scscf.request(cx.mar(card.impi, card.impu, sender=stranger), check=False).value("Result-Code") == 5003
