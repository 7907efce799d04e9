#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each role can reach in a database: by its catalogue and by trying. Run, it brings the table in docs/roles.md up to
date."""

import re
import sys
from pathlib import Path

import psycopg2
from psycopg2 import errors

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "roles.md"
ROLES = ("quintet_server", "quintet_provisioner", "quintet_gateway")
OF_COLUMNS = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
OF_ROWS = ("DELETE", "TRUNCATE", "TRIGGER")

RELATIONS = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'quintet'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY 1 ORDER BY 1"""
COLUMNS_HELD = """
    SELECT c.relname, p.held, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c CROSS JOIN unnest(%s) AS p (held)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'quintet'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_column_privilege(%s, c.oid, a.attnum, p.held) GROUP BY 1, 2"""
ROWS_HELD = """
    SELECT c.relname, p.held FROM pg_class c CROSS JOIN unnest(%s) AS p (held)
    WHERE c.relnamespace = 'quintet'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_table_privilege(%s, c.oid, p.held)"""
DEFINERS = """
    SELECT p.proname::text, array_agg(DISTINCT r.role) FROM pg_proc p CROSS JOIN unnest(%s) AS r (role)
    WHERE p.pronamespace = 'quintet'::regnamespace AND p.prosecdef AND has_function_privilege(r.role, p.oid, 'EXECUTE')
    GROUP BY 1 ORDER BY 1"""


def relations(db):
    """Columns by table or view."""
    return dict(db(RELATIONS))


def held(db, role):
    """{(relation, right): columns}, as the catalogue has it; of a right on rows the columns are ()."""
    by_column = {(name, right): tuple(columns) for name, right, columns in db(COLUMNS_HELD, list(OF_COLUMNS), role)}
    return {**by_column, **{(name, right): () for name, right in db(ROWS_HELD, list(OF_ROWS), role)}}


# Trying

def on_column(relation, column):
    """Statements by the right that they ask for; they meet no row, because the right is asked for before."""
    name = f"quintet.{relation}"
    return {
        "SELECT": (f"SELECT {column} FROM {name} LIMIT 0", f"SELECT FROM {name} WHERE {column} IS NULL LIMIT 0",
                   f"SELECT count({column}) FROM {name} WHERE false", f"COPY {name} ({column}) TO STDOUT",
                   f"COPY (SELECT {column} FROM {name}) TO STDOUT"),
        "INSERT": (f"INSERT INTO {name} ({column}) SELECT NULL WHERE false", f"COPY {name} ({column}) FROM STDIN"),
        "UPDATE": (f"UPDATE {name} SET {column} = DEFAULT WHERE false",),
    }


def on_rows(relation):
    name = f"quintet.{relation}"
    return {"DELETE": (f"DELETE FROM {name} WHERE false",), "TRUNCATE": (f"TRUNCATE {name} CASCADE",),
            "TRIGGER": (f"CREATE TRIGGER own BEFORE UPDATE ON {name} FOR EACH ROW"
                        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",)}


def is_refused(db, role, statement):
    """Runs it as a login of this role would, and undoes it. None: nobody may, whatever the rights (a view, a
    generated column, a row that is never removed)."""
    db(f"SAVEPOINT attempt; SET LOCAL SESSION AUTHORIZATION {role}")
    try:
        db.copy(statement) if statement.startswith("COPY") else db(statement)
    except (errors.InsufficientPrivilege, errors.CheckViolation):  # the latter of a trigger that lets nothing go back
        return True
    except (errors.GeneratedAlways, errors.WrongObjectType, errors.ObjectNotInPrerequisiteState, errors.FeatureNotSupported,
            errors.InvalidColumnReference, errors.CheckViolation):
        return None
    except psycopg2.Error as error:
        raise AssertionError(f"{role}: {statement}: {error}") from error
    finally:
        db("ROLLBACK TO attempt")
    return False


def tried(db, role, statements):
    """{right: whether the role has it} as its statements end; AssertionError when two that ask for one right end differently."""
    found = {}
    for right, texts in statements.items():
        ends = {is_refused(db, role, text) for text in texts} - {None}
        if len(ends) > 1:
            raise AssertionError(f"{role}: some of {texts} are refused, some are not")
        if ends:
            found[right] = not ends.pop()
    return found


# The page

def cell(rights, relation, columns):
    """What one role may do with one relation."""
    words = []
    for right in (*OF_COLUMNS, *OF_ROWS):
        if (relation, right) not in rights:
            continue
        some = rights[relation, right]
        words.append(right if not some or list(some) == columns else f"{right} ({', '.join(some)})")
    return "; ".join(words) or "–"


def tables(db):
    """The two tables of the page."""
    heading = f"| {' | '.join(('', *ROLES))} |\n{'|---' * (len(ROLES) + 1)}|"
    rights = {role: held(db, role) for role in ROLES}
    lines = [heading]
    for relation, columns in relations(db).items():
        lines.append(f"| {relation} | {' | '.join(cell(rights[role], relation, columns) for role in ROLES)} |")
    lines += ["", "| function that runs as its owner | may be called by |", "|---|---|"]
    lines += [f"| {name} | {', '.join(roles)} |" for name, roles in db(DEFINERS, list(ROLES))]
    return "\n".join(lines) + "\n"


MARKS = re.compile(r"(?<=<!-- tests/schema/reach.py writes from here -->\n).*(?=<!-- to here -->)", re.DOTALL)


def page_tables():
    return MARKS.search(PAGE.read_text(encoding="utf-8"))[0]


def main():
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "schema")]
    from database import Database
    from support.databases import Databases
    from support.postgres import throw_away_cluster
    with throw_away_cluster(durable=False) as conninfo, Database(Databases(conninfo).migrated()) as db:
        text = tables(db)
    PAGE.write_text(MARKS.sub(lambda _: text, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
