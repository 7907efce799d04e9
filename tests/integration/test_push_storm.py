# SPDX-License-Identifier: Apache-2.0
"""A profile that many share changes again and again while servers are killed and stopped and the S-CSCF is cut off: in the end every
set's S-CSCF has the newest profile."""

import contextlib
import re
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from peer import cx
from peer.cx import HOME_REALM
from peer.scscf_store import Store, StoringPeer
from product import Product, Server, toml_with
from push_scene import AGENT, PEERS, host, name
from registration_rows import PAIR
from subscriptions import Ifc, Profile, Subscriptions
from support.instance import eventually

TIMEOUT_MS = 500
LEASE_S = 3 * TIMEOUT_MS / 1000
LABEL = "storm"
# Copies of one subscription, registered, whose members refer to one profile.
COPIES = """
WITH s AS (INSERT INTO quintet.subscription (name, scscf_name, scscf_host, scscf_realm)
             SELECT 'storm-' || n, %(name)s, %(host)s, %(realm)s FROM generate_series(1, %(count)s) AS n RETURNING id, name),
     t AS (INSERT INTO quintet.registration_set (subscription_id, state) SELECT id, 'registered' FROM s RETURNING id, subscription_id),
     i AS (INSERT INTO quintet.impi (identity, subscription_id, credential_id) SELECT name || '@' || %(realm)s, id, %(card)s FROM s
             RETURNING id, subscription_id),
     u AS (INSERT INTO quintet.impu (identity, set_id, service_profile_id)
             SELECT 'sip:' || s.name || '@' || %(realm)s, t.id, %(profile)s FROM s JOIN t ON t.subscription_id = s.id)
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, registered)
  SELECT i.id, t.id, t.subscription_id, true FROM t JOIN i USING (subscription_id)
"""
# As many more whom nobody has registered.
BYSTANDERS = """
WITH s AS (INSERT INTO quintet.subscription (name) SELECT 'idle-' || n FROM generate_series(%(first)s, %(last)s) AS n RETURNING id, name),
     t AS (INSERT INTO quintet.registration_set (subscription_id) SELECT id FROM s RETURNING id, subscription_id)
INSERT INTO quintet.impu (identity, set_id, service_profile_id)
  SELECT 'sip:' || s.name || '@' || %(realm)s, t.id, %(profile)s FROM s JOIN t ON t.subscription_id = s.id
"""
BUSY = ("SELECT (SELECT count(*) FROM quintet.push WHERE state = 'waiting') + (SELECT count(*) FROM quintet.change)")


class Storm:
    """Two nodes on one database, one S-CSCF, one profile."""

    def __init__(self, product, count):
        self.product, self.count, self.store = product, count, Store()
        toml = toml_with(product, {"push.timeout_ms": TIMEOUT_MS})
        self.nodes = [Server(product, f"node{n}", toml) for n in (1, 2)]
        self.peers = []
        opened = Subscriptions(product)
        self.model = opened.create(replace(PAIR, sets={"s1": ("u1",)}, profile={"u1": Profile((Ifc(),))}))
        self.profile = product.value("SELECT service_profile_id FROM quintet.impu WHERE id = %s", (self.model.ids["u1"],))
        card = product.value("SELECT credential_id FROM quintet.impi WHERE id = %s", (self.model.ids["i1"],))
        opened.close()
        product.sql(COPIES, {"count": count, "name": name(LABEL), "host": host(LABEL), "realm": HOME_REALM, "card": card,
                             "profile": self.profile})
        self.version = 0

    def connect(self, labels_and_nodes):
        for label, node in labels_and_nodes:
            peer = StoringPeer(self.store, "127.0.0.1", node.port, host(label), HOME_REALM)
            peer.request(cx.lir(f"sip:nobody@{HOME_REALM}", sender=cx.Sender.on(peer)), check=False)
            self.peers.append(peer)

    def cut(self):
        for peer in self.peers:
            peer.abort()
        self.peers = []

    def change(self):
        self.version += 1
        self.product.sql("UPDATE quintet.initial_filter_criteria SET priority = %s WHERE profile_id = %s", (self.version, self.profile))

    def users(self):
        return {f"storm-{n}@{HOME_REALM}" for n in range(1, self.count + 1)}

    def behind(self):
        return {user for user in self.users() if self.store.versions.get(user) != self.version}

    def quiet(self, seconds):
        return eventually(lambda: self.product.value(BUSY) == 0, seconds, 0.1)


@pytest.fixture
def storm(tmp_path, request):
    settings = {"push.timeout_ms": TIMEOUT_MS, "diameter.agents": f'["{AGENT}"]', "diameter.peer": PEERS}
    with Product(tmp_path / "var", settings) as product, contextlib.ExitStack() as nodes:
        one = Storm(product, request.param)
        for node in one.nodes:
            nodes.enter_context(node)
        yield one
        one.cut()


PATHS = {"both nodes": [(LABEL, 0), (LABEL, 1)], "one node": [(LABEL, 1)], "behind an agent": [("agent", 0), ("agent", 1)]}


def rage(storm, paths, changes, pause, cut_s, lease_s):
    """Changes, one after the other, and something dies or sleeps beside each."""
    places = [(label, storm.nodes[n]) for label, n in PATHS[paths]]
    storm.connect(places)
    for n in range(changes):
        storm.change()
        time.sleep(pause)
        if n % 5 == 1:  # killed, and back at once
            victim = storm.nodes[n // 5 % 2]
            victim.kill()
            storm.cut()
            victim.start()
            storm.connect(places)
        elif n % 5 == 2:  # stopped for longer than a lease
            victim = storm.nodes[(n // 5 + 1) % 2]
            victim.process.send_signal(signal.SIGSTOP)
            storm.change()
            time.sleep(lease_s)
            victim.process.send_signal(signal.SIGCONT)
        elif n == 3:  # the S-CSCF is not there
            storm.cut()
            time.sleep(cut_s)
            storm.connect(places)
    storm.change()


def check(storm, seconds, report):
    assert storm.quiet(seconds), storm.product.sql("SELECT state, last_error, count(*) FROM quintet.push GROUP BY 1, 2")
    report(f"{storm.count} sets, {storm.version} versions: {storm.store.pushes} pushes, {storm.store.backwards} older ones after newer ones"
           " that were put right")
    assert storm.behind() == set()
    states = dict(storm.product.sql("SELECT state::text, count(*) FROM quintet.push GROUP BY 1"))
    assert set(states) <= {"done", "superseded"}, states
    assert "deadlock detected" not in storm.product.log("postgresql")


@pytest.mark.parametrize("storm", (500,), indirect=True)
@pytest.mark.parametrize("paths", PATHS)
def test_every_server_ends_with_the_newest_profile(storm, report, paths):
    rage(storm, paths, 5, 0.4, 2, LEASE_S + 0.5)
    check(storm, 60, report)


def resident_kib(process):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text(encoding="ascii"))[1])


@pytest.mark.slow
@pytest.mark.parametrize("storm", (100_000,), indirect=True)
def test_a_profile_of_a_million_users_changes_at_once(storm, report):
    for first in range(1, 900_001, 100_000):
        storm.product.sql(BYSTANDERS, {"first": first, "last": first + 99_999, "realm": HOME_REALM, "profile": storm.profile})
    storm.product.sql("ANALYZE")
    storm.connect([(LABEL, node) for node in storm.nodes])
    storm.change()
    assert storm.quiet(600)
    assert storm.behind() == set()
    before = [resident_kib(node.process) for node in storm.nodes]
    storm.store.arrivals.clear()
    began = time.monotonic()
    storm.change()
    took = time.monotonic() - began
    assert storm.quiet(600)
    arrivals = [at for at, version in storm.store.arrivals if version == storm.version]
    rate = len(arrivals) / (arrivals[-1] - arrivals[0])
    after = [resident_kib(node.process) for node in storm.nodes]
    report(f"1,000,000 users, {storm.count} registered: the UPDATE took {1000 * took:.0f} ms, the first PPR came {1000 * (arrivals[0] - began):.0f} ms"
           f" after it began, {rate:.0f} PPR a second; resident {before} KiB before, {after} after")
    assert storm.behind() == set()


@pytest.mark.slow
@pytest.mark.parametrize("storm", (10_000,), indirect=True)
@pytest.mark.parametrize("paths", PATHS)
def test_every_server_of_very_many_ends_with_the_newest_profile(storm, report, paths):
    rage(storm, paths, 20, 2, 30, LEASE_S + 0.5)
    check(storm, 600, report)
