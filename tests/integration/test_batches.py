# SPDX-License-Identifier: Apache-2.0
"""Batches: one poisonous member fails alone, and two servers on the same rows never deadlock."""

import collections
import contextlib
import random
import threading
import time

import judge
import psycopg2
import pytest
from peer import cx
from peer.checks import result_of
from peer.diameter import avp
from product import Server, toml_with
from subscribers import HOLD
from support.instance import eventually, is_sanitized

SIZE = 256
SERVER_NAMES = [f"sip:{label}.{cx.HOME_REALM}:6060" for label in ("scscf", "scscf2")]


@pytest.fixture(scope="module")
def cards(subscribers):
    return [subscribers.create() for _ in range(SIZE)]


@pytest.fixture(scope="module")
def patient(product):
    """A peer of a server for which no request becomes too old, however slow this machine is."""
    values = {"diameter.max_age_ms": 60000, "database.lock_timeout_ms": 500}
    with Server(product, "patient", toml_with(product, values)) as server:
        with product.connect(port=server.port, timeout=60) as connection:
            yield connection


@contextlib.contextmanager
def row_held(product, credential):
    """Another transaction holds the numbers of a credential."""
    with product.database() as connection:
        connection.set_session(autocommit=False)
        with connection.cursor() as cursor:
            cursor.execute(HOLD, (credential,))
            yield
        connection.rollback()


@contextlib.contextmanager
def worker_held(product):
    """Another transaction holds the whole table, which nobody can skip."""
    with product.held("LOCK quintet.impi IN ACCESS EXCLUSIVE MODE"):
        yield


@contextlib.contextmanager
def poison(product, credential, state):
    """A trigger that raises for one credential."""
    fingerprint = product.value("SELECT fingerprint::text FROM quintet.credential WHERE name = %s", (credential,))
    product.sql(f"""
        CREATE FUNCTION quintet.poison() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = '{state}'; END $$""")
    product.sql(f"""
        CREATE TRIGGER poison BEFORE UPDATE ON quintet.sqn_state
        FOR EACH ROW WHEN (NEW.fingerprint = '{fingerprint}') EXECUTE FUNCTION quintet.poison()""")
    try:
        yield
    finally:
        product.sql("DROP FUNCTION quintet.poison() CASCADE")


def requests_of(cards, connection, **more):
    return [cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection), **more) for card in cards]


def as_one_batch(product, subscribers, connection, requests):
    """Sends them while a first request keeps the worker busy, so that they are taken together; their answers."""
    first = subscribers.create()
    with worker_held(product):
        connection.send(blocker := cx.mar(first.impi, first.impu, sender=cx.Sender.on(connection)))
        assert eventually(lambda: product.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'quintet'") == 1, 5, 0.01)
        connection.send_many(requests)
        time.sleep(0.2)  # until they are in the queue; nothing tells
    connection.wait(blocker)
    return [connection.wait(request) for request in requests]


def transactions(product, cards):
    """How many of them wrote these cards last."""
    names = [card.credential for card in cards]
    return product.value("SELECT count(DISTINCT s.xmin::text) FROM quintet.sqn_state s JOIN quintet.credential USING (fingerprint) WHERE name = ANY (%s)", (names,))


def outcomes(answers):
    return collections.Counter(map(result_of, answers))


def check_spared(cards, requests, answers, guilty, code):
    assert outcomes(answers) == {(0, 2001): SIZE - 1, code: 1}
    assert result_of(answers[guilty]) == code
    for card, request, answer in zip(cards, requests, answers):
        if card is not cards[guilty]:
            judge.check_success(request, cx.parse_maa(answer), card, [(1001, 16)])


POISONS = [("P0001", (0, 5012)),   # raise_exception: refused
           ("23514", (0, 5012)),   # check_violation
           ("22P05", (0, 5012)),   # untranslatable_character
           ("40001", (0, 3004)),   # serialization_failure: may succeed next time
           ("40P01", (0, 3004))]   # deadlock_detected


@pytest.mark.parametrize("state, code", POISONS)
def test_one_poisonous_member_fails_alone(product, subscribers, patient, state, code):
    cards = [subscribers.create() for _ in range(SIZE)]
    guilty = random.randrange(SIZE)
    requests = requests_of(cards, patient)
    with poison(product, cards[guilty].credential, state):
        answers = as_one_batch(product, subscribers, patient, requests)
    check_spared(cards, requests, answers, guilty, code)
    assert subscribers.state(cards[guilty]).seq == 1000
    # Halved down to the guilty one: each of the eight levels commits its other half.
    assert transactions(product, [card for card in cards if card is not cards[guilty]]) == 8
    # It was the trigger's fault only.
    assert result_of(patient.request(requests_of([cards[guilty]], patient)[0])) == (0, 2001)


def test_one_locked_row_fails_alone(product, subscribers, peers):
    cards = [subscribers.create() for _ in range(SIZE)]
    requests = requests_of(cards, peers["scscf"])
    guilty = random.randrange(SIZE)
    with row_held(product, cards[guilty].credential):
        answers = as_one_batch(product, subscribers, peers["scscf"], requests)
    check_spared(cards, requests, answers, guilty, (0, 3004))


def test_one_unusable_key_fails_alone(product, subscribers, patient):
    """K of another card in the row: OPc does not open, and the token could not have known."""
    cards = [subscribers.create() for _ in range(SIZE)]
    requests = requests_of(cards, patient)
    product.sql("UPDATE quintet.credential SET k_wrapped = other.k_wrapped, fingerprint = other.fingerprint FROM quintet.credential other"
                " WHERE credential.name = %s AND other.name = %s", (cards[100].credential, cards[7].credential))
    answers = as_one_batch(product, subscribers, patient, requests)
    check_spared(cards, requests, answers, 100, (0, 5012))
    assert transactions(product, cards) == 1


def test_bad_strings_fail_alone(product, subscribers, patient):
    """What the database would refuse never reaches the batch."""
    cards = [subscribers.create() for _ in range(SIZE)]
    requests = requests_of(cards, patient)
    bad = {3: ("User-Name", b"a\0b@x"), 80: ("Public-Identity", b"sip:\xff\xfe@x"), 200: ("Server-Name", b"sip:\xed\xa0\x80@x")}
    for place, (name, octets) in bad.items():
        requests[place].replace(name, avp(name, octets))
    answers = as_one_batch(product, subscribers, patient, requests)
    assert outcomes(answers) == {(0, 2001): SIZE - len(bad), (0, 5004): len(bad)}
    assert {place for place, answer in enumerate(answers) if result_of(answer) == (0, 5004)} == set(bad)
    assert transactions(product, [card for place, card in enumerate(cards) if place not in bad]) == 1


def test_members_of_one_credential_share_a_batch(product, subscribers, patient):
    """256 requests of one user in one transaction: numbers in a row, none twice."""
    card = subscribers.create()
    requests = requests_of([card] * SIZE, patient, items=5)
    answers = as_one_batch(product, subscribers, patient, requests)
    # Requests of one connection may overtake each other on their way to the batch.
    given = sorted(judge.sequence_numbers(card, cx.parse_maa(answer)) for answer in answers)
    assert given == [[(1001 + 5 * n + k, 16 + n % 8) for k in range(5)] for n in range(SIZE)]


# Two servers on one database

class Deadlocks:
    """How many PostgreSQL has reported, by its counter and by its log."""

    def __init__(self, product):
        self.product = product

    def seen(self):
        with self.product.database() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = 'quintet'")
            counted = cursor.fetchone()[0]
        return counted, self.product.log("postgresql").count("deadlock detected")


def make_a_deadlock(product, first, second):
    """Two transactions take two rows crosswise; one of them is the victim."""
    victims = []
    both_hold_one = threading.Barrier(2)

    def take(*credentials):
        with contextlib.closing(product.database()) as connection, connection.cursor() as cursor:
            connection.set_session(autocommit=False)
            try:
                for n, credential in enumerate(credentials):
                    cursor.execute(HOLD, (credential,))
                    if n == 0:
                        both_hold_one.wait(10)
            except psycopg2.errors.DeadlockDetected:
                victims.append(credentials)

    threads = [threading.Thread(target=take, args=order) for order in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(victims)


def test_a_deadlock_would_be_noticed(product, cards):
    deadlocks = Deadlocks(product)
    before = deadlocks.seen()
    assert make_a_deadlock(product, cards[0].credential, cards[1].credential) == 1
    assert eventually(lambda: all(now > then for now, then in zip(deadlocks.seen(), before)), 10)


class Load(threading.Thread):
    """One peer of one server: its cards in ever new orders, each time with the S-CSCF name of this side."""

    def __init__(self, product, port, label, cards, server_name, until):
        super().__init__()
        self.connection = product.connect(label, port=port)
        self.cards, self.server_name, self.until = list(cards), server_name, until
        self.outcomes = collections.Counter()
        self.numbers = collections.defaultdict(list)
        self.dice = random.Random(label)

    def run(self):
        while time.monotonic() < self.until:
            self.dice.shuffle(self.cards)
            requests = requests_of(self.cards, self.connection, server_name=self.server_name, items=2)
            self.connection.send_many(requests)
            for card, request in zip(self.cards, requests):
                self.take(card, self.connection.wait(request, 30))
        self.connection.close()

    def take(self, card, answer):
        maa = cx.parse_maa(answer)
        self.outcomes[maa.outcome] += 1
        self.numbers[card.credential] += [judge.seq_of(item, card) for item in maa.items]


def cross(product, sides, seconds):
    """Each side has cards of its own or the same; both write the same subscriptions."""
    with Server(product, "cross") as second:
        until = time.monotonic() + seconds
        loads = [Load(product, port, f"load{n}", sides[n], SERVER_NAMES[n], until)
                 for n, port in enumerate((product.port, second.port))]
        for load in loads:
            load.start()
        for load in loads:
            load.join()
    return loads


FORGET_LENGTH = """
    DO $$ DECLARE one name; BEGIN
      ALTER TABLE quintet.cluster DISABLE TRIGGER USER;
      UPDATE quintet.cluster SET ind_bits = NULL;
      FOR one IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'quintet.cluster'::regclass AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE quintet.cluster ENABLE ALWAYS TRIGGER %I', one);
      END LOOP;
    END $$"""


def test_two_servers_may_fix_the_length_of_ind_at_once(product, subscribers, patient):
    """Each has read that there is none; the second comes when the first has committed."""
    card, failed = subscribers.create(), len(product.events("batch_failed"))
    length = product.value("SELECT ind_bits FROM quintet.cluster") or 5
    product.sql(FORGET_LENGTH)
    with contextlib.closing(product.database()) as other, other.cursor() as cursor:
        other.set_session(autocommit=False)
        cursor.execute("UPDATE quintet.cluster SET ind_bits = %s", (length,))
        patient.send(request := cx.mar(card.impi, card.impu, sender=cx.Sender.on(patient)))
        assert eventually(lambda: product.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'quintet'") == 1, 5, 0.01)
        other.commit()
    assert result_of(patient.wait(request)) == (0, 2001)
    assert len(product.events("batch_failed")) == failed
    assert product.value("SELECT ind_bits FROM quintet.cluster") == length


def check_numbers(numbers, first, last):
    """All that were taken, each once; under a sanitizer some were taken for requests that had become too old."""
    assert len(set(numbers)) == len(numbers), "a number was issued twice"
    if is_sanitized():
        assert all(first <= number <= last for number in numbers)
    else:
        assert numbers == list(range(first, last + 1)), "a number is missing"


def check_crossing(product, subscribers, sides, seconds):
    deadlocks = Deadlocks(product)
    cards = {card.credential: card for side in sides for card in side}
    seen, failed = deadlocks.seen(), len(product.events("batch_failed"))
    before = {credential: subscribers.state(card).seq for credential, card in cards.items()}
    loads = cross(product, sides, seconds)
    busy = {"3004"} if is_sanitized() else set()  # its transactions are slow: a row stays with the other server for long
    assert [set(load.outcomes) - busy for load in loads] == [{"2001"}] * 2, [load.outcomes for load in loads]
    time.sleep(1.5)  # statistics of the database are written once a second
    assert deadlocks.seen() == seen
    assert len(product.events("batch_failed")) == failed
    for credential, card in cards.items():
        numbers = sorted(number for load in loads for number in load.numbers[credential])
        check_numbers(numbers, before[credential] + 1, subscribers.state(card).seq)
    assert all(load.outcomes.total() > 2 * SIZE for load in loads), "hardly any load: the test shows nothing"
    return sum(load.outcomes.total() for load in loads)


def test_crossing_sets_on_two_servers_never_deadlock(product, subscribers, cards):
    check_crossing(product, subscribers, [cards, cards], 6)


@pytest.fixture(scope="module")
def families(subscribers):
    """Subscriptions of two cards: nothing but the subscription is shared, and its S-CSCF name changes all the time."""
    first = [subscribers.create() for _ in range(SIZE)]
    return first, [subscribers.sibling(card) for card in reversed(first)]


def test_crossing_subscriptions_never_deadlock(product, subscribers, families):
    check_crossing(product, subscribers, families, 6)


@pytest.mark.slow
@pytest.mark.parametrize("shared", ["cards", "families"])
def test_crossing_sets_for_a_minute(product, subscribers, cards, families, shared):
    print(check_crossing(product, subscribers, [cards, cards] if shared == "cards" else families, 60), "requests")
