# SPDX-License-Identifier: Apache-2.0
"""Pushes in races, to peers of other manners, with secrets, and from several servers (TS 29.228 6.1.3, 6.2.2)."""

import threading
import time

import pytest
from peer import cx
from peer.cx import IMS_RESTORATION
from peer.pushes import PERMANENT_TERMINATION, SERVER_CHANGE
from product import Server
from push_rows import SHAPE
from push_scene import AGENT, DISPLAY_NAME, EXP, SUSPEND, coded, ended, host, in_turn, name, silence
from registration_rows import ALONE, SUCCESS
from support.instance import eventually


# Races

def test_who_registers_anew_before_the_answer_stays_registered(world, scscf, count_row):
    one = world.create(SHAPE)

    def answer(request, _):
        again = cx.sar(one.names["i1"], [one.names["u1"]], 1, name("scscf"), sender=cx.Sender.on(scscf.connection))
        scscf.connection.request(again)
        scscf.connection.answer(request)
    scscf.answer = answer
    world.change(one, "SELECT quintet.deregister(%(i1 name)s)")
    assert ended(world, one)[0][1] == "done"
    state = world.subscriptions.state(one)
    assert (state["s1"], state["s1 i1"]) == ("registered", "registered") and state["scscf"] is not None
    count_row("races of pushes")


def test_an_assignment_sent_again_whose_registration_an_rtr_has_ended_is_judged_anew(world, scscf, count_row):
    one = world.subscriptions.create(SHAPE)
    sender = cx.Sender.on(scscf.connection)
    request = cx.sar(one.names["i1"], [one.names["u1"]], 1, name("scscf"), sender=sender)
    assert cx.result_of(scscf.connection.request(request)) == SUCCESS
    world.change(one, "SELECT quintet.deregister(%(i1 name)s)")
    assert ended(world, one)[0][1] == "done"
    assert cx.result_of(scscf.connection.request(cx.sent_again(request))) == SUCCESS
    assert world.subscriptions.state(one)["s1"] == "registered"
    leave = cx.sar(one.names["i1"], [one.names["u1"]], 5, name("scscf"), sender=sender)
    assert cx.result_of(scscf.connection.request(leave)) == SUCCESS
    assert cx.result_of(scscf.connection.request(cx.sent_again(request))) == SUCCESS
    assert world.subscriptions.state(one)["s1"] == "not_registered", "that one was ended by the user"
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


def test_an_answer_that_comes_late_leaves_nobody_sure_and_the_newest_goes_again(world, scscf, count_row):
    one = world.create(SHAPE)

    def late(request, _):
        threading.Timer(1.2, scscf.connection.answer, (request,)).start()  # after push.timeout_ms
    scscf.answer = in_turn(late, lambda request, _: scscf.connection.answer(request))
    world.change(one, DISPLAY_NAME)
    assert len(scscf.wait([one.names["i1"]], 2)) == 2
    assert [row[1] for row in ended(world, one)] == ["done", "done"]
    assert world.product.value("SELECT count(*) FROM quintet.push WHERE subscription_id = %s AND cause = 'again'", (one.id,)) == 1
    count_row("races of pushes")


def test_what_waits_for_a_server_that_is_gone_does_not_stand_for_the_one_that_came(world, scscf, count_row):
    away = world.scscf("away")
    one = world.create(SHAPE, label="away")
    away.close()
    away.connection.close()
    world.change(one, DISPLAY_NAME)
    assert eventually(lambda: world.pushes(one), 5, 0.02)
    request = cx.mar(one.names["i1"], one.names["u1"], name("scscf"), sender=cx.Sender.on(scscf.connection))
    assert cx.result_of(scscf.connection.request(request)) == SUCCESS
    world.assign(one, 1)
    world.change(one, DISPLAY_NAME)
    (got,) = scscf.wait([one.names["i1"]])
    assert b"<DisplayName>changed" in got.user_data
    world.product.sql("UPDATE quintet.push SET state = 'cancelled', settled_at = now() WHERE state = 'waiting' AND subscription_id = %s", (one.id,))
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


PRIORITY = ("UPDATE quintet.initial_filter_criteria SET priority = 321 WHERE profile_id ="
            " (SELECT service_profile_id FROM quintet.impu WHERE id = %(u1)s)")


def test_a_registration_that_was_under_way_is_told_of_a_shared_change(world, scscf, count_row):
    """It has read the old profile, and commits when everybody registered has been looked through."""
    one, model = world.create(SHAPE, "not registered"), world.create(SHAPE)
    with world.product.database() as connection:
        connection.set_session(autocommit=False)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE quintet.subscription SET (scscf_name, scscf_host, scscf_realm) ="
                           " (SELECT scscf_name, scscf_host, scscf_realm FROM quintet.subscription WHERE id = %s) WHERE id = %s", (model.id, one.id))
            cursor.execute("UPDATE quintet.registration_set SET state = 'registered' WHERE id = %(s1)s", one.ids)
            cursor.execute("UPDATE quintet.impi_set SET registered = true, told = sha256(''), told_revision = quintet.revision_of_set(set_id)"
                           " WHERE set_id = %(s1)s", one.ids)
            world.change(one, PRIORITY)
            assert eventually(lambda: world.product.value("SELECT count(*) FROM quintet.change WHERE is_shared AND pass = 0") == 0, 5, 0.02)
            time.sleep(0.5)
            assert scscf.about([one.names["i1"]]) == []
            connection.commit()
    connection.close()
    (push,) = scscf.wait([one.names["i1"]])
    assert b"<Priority>321</Priority>" in push.user_data
    count_row("races of pushes")


def test_a_change_waits_for_who_holds_the_subscription(world, scscf, count_row):
    one = world.create(SHAPE)
    with world.product.held("SELECT FROM quintet.subscription WHERE id = %s FOR UPDATE", (one.id,)):
        world.change(one, DISPLAY_NAME)
        time.sleep(0.5)
        assert scscf.about([one.names["i1"]]) == []
    scscf.wait([one.names["i1"]])
    count_row("races of pushes")


def test_an_address_that_changes_ends_the_registration_but_not_the_next_one(world, scscf, count_row):
    card = world.subscribers.create(schemes=("giba",), address="10.0.0.1")

    def register():
        sar = cx.sar(card.impi, [card.impu], 1, name("scscf"), sender=cx.Sender.on(scscf.connection))
        assert cx.result_of(scscf.connection.request(sar)) == SUCCESS

    def back_before_the_answer(request, _):
        register()
        scscf.connection.answer(request)
    register()
    scscf.answer = back_before_the_answer
    assert world.product.value("SELECT quintet.giba_bind(%s, '10.0.0.2')", (card.impi,)) is True
    (rtr,) = scscf.wait([card.impi])
    assert (rtr.reason, rtr.impus) == (PERMANENT_TERMINATION, (card.impu,))
    assert eventually(lambda: world.product.value("SELECT state = 'done' FROM quintet.push WHERE impi = %s", (card.impi,)), 5, 0.02)
    assert world.subscribers.state(card).state == "registered"
    count_row("races of pushes")


def test_a_late_clean_up_of_the_server_does_not_end_who_is_back(world, scscf, count_row):
    """SAR 5 after the user has registered anew, from the S-CSCF that is not his any more."""
    old = world.scscf("late")
    one = world.create(ALONE, label="late")
    world.change(one, "SELECT quintet.deregister(%(i1 name)s)")
    ended(world, one)
    world.assign(one, 1)
    clean_up = cx.sar(one.names["i1"], [one.names["u1"]], 5, name("late"), sender=cx.Sender.on(old.connection))
    assert cx.result_of(old.connection.request(clean_up)) == SUCCESS
    state = world.subscriptions.state(one)
    assert state["s1"] == "registered" and state["scscf"][1] == host("scscf")
    count_row("races of pushes")


@pytest.mark.parametrize("count", (200, pytest.param(1000, marks=pytest.mark.slow)))
def test_a_change_is_told_within_a_second(world, scscf, report, count):
    one = world.create(SHAPE)
    took = []
    for n in range(count):
        began = time.monotonic()
        world.change(one, PRIORITY.replace("321", str(400 + n)))
        push = scscf.wait([one.names["i1"]], n + 1)[-1]
        took.append(1000 * (time.monotonic() - began))
        assert f"<Priority>{400 + n}</Priority>".encode() in push.user_data
    world.quiet(one)
    assert world.assign(one, 2).value("User-Data") == push.user_data, "what a Server-Assignment gives"
    took.sort()
    report(f"a PPR came {took[len(took) // 2]:.1f} ms after the UPDATE (median of {len(took)}; worst {took[-1]:.0f} ms)")


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
    assert world.product.value("SELECT bool_and(told IS NULL) FROM quintet.impi_set WHERE subscription_id = %s", (other.id,)), "for the sweep"
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
    mar = cx.mar(card.impi, card.impu, name("scscf"), "SIP Digest", sender=cx.Sender.on(scscf.connection))
    digest = cx.parse_maa(scscf.connection.request(mar)).items[0].digest
    # the first secret may have come before: it was made while nobody had asked for it
    assert eventually(lambda: digest in [push.digest for push in scscf.about([card.impi])], 10, 0.02), scscf.got
    assert {push.user_data for push in scscf.about([card.impi])} == {None}
    kept = world.product.sql("SELECT to_jsonb(p)::text FROM quintet.push p") + world.product.sql("SELECT to_jsonb(c)::text FROM quintet.change c")
    assert not any(digest.ha1 in text or "second" in text for (text,) in kept)
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
        assert eventually(lambda t=table, c=column: world.product.value(f"SELECT count(*) FROM quintet.{t} WHERE {c} = %s", (one.id,)) == 0, 6)
