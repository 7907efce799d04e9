# SPDX-License-Identifier: Apache-2.0
"""What a server refuses to start with, each in a sentence that tells the operator where to look."""

import contextlib
import re

import psycopg2
import pytest
from peer import cx
from product import Server, refused, toml_with
from support.instance import ROOT, eventually


def line_of(toml, text):
    return next(number for number, line in enumerate(toml.splitlines(), 1) if text in line)


# What is changed in the configuration, the key that the message must name (and whose line), what it must say
MISTAKES = [
    ({"diameter.no_such_key": 1}, "diameter.no_such_key", "unknown"),
    ({"databse.conninfo": "x"}, "databse", "unknown"),
    ({"diameter.queue": "many"}, "diameter.queue", "is not an integer"),
    ({"diameter.queue": 0}, "diameter.queue", "out of range"),
    ({"diameter.queue": -1}, "diameter.queue", "out of range"),
    ({"database.batch": 257}, "database.batch", "out of range"),
    ({"authentication.max_items": 33}, "authentication.max_items", "out of range"),
    ({"authentication.accept_unknown_scheme": "yes"}, "authentication.accept_unknown_scheme", "is not a boolean"),
    ({"sqn.profile": "random"}, "sqn.profile", "is not known"),
    ({"log.level": "loud"}, "log.level", "is not known"),
    ({"diameter.listen": ["localhost"]}, "diameter.listen", "is not an IP address"),
    ({"diameter.listen": "127.0.0.1"}, "diameter.listen", "is not an array"),
    ({"token.label": ""}, "token.label", "is empty"),
    ({"token.label": None}, "token", "token.label: missing"),
    ({"sqn.ranges.ps": [0, 8], "sqn.ranges.cs": [8, 15]}, "sqn.ranges", "overlap"),
    ({"sqn.ranges.ims": [16, 23], "sqn.ranges.gba": [23, 31]}, "sqn.ranges", "overlap"),
    ({"sqn.ranges.ims": [16, 32]}, "sqn.ranges", "is not inside 0-31"),
    ({"sqn.ranges.ims": [23, 16]}, "sqn.ranges", "ends before it begins"),
    ({"sqn.ind_bits": 4}, "sqn.ind_bits", "is not inside 0-15"),
    ({"authentication.amf.ims": "8000"}, "authentication.amf.ims", "separation bit"),
    ({"token.retry_min_ms": 6000}, "token.retry_min_ms", "above retry_max_ms"),
]


@pytest.mark.parametrize("values, key, says", MISTAKES, ids=[f"{next(iter(row[0]))} {row[2]}" for row in MISTAKES])
def test_a_mistake_is_refused_with_file_and_line(product, values, key, says):
    toml = toml_with(product, values)
    last = key.rpartition(".")[2]
    table = f"[{key}]" in toml
    line = line_of(toml, f"[{key}]" if table else f"{last} =")
    assert re.search(rf"refused\.toml:{line}: .*{re.escape(says)}", refused(product, toml)), (line, toml)


def test_every_mistake_of_a_file_is_told(product):
    log = refused(product, toml_with(product, {"diameter.queue": 0, "database.batch": 0, "diameter.typo": 1}))
    assert len(re.findall(r"refused\.toml:\d+: ", log)) == 3


def test_what_is_no_toml_is_refused_with_its_line(product):
    toml = toml_with(product, {}).replace("[token]", "[token")
    assert re.search(rf"refused\.toml:{line_of(toml, '[token')}: ", refused(product, toml))


def test_a_missing_file_is_refused(product):
    toml = toml_with(product, {})
    server = Server(product, "missing", toml)
    (product.var / "missing.toml").unlink()
    server.launch()
    assert server.process.wait(30) != 0
    assert "missing.toml" in server.log()


# Plain Diameter beyond loopback: CK and IK travel in it

@pytest.mark.parametrize("listen", [["0.0.0.0"], ["127.0.0.1", "0.0.0.0"], ["::"], []])
def test_listening_beyond_loopback_is_refused(product, listen):
    log = refused(product, toml_with(product, {"diameter.listen": listen, "diameter.insecure": False}))
    assert "beyond loopback" in log


@pytest.mark.parametrize("where", ['ConnectTo = "192.0.2.1";', ""])
def test_connecting_beyond_loopback_is_refused(product, where):
    log = refused(product, toml_with(product, {"diameter.insecure": False}),
                  conf=f'ConnectPeer = "icscf.elsewhere.test" {{ No_TLS; {where} }};\n')
    assert 'ConnectPeer "icscf.elsewhere.test"' in log


def test_a_neighbour_on_loopback_may_be_connected_to(product):
    server = Server(product, "neighbour", toml_with(product, {"diameter.insecure": False}))
    server.conf.write_text(server.conf.read_text(encoding="utf-8") + 'ConnectPeer = "icscf.elsewhere.test" { No_TLS; ConnectTo ='
                           ' "127.0.0.1"; };\n', encoding="utf-8")
    with server:
        assert server.serves()


def test_listening_beyond_loopback_can_be_insisted_on(product):
    with Server(product, "insecure", toml_with(product, {"diameter.listen": ["0.0.0.0"], "diameter.insecure": True})) as server:
        assert server.serves()


# Database

@pytest.fixture(scope="module")
def spare(product):
    """Another database of the cluster, with the schema and the KEK; its conninfo for the server, and SQL."""
    product.sql("CREATE DATABASE spare")
    conninfo = product.environment()["QUINTET_ADMIN_DB"].replace("dbname=quintet", "dbname=spare")
    product.run("quintet", "db", "migrate", "--schema", ROOT / "schema", "--database", conninfo)
    connection = psycopg2.connect(conninfo)
    connection.set_session(autocommit=True)
    cursor = connection.cursor()
    for row in product.sql("SELECT id, wrap_mechanism, probe, check_value FROM quintet.kek"):
        cursor.execute("INSERT INTO quintet.kek (id, wrap_mechanism, probe, check_value) VALUES (%s, %s, %s, %s)", row)

    def sql(statement, parameters=None):
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []

    yield sql
    connection.close()
    product.sql("DROP DATABASE spare")


def on_spare(product, values=()):
    conninfo = re.search(r'conninfo = "(.*)"', toml_with(product, {})).group(1).replace('\\"', '"')
    return toml_with(product, {**dict(values), "database.conninfo": conninfo.replace("dbname=quintet", "dbname=spare")})


def test_the_spare_database_would_do(product, spare):
    """The refusals below are then due to what each of them changes."""
    with Server(product, "spare", on_spare(product)) as server:
        assert server.serves()
    assert spare("SELECT count(*) FROM quintet.kek") == [(1,)]


@contextlib.contextmanager
def changed(sql, change, back):
    sql(change)
    try:
        yield
    finally:
        sql(back)


def test_another_schema_version_is_refused(product, spare):
    with changed(spare, "INSERT INTO quintet.schema_version SELECT max(version) + 1 FROM quintet.schema_version",
                 "DELETE FROM quintet.schema_version WHERE version = (SELECT max(version) FROM quintet.schema_version)"):
        log = refused(product, on_spare(product))
    assert re.search(r"schema version \d+, this server needs \d+; run quintet db migrate", log)


def test_a_database_without_schema_is_refused(product, spare):
    with changed(spare, "ALTER SCHEMA quintet RENAME TO elsewhere", "ALTER SCHEMA elsewhere RENAME TO quintet"):
        log = refused(product, on_spare(product))
    assert re.search(r"schema_version|schema version none", log)


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_forgetful_database_is_refused(product, spare, name):
    with changed(spare, f"ALTER SYSTEM SET {name} = off", f"ALTER SYSTEM RESET {name}"):
        spare("SELECT pg_reload_conf()")
        log = refused(product, on_spare(product))
    spare("SELECT pg_reload_conf()")
    assert f"{name}=off" in log


def test_asynchronous_commit_is_overruled(product, subscribers):
    """The default of the server's role does not matter: its sessions insist. A trigger looks from inside of them."""
    card = subscribers.create()
    with contextlib.ExitStack() as stack:
        for change, back in (
                ("ALTER ROLE quintet SET synchronous_commit = off", "ALTER ROLE quintet RESET synchronous_commit"),
                ("CREATE TABLE quintet.seen (value text)", "DROP TABLE quintet.seen"),
                ("CREATE FUNCTION quintet.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
                 " INSERT INTO quintet.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$",
                 "DROP FUNCTION quintet.see() CASCADE"),
                ("CREATE TRIGGER see AFTER UPDATE ON quintet.sqn_state EXECUTE FUNCTION quintet.see()", "SELECT 1")):
            stack.enter_context(changed(product.sql, change, back))
        product.run("psql", "-XAtq", "-d", product.environment()["QUINTET_DB"].replace("user=quintet_admin", "user=quintet"),
                    "-c", "UPDATE quintet.sqn_state SET seq = seq WHERE false")
        with Server(product, "commits") as server, product.connect(port=server.port) as connection:
            request = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection))
            assert cx.parse_maa(connection.request(request)).is_success
        assert product.sql("SELECT value FROM quintet.seen") == [("off",), ("on",)]  # an ordinary session, and the server's


def test_a_database_without_privileges_is_refused(product, spare):
    with changed(spare, "REVOKE UPDATE ON quintet.cluster FROM quintet_server; REVOKE SELECT ON quintet.kek FROM quintet_server",
                 "GRANT UPDATE ON quintet.cluster TO quintet_server; GRANT SELECT ON quintet.kek TO quintet_server"):
        log = refused(product, on_spare(product))
    assert "permission denied" in log


# Key-encryption keys

def test_another_kek_is_refused(product, spare):
    with changed(spare, "UPDATE quintet.kek SET check_value = '\\x010203'",
                 f"UPDATE quintet.kek SET check_value = '\\x{check_value(product)}'"):
        log = refused(product, on_spare(product))
    assert "KEK 1 of token" in log and "is not the one this database was made with" in log


def test_a_kek_that_the_token_lacks_is_refused(product, spare):
    with changed(spare, "UPDATE quintet.kek SET id = 7", "UPDATE quintet.kek SET id = 1"):
        log = refused(product, on_spare(product))
    assert re.search(r"KEK 7\b|no key .*7\b", log), log


def check_value(product):
    return product.value("SELECT check_value FROM quintet.kek").hex()


def test_a_probe_of_another_kek_is_refused(product, spare):
    probe = product.value("SELECT probe FROM quintet.kek").hex()
    other = f"{int(probe[0], 16) ^ 1:x}{probe[1:]}"
    with changed(spare, f"UPDATE quintet.kek SET probe = '\\x{other}'", f"UPDATE quintet.kek SET probe = '\\x{probe}'"):
        log = refused(product, on_spare(product))
    assert "KEK 1 of token" in log and "is not the one this database was made with" in log


def test_a_missing_pin_file_serves_nothing_until_it_comes(product, subscribers, tmp_path):
    card = subscribers.create()
    pin = tmp_path / "pin"
    with Server(product, "no-pin", toml_with(product, {"token.pin_file": str(pin)})) as server:
        assert str(pin) in server.log()
        with product.connect(port=server.port) as connection:
            def ask():
                request = cx.mar(card.impi, card.impu, sender=cx.Sender.on(connection))
                return cx.parse_maa(connection.request(request)).outcome
            assert ask() == "5012"
            assert subscribers.state(card).seq == 1000, "a number was spent for nothing"
            pin.write_bytes((product.var / "pins" / "user.pin").read_bytes())
            assert eventually(lambda: ask() == "2001", 15)
