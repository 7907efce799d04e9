# SPDX-License-Identifier: Apache-2.0
"""What S-CSCFs are told of what is provisioned: a row for each cause, with the push for each state of the set (TS 29.228 6.1.3,
6.2.2). docs/provisioning.md has the same table."""

from dataclasses import dataclass, field, replace

from peer.cx import ALIAS_IND
from peer.pushes import PERMANENT_TERMINATION, REMOVE_S_CSCF, SERVER_CHANGE
from registration_rows import PAIR, PSI, TWINS
from subscriptions import Ifc, Profile

STATES = ("not registered", "pending", "registered", "unregistered")
SHAPE = replace(PAIR, profile={"u1": Profile((Ifc(None, True, ({"kind": "method", "method": "INVITE"},)),), ((Ifc(),),)), "u2": Profile()})


@dataclass(frozen=True)
class Push:
    """What is expected; short names stand for identities. `holds`: octets of User-Data."""

    command: str                     # RTR or PPR
    impi: str = "i1"
    impus: tuple = ("u1", "u2")      # of an RTR
    reason: int | None = None
    associated: tuple = ()
    holds: str | None = None
    digest: bool = False             # a PPR with SIP-Auth-Data-Item and nothing else


@dataclass(frozen=True)
class Row:
    what: str
    change: str                                   # SQL; %(name)s is the id of what has this short name, %(id)s the subscription's
    told: dict = field(default_factory=dict)      # state -> Push, where there is one
    shape: object = SHAPE
    after: dict = field(default_factory=dict)     # state -> what differs then from the state before
    clause: str = "TS 29.228 6.2.2.1"
    features: int | None = None                   # of the S-CSCF


def ppr(holds=None, **more):
    one = Push("PPR", holds=holds, **more)
    return {"registered": one, "unregistered": one}


def ends(reason=PERMANENT_TERMINATION, states=("registered", "unregistered"), **more):
    return {state: Push("RTR", reason=reason, **more) for state in states}


GONE = {"scscf": None, "s1": "not_registered", "s1 i1": ""}
ENDED = {"registered": GONE, "unregistered": GONE}
OF_U1 = "(SELECT service_profile_id FROM quintet.impu WHERE id = %(u1)s)"
ITS_IFC = f"(SELECT id FROM quintet.initial_filter_criteria WHERE profile_id = {OF_U1})"
ITS_SHARED = f"(SELECT shared_ifc_set_id FROM quintet.service_profile_shared_ifc_set WHERE profile_id = {OF_U1})"
ITS_SET = "(SELECT {0}_set_id FROM quintet.subscription WHERE id = %(id)s)"
RTR_CLAUSE = "TS 29.228 6.1.3"

MEMBERS = [
    Row("a member more", "INSERT INTO quintet.impu (identity, set_id, position) VALUES ('tel:+1777' || %(s1)s, %(s1)s, 9)", ppr("tel:+1777")),
    Row("a member less", "DELETE FROM quintet.impu WHERE id = %(u2)s", ppr()),
    Row("a member moved to another set", "WITH other AS (INSERT INTO quintet.registration_set (subscription_id) VALUES (%(id)s) RETURNING id)"
        " UPDATE quintet.impu SET set_id = (SELECT id FROM other) WHERE id = %(u2)s", ppr()),
    Row("another identity", "UPDATE quintet.impu SET identity = 'sip:new' || %(u2)s || '@example.net' WHERE id = %(u2)s", ppr("sip:new")),
    Row("a member is barred", "UPDATE quintet.impu SET barred = true WHERE id = %(u2)s", ppr("<BarringIndication>1")),
    Row("a display name", "UPDATE quintet.impu SET display_name = 'Second' WHERE id = %(u2)s", ppr("<DisplayName>Second<")),
    Row("an alias group, for who knows such", "UPDATE quintet.impu SET alias_group = 'g' WHERE id = %(u1)s",
        ppr("<AliasIdentityGroupID>g<"), features=ALIAS_IND),
    Row("a trace", "UPDATE quintet.impu SET trace_info = 'trace' WHERE id = %(u1)s", ppr("<ServiceLevelTraceInfo>trace<")),
    Row("a priority", "UPDATE quintet.impu SET priority_level = 2 WHERE id = %(u1)s", ppr("<ServicePriorityLevel>2<")),
    Row("an extended priority", "INSERT INTO quintet.extended_priority (impu_id, namespace, level) VALUES (%(u1)s, 'ets', '3')",
        ppr("<PriorityNamespace>ets<")),
    Row("the last identity that is not barred is barred", "UPDATE quintet.impu SET barred = true WHERE id = %(u1)s", ends(impus=("u1",)),
        replace(SHAPE, sets={"s1": ("u1",)}, profile={"u1": SHAPE.profile["u1"]}), ENDED, RTR_CLAUSE),
    Row("the last identity is removed", "DELETE FROM quintet.impu WHERE id = %(u1)s", ends(impus=("u1",)),
        replace(SHAPE, sets={"s1": ("u1",)}, profile={"u1": SHAPE.profile["u1"]}), ENDED, RTR_CLAUSE),
    Row("the default identity is barred", "UPDATE quintet.impu SET barred = true WHERE id = %(u1)s",
        {**ppr("<BarringIndication>1"), **ends(states=("registered",))}, after={"registered": GONE}, clause=RTR_CLAUSE),
    Row("another order", "UPDATE quintet.impu SET position = 3 - position WHERE set_id = %(s1)s",
        {**ppr(), **ends(states=("registered",), impus=("u2", "u1"))}, after={"registered": GONE}, clause=RTR_CLAUSE),
]
PROFILES = [
    Row("a priority of criteria", f"UPDATE quintet.initial_filter_criteria SET priority = 55 WHERE id = {ITS_IFC}", ppr("<Priority>55<")),
    Row("a trigger", f"UPDATE quintet.service_point_trigger SET method = 'PUBLISH' WHERE ifc_id = {ITS_IFC}", ppr("<Method>PUBLISH<")),
    Row("shared criteria", f"UPDATE quintet.initial_filter_criteria SET priority = 177 WHERE shared_ifc_set_id = {ITS_SHARED}", ppr("<Priority>177<")),
    Row("an application server", "UPDATE quintet.application_server SET server_name = 'sip:new.as.example.net' WHERE id = (SELECT"
        f" application_server_id FROM quintet.initial_filter_criteria WHERE id = {ITS_IFC})", ppr("<ServerName>sip:new.as.example.net<")),
    Row("a media profile", f"UPDATE quintet.service_profile SET media_profile_id = 77 WHERE id = {OF_U1}", ppr("<SubscribedMediaProfileId>77<")),
    Row("a service", f"INSERT INTO quintet.service_profile_service (profile_id, service_id) VALUES ({OF_U1}, 'urn:x:y')", ppr("<ServiceId>urn:x:y<")),
    Row("another service profile", f"UPDATE quintet.impu SET service_profile_id = {OF_U1} WHERE id = %(u2)s", ppr()),
    Row("criteria less", f"DELETE FROM quintet.initial_filter_criteria WHERE id = {ITS_IFC}", ppr()),
    Row("charging addresses", f"UPDATE quintet.charging_set SET primary_ecf = 'aaa://new.example.net' WHERE id = {ITS_SET.format('charging')}", ppr()),
    Row("another charging set", "WITH other AS (INSERT INTO quintet.charging_set (name, primary_ccf) VALUES ('other ' || %(id)s,"
        " 'aaa://other.example.net') RETURNING id) UPDATE quintet.subscription SET charging_set_id = (SELECT id FROM other) WHERE id = %(id)s", ppr()),
    Row("a reference location", "INSERT INTO quintet.reference_location (impi_id, access_type, access_info, access_value)"
        " VALUES (%(i1)s, 'ADSL', 'dsl-location', 'x')", ppr("<AccessType>ADSL<")),
    Row("a reference location of another private identity", "INSERT INTO quintet.reference_location (impi_id, access_type, access_info,"
        " access_value) VALUES (%(i2)s, 'ADSL', 'dsl-location', 'x')", ppr("<AccessType>ADSL<", impi="i2"),
        replace(TWINS, profile={"u1": SHAPE.profile["u1"]})),
]
SUBSCRIPTIONS = [
    Row("suspended", "UPDATE quintet.subscription SET suspended = true WHERE id = %(id)s", ends(), after=ENDED, clause=RTR_CLAUSE),
    Row("the subscription is removed", "DELETE FROM quintet.subscription WHERE id = %(id)s", ends(), clause=RTR_CLAUSE),
    Row("suspended and resumed", "UPDATE quintet.subscription SET suspended = true WHERE id = %(id)s;"
        " UPDATE quintet.subscription SET suspended = false WHERE id = %(id)s", clause=RTR_CLAUSE),
    Row("private identities, then the subscription, are removed", "DELETE FROM quintet.impi WHERE id = %(i1)s;"
        " DELETE FROM quintet.subscription WHERE id = %(id)s", ends(), clause=RTR_CLAUSE),
    Row("public identities, then the subscription, are removed", "DELETE FROM quintet.impu WHERE set_id = %(s1)s;"
        " DELETE FROM quintet.subscription WHERE id = %(id)s", ends(), clause=RTR_CLAUSE),
    Row("the private identity is removed", "DELETE FROM quintet.impi WHERE id = %(i1)s", ends(), clause=RTR_CLAUSE),
    Row("the association with the set is removed", "DELETE FROM quintet.impi_set WHERE impi_id = %(i1)s", ends(), clause=RTR_CLAUSE),
    Row("the name of the private identity is removed", "UPDATE quintet.impi SET identity = 'renamed.' || identity WHERE id = %(i1)s",
        ends(), clause=RTR_CLAUSE),
    Row("one of two private identities is removed", "DELETE FROM quintet.impi WHERE id = %(i1)s",
        ends(states=("registered",), impus=("u1",)), replace(TWINS, profile={"u1": Profile((Ifc(),))}), clause=RTR_CLAUSE),
    Row("a set is removed", "DELETE FROM quintet.registration_set WHERE id = %(s1)s", ends(), clause=RTR_CLAUSE),
    Row("a scheme is taken away", "UPDATE quintet.impi SET schemes = '{aka}' WHERE id = %(i1)s", ends(states=("registered",)),
        replace(SHAPE, impi={"i1": {"schemes": ["aka", "giba"]}}), {"registered": GONE}, RTR_CLAUSE),
    Row("an IMSI", "UPDATE quintet.impi SET imsi = '001010123456789' WHERE id = %(i1)s", ends(states=("registered",)),
        after={"registered": GONE}, clause=RTR_CLAUSE),
    Row("capabilities", f"UPDATE quintet.capability_set SET mandatory = '{{9}}' WHERE id = {ITS_SET.format('capability')}",
        ends(SERVER_CHANGE), after=ENDED, clause=RTR_CLAUSE),
    Row("other capabilities", "UPDATE quintet.subscription SET capability_set_id = NULL WHERE id = %(id)s", ends(SERVER_CHANGE), after=ENDED,
        clause=RTR_CLAUSE),
    Row("a service is not active any more", "UPDATE quintet.impu SET psi_active = false WHERE id = %(u1)s",
        ends(REMOVE_S_CSCF, ("unregistered",), impus=("u1",)), PSI, {"unregistered": {"scscf": None, "s1": "not_registered"}}, RTR_CLAUSE),
    Row("an operator's word on a private identity", "SELECT quintet.deregister(%(i1 name)s, 2, 'moving')", ends(SERVER_CHANGE),
        after=ENDED, clause=RTR_CLAUSE),
    Row("an operator's word on a public identity", "SELECT quintet.deregister(%(u1 name)s)", ends(), after=ENDED, clause=RTR_CLAUSE),
]
# Nothing of what an S-CSCF knows
ELSEWHERE = [
    Row("an alias group, for who knows none", "UPDATE quintet.impu SET alias_group = 'g' WHERE id = %(u1)s"),
    Row("unregistered services", "UPDATE quintet.impu SET unregistered_services = true WHERE id = %(u1)s"),
    Row("a name of the profile", f"UPDATE quintet.service_profile SET name = 'renamed ' || %(id)s WHERE id = {OF_U1}"),
    Row("a name of the subscription", "UPDATE quintet.subscription SET name = 'renamed ' || %(id)s WHERE id = %(id)s"),
    Row("not suspended any more", "UPDATE quintet.subscription SET suspended = false WHERE id = %(id)s"),
    Row("a scheme more", "UPDATE quintet.impi SET schemes = schemes || '{giba}' WHERE id = %(i1)s"),
]
ROWS = [*MEMBERS, *PROFILES, *SUBSCRIPTIONS, *ELSEWHERE]

CASES = [(row, state) for row in ROWS for state in STATES if not (row.shape is PSI and state in ("pending", "registered"))]
