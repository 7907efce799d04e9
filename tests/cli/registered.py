# SPDX-License-Identifier: Apache-2.0
"""A subscription with identities, pushes and states for each test, and what the tool's lists look like."""

import itertools
import re

numbers = itertools.count(1)
REALM = "home.example.net"


class Subscriber:
    """Two private identities, and two sets: {u1, tel} of both, {u2} of the second."""

    def __init__(self, site):
        self.site = site
        self.name = f"user-{next(numbers)}"
        self.host = f"{self.name}.scscf.{REALM}"
        self.impi, self.other = f"{self.name}@{REALM}", f"{self.name}.tablet@{REALM}"
        self.impu, self.alone = f"sip:{self.name}@{REALM}", f"sip:{self.name}.alone@{REALM}"
        self.tel = f"tel:+1202555{next(numbers):04}"
        (self.id,), = site.rows("INSERT INTO quintet.subscription (name, scscf_name, scscf_host, scscf_realm)"
                                " VALUES (%s, %s, %s, %s) RETURNING id", self.name, f"sip:{self.host}", self.host, REALM)
        self.impi_id, self.other_id = [self.row("INSERT INTO quintet.impi (identity, subscription_id, schemes)"
                                                " VALUES (%s, %s, '{giba}') RETURNING id", one, self.id) for one in (self.impi, self.other)]
        self.set, self.set_alone = self.add_set(self.impu, self.tel), self.add_set(self.alone)
        for impi_id, set_id in ((self.impi_id, self.set), (self.other_id, self.set), (self.other_id, self.set_alone)):
            site.rows("INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) VALUES (%s, %s, %s)", impi_id, set_id, self.id)
        site.rows("DELETE FROM quintet.change")  # no server works them off here

    def row(self, query, *parameters):
        return self.site.rows(query, *parameters)[0][0]

    def add_set(self, *impus):
        made = self.row("INSERT INTO quintet.registration_set (subscription_id) VALUES (%s) RETURNING id", self.id)
        for position, impu in enumerate(impus, 1):
            self.site.rows("INSERT INTO quintet.impu (identity, set_id, position) VALUES (%s, %s, %s)", impu, made, position)
        return made

    def push(self, kind="rtr", state="waiting", **columns):
        """A row of push as the server writes it; its id."""
        columns = {"kind": kind, "state": state, "subscription_id": self.id, "destination_host": self.host, "destination_realm": REALM,
                   **({"impi": self.impi, "reason": 0} if kind == "rtr" else {}), **columns}
        if kind == "ppr" and not {"set_id", "impi_id"} & set(columns):
            columns["set_id"] = self.set
        if state != "waiting":
            columns.setdefault("settled_at", "2026-01-02T03:04:05Z")
        names = ", ".join(columns)
        marks = ", ".join(["%s"] * len(columns))
        return self.row(f"INSERT INTO quintet.push ({names}) VALUES ({marks}) RETURNING id", *columns.values())

    def register(self, state="registered", set_id=None, impi_id=None):
        self.site.rows("UPDATE quintet.registration_set SET state = %s::quintet.registration_state, assigned_at = '2026-01-02T03:04:05Z'"
                       " WHERE id = %s", state, set_id or self.set)
        self.site.rows("UPDATE quintet.impi_set SET registered = %s, assigned_at = '2026-01-02T03:04:06Z' WHERE set_id = %s AND impi_id = %s",
                       state == "registered", set_id or self.set, impi_id or self.impi_id)

    def pushes(self, *columns):
        return self.site.rows(f"SELECT {', '.join(columns)} FROM quintet.push WHERE subscription_id = %s ORDER BY id", self.id)

    def changes(self):
        return self.site.rows("SELECT cause::text, impi_id, set_id, reason, info FROM quintet.change WHERE subject = %s AND NOT is_shared", self.id)


def table(text):
    """Rows of a table as dictionaries; columns begin where the header's words do."""
    header, *lines = text.splitlines()
    starts = [match.start() for match in re.finditer(r"(?:^|(?<=  ))\S", header)]
    cut = [*zip(starts, starts[1:]), (starts[-1], None)]
    return [{header[a:b].strip(): line[a:b].strip() for a, b in cut} for line in lines]


def audits(site, action):
    return site.rows("SELECT subject, detail FROM quintet.audit WHERE action = %s ORDER BY id", action)
