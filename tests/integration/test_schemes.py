# SPDX-License-Identifier: Apache-2.0
"""Schemes beside AKA: they need no card and no number, a secret cannot be moved, a batch may hold all; and a repeated request."""

import judge
import mar_rows
import pytest
import scheme_rows
from peer import cx
from peer.auth_items import GIBA, NASS_BUNDLED, SIP_DIGEST
from peer.checks import result_of
from product import Server, toml_with
from subscribers import State
from test_batches import row_held
from test_multimedia_auth import Scene

USERS = {scheme: user for scheme, user, _ in scheme_rows.ONE_OF_EACH}
FIRST_STATE = State()


@pytest.fixture(scope="module")
def users(subscribers):
    return {scheme: subscribers.create(**user) for scheme, user in USERS.items()}


def ask(connection, card, scheme, **more):
    request = cx.mar(card.impi, card.impu, scheme=scheme, sender=cx.Sender.on(connection), **more)
    return request, cx.parse_maa(connection.request(request))


def expect_item(connection, card, scheme):
    request, maa = ask(connection, card, scheme)
    item = dict(next(item for name, _, item in scheme_rows.ONE_OF_EACH if name == scheme))
    scene = Scene(card, None, FIRST_STATE)
    judge.check_item(request, maa, {name: value(scene) if callable(value) else value for name, value in item.items()})


@pytest.mark.parametrize("scheme", USERS)
def test_no_credential_is_needed(product, subscribers, peers, scheme):
    card = subscribers.create(**USERS[scheme])
    product.sql("UPDATE quintet.impi SET credential_id = NULL WHERE identity = %s", (card.impi,))
    expect_item(peers["scscf"], card, scheme)


@pytest.mark.parametrize("scheme", USERS)
def test_a_credential_that_somebody_holds_is_not_waited_for(product, peers, users, scheme):
    with row_held(product, users[scheme].credential):
        expect_item(peers["scscf"], users[scheme], scheme)


def test_a_secret_does_not_open_for_another_identity(product, subscribers, peers, users):
    thief = subscribers.create(**USERS[SIP_DIGEST])
    product.sql("UPDATE quintet.digest_secret AS d SET (realm, md5_sealed, sha256_sealed) ="
                " (SELECT realm, md5_sealed, sha256_sealed FROM quintet.digest_secret JOIN quintet.impi ON id = impi_id"
                " WHERE identity = %s) FROM quintet.impi i WHERE i.id = d.impi_id AND i.identity = %s",
                (users[SIP_DIGEST].impi, thief.impi))
    maa = ask(peers["scscf"], thief, SIP_DIGEST)[1]
    assert result_of(maa.message) == mar_rows.UNABLE
    judge.check_error(maa)
    expect_item(peers["scscf"], users[SIP_DIGEST], SIP_DIGEST)


def test_an_sha256_secret_does_not_open_as_another_algorithm(product, subscribers, peers):
    card = subscribers.create(schemes=("sip-digest",), digest={"realm": "r", "ha1": "00" * 16})
    product.sql("UPDATE quintet.digest_secret SET sha256_sealed = decode(rpad(encode(md5_sealed, 'hex'), 120, '0'), 'hex')"
                " WHERE impi_id = (SELECT id FROM quintet.impi WHERE identity = %s)", (card.impi,))
    assert result_of(ask(peers["scscf"], card, SIP_DIGEST)[1].message) == mar_rows.UNABLE


def test_a_new_password_counts_from_the_next_request_on(subscribers, peers):
    card = subscribers.create(**USERS[SIP_DIGEST])
    expect_item(peers["scscf"], card, SIP_DIGEST)
    subscribers.import_digest(card.impi, realm=scheme_rows.REALM, password="another")
    request, maa = ask(peers["scscf"], card, SIP_DIGEST)
    judge.check_item(request, maa, {"digest": scheme_rows.digest_of("another")["digest"](Scene(card, None, FIRST_STATE))})


def test_a_burst_of_all_schemes_answers_each_with_its_own(subscribers, peers, users):
    cards = [(cx.AKA_V1, subscribers.create()), *users.items()] * 20
    connection = peers["scscf"]
    requests = [cx.mar(card.impi, card.impu, scheme=scheme, sender=cx.Sender.on(connection)) for scheme, card in cards]
    connection.send_many(requests)
    for request, (scheme, _) in zip(requests, cards, strict=True):
        maa = cx.parse_maa(connection.wait(request, 15))
        assert list(cx.maa_problems(request, maa)) == []
        assert maa.items[0].scheme == scheme


def test_what_needs_no_token_is_served_without_one(product, users, subscribers, tmp_path):
    aka = subscribers.create()
    with Server(product, "tokenless", toml_with(product, {"token.pin_file": str(tmp_path / "none")})) as server:
        with product.connect(port=server.port) as connection:
            for scheme in (NASS_BUNDLED, GIBA):
                expect_item(connection, users[scheme], scheme)
            for scheme, card in ((SIP_DIGEST, users[SIP_DIGEST]), (cx.AKA_V1, aka)):
                assert result_of(ask(connection, card, scheme)[1].message) == mar_rows.UNABLE, scheme


def test_a_repeated_request_gets_fresh_vectors(subscribers, peers):
    """TS 29.228 6.3 knows no duplicates, and a vector may be used once (TS 33.102 6.3.2)."""
    card, connection = subscribers.create(), peers["scscf"]
    first = cx.mar(card.impi, card.impu, items=2, sender=cx.Sender.on(connection))
    again = cx.sent_again(first)
    answers = [cx.parse_maa(connection.request(request)) for request in (first, again)]
    for number, (request, maa) in enumerate(zip((first, again), answers, strict=True)):
        seq, ind = FIRST_STATE.seq + 2 * number, judge.IMS_RANGE[number]
        judge.check_success(request, maa, card, [(seq + 1, ind), (seq + 2, ind)])
    assert not {item.rand for item in answers[0].items} & {item.rand for item in answers[1].items}
