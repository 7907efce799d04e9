# SPDX-License-Identifier: Apache-2.0
"""The files of TLS: renewal and revocation without a restart, ends that are told of in time, and what stops the start."""

import datetime
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from peer.cx import HOME_REALM
from product import refused, toml_with
from support.certificates import DAY, Lab, now
from support.instance import eventually, quintet_tool
from tls_server import NUMBERS, SCSCF, TlsServer, is_answered, is_refused

TAKEN = 12  # seconds within which files that have changed are noticed


# Renewal and revocation, without a restart

def served_certificate(server):
    with server.enter(*server.lab.pair(SCSCF)) as peer:
        return peer._socket._session.getpeercert(binary_form=True)  # pylint: disable=protected-access


@pytest.fixture
def own(product, tmp_path):
    """A server with a CA and files of the test's own."""
    lab = Lab(tmp_path / "own")
    lab.run(SCSCF, f"icscf.{HOME_REALM}")
    with TlsServer(product, f"renews-{next(NUMBERS)}", lab, values={"diameter.tls.crl": str(lab.crl)}) as running:
        yield running


def test_a_new_certificate_is_taken_without_a_restart(own, subscribers):
    before = served_certificate(own)
    with own.enter(*own.lab.pair(SCSCF)) as old:
        own.lab.run("--new", own.host)
        assert own.told("tls_files_taken", seconds=TAKEN)
        assert is_answered(old, subscribers.create()), "a connection that was there lost something"
    assert served_certificate(own) != before


def test_files_that_will_not_do_change_nothing(own):
    before = served_certificate(own)
    certificate, key = own.lab.pair(own.host)
    key.write_bytes(own.lab.pair(SCSCF)[1].read_bytes())
    assert own.told("tls_files_refused", "is not the key of", str(certificate), seconds=TAKEN)
    assert served_certificate(own) == before
    own.lab.run("--new", own.host)
    assert own.told("tls_files_taken", seconds=TAKEN)
    assert served_certificate(own) != before


def test_a_revoked_certificate_is_refused_once_the_crl_is_there(own):
    icscf = own.lab.pair(f"icscf.{HOME_REALM}")
    own.enter(*icscf, label="icscf").close()
    own.lab.run("--revoke", f"icscf.{HOME_REALM}")
    assert own.told("tls_files_taken", seconds=TAKEN)
    lines = is_refused(own, certificate=icscf[0], key=icscf[1], label="icscf")
    assert any("revoked" in line for line in lines), lines
    assert own.serves()


# What ends is told of in time

def check_of(product, server):
    text = product.run(quintet_tool(), "-c", server.product.var / f"{server.label}.toml", "check", check=False)
    return text.stdout + text.stderr


@pytest.mark.parametrize("days, warns", [(10, True), (40, False)])
def test_an_end_that_is_near_is_a_warning(product, lab, days, warns):
    host = f"near{days}.{HOME_REALM}"
    with TlsServer(product, f"near{days}", lab, lab.odd(f"near{days}", host, [host], ends=days)) as server:
        found = server.lines("tls_file_ends", host)
        assert bool(found) == warns
        assert not found or (" warning " in found[0] and f"in {days - 1} days" in found[0]), found
        said = [line for line in check_of(product, server).splitlines() if f"certificate of {host}, file" in line]
        assert said and all(line.startswith("warn" if warns else "ok") for line in said), said


def test_a_list_that_has_ended_stops_the_start(product, lab):
    log = refuse_to_start(product, lab, lab.good(f"refused.{HOME_REALM}"), {"diameter.tls.crl": str(lab.made_crl(now() - DAY))})
    assert "CRL has expired" in log


# Starts that are refused

def refuse_to_start(product, lab, pair, values=(), conf=""):
    files = {"diameter.tls.certificate": str(pair[0]), "diameter.tls.key": str(pair[1]), "diameter.tls.ca": str(lab.ca)}
    return refused(product, toml_with(product, {**files, **dict(values)}), conf=conf)


REFUSED_FILES = {
    "no such certificate": ({"certificate": "/nowhere/hss.pem"}, "diameter.tls.certificate: /nowhere/hss.pem: No such file"),
    "no certificate in it": ({"certificate": "/dev/null"}, "is no PEM file of certificates"),
    "no key in it": ({"key": "/dev/null"}, "is no PEM file of a private key"),
    "no CA in it": ({"ca": "/dev/null"}, "diameter.tls.ca: /dev/null: is no PEM file"),
    "no CRL in it": ({"crl": "/dev/null"}, "is no PEM file of revocation lists"),
    "a certificate without CA": ({"ca": None}, "diameter.tls.ca: missing, required beside diameter.tls.certificate"),
    "a key without certificate": ({"certificate": None}, "diameter.tls.key: of no use without diameter.tls.certificate"),
}


@pytest.mark.parametrize("row", REFUSED_FILES)
def test_files_that_will_not_do_stop_the_start(product, lab, row):
    lab.good(f"refused.{HOME_REALM}")
    values, words = REFUSED_FILES[row]
    log = refuse_to_start(product, lab, lab.pair(f"refused.{HOME_REALM}"), {f"diameter.tls.{key}": value for key, value in values.items()})
    assert words in log, log


def odd(label, **more):
    return lambda lab, _: lab.odd(label, "x", [f"refused.{HOME_REALM}"], **more)


def for_(purpose):
    return [x509.ExtendedKeyUsage([purpose])]


ONLY_DECRYPTS = x509.KeyUsage(digital_signature=False, content_commitment=False, key_encipherment=True, data_encipherment=False, key_agreement=False,
                              key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False)
REFUSED_CERTIFICATES = {
    "of another host": (lambda lab, _: lab.pair(SCSCF), f"is for {SCSCF}, not for refused.{HOME_REALM}"),
    "expired": (lambda lab, _: lab.odd("old", "x", [f"refused.{HOME_REALM}"], begins=-9, ends=-1), "certificate has expired"),
    "not yet valid": (lambda lab, _: lab.odd("new", "x", [f"refused.{HOME_REALM}"], begins=1), "certificate is not yet valid"),
    "of another CA": (lambda _, foreign: foreign.good(f"refused.{HOME_REALM}"), "no peer would take it"),
    "for clients alone": (odd("client", extensions=for_(ExtendedKeyUsageOID.CLIENT_AUTH)), "purpose"),
    "for mail": (odd("mail", extensions=for_(ExtendedKeyUsageOID.EMAIL_PROTECTION)), "purpose"),
    "its key may not sign": (odd("encipher", extensions=[ONLY_DECRYPTS]), "digitalSignature"),
    "a key too short": (odd("short", key=rsa.generate_private_key(65537, 1024)), "its key is none for TLS"),
    "a curve too short": (odd("curve", key=ec.generate_private_key(ec.SECP224R1())), "its key is none for TLS"),
    "a key of DSA": (odd("dsa", key=dsa.generate_private_key(2048)), "its key is none for TLS"),
    "signed with a weak hash": (odd("sha1", digest=hashes.SHA1()), "too weak"),
    "the key of another": (lambda lab, _: (lab.good(f"refused.{HOME_REALM}")[0], lab.pair(SCSCF)[1]), "is not the key of the certificate"),
}


@pytest.mark.filterwarnings("ignore:SHA1 signatures")
@pytest.mark.parametrize("row", REFUSED_CERTIFICATES)
def test_a_certificate_that_no_peer_would_take_stops_the_start(product, lab, foreign, row):
    make, words = REFUSED_CERTIFICATES[row]
    assert words in refuse_to_start(product, lab, make(lab, foreign))


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate(),
                                 ed448.Ed448PrivateKey.generate()], ids=lambda key: type(key).__name__)
def test_keys_of_each_good_kind_are_served_with(product, lab, key):
    label = f"key-{next(NUMBERS)}"
    host = f"{label}.{HOME_REALM}"
    with TlsServer(product, label, lab, lab.odd(label, host, [host], key=key, extensions=for_(ExtendedKeyUsageOID.SERVER_AUTH))) as server:
        assert server.serves()


def test_tls_is_configured_in_one_place(product, lab):
    certificate, key = lab.good(f"refused.{HOME_REALM}")
    conf = f'TLS_Cred = "{certificate}", "{key}";\nTLS_CA = "{lab.ca}";\n'
    assert "TLS is a matter of quintet.toml" in refused(product, toml_with(product, {}), conf=conf)


@pytest.mark.parametrize("words", ["TLS_old_method;", "TLS_old_method; No_TLS;", 'TLS_Prio = "NORMAL:+VERS-TLS1.0";'])
def test_no_named_peer_has_a_tls_of_its_own(product, lab, words):
    """A handshake behind the CER would let in whoever has a certificate, under that name."""
    conf = f'ConnectPeer = "{SCSCF}" {{ {words} ConnectTo = "127.0.0.1"; }};\n'
    log = refuse_to_start(product, lab, lab.good(f"refused.{HOME_REALM}"), conf=conf)
    assert f'ConnectPeer "{SCSCF}": TLS is a matter of quintet.toml' in log, log


# A list that is overdue, or of another CA

def test_a_list_that_becomes_overdue_lets_nobody_in(product, tmp_path):
    lab = Lab(tmp_path / "own")
    lab.run(SCSCF)
    ends = now() + datetime.timedelta(seconds=12)
    with TlsServer(product, f"overdue-{next(NUMBERS)}", lab, values={"diameter.tls.crl": str(lab.made_crl(ends))}) as server:
        assert server.serves()
        assert eventually(lambda: now() > ends, 15)
        lines = is_refused(server, certificate=lab.pair(SCSCF)[0], key=lab.pair(SCSCF)[1])
        assert any("CRL" in line for line in lines), lines
        lab.made_crl(now() + DAY)
        assert server.told("tls_files_taken", seconds=TAKEN) and server.serves()


def test_a_list_that_none_of_the_cas_has_signed_is_refused(product, lab, foreign):
    log = refuse_to_start(product, lab, lab.good(f"refused.{HOME_REALM}"), {"diameter.tls.crl": str(foreign.crl)})
    assert "none of the CAs" in log and "diameter.tls.crl" in log, log


# Files that are none

@pytest.mark.parametrize("which", ["certificate", "key", "ca", "crl"])
def test_a_pipe_in_place_of_a_file_holds_nobody_up(product, lab, tmp_path, which):
    os.mkfifo(tmp_path / "pipe")
    log = refuse_to_start(product, lab, lab.good(f"refused.{HOME_REALM}"), {f"diameter.tls.{which}": str(tmp_path / "pipe")})
    assert f"diameter.tls.{which}: {tmp_path / 'pipe'}: is no PEM file" in log, log
