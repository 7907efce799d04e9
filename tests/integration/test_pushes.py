# SPDX-License-Identifier: Apache-2.0
"""RTR and PPR over the wire: each cause in each state, each answer, and whom they never reach (TS 29.228 6.1.3, 6.2.2)."""

import time
from dataclasses import replace

import pytest
from peer import cx, registration
from peer.cx import IMS_RESTORATION
from peer.pushes import PERMANENT_TERMINATION, SERVER_CHANGE, emergency, experimental
from product import Product, Server
from push_rows import CASES, SHAPE
from push_scene import AGENT, SETTINGS, TIMEOUT_MS, World, host, name, plain
from registration_rows import ALONE, SUCCESS, TWINS, TWO_SETS
from subscriptions import changed
from support.instance import eventually

DISPLAY_NAME = "UPDATE quintet.impu SET display_name = 'changed ' || clock_timestamp() WHERE id = %(u1)s"
SUSPEND = "UPDATE quintet.subscription SET suspended = true WHERE id = %(id)s"
GONE = {"scscf": None, "s1": "not_registered", "s1 i1": ""}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Product(tmp_path_factory.mktemp("pushes") / "var", SETTINGS) as product:
        one = World(product)
        yield one
        one.close()


@pytest.fixture
def scscf(world):
    server = world.scscf()
    server.wrong.clear()
    yield server
    assert server.wrong == []


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

def coded(connection, code, avps=()):
    """Answers with a Result-Code, or with an Experimental-Result where `code` is a pair."""
    def answer(request, _):
        if isinstance(code, tuple):
            message = request.answer([cx.CX_APPLICATION, ("Auth-Session-State", 1), *connection.origin(), *experimental(code[1]), *avps])
            connection.send_raw(message.encode())
        else:
            connection.answer(request, code, avps)
    return answer


def in_turn(*answers):
    """One after the other; the last for all that follow."""
    left = list(answers)

    def answer(request, plain_value):
        (left.pop(0) if len(left) > 1 else left[0])(request, plain_value)
    return answer


def silence(_request, _plain):
    pass


EXP = (registration.TGPP,)
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


def ended(world, one, seconds=15):
    assert eventually(lambda: all(row[1] != "waiting" for row in world.pushes(one)) and world.pushes(one), seconds, 0.02), world.pushes(one)
    return world.pushes(one)


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


# Races

def test_who_registers_anew_before_the_answer_stays_registered(world, scscf, count_row):
    one = world.create(SHAPE)

    def answer(request, _):
        world.subscriptions  # the S-CSCF has ended it, and the user is back at once
        again = cx.sar(one.names["i1"], [one.names["u1"]], 1, name("scscf"), sender=cx.Sender.on(scscf.connection))
        scscf.connection.request(again)
        scscf.connection.answer(request)
    scscf.answer = answer
    world.change(one, "SELECT quintet.deregister(%(i1 name)s)")
    assert ended(world, one)[0][1] == "done"
    state = world.subscriptions.state(one)
    assert (state["s1"], state["s1 i1"]) == ("registered", "registered") and state["scscf"] is not None
    count_row("races of pushes")


def test_a_subscription_that_is_provisioned_again_is_another(world, scscf, count_row):
    one = world.create(ALONE)
    again = []

    def answer(request, _):
        again.append(world.subscribers.create(impi=one.names["i1"], impu=one.names["u1"]))
        request_again = cx.sar(one.names["i1"], [one.names["u1"]], 1, name("scscf"), sender=cx.Sender.on(scscf.connection))
        scscf.connection.request(request_again)
        scscf.connection.answer(request)
    scscf.answer = answer
    world.change(one, "DELETE FROM quintet.subscription WHERE id = %(id)s")
    assert ended(world, one)[0][1] == "done"
    state = world.subscribers.state(again[0])
    assert (state.state, state.registered, state.host) == ("registered", True, host("scscf"))
    count_row("races of pushes")


def test_no_ppr_leaves_before_the_answer_to_the_last_assignment_must_have_arrived(world, scscf, count_row):
    one = world.create(SHAPE)
    request = cx.sar(one.names["i1"], [one.names["u1"]], 2, name("scscf"), sender=cx.Sender.on(scscf.connection))
    began = time.monotonic()
    scscf.connection.request(request)
    world.change(one, DISPLAY_NAME)
    scscf.wait([one.names["i1"]])
    assert time.monotonic() - began > 0.9, "diameter.max_age_ms is a second"
    count_row("races of pushes")


def test_what_changes_while_a_push_is_on_its_way_follows(world, scscf, count_row):
    one = world.create(SHAPE)

    def answer(request, push):
        if b"first" in push.user_data:
            world.change(one, "UPDATE quintet.impu SET display_name = 'second' WHERE id = %(u1)s")
            time.sleep(0.1)
        scscf.connection.answer(request)
    scscf.answer = answer
    world.change(one, "UPDATE quintet.impu SET display_name = 'first' WHERE id = %(u1)s")
    first, second = scscf.wait([one.names["i1"]], 2)
    assert b"first" in first.user_data and b"second" in second.user_data
    assert [row[1] for row in ended(world, one)] == ["done", "done"]
    count_row("races of pushes")


def test_changes_of_one_transaction_are_one_push(world, scscf, count_row):
    one = world.create(SHAPE)
    world.change(one, "BEGIN; UPDATE quintet.impu SET display_name = 'a' WHERE id = %(u1)s; UPDATE quintet.impu SET display_name = 'b'"
                      " WHERE id = %(u2)s; UPDATE quintet.impu SET priority_level = 1 WHERE id = %(u1)s; COMMIT")
    world.quiet(one)
    assert len(scscf.about([one.names["i1"]])) == 1
    count_row("races of pushes")


# What the S-CSCF has

@pytest.mark.parametrize("answered", (True, False), ids=("answered", "not answered"))
def test_the_next_assignment_brings_what_was_not_pushed(world, scscf, answered):
    one = world.create(SHAPE)
    scscf.answer = coded(scscf.connection, 2001 if answered else (*EXP, 5009))
    world.change(one, DISPLAY_NAME)
    ended(world, one)
    saa = world.assign(one, 2, data_available=1)
    assert (saa.value("User-Data") is None) == answered


def test_what_came_unasked_is_pushed_all_the_same(world, scscf):
    """An S-CSCF that says it has a document may not look at the one in the answer (TS 29.229 6.3.26)."""
    one = world.create(SHAPE)
    with world.product.held("LOCK quintet.change IN SHARE ROW EXCLUSIVE MODE"):  # nobody works changes off
        pass
    scscf.answer = in_turn(coded(scscf.connection, 5012), lambda request, _: scscf.connection.answer(request))
    world.change(one, DISPLAY_NAME)
    scscf.wait([one.names["i1"]])
    assert world.assign(one, 2, data_available=1).value("User-Data") is not None
    assert len(scscf.wait([one.names["i1"]], 2)) == 2
    assert ended(world, one)[0][1] == "done"


def test_a_push_has_the_form_that_the_server_asked_for(world, scscf):
    one = world.create(SHAPE, features=cx.SIFC)
    world.change(one, DISPLAY_NAME)
    (push,) = scscf.wait([one.names["i1"]])
    assert b"SharedIFCSetID" in push.user_data and push.features == cx.SIFC
    other = world.create(SHAPE, features=IMS_RESTORATION)
    world.change(other, DISPLAY_NAME)
    (push,) = scscf.wait([other.names["i1"]])
    assert b"SharedIFCSetID" not in push.user_data and push.features is None


# Peers of other manners

def test_a_server_that_takes_no_ppr_gets_the_profile_at_the_next_registration(world, count_row):
    kamailio = world.scscf("kamailio", silence)
    one = world.create(SHAPE, label="kamailio")
    world.change(one, DISPLAY_NAME)
    world.quiet(one)
    assert kamailio.about([one.names["i1"]]) == []
    assert world.assign(one, 2, label="kamailio", data_available=1).value("User-Data") is not None
    world.change(one, SUSPEND)
    (rtr,) = kamailio.wait([one.names["i1"]])
    assert rtr.impus == (one.names["u1"], one.names["u2"]), "it acts on nothing else"
    assert ended(world, one)[-1][1] == "done", "silence is an answer"
    assert world.subscriptions.state(one)["scscf"] is None
    count_row("manners of peers")


def test_a_server_may_be_told_by_an_rtr_instead(world, count_row):
    older = world.scscf("older")
    one = world.create(SHAPE, label="older")
    world.change(one, DISPLAY_NAME)
    (rtr,) = older.wait([one.names["i1"]])
    assert rtr.reason == SERVER_CHANGE
    assert [row[1] for row in ended(world, one)] == ["superseded", "done"]
    count_row("manners of peers")


# Whom it reaches

def test_a_bystander_gets_nothing_and_an_agent_may(world, count_row):
    """The destination has gone: a peer of the same realm and application must not get a user's profile."""
    cut = world.scscf("cut")
    bystander = world.scscf("scscf")
    one = world.create(SHAPE, label="cut")
    cut.close()
    cut.connection.abort()
    world.change(one, DISPLAY_NAME)
    time.sleep(1)
    assert [row[1] for row in world.pushes(one)] == ["waiting"] and bystander.about([one.names["i1"]]) == []
    agent = world.scscf("agent")
    assert agent.connection.origin_host == AGENT
    agent.wrong.clear()
    (push,) = agent.wait([one.names["i1"]])
    assert push.impi == one.names["i1"] and ended(world, one)[0][1] == "done"
    assert agent.wrong == [f"it is for {host('cut')}"], "the agent is not whom it is for"
    assert bystander.about([one.names["i1"]]) == []
    agent.close()
    agent.connection.close()
    count_row("whom pushes reach")


def test_a_request_on_its_way_does_not_go_to_another_when_its_connection_breaks(world, count_row):
    fragile = world.scscf("fragile", lambda request, _: fragile.connection.abort())
    bystander = world.scscf("scscf")
    one = world.create(SHAPE, label="fragile")
    world.change(one, DISPLAY_NAME)
    assert eventually(lambda: any(row[2] >= 1 for row in world.pushes(one)), 5, 0.02)
    time.sleep(1)
    assert bystander.about([one.names["i1"]]) == []
    again = world.scscf("fragile")
    assert again.wait([one.names["i1"]], 1, 20)
    assert ended(world, one)[0][1] == "done"
    count_row("whom pushes reach")


def test_who_cannot_be_reached_is_given_up_and_his_registration_ends(world, count_row):
    gone = world.scscf("gone")
    one, other = world.create(SHAPE, label="gone"), world.create(SHAPE, label="gone")
    gone.close()
    gone.connection.close()
    world.change(one, SUSPEND)
    world.change(other, DISPLAY_NAME)
    assert eventually(lambda: world.pushes(one) and world.pushes(other), 5, 0.02)
    world.product.sql("UPDATE quintet.push SET created_at = now() - interval '2 hours' WHERE destination_host = %s", (host("gone"),))
    assert [row[1] for row in ended(world, one) + ended(world, other)] == ["given_up", "given_up"]
    assert world.subscriptions.state(one)["s1"] == "not_registered"
    assert world.subscriptions.state(other)["s1"] == "registered", "a PPR ends nothing"
    assert world.product.events("push_given_up")
    count_row("whom pushes reach")


def test_a_replaced_server_is_told_and_the_new_one_keeps_its_registration(world, scscf, count_row):
    old = world.scscf("old")
    one = world.create(ALONE, label="old")
    request = cx.mar(one.names["i1"], one.names["u1"], name("scscf"), sender=cx.Sender.on(scscf.connection))
    assert cx.result_of(scscf.connection.request(request)) == SUCCESS
    (rtr,) = old.wait([one.names["i1"]])
    assert rtr.reason == 1 and rtr.impus == (one.names["u1"],)
    assert ended(world, one)[0][1] == "done"
    state = world.subscriptions.state(one)
    assert state["scscf"][1] == host("scscf") and state["s1"] == "registered"
    assert PERMANENT_TERMINATION not in {push.reason for push in old.about([one.names["i1"]])}
    count_row("whom pushes reach")


# Digest secrets

@pytest.mark.parametrize("state", ("registered", "pending"))
def test_a_digest_secret_is_pushed_alone(world, scscf, count_row, state):
    card = world.subscribers.create(schemes=("sip-digest",), digest={"realm": "digest.example.net", "password": "first"})
    mar = cx.mar(card.impi, card.impu, name("scscf"), "SIP Digest", sender=cx.Sender.on(scscf.connection))
    assert cx.result_of(scscf.connection.request(mar)) == SUCCESS
    if state == "registered":
        sar = cx.sar(card.impi, [card.impu], 1, name("scscf"), sender=cx.Sender.on(scscf.connection))
        assert cx.result_of(scscf.connection.request(sar)) == SUCCESS
    world.subscribers.import_digest(card.impi, realm="digest.example.net", password="second")
    (push,) = scscf.wait([card.impi])
    maa = cx.parse_maa(scscf.connection.request(cx.mar(card.impi, card.impu, name("scscf"), "SIP Digest", sender=cx.Sender.on(scscf.connection))))
    assert push.user_data is None and push.digest == maa.items[0].digest
    kept = world.product.sql("SELECT to_jsonb(p)::text FROM quintet.push p") + world.product.sql("SELECT to_jsonb(c)::text FROM quintet.change c")
    assert not any(push.digest.ha1 in text or "second" in text for (text,) in kept)
    count_row("digest secrets pushed")


# Several servers

def test_two_servers_send_a_push_once(world, count_row):
    with Server(world.product, "pushes2") as second:
        label = "both"
        ones = [world.create(SHAPE, label=label) for _ in range(10)]
        first_end = world.scscf(label)
        other = world.product.connect("probe", port=second.port)
        other.close()
        for one in ones:
            world.change(one, DISPLAY_NAME)
        for one in ones:
            assert ended(world, one)[0][1:3] == ("done", 1)
            assert len(first_end.about([one.names["i1"]])) == 1
    count_row("whom pushes reach")


def test_a_removed_subscription_leaves_no_row_and_no_registration(world, scscf):
    one = world.create(SHAPE)
    world.change(one, "DELETE FROM quintet.subscription WHERE id = %(id)s")
    assert ended(world, one)[0][:2] == ("RTR", "done")
    world.product.sql("UPDATE quintet.push SET settled_at = now() - interval '30 days' WHERE subscription_id = %s", (one.id,))
    assert eventually(lambda: not world.pushes(one), 10, 0.1), "it is kept for ever"
    for table in ("impi", "impi_set", "registration_set", "change"):
        column = "subject" if table == "change" else "subscription_id"
        assert world.product.value(f"SELECT count(*) FROM quintet.{table} WHERE {column} = %s", (one.id,)) == 0
