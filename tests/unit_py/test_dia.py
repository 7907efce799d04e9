# SPDX-License-Identifier: Apache-2.0
"""The reader of dictionaries, and that those beside it hold together."""

import pytest
from peer import dia, dictionary
from peer.dia import AvpType, Rule

TOY = """
;; Toys: not a standard.
@id 99
@name toy
@prefix toy
@vendor 7 Toymaker
@inherits base
@avp_vendor_id 8 Wheel Bell
;; M either way: Bell

@avp_types
  Car    1 Grouped    MV
  Colour 2 Enumerated -
  Wheel  3 OctetString V
  Bell   4 Unsigned32 MV ; of a bicycle
@grouped
  Car ::= < AVP Header: 1 7 > { Colour } 2*4 { Wheel } [ Bell ]
    *3 [ Toy ] * [ AVP ]
@messages
  PLR ::= < Diameter Header: 303, REQ, PXY > < Session-Id > 1* { Car }
  PLA ::= < Diameter Header: 303, PXY > < Session-Id > [ Car ] [ Bell ]
@enum Colour
  RED 0
  BLUE 1
"""


def test_every_section_is_read():
    toy = dia.parse(TOY)
    assert (toy.id, toy.name, toy.vendor, toy.inherits) == (99, "toy", 7, ["base"])
    assert toy.avps == {"Car": AvpType(1, 7, "Car", "Grouped", "M"), "Colour": AvpType(2, 0, "Colour", "Enumerated", "-"),
                        "Wheel": AvpType(3, 8, "Wheel", "OctetString", "-"), "Bell": AvpType(4, 8, "Bell", "Unsigned32", "?")}
    assert toy.values == {"Colour": {"RED": 0, "BLUE": 1}}
    assert {name: (one.code, one.is_request) for name, one in toy.messages.items()} == {"PLR": (303, True), "PLA": (303, False)}


def test_how_often_is_read():
    toy = dia.parse(TOY)
    assert (toy.groups["Car"].code, toy.groups["Car"].vendor) == (1, 7)
    assert toy.groups["Car"].rules == (Rule("Colour", 1, 1, False), Rule("Wheel", 2, 4, False), Rule("Bell", 0, 1, False),
                                       Rule("Toy", 0, 3, False), Rule("AVP", 0, None, False))
    assert toy.messages["PLR"].rules == (Rule("Session-Id", 1, 1, True), Rule("Car", 1, None, False))


@pytest.mark.parametrize("right, wrong", [("@grouped", "@codecs toys"), ("{ Colour }", "{ Colour"), ("2*4 {", "2-4 {"), ("Wheel  3", "Wheel")])
def test_what_is_not_understood_is_refused(right, wrong):
    with pytest.raises(ValueError):
        dia.parse(TOY.replace(right, wrong))


def test_every_name_of_a_grammar_is_an_avp():
    grammars = [*dictionary.GRAMMARS.values(), *dictionary.GROUPS.values()]
    assert {rule.name for one in grammars for rule in one.rules} - {"AVP"} <= set(dictionary.BY_NAME)
    assert set(dictionary.VALUES) | set(dictionary.SECRET) <= set(dictionary.BY_NAME)


def test_every_grouped_avp_has_a_grammar_under_its_own_number():
    grouped = {avp.name: (avp.code, avp.vendor) for avp in dictionary.AVPS if avp.type == "Grouped"}
    assert {name: (one.code, one.vendor) for name, one in dictionary.GROUPS.items()} == grouped


def test_no_avp_has_two_names():
    assert len(dictionary.BY_CODE) == len(dictionary.BY_NAME)
    assert {(10415, code) for code in range(600, 667)} <= set(dictionary.BY_CODE)


def test_every_command_has_a_request_and_an_answer():
    assert {(application, code, not is_request) for application, code, is_request in dictionary.GRAMMARS} == set(dictionary.GRAMMARS)


def test_a_command_is_named_by_its_application():
    assert dictionary.command_name(dictionary.CX, 303, False) == "MAA"
    assert dictionary.command_name(0, 303, True) == "request 303 of application 0"


def test_two_files_may_not_contradict_each_other(monkeypatch):
    other = dia.parse("@id 1\n@name other\n@avp_types\n  Public-Identity 601 OctetString MV\n")
    monkeypatch.setattr(dictionary, "APPLICATIONS", {**dictionary.APPLICATIONS, 1: other})
    with pytest.raises(ValueError, match="Public-Identity of other.dia"):
        dictionary._merged("avps")
