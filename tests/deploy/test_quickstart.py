# SPDX-License-Identifier: Apache-2.0
"""What deploy/quickstart promises: a verified registration, data that stays, copies side by side, plain refusals."""

import os
import re
import signal
import socket
import stat
import subprocess

import pytest

from support.instance import QUICKSTART, Instance, clean_environment, eventually


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def refusal(*options):
    out = subprocess.run([str(QUICKSTART), *options], capture_output=True, text=True, env=clean_environment(),
                         stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert out.returncode == 1
    assert "quintet ready" not in out.stdout
    return out.stderr


def verified_seq(output):
    return int(re.search(r"^verified: AUTN MAC ok, SQN seq=(\d+)", output, re.MULTILINE).group(1))


def test_once_shows_a_verified_registration_and_a_second_start_goes_on_from_there(instance):
    first, second = instance.once(), instance.once()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    for words in ("registered together: ", "calls for sip:alice@", "still registered", "no longer registered"):
        assert re.search(f"^verified: .*{words}", first.stdout, re.MULTILINE), words
    assert re.search(r"^quintet ready ", first.stdout, re.MULTILINE)
    assert verified_seq(second.stdout) > verified_seq(first.stdout)


def test_a_vector_that_cannot_be_verified_fails_the_run(tmp_path):
    broken = Instance(tmp_path / "var")
    with broken:
        broken.psql("UPDATE quintet.credential SET opc_sealed = (SELECT opc_sealed FROM quintet.credential"
                    " WHERE name LIKE '%002') WHERE name LIKE '%001'")
    out = broken.once()
    assert out.returncode == 1
    assert "an answer was not as it should be" in out.stderr
    assert "quintet ready" not in out.stdout


def test_another_terminal_reaches_database_and_tool(instance):
    with instance:
        assert instance.psql("SELECT count(*) FROM quintet.credential") == ["3"]
        check = instance.run("quintet", "check", check=False)
        assert check.returncode == 0, check.stdout + check.stderr


def test_the_server_cannot_change_what_is_not_its_business(instance):
    with instance:
        conninfo = instance.environment()["QUINTET_DB"].replace("user=quintet_admin", "user=quintet")
        out = instance.run("psql", "-X", "-d", conninfo, "-c", "DELETE FROM quintet.impi", check=False)
        assert "permission denied" in out.stderr


def test_pins_and_keys_are_for_their_owner_only(instance):
    with instance:
        secret = [file for folder in ("pins", "softhsm", "import") for file in (instance.var / folder).rglob("*")
                  if file.suffix in (".pin", ".object")]
        assert len(secret) > 8
        assert [path for path in secret if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)] == []


def test_two_copies_run_beside_each_other(instance, tmp_path):
    with instance, Instance(tmp_path / "var") as other:
        assert instance.demo().returncode == 0
        assert other.demo().returncode == 0
        assert other.psql("SELECT seq FROM quintet.credential JOIN quintet.sqn_state USING (fingerprint) WHERE name LIKE '%001'") == ["1"]


def test_one_folder_serves_one_copy(instance):
    with instance:
        assert "another quickstart is using" in refusal("--var", str(instance.var), "--port", "1")


def test_ctrl_c_ends_everything_in_order(instance):
    instance.start()
    pids = [instance.pid("server"), instance.pid("postgresql")]
    assert instance.stop(signal.SIGINT) == 0
    assert not any(map(alive, pids))
    assert "server_stopped" in instance.log()
    assert "had to be killed" not in "".join(instance.lines)


def test_children_end_with_a_killed_quickstart(instance):
    instance.start()
    pids = [instance.pid("server"), instance.pid("postgresql")]
    instance.stop(signal.SIGKILL)
    assert eventually(lambda: not any(map(alive, pids)))
    assert instance.once().returncode == 0


@pytest.mark.parametrize("which", ["server", "postgresql"])
def test_what_dies_is_started_again(instance, which):
    with instance:
        killed = instance.pid(which)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: instance.pid(which) != killed and instance.demo().returncode == 0)


def test_without_restarts_a_death_is_an_error(instance):
    instance.start("--no-restart")
    os.kill(instance.pid("server"), signal.SIGKILL)
    assert instance.wait() == 1
    assert "the server died" in "".join(instance.lines)


def test_a_folder_with_a_long_and_odd_name_will_do(tmp_path):
    odd = tmp_path / ("n" * 100) / "with space and 'quote"
    odd.parent.mkdir(mode=0o700)
    with Instance(odd) as instance:
        assert instance.demo().returncode == 0
        assert instance.psql("SELECT 1") == ["1"]


def test_settings_reach_the_server_and_the_database(instance):
    with Instance(instance.var, None, "--set", "log.level=debug", "--pg", "shared_buffers=64MB") as running:
        assert running.psql("SHOW shared_buffers") == ["64MB"]
        assert 'level = "debug"' in (running.var / "quintet.toml").read_text(encoding="utf-8")


def test_a_wrong_setting_is_refused_with_its_line(instance):
    out = instance.once("--set", "diameter.no_such_key=1")
    assert out.returncode == 1
    assert re.search(r"quintet\.toml:\d+: .*no_such_key", out.stderr)


def test_a_busy_port_is_refused(shared_var):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert f"port {port} is already in use" in refusal("--var", str(shared_var), "--port", str(port))


@pytest.mark.parametrize("options, says", [
    (["--tls", "--insecure"], "give only one of them"),
    (["--port", "65536"], "not a port"),
    (["--port"], "needs a value"),
    (["--set", "level"], "not TABLE.KEY=VALUE"),
    (["--once", "--serve"], "does nothing"),
    (["--bogus"], "unknown option"),
    (["--var", "/proc/nowhere"], "cannot be written"),
    (["--build-dir", "/nonexistent"], "no built Quintet"),
])
def test_what_cannot_be_done_is_refused_in_a_sentence(options, says, tmp_path):
    assert says in refusal("--var", str(tmp_path / "var"), *options)
