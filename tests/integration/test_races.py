# SPDX-License-Identifier: Apache-2.0
"""SAR, MAR and UAR for members of the same sets at once, through two servers: never half a state, never a deadlock."""

import collections
import contextlib
import random
import threading
import time

import pytest
from peer import cx
from peer.checks import result_of
from peer.restoration import Restoration, contact
from product import Server
from registration_rows import SUCCESS, Shape, registered, unregistered
from support.instance import is_sanitized
from test_batches import Deadlocks

SCSCFS = ("racer", "racer2")
FAMILY = Shape({"s1": ("u1", "u2"), "s2": ("u3",)}, {"i1": ("s1", "s2"), "i2": ("s1",)})
COUNT = 24        # subscriptions, few enough to meet
BURST = 96

# What holds of any subscription at any moment; each statement names those of which it does not.
INVARIANTS = {
    "a name is stored exactly while something needs it": """
        SELECT s.id FROM quintet.subscription s WHERE (s.scscf_name IS NOT NULL) <>
          (EXISTS (SELECT FROM quintet.registration_set t WHERE t.subscription_id = s.id AND t.state <> 'not_registered')
           OR EXISTS (SELECT FROM quintet.impi_set p WHERE p.subscription_id = s.id AND p.auth_pending))""",
    "a set is registered exactly by the private identities that say so": """
        SELECT t.subscription_id FROM quintet.registration_set t WHERE (t.state = 'registered') <>
          EXISTS (SELECT FROM quintet.impi_set p WHERE p.set_id = t.id AND p.registered)""",
    "a name has the Diameter address that it came from": """
        SELECT s.id FROM quintet.subscription s
        WHERE s.scscf_name IS NOT NULL AND s.scscf_name <> 'sip:' || s.scscf_host || ':6060'""",
    "restoration information is of somebody who is registered": """
        SELECT p.subscription_id FROM quintet.restoration_contact c JOIN quintet.impi_set p USING (impi_id, set_id)
        WHERE NOT p.registered""",
}
RESULTS = {
    cx.SAR: {SUCCESS, (10415, 5005), (10415, 5007), (0, 5012)},
    cx.MAR: {SUCCESS}, cx.UAR: {SUCCESS, (10415, 2001), (10415, 2002), (10415, 5003)},
}
if is_sanitized():  # its transactions are slow: a row stays with the other server for longer than a request may wait
    RESULTS[cx.SAR].add((0, 3004))
    RESULTS[cx.MAR].add((0, 3004))
    RESULTS[cx.UAR].add((0, 5012))


def broken(product, ids):
    """The invariants that do not hold of these subscriptions now, all judged in one snapshot."""
    with contextlib.closing(product.database()) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = {}
        for name, statement in INVARIANTS.items():
            cursor.execute(f"SELECT count(*) FROM ({statement}) AS bad (id) WHERE id = ANY (%s)", (ids,))
            found[name] = cursor.fetchone()[0]
        return {name: count for name, count in found.items() if count}


class Load(threading.Thread):
    """One S-CSCF at one server: bursts of whatever an S-CSCF and its I-CSCF may ask about these subscriptions."""

    def __init__(self, product, port, label, family, until):
        super().__init__()
        self.connection = product.connect(label, port=port)
        self.family, self.until = family, until
        self.dice = random.Random(f"{label}{port}")
        self.server_name = f"sip:{label}.{cx.HOME_REALM}:6060"
        self.results = collections.Counter()

    def run(self):
        while time.monotonic() < self.until:
            requests = [self.request(self.dice.choice(self.family)) for _ in range(BURST)]
            self.connection.send_many(requests)
            for request in requests:
                self.results[request.command, result_of(self.connection.wait(request, 30))] += 1
        self.connection.close()

    def request(self, one):
        impi, impu = self.dice.choice((("i1", "u1"), ("i1", "u2"), ("i1", "u3"), ("i2", "u1"), ("i2", "u2")))
        kind = self.dice.choices((cx.MAR, cx.UAR, cx.SAR), (2, 1, 7))[0]
        sender = cx.Sender.on(self.connection)
        if kind == cx.MAR:
            return cx.mar(one.names[impi], one.names[impu], server_name=self.server_name, sender=sender)
        if kind == cx.UAR:
            return cx.uar(one.names[impi], one.names[impu], authorization_type=self.dice.choice((0, 1, 2)), sender=sender)
        return self.assignment(one, impi, impu, sender)

    def assignment(self, one, impi, impu, sender):
        kind = self.dice.choice((0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
        more = {"server_name": self.server_name, "features": cx.IMS_RESTORATION, "sender": sender}
        if kind in (1, 2) and self.dice.random() < 0.5:
            more["restoration"] = Restoration(one.names[impi], tuple(contact(str(n)) for n in range(self.dice.randint(1, 3))))
        if kind in (4, 5, 6, 7, 8, 11) and self.dice.random() < 0.3:
            return cx.sar(one.names[impi], [], kind, **more)
        return cx.sar(one.names[impi], [one.names[impu]], kind, **more)


class Watch(threading.Thread):
    """Looks all the time whether the invariants hold."""

    def __init__(self, product, ids):
        super().__init__()
        self.product, self.ids = product, ids
        self.looks, self.found = 0, {}
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.found.update(broken(self.product, self.ids))
            self.looks += 1

    def stop(self):
        self.ending.set()
        self.join()


@pytest.fixture(scope="module")
def family(subscriptions):
    own = f"sip:{SCSCFS[0]}.{cx.HOME_REALM}:6060", f"{SCSCFS[0]}.{cx.HOME_REALM}", cx.HOME_REALM
    before = ({}, registered(scscf=own), unregistered(scscf=own))
    return [subscriptions.create(FAMILY, before[n % 3]) for n in range(COUNT)]


def race(product, family, seconds):
    with Server(product, "race") as second:
        until = time.monotonic() + seconds
        watch = Watch(product, [one.id for one in family])
        loads = [Load(product, port, label, family, until) for port in (product.port, second.port) for label in SCSCFS]
        for thread in (watch, *loads):
            thread.start()
        for load in loads:
            load.join()
        watch.stop()
    return loads, watch


def check_race(product, family, seconds):
    deadlocks = Deadlocks(product)
    seen, failed = deadlocks.seen(), len(product.events("batch_failed"))
    loads, watch = race(product, family, seconds)
    results = sum((load.results for load in loads), collections.Counter())
    unexpected = {key: count for key, count in results.items() if key[1] not in RESULTS[key[0]]}
    assert unexpected == {}
    assert watch.found == {} == broken(product, [one.id for one in family])
    time.sleep(1.5)  # statistics of the database are written once a second
    assert deadlocks.seen() == seen
    assert len(product.events("batch_failed")) == failed
    assert watch.looks > 10 and all(load.results.total() > 5 * BURST for load in loads), "hardly any load: the test shows nothing"
    return results


def test_half_a_state_would_be_noticed(product, family):
    one = family[0]
    ids = [each.id for each in family]
    assert broken(product, ids) == {}
    product.sql("UPDATE quintet.registration_set SET state = 'registered' WHERE id = %s", (one.ids["s2"],))
    try:
        assert len(broken(product, ids)) >= 1
    finally:
        product.sql("UPDATE quintet.registration_set SET state = 'not_registered' WHERE id = %s", (one.ids["s2"],))


def test_racing_assignments_never_leave_half_a_state(product, family):
    check_race(product, family, 8)


@pytest.mark.slow
def test_racing_assignments_for_a_minute(product, family):
    print(check_race(product, family, 60).total(), "requests")
