# SPDX-License-Identifier: Apache-2.0
"""One Quintet, one Kamailio of each kind, application servers, and users with phones; what scenarios need of them in a word."""

import contextlib
import itertools
import json
from dataclasses import dataclass, field

import frames
from kamailio import ADDRESSES, Trio, lay_out
from peer import cx
from peer.cx import HOME_REALM
from phone import Phone
from product import Product
from recorder import Recorder
from subscribers import Subscribers
from support.child import eventually
from wire import Wire

SCSCF_HOST = f"scscf.{HOME_REALM}"
# docs/kamailio.md says why.
PEERS = f'[{{ peer = "{SCSCF_HOST}", busy = {{ MAR = "none" }}, pushes = "none", push_timeout_is_done = true }}]'
SETTINGS = {"diameter.peer": PEERS, "push.timeout_ms": 1000}

_STATE = """
SELECT t.state::text, s.scscf_name, coalesce(array_agg(i.identity ORDER BY i.identity) FILTER (WHERE p.registered), '{}')
FROM quintet.impu u JOIN quintet.registration_set t ON t.id = u.set_id JOIN quintet.subscription s ON s.id = t.subscription_id
LEFT JOIN quintet.impi_set p ON p.set_id = t.id LEFT JOIN quintet.impi i ON i.id = p.impi_id
WHERE u.identity = %s GROUP BY t.state, s.scscf_name
"""

_ADD_IMPU = """
INSERT INTO quintet.impu (identity, set_id, position, barred, service_profile_id)
SELECT %s, set_id, %s, %s, service_profile_id FROM quintet.impu WHERE identity = %s
"""

_USE_PROFILE = """
UPDATE quintet.impu SET service_profile_id = (SELECT id FROM quintet.service_profile WHERE name = %s)
WHERE set_id = (SELECT set_id FROM quintet.impu WHERE identity = %s)
"""


# A criterion and its triggers have to be there at once.
_PROFILE = """
WITH server AS (
  INSERT INTO quintet.application_server (name, server_name, default_handling, include_register_request)
  VALUES (%(name)s, %(server)s, 0, %(copy)s) RETURNING id),
profile AS (INSERT INTO quintet.service_profile (name) VALUES (%(name)s) RETURNING id),
criterion AS (
  INSERT INTO quintet.initial_filter_criteria (profile_id, priority, condition_type_cnf, application_server_id)
  SELECT profile.id, 1, %(form)s, server.id FROM profile, server RETURNING id)
INSERT INTO quintet.service_point_trigger (ifc_id, position, groups, kind, method, session_case)
SELECT criterion.id, n, ARRAY[n::int], (one->>'kind')::quintet.trigger_kind, one->>'method', (one->>'session_case')::smallint
FROM criterion, jsonb_array_elements(%(triggers)s::jsonb) WITH ORDINALITY AS t (one, n)
"""


_SERVICE = """
WITH sub AS (INSERT INTO quintet.subscription (name) VALUES (%(name)s) RETURNING id),
     who AS (INSERT INTO quintet.impi (identity, subscription_id, schemes)
             SELECT %(impi)s, id, '{}' FROM sub RETURNING id, subscription_id),
     set AS (INSERT INTO quintet.registration_set (subscription_id) SELECT id FROM sub RETURNING id, subscription_id),
     may AS (INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id) SELECT who.id, set.id, sub.id FROM who, set, sub)
INSERT INTO quintet.impu (identity, type, set_id, psi_application_server)
SELECT %(identity)s, 'distinct_psi', id, %(server)s FROM set
"""


class Failed(AssertionError):
    """What a scenario shows does not hold."""


def check(holds, said):
    if not holds:
        raise Failed(said() if callable(said) else said)


@dataclass(frozen=True)
class State:
    """What the HSS knows of a public identity."""

    state: str
    scscf: str | None
    registered: list


@dataclass
class User:
    """A public identity, and the phones that may register it."""

    impu: str
    impi: str
    phones: list = field(default_factory=list)
    one: object = None

    @property
    def phone(self):
        return self.phones[0]

    @property
    def tel(self):
        return f"tel:+1202555{self.one.number:04}"


class Stage:
    """Where scenarios are run. `fault` is what is planted, if anything is."""

    def __init__(self, folder):
        self.folder, self.fault = folder, None

    def begin(self):
        self.moment("begin")

    def moment(self, name, user=None):
        """A scenario has come to this point: what is planted there is done now."""
        if self.fault and self.fault.moment == name:
            self.fault.plant(self, user)

    @contextlib.contextmanager
    def planted(self, fault):
        """A fault that is done at its moment, and taken back."""
        self.fault = fault
        try:
            yield fault
        finally:
            self.fault = None
            fault.remove(self)


class World(Stage):
    """Everything that most scenarios share."""

    def __init__(self, folder):
        super().__init__(folder)
        self._addresses = (f"127.0.1.{n}" for n in itertools.count(1))
        self._profiles = itertools.count(1)
        self.product = Product(folder / "var", SETTINGS)
        self.logs = folder / "logs"

    def __enter__(self):
        self.product.start()
        self.port = self.product.port
        self.wire = Wire(self.folder / "scscf.pcap", self.port)
        lay_out(self.port)
        self.tas, self.second_as = Recorder(ADDRESSES["tas"]), Recorder(ADDRESSES["as2"])
        self.kamailio = Trio(self.product, self.logs)
        self.subscribers = Subscribers(self.product, bulk=100)
        try:
            self.kamailio.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kamailio.stop()
        self.product.stop()
        self.wire.close()

    # Users and services

    def user(self, tel=False, profile=None, **provision):
        """One public identity, one phone; with `tel` a telephone number in the same implicit set."""
        one = self.subscribers.create(**provision)
        user = User(one.impu, one.impi, one=one)
        if tel:
            self.add_identity(user, user.tel)
        if profile:
            self.use_profile(user, profile)
        self._add_phone(user, one)
        self.moment("provisioned", user)
        return user

    def _add_phone(self, user, one):
        user.phones.append(Phone(next(self._addresses), one.impi, user.impu, one.usim()))

    def second_phone(self, user):
        """Of the same user, with a card and a private identity of its own."""
        other = self.subscribers.sibling(user.one)
        self._add_phone(user, other)
        self.moment("second phone", user)
        return user.phones[-1]

    def add_identity(self, user, identity, position=2, barred=False):
        self.product.sql(_ADD_IMPU, (identity, position, barred, user.impu))

    def profile(self, server, *triggers, copy_register=False):
        """A service profile with one criterion: all triggers must hold. A trigger is a dictionary of columns."""
        name = f"profile-{next(self._profiles)}"
        self.product.sql(_PROFILE, {"name": name, "server": f"sip:{server}.{HOME_REALM}:5060", "copy": copy_register,
                                    "form": bool(triggers) or None, "triggers": json.dumps(triggers)})
        return name

    def use_profile(self, user, profile):
        self.product.sql(_USE_PROFILE, (profile, user.impu))

    def service_identity(self, identity, server):
        """A public service identity that an application server hosts."""
        impi = identity.removeprefix("sip:")
        self.product.sql(_SERVICE, {"name": identity, "impi": impi, "identity": identity, "server": server})

    # What is known and seen

    def state(self, impu):
        return State(*self.product.sql(_STATE, (impu,))[0])

    def becomes(self, impu, state, seconds=5.0):
        """The HSS comes to know a public identity as registered, not_registered or unregistered."""
        return eventually(lambda: self.state(impu).state == state, seconds, 0.02)

    def mark(self):
        """How many Diameter messages were seen: what comes later is new."""
        return len(self.wire.diameter)

    def sar(self, identity, since=0, kind=None, seconds=5.0):
        """The first Server-Assignment-Request of an identity, of a type if one is given."""
        def fits(one):
            return kind in (None, one.value("Server-Assignment-Type"))
        return self.wire.await_request(cx.SAR, identity, since, fits, seconds)

    # What operators do

    def deregister(self, identity, *options):
        self.product.run("quintet", "deregister", identity, *options)

    def bar(self, impu, barred):
        self.product.sql("UPDATE quintet.impu SET barred = %s WHERE identity = %s", (barred, impu))

    def restart_quintet(self, *options):
        """Server and database, perhaps with other options; Kamailio connects again by itself."""
        self.product.stop()
        self.product.start(*options)
        self.kamailio.await_peers(dict.fromkeys(("icscf", "scscf"), 0), since=self.product.log().rindex(" server_started "))

    def restart(self, *names):
        """Kamailio's processes anew."""
        for name in names:
            self.kamailio[name].stop()
        self.kamailio.start(*names)

    def judge_frames(self):
        """What tshark finds in the frames that the HSS has sent."""
        self.wire.flush()
        return frames.tshark_findings(self.wire.file, self.port)

    def seen_by_tshark(self, condition):
        """How many packets it has that fit."""
        self.wire.flush()
        return len(frames.tshark(self.wire.file, self.port, "-Y", condition))
