# SPDX-License-Identifier: Apache-2.0
"""Eight sessions of one token: every vector right, no number twice, and a session that is lost costs its own requests only."""

import json
import subprocess
import threading
from contextlib import contextmanager

import pytest
from peer.cx import HOME_REALM
from product import Server, toml_with
from support.instance import build_dir, eventually
from support.shim import shimmed

BENCH = build_dir() / "tests" / "bench"
SESSIONS = 8
SECONDS = 4


@contextmanager
def eight(product, folder, **values):
    """A server with eight sessions, half of whose keys are not in the cache."""
    shim, environment, token = shimmed(product.var / "quintet.toml", folder, "delay C_Encrypt 1ms")
    settings = {**shim, "token.sessions": SESSIONS, "token.cache": 50, "token.timeout_ms": 300, **values}
    server = Server(product, "eight", toml_with(product, settings), environment)
    server.log_file.unlink(missing_ok=True)  # each test reads its own words only
    with server:
        yield server, token


@pytest.fixture(scope="module")
def cards(subscribers):
    made = [subscribers.create() for _ in range(100)]
    assert [card.number for card in made] == list(range(made[0].number, made[0].number + len(made)))
    return made


class Load:
    """The load generator in the background, 64 requests in flight; it verifies every vector."""

    def __init__(self, server, cards, folder):
        self._log = folder / "sqn.log"
        keys = folder / "keys.csv"
        keys.write_text("index,k,opc\n" + "".join(f"{n},{card.k.hex()},{card.opc.hex()}\n" for n, card in enumerate(cards)),
                        encoding="ascii")
        command = [BENCH / "loadgen", "--port", server.port, "--connections", 4, "--duration", SECONDS, "--warmup", 0,
                   "--window", 16, "--keys", keys, "--subscribers", len(cards), "--first-number", cards[0].number,
                   "--impi", f"it.%llu@{HOME_REALM}", "--impu", f"sip:it.%llu@{HOME_REALM}", "--verify",
                   "--sqn-log", self._log]
        self._child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def result(self):
        """Its JSON, after the checks that hold whatever the token does."""
        out, errors = self._child.communicate(timeout=SECONDS + 90)
        assert self._child.returncode == 0, out + errors
        result = json.loads(out)
        total = result["total"]
        assert total["requests"] == total["answers"] and result["lost"] == 0 and result["duplicates"] == 0, result
        assert result["verify"]["faults"] == 0, result
        checked = subprocess.run([BENCH / "sqncheck", self._log], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        print(result["results"])
        return result


def test_no_number_twice_and_every_vector_right(product, cards, tmp_path):
    with eight(product, tmp_path) as (server, _):
        result = Load(server, cards, tmp_path).result()
    assert set(result["results"]) == {"2001"}


@pytest.mark.parametrize("call", ["C_EncryptInit", "C_Encrypt", "C_UnwrapKey"])
def test_a_lost_session_is_replaced(product, cards, tmp_path, call):
    with eight(product, tmp_path) as (server, token):
        load = Load(server, cards, tmp_path)
        threading.Timer(1, token.order, [f"close-session {call} count=1"]).start()
        result = load.result()
        assert "token_sessions_lost" not in server.log() and server.log().count("token_opened") == 1
    assert set(result["results"]) == {"2001"}  # the request was tried once more


def test_a_hung_call_costs_one_request(product, cards, tmp_path):
    with eight(product, tmp_path) as (server, token):
        load = Load(server, cards, tmp_path)
        threading.Timer(1, token.order, ["block C_Encrypt count=1"]).start()
        assert eventually(lambda: "token_stalled" in server.log(), 10)
        result = load.result()  # it hangs to the end
        token.order()
        assert eventually(lambda: "token_answers_again" in server.log(), 10)
    assert set(result["results"]) == {"2001", "3004"} and result["results"]["3004"] == 1


def test_two_sessions_that_cannot_be_had_leave_the_others_at_work(product, cards, tmp_path):
    with eight(product, tmp_path) as (server, token):
        load = Load(server, cards, tmp_path)
        orders = ["close-session C_EncryptInit count=2", "fail C_OpenSession 0xB1"]  # CKR_SESSION_COUNT
        threading.Timer(1, token.order, orders).start()
        result = load.result()
        assert server.log().count("token_opened") == 1
    failed = {code: number for code, number in result["results"].items() if code != "2001"}
    assert set(failed) <= {"5012"} and sum(failed.values()) <= 2


@pytest.mark.parametrize("code", ["0x32", "0xE0"])  # CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT
def test_a_lost_token_comes_back_for_all(product, cards, tmp_path, code):
    with eight(product, tmp_path) as (server, token):
        load = Load(server, cards, tmp_path)
        threading.Timer(1, token.order, [f"fail C_Encrypt {code} count=1"]).start()
        result = load.result()
        token.order()
        assert server.log().count("token_opened") == 2
        after = Load(server, cards, tmp_path).result()
    assert set(result["results"]) <= {"2001", "3004", "5012"} and set(after["results"]) == {"2001"}
