# SPDX-License-Identifier: Apache-2.0
"""The token is closed and opened again every so many destroyed keys, under load, and no request is lost by it."""

import random
import re
import time

import pytest
from peer import cx
from peer.checks import result_of
from product import Product
from subscribers import Subscribers

KEYS = 60
REQUESTS = 1500


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    settings = {"token.cache": 5, "token.refresh_after": 50}
    with Product(tmp_path_factory.mktemp("refresh") / "var", settings) as running:
        yield running


def ask(product, cards, count):
    connection = product.connect("scscf")
    sender = cx.Sender.on(connection)
    choose = random.Random(1)
    requests = (cx.mar(card.impi, card.impu, sender=sender) for card in (choose.choice(cards) for _ in range(count)))
    answers = list(connection.exchange(requests, 64))
    connection.close()
    assert len(answers) == count
    assert {result_of(answer) for _, answer in answers} == {(0, 2001)}


def test_refreshes_lose_no_request(small):
    subscribers = Subscribers(small)
    cards = [subscribers.create() for _ in range(KEYS)]
    ask(small, cards, REQUESTS)
    time.sleep(1.1)
    ask(small, cards, 200)  # whose lines tell how many were held back
    lines = small.events("token_refresh")
    held_back = sum(int(number) for line in lines for number in re.findall(r"held_back=(\d+)", line))
    assert len(lines) + held_back >= REQUESTS // 100
