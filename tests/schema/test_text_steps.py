"""Texts that an older Quintet stored, brought to today's forms; and the limit of each provisioned text."""

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
         "long": (f"sip:{'a' * 600}@scscf.example.net", False)}


@pytest.fixture
def before(databases, tmp_path):
    """A database of the steps before this one, and its conninfo."""
    shutil.copy(ROOT / "schema" / "roles.sql", tmp_path)
    shutil.copy(ROOT / "schema" / "migrate", tmp_path)
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
    rows = [(100 + n, name, scscf) for n, (name, (scscf, _)) in enumerate(NAMES.items())]
    with Database(before) as database:
        database(BASE)
        for number, name, scscf in rows:
            database("INSERT INTO quintet.subscription (id, name, scscf_name, scscf_host, scscf_realm, reassignment_pending)"
                     " VALUES (%s, %s, %s, 'h', 'r', true)", number, name, scscf)
            database("INSERT INTO quintet.impi (id, identity, subscription_id, schemes) VALUES (%s, %s, %s, '{}')", number,
                     f"{name}@home.example.net", number)
            database("INSERT INTO quintet.registration_set (id, subscription_id, state) VALUES (%s, %s, 'registered')", number, number)
            database("INSERT INTO quintet.impi_set VALUES (%s, %s, %s, true, true)", number, number, number)
            database("INSERT INTO quintet.restoration_contact (impi_id, set_id, position, path, contact)"
                     " VALUES (%s, %s, 1, '<sip:p>', '<sip:c>')", number, number)
        database.commit()
    migrate(before)
    kept = [name for name, (_, is_name) in NAMES.items() if is_name]
    with Database(before) as database:
        assert database.column("SELECT name FROM quintet.subscription WHERE scscf_name IS NOT NULL") == kept
        assert database("SELECT s.name, state::text, auth_pending, registered, (SELECT count(*) FROM quintet.restoration_contact"
                        " WHERE set_id = t.id) FROM quintet.subscription s JOIN quintet.registration_set t ON t.subscription_id = s.id"
                        " JOIN quintet.impi_set p ON p.set_id = t.id WHERE s.id >= 100 ORDER BY s.id") == [
            (name, "registered", True, True, 1) if name in kept else (name, "not_registered", False, False, 0) for name in NAMES]


def test_no_other_is_stored_any_more(db):
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
