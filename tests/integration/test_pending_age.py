# SPDX-License-Identifier: Apache-2.0
"""An authentication that nobody ends counts as pending for a time only (registration.pending_max_age_s); the name stays."""

import time

import pytest
from peer import cx
from peer.checks import result_of
from product import Server, toml_with
from registration_rows import ALONE, NOT_REGISTERED, OURS, SUBSEQUENT, SUCCESS, pending
from subscribers import State

DE_REGISTRATION = 1
OF_THIS = "impi_id = (SELECT id FROM quintet.impi WHERE identity = %s)"
NAMED = dict(zip(("name", "host", "realm"), OURS))


def begun(product, impi, since):
    """The authentication began at another time."""
    product.sql(f"UPDATE quintet.impi_set SET pending_since = now() + %s::interval WHERE {OF_THIS}", (since, impi))


def age(product, impi):
    """Seconds since the authentication began."""
    return float(product.value(f"SELECT extract(epoch FROM clock_timestamp() - pending_since) FROM quintet.impi_set WHERE {OF_THIS}", (impi,)))


def challenge(connection, one):
    answer = connection.request(cx.mar(one.impi, one.impu, sender=cx.Sender.on(connection)))
    assert result_of(answer) == SUCCESS


def leave(connection, one, kind=DE_REGISTRATION):
    return result_of(connection.request(cx.uar(one.impi, one.impu, authorization_type=kind, sender=cx.Sender.on(connection))))


def test_a_challenge_says_when_it_was_made(product, subscribers, peers):
    one = subscribers.create()
    begun(product, one.impi, "-1 day")
    challenge(peers["scscf"], one)
    assert 0 <= age(product, one.impi) < 60
    assert subscribers.state(one).auth_pending


@pytest.mark.parametrize("since, is_renewed", (("-4 minutes", False), ("-6 minutes", True), ("-1 hour", True), ("1 hour", True)))
def test_the_next_challenge_begins_anew(product, subscribers, peers, since, is_renewed):
    """Where it would not have half of its time left; one soon after the first costs no writing."""
    one = subscribers.create(State(**NAMED, auth_pending=True))
    begun(product, one.impi, since)
    challenge(peers["scscf"], one)
    assert (0 <= age(product, one.impi) < 60) == is_renewed
    assert subscribers.state(one).auth_pending


@pytest.mark.parametrize("since, expect", (("-9 minutes -50 seconds", SUCCESS), ("-10 minutes -1 second", NOT_REGISTERED),
                                           ("-100 years", NOT_REGISTERED), ("1 day", SUCCESS)))
def test_the_flag_ages(product, subscribers, peers, since, expect):
    one = subscribers.create(State(**NAMED, auth_pending=True))
    begun(product, one.impi, since)
    assert leave(peers["scscf"], one) == expect
    assert leave(peers["scscf"], one, kind=None) == SUBSEQUENT
    assert subscribers.state(one).name == OURS[0]


def test_whoever_writes_sets_a_time_right_that_is_in_the_future(product, subscriptions, peers):
    one = subscriptions.create(ALONE, pending())
    begun(product, one.names["i1"], "1 day")
    answer = peers["scscf"].request(cx.sar(one.names["i1"], [one.names["u1"]], 1, sender=cx.Sender.on(peers["scscf"])))
    assert result_of(answer) == SUCCESS
    assert 0 <= age(product, one.names["i1"]) < 60


def test_a_challenge_after_a_registration_has_ended(subscribers, peers):
    """Challenged, registered, taken away by the S-CSCF, challenged again: the second challenge is pending."""
    connection, one = peers["scscf"], subscribers.create()
    for kind in (1, 8):
        challenge(connection, one)
        assert leave(connection, one) == SUCCESS
        answer = connection.request(cx.sar(one.impi, [one.impu], kind, sender=cx.Sender.on(connection)))
        assert result_of(answer) == SUCCESS
    challenge(connection, one)
    assert leave(connection, one) == SUCCESS


@pytest.fixture(scope="module")
def hasty(product):
    with Server(product, "hasty", toml_with(product, {"registration.pending_max_age_s": 2})) as server:
        with product.connect(port=server.port) as connection:
            yield connection


def test_the_time_is_a_setting(subscribers, hasty):
    one = subscribers.create()
    challenge(hasty, one)
    assert leave(hasty, one) == SUCCESS
    time.sleep(2.2)
    assert leave(hasty, one) == NOT_REGISTERED
    challenge(hasty, one)
    assert leave(hasty, one) == SUCCESS
