# SPDX-License-Identifier: Apache-2.0
"""What a table or a column means can be read in the database, with the clause it comes from."""

import re

SELF_EVIDENT = re.compile(r"(\w+_)?id|name")  # but those that carry a meaning of the standards are described, too


def test_every_table_and_view_is_described(db):
    bare = db.column("SELECT relname FROM pg_class WHERE relnamespace = 'quintet'::regnamespace AND relkind IN ('r', 'v')"
                     " AND obj_description(oid, 'pg_class') IS NULL")
    assert bare == []


def test_every_column_is_described(db):
    rows = db("SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
              " WHERE relnamespace = 'quintet'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"
              " AND col_description(attrelid, attnum) IS NULL")
    assert [row for row in rows if not SELF_EVIDENT.fullmatch(row[1])] == []


def test_what_goes_into_messages_names_its_clause(db):
    """Tables of Cx, as against those of keys and of our own housekeeping."""
    ours = ("kek", "cluster", "audit", "schema_version", "credential", "roaming_area_network", "request_seen",
            "sqn_permit", "sqn_unclaimed")
    rows = db("SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relnamespace = 'quintet'::regnamespace"
              " AND relkind = 'r'")
    assert [name for name, text in rows if name not in ours and not re.search(r"\((TS \d\d\.\d{3}|RFC \d+) ", text)] == []
