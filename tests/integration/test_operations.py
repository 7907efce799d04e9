# SPDX-License-Identifier: Apache-2.0
"""Signals, an orderly end under load, and a database that stops, dies, hangs or is not there yet."""

import contextlib
import os
import signal
import subprocess
import time

import psycopg2
import pytest
import traffic
from peer import cx
from product import Product, Server, process_is_alive, toml_with
from subscribers import HOLD, Subscribers
from support.instance import eventually

RECOVERY = 10.0  # seconds; "within seconds"


def ask(connection, card, timeout=10):
    request = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection))
    return cx.parse_maa(connection.request(request, timeout)).outcome


# Signals

@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGPIPE])
def test_a_signal_that_ends_other_daemons_does_not_end_this_one(product, subscribers, number):
    card = subscribers.create()
    with Server(product, "signalled") as server, product.connect(port=server.port) as connection:
        for _ in range(3):
            server.process.send_signal(number)
        assert [ask(connection, card) for _ in range(3)] == ["2001"] * 3
        assert server.process.poll() is None


def check_orderly(server, loads, connections, took):
    assert sum(load.silent for load in loads) == 0, "no answer and no good-bye"
    assert took < 10
    assert server.process.returncode == 0
    assert "server_stopped" in server.log()
    assert all(connection.wait_closed(5) and connection.said_goodbye for connection in connections)
    assert set(traffic.outcomes(loads)) <= {"2001", "3004", "5012"}
    assert traffic.outcomes(loads)["2001"] > 100, "no load: the test shows nothing"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_under_load_is_orderly(product, subscribers, number):
    """Every request is answered, or its connection is closed with a good-bye; no number that left is issued again."""
    cards = [subscribers.create() for _ in range(60)]
    with Server(product, "ending") as server:
        connections = [product.connect(f"load{n}", port=server.port) for n in range(4)]
        loads = traffic.start(connections, cards)
        time.sleep(1.0)
        began = time.monotonic()
        server.stop(number)
        took = time.monotonic() - began
        for load in loads:
            load.stop()
        check_orderly(server, loads, connections, took)
        with server, product.connect("later", port=server.port) as connection:
            again = traffic.start([connection], cards)
            time.sleep(0.5)
            again[0].stop()
    assert traffic.repeated(again, loads) == {}


def test_the_end_does_not_wait_for_a_locked_row(product, subscribers):
    card = subscribers.create()
    with Server(product, "ending") as server:
        connection = product.connect("waiting", port=server.port)
        with product.database() as admin, admin.cursor() as cursor:
            admin.set_session(autocommit=False)
            cursor.execute(HOLD, (card.credential,))
            connection.send(cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection)))
            time.sleep(0.3)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 8
        assert connection.wait_closed(5) and connection.said_goodbye


def test_a_peer_that_vanishes_with_requests_under_way_harms_nobody(product, peers, subscribers):
    cards = [subscribers.create() for _ in range(256)]
    pid = product.pid("server")
    for number in range(5):  # another name each: the server may not yet know that the last one has gone
        vanishing = product.connect(f"vanishing{number}")
        sender = cx.Sender.on(vanishing)
        vanishing.send_many([cx.mar(card.impi, card.impu, sender=sender) for card in cards])
        vanishing.abort()
        assert ask(peers["scscf"], cards[0]) == "2001"
    assert product.pid("server") == pid


# Database. A cluster of its own that can be stopped while the server runs on.

@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    base = Product(tmp_path_factory.mktemp("cluster") / "var", options=["--no-server"])
    base.start()
    yield base
    base.stop()


@pytest.fixture(scope="module")
def users(cluster):
    pool = Subscribers(cluster)
    return [pool.create() for _ in range(40)]


@pytest.fixture
def server(cluster, users):
    with Server(cluster, "serving", toml_with(cluster, {"log.level": "debug"})) as running:
        yield running
        assert running.process.poll() is None, running.log()[-3000:]


@pytest.fixture
def scscf(cluster, server):
    connection = cluster.connect(port=server.port)
    yield connection
    connection.close()


def recovers(connection, card, seconds=RECOVERY):
    """Seconds until it is served again; what comes before must say busy, and nothing else."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        outcome = ask(connection, card)
        if outcome == "2001":
            return time.monotonic() - began
        assert outcome == "3004"
        time.sleep(0.05)
    pytest.fail(f"not served again within {seconds} s")


def seq(cluster, card):
    return cluster.value("SELECT seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) WHERE name = %s", (card.credential,))


def test_a_stopped_database_is_busy_and_recovers(cluster, server, scscf, users):
    assert ask(scscf, users[0]) == "2001"
    before = seq(cluster, users[0])
    cluster.stop()
    began = time.monotonic()
    assert {ask(scscf, user) for user in users[:5]} == {"3004"}
    assert time.monotonic() - began < 5, "an answer that everybody must wait for"
    # Never an error about the user, known or not.
    nobody = cx.mar(f"nobody@{cx.HOME_REALM}", users[0].impu, sender=cx.Sender.on(scscf))
    assert cx.parse_maa(scscf.request(nobody)).outcome == "3004"
    cluster.start()
    assert recovers(scscf, users[0]) < RECOVERY
    assert seq(cluster, users[0]) > before, "a second start on the same folder goes on"


@pytest.mark.parametrize("how", ["postmaster killed", "a backend killed", "sessions terminated"])
def test_a_database_that_dies_under_load_repeats_no_number(cluster, server, users, how):
    connections = [cluster.connect(f"load{n}", port=server.port) for n in range(2)]
    loads = traffic.start(connections, users, burst=16)
    for _ in range(3):
        time.sleep(0.5)
        kill(cluster, how)
        assert eventually(lambda: is_up(cluster), 30)
    assert recovers(connections[0], users[0]) < RECOVERY
    for load in loads:
        load.stop()
    assert sum(load.silent + load.lost for load in loads) == 0
    assert set(traffic.outcomes(loads)) <= {"2001", "3004"}
    assert traffic.outcomes(loads)["2001"] > 100
    assert traffic.repeated(loads) == {}
    for connection in connections:
        connection.close()


def kill(cluster, how):
    if how == "postmaster killed":
        killed = cluster.pid("postgresql")
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: cluster.pid("postgresql") != killed)
        return
    with contextlib.suppress(psycopg2.Error):
        for (pid,) in cluster.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'quintet'"):
            if how == "sessions terminated":
                cluster.sql("SELECT pg_terminate_backend(%s)", (pid,))
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def is_up(cluster):
    """By a new connection: old ones may live a little longer than their postmaster."""
    try:
        cluster.database().close()
    except psycopg2.Error:
        return False
    return True


def signal_cluster(cluster, name):
    """To the postmaster and all of its processes."""
    parent = str(cluster.pid("postgresql"))
    children = subprocess.run(["pgrep", "-P", parent], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["kill", f"-{name}", parent, *children], check=True)


def test_a_database_that_hangs_is_busy_and_recovers(cluster, server, scscf, users):
    assert ask(scscf, users[0]) == "2001"
    signal_cluster(cluster, "STOP")
    try:
        began = time.monotonic()
        assert {ask(scscf, user, 15) for user in users[:3]} == {"3004"}
        assert time.monotonic() - began < 15
    finally:
        signal_cluster(cluster, "CONT")
    assert recovers(scscf, users[0]) < RECOVERY


def test_a_server_starts_without_its_database_and_waits_for_it(cluster, users):
    toml = toml_with(cluster, {})
    late = Server(cluster, "late", toml)
    cluster.stop()
    try:
        late.start()
        with cluster.connect(port=late.port) as connection:
            # Also once the server knows that it has no KEK to prove its token with: the database is what is missing.
            assert eventually(lambda: "token_not_ready" in late.log())
            assert {ask(connection, user) for user in users[:5]} == {"3004"}
            cluster.start()
            assert eventually(lambda: ask(connection, users[0]) == "2001", RECOVERY)
        assert process_is_alive(late.pid)
    finally:
        late.stop()
        if not is_up(cluster):
            cluster.start()
