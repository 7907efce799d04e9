# SPDX-License-Identifier: Apache-2.0
"""Texts that an older Quintet stored, brought to today's forms; and the limit of each provisioned text."""

import random
import re
import shutil
import subprocess

import psycopg2.errors
import pytest

from conftest import ROOT
from database import BASE, Database
from support.databases import migrate

STEP = 10
# By subscription: S-CSCF name as a peer could leave it, and whether it is one
NAMES = {"good": ("SIP:u%20x@SCSCF.example.net:6060;lr", True), "bare": ("sip:", False), "web": ("http://as.example.net/", False),
         "lines": ("sip:scscf.example.net\r\nRoute: <sip:evil.example>", False), "text": ("free text", False),
         "long": (f"sip:{'a' * 600}@scscf.example.net", False), "headers": ("sip:scscf.example.net?Route=%3Csip:evil%3E", False),
         "escaped lines": ("sip:s%0D%0AX@scscf.example.net", False), "label": (f"sip:{'a' * 64}.example.net", False)}
# Addresses by which no S-CSCF can be reached, beside a good name
ADDRESSES = {"long host": ("h" * 256, "r"), "long realm": ("h", "r" * 256), "host of two lines": ("h\r\nX: y", "r"),
             "realm with a control character": ("h", "r\x1b")}


@pytest.fixture
def before(databases, tmp_path):
    """A database of the steps before this one, and its conninfo."""
    shutil.copy(ROOT / "schema" / "roles.sql", tmp_path)
    for step in (ROOT / "schema").glob("[0-9]*.sql"):
        if int(step.name[:4]) < STEP:
            shutil.copy(step, tmp_path)
    conninfo = databases.empty()
    migrate(conninfo, tmp_path)
    return conninfo


def change(conninfo, *statements):
    with Database(conninfo) as database:
        for statement in statements:
            database(statement)
        database.commit()


def member(identity, number, kind="distinct_pui"):
    return f"INSERT INTO quintet.impu (id, identity, type, set_id, position) VALUES ({number}, '{identity}', '{kind}', 3, {number})"


def test_identities_get_their_canonical_form(before):
    change(before, BASE, member("sip:zoë@home.example.net", 50), member('sip:a"b@home.example.net', 51),
           member("sip:é-!.*!@home.example.net", 52, "wildcarded_pui"))
    migrate(before)
    with Database(before) as database:
        assert database.column("SELECT identity FROM quintet.impu WHERE id >= 50 ORDER BY id") == [
            "sip:zo%C3%AB@home.example.net", "sip:a%22b@home.example.net", "sip:%C3%A9-!.*!@home.example.net"]
        assert database.value("SELECT wildcard_prefix FROM quintet.impu WHERE id = 52") == "sip:%C3%A9-"


def test_two_that_become_one_are_named_and_nothing_is_changed(before):
    change(before, BASE, member("sip:zoë@home.example.net", 50), member("sip:zo%C3%AB@home.example.net", 51))
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        migrate(before)
    for part in ("sip:zoë@home.example.net and sip:zo%C3%AB@home.example.net (ids 50, 51)", "Delete or rename all but one"):
        assert part in stopped.value.stderr
    change(before, "DELETE FROM quintet.impu WHERE id = 51")
    migrate(before)
    with Database(before) as database:
        assert database.value("SELECT identity FROM quintet.impu WHERE id = 50") == "sip:zo%C3%AB@home.example.net"


def test_a_server_name_that_is_none_goes_with_its_registrations(before):
    rows = [(name, scscf, "h", "r") for name, (scscf, _) in NAMES.items()] + [
        (name, "sip:scscf.example.net", *address) for name, address in ADDRESSES.items()]
    with Database(before) as database:
        database(BASE)
        for number, row in enumerate(rows, 100):
            database("INSERT INTO quintet.subscription (id, name, scscf_name, scscf_host, scscf_realm, reassignment_pending)"
                     " VALUES (%s, %s, %s, %s, %s, true)", number, *row)
            database("INSERT INTO quintet.impi (id, identity, subscription_id, schemes) VALUES (%s, %s, %s, '{}')", number,
                     f"{number}@home.example.net", number)
            database("INSERT INTO quintet.registration_set (id, subscription_id, state) VALUES (%s, %s, 'registered')", number, number)
            database("INSERT INTO quintet.impi_set VALUES (%s, %s, %s, true, true)", number, number, number)
        database.commit()
    migrate(before)
    kept = [name for name, (_, is_name) in NAMES.items() if is_name]
    with Database(before) as database:
        assert database.column("SELECT name FROM quintet.subscription WHERE scscf_name IS NOT NULL") == kept
        assert database("SELECT s.name, state::text, auth_pending, registered FROM quintet.subscription s"
                        " JOIN quintet.registration_set t ON t.subscription_id = s.id"
                        " JOIN quintet.impi_set p ON p.set_id = t.id WHERE s.id >= 100 ORDER BY s.id") == [
            (row[0], "registered", True, True) if row[0] in kept else (row[0], "not_registered", False, False) for row in rows]


# Column of what an S-CSCF left -> limit; the same as of the AVP (docs/texts.md)
RESTORATION = {"path": 2048, "contact": 2048, "call_id": 255, "scheme": 64, "subscription_call_id": 255, "subscription_from": 1024,
               "subscription_to": 1024, "subscription_route": 2048, "subscription_contact": 2048, "p_cscf_call_id": 255,
               "p_cscf_from": 1024, "p_cscf_to": 1024, "p_cscf_contact": 2048}


def left_behind(columns):
    columns = {"impi_id": 1, "set_id": 1, "position": 1, "path": "<sip:p>", "contact": "<sip:c>", **columns}
    return (f"INSERT INTO quintet.restoration_contact ({', '.join(columns)}) VALUES"
            f" ({', '.join(repr(value) for value in columns.values())})")


def test_nothing_is_restored_that_was_not_looked_at(before):
    change(before, BASE, left_behind({}), left_behind({"position": 2, "subscription_from": "<sip:a>\\015\\012X: y"}))
    migrate(before)
    with Database(before) as database:
        assert database.value("SELECT count(*) FROM quintet.restoration_contact") == 0


@pytest.mark.parametrize("column", RESTORATION)
def test_what_is_left_for_restoration_has_a_limit(db, column):
    db("SAVEPOINT good")
    db(left_behind({column: "x" * RESTORATION[column]}))
    db("ROLLBACK TO good")
    error = db.refusal(left_behind({column: "x" * (RESTORATION[column] + 1)}))
    assert error.diag.constraint_name == "restoration_contact_is_short"


def test_every_text_that_is_left_for_restoration_is_in_the_table(db):
    assert set(db.column("SELECT attname FROM pg_attribute WHERE attrelid = 'quintet.restoration_contact'::regclass AND attnum > 0"
                         " AND atttypid IN ('bytea'::regtype, 'text'::regtype)")) == set(RESTORATION)


BAD_SERVERS = {
    "application server old-as (id 50)": "INSERT INTO quintet.application_server (id, name, server_name) VALUES"
                                         " (50, 'old-as', 'sip:a..b?Route=x')",
    "capability set old-set (id 50)": "INSERT INTO quintet.capability_set (id, name, server_names) VALUES"
                                      " (50, 'old-set', ARRAY['sip:good.example.net', 'sip:' || repeat('a', 64) || '.b'])",
    "public identity sip:chat-!.*!@as.example.net (id 6)": "UPDATE quintet.impu SET psi_application_server ="
                                                           " 'sip:a%0D%0A@as.example.net' WHERE id = 6"}


def test_server_names_that_no_dump_could_restore_stop_the_migration(before):
    change(before, BASE, *BAD_SERVERS.values())
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        migrate(before)
    for who in BAD_SERVERS:
        assert who in stopped.value.stderr
    change(before, "DELETE FROM quintet.application_server WHERE id = 50", "DELETE FROM quintet.capability_set",
           "UPDATE quintet.impu SET psi_application_server = NULL WHERE id = 6")
    migrate(before)


# Pieces of server names, put together at random
PIECES = ("sip:", "sips:", "a", "b.c", "@", ":", ":pw", ":5060", ":65536", ";lr", ";a=b", "?", "?a=b", ".", "-", "_", "/", "[::1]", "]",
          "%41", "%00", "%0d", "%1F", "%20", "%7e", "%7F", "%7f", "%C3", "%4", "%", "é", " ", "\t", "x" * 63, "x" * 64,
          ".".join(["y" * 63] * 3), ".".join(["z" * 49] * 5))


def test_the_schema_and_the_server_take_the_same_server_names(db, canonical_forms):
    source = random.Random("servers")
    names = [source.choice(("sip:", "sip:", "sips:a@", "sip:u:p@h", "")) + "".join(source.choices(PIECES, k=source.randint(0, 5)))
             for _ in range(20000)]
    ours = db.column("SELECT quintet.is_sip_uri(lower(i COLLATE \"C\")) FROM unnest(%s) WITH ORDINALITY AS t (i, n) ORDER BY n", names)
    theirs = [form[2] == "server" for form in canonical_forms(names)]
    assert [one for one in zip(names, ours, theirs) if one[1] != one[2]] == []
    assert 1000 < sum(ours) < 19000


@pytest.mark.parametrize("replica", [False, True])
def test_no_other_is_stored_any_more(db, replica):
    if replica:
        db("SET LOCAL session_replication_role = replica")
    for name, is_name in NAMES.values():
        statement = "UPDATE quintet.subscription SET scscf_name = %s, scscf_host = 'h', scscf_realm = 'r' WHERE id = 1"
        if is_name:
            db(statement, name)
        else:
            assert db.refusal(statement, name).diag.constraint_name == "subscription_scscf_name_is_a_sip_uri"


# Key URI, and whether one is stored
KEY_URIS = {"pkcs11:token=a;object=b;id=%01": True, "pkcs11:" + "x" * 505: True, "pkcs11:" + "x" * 506: False,
            "pkcs11:object=a?pin-value=geheim": False, "pkcs11:object=a?PIN-Source=file:geheim": False,
            "pkcs11:object=a;pinfile=geheim": False, "pkcs11:object=a\nb": False, "pkcs11:object=a b": False, "pkcs11:object=ë": False,
            "x-pkcs11:?pin-value=geheim": False}
TOKEN_CARD = ("INSERT INTO quintet.credential (id, name, key_uri, opc_sealed) VALUES (50, 'hsm-card',"
              " 'pkcs11:object=a?pin-value=geheim', repeat('o', 44)::bytea)")


@pytest.mark.parametrize("uri, is_one", KEY_URIS.items())
def test_a_key_uri_has_no_pin(db, uri, is_one):
    insert = "INSERT INTO quintet.credential (name, key_uri, opc_sealed) VALUES ('hsm-card', %s, repeat('o', 44)::bytea)"
    if is_one:
        db(insert, uri)
        return
    error = db.refusal(insert, uri)
    assert error.diag.constraint_name == "credential_key_uri_has_no_pin"
    assert "hsm-card" in error.diag.message_primary
    assert uri not in str(error)


def test_an_old_pin_is_told_of_but_not_told_and_a_dump_can_be_restored(before, databases):
    change(before, TOKEN_CARD)
    said = migrate(before)
    assert "credential hsm-card" in said
    assert "geheim" not in said
    with Database(before) as database:
        database("UPDATE quintet.credential SET data_key_id = 2 WHERE id = 50")  # other columns can be changed
        assert database.refusal("UPDATE quintet.credential SET key_uri = key_uri || 'x' WHERE id = 50").diag.constraint_name == \
            "credential_key_uri_has_no_pin"
    restored = databases.empty()
    dump = subprocess.run(["pg_dump", "-d", before], check=True, capture_output=True)
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", restored], input=dump.stdout, check=True, capture_output=True)
    with Database(restored) as database:
        assert database.value("SELECT count(*) FROM quintet.credential WHERE id = 50") == 1


# Table and column -> limit, an INSERT with %s for the text, how to fill it up to so many octets
def words(octets):
    return "w" * octets


def uri(octets):
    return "sip:" + "a" * (octets - len("sip:@example.net")) + "@example.net"


def diameter_uri(octets):
    return "aaa://" + "a" * (octets - len("aaa://"))


def trigger(kind, column, more=""):
    columns = f"(ifc_id, position, groups, kind, {column}{', header' if more else ''})"
    return f"INSERT INTO quintet.service_point_trigger {columns} VALUES (1, 50, '{{0}}', '{kind}', %s{more})"


CHARGING = "INSERT INTO quintet.charging_set (name, primary_ecf, secondary_ecf, primary_ccf, secondary_ccf) VALUES ('x', {}, {}, {}, {})"
MEMBER = "INSERT INTO quintet.impu (identity, type, set_id, position, {}) VALUES ('sip:new@home.example.net', '{}', {}, 50, %s)"
LOCATION = "INSERT INTO quintet.reference_location (impi_id, access_type, access_info, access_value) VALUES (1, {}, {}, {})"
SERVER = "INSERT INTO quintet.application_server (name, server_name, service_info) VALUES ({}, {}, {})"


def one_of(template, count, place, other):
    return template.format(*["%s" if n == place else other for n in range(count)])


LIMITS = {
    ("application_server", "name"): (255, one_of(SERVER, 3, 0, "'sip:x'"), words),
    ("application_server", "server_name"): (512, one_of(SERVER, 3, 1, "'x'"), uri),
    ("application_server", "service_info"): (4096, SERVER.format("'x'", "'sip:x'", "%s"), words),
    ("capability_set", "name"): (255, "INSERT INTO quintet.capability_set (name) VALUES (%s)", words),
    ("charging_set", "name"): (255, "INSERT INTO quintet.charging_set (name, primary_ecf) VALUES (%s, 'aaa://x')", words),
    **{("charging_set", column): (512, one_of(CHARGING, 4, place, "'aaa://x'"), diameter_uri)
       for place, column in enumerate(("primary_ecf", "secondary_ecf", "primary_ccf", "secondary_ccf"))},
    ("digest_secret", "realm"): (255, "INSERT INTO quintet.digest_secret (impi_id, realm, md5_sealed) VALUES (1, %s,"
                                      " repeat('d', 44)::bytea)", words),
    ("extended_priority", "namespace"): (64, "INSERT INTO quintet.extended_priority VALUES (1, 1, %s, 'x')", words),
    ("extended_priority", "level"): (64, "INSERT INTO quintet.extended_priority VALUES (1, 1, 'x', %s)", words),
    ("impu", "alias_group"): (255, MEMBER.format("alias_group", "distinct_pui", 2), words),
    ("impu", "display_name"): (255, MEMBER.format("display_name", "distinct_pui", 2), words),
    ("impu", "trace_info"): (1024, MEMBER.format("trace_info", "distinct_pui", 2), words),
    ("impu", "psi_application_server"): (512, "INSERT INTO quintet.registration_set (id, subscription_id) VALUES (50, 1);"
                                         + MEMBER.format("psi_application_server", "distinct_psi", 50), uri),
    **{("reference_location", column): (255, one_of(LOCATION, 3, place, "'x'"), words)
       for place, column in enumerate(("access_type", "access_info", "access_value"))},
    ("roaming_area", "name"): (255, "INSERT INTO quintet.roaming_area (name) VALUES (%s)", words),
    ("roaming_area_network", "network"): (255, "INSERT INTO quintet.roaming_area (id, name) VALUES (50, 'x');"
                                               "INSERT INTO quintet.roaming_area_network VALUES (50, %s)", words),
    ("service_point_trigger", "request_uri"): (1024, trigger("request_uri", "request_uri"), words),
    ("service_point_trigger", "method"): (64, trigger("method", "method"), lambda octets: "M" * octets),
    ("service_point_trigger", "header"): (255, trigger("sip_header", "header"), words),
    ("service_point_trigger", "content"): (1024, trigger("sip_header", "content", ", 'x'"), words),
    ("service_point_trigger", "line"): (255, trigger("session_description", "line"), words),
    ("service_profile", "name"): (255, "INSERT INTO quintet.service_profile (name) VALUES (%s)", words),
    ("service_profile_service", "service_id"): (255, "INSERT INTO quintet.service_profile_service VALUES (1, 1, %s)",
                                                lambda octets: "urn:" + "x" * (octets - 4)),
    ("subscription", "name"): (255, "INSERT INTO quintet.subscription (name) VALUES (%s)", words),
    ("uss", "naf_group"): (255, "INSERT INTO quintet.guss (impi_id) VALUES (1); INSERT INTO quintet.uss (impi_id, gsid, uids, naf_group)"
                                " VALUES (1, 1, '{u}', %s)", words),
    ("shared_ifc_set", "name"): (255, "INSERT INTO quintet.shared_ifc_set (id, name) VALUES (50, %s)", words),
}


@pytest.mark.parametrize("place", LIMITS, ids=".".join)
def test_a_provisioned_text_has_a_limit(db, place):
    octets, insert, fill = LIMITS[place]
    db("SAVEPOINT good")
    db(insert, fill(octets))
    db("ROLLBACK TO good")
    error = db.refusal(insert, fill(octets + 1))
    assert isinstance(error, psycopg2.errors.CheckViolation)
    assert error.diag.constraint_name == f"{place[0]}_{place[1]}_is_short"


def test_every_text_of_a_provisioner_is_in_the_table_or_has_a_rule_of_its_own(db):
    elsewhere = {("audit", "action"), ("audit", "subject"), ("audit", "detail"),  # not sent anywhere
                 ("credential", "name"), ("credential", "wrap_mechanism"), ("credential", "key_uri"), ("credential", "algorithm"),
                 ("impi", "identity"), ("impi", "imsi"), ("impu", "identity")}
    found = set(db("SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'"
                   " WHERE c.relnamespace = 'quintet'::regnamespace AND a.attnum > 0 AND a.atttypid = 'text'::regtype AND a.attgenerated = ''"
                   " AND has_column_privilege('quintet_provisioner', a.attrelid, a.attnum, 'INSERT')"))
    assert found - elsewhere == set(LIMITS)


def test_capabilities_are_few(db):
    insert = "INSERT INTO quintet.capability_set (name, mandatory, server_names) VALUES ('x', %s::bigint[], %s::text[])"
    db("SAVEPOINT good")
    db(insert, list(range(64)), [f"sip:s{n}.example.net" for n in range(16)])
    db("ROLLBACK TO good")
    assert db.refusal(insert, list(range(65)), []).diag.constraint_name == "capability_set_tells_at_most_64_numbers"
    names = [f"sip:s{n}.example.net" for n in range(17)]
    assert re.fullmatch("capability_set_tells_at_most_16_short_names", db.refusal(insert, [], names).diag.constraint_name)
