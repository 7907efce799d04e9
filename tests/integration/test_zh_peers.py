# SPDX-License-Identifier: Apache-2.0
"""Who may ask over Zh, what an outage is told as there, and that neither a held row nor a flood of it holds up anybody else."""

import pytest
from peer import cx, zh
from peer.checks import result_of
from peer.connection import CX_APPLICATION, PeerError
from zh_server import BSF, PERMITS, connect, open_server

SUCCESS, REJECTED, TOO_BUSY, UNABLE = (0, 2001), (0, 5003), (0, 3004), (0, 5012)
BOTH = [CX_APPLICATION, zh.APPLICATION]
PROBE = {"peer": f"probe.{cx.HOME_REALM}", "commands": ["LIR"]}  # who looks whether the server is there
NUMBERS = ("SELECT FROM quintet.sqn_state s JOIN quintet.credential c USING (fingerprint) JOIN quintet.impi i ON i.credential_id = c.id"
           " WHERE i.identity = %s FOR UPDATE OF s")


def asked(connection, card, **more):
    return result_of(connection.request(zh.mar(card.impi, sender=cx.Sender.on(connection), **more)))


@pytest.fixture(scope="module")
def card(subscribers):
    return subscribers.create()

def test_capabilities_name_the_application(product, zh_server):
    with connect(product, zh_server) as bsf:
        offered = [{(inner.name, inner.value) for inner in one.value} for one in bsf.cea.findall("Vendor-Specific-Application-Id")]
        assert set(zh.APPLICATION[1]) in offered and set(CX_APPLICATION[1]) in offered


def test_a_cscf_gets_no_key_of_gba(product, zh_server, card, subscribers):
    """Who may ask everything of Cx may ask nothing of Zh without being told."""
    before = subscribers.state(card)
    with product.connect("scscf4", port=zh_server.port, applications=BOTH) as scscf:
        assert asked(scscf, card) == REJECTED
    assert subscribers.state(card) == before


def test_a_bsf_gets_nothing_of_cx(product, card):
    """Its own row is the only one that names it."""
    with open_server(product, "gba", diameter__permit=[*PERMITS[1:], PROBE]) as server:
        with product.connect("bsf", port=server.port, applications=BOTH) as bsf:
            assert asked(bsf, card) == SUCCESS
            assert result_of(bsf.request(cx.mar(card.impi, card.impu, sender=cx.Sender.on(bsf)))) == REJECTED
        with pytest.raises(PeerError, match="3010"):
            product.connect("scscf", port=server.port)


def test_a_single_command_is_permitted_by_its_name(product, card):
    with open_server(product, "gba", diameter__permit=[{"peer": BSF, "commands": ["Zh:MAR"]}, PROBE]) as server:
        with connect(product, server) as bsf:
            assert asked(bsf, card) == SUCCESS


@pytest.mark.parametrize("busy, told", [(None, TOO_BUSY), ("5012", UNABLE), ({"Zh:MAR": "5012"}, UNABLE), ({"MAR": "5012"}, TOO_BUSY)])
def test_a_database_that_is_away_is_told_as_the_peer_wants_it(product, card, busy, told):
    peers = [] if busy is None else [{"peer": BSF, "busy": busy}]
    away = {"diameter__peer": peers, "database__conninfo": "host=/nonexistent dbname=nothing user=nobody"}
    with open_server(product, "away", **away) as server, connect(product, server) as bsf:
        assert asked(bsf, card) == told


def test_a_held_row_is_busy_in_time_and_holds_up_nobody_else(product, zh_server, subscribers):
    held, other = subscribers.create(), subscribers.create()
    with connect(product, zh_server) as bsf:
        with product.held(NUMBERS, (held.impi,)):
            waiting = zh.mar(held.impi, sender=cx.Sender.on(bsf))
            bsf.send(waiting)
            assert asked(bsf, other) == SUCCESS
            assert result_of(bsf.wait(waiting)) == TOO_BUSY
        assert asked(bsf, held) == SUCCESS


def test_who_is_refused_waits_for_no_row(product, zh_server, subscribers):
    card = subscribers.create(schemes=("giba",))
    with connect(product, zh_server) as bsf, product.held(NUMBERS, (card.impi,)):
        assert asked(bsf, card) == (10415, 5402)


def test_the_name_space_is_the_operators(product, card, subscribers):
    one = subscribers.create()
    product.sql("INSERT INTO quintet.guss (impi_id) SELECT id FROM quintet.impi WHERE identity = %s", (one.impi,))
    with open_server(product, "bare", zh__guss_namespace="") as server, connect(product, server) as bsf:
        maa = zh.parse_maa(bsf.request(zh.mar(one.impi, sender=cx.Sender.on(bsf))))
    assert zh.Guss.parse(maa.guss, "") == zh.Guss(one.impi)


def test_the_amf_is_that_of_gba(product, subscribers):
    one = subscribers.create()
    with open_server(product, "amf", authentication__amf={"ims": "0001", "gba": "0102"}) as server:
        with connect(product, server) as bsf, product.connect("scscf", port=server.port) as scscf:
            items = [zh.parse_maa(bsf.request(zh.mar(one.impi, sender=cx.Sender.on(bsf)))).items,
                     cx.parse_maa(scscf.request(cx.mar(one.impi, one.impu, sender=cx.Sender.on(scscf)))).items]
    assert [one.usim(delta=1 << 43).authenticate(item.rand, item.autn).amf.hex() for (item,) in items] == ["0102", "0001"]


def test_an_index_range_that_is_missing_refuses_and_says_so(product, subscribers):
    """A node whose AuC does not serve GBA: 5012, never a number of another domain."""
    one = subscribers.create()
    with open_server(product, "noind", sqn__ranges={"ims": [16, 23]}) as server, connect(product, server) as bsf:
        assert asked(bsf, one) == UNABLE
        assert "sqn_refused" in server.log()
