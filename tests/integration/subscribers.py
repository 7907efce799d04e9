# SPDX-License-Identifier: Apache-2.0
"""Test subscribers in any state: cards through quintet keys import, the rest in SQL; and their state read back."""

import csv
import hashlib
import subprocess
from dataclasses import dataclass, field, fields

import psycopg2
from peer.cx import HOME_REALM
from peer.usim import Usim


def key_of(number, what):
    """Sixteen octets that anybody can derive: these cards are worth nothing."""
    return hashlib.sha256(f"integration {what} {number}".encode()).digest()[:16]


@dataclass(frozen=True)
class Subscriber:
    number: int
    impi: str
    impu: str
    credential: str
    k: bytes = field(repr=False)
    opc: bytes = field(repr=False)

    def usim(self, **more):
        return Usim(self.k, self.opc, **more)


@dataclass(frozen=True)
class State:
    """What Multimedia-Auth may read and change of one subscriber."""

    name: str | None = None       # of the S-CSCF
    host: str | None = None
    realm: str | None = None
    reassignment: bool = False
    state: str = "not_registered"
    auth_pending: bool = False
    registered: bool = False
    seq: int = 1000
    seq_lead: int = 0
    ind_ps: int | None = None
    ind_cs: int | None = None
    ind_ims: int | None = None
    ind_gba: int | None = None
    resyncs: int = 0
    resync_window: bool = False


@dataclass(frozen=True)
class Provision:
    """How a subscriber is provisioned, apart from its state."""

    schemes: tuple = ("aka",)
    impu_type: str = "distinct_pui"
    barred: bool = False
    associated: bool = True
    impi: str | None = None        # default: made from the number
    impu: str | None = None
    credential: str | None = None  # default: an unused card
    digest: dict | None = None     # columns of quintet digest import, beside the IMPI
    lines: tuple = ()              # of NASS-Bundled
    address: str | None = None     # of GIBA
    interface_id: bytes | None = None
    unchecked: str | None = None   # SQL on this IMPI, with the schema's rules switched off


_READ = """
SELECT s.scscf_name, s.scscf_host, s.scscf_realm, s.reassignment_pending, t.state::text, coalesce(p.auth_pending, false),
       coalesce(p.registered, false), k.seq, k.seq_lead - n.seq_lead, k.ind_ps, k.ind_cs, k.ind_ims, k.ind_gba, k.resync_count,
       k.resync_since IS NOT NULL
FROM quintet.impi i
JOIN quintet.subscription s ON s.id = i.subscription_id
JOIN quintet.credential c ON c.id = i.credential_id
JOIN quintet.sqn_state k USING (fingerprint)
CROSS JOIN quintet.cluster n
JOIN quintet.impu u ON u.identity = %s
JOIN quintet.registration_set t ON t.id = u.set_id
LEFT JOIN quintet.impi_set p ON p.impi_id = i.id AND p.set_id = t.id
WHERE i.identity = %s
"""

_CREATE = """
WITH new_subscription AS (
  INSERT INTO quintet.subscription (name, scscf_name, scscf_host, scscf_realm, reassignment_pending)
  VALUES (%(subscription)s, %(name)s, %(host)s, %(realm)s, %(reassignment)s) RETURNING id),
new_set AS (
  INSERT INTO quintet.registration_set (subscription_id, state) SELECT id, %(state)s FROM new_subscription RETURNING id),
card AS (
  UPDATE quintet.sqn_state k SET seq = %(seq)s, card_seq = %(seq)s, ind_ps = %(ind_ps)s, ind_cs = %(ind_cs)s, ind_ims = %(ind_ims)s,
    ind_gba = %(ind_gba)s, resync_count = %(resyncs)s, resync_since = CASE WHEN %(resync_window)s THEN now() END
  FROM quintet.credential c WHERE c.fingerprint = k.fingerprint AND c.name = %(credential)s RETURNING c.id),
new_impi AS (
  INSERT INTO quintet.impi (identity, subscription_id, credential_id, schemes)
  SELECT %(impi)s, s.id, c.id, %(schemes)s FROM new_subscription s, card c RETURNING id, subscription_id),
new_impu AS (
  INSERT INTO quintet.impu (identity, type, set_id, barred)
  SELECT %(impu)s, %(impu_type)s, id, %(barred)s FROM new_set RETURNING set_id),
beside_a_wildcarded_pui AS (
  INSERT INTO quintet.impu (identity, set_id, position)
  SELECT 'sip:beside.' || %(impi)s, id, 99 FROM new_set WHERE %(impu_type)s = 'wildcarded_pui'),
digest AS (
  INSERT INTO quintet.digest_secret (impi_id, realm, md5_sealed)
  SELECT id, 'unusable', repeat('x', 44)::bytea FROM new_impi WHERE 'sip-digest' = ANY (%(schemes)s)),
lines AS (
  INSERT INTO quintet.line_identifier (impi_id, position, line)
  SELECT i.id, l.n, l.line FROM new_impi i, unnest(%(lines)s::bytea[]) WITH ORDINALITY AS l (line, n)),
address AS (
  INSERT INTO quintet.giba_binding (impi_id, address, interface_id)
  SELECT id, %(address)s::inet, %(interface_id)s FROM new_impi WHERE %(address)s IS NOT NULL)
SELECT new_impi.id, new_impu.set_id, new_impi.subscription_id FROM new_impi, new_impu
"""

_ASSOCIATE = """
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, auth_pending, registered)
VALUES (%s, %s, %s, %s, %s)
"""


_SIBLING = """
WITH new_impi AS (
  INSERT INTO quintet.impi (identity, subscription_id, credential_id)
  SELECT %s, i.subscription_id, c.id FROM quintet.impi i, quintet.credential c WHERE c.name = %s AND i.identity = %s
  RETURNING id, subscription_id)
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id)
SELECT new_impi.id, u.set_id, new_impi.subscription_id FROM new_impi, quintet.impu u WHERE u.identity = %s
"""


# Locks the number state of a credential, as the server does.
HOLD = "SELECT 1 FROM quintet.sqn_state JOIN quintet.credential USING (fingerprint) WHERE name = %s FOR UPDATE OF sqn_state"


class Subscribers:
    """Provisions subscribers of one product. Cards are imported in bulk, because that is a process."""

    def __init__(self, product, bulk=400):
        self.product, self.bulk = product, bulk
        self._cards = 0   # imported
        self._next = 0    # first unused

    def _import(self, count):
        first, self._cards = self._cards, self._cards + count
        rows = [f"{self.card_name(n)},{key_of(n, 'K').hex()},{key_of(n, 'OPc').hex()}" for n in range(first, self._cards)]
        table = self.product.var / "itest-cards.csv"
        table.write_text("credential,k,opc\n" + "\n".join(rows) + "\n", encoding="utf-8")
        self._run_script(self.product.run("quintet", "keys", "import", table).stdout)

    def _run_script(self, script):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.product.environment()["QUINTET_ADMIN_DB"]],
                       input=script, text=True, check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    def card_name(number):
        return f"it-{number:06}"

    def _take_card(self):
        if self._next >= self._cards:
            self._import(self.bulk)
        self._next += 1
        return self._next - 1

    def create(self, state=State(), **provision):
        """One subscriber with one IMPI, one IMPU and their set."""
        how = Provision(**provision)
        number = self._take_card()
        one = Subscriber(number, how.impi or f"it.{number}@{HOME_REALM}", how.impu or f"sip:it.{number}@{HOME_REALM}",
                         how.credential or self.card_name(number), key_of(number, "K"), key_of(number, "OPc"))
        columns = {each.name: getattr(state, each.name) for each in fields(State)}
        columns |= {"subscription": f"it-{number}", "impi": one.impi, "impu": one.impu, "credential": one.credential,
                    "schemes": list(how.schemes), "impu_type": how.impu_type, "barred": how.barred,
                    "lines": [psycopg2.Binary(line) for line in how.lines], "address": how.address,
                    "interface_id": how.interface_id}
        ids = self.product.sql(_CREATE, columns)[0]
        if how.associated:
            self.product.sql(_ASSOCIATE, (*ids, state.auth_pending, state.registered))
        if how.digest:
            self.import_digest(one.impi, **how.digest)
        if how.unchecked:
            self.product.sql(f"BEGIN; SET LOCAL session_replication_role = replica; {how.unchecked}; COMMIT", {"impi": one.impi})
        return one

    def import_digest(self, impi, **columns):
        """SIP Digest as an operator gives it: password, or ha1 and perhaps ha1_sha256."""
        table = self.product.var / "itest-digest.csv"
        with open(table, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["impi", *columns], [impi, *columns.values()]])
        self._run_script(self.product.run("quintet", "digest", "import", "--realm", columns["realm"], table).stdout)

    def sibling(self, one):
        """Another private identity of the same subscription and set, with a card of its own."""
        number = self._take_card()
        other = Subscriber(number, f"it.{number}@{HOME_REALM}", one.impu, self.card_name(number), key_of(number, "K"),
                           key_of(number, "OPc"))
        self.product.sql("UPDATE quintet.sqn_state k SET seq = %s FROM quintet.credential c WHERE c.fingerprint = k.fingerprint"
                         " AND c.name = %s", (State().seq, other.credential))
        self.product.sql(_SIBLING, (other.impi, other.credential, one.impi, one.impu))
        return other

    def pushes(self, one):
        """What is due to S-CSCFs because of this subscriber."""
        return self.product.sql("SELECT kind::text, destination_host, destination_realm, impi, associated, impus, reason"
                                " FROM quintet.push WHERE impi = %s ORDER BY id", (one.impi,))

    def state(self, one):
        return State(*self.product.sql(_READ, (one.impu, one.impi))[0])
