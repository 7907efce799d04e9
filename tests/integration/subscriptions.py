# SPDX-License-Identifier: Apache-2.0
"""Whole subscriptions for UAR, LIR and SAR: any identities and sets in any state, and the state read back by short names."""

from dataclasses import dataclass, field

from peer.cx import HOME_REALM
from peer.registration import Capabilities, Charging
from peer.restoration import Contact, Dialog, Restoration
from subscribers import Subscribers


@dataclass(frozen=True)
class Ifc:
    """Initial filter criteria; a trigger is a dictionary of columns."""

    part: int | None = None
    cnf: bool | None = None  # None: no trigger point
    triggers: tuple = ()


@dataclass(frozen=True)
class Profile:
    criteria: tuple = ()
    shared: tuple = ()  # of shared sets, each with these criteria


@dataclass(frozen=True)
class Shape:
    """How a subscription is provisioned. Short names stand for identities; those of each copy are its own."""

    sets: dict                                    # set -> its public identities, in order
    impis: dict                                   # private identity -> the sets it may use
    identity: dict = field(default_factory=dict)  # short name -> identity, {n} is the number of the copy
    impu: dict = field(default_factory=dict)      # short name -> columns that differ
    impi: dict = field(default_factory=dict)
    subscription: dict = field(default_factory=dict)
    profile: dict = field(default_factory=dict)   # public identity -> Profile
    networks: dict = field(default_factory=dict)  # private identity -> where it may be
    capabilities: Capabilities | None = None
    charging: Charging | None = None

    def members(self, impu):
        """The set that an identity is in, as names."""
        return next(members for members in self.sets.values() if impu in members)


def fresh(shape):
    """The state of a subscription that nobody has asked about: what a row's `before` and `after` change."""
    pairs = [f"{name} {impi}" for impi, sets in shape.impis.items() for name in sets]
    return {"scscf": None, "reassignment": False, "push": (), **{name: "not_registered" for name in shape.sets},
            **{pair: "" for pair in pairs}, **{f"restoration {pair}": None for pair in pairs}}


def changed(state, changes):
    unheard = changes.keys() - state.keys()
    assert not unheard, f"no such state: {unheard}"
    return {**state, **changes}


@dataclass(frozen=True)
class Subscription:
    """One copy of a shape in the database."""

    shape: Shape
    number: int
    names: dict  # short name -> identity
    ids: dict    # short name of a set or an identity -> id of its row
    id: int

    def identity(self, short):
        return self.names.get(short, short)

    def short(self, identity):
        return next((short for short, known in self.names.items() if known == identity), identity)


_PENDING_SINCE = {"aged": "-10 minutes -1 second", "ahead": "1 day"}  # beside "pending"
_RESTORED = ("path", "contact", "cseq", "call_id")
_SUBSCRIPTION = {"call_id": "subscription_call_id", "sender": "subscription_from", "receiver": "subscription_to",
                 "record_route": "subscription_route", "contact": "subscription_contact"}
_P_CSCF = {"call_id": "p_cscf_call_id", "sender": "p_cscf_from", "receiver": "p_cscf_to", "contact": "p_cscf_contact"}


def _columns_of(contact):
    columns = {name: getattr(contact, name) for name in _RESTORED}
    for dialog, names in ((contact.subscription, _SUBSCRIPTION), (contact.p_cscf_subscription, _P_CSCF)):
        columns |= {column: dialog and getattr(dialog, name) for name, column in names.items()}
    return columns


def _octets(value):
    return bytes(value) if isinstance(value, memoryview) else value


def _dialog(row, names):
    if row[names["call_id"]] is None:
        return None
    return Dialog(**{"record_route": None, **{name: row[column] for name, column in names.items()}})


def _contact(row):
    return Contact(**{name: row[name] for name in _RESTORED}, subscription=_dialog(row, _SUBSCRIPTION),
                   p_cscf_subscription=_dialog(row, _P_CSCF))


class Subscriptions:
    """Provisions and reads back. All private identities share one card: nobody authenticates here."""

    def __init__(self, product, subscribers=None):
        self._connection = product.database()
        self._connection.set_session(autocommit=False)
        self._subscribers = subscribers or Subscribers(product)
        self._card = self._subscribers.create().credential
        self._next = 0

    def close(self):
        self._connection.close()

    # Writing

    def _insert(self, cursor, table, columns, returning="id"):
        names, values = ", ".join(columns), ", ".join(["%s"] * len(columns))
        back = f"RETURNING {returning}" if returning else ""
        cursor.execute(f"INSERT INTO quintet.{table} ({names}) VALUES ({values}) {back}", list(columns.values()))
        return cursor.fetchone()[0] if returning else None

    def create(self, shape, before=()):
        """A copy of the shape whose state differs from a fresh one by `before`."""
        self._next += 1
        number, state = self._next, changed(fresh(shape), dict(before))
        impus = [impu for members in shape.sets.values() for impu in members]
        names = {impu: shape.identity.get(impu, f"sip:{impu}.{{n}}@{HOME_REALM}").replace("{n}", str(number)) for impu in impus}
        names |= {impi: shape.identity.get(impi, f"{impi}.{{n}}@{HOME_REALM}").replace("{n}", str(number)) for impi in shape.impis}
        with self._connection, self._connection.cursor() as cursor:
            one = Subscription(shape, number, names, {}, self._subscription(cursor, shape, number, state))
            self._public(cursor, one, state)
            self._private(cursor, one, state)
        return one

    def _subscription(self, cursor, shape, number, state):
        name, host, realm = state["scscf"] or (None,) * 3
        columns = {"name": f"world-{number}", "scscf_name": name, "scscf_host": host, "scscf_realm": realm,
                   "reassignment_pending": state["reassignment"], **shape.subscription}
        if shape.capabilities is not None:
            kept = shape.capabilities
            columns["capability_set_id"] = self._insert(cursor, "capability_set", {
                "name": f"world-{number}", "mandatory": list(kept.mandatory), "optional": list(kept.optional),
                "server_names": list(kept.server_names)})
        if shape.charging is not None:
            kept = shape.charging
            columns["charging_set_id"] = self._insert(cursor, "charging_set", {
                "name": f"world-{number}", "primary_ecf": kept.primary_event, "secondary_ecf": kept.secondary_event,
                "primary_ccf": kept.primary_collection, "secondary_ccf": kept.secondary_collection})
        return self._insert(cursor, "subscription", columns)

    def _public(self, cursor, one, state):
        for name, members in one.shape.sets.items():
            one.ids[name] = self._insert(cursor, "registration_set", {"subscription_id": one.id, "state": state[name]})
            for position, impu in enumerate(members, 1):
                columns = {"identity": one.names[impu], "set_id": one.ids[name], "position": position,
                           **one.shape.impu.get(impu, {})}
                if impu in one.shape.profile:
                    columns["service_profile_id"] = self._profile(cursor, one, impu)
                one.ids[impu] = self._insert(cursor, "impu", columns)
                # the server stores what operators write in canonical form
                cursor.execute("SELECT identity FROM quintet.impu WHERE id = %s", (one.ids[impu],))
                one.names[impu] = cursor.fetchone()[0]

    def _private(self, cursor, one, state):
        cursor.execute("SELECT id FROM quintet.credential WHERE name = %s", (self._card,))
        card = cursor.fetchone()[0]
        for impi, sets in one.shape.impis.items():
            columns = {"identity": one.names[impi], "subscription_id": one.id, "credential_id": card,
                       **one.shape.impi.get(impi, {})}
            if impi in one.shape.networks:
                columns["roaming_area_id"] = self._area(cursor, one, impi)
            one.ids[impi] = self._insert(cursor, "impi", columns)
            for name in sets:
                flags = state[f"{name} {impi}"].split()
                since = next((since for flag, since in _PENDING_SINCE.items() if flag in flags), "0")
                cursor.execute("SELECT now() + %s::interval", (since,))
                self._insert(cursor, "impi_set", {
                    "impi_id": one.ids[impi], "set_id": one.ids[name], "subscription_id": one.id,
                    "auth_pending": "pending" in flags, "pending_since": cursor.fetchone()[0], "registered": "registered" in flags}, None)
                self._restore(cursor, one, name, impi, state[f"restoration {name} {impi}"])

    def _area(self, cursor, one, impi):
        area = self._insert(cursor, "roaming_area", {"name": f"{impi}-{one.number}"})
        for network in one.shape.networks[impi]:
            self._insert(cursor, "roaming_area_network", {"area_id": area, "network": network}, None)
        return area

    def _restore(self, cursor, one, name, impi, kept):
        for position, contact in enumerate(kept.contacts if kept else (), 1):
            self._insert(cursor, "restoration_contact", {
                "impi_id": one.ids[impi], "set_id": one.ids[name], "position": position, **_columns_of(contact),
                "registration_time_out": kept.time_out, "scheme": kept.scheme}, None)

    def _profile(self, cursor, one, impu):
        profile, label = one.shape.profile[impu], f"{impu}-{one.number}"
        known = self._insert(cursor, "service_profile", {"name": label})
        self._criteria(cursor, label, profile.criteria, {"profile_id": known})
        for n, criteria in enumerate(profile.shared):
            shared = self._insert(cursor, "shared_ifc_set", {"id": one.number * 100 + n})
            self._insert(cursor, "service_profile_shared_ifc_set", {"profile_id": known, "shared_ifc_set_id": shared}, None)
            self._criteria(cursor, f"{label}-{n}", criteria, {"shared_ifc_set_id": shared}, 100 * (n + 1))
        return known

    def _criteria(self, cursor, label, criteria, owner, priority=0):
        for n, ifc in enumerate(criteria, 1):
            server = self._insert(cursor, "application_server", {
                "name": f"{label}-{n}", "server_name": f"sip:{label}-{n}.as.example.net"})
            known = self._insert(cursor, "initial_filter_criteria", {
                **owner, "priority": priority + n, "condition_type_cnf": ifc.cnf, "application_server_id": server,
                "profile_part": ifc.part})
            for position, trigger in enumerate(ifc.triggers, 1):
                self._insert(cursor, "service_point_trigger", {
                    "ifc_id": known, "position": position, "groups": [0], **trigger}, None)

    # Reading

    def _rows(self, cursor, statement, *parameters):
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, map(_octets, row))) for row in cursor.fetchall()]

    def state(self, one):
        """As fresh() has it, with what the database holds now."""
        with self._connection, self._connection.cursor() as cursor:
            state = {**self._read_subscription(cursor, one), **self._read_sets(cursor, one)}
            state["push"] = self._read_pushes(cursor, one)
        return state

    def _read_subscription(self, cursor, one):
        (row,) = self._rows(cursor, "SELECT * FROM quintet.subscription WHERE id = %s", one.id)
        address = row["scscf_name"], row["scscf_host"], row["scscf_realm"]
        return {"scscf": None if address[0] is None else address, "reassignment": row["reassignment_pending"]}

    def _read_sets(self, cursor, one):
        short = {known: name for name, known in one.ids.items() if name in one.shape.sets}
        found = {}
        for row in self._rows(cursor, "SELECT id, state::text FROM quintet.registration_set WHERE subscription_id = %s", one.id):
            if row["id"] in short:  # others were added later
                found[short[row["id"]]] = row["state"]
        for row in self._rows(cursor, """SELECT i.identity, i.id AS impi_id, p.set_id, p.auth_pending, p.registered,
                                                p.auth_pending AND p.pending_since < now() - interval '10 minutes' AS aged,
                                                p.auth_pending AND p.pending_since > now() + interval '1 minute' AS ahead
                                         FROM quintet.impi_set p JOIN quintet.impi i ON i.id = p.impi_id
                                         WHERE p.subscription_id = %s""", one.id):
            pair = f"{short[row['set_id']]} {one.short(row['identity'])}"
            found[pair] = " ".join(name for name, is_set in (("registered", row["registered"]), ("pending", row["auth_pending"]),
                                                             ("aged", row["aged"]), ("ahead", row["ahead"])) if is_set)
            found[f"restoration {pair}"] = self._read_restoration(cursor, one.short(row["identity"]), row)
        return found

    def _read_restoration(self, cursor, impi, pair):
        rows = self._rows(cursor, "SELECT * FROM quintet.restoration_contact WHERE impi_id = %s AND set_id = %s"
                                  " ORDER BY position", pair["impi_id"], pair["set_id"])
        if not rows:
            return None
        return Restoration(impi, tuple(map(_contact, rows)), rows[0]["registration_time_out"], rows[0]["scheme"])

    def _read_pushes(self, cursor, one):
        """(kind, reason, host of the S-CSCF, private identities, public identities), in the order they became due."""
        rows = self._rows(cursor, "SELECT * FROM quintet.push WHERE impi = ANY (%s) ORDER BY id", list(one.names.values()))
        return tuple((row["kind"], row["reason"], row["destination_host"],
                      tuple(sorted({one.short(impi) for impi in (row["impi"], *row["associated"])})),
                      tuple(sorted(map(one.short, row["impus"])))) for row in rows)

    def seen(self, request):
        """How often a request is remembered (T flag)."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM quintet.request_seen WHERE origin_host = %s AND end_to_end = %s",
                           (request.value("Origin-Host").lower(), request.end_to_end))
            return cursor.fetchone()[0]
