# SPDX-License-Identifier: Apache-2.0
"""The sample messages of another encoder: requests sent octet by octet to a server of their network, answers like the samples."""

import contextlib
import json
import re
import socket
from pathlib import Path

import pytest
from peer import checks, registration
from peer.checks import result_of
from peer.connection import Connection
from peer.diameter import Message
from product import Server

REALM = "ims.test"
SCSCF, ICSCF, BSF = (f"{label}.{REALM}" for label in ("scscf", "icscf", "bsf"))
IMPI = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
SECOND = f"second_{IMPI}"
SAMPLES = {name: bytes.fromhex(octets) for name, octets in json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "diameter_samples.json").read_text(encoding="utf-8"))["messages"].items()}
FRESH = {"scscf_name": None, "scscf_host": None, "scscf_realm": None}
ASSIGNED = {"scscf_name": "sip:scscf.ims.test:6060", "scscf_host": SCSCF, "scscf_realm": REALM}


class Foreign(Server):
    """A server of the samples' network on the database of the product."""

    def __init__(self, product):
        super().__init__(product, "samples")
        text = self.conf.read_text(encoding="utf-8")
        text = re.sub(r"^Identity = .*;", f'Identity = "hss.{REALM}";', text, flags=re.MULTILINE)
        self.conf.write_text(re.sub(r"^Realm = .*;", f'Realm = "{REALM}";', text, flags=re.MULTILINE), encoding="utf-8")

    def serves(self):
        with contextlib.suppress(OSError):
            Connection("127.0.0.1", self.port, f"probe.{REALM}", REALM, timeout=5).close()
            return True
        return False


@pytest.fixture(scope="module")
def foreign(product):
    with Foreign(product) as server:
        yield server


@pytest.fixture(scope="module")
def hosts(foreign):
    opened = {host: Connection("127.0.0.1", foreign.port, host, REALM) for host in (SCSCF, ICSCF, BSF)}
    yield opened
    for connection in opened.values():
        connection.close()


class Alice:
    """The sample subscriber that has the identities of the samples, provisioned as they want it and put back afterwards."""

    def __init__(self, product):
        self.product = product
        self.id, self.set_id, self.credential = product.sql("""
            SELECT i.subscription_id, u.set_id, i.credential_id FROM quintet.impi i, quintet.impu u
            WHERE i.identity = %s AND u.identity = 'sip:' || i.identity""", (IMPI,))[0]
        self.seq = product.value("SELECT seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) WHERE credential.id = %s", (self.credential,))

    def provision(self):
        self.product.sql("INSERT INTO quintet.capability_set (name) VALUES ('samples')")
        self.product.sql("""INSERT INTO quintet.charging_set (name, primary_ccf, secondary_ccf) VALUES
            ('samples', 'aaa://ccf1.ims.test:3868;transport=tcp', 'aaa://ccf2.ims.test:3868;transport=tcp')""")
        self.before = self.product.sql("SELECT capability_set_id, charging_set_id FROM quintet.subscription WHERE id = %s", (self.id,))[0]
        self.product.sql("""UPDATE quintet.subscription SET capability_set_id = c.id, charging_set_id = g.id
            FROM quintet.capability_set c, quintet.charging_set g WHERE subscription.id = %s AND c.name = 'samples'
            AND g.name = 'samples'""", (self.id,))
        self.product.sql("INSERT INTO quintet.impi (identity, subscription_id, credential_id) VALUES (%s, %s, %s)",
                         (SECOND, self.id, self.credential))

    def be(self, state, server=FRESH, pending=False, capabilities=((1,), (2,)), names=("sip:scscf.ims.test:6060",), services=None):
        """Brings the registration into a state."""
        sql = self.product.sql
        sql("UPDATE quintet.capability_set SET mandatory = %s, optional = %s, server_names = %s WHERE name = 'samples'",
            (*map(list, capabilities), list(names)))
        sql("UPDATE quintet.subscription SET scscf_name = %(scscf_name)s, scscf_host = %(scscf_host)s, scscf_realm = %(scscf_realm)s,"
            " reassignment_pending = false WHERE id = %(id)s", {**server, "id": self.id})
        sql("UPDATE quintet.registration_set SET state = %s WHERE id = %s", (state, self.set_id))
        sql("UPDATE quintet.impi_set SET registered = %s, auth_pending = %s WHERE set_id = %s", (state == "registered", pending, self.set_id))
        sql("UPDATE quintet.impu SET unregistered_services = %s WHERE set_id = %s", (services, self.set_id))

    def restore(self):
        self.be("not_registered")
        self.product.sql("DELETE FROM quintet.impi WHERE identity = %s", (SECOND,))
        self.product.sql("UPDATE quintet.subscription SET capability_set_id = %s, charging_set_id = %s WHERE id = %s",
                         (*self.before, self.id))
        self.product.sql("DELETE FROM quintet.capability_set WHERE name = 'samples'")
        self.product.sql("DELETE FROM quintet.charging_set WHERE name = 'samples'")
        # what the resynchronisation of the samples has raised
        self.product.sql("SELECT quintet.set_sequence(fingerprint, %s, 0, true, 'test', '') FROM quintet.credential WHERE id = %s",
                         (self.seq, self.credential))


@pytest.fixture(scope="module")
def alice(product, foreign):
    one = Alice(product)
    one.provision()
    yield one
    one.restore()


def ask(hosts, name):
    """The answer to a sample request; its octets go out as they are."""
    request = Message.decode(SAMPLES[name])
    assert request.encode() == SAMPLES[name]
    answer = hosts[request.value("Origin-Host")].request(request)
    if request.command in registration.PARSE and not answer.flags & 0x20:
        assert list(registration.presence_problems(request, answer)) == []
    return answer


# What may differ from one HSS to the next, or from one vector to the next; its place and its flags may not.
OWN = {"User-Data", "SIP-Authenticate", "SIP-Authorization", "Confidentiality-Key", "Integrity-Key", "Feature-List", "Digest-HA1"}


def tree(avps, own=frozenset(OWN)):
    """Names, flags and values, however deep, without regard to the order of different AVPs."""
    return sorted((one.name, one.flags, str(tree(one.value, own)) if one.type.type == "Grouped" else
                   "" if one.name in own else one.data.hex()) for one in avps)


def check_like(answer, name, corrected=(), own=frozenset(OWN)):
    sample = Message.decode(SAMPLES[name])
    for avp, value in dict(corrected).items():
        sample.replace(avp, value)
    answer.replace("Session-Id", sample.value("Session-Id"))  # not all samples are of one session
    assert (answer.command, answer.flags, answer.application) == (sample.command, sample.flags, sample.application)
    assert tree(answer.avps, own) == tree(sample.avps, own)


def test_uar_of_an_unknown_user(product, hosts, alice):
    product.sql("UPDATE quintet.impi SET identity = 'elsewhere@ims.test' WHERE identity = %s", (IMPI,))
    try:
        check_like(ask(hosts, "UAR"), "UAA_user_unknown")
    finally:
        product.sql("UPDATE quintet.impi SET identity = %s WHERE identity = 'elsewhere@ims.test'", (IMPI,))


def test_first_uar(hosts, alice):
    """The sample has numbers beside the name, which TS 29.228 6.7 wants to stand alone."""
    alice.be("not_registered")
    check_like(ask(hosts, "UAR"), "UAA_first", {"Server-Capabilities": [("Server-Name", "sip:scscf.ims.test:6060")]})


def test_subsequent_uar(hosts, alice):
    alice.be("not_registered", ASSIGNED, pending=True)
    check_like(ask(hosts, "UAR"), "UAA_subsequent")


@pytest.mark.parametrize("name", ["MAR", "MAR_resync"])
def test_mar(hosts, alice, name):
    alice.be("not_registered")
    check_like(ask(hosts, name), "MAA_aka")


def of_another_scheme(name, values):
    """What subscribers.create() wants for the user of such an answer; `values`: of the item's AVPs, in any depth."""
    return {"MAA_sip_digest": {"schemes": ("sip-digest",), "impi": "alice@example.test", "impu": "sip:alice@example.test", "digest": {
                "realm": values.get("Digest-Realm"), "ha1": values.get("Digest-HA1")}},
            "MAA_nass": {"schemes": ("nass-bundled",), "lines": (values.get("Line-Identifier"),)},
            "MAA_giba": {"schemes": ("giba",), "address": ".".join(map(str, values.get("Framed-IP-Address", b"")))}}[name]


def values_inside(avps):
    out = {}
    for one in avps:
        out |= values_inside(one.value) if one.type.type == "Grouped" else {one.name: one.value}
    return out


@pytest.mark.parametrize("name", ["MAA_sip_digest", "MAA_nass", "MAA_giba"])
def test_mar_of_another_scheme(subscribers, hosts, name):
    """Of a user whose data are those of the sample, which is answered to the last octet but for the identities, and but for the M
    bit of Line-Identifier, which the sample has and TS 29.229 table 6.3.1 does not."""
    values = values_inside([Message.decode(SAMPLES[name]).find("SIP-Auth-Data-Item")])
    user = subscribers.create(**of_another_scheme(name, values))
    identities = {"User-Name": user.impi, "Public-Identity": user.impu}
    request = Message.decode(SAMPLES["MAR"])
    for avp, value in {**identities, "SIP-Auth-Data-Item": [("SIP-Authentication-Scheme", values["SIP-Authentication-Scheme"])]}.items():
        request.replace(avp, value)
    corrected = identities if name != "MAA_nass" else {**identities, "SIP-Auth-Data-Item": list(values.items())}
    check_like(hosts[SCSCF].request(request), name, corrected, own=frozenset())


def test_sar_of_a_registration(hosts, alice):
    alice.be("not_registered", ASSIGNED, pending=True)
    check_like(ask(hosts, "SAR_registration"), "SAA")


def test_sar_of_a_deregistration(product, hosts, alice):
    alice.be("registered", ASSIGNED)
    assert result_of(ask(hosts, "SAR_dereg")) == (0, 2001)
    assert product.value("SELECT registered FROM quintet.impi_set p JOIN quintet.impi i ON i.id = p.impi_id"
                         " WHERE p.set_id = %s AND i.identity = %s", (alice.set_id, IMPI)) is False


def test_lir_of_a_registered_user(hosts, alice):
    alice.be("registered", ASSIGNED)
    check_like(ask(hosts, "LIR"), "LIA")


def test_lir_of_a_user_with_services_when_unregistered(hosts, alice):
    alice.be("not_registered", capabilities=((1,), ()), names=(), services=True)
    check_like(ask(hosts, "LIR"), "LIA_unreg")


def test_capabilities_exchange(foreign, hosts):
    """Octet by octet from a host that is not connected; the daemon's CEA holds more than the sample, and all of it."""
    octets = SAMPLES["CER"].replace(b"scscf.ims.test", b"other.ims.test")
    with socket.create_connection(("127.0.0.1", foreign.port), 10) as connection:
        connection.sendall(octets)
        answer = b""
        while len(answer) < 4 or len(answer) < int.from_bytes(answer[1:4], "big"):
            answer += connection.recv(4096)
    cea, sample = Message.decode(answer), Message.decode(SAMPLES["CEA"])
    assert checks.problems(Message.decode(octets), cea) == []
    own = frozenset({"Host-IP-Address", "Product-Name", "Vendor-Id"})
    missing = [one for one in tree(sample.avps, own) if one not in tree(cea.avps, own)]
    assert [one for one in missing if one[0] != "Vendor-Specific-Application-Id"] == []
    assert set(registration.CX_APPLICATION[1]) in [{(each.name, each.value) for each in one.value}
                                                   for one in cea.findall("Vendor-Specific-Application-Id")]


@pytest.mark.parametrize("name, code", [("RTR", 3001), ("PPR", 3001)])
def test_what_an_hss_sends_and_does_not_receive(hosts, name, code):
    """Read as requests of Cx and refused: that the sender is the HSS itself makes no difference on this connection."""
    request = Message.decode(SAMPLES[name])
    request.replace("Origin-Host", BSF).drop("Destination-Host")
    answer = hosts[BSF].request(request)
    assert result_of(answer) == (0, code)


def test_another_application_is_refused(hosts):
    assert result_of(ask(hosts, "MAR_zh")) == (0, 3007)


@pytest.mark.parametrize("name", ["RTA", "PPA"])
def test_answers_that_nobody_waits_for_do_no_harm(hosts, alice, name):
    alice.be("registered", ASSIGNED)
    hosts[SCSCF].send_raw(SAMPLES[name])
    check_like(ask(hosts, "LIR"), "LIA")
    assert not hosts[SCSCF].is_closed


def test_every_sample_has_its_test():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in SAMPLES if f'"{name}"' not in text] == []
