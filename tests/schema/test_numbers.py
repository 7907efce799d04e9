# SPDX-License-Identifier: Apache-2.0
"""Sequence numbers belong to K: whatever is done to credentials, no number of a K goes back, and no role can make it."""

import psycopg2.errors
import pytest

from database import Database

K = b"f" * 16      # fingerprint of the card of database.BASE
OTHER = b"g" * 16
CARD = ("INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint)"
        " VALUES (%s, 1, 'aes-key-wrap', %s, repeat('o', 44)::bytea, %s) RETURNING id")
DELTA = 1 << 28


def seq(database, fingerprint=K):
    """The last SEQ issued, with what is owed to the lead."""
    return database.value("SELECT seq + quintet.seq_lead() - seq_lead FROM quintet.sqn_state WHERE fingerprint = %s", fingerprint)


def use(database, number, fingerprint=K):
    """As the server issues numbers."""
    database("SET LOCAL ROLE quintet_server")
    database("UPDATE quintet.sqn_state SET seq = %s, ind_ims = 16 WHERE fingerprint = %s", number, fingerprint)
    database("RESET ROLE")


def as_role(database, role, statement, *parameters):
    database(f"SET LOCAL ROLE {role}")
    out = database(statement, *parameters)
    database("RESET ROLE")
    return out


@pytest.fixture
def used(db):
    use(db, 500)
    return db


# ---- A known K goes on, an unknown one begins -----------------------------------------------------------------------

def provision(database, statement, *parameters):
    return as_role(database, "quintet_provisioner", statement, *parameters)


def test_a_row_copied_under_another_name_has_the_same_numbers(used):
    provision(used, "UPDATE quintet.credential SET name = 'old' WHERE name = 'card'")
    used("INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint)"
         " SELECT 'card', kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint FROM quintet.credential WHERE name = 'old'")
    assert used.column("SELECT seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint)") == [500, 500]


def test_two_rows_that_are_exchanged_take_their_numbers_along(used):
    provision(used, CARD, "other", b"x" * 24, OTHER)
    use(used, 7, OTHER)
    used("UPDATE quintet.credential AS a SET k_wrapped = b.k_wrapped, fingerprint = b.fingerprint"
         " FROM quintet.credential AS b WHERE (a.name, b.name) IN (('card', 'other'), ('other', 'card'))")
    assert used("SELECT name::text, seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) ORDER BY name") == [
        ("card", 7), ("other", 500)]


def test_a_card_deleted_and_imported_again_goes_on(used):
    used("DELETE FROM quintet.impi")
    used("DELETE FROM quintet.credential")
    provision(used, CARD, "new", b"y" * 24, K)
    assert seq(used) == 500


@pytest.mark.parametrize("lead, begins", [(0, 0), (1000, 1000), (DELTA // 4, DELTA // 4), (DELTA, DELTA // 4)])
def test_a_new_k_begins_at_0_and_owes_the_leaps_within_reach_of_a_card(db, lead, begins):
    """It may have been used after the dump that was put back, and be imported again."""
    db("UPDATE quintet.cluster SET seq_lead = %s", lead)
    provision(db, CARD, "new", b"n" * 24, OTHER)
    assert seq(db, OTHER) == begins and seq(db) == lead
    provision(db, "SELECT quintet.begin_sequence(%s, 4711)", b"h" * 16)
    assert seq(db, b"h" * 16) == 4711 + begins


def test_another_k_in_the_row_loses_the_fingerprint(used):
    provision(used, "UPDATE quintet.credential SET k_wrapped = %s WHERE name = 'card'", b"z" * 24)
    assert used.value("SELECT fingerprint FROM quintet.credential WHERE name = 'card'") is None
    assert seq(used) == 500


def test_the_same_k_under_another_kek_keeps_it(used):
    used("INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (2, 'aes-key-wrap', '\\x00', '\\x010203')")
    provision(used, "UPDATE quintet.credential SET kek_id = 2, k_wrapped = %s, fingerprint = %s WHERE name = 'card'", b"w" * 24, K)
    assert bytes(used.value("SELECT fingerprint FROM quintet.credential WHERE name = 'card'")) == K


def test_a_k_from_elsewhere_begins_where_it_was(used):
    provision(used, "SELECT quintet.begin_sequence(%s, 4711)", OTHER)
    provision(used, CARD, "new", b"n" * 24, OTHER)
    assert seq(used, OTHER) == 4711
    provision(used, "SELECT quintet.begin_sequence(%s, 4711)", OTHER)  # a script that runs again
    assert used.value("SELECT seq_lead FROM quintet.cluster") == 0, "nothing leapt"


@pytest.mark.parametrize("known, begin", [(K, 0), (K, 499), (K, 501), (OTHER, -1), (OTHER, (1 << 43) - DELTA)])
def test_a_known_k_does_not_begin_again_and_none_beyond_the_ceiling(used, known, begin):
    used("SET LOCAL ROLE quintet_provisioner")
    refusal = used.refusal("SELECT quintet.begin_sequence(%s, %s)", known, begin)
    assert "known here already; it cannot begin" in str(refusal) if known == K else "ceiling" in str(refusal)


def test_begin_sequence_tells_nobody_where_a_k_stands(used):
    """Neither by what it says nor by whether it refuses: the provisioner may not read numbers."""
    used("UPDATE quintet.sqn_state SET ind_ims = 16, card_seq = 500 WHERE fingerprint = %s", K)
    used("SET LOCAL ROLE quintet_provisioner")
    said = {str(used.refusal("SELECT quintet.begin_sequence(%s, %s)", K, begin)).replace(str(begin), "N") for begin in (0, 499, 500, 501)}
    assert len(said) == 1


# ---- From before fingerprints ---------------------------------------------------------------------------------------

@pytest.fixture
def unclaimed(db):
    """Two cards as the migration leaves them, with one K."""
    db("UPDATE quintet.credential SET fingerprint = NULL WHERE name = 'card'")
    db("UPDATE quintet.cluster SET seq_lead = 100")
    twin = db.value(CARD, "twin", b"t" * 24, None)
    db("INSERT INTO quintet.sqn_unclaimed (credential_id, seq, seq_lead, ind_ims) VALUES (1, 30, 100, 17), (%s, 50, 40, NULL)", twin)
    return db, twin


def claim(database, credential, fingerprint):
    as_role(database, "quintet_server", "SELECT quintet.claim_fingerprint(%s, %s)", credential, fingerprint)


def test_two_rows_with_one_k_take_the_higher_numbers(unclaimed):
    db, twin = unclaimed
    claim(db, 1, OTHER)
    assert seq(db, OTHER) == 30
    claim(db, twin, OTHER)
    assert seq(db, OTHER) == 110
    assert db.value("SELECT count(*) FROM quintet.sqn_unclaimed") == 0
    assert db.value("SELECT count(*) FROM quintet.credential WHERE fingerprint = %s", OTHER) == 2
    assert db.value("SELECT seq_lead FROM quintet.cluster") == 100, "nothing leapt"


@pytest.mark.parametrize("statement, says", [
    ("UPDATE quintet.credential SET fingerprint = 'aaaaaaaaaaaaaaaa' WHERE id = 1", "belong to no fingerprint yet"),
    ("UPDATE quintet.credential SET k_wrapped = 'aaaaaaaaaaaaaaaaaaaaaaaa' WHERE id = 1", "belong to no fingerprint yet"),
    ("INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint) VALUES ('new', 1,"
     " 'aes-key-wrap', 'aaaaaaaaaaaaaaaaaaaaaaaa', repeat('o', 44)::bytea, 'aaaaaaaaaaaaaaaa')", "maybe those of this K"),
    ("SELECT quintet.begin_sequence('aaaaaaaaaaaaaaaa', 5)", "maybe those of this K")])
def test_while_numbers_are_unclaimed_nobody_begins_anew(unclaimed, statement, says):
    db, _ = unclaimed
    db("SET LOCAL ROLE quintet_provisioner")
    refusal = db.refusal(statement)
    assert says in str(refusal) and "quintet keys fingerprint" in refusal.diag.message_hint


# ---- Nobody takes numbers back --------------------------------------------------------------------------------------

LOWER = ("UPDATE quintet.sqn_state SET seq = seq - 1", "UPDATE quintet.sqn_state SET seq = 0", "UPDATE quintet.sqn_state SET seq_lead = -1",
         "UPDATE quintet.sqn_state SET seq_lead = seq_lead + 600", "UPDATE quintet.sqn_state SET seq = seq + 5, seq_lead = seq_lead + 9",
         "UPDATE quintet.sqn_state SET fingerprint = 'aaaaaaaaaaaaaaaa'", "UPDATE quintet.sqn_state SET id = DEFAULT",
         "DELETE FROM quintet.sqn_state", "TRUNCATE quintet.sqn_state",
         "UPDATE quintet.sqn_state SET seq = seq + 9, seq_lead = seq_lead + 9",  # above the cluster's: the next leaps would pass it by
         "UPDATE quintet.cluster SET seq_lead = seq_lead - 1", "UPDATE quintet.cluster SET ind_bits = 4",
         "UPDATE quintet.cluster SET ind_bits = NULL", "UPDATE quintet.cluster SET id = gen_random_uuid()", "DELETE FROM quintet.cluster",
         "TRUNCATE quintet.cluster")
ROLES = ("quintet_server", "quintet_provisioner", "quintet_gateway", None)


@pytest.mark.parametrize("replica", [False, True])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", LOWER)
def test_no_statement_takes_numbers_back(used, statement, role, replica):
    """Not even the owner's, and not with session_replication_role."""
    used("UPDATE quintet.cluster SET ind_bits = 5")
    if replica:
        used("SET LOCAL session_replication_role = replica")
    if role:
        used(f"SET LOCAL ROLE {role}")
    assert isinstance(used.refusal(statement), (psycopg2.errors.CheckViolation, psycopg2.errors.InsufficientPrivilege))


def test_the_server_moves_numbers_up(used):
    use(used, 501)
    as_role(used, "quintet_server", "UPDATE quintet.cluster SET seq_lead = seq_lead + 65536, ind_bits = 5")
    as_role(used, "quintet_server", "UPDATE quintet.sqn_state SET seq = 70000, seq_lead = 65536")
    assert seq(used) == 70000


def test_rows_that_come_by_hand_make_all_numbers_leap(used):
    used("INSERT INTO quintet.sqn_state (fingerprint, seq) VALUES (%s, 3)", OTHER)
    assert (seq(used), seq(used, OTHER)) == (500 + 65536, 3 + 65536)


def test_rows_that_come_with_a_higher_lead_do_not_swallow_the_next_leaps(used):
    used("INSERT INTO quintet.sqn_state (fingerprint, seq, seq_lead) VALUES (%s, 3, 655360)", OTHER)
    assert seq(used, OTHER) == 3 + 65536


def test_rows_of_a_dump_keep_their_numbers_whatever_table_comes_first(used):
    """pg_dump --data-only: credential stands before sqn_state, and names rows that are not there yet."""
    used("INSERT INTO quintet.credential (name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint, sqn_id)"
         " VALUES ('old', 1, 'aes-key-wrap', repeat('o', 24)::bytea, repeat('o', 44)::bytea, %s, 4711)", OTHER)
    used("INSERT INTO quintet.sqn_state (id, fingerprint, seq) OVERRIDING SYSTEM VALUE VALUES (4711, %s, 70)", OTHER)
    assert used.value("SELECT seq FROM quintet.credential JOIN quintet.sqn_state s ON s.id = sqn_id WHERE name = 'old'") == 70
    assert seq(used, OTHER) == 70 + 65536


def test_a_row_whose_id_is_taken_is_an_error_and_not_a_card_without_numbers(used):
    taken = used.value("SELECT max(id) FROM quintet.sqn_state")
    used("ALTER TABLE quintet.sqn_state ALTER id RESTART WITH %s" % taken)
    used("SET LOCAL ROLE quintet_provisioner")
    assert isinstance(used.refusal(CARD, "new", b"n" * 24, OTHER), psycopg2.errors.UniqueViolation)


def test_a_detour_over_another_fingerprint_begins_nothing_anew(used):
    """The server's role may claim, but not take back by it."""
    for fingerprint in (b"i" * 16, OTHER):
        as_role(used, "quintet_server", "SELECT quintet.claim_fingerprint(1, %s)", fingerprint)
        assert seq(used, fingerprint) == 500
    assert seq(used) == 500


def test_numbers_of_a_k_that_nothing_opens_can_be_given_up_by_the_owner_alone(unclaimed):
    db, twin = unclaimed
    for role in ROLES[:-1]:
        db(f"SET LOCAL ROLE {role}")
        assert isinstance(db.refusal("SELECT quintet.give_up_numbers('twin')"), psycopg2.errors.InsufficientPrivilege)
        db("RESET ROLE")
    db("SELECT quintet.give_up_numbers('twin'), quintet.give_up_numbers('card')")
    assert "no numbers of credential twin" in str(db.refusal("SELECT quintet.give_up_numbers('twin')"))
    provision(db, CARD, "new", b"n" * 24, OTHER)
    assert db.column("SELECT subject FROM quintet.audit ORDER BY id") == ["twin", "card"]


def set_sequence(database, number, lead=0, is_there=False):
    as_role(database, "quintet_server", "SELECT quintet.set_sequence(%s, %s, %s, %s, 'sqn set', 'by somebody')", K, number, lead, is_there)


def test_the_operators_act_lowers_and_leaves_its_own_entry(used):
    set_sequence(used, 7)
    assert seq(used) == 7
    assert used("SELECT action, subject, detail FROM quintet.audit") == [("sqn set", "card", "SEQ 500 to 7; by somebody")]
    assert used.value("SELECT count(*) FROM quintet.sqn_permit") == 0
    assert used.refusal("UPDATE quintet.sqn_state SET seq = 6")


def test_a_leap_between_reading_and_writing_is_made_up_for(used):
    used("UPDATE quintet.cluster SET seq_lead = 65536")
    set_sequence(used, 600, lead=0)
    assert seq(used) == 600 + 65536


@pytest.mark.parametrize("number, is_there, card", [(900, False, 400), (300, False, 300), (900, True, 900)])
def test_the_card_stays_where_it_gave_a_sign_unless_the_operator_knows_better(used, number, is_there, card):
    used("UPDATE quintet.sqn_state SET card_seq = 400")
    set_sequence(used, number, is_there=is_there)
    assert used.value("SELECT card_seq FROM quintet.sqn_state WHERE fingerprint = %s", K) == card


@pytest.mark.parametrize("role", ROLES[:-1])
def test_nobody_permits_himself(used, role):
    used(f"SET LOCAL ROLE {role}")
    assert isinstance(used.refusal("INSERT INTO quintet.sqn_permit VALUES (%s)", K), psycopg2.errors.InsufficientPrivilege)


@pytest.mark.parametrize("role", ["quintet_provisioner", "quintet_gateway"])
@pytest.mark.parametrize("call", ["claim_fingerprint(1, 'aaaaaaaaaaaaaaaa')", "set_sequence('ffffffffffffffff', 1, 0, true, '', '')",
                                  "arm_return('ffffffffffffffff', '', '')", "take_return('ffffffffffffffff', '', 1, '')"])
def test_functions_that_lower_are_the_servers(used, role, call):
    used(f"SET LOCAL ROLE {role}")
    assert isinstance(used.refusal(f"SELECT quintet.{call}"), psycopg2.errors.InsufficientPrivilege)


# ---- The way back ---------------------------------------------------------------------------------------------------

@pytest.fixture
def far(used):
    use(used, DELTA + 600)
    return used


def arm(database):
    as_role(database, "quintet_server", "SELECT quintet.arm_return(%s, 'card', 'x')", K)
    return bytes(database.value("SELECT return_nonce FROM quintet.sqn_state WHERE fingerprint = %s", K))


TAKE = "SELECT quintet.take_return(%s, %s, %s, 'card')"


def test_an_armed_card_returns_once(far):
    nonce = arm(far)
    assert len(nonce) == 16
    as_role(far, "quintet_server", TAKE, K, nonce, 600)
    assert seq(far) == 600
    assert far.column("SELECT action FROM quintet.audit ORDER BY id") == ["sqn return armed", "sqn return taken"]
    use(far, DELTA + 600)
    assert far.refusal(TAKE, K, nonce, 600)


@pytest.mark.parametrize("seq_ms", [601, DELTA + 600, DELTA + 700])
def test_a_card_within_reach_does_not(far, seq_ms):
    assert "not beyond Delta" in str(far.refusal(TAKE, K, arm(far), seq_ms))


def test_neither_unarmed_nor_with_another_nonce_nor_late(far):
    assert far.refusal(TAKE, K, b"n" * 16, 600)
    first = arm(far)
    second = arm(far)
    assert first != second and far.refusal(TAKE, K, first, 600)
    for when in ("interval '0'", "interval '11 minutes'"):  # armed by a clock that was ahead: not open until that day
        far(f"UPDATE quintet.sqn_state SET return_until = clock_timestamp() + {when}")
        assert far.refusal(TAKE, K, second, 600)


# ---- Incarnations ---------------------------------------------------------------------------------------------------

REMEMBERED = "ROW (c.system_identifier, c.timeline, c.database_oid, c.table_oid, c.table_filenode, c.server_start)"
IS_SAME = (f"SELECT {REMEMBERED} IS NOT DISTINCT FROM {REMEMBERED.replace('c.', 'i.')}"
           " FROM quintet.cluster AS c, quintet.incarnation() AS i")


def test_a_fresh_schema_knows_its_incarnation_and_a_copy_is_another_one(databases, fresh):
    with Database(databases.empty()) as empty:
        assert not empty("SELECT 1 FROM pg_namespace WHERE nspname = 'quintet'")
    with Database(fresh) as copied:
        assert copied.value(IS_SAME) is False
        copied("UPDATE quintet.cluster SET (system_identifier, timeline, database_oid, table_oid, table_filenode, server_start)"
               " = (SELECT i.* FROM quintet.incarnation() AS i)")
        assert copied.value(IS_SAME) is True
        copied("ALTER TABLE quintet.sqn_state DISABLE TRIGGER ALL")
        copied("TRUNCATE quintet.sqn_state")
        assert copied.value(IS_SAME) is False
