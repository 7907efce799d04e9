# SPDX-License-Identifier: Apache-2.0
"""A transaction on the schema as some role, and a few subscribers to begin with."""

import io
from collections import defaultdict

import psycopg2

# Alice registers two identities in set 1 and one in set 2; set 3 has a PBX with a wildcard, set 4 a service with one.
# Generated ids begin behind 1000.
BASE = """
INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (1, 'aes-key-wrap', '\\x00', '\\x010203');
INSERT INTO quintet.credential (id, name, kek_id, wrap_mechanism, k_wrapped, opc_sealed, fingerprint)
  VALUES (1, 'card', 1, 'aes-key-wrap', repeat('k', 24)::bytea, repeat('o', 44)::bytea, repeat('f', 16)::bytea);
INSERT INTO quintet.application_server (id, name, server_name) VALUES (1, 'telephony', 'sip:as.home.example.net');
INSERT INTO quintet.service_profile (id, name) VALUES (1, 'gold'), (2, 'silver');
INSERT INTO quintet.shared_ifc_set (id, name) VALUES (7, 'common');
INSERT INTO quintet.initial_filter_criteria
  (id, profile_id, shared_ifc_set_id, priority, condition_type_cnf, application_server_id)
  VALUES (1, 1, NULL, 10, false, 1), (2, NULL, 7, 20, NULL, 1);
INSERT INTO quintet.service_point_trigger (ifc_id, position, groups, kind, method, session_case)
  VALUES (1, 1, '{0}', 'method', 'INVITE', NULL), (1, 2, '{0}', 'session_case', NULL, 1);
INSERT INTO quintet.subscription (id, name) VALUES (1, 'alice'), (2, 'pbx'), (3, 'chat');
INSERT INTO quintet.impi (id, identity, subscription_id, credential_id, schemes)
  VALUES (1, 'alice@home.example.net', 1, 1, '{aka}'), (2, 'pbx@home.example.net', 2, 1, '{aka}'),
         (3, 'chat@home.example.net', 3, NULL, '{}');
INSERT INTO quintet.registration_set (id, subscription_id) VALUES (1, 1), (2, 1), (3, 2), (4, 3);
INSERT INTO quintet.impu (id, identity, type, set_id, position, service_profile_id)
  VALUES (1, 'sip:alice@home.example.net', 'distinct_pui', 1, 1, 1), (2, 'tel:+12025550101', 'distinct_pui', 1, 2, 1),
         (3, 'sip:office@home.example.net', 'distinct_pui', 2, 1, 2),
         (4, 'sip:pbx@home.example.net', 'distinct_pui', 3, 1, 1),
         (5, 'sip:pbx-!.*!@home.example.net', 'wildcarded_pui', 3, 2, 1),
         (6, 'sip:chat-!.*!@as.example.net', 'wildcarded_psi', 4, 1, 1);
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) VALUES (1, 1, 1), (1, 2, 1), (2, 3, 2), (3, 4, 3);
SELECT setval(pg_get_serial_sequence(format('quintet.%I', relation), 'id'), 1000)
  FROM unnest('{credential,application_server,service_profile,initial_filter_criteria,subscription,impi,registration_set,
                impu,capability_set,charging_set,roaming_area}'::text[]) AS t (relation);
"""


_IDLE = defaultdict(list)  # connections by conninfo: a new one costs more than most tests


class Database:
    """Context manager; rolls back unless told to commit."""

    def __init__(self, conninfo, role=None):
        self._conninfo, self._role = conninfo, role
        self._connection = _IDLE[conninfo].pop() if _IDLE[conninfo] else psycopg2.connect(conninfo)
        self._begin()

    def _begin(self):
        if self._role:
            self(f"SET LOCAL ROLE {self._role}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.rollback()
        _IDLE[self._conninfo].append(self._connection)

    def __call__(self, statement, *parameters):
        """Runs statements; the rows of the last one, if it has any."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def copy(self, statement):
        """COPY to or from the client, of nothing."""
        with self._connection.cursor() as cursor:
            cursor.copy_expert(statement, io.StringIO())

    def value(self, statement, *parameters):
        return self(statement, *parameters)[0][0]

    def column(self, statement, *parameters):
        return [row[0] for row in self(statement, *parameters)]

    def to_the_end(self, statement):
        """As if the transaction committed after it: deferred rules are checked, too."""
        self(statement)
        self("SET CONSTRAINTS ALL IMMEDIATE")
        self("SET CONSTRAINTS ALL DEFERRED")

    def refusal(self, statement, *parameters):
        """Runs a statement that must fail, in a savepoint; what the server says about it."""
        self("SAVEPOINT before")
        try:
            self(statement, *parameters)
            self("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg2.Error as error:
            self("ROLLBACK TO before")
            self("SET CONSTRAINTS ALL DEFERRED")
            return error
        raise AssertionError(f"nothing refused: {statement}")

    def commit(self):
        self._connection.commit()
        self._begin()
