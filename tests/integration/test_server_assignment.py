# SPDX-License-Identifier: Apache-2.0
"""Server-Assignment beyond single requests: the same one again, on either server, locks, batches, what is forgotten."""

import contextlib

import pytest
from peer import cx
from peer.checks import result_of
from peer.restoration import Restoration, contact
from product import Server
from registration_rows import ALONE, ASSIGNMENT_TYPE, PSI, SUCCESS, TWINS, TWO_SETS, UNABLE, pending, registered, unregistered
from subscriptions import changed, fresh
from support.instance import eventually

REGISTRATION, RE_REGISTRATION, USER_DEREGISTRATION = 1, 2, 5
MULTIPLE = {"multiple": 1, "features": cx.IMS_RESTORATION, "restoration": Restoration("i1", (contact("one"),))}


@pytest.fixture(scope="module")
def second(product):
    with Server(product, "second") as server, product.connect(port=server.port) as connection:
        yield connection


def sar(one, connection, kind, impi="i1", impus=("u1",), **more):
    if "restoration" in more:
        more["restoration"] = Restoration(one.names["i1"], more["restoration"].contacts)
    return cx.sar(one.names[impi], [one.names[impu] for impu in impus], kind, sender=cx.Sender.on(connection), **more)


def subscription_held(product, one):
    return product.held("SELECT 1 FROM quintet.subscription WHERE id = %s FOR UPDATE", (one.id,))


# The same request again (RFC 6733 3, T flag)

@pytest.fixture(params=["the same server", "the other server"])
def again_at(request, peers, second):
    return peers["scscf"] if request.param == "the same server" else second


def test_late_repetition_does_not_register_again(subscriptions, peers, again_at):
    one = subscriptions.create(ALONE, pending())
    first = sar(one, peers["scscf"], REGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    assert result_of(peers["scscf"].request(sar(one, peers["scscf"], USER_DEREGISTRATION))) == SUCCESS
    gone = subscriptions.state(one)
    again = again_at.request(cx.sent_again(first))
    assert result_of(again) == SUCCESS and again.value("User-Data") is not None
    assert subscriptions.state(one) == gone == fresh(ALONE)


def test_late_repetition_does_not_deregister_again(subscriptions, peers, again_at):
    one = subscriptions.create(ALONE, registered())
    first = sar(one, peers["scscf"], USER_DEREGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    assert result_of(peers["scscf"].request(sar(one, peers["scscf"], REGISTRATION))) == SUCCESS
    assert result_of(again_at.request(cx.sent_again(first))) == SUCCESS
    assert subscriptions.state(one) == changed(fresh(ALONE), registered())


def test_repeated_re_registration_that_changed_nothing(subscriptions, peers, again_at):
    one = subscriptions.create(ALONE, registered())
    first = sar(one, peers["scscf"], RE_REGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    assert result_of(peers["scscf"].request(sar(one, peers["scscf"], USER_DEREGISTRATION))) == SUCCESS
    assert result_of(again_at.request(cx.sent_again(first))) == SUCCESS
    assert subscriptions.state(one) == fresh(ALONE)


def test_late_repetition_of_a_service_identity_that_was_dropped(subscriptions, peers, again_at):
    """USER_DEREGISTRATION fits it only while it is unregistered, which it is no longer."""
    one = subscriptions.create(PSI, unregistered())
    first = sar(one, peers["scscf"], USER_DEREGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    assert result_of(again_at.request(cx.sent_again(first))) == SUCCESS
    assert subscriptions.state(one) == fresh(PSI)


def test_repetition_ends_as_the_first(subscriptions, peers, again_at):
    """Judged anew it would be told that it had been registered before."""
    one = subscriptions.create(ALONE, registered())
    first = sar(one, peers["scscf"], REGISTRATION, **MULTIPLE)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    assert result_of(again_at.request(cx.sent_again(first))) == SUCCESS
    assert result_of(again_at.request(sar(one, again_at, REGISTRATION, **MULTIPLE))) == ASSIGNMENT_TYPE


def test_repetition_while_the_first_is_under_way(product, subscriptions, peers, again_at):
    one = subscriptions.create(ALONE, registered())
    first = sar(one, peers["scscf"], REGISTRATION, **MULTIPLE)
    again = cx.sent_again(first)
    with product.held("LOCK quintet.request_seen IN SHARE MODE"):  # the first has its subscription, and waits to remember
        peers["scscf"].send(first)
        assert eventually(lambda: product.waiting() == 1, 5, 0.01)
        again_at.send(again)
    assert result_of(peers["scscf"].wait(first)) == result_of(again_at.wait(again)) == SUCCESS
    assert subscriptions.seen(first) == 1


def test_repetition_of_what_was_never_received(subscriptions, peers):
    one = subscriptions.create(ALONE, pending())
    first = sar(one, peers["scscf"], REGISTRATION)
    assert result_of(peers["scscf"].request(cx.sent_again(first))) == SUCCESS
    assert subscriptions.state(one) == changed(fresh(ALONE), registered())


def test_refusal_is_judged_anew(subscriptions, peers):
    one = subscriptions.create(ALONE, registered())
    asked = sar(one, peers["scscf2"], REGISTRATION, server_name=f"sip:scscf2.{cx.HOME_REALM}:6060")
    assert result_of(peers["scscf2"].request(asked)) == (10415, 5005)
    assert result_of(peers["scscf"].request(sar(one, peers["scscf"], USER_DEREGISTRATION))) == SUCCESS
    assert result_of(peers["scscf2"].request(cx.sent_again(asked))) == SUCCESS


def test_identifier_of_another_host_is_another_request(subscriptions, peers):
    one = subscriptions.create(ALONE, registered())
    first = sar(one, peers["scscf"], RE_REGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    other = sar(one, peers["scscf2"], USER_DEREGISTRATION, end_to_end=first.end_to_end)
    assert result_of(peers["scscf2"].request(cx.sent_again(other))) == SUCCESS
    assert subscriptions.state(one) == fresh(ALONE)


def test_repeated_identifier_for_something_else_is_another_request(subscriptions, peers):
    """Nobody gets a profile, or is thought to have left, because of an identifier that an answered request had."""
    mine, other = subscriptions.create(ALONE, registered()), subscriptions.create(ALONE, registered())
    at = peers["scscf2"]
    first = sar(mine, peers["scscf"], RE_REGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    leave = cx.sent_again(sar(mine, peers["scscf"], USER_DEREGISTRATION, end_to_end=first.end_to_end))
    assert result_of(peers["scscf"].request(leave)) == SUCCESS
    assert subscriptions.state(mine) == fresh(ALONE)
    taken = sar(mine, at, REGISTRATION, server_name=f"sip:scscf2.{cx.HOME_REALM}:6060")
    assert result_of(at.request(taken)) == SUCCESS
    foreign = sar(other, at, REGISTRATION, server_name=f"sip:scscf2.{cx.HOME_REALM}:6060", end_to_end=taken.end_to_end)
    answer = at.request(cx.sent_again(foreign))
    assert result_of(answer) == (10415, 5005) and answer.value("User-Data") is None


def test_identifier_used_anew_without_the_flag_is_a_new_request(subscriptions, peers):
    one = subscriptions.create(ALONE, registered())
    first = sar(one, peers["scscf"], RE_REGISTRATION)
    assert result_of(peers["scscf"].request(first)) == SUCCESS
    leave = sar(one, peers["scscf"], USER_DEREGISTRATION, end_to_end=first.end_to_end)
    assert result_of(peers["scscf"].request(leave)) == SUCCESS
    assert subscriptions.state(one) == fresh(ALONE)


def test_old_requests_are_forgotten(product, subscriptions, peers):
    one = subscriptions.create(ALONE)
    old, young = (sar(one, peers["scscf"], REGISTRATION) for _ in range(2))
    for request in (old, young):
        assert result_of(peers["scscf"].request(request)) == SUCCESS
    product.sql("UPDATE quintet.request_seen SET seen_at = now() - interval '5 minutes 1 second' WHERE end_to_end = %s",
                (old.end_to_end,))
    product.sql("INSERT INTO quintet.request_seen SELECT 'crowd', n, now() + (n % 2 * 12 - 6) * interval '1 minute', 'success', sha256('')"
                " FROM generate_series(1, 5000) AS n")
    assert eventually(lambda: product.value("SELECT count(*) FROM quintet.request_seen"
                                            " WHERE origin_host = 'crowd' OR end_to_end = %s", (old.end_to_end,)) == 0, 20, 0.1)
    assert subscriptions.seen(young) == 1


# Locks and batches

def test_profile_is_read_without_locks(product, subscriptions, peers):
    one = subscriptions.create(ALONE, registered())
    with subscription_held(product, one):
        assert result_of(peers["scscf"].request(sar(one, peers["scscf"], 0), timeout=2)) == SUCCESS


def test_whole_sets_move_in_one_batch(subscriptions, peers):
    """Members of many subscriptions, all types mixed, at once: each subscription ends as if they came one by one."""
    many = [subscriptions.create(TWO_SETS, registered()) for _ in range(40)]
    requests = [sar(one, peers["scscf"], kind, impus=impus) for one in many
                for kind, impus in ((RE_REGISTRATION, ("u1",)), (REGISTRATION, ("u3",)), (0, ("u2",)))]
    peers["scscf"].send_many(requests)
    assert {result_of(peers["scscf"].wait(request)) for request in requests} == {SUCCESS}
    for one in many:
        assert subscriptions.state(one) == changed(fresh(TWO_SETS), {**registered(), **registered(name="s2")})


@contextlib.contextmanager
def poison(product, one):
    """A trigger that refuses to write one set."""
    product.sql("""CREATE FUNCTION quintet.poison() RETURNS trigger LANGUAGE plpgsql AS $$
                     BEGIN RAISE EXCEPTION 'poison'; END $$""")
    product.sql(f"""CREATE TRIGGER poison BEFORE UPDATE ON quintet.registration_set
                    FOR EACH ROW WHEN (NEW.id = {one.ids['s1']}) EXECUTE FUNCTION quintet.poison()""")
    try:
        yield
    finally:
        product.sql("DROP FUNCTION quintet.poison() CASCADE")


def test_one_poisonous_member_fails_alone_and_wholly(product, subscriptions, peers):
    many = [subscriptions.create(TWINS, pending()) for _ in range(30)]
    guilty = many[17]
    requests = [sar(one, peers["scscf"], REGISTRATION) for one in many]
    before = subscriptions.state(guilty)
    with poison(product, guilty):
        peers["scscf"].send_many(requests)
        answers = [result_of(peers["scscf"].wait(request)) for request in requests]
    assert answers == [UNABLE if one is guilty else SUCCESS for one in many]
    assert subscriptions.state(guilty) == before
    assert subscriptions.seen(requests[17]) == 0
    assert result_of(peers["scscf"].request(requests[17])) == SUCCESS
