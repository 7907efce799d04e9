# SPDX-License-Identifier: Apache-2.0
"""Far more requests than the token can serve: what fits is served, the rest is told so at once, memory stays flat."""

import collections
import json
import os
import signal
import subprocess
import threading

import pytest
from peer import cx
from peer.checks import result_of
from peer.cx import HOME_REALM
from peer.results import SUCCESS, TOO_BUSY
from product import Server, toml_with
from support.instance import build_dir, eventually, is_sanitized
from support.shim import shimmed

LOADGEN = build_dir() / "tests" / "bench" / "loadgen"
pytestmark = pytest.mark.skipif(is_sanitized(), reason="a sanitizer keeps what was freed")
FLAT = 12 << 20  # octets that a process may grow by while it is overloaded; allocators are not exact


class Memory(threading.Thread):
    """Resident memory of a process, looked at fifty times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.samples, self._ending = pid, [], threading.Event()

    def run(self):
        while not self._ending.wait(0.02):
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
                self.samples.append(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))

    def growth(self):
        """From the first third, when buffers have found their size, to the highest."""
        self._ending.set()
        self.join()
        assert len(self.samples) > 12
        return max(self.samples) - max(self.samples[:len(self.samples) // 3])


def throttled(product, folder, delay, **values):
    """A server whose token takes so long for each vector."""
    shim, environment, _ = shimmed(product.var / "quintet.toml", folder, f"delay C_EncryptInit {delay}")
    return Server(product, "slow", toml_with(product, {**shim, **values}), environment)


@pytest.fixture(scope="module")
def cards(subscribers):
    made = [subscribers.create() for _ in range(100)]
    assert [card.number for card in made] == list(range(made[0].number, made[0].number + len(made)))
    return made


def load(server, cards, folder, seconds, *how):
    """The load generator's result. Every vector is verified: a key that went astray in the crowd would show."""
    keys = folder / "keys.csv"
    keys.write_text("index,k,opc\n" + "".join(f"{n},{card.k.hex()},{card.opc.hex()}\n" for n, card in enumerate(cards)),
                    encoding="ascii")
    command = [LOADGEN, "--port", server.port, "--connections", 4, "--duration", seconds, "--warmup", 1, "--keys", keys,
               "--subscribers", len(cards), "--first-number", cards[0].number, "--impi", f"it.%llu@{HOME_REALM}",
               "--impu", f"sip:it.%llu@{HOME_REALM}", *how]
    out = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds + 90, check=False)
    assert out.returncode == 0, out.stdout + out.stderr
    return json.loads(out.stdout)


def capacity(server, cards, folder):
    """What it serves when it is just busy."""
    return load(server, cards, folder, 3, "--window", 16)["rate_ok"]


def served(result):
    """Successes a second, the time included in which the queue is worked off at the end."""
    return result["total"]["success"] / (result["seconds"] + 1)


def overload(server, cards, rate, seconds, folder):
    memory = Memory(server.pid)
    memory.start()
    result = load(server, cards, folder, seconds, "--rate", rate)
    return result, memory.growth()


def check_shed(result, able):
    print(f"served {served(result):.0f}/s of {able:.0f}/s; {result['results']}, latency {result['latency_ok_us']}")
    assert set(result["results"]) == {"2001", "3004"}
    assert result["lost"] == 0
    assert served(result) >= 0.8 * able
    assert result["results"]["3004"] > result["results"]["2001"], "it was not overloaded: the test shows nothing"


def test_what_does_not_fit_is_shed_and_memory_stays_flat(product, cards, tmp_path):
    """A token of at most 500 vectors a second, 3,000 offered."""
    with throttled(product, tmp_path, "2ms") as server:
        able = capacity(server, cards, tmp_path)
        result, growth = overload(server, cards, 3000, 5, tmp_path)
        check_shed(result, able)
        print(f"memory grew by {growth >> 10} KiB")
        assert growth < FLAT
        after = load(server, cards, tmp_path, 1, "--rate", 50)
        assert set(after["results"]) == {"2001"}, "it does not recover when the crowd has gone"


def test_a_queue_without_a_bound_would_be_noticed(product, cards, tmp_path):
    """The same crowd before a queue that takes everything: memory grows, and the test sees it."""
    server = throttled(product, tmp_path, "2ms", **{"diameter.queue": 1000000, "diameter.max_age_ms": 60000}).start()
    memory = Memory(server.pid)
    memory.start()
    try:
        load(server, cards, tmp_path, 4, "--rate", 5000, "--timeout", 1)
        assert memory.growth() > FLAT
    finally:
        server.stop(signal.SIGKILL)


@pytest.mark.slow
def test_a_token_of_2000_a_second_under_10000(product, cards, tmp_path):
    with throttled(product, tmp_path, "300us") as server:  # a vector takes 200 us more
        able = capacity(server, cards, tmp_path)
        result, growth = overload(server, cards, 10000, 20, tmp_path)
        check_shed(result, able)
        print(f"memory grew by {growth >> 10} KiB")
        assert growth < FLAT


def mar(card, peer):
    return cx.mar(card.impi, card.impu, sender=cx.Sender.on(peer))


def test_a_flood_on_one_connection_refuses_nobody_on_another(product, cards, tmp_path):
    with throttled(product, tmp_path, "2ms", **{"diameter.queue": 64}) as server:
        with product.connect("flooder", port=server.port) as flooder, product.connect("patient", port=server.port) as patient:
            ending = threading.Event()
            told = collections.Counter()

            def flood():
                while not ending.is_set():
                    requests = [mar(cards[n % 50], flooder) for n in range(500)]
                    told.update(result_of(answer) for _, answer in flooder.exchange(requests, window=500, timeout=30))

            thread = threading.Thread(target=flood)
            thread.start()
            try:
                assert eventually(lambda: told[TOO_BUSY] > 0, 20)
                before = told[TOO_BUSY]
                answers = [result_of(patient.request(mar(card, patient), 10)) for card in cards[50:80]]
                refused = told[TOO_BUSY] - before
            finally:
                ending.set()
                thread.join()
        assert answers == [SUCCESS] * 30
        assert refused > 0, "it was no flood"
