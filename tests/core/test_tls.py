# SPDX-License-Identifier: Apache-2.0
"""Diameter over TLS: who is let in and who is not, with a sentence for each; renewal; and what the link shows of keys."""

import contextlib
import socket
import ssl
import threading
import time

import pytest
from client import Caller
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from peer import cx
from peer.connection import CER
from peer.cx import HOME_REALM
from peer.diameter import Message
from peer.tls import context
from server import CoreServer
from support.instance import eventually, free_port
from tls_server import NUMBERS, SCSCF, Recorder, TlsServer, is_answered, is_refused


@pytest.fixture(scope="module")
def server(product, lab):
    with TlsServer(product, "tls-core", lab, values={"diameter.tls.crl": str(lab.crl)}) as running:
        yield running


# Who is let in

def test_a_peer_with_a_certificate_of_its_name_is_served(server, lab, subscribers):
    with server.enter(*lab.pair(SCSCF)) as peer:
        assert is_answered(peer, subscribers.create())


def test_both_versions_that_are_good_enough_are_spoken(server, lab):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with server.enter(*lab.pair(SCSCF), newest=version) as peer:
            assert peer._socket.version() == version.name.replace("_", ".")  # pylint: disable=protected-access


def test_a_wildcard_is_for_each_host_of_its_domain(server, lab):
    for label in ("icscf", "scscf-7"):
        server.enter(*lab.pair("*." + HOME_REALM), label=label).close()


def test_the_chain_may_have_a_ca_in_between(server, lab):
    between = lab.odd("between", "Region CA", is_ca=True)
    server.enter(*lab.odd("chained", SCSCF, [SCSCF], signed_by=between)).close()


def test_the_common_name_counts_where_no_other_name_stands(server, lab):
    server.enter(*lab.odd("common", SCSCF)).close()


def test_what_comes_with_the_first_message_is_answered(server, lab, subscribers):
    """CER and MAR in one record: nothing of it stays behind in the session."""
    card = subscribers.create()
    with server.enter(*lab.pair(SCSCF), handshake=False) as peer:
        hello, request = peer.capabilities(), cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer))
        peer.send_many([hello, request])
        assert peer.wait(hello).value("Result-Code") == 2001
        assert peer.wait(request).value("Result-Code") == 2001


def test_whoever_offers_tls_in_its_cer_as_well_is_served(server, lab, subscribers):
    """RFC 6733 6.10: Inband-Security-Id says nothing where TLS is already."""
    with server.enter(*lab.pair(SCSCF), handshake=False) as peer:
        hello = peer.capabilities()
        hello.avps = [avp for avp in hello.avps if avp.name != "Inband-Security-Id"] + Message.request(CER, [("Inband-Security-Id", 1)]).avps
        peer.cea = peer.request(hello)
        assert peer.cea.value("Result-Code") == 2001
        assert is_answered(peer, subscribers.create())


# Who is not, and what the log says

def wrong_ca(_, foreign):
    return foreign.pair(SCSCF)


REFUSED = {
    "another CA": (wrong_ca, "issuer is unknown"),
    "expired": (lambda lab, _: lab.odd("expired", SCSCF, [SCSCF], begins=-30, ends=-1), "expired"),
    "not yet valid": (lambda lab, _: lab.odd("early", SCSCF, [SCSCF], begins=1), "not yet"),
    "of another host": (lambda lab, _: lab.odd("other", "icscf", [f"icscf.{HOME_REALM}"]), f"its certificate is for icscf.{HOME_REALM}"),
    "the common name is his, the other names are not": (
        lambda lab, _: lab.odd("both", SCSCF, ["icscf.elsewhere.test"]), "its certificate is for icscf.elsewhere.test"),
    "a wildcard of another domain": (lambda lab, _: lab.odd("wild", "x", ["*.elsewhere.test"]), "its certificate is for *.elsewhere.test"),
    "a wildcard of a domain above": (lambda lab, _: lab.odd("above", "x", ["*.3gppnetwork.org"]), "its certificate is for *.3gppnetwork.org"),
    "a common name in what is for clients alone": (
        lambda lab, _: lab.odd("client-only", SCSCF, extensions=[x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]),
        f"its certificate is for no host, common name {SCSCF}"),
    "signed by a host": (lambda lab, _: lab.odd("host-signed", SCSCF, [SCSCF], signed_by=lab.odd("no-ca", SCSCF, [SCSCF])), "not a CA"),
    "no certificate": (lambda *_: (None, None), "ertificate"),
}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("row", REFUSED)
def test_who_is_refused_is_told_of_with_the_reason(server, lab, foreign, row, version):
    make, words = REFUSED[row]
    certificate, key = make(lab, foreign)
    lines = is_refused(server, certificate=certificate, key=key, newest=version, ca=lab.ca)
    assert any(words in line for line in lines), lines
    assert server.serves()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(server, lab, version):
    lines = is_refused(server, certificate=lab.pair(SCSCF)[0], key=lab.pair(SCSCF)[1], newest=version)
    assert any("version" in line for line in lines), lines


def test_plain_diameter_has_no_place_where_tls_is_spoken(server):
    before = len(server.log())
    with pytest.raises(OSError):
        Caller(server, "scscf", timeout=5)
    assert eventually(lambda: "the TLS handshake has failed" in server.log()[before:], 8)


def test_a_stranger_with_a_certificate_is_a_stranger(server, lab):
    """A certificate says who somebody is, a permit that he may enter."""
    lines = is_refused(server, certificate=lab.odd("stranger", "x", ["scscf.elsewhere.test"])[0],
                       key=lab.folder / "odd-stranger.key", label="scscf", realm="elsewhere.test")
    assert any("add it to diameter.permit" in line for line in lines), lines


def test_nobody_takes_the_place_of_a_peer_that_is_connected(server, lab, subscribers):
    card = subscribers.create()
    with server.enter(*lab.pair(SCSCF)) as peer:
        lines = is_refused(server, certificate=lab.odd("thief", "x", [f"icscf.{HOME_REALM}"])[0], key=lab.folder / "odd-thief.key")
        assert any("certificate is of another host" in line for line in lines), lines
        assert peer.watchdogs == 0, "the peer was asked whether it lives, for an impostor's sake"
        assert is_answered(peer, card)


# Both directions: hosts that freeDiameter's own configuration names

class Neighbour:
    """A host that waits for the HSS to connect; what the first connection brought."""

    def __init__(self, lab, pair):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_verify_locations(lab.ca)
        self.context.load_cert_chain(*pair)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard, self.fault = b"", None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        try:
            with self.context.wrap_socket(self.socket.accept()[0], server_side=True) as one:
                self.heard = one.recv(65536)
                time.sleep(2)
        except OSError as error:
            self.fault = error

    def connect_peer(self, host):
        return f'ConnectPeer = "{host}" {{ ConnectTo = "127.0.0.1"; Port = {self.port}; }};\n'


def dialled(product, lab, pair, host=SCSCF):
    """What a neighbour with this certificate heard, and the server's log."""
    neighbour = Neighbour(lab, pair)
    server = TlsServer(product, f"dials-{next(NUMBERS)}", lab, conf=neighbour.connect_peer(host))
    server.serves = lambda: "server_started" in server.log()
    with server:
        eventually(lambda: neighbour.heard or neighbour.fault or "handshake has failed" in server.log(), 10)
        time.sleep(0.2)
        return neighbour.heard, server.log()


def test_the_hss_connects_to_whom_the_certificate_names(product, lab):
    heard, _ = dialled(product, lab, lab.pair(SCSCF))
    assert Message.decode(heard).value("Origin-Host").startswith("dials-")


@pytest.mark.parametrize("row, words", [("of another host", "name"), ("expired", "expired"), ("not yet valid", "not yet")])
def test_the_hss_says_nothing_to_anybody_else(product, lab, foreign, row, words):
    heard, log = dialled(product, lab, REFUSED[row][0](lab, foreign))
    assert heard == b""
    assert any("handshake has failed" in line and words in line for line in log.splitlines()), log


def test_a_named_host_has_to_have_its_own_certificate_when_it_connects(product, lab):
    """freeDiameter does not ask about hosts that its configuration names."""
    conf = f'ConnectPeer = "{SCSCF}" {{ ConnectTo = "127.0.0.1"; Port = {free_port()}; }};\n'
    with TlsServer(product, "named", lab, conf=conf) as server:
        lines = is_refused(server, certificate=lab.odd("thief", "x", [f"icscf.{HOME_REALM}"])[0], key=lab.folder / "odd-thief.key")
        assert any("certificate is of another host" in line for line in lines), lines
        assert server.serves()


# What the link shows

@pytest.mark.parametrize("protected", [True, False])
def test_the_link_shows_neither_keys_nor_responses(server, product, lab, subscribers, protected):
    """Without TLS, which shows that the search finds them, it does."""
    cards = [subscribers.create() for _ in range(20)]
    with contextlib.ExitStack() as stack:
        target = server if protected else stack.enter_context(CoreServer(product, "plain"))
        recorder = Recorder(target.port)
        tls = (context(lab.ca, *lab.pair(SCSCF)), server.host) if protected else None
        real, target.port = target.port, recorder.port
        try:
            with Caller(target, "scscf", tls=tls) as peer:
                secrets = []
                for card in cards:
                    item = cx.parse_maa(peer.request(cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer)))).items[0]
                    secrets += [item.xres, item.ck, item.ik]
        finally:
            target.port = real
    found = [secret for secret in secrets if secret in recorder.octets]
    assert len(found) == (0 if protected else len(secrets))
