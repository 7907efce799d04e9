# SPDX-License-Identifier: Apache-2.0
"""An S-CSCF that another one replaces gets an RTR for all that was registered there (TS 29.228 8.1)."""

import judge
import mar_rows
import pytest
from peer import cx
from peer.checks import result_of
from subscribers import State

REGISTERED_THERE = State(**mar_rows.THEIRS, **mar_rows.REGISTERED)
_MEMBER = """
INSERT INTO quintet.impu (identity, type, set_id, position, barred)
SELECT %s, %s, set_id, %s, %s FROM quintet.impu WHERE identity = %s
"""
_OTHER_SET = """
WITH new_set AS (
  INSERT INTO quintet.registration_set (subscription_id, state)
  SELECT t.subscription_id, %(state)s FROM quintet.registration_set t JOIN quintet.impu u ON u.set_id = t.id
  WHERE u.identity = %(of)s RETURNING id, subscription_id),
associated AS (
  INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, registered)
  SELECT i.id, s.id, s.subscription_id, %(state)s = 'registered' FROM new_set s, quintet.impi i WHERE i.identity = %(impi)s)
INSERT INTO quintet.impu (identity, set_id) SELECT %(impu)s, id FROM new_set
"""


@pytest.fixture
def card(subscribers):
    return subscribers.create(REGISTERED_THERE)


def authenticate(peers, card):
    request = cx.mar(card.impi, card.impu, server_name=mar_rows.A, sender=cx.Sender.on(peers["scscf"]))
    assert result_of(peers["scscf"].request(request)) == mar_rows.SUCCESS


def local(card, label):
    return card.impu.replace("sip:", f"sip:{label}.")


def test_all_members_of_all_registered_sets_are_listed_in_their_order(product, subscribers, peers, card):
    barred, wildcard, elsewhere, unregistered = (local(card, label) for label in ("barred", "!.*!", "other", "unregistered"))
    product.sql(_MEMBER, (barred, "distinct_pui", 0, True, card.impu))
    product.sql(_MEMBER, (wildcard, "wildcarded_pui", 2, False, card.impu))
    for impu, state in ((elsewhere, "registered"), (unregistered, "unregistered")):
        product.sql(_OTHER_SET, {"of": card.impu, "impi": card.impi, "impu": impu, "state": state})
    authenticate(peers, card)
    assert subscribers.pushes(card) == [judge.deregistration(mar_rows.THEIRS, card, impus=[barred, card.impu, elsewhere])]


def test_further_private_identities_are_associated_when_they_are_registered(product, subscribers, peers, card):
    registered, silent = subscribers.sibling(card), subscribers.sibling(card)
    product.sql("UPDATE quintet.impi_set SET registered = true WHERE impi_id = (SELECT id FROM quintet.impi WHERE identity = %s)",
                (registered.impi,))
    authenticate(peers, card)
    assert subscribers.pushes(card) == [judge.deregistration(mar_rows.THEIRS, card, associated=[registered.impi])]
    assert subscribers.pushes(registered) == subscribers.pushes(silent) == []


def test_the_user_name_is_one_that_the_old_server_knows(product, subscribers, peers, card):
    newcomer = subscribers.sibling(card)
    authenticate(peers, newcomer)
    assert subscribers.pushes(card) == [judge.deregistration(mar_rows.THEIRS, card)]
    assert subscribers.pushes(newcomer) == []


def test_a_second_request_of_the_new_server_tells_nobody_again(subscribers, peers, card):
    authenticate(peers, card)
    authenticate(peers, card)
    assert len(subscribers.pushes(card)) == 1
