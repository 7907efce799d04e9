# SPDX-License-Identifier: Apache-2.0
"""Why a server does not start, as a table: what is wrong, and what the line on standard error must name. test_start.py has the
mistakes of the configuration and of the database."""

import os
import re
import shutil
import socket
import subprocess

import pytest
from product import IDENTITY, Server, toml_with
from support.certificates import Lab
from support.child import default_signals
from support.instance import build_dir, eventually


def end_of(server, seconds=40):
    """Exit status and standard error of a server that must not come up."""
    with subprocess.Popen(["freeDiameterd", "-c", str(server.conf)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, env=server.environment, preexec_fn=default_signals) as process:
        try:
            _, errors = process.communicate(timeout=seconds)
        finally:
            process.kill()
    return process.returncode, errors


def refusal(product, values=(), environment=(), conf=None, port=None):
    """Standard error of a start that failed, with a log of its own; nothing may claim that the server has started."""
    log = product.var / "log" / "failing.log"
    log.unlink(missing_ok=True)
    server = Server(product, "failing", toml_with(product, {"log.file": str(log), **dict(values)}), environment, port)
    if conf is not None:
        server.conf.write_text(conf(server.conf.read_text(encoding="utf-8")), encoding="utf-8")
    status, errors = end_of(server)
    assert status != 0, errors
    assert "server_started" not in errors + (log.read_text(encoding="utf-8") if log.exists() else "")
    return errors


@pytest.fixture
def softhsm(product, tmp_path):
    """A copy of the token's folder and its configuration, which a test may spoil; the environment that points there."""
    shutil.copytree(product.var / "softhsm", tmp_path / "softhsm")
    conf = tmp_path / "softhsm" / "softhsm2.conf"
    text = conf.read_text(encoding="utf-8")
    conf.write_text(text.replace(str(product.var / "softhsm"), str(tmp_path / "softhsm")), encoding="utf-8")
    return tmp_path / "softhsm"


def pointing_to(folder):
    return {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}


def test_the_copied_token_would_do(product, softhsm):
    with Server(product, "copied", toml_with(product, {}), pointing_to(softhsm)) as server:
        assert server.serves()


# Token

def test_a_missing_softhsm_configuration_is_named(product, tmp_path):
    errors = refusal(product, environment={"SOFTHSM2_CONF": str(tmp_path / "none.conf")})
    assert str(tmp_path / "none.conf") in errors and "SOFTHSM2_CONF" in errors and "No such file" in errors


def test_a_missing_token_folder_is_named(product, softhsm):
    (softhsm / "tokens").rename(softhsm / "elsewhere")
    errors = refusal(product, environment=pointing_to(softhsm))
    assert f"{softhsm}/tokens" in errors and "directories.tokendir" in errors and "No such file" in errors


def test_a_token_folder_that_is_no_folder_is_named(product, softhsm):
    shutil.rmtree(softhsm / "tokens")
    (softhsm / "tokens").write_text("", encoding="ascii")
    assert f"{softhsm}/tokens" in refusal(product, environment=pointing_to(softhsm))


def test_an_empty_token_folder_says_what_to_do(product, softhsm):
    shutil.rmtree(softhsm / "tokens")
    (softhsm / "tokens").mkdir()
    errors = refusal(product, environment=pointing_to(softhsm))
    assert 'no initialised token is labelled "quintet"' in errors and "quintet token init" in errors


def test_another_label_names_those_that_are_there(product):
    errors = refusal(product, {"token.label": "quitnet"})
    assert '"quitnet"' in errors and 'there are: "quintet" with serial ' in errors


def test_another_serial_names_those_that_are_there(product):
    errors = refusal(product, {"token.serial": "0123"})
    assert re.search(r'"quintet" with serial 0123 .*there are: "quintet" with serial \w+', errors)


def test_a_missing_module_is_named(product):
    errors = refusal(product, {"token.module": "/nonexistent/libpkcs11.so"})
    assert "/nonexistent/libpkcs11.so" in errors and "No such file" in errors


def test_a_module_of_another_kind_is_named(product, tmp_path):
    other = tmp_path / "other.so"
    other.write_bytes(b"\x7fELF\x01" + bytes(100))  # a library of 32 bits
    errors = refusal(product, {"token.module": str(other)})
    assert str(other) in errors and ("ELF" in errors or "too short" in errors)


def test_a_library_that_is_no_module_is_named(product):
    assert "is not a PKCS#11 module" in refusal(product, {"token.module": "libz.so.1"})


def test_a_key_label_that_is_not_there_is_named(product):
    assert 'no key "other-opc" in token "quintet"' in refusal(product, {"token.data_key_label": "other-opc"})


# Another user of the machine, to whom files can be closed

def let_pass(path):
    """Whoever may read what lies at its end comes there."""
    for folder in path.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)


def start_as_nobody(product, server, *files):
    """What he is told. He may read these files and the extension, a copy of it: a checkout may be for its owner alone."""
    extension, copy = build_dir() / "diameter_ext" / "quintet.fdx", product.var / "quintet.fdx"
    shutil.copy(extension, copy)
    server.conf.write_text(server.conf.read_text(encoding="utf-8").replace(str(extension), str(copy)), encoding="utf-8")
    let_pass(copy)
    for file in (server.conf, copy, *files):
        os.chmod(file, 0o755)
    out = subprocess.run(["setpriv", "--reuid", "nobody", "--clear-groups", "freeDiameterd", "-c", str(server.conf)],
                         capture_output=True, text=True, env=server.environment, timeout=40, check=False)
    assert out.returncode != 0
    return out.stderr


@pytest.fixture
def as_nobody(product, softhsm):
    """Runs the start as the user nobody; the files that a test closes to him are not for root either then."""
    if os.getuid() != 0:
        pytest.skip("needs root")

    def run(values, environment):
        server = Server(product, "nobody", toml_with(product, values), environment)
        let_pass(softhsm)
        return start_as_nobody(product, server, product.var / "nobody.toml")
    return run


@pytest.mark.parametrize("closed", ["softhsm2.conf", "tokens"])
def test_what_the_user_may_not_read_is_named(softhsm, as_nobody, closed):
    for path in (softhsm, softhsm / "softhsm2.conf", softhsm / "tokens"):
        os.chmod(path, 0o755)
    os.chmod(softhsm / closed, 0)
    errors = as_nobody({}, pointing_to(softhsm))
    assert f"{softhsm}/{closed}" in errors and "Permission denied" in errors and "user id 65534" in errors


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_a_configuration_that_the_user_may_not_read_is_named(product):
    closed = product.var / "closed.toml"
    closed.write_text("", encoding="ascii")
    os.chmod(closed, 0o600)
    server = Server(product, "nobody")
    text = server.conf.read_text(encoding="utf-8").replace(str(product.var / "quintet.toml"), str(closed))
    server.conf.write_text(text, encoding="utf-8")
    errors = start_as_nobody(product, server)
    assert str(closed) in errors and "Permission denied" in errors


# PIN: the server starts and says what is wrong. A service manager that starts it again and again would use up the tries.

@pytest.mark.parametrize("content, says", [(None, "No such file"), (b"\n", "its first line is empty"), (b"x" * 300, "too long"),
                                           (b"0000\n", "CKR_PIN_INCORRECT")])
def test_a_pin_that_will_not_do_is_named(product, softhsm, tmp_path, content, says):
    pin = tmp_path / "pin"
    if content is not None:
        pin.write_bytes(content)
        pin.chmod(0o600)
    toml = toml_with(product, {"token.pin_file": str(pin)})
    with Server(product, "pin", toml, pointing_to(softhsm)) as server:
        assert re.search(rf"start_without_token .*{re.escape(says)}", server.log()), server.log()
        assert str(pin) in server.log()


# Files of the server itself

def test_a_configuration_that_is_missing_is_named(product, tmp_path):
    errors = refusal(product, conf=lambda text: re.sub(r'"[^"]*failing\.toml"', f'"{tmp_path}/none.toml"', text))
    assert f"{tmp_path}/none.toml" in errors and "No such file" in errors


def test_an_extension_without_a_configuration_says_how_to_name_it(product):
    errors = refusal(product, conf=lambda text: re.sub(r' : "[^"]*failing\.toml"', "", text))
    assert "LoadExtension" in errors


@pytest.mark.parametrize("name, says", [("none/quintet.log", "No such file"), ("", "Is a directory")])
def test_a_log_that_cannot_be_written_is_named(product, tmp_path, name, says):
    errors = refusal(product, {"log.file": str(tmp_path / name)})
    assert f"log.file {tmp_path / name}" in errors and says in errors


# Addresses

@pytest.fixture
def busy():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_port_in_use_stops_the_start(product, busy):
    errors = refusal(product, port=busy)
    assert f"address 127.0.0.1, port {busy}: Address already in use" in errors and "ss -ltnp" in errors


def test_a_port_in_use_on_every_address_stops_the_start(product, busy):
    errors = refusal(product, {"diameter.listen": [], "diameter.insecure": True}, port=busy)
    assert f"address 0.0.0.0, port {busy}: Address already in use" in errors


def test_a_port_for_tls_in_use_stops_the_start(product, busy):
    lab = Lab(product.var / "lab-of-tls")
    certificate, key = lab.good(IDENTITY.replace("hss.", "failing."))
    errors = refusal(product, {"diameter.tls.port": busy, "diameter.tls.certificate": str(certificate), "diameter.tls.key": str(key),
                               "diameter.tls.ca": str(lab.ca)})
    assert f"port {busy}: Address already in use" in errors


def test_an_address_of_another_host_stops_the_start(product):
    errors = refusal(product, {"diameter.listen": ["192.0.2.1"], "diameter.insecure": True})
    assert "address 192.0.2.1" in errors and "Cannot assign" in errors and "diameter.listen" in errors


def test_a_server_says_that_it_has_started_when_it_listens(product):
    log = product.var / "log" / "listening.log"
    log.unlink(missing_ok=True)
    server = Server(product, "listening", toml_with(product, {"log.file": str(log)}))
    server.launch()
    try:
        assert eventually(lambda: log.exists() and "server_started" in log.read_text(encoding="utf-8"))
        socket.create_connection(("127.0.0.1", server.port), 5).close()
    finally:
        server.stop()


# freeDiameter's own configuration

@pytest.mark.parametrize("change, says", [
    (lambda text: text.replace("NoRelay;", "NoRelais;"), r"failing\.conf:\d+"),
    (lambda text: text + 'TLS_Cred = "/nonexistent/hss.pem", "/nonexistent/hss.key";\n', "/nonexistent/hss.pem"),
    (lambda text: text + 'TLS_CA = "/nonexistent/ca.pem";\n', "/nonexistent/ca.pem"),
    (lambda text: text.replace("quintet.fdx", "quintett.fdx"), "quintett.fdx"),
    (lambda text: text + 'LoadExtension = "nonexistent.fdx";\n', "nonexistent.fdx"),
], ids=["a word", "TLS_Cred", "TLS_CA", "our extension", "another extension"])
def test_a_fault_of_freediameters_configuration_is_told(product, change, says):
    assert re.search(says, refusal(product, conf=change))


def test_a_missing_configuration_of_freediameter_is_named(product):
    out = subprocess.run(["freeDiameterd", "-c", "/nonexistent/fd.conf"], capture_output=True, text=True, timeout=40, check=False,
                         env=product.environment())
    assert out.returncode != 0 and "/nonexistent/fd.conf" in out.stderr
