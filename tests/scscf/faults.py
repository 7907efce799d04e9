# SPDX-License-Identifier: Apache-2.0
"""What is planted to see each scenario fail: in Quintet's data or configuration or, where that cannot do it, in Kamailio's."""

import contextlib
import socket
import subprocess
from dataclasses import dataclass
from typing import Callable

from guide import psql
from kamailio import ROOT, edit
from peer.cx import HOME_REALM
from peer.diameter import Message, raw_avp
from world import SCSCF_HOST


@dataclass(frozen=True)
class Fault:
    what: str
    moment: str
    plant: Callable                      # (world, user)
    remove: Callable = lambda world: None


def sql(what, moment, statement):
    """A change of data; %(impi)s and %(impu)s are the user's, `claimed...` what his last phone says."""
    def plant(world, user):
        phone = user.phones[-1]
        world.product.sql(statement, {"impi": user.impi, "impu": user.impu, "claimed_impi": phone.impi, "claimed_impu": phone.impu,
                                      "tel": user.tel, "realm": HOME_REALM, "number": user.one.number})
    return Fault(what, moment, plant)


def setting(what, value):
    """Another word about its peers in Quintet's configuration; it is restarted for that."""
    return Fault(what, "begin", lambda world, _: world.restart_quintet("--set", f"diameter.peer={value}"),
                 lambda world: world.restart_quintet())


def file(what, name, old, new):
    """Another text in a file of Kamailio."""
    role = name.split(".")[0]

    def change(world, texts):
        edit(name, *texts)
        world.restart(role)
    return Fault(what, "begin", lambda world, _: change(world, (old, new)), lambda world: change(world, (new, old)))


@contextlib.contextmanager
def _sender(port):
    """A connection that something besides the HSS, but with its port, sends on."""
    with socket.create_server(("127.0.0.9", port)) as server, socket.create_connection(("127.0.0.9", port)):
        yield server.accept()[0]


def _send_nonsense(world, _):
    with _sender(world.port) as end:
        end.sendall(Message.request(303, [raw_avp(9999, b"abcd", 10415)]).encode())


def _revoke_the_relay(*_):
    subprocess.run([ROOT / "deploy" / "certificates", "--out", ROOT / "var" / "tls", "--revoke", f"relay.{HOME_REALM}"], check=True,
                   capture_output=True)


_SET = "(SELECT set_id FROM quintet.impu WHERE identity = %(impu)s)"
_SUBSCRIPTION = "(SELECT subscription_id FROM quintet.impi WHERE identity = %(impi)s)"
_OTHER_K = """
UPDATE quintet.impi SET credential_id = (SELECT id FROM quintet.credential ORDER BY name DESC LIMIT 1) WHERE identity = %(impi)s
"""
_K_OF_THE_NEWEST = """
UPDATE quintet.impi SET credential_id = (SELECT credential_id FROM quintet.impi ORDER BY id DESC LIMIT 1) WHERE identity = %(impi)s
"""
_NUMBERS = """
UPDATE quintet.sqn_state k SET {} FROM quintet.impi i JOIN quintet.credential c ON c.id = i.credential_id
WHERE k.fingerprint = c.fingerprint AND i.identity = %(impi)s
"""
_NO_COPY = """
UPDATE quintet.application_server SET include_register_request = false WHERE name = (
  SELECT p.name FROM quintet.service_profile p JOIN quintet.impu u ON u.service_profile_id = p.id WHERE u.identity = %(impu)s)
"""
_OTHER_SERVER = """
UPDATE quintet.impu SET psi_application_server = 'sip:as2.' || %(realm)s
WHERE identity = 'sip:service.' || %(number)s || '@' || %(realm)s
"""
_FORGET = f"""
UPDATE quintet.impi_set SET registered = false, auth_pending = false WHERE set_id = {_SET};
UPDATE quintet.registration_set SET state = 'not_registered' WHERE id = {_SET};
UPDATE quintet.subscription SET scscf_name = NULL, scscf_host = NULL, scscf_realm = NULL WHERE id = {_SUBSCRIPTION}
"""
_ELSEWHERE = f"UPDATE quintet.subscription SET scscf_host = 'elsewhere.' || %(realm)s WHERE id = {_SUBSCRIPTION}"
_OTHER_DEVICE = f"""
WITH who AS (INSERT INTO quintet.impi (identity, subscription_id, schemes)
             SELECT 'ghost.' || %(impi)s, subscription_id, '{{giba}}' FROM quintet.impi WHERE identity = %(impi)s
             RETURNING id, subscription_id)
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, registered) SELECT id, {_SET}, subscription_id, true FROM who
"""
_NO_PROFILE = f"UPDATE quintet.impu SET service_profile_id = NULL WHERE set_id = {_SET}"
_NO_TEL = "DELETE FROM quintet.impu WHERE identity = %(tel)s"
_OPEN = "UPDATE quintet.impu SET barred = false WHERE identity = %(impu)s"
_REGISTERED = f"""
UPDATE quintet.registration_set SET state = 'registered' WHERE id = {_SET};
UPDATE quintet.impi_set SET registered = true WHERE set_id = {_SET}
"""

_NO_SERVICES = sql("no service profile", "provisioned", _NO_PROFILE)
_LOST_RTR = sql("another host as the S-CSCF", "registered", _ELSEWHERE)
_LEAK = file("a P-CSCF that lets CK and IK pass", "pcscf.cfg", "	if ($rs == 401) route(KEEP_KEYS);\n", "	# no keys kept\n")

# By the name of the scenario's function.
FAULTS = {
    "first_registration": sql("another K", "provisioned", _OTHER_K),
    "re_registration": sql("what the S-CSCF was told is forgotten", "registered",
                           f"UPDATE quintet.impi_set SET told = NULL WHERE set_id = {_SET}"),
    "deregistration": sql("another private identity counts as registered", "registered", _OTHER_DEVICE),
    "resynchronisation": sql("resynchronised too often", "provisioned", _NUMBERS.format("resync_count = 10, resync_since = now()")),
    "forged_auts": sql("the sequence number follows the forger", "forged", _NUMBERS.format("seq = seq + 5000")),
    "wrong_res": sql("registered without an answer", "answered", _REGISTERED),
    "foreign_network": sql("the K of the foreign card", "card swapped", _K_OF_THE_NEWEST),
    "unknown_user": sql("the user is known", "renamed",
                        "UPDATE quintet.impi SET identity = %(claimed_impi)s WHERE identity = %(impi)s"),
    "identity_of_another": sql("the identity is his", "stolen",
                               f"UPDATE quintet.impu SET position = 9, set_id = {_SET} WHERE identity = %(claimed_impu)s"),
    "roaming_not_allowed": sql("no roaming area", "restricted",
                               "UPDATE quintet.impi SET roaming_area_id = NULL WHERE identity = %(impi)s"),
    "barred_identity": sql("not barred", "provisioned", _OPEN),
    "suspended_subscription": sql("not suspended", "suspended",
                                  f"UPDATE quintet.subscription SET suspended = false WHERE id = {_SUBSCRIPTION}"),
    "barred_identity_of_a_set": sql("not barred", "opened", _OPEN),
    "implicit_set_with_tel": sql("no number", "provisioned", _NO_TEL),
    "two_devices": sql("the second device may not use the set", "second phone", "DELETE FROM quintet.impi_set"
                       " WHERE impi_id = (SELECT id FROM quintet.impi WHERE identity = %(claimed_impi)s)"),
    "keys_stay_in_the_network": _LEAK,
    "keys_in_the_capture": _LEAK,
    "profile_changed_meanwhile": sql("the change is taken back", "changed", _NO_PROFILE),
    "third_party_register": _NO_SERVICES,
    "third_party_register_with_a_copy": sql("no copy wanted", "provisioned", _NO_COPY),
    "call_without_services": sql("the callee is forgotten", "both registered", _FORGET),
    "call_of_the_caller_through_a_server": _NO_SERVICES,
    "call_to_the_callee_through_a_server": _NO_SERVICES,
    "call_through_both_servers": _NO_SERVICES,
    "call_to_a_number": sql("no number", "provisioned", _NO_TEL),
    "unknown_callee": sql("the callee is known", "registered", "INSERT INTO quintet.impu (identity, set_id, position)"
                          f" SELECT 'sip:nobody.' || %(number)s || '@' || %(realm)s, {_SET}, 9"),
    "unregistered_callee_without_services": Fault("a service for everything", "provisioned",
                                                  lambda world, user: world.use_profile(user, world.profile("as2"))),
    "unregistered_callee_with_services": _NO_SERVICES,
    "service_identity_at_a_server": sql("another application server", "service", _OTHER_SERVER),
    "ended_by_the_operator": _LOST_RTR,
    "ended_by_barring": _LOST_RTR,
    "ended_by_suspension": _LOST_RTR,
    "end_of_one_device_ends_all": _LOST_RTR,
    "unknown_identity_in_the_list": sql("the list has no such identity", "added",
                                        f"DELETE FROM quintet.impu WHERE position = 2 AND set_id = {_SET}"),
    "nothing_follows_an_rtr": sql("the new registration is forgotten", "back", _FORGET),
    "quintet_restarted": sql("the registration is forgotten", "restarted", _FORGET),
    "scscf_restarted": sql("the registration is forgotten", "restarted", _FORGET),
    "profile_for_a_restarted_scscf": sql("another S-CSCF", "registered", f"UPDATE quintet.subscription SET scscf_name ="
                                         f" 'sip:elsewhere.example.org' WHERE id = {_SUBSCRIPTION}"),
    "outage_of_location": setting("3004 for the I-CSCF", f'[{{ peer = "icscf.{HOME_REALM}", busy = "3004" }}]'),
    "outage_of_vectors": setting("the default for the S-CSCF", f'[{{ peer = "{SCSCF_HOST}", pushes = "none" }}]'),
    "frames_without_a_fault": Fault("an AVP that nobody knows", "begin", _send_nonsense),
    "relay_and_tls_beside_the_guide": Fault("a revoked certificate of the relay", "server 0", _revoke_the_relay),
    "guide_registers_a_phone": Fault("the sample subscription is suspended", "before the phone",
                                     lambda *_: psql("UPDATE quintet.subscription SET suspended = true WHERE name = 'alice'")),
}
