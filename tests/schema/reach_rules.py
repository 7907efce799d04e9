# SPDX-License-Identifier: Apache-2.0
"""What of a database is secret, what is a number that may not go back, who may touch either, and whatever in the catalogue is
more than that. Whoever adds a column says here what it is."""

from reach import ROLES, held, is_refused, on_column, on_rows, relations, tried

# Every column that can hold octets or a number is one of these. Keys, foreign keys and generated ids are known from the catalogue.
SECRET = {"credential": ("k_wrapped", "opc_sealed"), "digest_secret": ("md5_sealed", "sha256_sealed"),
          "kek": ("probe", "check_value"), "sqn_state": ("return_nonce",)}
NUMBER = {"sqn_state": ("seq", "seq_lead", "raised_lead", "clock_offset", "ind_ps", "ind_cs", "ind_ims", "ind_eps", "ind_wlan", "ind_gba",
                        "resync_since", "resync_count", "card_seq", "asked_seq", "asked_impi_id", "asked_set_id"),
          "sqn_permit": ("fingerprint",), "credential": ("sqn_id",),
          "sqn_unclaimed": ("seq", "seq_lead", "clock_offset", "ind_ps", "ind_cs", "ind_ims", "ind_eps", "ind_wlan", "ind_gba"),
          "cluster": ("system_identifier", "timeline", "seq_lead", "database_oid", "table_oid", "table_filenode", "server_start", "ind_bits")}
# Not even who may write them may let these go back.
RISING = (("sqn_state", "seq"), ("sqn_state", "seq_lead"), ("cluster", "seq_lead"), ("cluster", "ind_bits"))
PLAIN = {
    "application_server": ("default_handling",), "capability_set": ("mandatory", "optional"), "credential": ("data_key_id", "fingerprint"),
    "digest_secret": ("data_key_id",), "extended_priority": ("position",), "giba_binding": ("interface_id",),
    "impi_set": ("told", "generation", "told_revision", "told_form"), "impu": ("position", "priority_level", "max_registrations"), "initial_filter_criteria": ("priority", "profile_part"),
    "line_identifier": ("position", "line"), 
    "push": ("reason", "subscription_id", "set_id", "impi_id", "ends_impis", "ends_sets", "ends_generations", "attempts", "names_tried"), "reference_location": ("position",),
    "request_seen": ("asked", "end_to_end"),
    "restoration_contact": (
        "position", "cseq", "path", "contact", "call_id", "subscription_call_id", "subscription_from", "subscription_to",
        "subscription_route", "subscription_contact", "p_cscf_call_id", "p_cscf_from", "p_cscf_to", "p_cscf_contact",
        "registration_time_out"),
    "service_point_trigger": ("position", "groups", "session_case", "registration_types"),
    "service_profile": ("media_profile_id", "revision"), "service_profile_service": ("position",), "sqn_state": ("fingerprint",),
    "change": ("subject", "set_id", "impi_id", "reason", "pass", "after"), "charging_set": ("revision",),
    "registration_set": ("generation",), "guss": ("key_lifetime",), "uss": ("gsid", "type", "flags"),
}

# Who may do what to tables with such columns; everything else is refused.
SECRETS_MAY = {("quintet_server", "SELECT"): ("credential", "digest_secret", "kek", "sqn_state"),
               ("quintet_provisioner", "INSERT"): ("credential", "digest_secret"),
               ("quintet_provisioner", "UPDATE"): ("credential", "digest_secret")}
NUMBERS_MAY = {("quintet_server", "SELECT"): ("sqn_state", "sqn_unclaimed", "sqn_permit", "cluster", "credential"),
               ("quintet_server", "UPDATE"): ("sqn_state", "cluster")}
ROWS_MAY = {("quintet_provisioner", "DELETE"): ("digest_secret",)}  # a secret goes, never a number
DEFINERS = {"giba_bind": ("quintet_gateway",), "giba_release": ("quintet_gateway",), "move_revision": ("quintet_provisioner",),
            "begin_sequence": ("quintet_provisioner",), "deregister": ("quintet_server", "quintet_provisioner"),
            **dict.fromkeys(("claim_fingerprint", "set_sequence", "arm_return", "take_return"), ("quintet_server",)),
            **dict.fromkeys(("refuse_lower_sqn", "leap_after_copy", "numbers_of_key", "guss_changes", "guss_is_renamed",
                             "push_removed", "impu_changes", "impu_leaves", "extended_priority_changes", "fact_of_impi_changes",
                             "subscription_changes", "impi_changes", "profile_change_is_noted",
                             "charging_change_is_noted", "capability_change_is_noted"), ())}
SEQUENCES = {"profile_revision": ("quintet_provisioner",), "generation": ("quintet_provisioner",)}  # to take the next value; nobody sets one

# What asks for no right on a table of ours.
BEYOND = (
    "SET session_replication_role = replica", "CREATE SCHEMA own", "CREATE TABLE quintet.own ()", "CREATE TABLE public.own ()",
    "CREATE FUNCTION quintet.own() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "CREATE PUBLICATION own", "CREATE ROLE own",
    "COPY quintet.schema_version TO '/tmp/quintet-reach'", "COPY quintet.schema_version TO PROGRAM 'cat'",
    "SELECT pg_read_file('PG_VERSION')", "SELECT pg_ls_dir('.')", "SELECT lo_import('/etc/hostname')", "SELECT * FROM pg_authid",
    "SELECT * FROM pg_statistic", "ALTER TABLE quintet.credential DISABLE TRIGGER ALL", "ALTER TABLE quintet.credential RENAME TO own",
    "CREATE RULE own AS ON UPDATE TO quintet.credential DO INSTEAD NOTHING", "CREATE INDEX own ON quintet.credential (name)",
    "DROP SCHEMA quintet CASCADE", "ALTER FUNCTION quintet.seq_lead() SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION quintet.timeline() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "ALTER DATABASE {database} SET search_path = own",
)

UNDECLARED = """
    SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = 'quintet'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f') AND a.attidentity = ''
      AND coalesce(nullif(t.typbasetype, 0), nullif(t.typelem, 0), t.oid) = ANY (
        '{bytea,int2,int4,int8,numeric,float4,float8,bit,varbit,oid,json,jsonb}'::regtype[])
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND a.attnum = ANY (k.conkey)
                      AND (k.contype = 'f' OR k.contype = 'p' AND cardinality(k.conkey) = 1))"""
# What views show of columns, through any number of views: they read with their owner's rights.
SHOWN = """
    WITH RECURSIVE used (viewer, relation, attnum) AS (
      SELECT r.ev_class, d.refobjid, d.refobjsubid FROM pg_rewrite r JOIN pg_depend d ON d.objid = r.oid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
      UNION
      SELECT u.viewer, d.refobjid, d.refobjsubid FROM used u JOIN pg_rewrite r ON r.ev_class = u.relation
        JOIN pg_depend d ON d.objid = r.oid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> u.relation)
    SELECT DISTINCT u.viewer::regclass::text, t.relname, a.attname FROM used u JOIN pg_class t ON t.oid = u.relation
    JOIN pg_attribute a ON a.attrelid = t.oid AND (a.attnum = u.attnum OR u.attnum = 0)
    WHERE t.relnamespace = 'quintet'::regnamespace"""
CALLABLE = """
    SELECT p.proname, 'search_path=pg_catalog, pg_temp' = ANY (coalesce(p.proconfig, '{}')),
      ARRAY(SELECT role FROM unnest(%s) AS r (role) WHERE has_function_privilege(role, p.oid, 'EXECUTE'))
    FROM pg_proc p WHERE p.pronamespace = 'quintet'::regnamespace AND p.prosecdef"""
PUBLICLY_CALLABLE = """
    SELECT DISTINCT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
    WHERE pronamespace = 'quintet'::regnamespace AND prosecdef AND a.grantee = 0 ORDER BY 1"""
ATTRIBUTES = """
    SELECT what FROM pg_roles, unnest(ARRAY['is superuser', 'creates roles', 'creates databases', 'replicates', 'passes by row security',
      'logs in'], ARRAY[rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin]) AS w (what, has)
    WHERE rolname = %s AND has
    UNION ALL SELECT 'has the rights of ' || rolname FROM pg_roles WHERE rolname <> %s AND pg_has_role(%s, oid, 'MEMBER')
    UNION ALL SELECT 'owns ' || relname FROM pg_class WHERE relowner = %s::regrole
    UNION ALL SELECT 'may create in schema ' || nspname FROM pg_namespace
      WHERE nspname !~ '^pg_(toast_)?temp_' AND has_schema_privilege(%s, oid, 'CREATE')"""


def holds(classes, columns):
    return sorted((name, column) for name, listed in classes.items() for column in listed if column in columns.get(name, ()))


def sensitive(db):
    columns = relations(db)
    return holds(SECRET, columns) + holds(NUMBER, columns)


def of_classification(db):
    columns = relations(db)
    known = {*sensitive(db), *holds(PLAIN, columns)}
    yield from (f"{relation}.{column} is neither secret, number nor plain" for relation, column in db(UNDECLARED)
                if (relation, column) not in known)


def of_columns(db):
    for classes, may in ((SECRET, SECRETS_MAY), (NUMBER, NUMBERS_MAY)):
        for relation, column in holds(classes, relations(db)):
            for role in ROLES:
                rights = tried(db, role, on_column(relation, column))
                rights["REFERENCES"] = db.value("SELECT has_column_privilege(%s, %s, %s, 'REFERENCES')", role, f"quintet.{relation}", column)
                yield from (f"{role} has {right} on {relation}.{column}" for right, has in rights.items()
                            if has and relation not in may.get((role, right), ()))


def of_rows(db):
    for role in ROLES:
        rights = held(db, role)  # as well: TRUNCATE ... CASCADE asks for rights on other tables, too
        for relation in sorted({name for name, _ in sensitive(db)}):
            yield from (f"{role} has {right} on {relation}" for right, has in tried(db, role, on_rows(relation)).items()
                        if (has or (relation, right) in rights) and relation not in ROWS_MAY.get((role, right), ()))


def of_rising(db):
    """Tried on rows, for whoever may update the column: a trigger has to refuse."""
    db("SAVEPOINT raised; UPDATE quintet.cluster SET seq_lead = seq_lead + 10, ind_bits = 5;"
       "UPDATE quintet.sqn_state SET seq = seq + 10, seq_lead = seq_lead + 10")
    for relation, column in RISING:
        for role in ROLES:
            for statement in (f"UPDATE quintet.{relation} SET {column} = {column} - 1",
                              f"UPDATE quintet.{relation} SET {column} = 0"):
                if not is_refused(db, role, statement):
                    yield f"{role} lowers {relation}.{column}: {statement}"
    db("ROLLBACK TO raised")


def of_views(db):
    columns = sensitive(db)
    for view, relation, column in db(SHOWN):
        for role in ROLES if (relation, column) in columns else ():
            may = {**SECRETS_MAY, (role, "SELECT"): [*SECRETS_MAY.get((role, "SELECT"), ()), *NUMBERS_MAY.get((role, "SELECT"), ())]}
            if relation not in may[role, "SELECT"] and db.value("SELECT has_any_column_privilege(%s, %s, 'SELECT')", role, view):
                yield f"{role} reads {relation}.{column} through {view}"


def of_functions(db):
    for name, pinned, roles in db(CALLABLE, list(ROLES)):
        yield from (f"{role} calls {name}(), which runs as its owner" for role in roles if role not in DEFINERS.get(name, ()))
        if not pinned:
            yield f"{name}() runs as its owner and finds what it names by its caller's search_path"
    yield from (f"PUBLIC may call {name}(), which runs as its owner" for name in db.column(PUBLICLY_CALLABLE))


def of_sequences(db):
    for sequence in db.column("SELECT relname FROM pg_class WHERE relnamespace = 'quintet'::regnamespace AND relkind = 'S'"):
        for role in ROLES:
            if not is_refused(db, role, f"SELECT setval('quintet.{sequence}', 1)"):
                yield f"{role} sets the sequence {sequence}"
            if not is_refused(db, role, f"SELECT nextval('quintet.{sequence}')") and role not in SEQUENCES.get(sequence, ()):
                yield f"{role} takes from the sequence {sequence}"


def of_everything_else(db):
    database = db.value("SELECT current_database()")
    for role in ROLES:
        yield from (f"{role} is not refused: {statement}" for statement in BEYOND
                    if not is_refused(db, role, statement.format(database=database) if "{database}" in statement else statement))
        yield from (f"{role} {what}" for what in db.column(ATTRIBUTES, *[role] * 5))


def findings(db):
    """All that is too much."""
    return [one for part in (of_classification, of_columns, of_rows, of_rising, of_views, of_functions, of_sequences, of_everything_else)
            for one in part(db)]
