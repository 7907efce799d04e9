# SPDX-License-Identifier: Apache-2.0
"""Runs shellcheck over all shell scripts."""

import re
import subprocess

from tree import Finding
from . import Plant

WHAT = "shellcheck has nothing to say"
# Not followed, assigned elsewhere, used elsewhere: the parts of deploy/lib are sourced by their users. A && B || C is
# meant as it stands, since C ends the script.
QUIET = "SC1091,SC2154,SC2034,SC2015"


def findings(tree):
    if not tree.shell:
        return
    out = subprocess.run(["shellcheck", "-s", "bash", "-f", "gcc", "-e", QUIET, *tree.shell], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    if out.returncode > 1:
        yield Finding("tests/lint/checks/shell.py", 1, f"shellcheck could not run: {out.stderr.strip()}")
    for line in out.stdout.splitlines():
        path, number, message = re.match(r"([^:]+):(\d+):\d+: (.*)", line).groups()
        yield Finding(path, int(number), message)


PLANTS = (
    Plant({"deploy/a.sh": "#!/bin/bash\nrm -rf $1/x\n"}, "deploy/a.sh", 2, "SC2086"),
    Plant({"deploy/run": "#!/usr/bin/env bash\ncd $1\n"}, "deploy/run", 2, "SC2164"),
    Plant({"deploy/a.sh": '#!/bin/bash\nrm -rf "$1"\n'}),
)
