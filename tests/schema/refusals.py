# SPDX-License-Identifier: Apache-2.0
"""Provisioning mistakes, a row each: what is wrong, what PostgreSQL says, and the same done right.  (lint: table)"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    claim: str
    clause: str
    wrong: str          # on top of database.BASE
    says: str           # part of the message, or the name of the CHECK that it names
    right: str = ""     # a neighbour that passes; empty: there is none worth a line
    cure: str = ""      # part of the hint

    def __str__(self):
        return self.claim


def impu(identity, kind="distinct_pui", set_id=2, **columns):
    values = {"identity": f"'{identity}'", "type": f"'{kind}'", "set_id": str(set_id), "position": "50", **columns}
    return f"INSERT INTO quintet.impu ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def impi(identity, **columns):
    values = {"identity": f"'{identity}'", "subscription_id": "1", "schemes": "'{}'", **columns}
    return f"INSERT INTO quintet.impi ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def trigger(kind, **columns):
    values = {"ifc_id": "1", "position": "50", "groups": "'{0}'", "kind": f"'{kind}'", **columns}
    return f"INSERT INTO quintet.service_point_trigger ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def criterion(owner, priority, **columns):
    values = {owner.split("=")[0]: owner.split("=")[1], "priority": str(priority), "application_server_id": "1", **columns}
    return f"INSERT INTO quintet.initial_filter_criteria ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def new_set(number, subscription=1):
    return f"INSERT INTO quintet.registration_set (id, subscription_id) VALUES ({number}, {subscription});"


def application_server(name, **columns):
    values = {"name": "'new'", "server_name": f"'{name}'", **columns}
    return f"INSERT INTO quintet.application_server ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def uss(**columns):
    values = {"impi_id": "1", "gsid": "1", "uids": "'{sip:alice@home.example.net}'", **columns}
    return ("INSERT INTO quintet.guss (impi_id) VALUES (1) ON CONFLICT DO NOTHING;"
            f"INSERT INTO quintet.uss ({', '.join(values)}) VALUES ({', '.join(values.values())});")


def many_uss(settings, identities, octets):
    """So many settings for alice, each with so many identities of so many octets."""
    return ("INSERT INTO quintet.guss (impi_id) VALUES (1); INSERT INTO quintet.uss (impi_id, gsid, uids)"
            f" SELECT 1, gsid, ARRAY(SELECT rpad(uid || '.', {octets}, 'u') FROM generate_series(1, {identities}) AS uid)"
            f" FROM generate_series(1, {settings}) AS gsid")


DIGEST = "INSERT INTO quintet.digest_secret (impi_id, realm, md5_sealed) VALUES ({}, '{}', repeat('d', 44)::bytea)"
LINE = "INSERT INTO quintet.line_identifier (impi_id, line) VALUES ({}, 'line 1')"
LINK = "INSERT INTO quintet.service_profile_shared_ifc_set VALUES (1, 7)"
AS_WITH_TWO_LINES = application_server("sip:new.example.net", service_info="E'<a>\\n</a>'")

IDENTITIES = (
    Refusal("an IMPU with another scheme", "TS 23.003 13.4", impu("mailto:bob@home.example.net"),
            "the public identity mailto:bob@home.example.net is neither a SIP URI nor a tel URI",
            impu("sips:bob@home.example.net"), "sip:user@example.net"),
    Refusal("an IMPU with a blank", "RFC 3261 25.1", impu("sip:bob smith@home.example.net"), "neither a SIP URI nor a tel URI",
            impu("sip:bob%20smith@home.example.net"), "%20"),
    Refusal("an IMPU as in a header", "RFC 3261 25.1", impu("sip:<bob@home.example.net>"), "neither a SIP URI nor a tel URI",
            impu("sip:zoë@home.example.net")),
    Refusal("an IMPU without a host", "RFC 3261 25.1", impu("sip:bob@"), "neither a SIP URI nor a tel URI",
            impu("sip:bob@[2001:DB8::1]")),
    Refusal("a local number", "TS 23.003 13.4", impu("tel:5550101"), "neither a SIP URI nor a tel URI with a global number",
            impu("tel:+1-202-555-0109"), "tel:+12025550101"),
    Refusal("the same IMPU twice in different spelling", "TS 23.003 13.4", impu("SIP:alice@HOME.example.net:5060;x=y"),
            "impu_identity_key"),
    Refusal("a wildcard of a distinct type", "TS 23.003 13.4A", impu("sip:a-!.*!@home.example.net"),
            "the identity sip:a-!.*!@home.example.net looks like a wildcard, but its type is distinct_pui",
            impu("sip:a!b@home.example.net"), "wildcarded_pui or wildcarded_psi"),
    Refusal("a wildcarded type without a wildcard", "TS 23.003 13.4A", impu("sip:a@home.example.net", "wildcarded_pui"),
            'the wildcarded identity sip:a@home.example.net has no pattern between two "!"',
            impu("sip:a!.!@home.example.net", "wildcarded_pui"), "sip:chat-!.*!@as.example.net"),
    Refusal("a wildcard in the host", "TS 23.003 13.5", new_set(50) + impu("sip:a@!.*!.example.net", "wildcarded_psi", 50),
            'has no pattern between two "!" in its user part', new_set(50) + impu("sip:!.*!@example.net", "wildcarded_psi", 50)),
    Refusal("an empty pattern", "TS 23.003 13.5", impu("tel:+1555!!", "wildcarded_pui"), 'has no pattern between two "!"',
            impu("tel:+1555!.{4}!", "wildcarded_pui")),
    Refusal("three exclamation marks", "TS 23.003 13.5", impu("sip:a!.!b!@home.example.net", "wildcarded_pui"),
            'has no pattern between two "!"'),
    Refusal("a pattern that is no regular expression", "TS 23.003 13.4A", impu("sip:a!(.*!@home.example.net", "wildcarded_pui"),
            "the pattern (.* of the wildcarded identity sip:a!(.*!@home.example.net is not an extended regular expression",
            impu("sip:a!(.*)!@home.example.net", "wildcarded_pui"), "POSIX extended regular expressions"),
    Refusal("a pattern that closes a parenthesis of ours", "TS 23.003 13.4A",
            impu("sip:a!x)|(y!@home.example.net", "wildcarded_pui"), "is not an extended regular expression",
            impu("sip:a!x|y!@home.example.net", "wildcarded_pui")),
    Refusal("a Perl pattern", "TS 23.003 13.4A", impu("sip:a!(?:x)!@home.example.net", "wildcarded_pui"),
            "is not an extended regular expression"),
    Refusal("an IMPI with a scheme", "TS 23.003 13.3", impi("sip:bob@home.example.net"),
            "the private identity sip:bob@home.example.net is not of the form user@realm", impi("bob@Home.Example.NET"),
            "no scheme"),
    Refusal("an IMPI without a realm", "TS 23.003 13.3", impi("bob"), "the private identity bob is not of the form user@realm"),
    Refusal("an IMPI with a quotation mark", "TS 23.003 13.3", impi('b"b@home.example.net'), "is not of the form user@realm"),
    Refusal("an IMSI with letters", "TS 23.003 2.2", impi("bob@home.example.net", imsi="'00101x'"), "impi_imsi_has_6_to_15_digits",
            impi("bob@home.example.net", imsi="'001010000000009'")),
)

SETS = (
    Refusal("a PSI in a set of users", "TS 23.228 5.2.1a", impu("sip:conf@as.example.net", "distinct_psi"),
            "the public service identity sip:conf@as.example.net shares its registration set with sip:office@home.example.net",
            new_set(50) + impu("sip:conf@as.example.net", "distinct_psi", 50), "a registration_set of its own"),
    Refusal("a user in the set of a PSI", "TS 23.228 5.2.1a", impu("sip:bob@home.example.net", set_id=4),
            "the public service identity sip:chat-!.*!@as.example.net shares its registration set with sip:bob@home.example.net"),
    Refusal("a user moved to the set of a PSI", "TS 23.228 5.2.1a",
            "UPDATE quintet.impu SET set_id = 4, position = 9 WHERE id = 2", "shares its registration set with tel:+12025550101",
            "UPDATE quintet.impu SET set_id = 2, position = 9 WHERE id = 2"),
    Refusal("two PSIs in one set", "TS 23.228 5.2.1a", impu("sip:conf@as.example.net", "distinct_psi", 4),
            "impu_psi_has_a_set_of_its_own"),
    Refusal("a wildcarded PUI alone", "TS 29.228 6.1.2.1", new_set(50) + impu("sip:a!.!@home.example.net", "wildcarded_pui", 50),
            "the registration set of the wildcarded identity sip:a!.!@home.example.net has no distinct public user identity",
            new_set(50) + impu("sip:a!.!@home.example.net", "wildcarded_pui", 50) + ";"
            + impu("sip:a@home.example.net", set_id=50, position="51"), "in the same transaction"),
    Refusal("the last distinct PUI beside a wildcard deleted", "TS 29.228 6.1.2.1", "DELETE FROM quintet.impu WHERE id = 4",
            "the registration set of the wildcarded identity sip:pbx-!.*!@home.example.net has no distinct",
            "DELETE FROM quintet.impu WHERE set_id = 3"),
    Refusal("the last distinct PUI beside a wildcard moved", "TS 29.228 6.1.2.1",
            "UPDATE quintet.impu SET set_id = 1, position = 9 WHERE id = 4", "has no distinct public user identity"),
    Refusal("a PUI that is switched off like a PSI", "TS 23.228 5.4.12", "UPDATE quintet.impu SET psi_active = false WHERE id = 1",
            "impu_psi_columns_belong_to_psis", "UPDATE quintet.impu SET psi_active = false WHERE id = 6"),
    Refusal("direct routing for a PUI", "TS 23.228 5.4.12",
            "UPDATE quintet.impu SET psi_application_server = 'sip:as.example.net' WHERE id = 1", "impu_psi_columns_belong_to_psis",
            "UPDATE quintet.impu SET psi_application_server = 'sip:as.example.net' WHERE id = 6"),
    Refusal("direct routing to something else than a SIP URI", "TS 29.228 6.1.4.1",
            "UPDATE quintet.impu SET psi_application_server = 'as.example.net' WHERE id = 6",
            "impu_psi_application_server_is_a_sip_uri"),
    Refusal("aliases in two sets", "TS 29.228 Annex B",
            "UPDATE quintet.impu SET alias_group = 'a', service_profile_id = 1 WHERE id IN (1, 3)",
            "of the alias group a differ in their registration set", "UPDATE quintet.impu SET alias_group = 'a' WHERE id IN (1, 2)",
            "in one transaction"),
    Refusal("aliases with two service profiles", "TS 29.228 Annex B",
            "UPDATE quintet.impu SET alias_group = 'a' WHERE id IN (1, 2);"
            "UPDATE quintet.impu SET service_profile_id = 2 WHERE id = 2",
            "of the alias group a differ in their service profile",
            "UPDATE quintet.impu SET alias_group = 'a' WHERE id IN (1, 2);"
            "UPDATE quintet.impu SET service_profile_id = 2 WHERE id = 2;"
            "UPDATE quintet.impu SET service_profile_id = 2 WHERE id = 1"),
    Refusal("a PSI in an alias group", "TS 29.228 Annex B", "UPDATE quintet.impu SET alias_group = 'a' WHERE id = 6",
            "impu_psi_is_in_no_alias_group"),
    Refusal("two identities at one place of a set", "TS 29.228 Annex B", "UPDATE quintet.impu SET position = 1 WHERE id = 2",
            "impu_position_is_unique_in_set", "UPDATE quintet.impu SET position = 3 - position WHERE set_id = 1"),
    Refusal("an association between two subscriptions", "TS 23.228 5.2.1a",
            "INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) VALUES (1, 3, 1)", "impi_set_one_subscription_set"),
    Refusal("an association with another's IMPI", "TS 23.228 5.2.1a",
            "INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) VALUES (2, 1, 1)", "impi_set_one_subscription_impi"),
)

SCHEMES = (
    Refusal("AKA without a card", "TS 33.203 6.1", impi("bob@home.example.net", schemes="'{aka}'"), "impi_aka_needs_credential",
            impi("bob@home.example.net", schemes="'{aka}'", credential_id="1")),
    Refusal("a card of TUAK", "TS 35.231", "UPDATE quintet.credential SET algorithm = 'tuak' WHERE id = 1",
            "asks for the algorithm tuak, which is not served: only milenage is",
            "UPDATE quintet.credential SET algorithm = 'milenage' WHERE id = 1", "a mechanism of its vendor"),
    Refusal("a scheme that nobody knows", "TS 29.228 6.3", impi("bob@home.example.net", schemes="'{basic}'"),
            "impi_schemes_are_known", impi("bob@home.example.net", schemes="'{giba}'")),
    Refusal("a scheme twice", "TS 29.228 6.3", impi("bob@home.example.net", schemes="'{giba,giba}'"), "impi_schemes_are_named_once"),
    Refusal("SIP Digest without a secret", "TS 33.203 Annex N", impi("bob@home.example.net", schemes="'{sip-digest}'"),
            "the private identity bob@home.example.net may use sip-digest, but has no row in digest_secret",
            impi("bob@home.example.net", id="50", schemes="'{sip-digest}'") + ";" + DIGEST.format(50, "home.example.net"),
            "Insert its digest_secret in the same transaction"),
    Refusal("NASS-Bundled without a line", "TS 33.203 Annex R", impi("bob@home.example.net", schemes="'{giba,nass-bundled}'"),
            "may use nass-bundled, but has no row in line_identifier",
            impi("bob@home.example.net", id="50", schemes="'{nass-bundled}'") + ";" + LINE.format(50)),
    Refusal("the secret of a digest user deleted", "TS 33.203 Annex N",
            DIGEST.format(1, "home.example.net") + "; UPDATE quintet.impi SET schemes = '{sip-digest}' WHERE id = 1;"
            "DELETE FROM quintet.digest_secret", "the private identity alice@home.example.net may use sip-digest",
            DIGEST.format(1, "home.example.net") + "; UPDATE quintet.impi SET schemes = '{sip-digest}' WHERE id = 1;"
            "DELETE FROM quintet.impi WHERE id = 1"),
    Refusal("the last line of a NASS-Bundled user deleted", "TS 33.203 Annex R",
            LINE.format(1) + "; UPDATE quintet.impi SET schemes = '{nass-bundled}' WHERE id = 1; DELETE FROM quintet.line_identifier",
            "the private identity alice@home.example.net may use nass-bundled"),
    Refusal("a digest realm with a quotation mark", "RFC 7616 3.3", DIGEST.format(1, 'home"'), "digest_secret_realm_can_be_quoted",
            DIGEST.format(1, "home")),
    Refusal("an IPv4 network as a GIBA address", "TS 33.203 Annex T",
            "INSERT INTO quintet.giba_binding (impi_id, address) VALUES (1, '10.0.0.0/8')", "giba_binding_ipv4_is_a_host",
            "INSERT INTO quintet.giba_binding (impi_id, address) VALUES (1, '10.0.0.1')"),
)

CRITERIA = (
    Refusal("two criteria of one priority", "TS 29.228 Annex B", criterion("profile_id=1", 10),
            "initial_filter_criteria_priority_is_unique_in_profile", criterion("profile_id=1", 11)),
    Refusal("two criteria of one priority in a shared set", "TS 29.228 Annex B", criterion("shared_ifc_set_id=7", 20),
            "initial_filter_criteria_priority_is_unique_in_shared_set", criterion("shared_ifc_set_id=7", 21)),
    Refusal("a shared set whose priorities are taken", "TS 29.228 Annex B", criterion("profile_id=1", 20) + ";" + LINK,
            "the service profile gold would have two filter criteria of priority 20", criterion("profile_id=1", 21) + ";" + LINK,
            "a block of priorities for each shared set"),
    Refusal("a criterion that takes the priority of a shared set", "TS 29.228 Annex B", LINK + ";" + criterion("profile_id=1", 20),
            "the service profile gold would have two filter criteria of priority 20"),
    Refusal("a shared set that grows into a profile", "TS 29.228 Annex B", LINK + ";" + criterion("shared_ifc_set_id=7", 10),
            "the service profile gold would have two filter criteria of priority 10",
            LINK + ";" + criterion("shared_ifc_set_id=7", 12)),
    Refusal("a priority moved onto another", "TS 29.228 Annex B",
            LINK + "; UPDATE quintet.initial_filter_criteria SET priority = 10 WHERE id = 2",
            "the service profile gold would have two filter criteria of priority 10"),
    Refusal("two shared sets with one priority", "TS 29.228 Annex B",
            "INSERT INTO quintet.shared_ifc_set (id) VALUES (8);" + criterion("shared_ifc_set_id=8", 20)
            + "; INSERT INTO quintet.service_profile_shared_ifc_set VALUES (2, 7), (2, 8)",
            "the service profile silver would have two filter criteria of priority 20"),
    Refusal("a criterion of a profile and a shared set", "TS 29.228 Annex B",
            criterion("profile_id=1", 11, shared_ifc_set_id="7"), "initial_filter_criteria_has_one_owner"),
    Refusal("a trigger point without triggers", "TS 29.228 Annex B", criterion("profile_id=1", 11, condition_type_cnf="true"),
            "the filter criterion 11 of the service profile gold has a trigger point without a service point trigger",
            criterion("profile_id=1", 11, id="50", condition_type_cnf="true") + ";"
            + trigger("method", method="'INVITE'", ifc_id="50"), "in the same transaction"),
    Refusal("the last trigger of a criterion deleted", "TS 29.228 Annex B", "DELETE FROM quintet.service_point_trigger",
            "the filter criterion 10 of the service profile gold has a trigger point without",
            "DELETE FROM quintet.service_point_trigger WHERE position = 1"),
    Refusal("a trigger where there is no trigger point", "TS 29.228 Annex B", trigger("method", method="'INVITE'", ifc_id="2"),
            "the filter criterion 20 of the shared set 7 has service point triggers, but no trigger point",
            "UPDATE quintet.initial_filter_criteria SET condition_type_cnf = true WHERE id = 2;"
            + trigger("method", method="'INVITE'", ifc_id="2"), "condition_type_cnf"),
    Refusal("a trigger point taken from under its triggers", "TS 29.228 Annex B",
            "UPDATE quintet.initial_filter_criteria SET condition_type_cnf = NULL WHERE id = 1", "but no trigger point",
            "DELETE FROM quintet.service_point_trigger;"
            "UPDATE quintet.initial_filter_criteria SET condition_type_cnf = NULL WHERE id = 1"),
    Refusal("a trigger in no group", "TS 29.228 Annex B", trigger("method", method="'INVITE'", groups="'{}'"),
            "service_point_trigger_is_in_a_group", trigger("method", method="'INVITE'", groups="'{1,2}'")),
    Refusal("a trigger twice in a group", "TS 29.228 Annex B", trigger("method", method="'INVITE'", groups="'{1,1}'"),
            "service_point_trigger_groups_are_distinct_numbers"),
    Refusal("a negative group", "TS 29.228 Annex B", trigger("method", method="'INVITE'", groups="'{-1}'"),
            "service_point_trigger_groups_are_distinct_numbers"),
    Refusal("a group without a number", "TS 29.228 Annex B", trigger("method", method="'INVITE'", groups="'{NULL}'"),
            "service_point_trigger_groups_are_distinct_numbers"),
    Refusal("a trigger of one kind with the value of another", "TS 29.228 Annex B", trigger("session_case", method="'INVITE'"),
            "service_point_trigger_fits_its_kind", trigger("session_case", session_case="4")),
    Refusal("a trigger of two kinds", "TS 29.228 Annex B", trigger("session_case", session_case="1", method="'INVITE'"),
            "service_point_trigger_fits_its_kind"),
    Refusal("content of a method", "TS 29.228 Annex B", trigger("method", method="'INVITE'", content="'x'"),
            "service_point_trigger_fits_its_kind", trigger("sip_header", header="'Accept'", content="'x'")),
    Refusal("a session case that does not exist", "TS 29.228 Annex B", trigger("session_case", session_case="5"),
            "service_point_trigger_session_case_check"),
    Refusal("a method in lower case", "RFC 3261 7.1", trigger("method", method="'invite'"),
            "service_point_trigger_method_is_in_upper_case"),
    Refusal("a registration type of INVITE", "TS 29.228 Annex B", trigger("method", method="'INVITE'", registration_types="'{0}'"),
            "service_point_trigger_registration_type_needs_register",
            trigger("method", method="'REGISTER'", registration_types="'{0,2}'")),
    Refusal("a registration type of a session case", "TS 29.228 Annex B",
            trigger("session_case", session_case="1", registration_types="'{0}'"),
            "service_point_trigger_registration_type_needs_register"),
    Refusal("a registration type that does not exist", "TS 29.228 Annex B",
            trigger("method", method="'REGISTER'", registration_types="'{3}'"),
            "service_point_trigger_registration_types_are_0_to_2"),
    Refusal("header content that is no regular expression", "TS 29.228 Annex B",
            trigger("sip_header", header="'Accept'", content="'[a-'"),
            "[a- in a service point trigger is not an extended regular expression",
            trigger("sip_header", header="'Accept'", content="'[a-z]*'"), "POSIX"),
    Refusal("a request URI that is no regular expression", "TS 29.228 Annex B", trigger("request_uri", request_uri="'sip:(.*'"),
            "sip:(.* in a service point trigger is not", trigger("request_uri", request_uri="'sip:.*conference.*'")),
    Refusal("a header with a line break", "XML 1.0 2.2", trigger("sip_header", header="E'Accept\\n'"),
            "service_point_trigger_is_plain_text"),
    Refusal("an application server that is no SIP URI", "TS 29.228 Annex B", application_server("as.example.net"),
            "application_server_name_is_a_sip_uri", application_server("sip:as.example.net:5080;lr")),
    Refusal("service information that XML cannot hold", "XML 1.0 2.2",
            application_server("sip:new.example.net", service_info="U&'x\\FFFE'"), "application_server_service_info_is_text",
            AS_WITH_TWO_LINES),
    Refusal("a default handling that does not exist", "TS 29.228 Annex B",
            application_server("sip:new.example.net", default_handling="2"), "application_server_default_handling_check",
            application_server("sip:new.example.net", default_handling="1")),
    Refusal("a profile part that does not exist", "TS 29.228 Annex B", criterion("profile_id=1", 11, profile_part="2"),
            "initial_filter_criteria_profile_part_check", criterion("profile_id=1", 11, profile_part="1")),
    Refusal("an application server in use deleted", "TS 29.228 Annex B", "DELETE FROM quintet.application_server",
            "initial_filter_criteria_application_server_id_fkey"),
    Refusal("a shared set in use deleted", "TS 29.228 Annex B", LINK + "; DELETE FROM quintet.shared_ifc_set",
            "service_profile_shared_ifc_set_shared_ifc_set_id_fkey"),
    Refusal("a profile in use deleted", "TS 29.228 Annex B", "DELETE FROM quintet.service_profile WHERE id = 1",
            "impu_service_profile_id_fkey"),
    Refusal("tables emptied past the triggers", "", "TRUNCATE quintet.service_point_trigger",
            "TRUNCATE of quintet.service_point_trigger would leave profiles at their old revision", "", "DELETE"),
)

VALUES = (
    Refusal("a display name with a control character", "XML 1.0 2.2",
            "UPDATE quintet.impu SET display_name = E'Al\\u0085ice' WHERE id = 1", "impu_display_name_is_plain_text",
            "UPDATE quintet.impu SET display_name = 'Zoë <O''Brien & \"Söhne\"> 😀' WHERE id = 1"),
    Refusal("a display name that XML cannot hold", "XML 1.0 2.2",
            "UPDATE quintet.impu SET display_name = U&'x\\FFFF' WHERE id = 1", "impu_display_name_is_plain_text"),
    Refusal("trace information with a tab", "XML 1.0 2.2", "UPDATE quintet.impu SET trace_info = E'a\\tb' WHERE id = 1",
            "impu_trace_info_is_plain_text"),
    Refusal("an alias group without a name", "TS 29.228 Annex B", "UPDATE quintet.impu SET alias_group = '' WHERE id = 1",
            "impu_alias_group_is_plain_text"),
    Refusal("a priority level of 5", "TS 29.228 Annex B", "UPDATE quintet.impu SET priority_level = 5 WHERE id = 1",
            "impu_priority_level_is_0_to_4", "UPDATE quintet.impu SET priority_level = 0 WHERE id = 1"),
    Refusal("no registrations allowed at all", "TS 29.228 Annex B", "UPDATE quintet.impu SET max_registrations = 0 WHERE id = 1",
            "impu_max_registrations_is_positive"),
    Refusal("a priority name space twice", "RFC 4412 3",
            "INSERT INTO quintet.extended_priority VALUES (1, 1, 'wps', '1'), (1, 2, 'wps', '2')",
            "extended_priority_namespace_is_named_once",
            "INSERT INTO quintet.extended_priority VALUES (1, 1, 'wps', '1'), (1, 2, 'ets', '2')"),
    Refusal("a reference location with a control character", "XML 1.0 2.2",
            "INSERT INTO quintet.reference_location VALUES (1, 1, 'ADSL', E'\\x07', 'line')", "reference_location_is_plain_text",
            "INSERT INTO quintet.reference_location VALUES (1, 1, 'ADSL', 'dsl-location', 'line')"),
    Refusal("a media profile beyond 31 bits", "TS 29.228 Annex B",
            "UPDATE quintet.service_profile SET media_profile_id = 2147483648", "service_profile_media_profile_id_has_31_bits",
            "UPDATE quintet.service_profile SET media_profile_id = 2147483647"),
    Refusal("a service that is no URN", "TS 24.229 7.2A.8",
            "INSERT INTO quintet.service_profile_service VALUES (1, 1, 'mmtel')", "service_profile_service_is_a_urn",
            "INSERT INTO quintet.service_profile_service VALUES (1, 1, 'urn:urn-7:3gpp-service.ims.icsi.mmtel')"),
    Refusal("a capability beyond 32 bits", "TS 29.229 6.3.5",
            "INSERT INTO quintet.capability_set (name, mandatory) VALUES ('x', '{4294967296}')",
            "capability_set_numbers_have_32_bits",
            "INSERT INTO quintet.capability_set (name, mandatory, optional) VALUES ('x', '{0,4294967295}', '{7}')"),
    Refusal("a capability that is mandatory and optional", "TS 29.228 6.7",
            "INSERT INTO quintet.capability_set (name, mandatory, optional) VALUES ('x', '{1}', '{1}')",
            "capability_set_names_nothing_twice"),
    Refusal("a preferred S-CSCF that is no SIP URI", "TS 29.229 6.3.4",
            "INSERT INTO quintet.capability_set (name, server_names) VALUES ('x', '{scscf.example.net}')",
            "capability_set_servers_are_sip_uris",
            "INSERT INTO quintet.capability_set (name, server_names) VALUES ('x', '{sip:scscf.example.net:6060}')"),
    Refusal("a charging function that is no DiameterURI", "TS 29.229 6.3.19",
            "INSERT INTO quintet.charging_set (name, primary_ccf) VALUES ('x', 'ccf.example.net')",
            "charging_set_addresses_are_diameter_uris",
            "INSERT INTO quintet.charging_set (name, primary_ccf) VALUES ('x', 'aaa://ccf.example.net:3868;transport=tcp')"),
    Refusal("a secondary charging function alone", "TS 29.229 6.3.21",
            "INSERT INTO quintet.charging_set (name, primary_ccf, secondary_ecf) VALUES ('x', 'aaa://a.net', 'aaa://b.net')",
            "charging_set_secondary_needs_primary"),
    Refusal("a charging set that names nobody", "TS 29.229 6.3.19", "INSERT INTO quintet.charging_set (name) VALUES ('x')",
            "charging_set_names_a_function"),
    Refusal("a visited network in upper case", "TS 29.229 6.3.1",
            "INSERT INTO quintet.roaming_area (id, name) VALUES (1, 'a');"
            "INSERT INTO quintet.roaming_area_network VALUES (1, 'IMS.example.net')",
            "roaming_area_network_is_a_domain_name_in_lower_case",
            "INSERT INTO quintet.roaming_area (id, name) VALUES (1, 'a');"
            "INSERT INTO quintet.roaming_area_network VALUES (1, 'ims.example.net')"),
)

GBA = (
    Refusal("a GBA key that lives for no time", "TS 29.109 Annex A", "INSERT INTO quintet.guss (impi_id, key_lifetime) VALUES (1, 0)",
            "guss_key_lifetime_is_positive", "INSERT INTO quintet.guss (impi_id, key_lifetime) VALUES (1, 2147483647)"),
    Refusal("a security setting for nobody", "TS 29.109 Annex A", uss(impi_id="2"), "uss_impi_id_fkey", uss()),
    Refusal("a negative service", "TS 29.109 Annex B", uss(gsid="-1"), "uss_gsid_is_not_negative", uss(gsid="0")),
    Refusal("a negative type", "TS 29.109 Annex B", uss(type="-1"), "uss_type_is_not_negative", uss(type="2147483647")),
    Refusal("a flag that is 0", "TS 29.109 Annex B", uss(flags="'{0}'"), "uss_flags_are_distinct_positive_numbers",
            uss(flags="'{1,2}'")),
    Refusal("a flag twice", "TS 29.109 Annex B", uss(flags="'{1,1}'"), "uss_flags_are_distinct_positive_numbers", uss(flags="'{}'")),
    Refusal("a flag without a number", "TS 29.109 Annex B", uss(flags="'{NULL}'"), "uss_flags_are_distinct_positive_numbers"),
    Refusal("33 flags", "docs/texts.md", uss(flags="ARRAY(SELECT generate_series(1, 33))"), "uss_has_at_most_32_flags",
            uss(flags="ARRAY(SELECT generate_series(1, 32))")),
    Refusal("a setting without identities", "TS 29.109 Annex A", uss(uids="'{}'"), "uss_has_1_to_32_uids"),
    Refusal("33 identities", "docs/texts.md", uss(uids="ARRAY(SELECT 'u' || n FROM generate_series(1, 33) AS n)"), "uss_has_1_to_32_uids",
            uss(uids="ARRAY(SELECT 'u' || n FROM generate_series(1, 32) AS n)")),
    Refusal("an identity that XML cannot hold", "XML 1.0 2.2", uss(uids="ARRAY[E'sip:a\\x07@example.net']"), "uss_uids_are_plain_texts",
            uss(uids="ARRAY['Zoë <& \"''>']")),
    Refusal("an identity without characters", "TS 29.109 Annex A", uss(uids="'{\"\"}'"), "uss_uids_are_plain_texts"),
    Refusal("an identity that is NULL", "TS 29.109 Annex A", uss(uids="'{NULL}'"), "uss_uids_are_named_once"),
    Refusal("an identity of 1025 octets", "docs/texts.md", uss(uids="ARRAY['ë' || repeat('u', 1023)]"), "uss_uids_are_plain_texts",
            uss(uids="ARRAY['ë' || repeat('u', 1022)]")),
    Refusal("an identity twice", "TS 29.109 Annex A", uss(uids="'{sip:a@example.net,sip:a@example.net}'"), "uss_uids_are_named_once",
            uss(uids="'{sip:b@example.net,sip:a@example.net}'")),
    Refusal("a group of NAFs without a name", "TS 29.109 Annex A", uss(naf_group="''"), "uss_naf_group_is_plain_text"),
    Refusal("a service twice", "TS 29.109 Annex A", uss() + uss(), "uss_is_one_for_service_and_group",
            uss() + uss(naf_group="'A'") + uss(naf_group="'B'")),
    Refusal("a service twice for one group", "TS 29.109 Annex A", uss(naf_group="'A'") + uss(naf_group="'A'"),
            "uss_is_one_for_service_and_group"),
    Refusal("65 settings", "docs/texts.md", many_uss(65, 1, 9),
            "the private identity alice@home.example.net would have 65 user security settings, more than 64", many_uss(64, 1, 9),
            "Make one of several"),
    Refusal("settings that fit into no message", "docs/texts.md", many_uss(2, 23, 1024),
            "the user security settings of alice@home.example.net would make a document of up to 50938 octets, more than 49152",
            many_uss(2, 22, 1024), "Name fewer identities"),
    Refusal("a setting that grows too long", "docs/texts.md",
            many_uss(2, 22, 1024) + "; UPDATE quintet.uss SET uids = uids || repeat('x', 1024)", "would make a document of up to"),
    Refusal("settings that are too long once escaped", "XML 1.0 2.4", uss(uids="ARRAY(SELECT n || repeat('&', 500) FROM generate_series(1, 16) AS n)"),
            "would make a document of up to", uss(uids="ARRAY(SELECT n || repeat('&', 500) FROM generate_series(1, 14) AS n)")),
)

REFUSALS = IDENTITIES + SETS + SCHEMES + CRITERIA + VALUES + GBA
