# SPDX-License-Identifier: Apache-2.0
"""Addresses of GIBA users come and go through two functions; one that changes under a registered user costs it its
registration (TS 33.203 Annex T, TS 29.228 6.1.3)."""

import select

import psycopg2
import psycopg2.errors
import pytest

from database import Database

GIBA = """
UPDATE quintet.impi SET schemes = '{giba}' WHERE id IN (1, 2);
UPDATE quintet.subscription SET scscf_name = 'sip:scscf.example.net', scscf_host = 'scscf.example.net',
  scscf_realm = 'example.net' WHERE id IN (1, 2);
UPDATE quintet.registration_set SET state = 'registered' WHERE id IN (1, 3);
UPDATE quintet.impi_set SET registered = true WHERE set_id IN (1, 3);
"""
ALICE, PBX, CHAT = "alice@HOME.example.net", "pbx@home.example.net", "chat@home.example.net"
BIND = "SELECT quintet.giba_bind(%s, %s)"
BOUND = "SELECT host(address) || '/' || masklen(address) FROM quintet.giba_binding"
PUSHES = ("SELECT kind::text, destination_host, destination_realm, impi, associated, impus, reason, reason_info FROM quintet.push"
          " ORDER BY id")


def rtr(impi, impus, why):
    return ("rtr", "scscf.example.net", "example.net", impi, [], impus, 0, why)


@pytest.fixture
def giba(db):
    db(GIBA)
    return db


def test_a_first_address_is_bound_silently(giba):
    assert giba.value(BIND, ALICE, "10.1.2.3") is False
    assert giba.column(BOUND) == ["10.1.2.3/32"]
    assert giba.value(BIND, ALICE, "10.1.2.3") is False
    assert giba(PUSHES) == []


def test_another_address_of_a_registered_user_ends_its_registration(giba):
    giba(BIND, ALICE, "10.1.2.3")
    assert giba.value(BIND, ALICE, "10.1.2.4") is True
    assert giba.column(BOUND) == ["10.1.2.4/32"]
    assert giba(PUSHES) == [rtr("alice@home.example.net", ["sip:alice@home.example.net", "tel:+12025550101"],
                                "the address of the UE changed")]


def test_another_address_of_a_user_that_is_not_registered_is_only_bound(giba):
    giba("UPDATE quintet.impi_set SET registered = false")
    giba(BIND, ALICE, "10.1.2.3")
    assert giba.value(BIND, ALICE, "10.1.2.4") is False
    assert giba.column(BOUND) == ["10.1.2.4/32"] and giba(PUSHES) == []


def test_a_wildcard_is_named_by_a_distinct_identity_of_its_set(giba):
    giba(BIND, PBX, "10.1.2.3")
    giba(BIND, PBX, "10.1.2.4")
    assert [row[5] for row in giba(PUSHES)] == [["sip:pbx@home.example.net"]]


def test_the_prefix_of_ipv6_is_what_counts(giba):
    giba(BIND, ALICE, "2001:db8:1:2::77/64")
    assert giba.column(BOUND) == ["2001:db8:1:2::/64"]
    assert giba.value(BIND, ALICE, "2001:db8:1:2::78/64") is False
    assert giba.value(BIND, ALICE, "2001:db8:1:3::77/64") is True


def test_another_interface_is_another_address(giba):
    bind = "SELECT quintet.giba_bind(%s, '2001:db8::/64', %s)"
    assert giba.value(bind, ALICE, b"12345678") is False
    assert giba.value(bind, ALICE, b"12345678") is False
    assert giba.value(bind, ALICE, b"12345679") is True
    assert giba.value(BIND, ALICE, "2001:db8::/64") is True


def test_a_released_address_ends_the_registration(giba):
    giba(BIND, ALICE, "10.1.2.3")
    assert giba.value("SELECT quintet.giba_release(%s)", ALICE) is True
    assert giba.column(BOUND) == []
    assert [row[7] for row in giba(PUSHES)] == ["the address of the UE was released"]
    assert giba.value("SELECT quintet.giba_release(%s)", ALICE) is False


def test_the_end_of_an_old_session_does_not_release_the_new_address(giba):
    giba(BIND, ALICE, "10.1.2.4")
    assert giba.value("SELECT quintet.giba_release(%s, '10.1.2.3')", ALICE) is False
    assert giba.column(BOUND) == ["10.1.2.4/32"]
    assert giba.value("SELECT quintet.giba_release(%s, '10.1.2.4')", ALICE) is True


@pytest.mark.parametrize("impi, address, says", (
    ("nobody@home.example.net", "10.1.2.3", "the private identity nobody@home.example.net is not provisioned"),
    (CHAT, "10.1.2.3", "the private identity chat@home.example.net may not use GIBA"),
    (ALICE, "10.1.2.0/24", "giba_binding_ipv4_is_a_host")))
def test_nonsense_is_refused(giba, impi, address, says):
    assert says in str(giba.refusal(BIND, impi, address))


@pytest.fixture(scope="module")
def committed(populated):
    return populated(GIBA)


def test_the_gateway_may_call_the_functions_and_nothing_else(committed):
    with Database(committed, "quintet_gateway") as gateway:
        assert gateway.value(BIND, ALICE, "10.1.2.3") is False
        assert gateway.value(BIND, ALICE, "10.1.2.4") is True
        assert gateway.value("SELECT quintet.giba_release(%s)", ALICE) is True
        for statement in ("SELECT * FROM quintet.giba_binding", "SELECT * FROM quintet.impi", "DELETE FROM quintet.push",
                          "SELECT quintet.giba_lock('alice@home.example.net')",
                          "SELECT quintet.push_end(1, 1, 1, '', 0::smallint, '')"):
            assert isinstance(gateway.refusal(statement), psycopg2.errors.InsufficientPrivilege), statement


@pytest.mark.parametrize("role", ("quintet_server", "quintet_provisioner"))
def test_nobody_else_may_bind_addresses(committed, role):
    with Database(committed, role) as other:
        assert isinstance(other.refusal(BIND, ALICE, "10.1.2.3"), psycopg2.errors.InsufficientPrivilege)


def test_a_push_wakes_the_sender_when_it_is_committed(committed):
    listener = psycopg2.connect(committed)
    listener.autocommit = True
    with listener.cursor() as cursor:
        cursor.execute("LISTEN quintet_push")
    with Database(committed, "quintet_gateway") as gateway:
        gateway(BIND, ALICE, "10.1.2.3")
        gateway(BIND, ALICE, "10.1.2.4")
        assert not select.select([listener], [], [], 0.2)[0]
        gateway.commit()
    assert select.select([listener], [], [], 10)[0]
    listener.poll()
    assert [(notice.channel, notice.payload) for notice in listener.notifies] == [("quintet_push", "")]
    listener.close()


def test_binding_waits_for_whoever_changes_the_subscription(committed):
    with Database(committed) as server, Database(committed, "quintet_gateway") as gateway:
        server("SELECT FROM quintet.subscription WHERE id = 2 FOR UPDATE")
        gateway("SET lock_timeout = '100ms'")
        assert isinstance(gateway.refusal(BIND, PBX, "10.1.2.9"), psycopg2.errors.LockNotAvailable)


def test_binding_does_not_wait_for_whoever_only_refers_to_the_subscription(committed):
    """A new private identity of it holds its key, no more."""
    with Database(committed) as provisioner, Database(committed, "quintet_gateway") as gateway:
        provisioner("INSERT INTO quintet.impi (identity, subscription_id, schemes) VALUES ('new@home.example.net', 2, '{giba}')")
        gateway("SET lock_timeout = '100ms'")
        assert gateway.value(BIND, PBX, "10.1.2.9") is False
