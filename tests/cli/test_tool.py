# SPDX-License-Identifier: Apache-2.0
"""The tool as a whole: help, exit codes, configuration."""

import os
import re
import resource
import subprocess
from pathlib import Path

import pytest
from support.instance import quintet_tool

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("token init", "token components", "keys import", "keys transport create", "keys transport import",
            "keys transport list", "av", "sqn show", "sqn set", "sqn jump", "registration list",
            "registration show", "deregister", "push list", "push retry", "push cancel", "check", "config check", "config describe",
            "log describe", "metrics describe")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(blank_site, command):
    out = blank_site.quintet(*command.split(), "--help")
    assert "Usage" in out.stdout


@pytest.mark.parametrize("arguments", [[], ["sqn"], ["av", "a@b"], ["av", "a@b", "--domain", "gprs"],
                                       ["sqn", "jump", "0", "--all"], ["keys", "import", "x", "--vendor"],
                                       ["keys", "import", "x", "--transport-key", "y"], ["check", "--pin", "1234"],
                                       ["av", "a@b", "--domain", "ims", "-n", "33"]])
def test_wrong_usage_exits_with_2(blank_site, arguments):
    out = blank_site.quintet(*arguments, code=2)
    assert out.stderr
    assert not out.stdout


def test_no_command_takes_a_pin_on_the_command_line(blank_site):
    for command in COMMANDS:
        text = blank_site.quintet(*command.split(), "--help").stdout
        options = {word.split(",")[0] for word in text.split() if word.startswith("--")}
        assert not {option for option in options if "pin" in option} - {"--create-pins", "--so-pin-file",
                                                                        "--import-pin-file", "--import-so-pin-file"}


def test_it_leaves_no_core_file(blank_site):
    """It holds keys and passwords; here it waits for its configuration."""
    fifo = blank_site.folder / "fifo.toml"
    os.mkfifo(fifo)
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    command = [quintet_tool(), "--config", fifo, "config", "check"]
    with subprocess.Popen(command, env=blank_site.environment, stderr=subprocess.DEVNULL,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most))) as tool:
        with open(fifo, "w", encoding="ascii"):  # returns when the tool has opened it
            limits = Path(f"/proc/{tool.pid}/limits").read_text(encoding="ascii")
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), limits


def test_configuration_is_checked(blank_site):
    assert "ok" in blank_site.quintet("config", "check").stdout
    blank_site.configure("[sqn]\nind_bits = 9\n[logg]\n")
    out = blank_site.quintet("config", "check", code=1)
    assert "quintet.toml:9: sqn.ind_bits: 9 is out of range" in out.stderr
    assert "quintet.toml:10: logg: unknown" in out.stderr


def test_configuration_option_wins_over_the_environment_and_may_follow_the_command(blank_site, tmp_path):
    out = blank_site.quintet("config", "check", "--config", tmp_path / "absent.toml", code=1)
    assert "absent.toml: " in out.stderr


def test_committed_page_of_the_configuration_is_what_the_tool_prints(blank_site):
    committed = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert blank_site.quintet("config", "describe").stdout == committed
