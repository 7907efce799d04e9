# SPDX-License-Identifier: Apache-2.0
"""deploy/certificates: who is revoked, what is made anew, and whose folders it leaves alone; judged by openssl."""

import stat
import subprocess

import pytest
from support.certificates import Lab

HOST, OTHER = "hss.ims.example.org", "scscf.ims.example.org"


@pytest.fixture
def lab(tmp_path):
    one = Lab(tmp_path / "lab")
    one.run(HOST, OTHER)
    return one


def is_good(lab, certificate):
    return subprocess.run(["openssl", "verify", "-crl_check", "-CAfile", lab.ca, "-CRLfile", lab.crl, certificate],
                          capture_output=True, check=False).returncode == 0


def test_all_certificates_of_a_host_are_taken_back(lab, tmp_path):
    """Whoever has stolen a key has one of those before."""
    stolen = tmp_path / "stolen.pem"
    stolen.write_bytes(lab.pair(HOST)[0].read_bytes())
    lab.run("--new", HOST)
    assert is_good(lab, stolen) and is_good(lab, lab.pair(HOST)[0])
    lab.run("--revoke", HOST)
    assert not is_good(lab, stolen) and not is_good(lab, lab.pair(HOST)[0])
    assert is_good(lab, lab.pair(OTHER)[0])


def test_what_was_revoked_is_made_anew(lab):
    lab.run("--revoke", HOST)
    assert "is there and lasts" not in lab.run(HOST)
    assert is_good(lab, lab.pair(HOST)[0])
    kept = lab.pair(HOST)[0].read_bytes()
    lab.run(HOST)
    assert lab.pair(HOST)[0].read_bytes() == kept


def test_a_certificate_of_another_ca_is_left_alone(lab, tmp_path):
    """Whoever wants another puts it in that place."""
    other = Lab(tmp_path / "other").good(HOST)[0].read_bytes()
    lab.pair(HOST)[0].write_bytes(other)
    lab.run(HOST)
    assert lab.pair(HOST)[0].read_bytes() == other


def test_one_call_revokes_and_makes_anew(lab):
    lab.run("--revoke", HOST, HOST)
    assert is_good(lab, lab.pair(HOST)[0])


def test_folders_that_are_there_keep_their_modes_and_new_ones_can_be_entered(tmp_path):
    """The server's user goes through those above, too."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1770)
    Lab(tmp_path / "shared").run(HOST)
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o1770
    Lab(tmp_path / "etc" / "tls").run(HOST)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "etc", tmp_path / "etc" / "tls")] == [0o755, 0o755]
