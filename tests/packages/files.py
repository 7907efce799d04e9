# SPDX-License-Identifier: Apache-2.0
"""The packages as files: what is in them, who may do what with it, and what lintian and systemd say."""

import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from debian_root import checked
from scenario import Scenario, demand

NAMES = ("quintet-schema", "quintet-server", "quintet-tools")
MOST_EXPOSED = 2.0
ANYWHERE = r"usr/share/(doc|lintian/overrides|man)/.*"  # what any package has
# All that a package may hold, and each of it has to be there.
WANTED = {
    "quintet-schema": (r"usr/share/quintet/schema/0001_authentication\.sql", r"usr/share/quintet/schema/\d{4}_\w+\.sql",
                       r"usr/share/quintet/schema/roles\.sql", r"usr/share/quintet/schema/\w+\.xsd",
                       r"usr/share/quintet/schema/samples/subscribers\.sql", r"usr/share/quintet/schema/samples/.+"),
    "quintet-server": (r"usr/lib/freeDiameter/quintet\.fdx", r"lib/systemd/system/quintet\.service",
                       r"usr/lib/sysusers\.d/quintet-server\.conf", r"usr/lib/tmpfiles\.d/quintet-server\.conf",
                       r"etc/logrotate\.d/quintet", r"etc/quintet/quintet\.toml", r"etc/quintet/freediameter\.conf",
                       r"etc/quintet/softhsm2\.conf", r"usr/share/man/man8/quintet-server\.8\.gz"),
    "quintet-tools": (r"usr/bin/quintet", r"usr/share/bash-completion/completions/quintet", r"usr/share/man/man1/quintet\.1\.gz"),
}
COMPLETION = """PATH=$1/usr/bin:$PATH; . "$1/usr/share/bash-completion/completions/quintet"
COMP_WORDS=(quintet db ''); COMP_CWORD=2; _quintet; printf '%s\\n' "${COMPREPLY[@]}" """


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


class Packages:
    """The files of a build, and each unpacked."""

    def __init__(self, folder, place):
        self.folder, self.place = folder, place

    def __enter__(self):
        for name in NAMES:
            (self.place / name).mkdir(parents=True)
            checked(["dpkg-deb"], run("dpkg-deb", "--extract", self.deb(name), self.place / name))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.place)

    def deb(self, name):
        found = list(self.folder.glob(f"{name}_*.deb"))
        demand(len(found) == 1, f"{len(found)} packages {name} in {self.folder}")
        return found[0]

    def listing(self, name):
        """(mode, owner, path) of each file."""
        rows = (line.split(maxsplit=5) for line in checked(["dpkg-deb"], run("dpkg-deb", "--contents", self.deb(name))).splitlines())
        return [(row[0], row[1], row[5].removeprefix("./").split(" -> ")[0]) for row in rows]

    def field(self, name, field):
        return checked(["dpkg-deb"], run("dpkg-deb", "--field", self.deb(name), field)).strip()

    @property
    def unit(self):
        return self.place / "quintet-server/lib/systemd/system/quintet.service"


@contextmanager
def changed(file, old, new):
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(old, new), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


# The claims

def hold_what_they_should(packages):
    for name, wanted in WANTED.items():
        found = [path for mode, _, path in packages.listing(name) if not mode.startswith("d")]
        for pattern in wanted:
            demand(any(re.fullmatch(pattern, path) for path in found), f"{name} has no {pattern}")
        strange = [path for path in found if not any(re.fullmatch(one, path) for one in (*wanted, ANYWHERE))]
        demand(not strange, f"{name} has {strange}")


def are_roots_alone(packages):
    for name in NAMES:
        for mode, owner, path in packages.listing(name):
            demand(owner == "root/root", f"{path} of {name} belongs to {owner}")
            demand("s" not in mode and "t" not in mode and mode[5] == mode[8] == "-" or mode[0] == "l", f"{path} of {name}: {mode}")


def depend_on_the_hardened_library(packages):
    needs = packages.field("quintet-server", "Depends")
    demand(re.search(r"libfdcore6 \(>= 1\.2\.1-8\+quintet1\)", needs), f"quintet-server takes any library: {needs}")
    demand("quintet-schema (= " in packages.field("quintet-tools", "Depends"), "quintet-tools takes another version of the schema")


def unit_is_hardened(packages):
    # The score is a number without a unit: 0 nothing exposed, 10 everything.
    said = checked(["systemd-analyze"], run("systemd-analyze", "security", "--offline=true", "--no-pager", packages.unit))
    score = float(re.search(r"Overall exposure level for quintet\.service: ([\d.]+)", said)[1])
    print(f"        systemd-analyze security: {score}, at most {MOST_EXPOSED}")
    demand(score <= MOST_EXPOSED, f"the exposure is {score}")


def unit_is_understood(packages):
    out = run("systemd-analyze", "verify", "--man=no", packages.unit)
    ours = [line for line in out.stderr.splitlines() if "quintet.service" in line and "is not executable" not in line]
    demand(not ours, "\n".join(ours))


def lintian_is_content(packages):
    out = run("lintian", "--allow-root", "--fail-on", "error,warning", *(packages.deb(name) for name in NAMES))
    demand(out.returncode == 0, out.stdout + out.stderr)


def overrides_have_reasons(packages):
    for name in NAMES:
        for file in (packages.place / name / "usr/share/lintian/overrides").glob("*"):
            blocks = file.read_text(encoding="utf-8").split("\n\n")
            demand(all(block.startswith("# ") for block in blocks), f"{file.name} has an override without a reason")


def manual_has_all_commands(packages):
    tool = packages.place / "quintet-tools/usr/bin/quintet"
    listed = checked([tool], run(tool, "--help")).split("Subcommands:")[1]
    commands = re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)
    page = checked(["zcat"], run("zcat", packages.place / "quintet-tools/usr/share/man/man1/quintet.1.gz"))
    missing = [name for name in commands if not re.search(rf"^(\.B |.*\\fB){name}\b", page, re.MULTILINE)]
    demand(len(commands) > 10 and not missing, f"quintet(1) lacks {missing or 'nearly all'}")


def completion_knows_subcommands(packages):
    out = run("bash", "-c", COMPLETION, "bash", packages.place / "quintet-tools")
    demand({"init", "migrate", "status"} <= set(out.stdout.split()), f"after quintet db: {out.stdout.split()} {out.stderr}")


# The faults

@contextmanager
def strange_file(packages):
    """a file that belongs nowhere"""
    name = packages.deb("quintet-schema")
    unpacked = packages.place / "planted"
    checked(["dpkg-deb"], run("dpkg-deb", "--raw-extract", name, unpacked))
    (unpacked / "etc").mkdir()
    (unpacked / "etc" / "user.pin").write_text("1234\n", encoding="ascii")
    (unpacked / "etc" / "user.pin").chmod(0o666)
    kept = name.read_bytes()
    try:
        checked(["dpkg-deb"], run("dpkg-deb", "--root-owner-group", "--build", unpacked, name))
        yield
    finally:
        name.write_bytes(kept)
        shutil.rmtree(unpacked)


@contextmanager
def unit_of_root(packages):
    """a unit of root without a filter of system calls and with all capabilities"""
    with changed(packages.unit, "SystemCallFilter=", "#"), changed(packages.unit, "User=", "#"), \
            changed(packages.unit, "CapabilityBoundingSet=", "#"), changed(packages.unit, "PrivateUsers=", "#"):
        yield


@contextmanager
def unknown_word(packages):
    """a word in the unit that systemd does not know"""
    with changed(packages.unit, "[Install]", "WatchdogSecs=3\n[Install]"):
        yield


@contextmanager
def bare_override(packages):
    """an override alone"""
    file = packages.place / "quintet-tools/usr/share/lintian/overrides/quintet-tools"
    with changed(file, "# ", ""):
        yield


@contextmanager
def no_help(packages):
    """a completion that does not find the tool's help"""
    file = packages.place / "quintet-tools/usr/share/bash-completion/completions/quintet"
    with changed(file, "--help", "--halp"):
        yield


ALL = (
    Scenario(hold_what_they_should, "each package has all that it should, and nothing else", strange_file),
    Scenario(are_roots_alone, "all files belong to root, nobody else may write them, none is setuid", strange_file),
    Scenario(depend_on_the_hardened_library, "the server wants the hardened freeDiameter, the tool its own schema"),
    Scenario(unit_is_hardened, "the unit exposes little", unit_of_root),
    Scenario(unit_is_understood, "systemd understands each line of the unit", unknown_word),
    Scenario(lintian_is_content, "lintian has no error and no warning", strange_file),
    Scenario(overrides_have_reasons, "each override says why", bare_override),
    Scenario(manual_has_all_commands, "quintet(1) has each command"),
    Scenario(completion_knows_subcommands, "the completion offers what follows a command", no_help),
)
