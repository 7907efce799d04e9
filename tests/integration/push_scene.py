# SPDX-License-Identifier: Apache-2.0
"""A product that pushes, S-CSCFs of several manners beside it, and subscriptions that they serve."""

import contextlib

from peer import cx
from peer.checks import result_of
from peer.cx import HOME_REALM
from peer.dictionary import TGPP
from peer.pushes import Ppr, Rtr, Scscf, experimental
from product import Product
from registration_rows import SUCCESS, pending
from subscribers import Subscribers
from subscriptions import Subscriptions
from support.instance import eventually


def host(label):
    return f"{label}.{HOME_REALM}"


def name(label):
    return f"sip:{label}.{HOME_REALM}:6060"


AGENT = host("agent")
TIMEOUT_MS = 700
PEERS = (f'[{{ peer = "{host("kamailio")}", pushes = "none", push_timeout_is_done = true }},'
         f' {{ peer = "{host("older")}", pushes = "rtr-instead" }}]')
SETTINGS = {"push.timeout_ms": TIMEOUT_MS, "diameter.agents": f'["{AGENT}"]', "diameter.peer": PEERS, "push.give_up_s": 120}


class World:
    """One product, its subscriptions, and S-CSCFs by label."""

    def __init__(self, product):
        self.product = product
        self.subscribers = Subscribers(product)
        self.subscriptions = Subscriptions(product, self.subscribers)
        self.servers = {}

    def scscf(self, label="scscf", answer=None, port=None):
        known = self.servers.get(label)
        if known is None or known.connection.is_closed:
            connection = self.product.connect(label, port=port, returns=known is not None)
            known = self.servers[label] = Scscf(connection)
            # a connection is open for requests when something has come over it (RFC 3539)
            connection.request(cx.lir(f"sip:nobody@{HOME_REALM}", sender=cx.Sender.on(connection)), check=False)
        known.answer = answer or (lambda request, _: known.connection.answer(request))
        return known

    def assign(self, one, kind, impi="i1", impu="u1", label="scscf", expect=SUCCESS, **more):
        """A Server-Assignment that has settled: its answer is not on its way any more."""
        server = self.scscf(label)
        request = cx.sar(impi and one.names[impi], [one.names[impu]], kind, name(label), sender=cx.Sender.on(server.connection), **more)
        answer = server.connection.request(request)
        assert result_of(answer) == expect
        self.settle(one)
        return answer

    def settle(self, one):
        for table in ("impi_set", "registration_set"):
            self.product.sql(f"UPDATE quintet.{table} SET assigned_at = now() - interval '1 minute' WHERE subscription_id = %s", (one.id,))

    def create(self, shape, state="registered", label="scscf", **more):
        """A subscription in one of the four states, as an S-CSCF made it."""
        if state == "pending":
            before = pending(*shape.impis, scscf=(name(label), host(label), HOME_REALM))
            return self.subscriptions.create(shape, before)
        one = self.subscriptions.create(shape)
        if state == "registered":
            for impi in shape.impis:
                self.assign(one, 1, impi, label=label, **more)
        elif state == "unregistered":
            self.assign(one, 3, None, label=label, **more)
        return one

    def change(self, one, statement):
        names = {f"{short} name": known for short, known in one.names.items()}
        self.product.sql(statement, {**one.ids, **names, "id": one.id})

    def pushes(self, one):
        """(command, state, attempts, error) of each, in order."""
        return self.product.sql("SELECT upper(kind::text), state::text, attempts, last_error FROM quintet.push WHERE subscription_id = %s"
                                " ORDER BY id", (one.id,))

    def is_quiet(self, one):
        """All changes were looked at, and nothing is due."""
        return not self.product.value(
            "SELECT EXISTS (SELECT FROM quintet.push WHERE subscription_id = %(id)s AND state = 'waiting')"
            " OR EXISTS (SELECT FROM quintet.change WHERE NOT is_shared AND subject = %(id)s AND pass = 0)"
            " OR EXISTS (SELECT FROM quintet.change WHERE is_shared AND (pass = 0 OR cause = 'capabilities'))", {"id": one.id})

    def quiet(self, one, seconds=10):
        assert eventually(lambda: self.is_quiet(one), seconds, 0.01), self.pushes(one)

    def close(self):
        for server in self.servers.values():
            server.close()
            server.connection.close()
        self.subscriptions.close()


def opened(folder, **more):
    """A world of its own."""
    return contextlib.closing(World(Product(folder, {**SETTINGS, **more})))


def plain(push, one):
    """What row and wire have in common, with short names."""
    if isinstance(push, Rtr):
        return "RTR", one.short(push.impi), tuple(map(one.short, push.impus)), push.reason, tuple(map(one.short, push.associated))
    assert isinstance(push, Ppr)
    return "PPR", one.short(push.impi)


DISPLAY_NAME = "UPDATE quintet.impu SET display_name = 'changed ' || clock_timestamp() WHERE id = %(u1)s"
SUSPEND = "UPDATE quintet.subscription SET suspended = true WHERE id = %(id)s"
EXP = (TGPP,)


def coded(connection, code, avps=()):
    """Answers with a Result-Code, or with an Experimental-Result where `code` is a pair."""
    def answer(request, _):
        if isinstance(code, tuple):
            message = request.answer([cx.CX_APPLICATION, ("Auth-Session-State", 1), *connection.origin(), *experimental(code[1]), *avps])
            connection.send_raw(message.encode())
        else:
            connection.answer(request, code, avps)
    return answer


def in_turn(*answers):
    """One after the other; the last for all that follow."""
    left = list(answers)

    def answer(request, plain_value):
        (left.pop(0) if len(left) > 1 else left[0])(request, plain_value)
    return answer


def silence(_request, _plain):
    pass


def ended(world, one, seconds=15):
    """Its pushes, none of which waits any more."""
    def all_ended():
        rows = world.pushes(one)
        return rows if rows and all(row[1] != "waiting" for row in rows) else None
    rows = eventually(all_ended, seconds, 0.02)
    assert rows, world.pushes(one)
    return rows
