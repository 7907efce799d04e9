# SPDX-License-Identifier: Apache-2.0
"""RTR and PPR over the wire: each cause in each state, each answer, and whom they never reach (TS 29.228 6.1.3, 6.2.2)."""

from dataclasses import replace

import pytest
from peer.pushes import SERVER_CHANGE, emergency
from push_rows import CASES, SHAPE
from push_scene import DISPLAY_NAME, EXP, SUSPEND, coded, ended, in_turn, plain, silence
from registration_rows import TWINS, TWO_SETS
from subscriptions import changed

GONE = {"scscf": None, "s1": "not_registered", "s1 i1": ""}


def expected(push):
    if push.command == "RTR":
        return "RTR", push.impi, push.impus, push.reason, push.associated
    return "PPR", push.impi


@pytest.mark.parametrize("row, state", CASES, ids=[f"{row.what}, {state}" for row, state in CASES])
def test_a_cause_in_a_state_is_told_as_the_standard_has_it(world, scscf, count_row, row, state):
    one = world.create(row.shape, state, features=row.features) if row.features else world.create(row.shape, state)
    impis = [one.names[impi] for impi in row.shape.impis]
    before = None if row.what.endswith("removed") else world.subscriptions.state(one)
    world.change(one, row.change)
    push = row.told.get(state)
    if push is not None:
        (got,) = scscf.wait(impis)
        assert plain(got, one) == expected(push)
        if push.holds is not None:
            assert push.holds.encode() in got.user_data
    world.quiet(one)
    assert len(scscf.about(impis)) == (push is not None), world.pushes(one)
    if before is not None:
        after = world.subscriptions.state(one)
        after["push"] = before["push"]
        assert after == changed(before, row.after.get(state, {}))
    count_row("causes of pushes by state")


# Answers

PPA = {  # answer -> (state of the push, how many were sent, what of the subscription changes)
    "SUCCESS": (2001, "done", 1, {}),
    "USER_UNKNOWN": ((*EXP, 5001), "done", 1, GONE),
    "IDENTITIES_DONT_MATCH": ((*EXP, 5002), "done", 1, GONE),
    "IDENTITY_NOT_REGISTERED": ((*EXP, 5003), "done", 1, GONE),
    "NOT_SUPPORTED_USER_DATA": ((*EXP, 5009), "given_up", 1, {}),
    "AVP_UNSUPPORTED": (5001, "given_up", 1, {}),
    "an unheard of code": ((*EXP, 5999), "given_up", 1, {}),
}
RTA = {
    "SUCCESS": (2001, "done", 1, GONE),
    "LIMITED_SUCCESS": (2002, "done", 1, GONE),
    "USER_UNKNOWN": ((*EXP, 5001), "done", 1, GONE),
    "IDENTITY_NOT_REGISTERED": ((*EXP, 5003), "done", 1, GONE),
    "IDENTITIES_DONT_MATCH, and there is no other": ((*EXP, 5002), "given_up", 1, GONE),
    "AVP_UNSUPPORTED": (5001, "given_up", 1, GONE),
}
AGAIN = {"UNABLE_TO_COMPLY": 5012, "TOO_BUSY": 3004, "UNABLE_TO_DELIVER": 3002, "a transient failure": 4002, "silence": None}


@pytest.mark.parametrize("change, answers, what", [
    *[(DISPLAY_NAME, PPA, what) for what in PPA], *[(SUSPEND, RTA, what) for what in RTA]],
    ids=[*(f"PPA {what}" for what in PPA), *(f"RTA {what}" for what in RTA)])
def test_an_answer_settles_the_push(world, scscf, count_row, change, answers, what):
    code, state, sent, after = answers[what]
    one = world.create(SHAPE)
    before = world.subscriptions.state(one)
    scscf.answer = coded(scscf.connection, code)
    world.change(one, change)
    ((_, got_state, _, _),) = ended(world, one)
    assert got_state == state and len(scscf.about([one.names["i1"]])) == sent
    now = world.subscriptions.state(one)
    now["push"] = before["push"]
    assert now == changed(before, after)
    assert bool(world.product.events("push_given_up")) or state != "given_up"
    count_row("answers to pushes")


@pytest.mark.parametrize("command", ("RTR", "PPR"))
@pytest.mark.parametrize("what", AGAIN)
def test_what_may_succeed_later_is_tried_again(world, scscf, count_row, what, command):
    one = world.create(SHAPE)
    code = AGAIN[what]
    first = silence if code is None else coded(scscf.connection, code)
    scscf.answer = in_turn(first, lambda request, _: scscf.connection.answer(request))
    world.change(one, SUSPEND if command == "RTR" else DISPLAY_NAME)
    got = scscf.wait([one.names["i1"]], 2, 20)
    assert type(got[0]) is type(got[1])
    assert [row[1] for row in ended(world, one)] == ["done"]
    count_row("answers to pushes")


def test_two_words_of_an_operator_are_two_reasons(world, scscf):
    one = world.create(SHAPE)
    world.change(one, "SELECT quintet.deregister(%(u1 name)s, 0); SELECT quintet.deregister(%(u1 name)s, 2); SELECT quintet.deregister(%(u1 name)s, 2)")
    assert [row[1] for row in ended(world, one)] == ["done", "superseded"]
    assert world.product.sql("SELECT reason FROM quintet.push WHERE subscription_id = %s ORDER BY id", (one.id,)) == [(0,), (2,)]


def test_too_much_data_has_the_user_assigned_anew(world, scscf, count_row):
    one = world.create(SHAPE)
    scscf.answer = in_turn(coded(scscf.connection, (*EXP, 5008)), lambda request, _: scscf.connection.answer(request))
    world.change(one, DISPLAY_NAME)
    _, rtr = scscf.wait([one.names["i1"]], 2)
    assert rtr.reason == SERVER_CHANGE
    assert [row[1] for row in ended(world, one)] == ["superseded", "done"]
    assert world.subscriptions.state(one)["scscf"] is None
    count_row("answers to pushes")


def test_a_user_that_the_server_does_not_know_is_tried_by_another_private_identity(world, scscf, count_row):
    one = world.create(replace(TWINS, profile={"u1": SHAPE.profile["u1"]}))
    known = one.names["i2"]
    scscf.answer = lambda request, plain_value: coded(scscf.connection, 2001 if plain_value.impi == known else (*EXP, 5001))(request, None)
    world.change(one, DISPLAY_NAME)
    ended(world, one)
    assert scscf.about([known])[-1].impi == known
    state = world.subscriptions.state(one)
    assert state["s1"] == "registered" and state["s1 i2"] == "registered"
    assert state["s1 i1"] == ("" if len(scscf.about(one.names.values())) == 2 else "registered")
    count_row("answers to pushes")


def test_the_user_name_of_an_rtr_changes_where_the_server_knows_another(world, scscf, count_row):
    one = world.create(TWINS)
    known = one.names["i2"]
    scscf.answer = lambda request, plain_value: coded(scscf.connection, 2001 if plain_value.impi == known else (*EXP, 5002))(request, None)
    world.change(one, SUSPEND)
    got = scscf.wait([known], 2)
    assert [push.impi for push in got] == [one.names["i1"], known] and got[1].associated == (one.names["i1"],)
    assert ended(world, one)[0][1] == "done"
    count_row("answers to pushes")


@pytest.mark.parametrize("code", (2002, 5012))
def test_an_emergency_registration_goes_on(world, scscf, count_row, code):
    one = world.create(TWO_SETS)
    world.assign(one, 1, impu="u3")
    pair = emergency(one.names["i1"], one.names["u3"])
    scscf.answer = coded(scscf.connection, code, [pair])
    world.change(one, SUSPEND)
    assert ended(world, one)[0][1] == "done"
    state = world.subscriptions.state(one)
    assert (state["s1"], state["s2"], state["s2 i1"]) == ("not_registered", "registered", "registered") and state["scscf"] is not None
    count_row("answers to pushes")
