# SPDX-License-Identifier: Apache-2.0
"""User-Data-Already-Available = 1: the profile comes again exactly when it is another one than this S-CSCF got last."""

import contextlib
from dataclasses import replace

import pytest
from peer import cx, registration
from peer.checks import result_of
from peer.registration import Charging
from product import Server
from registration_rows import A, ALREADY, B, CHARGING, PAIR, SUCCESS, THEIRS, registered, unregistered
from subscriptions import Ifc, Profile

NO_ASSIGNMENT, REGISTRATION, RE_REGISTRATION, UNREGISTERED_USER, USER_DEREGISTRATION = 0, 1, 2, 3, 5
BOTH = cx.SIFC | cx.ALIAS_IND
INVITE = {"kind": "method", "method": "INVITE"}
SHAPE = replace(PAIR, sets={"s1": ("u1", "u2"), "s2": ("u3",)}, impis={"i1": ("s1", "s2")},
                profile={"u1": Profile((Ifc(None, True, (INVITE,)),), ((Ifc(),),)), "u2": Profile(), "u3": Profile((Ifc(),))})

OF_U1 = "(SELECT service_profile_id FROM quintet.impu WHERE id = %(u1)s)"
ITS_IFC = f"(SELECT id FROM quintet.initial_filter_criteria WHERE profile_id = {OF_U1})"
ITS_SHARED = f"(SELECT shared_ifc_set_id FROM quintet.service_profile_shared_ifc_set WHERE profile_id = {OF_U1})"
# What is provisioned anew, and what the document then holds; each a part of TS 29.228 Annex B.
CHANGES = {
    "a member more": ("INSERT INTO quintet.impu (identity, set_id, position) VALUES ('tel:+1777' || %(s1)s, %(s1)s, 9)", "<Identity>tel:+1777"),
    "a wildcarded member more": ("INSERT INTO quintet.impu (identity, type, set_id, position)"
                                 " VALUES ('sip:w' || %(s1)s || '-!.*!@example.net', 'wildcarded_pui', %(s1)s, 9)", "<WildcardedIMPU>sip:w"),
    "a member less": ("DELETE FROM quintet.impu WHERE id = %(u2)s", "<Identity>"),
    "another order": ("UPDATE quintet.impu SET position = 3 - position WHERE set_id = %(s1)s", "<Identity>"),
    "another identity": ("UPDATE quintet.impu SET identity = 'sip:new' || %(u2)s || '@example.net' WHERE id = %(u2)s", "<Identity>sip:new"),
    "barring": ("UPDATE quintet.impu SET barred = true WHERE id = %(u2)s", "<BarringIndication>1"),
    "a display name": ("UPDATE quintet.impu SET display_name = 'Second' WHERE id = %(u2)s", "<DisplayName>Second<"),
    "an alias group": ("UPDATE quintet.impu SET alias_group = 'g' WHERE id = %(u1)s", "<AliasIdentityGroupID>g<"),
    "a trace": ("UPDATE quintet.impu SET trace_info = 'trace' WHERE id = %(u1)s", "<ServiceLevelTraceInfo>trace<"),
    "a priority": ("UPDATE quintet.impu SET priority_level = 2 WHERE id = %(u1)s", "<ServicePriorityLevel>2<"),
    "an extended priority": ("INSERT INTO quintet.extended_priority (impu_id, namespace, level) VALUES (%(u1)s, 'ets', '3')",
                             "<PriorityNamespace>ets<"),
    "a limit of registrations": ("UPDATE quintet.impu SET max_registrations = 7 WHERE id = %(u1)s", "<MaxNumOfAllowedSimultRegistrations>7<"),
    "no service profile": ("UPDATE quintet.impu SET service_profile_id = NULL WHERE id = %(u1)s", "<Identity>"),
    "the service profile of another": (f"UPDATE quintet.impu SET service_profile_id = {OF_U1} WHERE id = %(u2)s", "<Identity>"),
    "a media profile": (f"UPDATE quintet.service_profile SET media_profile_id = 77 WHERE id = {OF_U1}", "<SubscribedMediaProfileId>77<"),
    "a service": (f"INSERT INTO quintet.service_profile_service (profile_id, service_id) VALUES ({OF_U1}, 'urn:x:y')", "<ServiceId>urn:x:y<"),
    "a priority of criteria": (f"UPDATE quintet.initial_filter_criteria SET priority = 55 WHERE id = {ITS_IFC}", "<Priority>55<"),
    "a part of the profile": (f"UPDATE quintet.initial_filter_criteria SET profile_part = 0 WHERE id = {ITS_IFC}", "<ProfilePartIndicator>0<"),
    "a trigger": (f"UPDATE quintet.service_point_trigger SET method = 'PUBLISH' WHERE ifc_id = {ITS_IFC}", "<Method>PUBLISH<"),
    "an application server": ("UPDATE quintet.application_server SET server_name = 'sip:new.as.example.net' WHERE id ="
                              f" (SELECT application_server_id FROM quintet.initial_filter_criteria WHERE id = {ITS_IFC})",
                              "<ServerName>sip:new.as.example.net<"),
    "criteria less": (f"DELETE FROM quintet.initial_filter_criteria WHERE id = {ITS_IFC}", "<Identity>"),
    "a shared set less": (f"DELETE FROM quintet.service_profile_shared_ifc_set WHERE profile_id = {OF_U1}", "<Identity>"),
    "an IMSI": ("UPDATE quintet.impi SET imsi = '001010123456789' WHERE id = %(i1)s", "<IMSI>001010123456789<"),
    "a reference location": ("INSERT INTO quintet.reference_location (impi_id, access_type, access_info, access_value)"
                             " VALUES (%(i1)s, 'ADSL', 'dsl-location', 'x')", "<AccessType>ADSL<"),
}
# Does not stand in the document that the S-CSCF gets.
ELSEWHERE = {
    "another set": "UPDATE quintet.impu SET display_name = 'Third' WHERE id = %(u3)s",
    "unregistered services": "UPDATE quintet.impu SET unregistered_services = true WHERE id = %(u1)s",
    "capabilities": "UPDATE quintet.capability_set SET mandatory = '{9}' WHERE id ="
                    " (SELECT capability_set_id FROM quintet.subscription WHERE id = %(id)s)",
    "what it names shared criteria by is the same": f"UPDATE quintet.initial_filter_criteria SET profile_part = 0 WHERE shared_ifc_set_id = {ITS_SHARED}",
}


@pytest.fixture(scope="module")
def second(product):
    """Another server on the database; it has seen nothing of what the first one did."""
    with Server(product, "again") as server, product.connect(port=server.port) as connection:
        yield connection


def ask(one, connection, kind=RE_REGISTRATION, available=1, features=BOTH, expect=SUCCESS, impu="u1", **more):
    """The answer as plain values."""
    request = cx.sar(one.names["i1"], [one.names[impu]], kind, data_available=available, features=features,
                     sender=cx.Sender.on(connection), **more)
    answer = connection.request(request)
    assert result_of(answer) == expect
    assert list(registration.presence_problems(request, answer)) == []
    return registration.parse_saa(answer)


def is_told(saa, charging=CHARGING):
    """User-Data and Charging-Information come and go together."""
    assert saa.charging == (charging if saa.user_data else None)
    return saa.user_data is not None


def provision(product, one, statement):
    product.sql(statement, {**one.ids, "id": one.id})


@pytest.fixture
def told(subscriptions, peers):
    """Registered, and its S-CSCF has got the profile."""
    one = subscriptions.create(SHAPE, {**registered(), **unregistered(name="s2")})
    assert is_told(ask(one, peers["scscf"], available=0))
    assert not is_told(ask(one, peers["scscf"]))
    return one


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_profile_comes_once(product, told, peers, what):
    statement, text = CHANGES[what]
    provision(product, told, statement)
    saa = ask(told, peers["scscf"])
    assert is_told(saa) and text in saa.user_data.decode()
    assert not is_told(ask(told, peers["scscf"]))


@pytest.mark.parametrize("what", CHANGES)
def test_the_other_server_knows_what_is_new(product, told, peers, second, what):
    assert not is_told(ask(told, second))
    provision(product, told, CHANGES[what][0])
    assert is_told(ask(told, second))
    assert not is_told(ask(told, peers["scscf"]))


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_the_document_does_not_hold_is_no_news(product, told, peers, what):
    provision(product, told, ELSEWHERE[what])
    assert not is_told(ask(told, peers["scscf"]))


def test_a_change_taken_back_is_no_news_before_anybody_got_it(product, told, peers):
    for name in ("'Second'", "NULL"):
        provision(product, told, f"UPDATE quintet.impu SET display_name = {name} WHERE id = %(u2)s")
    assert not is_told(ask(told, peers["scscf"]))


def test_a_change_taken_back_comes_once_it_was_told(product, told, peers):
    for name in ("'Second'", "NULL"):
        provision(product, told, f"UPDATE quintet.impu SET display_name = {name} WHERE id = %(u2)s")
        assert is_told(ask(told, peers["scscf"]))
    assert not is_told(ask(told, peers["scscf"]))


def test_charging_functions_are_told_with_the_profile(product, told, peers):
    statement = ("UPDATE quintet.charging_set SET primary_ecf = {} WHERE id ="
                 " (SELECT charging_set_id FROM quintet.subscription WHERE id = %(id)s)")
    provision(product, told, statement.format("'aaa://new.example.net:3868'"))
    new = Charging("aaa://new.example.net:3868", CHARGING.secondary_event, CHARGING.primary_collection, CHARGING.secondary_collection)
    assert is_told(ask(told, peers["scscf"]), new)
    assert not is_told(ask(told, peers["scscf"]))
    provision(product, told, "UPDATE quintet.subscription SET charging_set_id = NULL WHERE id = %(id)s")
    assert ask(told, peers["scscf"]).user_data is not None


def test_shared_criteria_written_out_are_another_document(product, told, peers):
    """The S-CSCF does not offer the feature any more: the numbers that it was told mean nothing to it."""
    assert b"SharedIFCSetID" not in ask(told, peers["scscf"], features=None).user_data
    assert not is_told(ask(told, peers["scscf"], features=None))
    provision(product, told, ELSEWHERE["what it names shared criteria by is the same"])
    assert is_told(ask(told, peers["scscf"], features=None))


@pytest.mark.parametrize("kind", (NO_ASSIGNMENT, REGISTRATION, RE_REGISTRATION, UNREGISTERED_USER))
def test_every_type_that_brings_a_profile_brings_a_new_one(product, told, peers, kind):
    provision(product, told, CHANGES["a display name"][0])
    assert is_told(ask(told, peers["scscf"], kind))
    assert is_told(ask(told, peers["scscf"])) == (kind == NO_ASSIGNMENT)  # which writes nothing down


def test_each_set_has_its_own(product, told, peers):
    assert is_told(ask(told, peers["scscf"], UNREGISTERED_USER, impu="u3"))
    assert not is_told(ask(told, peers["scscf"], UNREGISTERED_USER, impu="u3"))
    provision(product, told, ELSEWHERE["another set"])
    assert is_told(ask(told, peers["scscf"], UNREGISTERED_USER, impu="u3"))
    assert not is_told(ask(told, peers["scscf"]))


def test_another_s_cscf_has_got_nothing(product, told, peers):
    there = peers["scscf2"]
    assert not is_told(ask(told, there, server_name=B, expect=ALREADY))
    product.sql("UPDATE quintet.subscription SET reassignment_pending = true WHERE id = %s", (told.id,))
    assert is_told(ask(told, there, server_name=B))
    assert not is_told(ask(told, there, server_name=B))
    product.sql("UPDATE quintet.subscription SET reassignment_pending = true WHERE id = %s", (told.id,))
    assert is_told(ask(told, peers["scscf"], server_name=A))


def test_the_same_name_at_another_diameter_host_has_got_nothing(subscriptions, told, peers):
    assert is_told(ask(told, peers["scscf2"]))
    assert subscriptions.state(told)["scscf"] == (A, *THEIRS[1:])
    assert not is_told(ask(told, peers["scscf2"]))


def test_a_repetition_brings_what_the_first_answer_brought(product, told, peers, second):
    """Whether that one arrived is not known."""
    provision(product, told, CHANGES["a display name"][0])
    first = cx.sar(told.names["i1"], [told.names["u1"]], RE_REGISTRATION, data_available=1, features=BOTH,
                   sender=cx.Sender.on(peers["scscf"]))
    answers = [connection.request(request) for connection, request in (
        (peers["scscf"], first), (peers["scscf"], cx.sent_again(first)), (second, cx.sent_again(first)))]
    documents = {answer.value("User-Data") for answer in answers}
    assert len(documents) == 1 and b"Second" in documents.pop()


def test_who_left_and_comes_back_with_the_data(product, told, peers):
    assert result_of(peers["scscf"].request(cx.sar(told.names["i1"], [told.names["u1"]], USER_DEREGISTRATION,
                                                   sender=cx.Sender.on(peers["scscf"])))) == SUCCESS
    provision(product, told, CHANGES["a display name"][0])
    assert is_told(ask(told, peers["scscf"], REGISTRATION))
    assert not is_told(ask(told, peers["scscf"]))


@contextlib.contextmanager
def unreadable(product):
    """The server may not read services of profiles: the document cannot be made."""
    product.sql("REVOKE SELECT ON quintet.service_profile_service FROM quintet_server")
    try:
        yield
    finally:
        product.sql("GRANT SELECT ON quintet.service_profile_service TO quintet_server")


def test_a_document_that_could_not_be_made_was_not_told(product, subscriptions, told, peers):
    provision(product, told, CHANGES["a part of the profile"][0])  # no kept text is of any use
    request = cx.sar(told.names["i1"], [told.names["u1"]], RE_REGISTRATION, data_available=1, sender=cx.Sender.on(peers["scscf"]))
    before = subscriptions.state(told)
    with unreadable(product):
        assert result_of(peers["scscf"].request(request)) in ((0, 3004), (0, 5012))
    assert subscriptions.state(told) == before and subscriptions.seen(request) == 0
    assert is_told(ask(told, peers["scscf"]))
    assert not is_told(ask(told, peers["scscf"]))


def test_many_in_one_batch(product, subscriptions, peers):
    """Each gets its own, and only those whose profile has changed."""
    many = [subscriptions.create(SHAPE, {**registered(), **unregistered(name="s2")}) for _ in range(20)]
    for one in many:
        ask(one, peers["scscf"], available=0)
    for one in many[::2]:
        provision(product, one, f"UPDATE quintet.impu SET display_name = 'of {one.number}' WHERE id = %(u2)s")
    for expected in (many[::2], []):
        requests = [cx.sar(one.names["i1"], [one.names["u1"]], RE_REGISTRATION, data_available=1, features=BOTH,
                           sender=cx.Sender.on(peers["scscf"])) for one in many]
        peers["scscf"].send_many(requests)
        found = {one.number: peers["scscf"].wait(request).value("User-Data") for one, request in zip(many, requests)}
        assert {number for number, document in found.items() if document} == {one.number for one in expected}
        assert all(f"of {number}<".encode() in document for number, document in found.items() if document)
