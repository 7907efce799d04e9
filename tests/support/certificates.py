# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests: good ones as deploy/certificates makes them, and such as no CA should sign."""

import datetime
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = Path(__file__).resolve().parents[2] / "deploy" / "certificates"
DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Lab:
    """A folder with a CA."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.ca, self.crl = self.folder / "ca.pem", self.folder / "crl.pem"

    def run(self, *words):
        """deploy/certificates on this folder; its output."""
        return subprocess.run([PROGRAM, "--out", self.folder, *words], check=True, capture_output=True, text=True).stdout

    def pair(self, host):
        """Certificate and key of a host, by file."""
        name = host.replace("*", "_")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def good(self, *hosts):
        self.run(*hosts)
        return self.pair(hosts[0])

    def _issuer(self):
        ca = x509.load_pem_x509_certificate(self.ca.read_bytes())
        return ca.subject, serialization.load_pem_private_key((self.folder / "ca.key").read_bytes(), None)

    def odd(self, label, common_name, names=(), begins=-1, ends=30, signed_by=None, is_ca=False, key=None, extensions=(), digest=hashes.SHA256()):
        """A certificate signed by the CA, with that validity in days from now; the files. `signed_by`: files of another issuer,
        whose certificates are put behind this one. `key`, `extensions`, `digest`: others than are good."""
        subject, issuer_key = self._issuer()
        above = b""
        if signed_by:
            above = signed_by[0].read_bytes()
            subject = x509.load_pem_x509_certificate(above).subject
            issuer_key = serialization.load_pem_private_key(signed_by[1].read_bytes(), None)
        key = key or ec.generate_private_key(ec.SECP256R1())
        made = (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
                .issuer_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(now() + begins * DAY).not_valid_after(now() + ends * DAY)
                .add_extension(x509.BasicConstraints(is_ca, None), critical=True))
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
        for extension in extensions:
            made = made.add_extension(extension, critical=True)
        certificate, key_file = self.folder / f"odd-{label}.pem", self.folder / f"odd-{label}.key"
        certificate.write_bytes(made.sign(issuer_key, digest).public_bytes(serialization.Encoding.PEM) + above)
        key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
        return certificate, key_file

    def made_crl(self, ends):
        """A CRL whose next update is due then."""
        subject, key = self._issuer()
        made = x509.CertificateRevocationListBuilder().issuer_name(subject).last_update(now() - 3 * DAY).next_update(ends)
        file = self.folder / "made-crl.pem"
        file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file
