# SPDX-License-Identifier: Apache-2.0
"""A row that somebody keeps locked: its own subscriber waits a little or is told "busy", nobody else notices, and nobody is ever
unknown for it."""

import collections
import threading
import time

import pytest
from peer import cx
from peer.checks import result_of
from peer.results import SUCCESS
from product import Server, toml_with
from support.instance import eventually

BUSY = {"MAR": (0, 3004), "SAR": (0, 3004), "UAR": (0, 5012), "LIR": (0, 5012)}  # diameter.peer says so
MAX_AGE = 1.0  # seconds, as in the product's configuration

# A request of each kind that changes the row of a subscriber who has done nothing yet.
REQUESTS = {
    "MAR": lambda card, sender: cx.mar(card.impi, card.impu, sender=sender),
    "SAR": lambda card, sender: cx.sar(card.impi, [card.impu], 1, sender=sender),
    "UAR": lambda card, sender: cx.uar(card.impi, card.impu, authorization_type=2, sender=sender),
    "LIR": lambda card, sender: cx.lir(card.impu, authorization_type=2, sender=sender),
}
SUBSCRIPTION = ("SELECT FROM quintet.subscription s JOIN quintet.impi i ON i.subscription_id = s.id WHERE i.identity = %s"
                " FOR UPDATE OF s")
NUMBERS = ("SELECT FROM quintet.sqn_state s JOIN quintet.credential c USING (fingerprint) JOIN quintet.impi i ON i.credential_id = c.id"
           " WHERE i.identity = %s FOR UPDATE OF s")
# What a provisioner holds who removes a device, or one of its sets, and does not end the transaction.
DEVICE = "DELETE FROM quintet.impi WHERE identity = %s"
ASSOCIATION = "DELETE FROM quintet.impi_set WHERE impi_id = (SELECT id FROM quintet.impi WHERE identity = %s)"
SET = "DELETE FROM quintet.registration_set WHERE id = (SELECT set_id FROM quintet.impi_set JOIN quintet.impi ON id = impi_id WHERE identity = %s)"
ROWS = {"numbers": NUMBERS, "subscription": SUBSCRIPTION, "device": DEVICE, "association": ASSOCIATION, "set": SET}
HELD = [("MAR", NUMBERS), *((kind, SUBSCRIPTION) for kind in REQUESTS),
        *((kind, row) for kind in ("MAR", "SAR") for row in (DEVICE, ASSOCIATION, SET))]
NAMES = [f"{kind}, {next(name for name, text in ROWS.items() if text is row)}" for kind, row in HELD]


def request(kind, card, connection):
    return REQUESTS[kind](card, cx.Sender.on(connection))


def timed(connection, message, timeout=10):
    began = time.monotonic()
    return result_of(connection.request(message, timeout)), time.monotonic() - began


@pytest.mark.parametrize("kind, row", HELD, ids=NAMES)
def test_a_row_that_stays_held_is_busy_in_time_and_served_when_it_is_free(product, peers, subscribers, kind, row):
    card = subscribers.create()
    with product.held(row, (card.impi,)):
        result, took = timed(peers["scscf"], request(kind, card, peers["scscf"]))
        assert result == BUSY[kind]
        assert took < MAX_AGE * 1.3
    assert timed(peers["scscf"], request(kind, card, peers["scscf"]))[0] == SUCCESS


@pytest.mark.parametrize("kind, row", HELD, ids=NAMES)
def test_a_row_that_is_held_for_a_moment_is_waited_for(product, peers, subscribers, kind, row):
    card = subscribers.create()
    message = request(kind, card, peers["scscf"])
    with product.held(row, (card.impi,)):
        peers["scscf"].send(message)
        time.sleep(0.3)
    began = time.monotonic()
    assert result_of(peers["scscf"].wait(message)) == SUCCESS
    assert time.monotonic() - began < 0.3


class Retrying(threading.Thread):
    """A subscriber who asks again and again, whatever comes."""

    def __init__(self, product, kind, card):
        super().__init__()
        self.connection = product.connect("retrying")
        self.kind, self.card = kind, card
        self.results = collections.Counter()
        self.took = []
        self._ending = threading.Event()

    def run(self):
        while not self._ending.is_set():
            began = time.monotonic()
            requests = [request(self.kind, self.card, self.connection) for _ in range(20)]
            self.connection.send_many(requests)
            for one in requests:
                self.results[result_of(self.connection.wait(one, 10))] += 1
                self.took.append(time.monotonic() - began)
            time.sleep(0.05)

    def stop(self):
        self._ending.set()
        self.join()
        self.connection.close()


@pytest.mark.parametrize("kind, row", HELD, ids=NAMES)
def test_one_retrying_subscriber_behind_a_held_row_costs_the_others_nothing(product, peers, subscribers, kind, row):
    """Before, the whole batch waited with it: 29 % of the others' requests were answered "busy"."""
    held = subscribers.create()
    others = [subscribers.create() for _ in range(120)]
    connection = peers["scscf"]
    with product.held(row, (held.impi,)):
        retrying = Retrying(product, kind, held)
        retrying.start()
        time.sleep(0.5)
        results = [timed(connection, request(kind, card, connection)) for card in others]
        time.sleep(1.5)
        retrying.stop()
    assert collections.Counter(result for result, _ in results) == {SUCCESS: len(others)}
    assert sorted(took for _, took in results)[-3] < 0.3, "somebody waited"
    assert set(retrying.results) == {BUSY[kind]}
    assert retrying.results.total() > 20 and max(retrying.took) < MAX_AGE * 1.5


def is_answered(connection, one):
    """By now; it must be "busy" then."""
    try:
        return result_of(connection.wait(one, 0.001)) == BUSY["SAR"]
    except TimeoutError:
        return False


def test_the_surplus_of_a_held_row_is_told_so_at_once_and_others_still_wait_their_turn(product, peers, subscribers):
    greedy, patient = subscribers.create(), subscribers.create()
    with product.held(SUBSCRIPTION, (greedy.impi,)), product.connect("greedy") as connection:
        first = request("SAR", greedy, connection)
        connection.send(first)
        time.sleep(0.4)  # held for a while
        flood = [request("SAR", greedy, connection) for _ in range(100)]
        connection.send_many(flood)
        time.sleep(0.3)
        assert sum(is_answered(connection, one) for one in flood) >= 90
        message = request("SAR", patient, peers["scscf"])
        with product.held(SUBSCRIPTION, (patient.impi,)):
            peers["scscf"].send(message)
            time.sleep(0.2)
        assert result_of(peers["scscf"].wait(message)) == SUCCESS
    assert eventually(lambda: product.events("row_held"), 5)


def test_nobody_is_unknown_because_a_row_is_held(product, peers, subscribers):
    """What is not there stays told apart from what is locked, in one batch."""
    held, free = subscribers.create(), subscribers.create()
    connection = peers["scscf"]
    nobody = cx.sar("nobody@" + cx.HOME_REALM, ["sip:nobody@" + cx.HOME_REALM], 1, sender=cx.Sender.on(connection))
    with product.held(SUBSCRIPTION, (held.impi,)):
        requests = [request("SAR", held, connection), nobody, request("SAR", free, connection)]
        connection.send_many(requests)
        assert [result_of(connection.wait(one, 10)) for one in requests] == [BUSY["SAR"], (10415, 5001), SUCCESS]


def test_two_servers_skip_each_others_rows_and_nobody_is_told_busy(product, subscribers):
    """The same few subscribers through both, all the time."""
    cards = [subscribers.create() for _ in range(4)]
    with Server(product, "skipping", toml_with(product, {})) as second:
        results, until = collections.Counter(), time.monotonic() + 4

        def load(port, label):
            with product.connect(label, port=port) as connection:
                while time.monotonic() < until:
                    kinds = [(kind, card) for card in cards for kind in ("SAR", "MAR")] * 4
                    requests = [request(kind, card, connection) for kind, card in kinds]
                    connection.send_many(requests)
                    for (kind, _), one in zip(kinds, requests):
                        results[kind, result_of(connection.wait(one, 10))] += 1

        threads = [threading.Thread(target=load, args=(port, f"skip{n}")) for n, port in enumerate((product.port, second.port))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {result for _, result in results} <= {SUCCESS, (10415, 5005), (10415, 5007)}, results
    assert results.total() > 500
