# SPDX-License-Identifier: Apache-2.0
"""quintet push: what S-CSCFs are told is listed, repeated and cancelled; nothing is changed where anything is refused."""

import json
import re

import psycopg2
import pytest
from registered import REALM, Subscriber, audits, table
from support.instance import eventually

STATES = ("waiting", "done", "superseded", "given_up", "cancelled")


def listed(site, *arguments):
    return [int(row["ID"]) for row in table(site.quintet("push", "list", *arguments).stdout)]


# ---- push list

def test_a_list_tells_all_of_a_push(site, user):
    old = user.push("ppr", "given_up", cause="profile", attempts=3, last_error="no answer in time")
    new = user.push(cause="operator", due_at="2026-01-02T03:04:05Z")
    rows = table(site.quintet("push", "list", "--host", user.host).stdout)
    assert rows == [
        {"ID": str(new), "COMMAND": "RTR", "CAUSE": "operator", "STATE": "waiting", "HOST": user.host, "WHO": user.impi, "ATTEMPTS": "0",
         "DUE OR ENDED": "2026-01-02T03:04:05Z", "LAST ERROR": "-"},
        {"ID": str(old), "COMMAND": "PPR", "CAUSE": "profile", "STATE": "given_up", "HOST": user.host, "WHO": user.impu, "ATTEMPTS": "3",
         "DUE OR ENDED": "2026-01-02T03:04:05Z", "LAST ERROR": "no answer in time"}]


def test_json_tells_the_same(site, user):
    for state in STATES:
        user.push("ppr", state, last_error='a "word" \\ and more')
    rows = table(site.quintet("push", "list", "--host", user.host).stdout)
    objects = json.loads(site.quintet("push", "list", "--host", user.host, "--json").stdout)
    assert len(objects) == len(STATES)
    for row, found in zip(rows, objects):
        assert list(found) == ["id", "command", "cause", "state", "host", "who", "attempts", "due_at", "settled_at", "last_error"]
        assert [row["ID"], row["COMMAND"], row["CAUSE"], row["STATE"], row["HOST"], row["WHO"], row["ATTEMPTS"]] == [
            str(found[key]) for key in list(found)[:7]]
        assert row["DUE OR ENDED"] == (found["settled_at"] or found["due_at"])
        assert (found["settled_at"] is None) == (found["state"] == "waiting")
        assert found["last_error"] == 'a "word" \\ and more'
        assert row["LAST ERROR"] == r'a \"word\" \\ and more'
    assert json.loads(site.quintet("push", "list", "--host", "nobody", "--json").stdout) == []


@pytest.mark.parametrize("state", STATES)
def test_a_list_may_be_of_one_state(site, user, state):
    made = {one: user.push(state=one) for one in STATES}
    assert listed(site, "--host", user.host, "--state", state) == [made[state]]


def test_a_list_may_be_about_one_identity(site, user):
    about = {"user name": user.push(), "associated": user.push(impi="x@example.net", associated=[user.impi]),
             "in an RTR": user.push(impi="x@example.net", impus=[user.impu]), "set": user.push("ppr"),
             "set alone": user.push("ppr", set_id=user.set_alone), "secret": user.push("ppr", impi_id=user.impi_id)}
    stranger = Subscriber(site)
    stranger.push()
    stranger.push("ppr")

    def found(identity):
        return {next(what for what, made in about.items() if made == one) for one in listed(site, "--identity", identity)}
    assert found(user.impi) == {"user name", "associated", "set", "secret"}
    assert found(user.other) == {"set", "set alone"}
    assert found(user.impu) == found(user.impu.upper().replace(user.name.upper(), user.name) + ";user=phone") == {"in an RTR", "set", "secret"}
    assert found(user.tel) == found(user.tel.replace("555", "-555-")) == {"set", "secret"}
    assert found(user.alone) == {"set alone"}
    assert found("nobody@example.net") == set()


def test_who_is_gone_is_gone(site, user):
    user.push("ppr", set_id=1 << 40)
    user.push("ppr", impi_id=1 << 40)
    secret = user.push("ppr", impi_id=user.other_id)
    rows = table(site.quintet("push", "list", "--host", user.host).stdout)
    assert [(row["WHO"], int(row["ID"]) == secret) for row in rows] == [(user.other, True), ("gone", False), ("gone", False)]


def test_a_list_has_a_limit_and_tells_of_more(site, user):
    made = [user.push() for _ in range(3)]
    for limit, more in ((2, True), (3, False)):
        for form in ([], ["--json"]):
            out = site.quintet("push", "list", "--host", user.host, "--limit", limit, *form)
            assert ("there are more" in out.stderr) == more
            ids = [one["id"] for one in json.loads(out.stdout)] if form else [int(row["ID"]) for row in table(out.stdout)]
            assert ids == made[::-1][:limit]
    assert site.quintet("push", "list", "--limit", 0, code=2).stderr


def test_a_hundred_are_the_default(site, user):
    site.rows("INSERT INTO quintet.push (kind, set_id, subscription_id, destination_host, destination_realm)"
              " SELECT 'ppr', %s, %s, %s, %s FROM generate_series(1, 101)", user.set, user.id, user.host, REALM)
    out = site.quintet("push", "list", "--host", user.host)
    assert len(table(out.stdout)) == 100
    assert "there are more" in out.stderr


def test_no_control_character_reaches_a_terminal(site, user):
    hostile = "a\x1b[2J\r\nb\x7f\u009b2J\u0085\u202e"
    user.push(last_error=hostile)
    for form in ([], ["--json"]):
        out = site.quintet("push", "list", "--host", user.host, *form).stdout
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)
        assert not form or json.loads(out)[0]["last_error"] == hostile
        assert out.count("\n") == (1 if form else 2)


@pytest.mark.parametrize("arguments", [["push"], ["push", "list", "--state", "lost"], ["push", "retry", "x"], ["push", "cancel"],
                                       ["push", "retry", "-1"], ["push", "retry", "--host", "h"]])
def test_wrong_usage(site, arguments):
    out = site.quintet(*arguments, code=2)
    assert out.stderr
    assert not out.stdout


# ---- push retry

RUNNING, RUN_OUT = "now() + interval '1 hour'", "now() - interval '1 second'"


def lease(site, push, until):
    site.rows(f"UPDATE quintet.push SET claimed_by = 'node-1 77', lease_until = {until} WHERE id = %s", push)


AS_NEW = "state = 'waiting' AND due_at = created_at AND due_at > now() - interval '1 minute' AND settled_at IS NULL" \
         " AND claimed_by IS NULL AND lease_until IS NULL"


def test_retried_pushes_are_due_at_once(site, user):
    ends = {"ends_impis": [5], "ends_sets": [6], "ends_generations": [7]}
    old = {"created_at": "2026-01-01T00:00:00Z", "attempts": 4, "last_error": "no answer in time"}
    given_up = user.push(state="given_up", **ends, **old)
    waiting = user.push("ppr", due_at="2099-01-01T00:00:00Z", **old)
    lease(site, waiting, RUN_OUT)
    out = site.quintet("push", "retry", given_up, waiting, given_up)
    assert out.stdout == "2 pushes are due at once\n"
    assert user.pushes(AS_NEW, "attempts", "last_error", "ends_impis", "ends_sets", "ends_generations") == [
        (True, 4, "no answer in time", [], [], []), (True, 4, "no answer in time", [], [], [])], "what it was to end has ended"
    assert [subject for subject, detail in audits(site, "push retry")[-2:] if detail.startswith("by ")] == [
        f"push {given_up}", f"push {waiting}"]
    assert site.quintet("push", "retry", given_up).stdout == "1 push is due at once\n"


def test_what_is_being_sent_is_left_alone_and_told(site, user):
    sent, given_up = user.push(), user.push(state="given_up")
    lease(site, sent, RUNNING)
    before = user.pushes("*")[0]
    out = site.quintet("push", "retry", sent, given_up).stdout
    assert out == f"1 push is due at once\npush {sent} is being sent by node-1 77: left alone\n"
    assert user.pushes("*")[0] == before
    assert user.pushes(AS_NEW)[1] == (True,)


def test_what_has_ended_or_is_not_known_is_refused_and_nothing_is_changed(site, user):
    ended = {state: user.push(state=state) for state in ("done", "superseded", "cancelled")}
    given_up = user.push(state="given_up")
    before, entries = user.pushes("*"), audits(site, "push retry")
    for state, push in ended.items():
        assert site.quintet("push", "retry", given_up, push, code=1).stderr == f"quintet: push {push} is {state}; nothing was changed\n"
    both = site.quintet("push", "retry", given_up, ended["done"], 1 << 50, code=1).stderr
    assert both == f"quintet: push {ended['done']} is done; push {1 << 50} is not known; nothing was changed\n"
    assert (user.pushes("*"), audits(site, "push retry")) == (before, entries)


def test_all_that_was_given_up_is_retried_of_one_host_or_of_all(site, user):
    other = Subscriber(site)
    for one in (user, user, other):
        one.push(state="given_up")
    user.push(state="done")
    assert site.quintet("push", "retry", "--all-given-up", "--host", user.host).stdout == "2 pushes are due at once\n"
    assert user.pushes("state::text") == [("waiting",), ("waiting",), ("done",)]
    assert other.pushes("state::text") == [("given_up",)]
    subject, detail = audits(site, "push retry")[-1]
    assert (subject, detail.split(";")[0]) == (f"all given up at {user.host}", "2 pushes")
    site.quintet("push", "retry", "--all-given-up")
    assert other.pushes("state::text") == [("waiting",)]
    assert site.rows("SELECT FROM quintet.push WHERE state = 'given_up'") == []
    assert site.quintet("push", "retry", "--all-given-up").stdout == "0 pushes are due at once\n"


def test_more_than_a_batch_is_retried(site, user):
    site.rows("INSERT INTO quintet.push (kind, set_id, subscription_id, destination_host, destination_realm, state, settled_at)"
              " SELECT 'ppr', %s, %s, %s, %s, 'given_up', now() FROM generate_series(1, 2001)", user.set, user.id, user.host, REALM)
    assert site.quintet("push", "retry", "--all-given-up", "--host", user.host).stdout == "2001 pushes are due at once\n"
    assert len(audits(site, "push retry")) >= 3
    site.rows("DELETE FROM quintet.push WHERE destination_host = %s", user.host)


@pytest.mark.parametrize("all_of_them", [False, True])
def test_the_senders_are_woken(site, user, all_of_them):
    push = user.push(state="given_up")
    listener = psycopg2.connect(site.admin)
    listener.autocommit = True
    listener.cursor().execute("LISTEN quintet_push")
    site.quintet("push", "retry", *(["--all-given-up"] if all_of_them else [push]))
    assert eventually(lambda: listener.poll() or listener.notifies, 10, 0.01)
    assert [notice.channel for notice in listener.notifies] == ["quintet_push"]
    listener.close()


def test_a_retry_needs_ids_or_all(site):
    for arguments in ([], ["1", "--all-given-up"]):
        assert "either ids" in site.quintet("push", "retry", *arguments, code=1).stderr


# ---- push cancel

def test_waiting_pushes_are_cancelled(site, user):
    idle, run_out = user.push(), user.push("ppr", attempts=2)
    lease(site, run_out, RUN_OUT)
    assert site.quintet("push", "cancel", idle, run_out).stdout == "2 pushes are cancelled\n"
    rows = user.pushes("state::text", "settled_at > now() - interval '1 minute'", "starts_with(last_error, 'cancelled by ')", "lease_until", "attempts")
    assert rows == [("cancelled", True, True, None, 0), ("cancelled", True, True, None, 2)]
    assert [subject for subject, _ in audits(site, "push cancel")[-2:]] == [f"push {idle}", f"push {run_out}"]


def test_what_cannot_be_cancelled_is_told_and_nothing_is_changed(site, user):
    pushes = {state: user.push(state=state) for state in STATES if state != "waiting"}
    idle, sent = user.push(), user.push()
    lease(site, sent, RUNNING)
    words = {**{push: f"is {state}" for state, push in pushes.items()}, pushes["given_up"]: "was given up",
             sent: "is being sent by node-1 77", 1 << 50: "is not known"}
    before, entries = user.pushes("*"), audits(site, "push cancel")
    for push, word in words.items():
        assert site.quintet("push", "cancel", idle, push, code=1).stderr == f"quintet: push {push} {word}; nothing was changed\n"
    assert (user.pushes("*"), audits(site, "push cancel")) == (before, entries)
