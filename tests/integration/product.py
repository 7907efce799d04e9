# SPDX-License-Identifier: Apache-2.0
"""A running Quintet for the integration tests: SQL as its administrator, Diameter peers, further servers on its database."""

import contextlib
import os
import re
import signal

import capture
import psycopg2
import psycopg2.extensions
from peer.connection import DPR, Connection
from peer.cx import HOME_REALM
from support import configuration, server
from support.instance import Instance, eventually, free_port

IDENTITY = f"hss.{HOME_REALM}"
AGENT = f"agent.{HOME_REALM}"  # may relay in the product that most tests share


class Peer(Connection):
    """A connection that sends several requests at once and remembers a good-bye of the other side."""

    said_goodbye = False

    def send_many(self, requests):
        with self._arrival:
            self._awaited.update(request.hop_by_hop for request in requests)
        self.send_raw(b"".join(request.encode() for request in requests))

    def _answer_base(self, frame):
        self.said_goodbye = self.said_goodbye or frame.command == DPR
        super()._answer_base(frame)


def setting(key, value):
    """Options of the quickstart for one value of the server's configuration."""
    return ["--set", f"{key}={value}"]


class Product(Instance):
    """An instance whose settings are given as a dictionary of dotted keys."""

    def __init__(self, var, settings=(), options=(), database=()):
        flat = [word for key, value in dict(settings).items() for word in setting(key, value)]
        flat += [word for key, value in dict(database).items() for word in ("--pg", f"{key}={value}")]
        super().__init__(var, None, *flat, *options)
        self._admin = None

    # SQL

    def database(self, **more):
        """A new connection of the administrator."""
        connection = psycopg2.connect(self.environment()["QUINTET_ADMIN_DB"], **more)
        connection.set_session(autocommit=True)
        return connection

    def sql(self, statement, parameters=None):
        """Runs a statement; its rows, if it has any."""
        if self._admin is None or self._admin.closed:
            self._admin = self.database()
        try:
            with self._admin.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.OperationalError:  # the server was restarted
            self._admin.close()
            raise

    def value(self, statement, parameters=None):
        return self.sql(statement, parameters)[0][0]

    @contextlib.contextmanager
    def held(self, statement, parameters=None):
        """Another session keeps the locks that this statement takes."""
        with contextlib.closing(self.database()) as connection:
            connection.set_session(autocommit=False)
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                yield
            connection.rollback()

    def waiting(self):
        """How many of the server's sessions wait for a lock."""
        return self.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'quintet'")

    # Diameter

    def connect(self, label="scscf", realm=HOME_REALM, port=None, returns=False, **more):
        """A peer. What one sends that returns after a broken connection is thrown away until it has answered three
        watchdogs (RFC 3539 3.4.1)."""
        connection = Peer("127.0.0.1", port or self.port, f"{label}.{realm}", realm, **more)
        if returns:
            eventually(lambda: connection.watchdogs >= 3, 2, 0.01)
        return connection

    def serves(self):
        """A peer is accepted: the daemon is up."""
        try:
            self.connect("probe", timeout=5).close()
        except OSError:
            return False
        return True

    # Life

    def stop(self, sig=signal.SIGINT, timeout=60):
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        return super().stop(sig, timeout)

    def events(self, name):
        """Lines of the server's log that tell of an event."""
        return [line for line in self.log().splitlines() if re.search(rf" {name}( |$)", line)]


def toml_with(product, values):
    """The product's configuration with other values, {"table.key": value}; None takes a key away."""
    return configuration.with_values(product.var / "quintet.toml", values)


class Server(server.Server):
    """One more freeDiameterd on the database and the token of a product, with an identity and a port of its own."""

    def __init__(self, product, label="hss2", toml=None, environment=(), port=None):
        super().__init__(product.var / f"{label}.conf", port or free_port(), product.var / "log" / f"{label}.log",
                         {**product.environment(), **dict(environment)})
        self.product, self.label = product, label
        text = (product.var / "freediameter.conf").read_text(encoding="utf-8")
        text = text.replace(f'"{IDENTITY}"', f'"{label}.{HOME_REALM}"')
        text = re.sub(r"^Port = \d+;", f"Port = {self.port};", text, flags=re.MULTILINE)
        if toml is not None:
            own = product.var / f"{label}.toml"
            own.write_text(toml, encoding="utf-8")
            text = text.replace(f'"{product.var / "quintet.toml"}"', f'"{own}"')
        self.conf.write_text(text, encoding="utf-8")

    def serves(self):
        try:
            self.product.connect("probe", port=self.port, timeout=5).close()
        except OSError:
            return False
        return True

    def __enter__(self):
        self._recorded = capture.recorded(self.port)
        self._recorded.__enter__()
        return self.start()

    def __exit__(self, *_):
        self.stop()
        self._recorded.__exit__(None, None, None)


def refused(product, toml=None, environment=(), seconds=30, conf=""):
    """Starts a server that must not come up, with more lines of freeDiameter's configuration; its log. AssertionError when it
    serves or does not end."""
    one = Server(product, "refused", toml, environment)
    one.conf.write_text(one.conf.read_text(encoding="utf-8") + conf, encoding="utf-8")
    one.log_file.unlink(missing_ok=True)
    one.launch()
    try:
        assert eventually(lambda: one.process.poll() is not None or one.serves(), seconds), "neither ends nor serves"
        assert one.process.poll() is not None, "serves, although it must refuse to start"
        assert one.process.returncode != 0, "refuses with exit status 0"
    finally:
        one.stop(signal.SIGKILL)
    return one.log()


def process_is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
