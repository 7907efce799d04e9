# SPDX-License-Identifier: Apache-2.0
"""Milenage against the published known answers (TS 35.207, TS 35.208)."""

import pytest
from peer.milenage import Milenage, opc_of


def octets(one):
    return {name: value if name == "id" else bytes.fromhex(value) for name, value in one.items()}


def test_all_outputs(milenage_set):
    known = octets(milenage_set)
    card = Milenage(known["K"], known["OPc"])
    rand, sqn, amf = known["RAND"], known["SQN"], known["AMF"]
    assert opc_of(known["K"], known["OP"]) == known["OPc"]
    assert card.f1(rand, sqn, amf) == known["f1"]
    assert card.f1_star(rand, sqn, amf) == known["f1star"]
    assert card.f2345(rand) == (known["f2"], known["f3"], known["f4"], known["f5"])
    assert card.f5_star(rand) == known["f5star"]


def test_tokens(milenage_set):
    known = octets(milenage_set)
    card = Milenage(known["K"], known["OPc"])
    assert card.autn(known["RAND"], known["SQN"], known["AMF"]) == known["AUTN"]
    assert card.auts(known["RAND"], known["SQN"]) == known["AUTS"]
    opened = card.open_autn(known["RAND"], known["AUTN"])
    assert (opened.sqn, opened.amf, opened.mac_ok) == (known["SQN"], known["AMF"], True)


@pytest.mark.parametrize("position", range(16))
def test_any_wrong_octet_of_autn_breaks_the_mac(first_set, position):
    autn = bytearray(first_set["AUTN"])
    autn[position] ^= 1
    assert not Milenage(first_set["K"], first_set["OPc"]).open_autn(first_set["RAND"], bytes(autn)).mac_ok


def test_auts_depends_on_the_dummy_amf(first_set):
    card = Milenage(first_set["K"], first_set["OPc"])
    assert card.auts(first_set["RAND"], first_set["SQN"], first_set["AMF"]) != first_set["AUTS"]


def test_key_lengths_are_checked():
    with pytest.raises(ValueError):
        Milenage(bytes(15), bytes(16))
