# SPDX-License-Identifier: Apache-2.0
"""What a failing token does to a loaded server: the right codes, one answer for each request, and recovery by itself."""

import collections
import itertools
import os
import shutil
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from load import FIRST_NUMBER, Load, every_request_answered_once, sqncheck
from peer import cx
from peer.connection import Connection
from processes import REALM
from support.instance import eventually
from tokens import AFTER_SECONDS, pin_file_of, probe, seconds_until_all_succeed, server_with_control

HONEST = {"2001", "3004", "5012"}  # and so never "user unknown"


@contextmanager
def loaded(server, folder, *how):
    """Load while the block runs; afterwards `results` holds what was answered. Every request has exactly one answer."""
    log = folder / "loaded.log"
    with Load([server], log, "--subscribers", 50, "--connections", 4, "--rate", 500, "--duration", 300, *how) as load:
        outcome = {}
        yield outcome
        load.stop()
        result = load.finish()
    every_request_answered_once(result)
    assert result["verify"]["faults"] == 0 and set(result["results"]) <= HONEST, result
    good, verdict = sqncheck(log)
    assert good or not verdict["vectors"], verdict
    outcome.update(result)


def test_invalidated_sessions_are_replaced(rig, tmp_path, report):
    server, control = server_with_control(rig, tmp_path)
    server.start()
    with loaded(server, tmp_path) as outcome:
        for number in range(5):
            time.sleep(0.4)
            control.order(f"invalidate-sessions {number}")
        took = seconds_until_all_succeed(server, tmp_path)
    assert took < AFTER_SECONDS
    assert server.log().count("token_sessions_lost") == 5
    assert outcome["results"].get("5012", 0) + outcome["results"].get("3004", 0) < 50
    report(f"recovered after {took:.1f} s, {outcome['results']}")


# The token's folder

@pytest.fixture
def token_folder(rig):
    """Moves the token's folder away and back; it is back after the test in any case."""
    folder = rig.var / "softhsm" / "tokens"
    aside = folder.with_name("tokens.aside")

    class Folder:
        @staticmethod
        def take_away():
            folder.rename(aside)

        @staticmethod
        def bring_back():
            aside.rename(folder)

    yield Folder
    if aside.exists():
        shutil.rmtree(folder, ignore_errors=True)
        Folder.bring_back()


def test_without_the_token_folder_what_is_cached_goes_on(rig, token_folder, tmp_path, report):
    server = rig.server("hss-a").start()
    assert probe(server, tmp_path, 0, 25)["results"] == {"2001": 25}
    token_folder.take_away()
    cached, others = probe(server, tmp_path, 0, 25), probe(server, tmp_path, 25, 25)
    for result in (cached, others):
        every_request_answered_once(result)
    token_folder.bring_back()
    took = seconds_until_all_succeed(server, tmp_path)
    assert cached["results"] == {"2001": 25}
    assert set(others["results"]) <= {"3004", "5012"}
    assert took < AFTER_SECONDS
    report(f"cached {cached['results']}, others {others['results']}, recovered after {took:.1f} s")


@pytest.mark.parametrize("seconds", [3, 9])  # shorter and longer than the token is believed to come back as it was
def test_the_token_folder_is_gone_for_a_while_under_load(rig, token_folder, tmp_path, report, seconds):
    server = rig.server("hss-a", {"token.cache": 20}).start()
    with loaded(server, tmp_path) as outcome:
        time.sleep(0.5)
        token_folder.take_away()
        time.sleep(seconds)
        token_folder.bring_back()
        took = seconds_until_all_succeed(server, tmp_path)
    assert took < AFTER_SECONDS
    assert outcome["results"].get("5012", 0) > 100
    report(f"gone for {seconds} s, recovered after {took:.1f} s, {outcome['results']}")


# The PIN

def no_login_is_tried(server, folder, seconds):
    """All requests are refused for that long; the caller has seen to it that a login would succeed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = probe(server, folder, count=100)
        every_request_answered_once(result)
        assert result["results"] == {"5012": 100}


def test_a_refused_pin_is_not_tried_again_before_its_file_changes(rig, tmp_path, report):
    pin_file = tmp_path / "pin"
    shutil.copy(pin_file_of(rig), pin_file)
    right = pin_file.read_text(encoding="ascii")
    server, control = server_with_control(rig, tmp_path, token__pin_file=str(pin_file))
    control.order("fail C_Login 0xA0 count=1")  # the right PIN is refused once: any further login would succeed
    server.start()
    no_login_is_tried(server, tmp_path, 7)
    os.utime(pin_file)
    no_login_is_tried(server, tmp_path, 2)  # the same PIN
    pin_file.write_text("wrong", encoding="ascii")
    no_login_is_tried(server, tmp_path, 2)  # refused by the token itself
    assert server.log().count("CKR_PIN_INCORRECT") >= 2
    pin_file.write_text(right, encoding="ascii")
    took = seconds_until_all_succeed(server, tmp_path)
    assert took < AFTER_SECONDS
    report(f"recovered {took:.1f} s after the file was changed")


def test_planted_a_second_login_would_be_noticed(rig, tmp_path):
    server, control = server_with_control(rig, tmp_path)
    control.order("fail C_Login 0x5 count=1")  # a general error may be tried again, and is
    server.start()
    with pytest.raises(AssertionError):
        no_login_is_tried(server, tmp_path, 7)


def test_a_wrong_pin_after_a_restart_heals_when_it_is_put_right(rig, tmp_path, report):
    pin_file = tmp_path / "pin"
    shutil.copy(pin_file_of(rig), pin_file)
    server = rig.server("hss-a", {"token.pin_file": str(pin_file)}).start()
    assert set(probe(server, tmp_path)["results"]) == {"2001"}
    right = pin_file.read_text(encoding="ascii")
    pin_file.write_text("wrong", encoding="ascii")
    assert set(probe(server, tmp_path)["results"]) == {"2001"}  # who is logged in needs no PIN
    server.stop()
    server.start()
    with loaded(server, tmp_path) as outcome:
        time.sleep(2)
        assert probe(server, tmp_path)["results"] == {"5012": 50}
        pin_file.write_text(right, encoding="ascii")
        took = seconds_until_all_succeed(server, tmp_path)
    assert took < AFTER_SECONDS
    report(f"recovered {took:.1f} s after the file was put right, {outcome['results']}")


# A token that does not answer

BLOCKED = ["C_EncryptInit", "C_EncryptUpdate", "C_UnwrapKey", "C_GetTokenInfo", "C_GenerateRandom", "*"]


@pytest.mark.parametrize("function", [pytest.param(name, marks=[] if name in ("C_EncryptInit", "*") else pytest.mark.full)
                                      for name in BLOCKED])
def test_a_blocked_token_makes_the_watchdog_answer(rig, scale, tmp_path, report, function):
    server, control = server_with_control(rig, tmp_path, token__cache=20)
    server.start()
    with loaded(server, tmp_path, "--rate", scale.rate) as outcome:
        time.sleep(0.5)
        control.order(f"block {function}")
        assert eventually(lambda: "token_stalled" in server.log(), 15)
        meanwhile = probe(server, tmp_path)
        control.order()
        took = seconds_until_all_succeed(server, tmp_path)
    every_request_answered_once(meanwhile)
    assert meanwhile["results"] == {"3004": 50}
    assert meanwhile["latency_us"]["max"] < 500_000
    assert outcome["latency_us"]["max"] < 4_000_000  # the time-out of a call, and what waited behind it
    assert took < AFTER_SECONDS
    assert eventually(lambda: "token_answers_again" in server.log(), 2)
    report(f"recovered after {took:.1f} s, longest wait {outcome['latency_us']['max'] / 1e6:.1f} s, {outcome['results']}")


def forged_reports(connection, count):
    """Requests that report a synchronisation failure with an AUTS that no card has made."""
    for number in range(count):
        impi = f"{FIRST_NUMBER + number % 50:015d}@{REALM}"
        yield cx.mar(impi, "sip:" + impi, rand=os.urandom(16), auts=os.urandom(14), sender=cx.Sender.on(connection))


def outcomes_of(connection, requests):
    answers = connection.exchange(requests, window=2000, timeout=10)
    return collections.Counter(cx.parse_maa(answer).outcome for _, answer in answers)


def test_reported_synchronisation_failures_are_answered_once_too(rig, tmp_path, report):
    server, control = server_with_control(rig, tmp_path)
    server.start()
    with Connection("127.0.0.1", server.port, f"scscf.{REALM}", REALM) as connection:
        well = outcomes_of(connection, forged_reports(connection, 500))
        control.order("block C_EncryptInit")
        blocked = outcomes_of(connection, forged_reports(connection, 500))
        control.order("fail C_EncryptInit 0x30 count=20")
        failing = outcomes_of(connection, forged_reports(connection, 500))
        assert rig.sum_of_seq() == 0  # none of them costs a number
        control.order()
        took = seconds_until_all_succeed(server, tmp_path)
        of_probes = rig.sum_of_seq()
        again = outcomes_of(connection, forged_reports(connection, 500))
        assert connection.unexpected == [] and rig.sum_of_seq() == of_probes
    assert set(well) == set(again) == {"5012"}  # refused, each after its own check
    assert set(blocked) == {"3004"} and set(failing) <= HONEST
    assert took < AFTER_SECONDS
    report(f"well {dict(well)}, blocked {dict(blocked)}, failing {dict(failing)}")


def test_a_server_whose_token_is_blocked_can_be_stopped(rig, tmp_path):
    server, control = server_with_control(rig, tmp_path)
    server.start()
    control.order("block *")
    assert probe(server, tmp_path)["results"] == {"3004": 50}
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 10


# Calls that fail

CODES = {"GENERAL_ERROR": 0x5, "DEVICE_ERROR": 0x30, "DEVICE_REMOVED": 0x32, "KEY_HANDLE_INVALID": 0x60,
         "OBJECT_HANDLE_INVALID": 0x82, "KEY_FUNCTION_NOT_PERMITTED": 0x68, "MECHANISM_INVALID": 0x70, "OPERATION_ACTIVE": 0x90,
         "SESSION_HANDLE_INVALID": 0xB3, "USER_NOT_LOGGED_IN": 0x101, "CRYPTOKI_NOT_INITIALIZED": 0x190}
FUNCTIONS = ["C_EncryptInit", "C_EncryptUpdate", "C_EncryptFinal", "C_UnwrapKey", "C_GetAttributeValue", "C_GenerateRandom",
             "C_GetTokenInfo", "C_GetSessionInfo", "C_DestroyObject", "C_OpenSession"]
QUICK_FAILURES = [("C_EncryptInit", name) for name in ("DEVICE_ERROR", "OBJECT_HANDLE_INVALID", "SESSION_HANDLE_INVALID")]


def fail_and_recover(server, control, folder, function, code, how):
    """Seconds until all is well again after the failures."""
    control.order(f"fail {function} {code:#x} {how}")
    time.sleep(0.6)
    control.order()
    return seconds_until_all_succeed(server, folder)


def go_through(rig, tmp_path, failures, hows):
    server, control = server_with_control(rig, tmp_path, token__cache=20)
    server.start()
    slowest = (0.0, "")
    with loaded(server, tmp_path) as outcome:
        for (function, name), how in itertools.product(failures, hows):
            took = fail_and_recover(server, control, tmp_path, function, CODES[name], how)
            assert took < AFTER_SECONDS, (function, name, how)
            slowest = max(slowest, (took, f"{function} {name} {how}"))
            assert server.is_alive()
    return slowest, outcome["results"]


def test_failing_calls_never_lose_a_request(rig, tmp_path, report):
    slowest, results = go_through(rig, tmp_path, QUICK_FAILURES, ["count=3", ""])
    report(f"slowest recovery {slowest[0]:.1f} s ({slowest[1]}), {results}")


@pytest.mark.full
@pytest.mark.parametrize("function", FUNCTIONS)
def test_any_failing_call_never_loses_a_request(rig, tmp_path, report, function):
    slowest, results = go_through(rig, tmp_path, [(function, name) for name in CODES], ["count=1", "count=3", ""])
    report(f"slowest recovery {slowest[0]:.1f} s ({slowest[1]}), {results}")


def test_the_shim_is_what_was_asked(rig, tmp_path):
    """The faults above do reach the server: a call that always fails is answered so."""
    server, control = server_with_control(rig, tmp_path, token__cache=1)
    server.start()
    control.order("fail C_UnwrapKey 0x30")
    assert probe(server, tmp_path)["results"] == {"5012": 50}
    assert Path(server.log_file).read_text(encoding="utf-8").count("CKR_DEVICE_ERROR") > 0
