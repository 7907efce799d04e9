# SPDX-License-Identifier: Apache-2.0
"""Whatever a worker waits for, each request has its answer when it is as old as diameter.max_age_ms: every blocking call, every
command."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from peer import cx
from peer.checks import result_of
from product import Product, Server, toml_with
from subscribers import Subscribers
from support.instance import build_dir, eventually, quintet_tool
from test_held_rows import BUSY, REQUESTS, SUCCESS

MAX_AGE = 1.0
SLACK = 0.5  # a twentieth of the limit, the sending, a busy machine


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    base = Product(tmp_path_factory.mktemp("cluster") / "var", options=["--no-server"])
    base.start()
    yield base
    base.stop()


@pytest.fixture(scope="module")
def users(cluster):
    return Subscribers(cluster)


class Path:
    """Between a server and its PostgreSQL, on a socket of its own; can stop carrying anything, without closing anything."""

    def __init__(self, folder, target):
        self.folder, self.target = folder, target
        self.open = threading.Event()
        self.open.set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        os.chmod(folder / ".s.PGSQL.5432", 0o777)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.open.wait()
                near, _ = self.listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self.target)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.open.wait()
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def socket_of(product):
    host = product.value("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)")
    return f"{host}/.s.PGSQL.{product.value('SHOW port')}"


def conninfo_with(product, **parts):
    text = product.environment()["QUINTET_DB"]
    return text + "".join(f" {name}='{value}'" for name, value in parts.items())


# What blocks, from when on, until the end of the block.

@contextlib.contextmanager
def postgres_stopped(product, path):
    parent = str(product.pid("postgresql"))
    children = subprocess.run(["pgrep", "-P", parent], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["kill", "-STOP", parent, *children], check=True)
    try:
        yield
    finally:
        subprocess.run(["kill", "-CONT", parent, *children], check=True)


@contextlib.contextmanager
def network_gone(product, path):
    path.open.clear()
    try:
        yield
    finally:
        path.open.set()


@contextlib.contextmanager
def tables_locked(product, path):
    with product.held("LOCK quintet.impi, quintet.impu IN ACCESS EXCLUSIVE MODE"):
        yield


@contextlib.contextmanager
def commits_slow(product, path):
    """They wait for a standby that does not exist; of UAR and LIR only those that write."""
    product.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    product.sql("SELECT pg_reload_conf()")
    try:
        assert eventually(lambda: product.value("SHOW synchronous_standby_names") == "nobody", 5)
        time.sleep(0.5)  # every session reads it for itself
        yield
    finally:
        product.sql("ALTER SYSTEM RESET synchronous_standby_names")
        product.sql("SELECT pg_reload_conf()")


BLOCKS = {"PostgreSQL is stopped": postgres_stopped, "the network carries nothing": network_gone,
          "a table is locked": tables_locked, "commits wait for a standby": commits_slow}


@pytest.fixture(scope="module")
def path(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("path")
    for parent in (folder, *folder.parents):
        if parent.is_relative_to("/tmp") and parent.as_posix() != "/tmp":
            parent.chmod(0o755)
    return Path(folder, socket_of(cluster))


@pytest.fixture(scope="module")
def server(cluster, users, path):
    values = {"database.conninfo": conninfo_with(cluster, host=path.folder, port=5432), "database.connect_timeout_ms": 1000}
    with Server(cluster, "aged", toml_with(cluster, values)) as running:
        yield running


def check_in_time(connection, kind, cards, seconds):
    """Asks all the time; each answer is "busy", and none is late."""
    until = time.monotonic() + seconds
    for card in itertools.takewhile(lambda _: time.monotonic() < until, itertools.cycle(cards)):
        began = time.monotonic()
        assert result_of(connection.request(REQUESTS[kind](card, cx.Sender.on(connection)), 15)) == BUSY[kind]
        assert time.monotonic() - began < MAX_AGE + SLACK


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("block", BLOCKS)
def test_the_age_limit_holds(cluster, users, server, path, block, kind):
    """For longer than the connection lives, so that its end and the attempts to open another one are in it."""
    cards, last = [users.create() for _ in range(40)], users.create()
    with cluster.connect("patient", port=server.port) as connection:
        with BLOCKS[block](cluster, path):
            check_in_time(connection, kind, cards, 5)
        assert eventually(lambda: result_of(connection.request(REQUESTS[kind](last, cx.Sender.on(connection)), 15)) == SUCCESS, 10)


@contextlib.contextmanager
def black_hole():
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def attempt(cluster, conninfo, environment=()):
    """What `quintet check` says of the database, and how long it took."""
    toml = cluster.var / "attempt.toml"
    toml.write_text(toml_with(cluster, {"database.conninfo": conninfo, "database.connect_timeout_ms": 1500}), encoding="utf-8")
    began = time.monotonic()
    out = subprocess.run([quintet_tool(), "check"], capture_output=True, text=True, check=False,
                         env={**cluster.environment(), "QUINTET_CONFIG": str(toml), **dict(environment)})
    return out.stdout + out.stderr, time.monotonic() - began


@pytest.mark.parametrize("hosts", [1, 3])
def test_one_attempt_has_one_time_however_many_hosts_there_are(cluster, hosts):
    with black_hole() as port:
        said, took = attempt(cluster, f"host={','.join(['127.0.0.1'] * hosts)} port={port} dbname=x user=x")
    assert "no answer in time" in said
    assert 1.4 < took < 2.5, said


def test_a_host_that_is_silent_leaves_time_for_the_next(cluster):
    folder, port = os.path.split(socket_of(cluster))
    with black_hole() as silent:
        good = conninfo_with(cluster, host=f"127.0.0.1,{folder}", port=f"{silent},{port.rpartition('.')[2]}")
        said, _ = attempt(cluster, good)
    assert "no answer in time" not in said and "schema" in said


def test_a_slow_resolver_keeps_no_request(cluster, users):
    """getaddrinfo() cannot be interrupted; the requests do not wait for it."""
    shim = build_dir() / "tests" / "libslow_resolver.so"
    values = {"database.conninfo": conninfo_with(cluster, host="database.invalid", port=1)}
    others = cluster.environment().get("LD_PRELOAD", "")  # a sanitizer's own has to come first
    with Server(cluster, "lost", toml_with(cluster, values), {"LD_PRELOAD": f"{others} {shim}".strip()}) as server:
        with cluster.connect("patient", port=server.port) as connection:
            for kind in REQUESTS:
                card = users.create()
                began = time.monotonic()
                assert result_of(connection.request(REQUESTS[kind](card, cx.Sender.on(connection)), 15)) == BUSY[kind]
                assert time.monotonic() - began < MAX_AGE + SLACK
        server.stop(signal.SIGKILL)
