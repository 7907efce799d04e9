# SPDX-License-Identifier: Apache-2.0
"""The life of an installation, in its order: from apt to purge, and the one of an older version that is upgraded."""

import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager

import cage
import upgrade
from debian_root import ROOT
from installation import Installation
from scenario import Scenario, demand

MOST_SECONDS = 300  # from apt to the first registration


def before():
    """Folder of the older version's packages, which are built once, and how to build them."""
    commit, packaging = upgrade.commit_before(), upgrade.git("rev-parse", "HEAD:deploy/debian").strip()
    folder = ROOT / "build" / "packages" / f"before-{commit[:8]}-{packaging[:8]}"
    return folder, ("--commit", commit, "--out", folder)


class World:
    """A node of this version, and one of the version before."""

    def __init__(self, folder, packages, before):
        self.node = Installation(folder / "node", packages)
        self.older = Installation(folder / "older", before)
        self.begun = None  # when apt was asked for the packages
        self.secrets = ()  # that a purge has to take away

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self.node, self.older):
            if one.root.place.exists():
                one.root.remove()


# From apt to a registration

def installs(world):
    node = world.node
    if not node.root.place.exists():
        node.root.make()
    world.begun = time.monotonic()
    node.root.apt("update")
    node.install()
    account = node.root.chroot("getent", "passwd", "quintet").strip().split(":")
    demand(account[6].endswith("nologin") and 0 < int(account[2]) < 1000, f"the user is {account}")
    demand(node.root.chroot("stat", "-c", "%A %U", "/etc/quintet/credentials").strip() == "drwx------ quintet", "the credentials' mode")
    demand(not list((node.root.place / "etc/systemd/system").rglob("quintet.service")), "the server would start without configuration")
    node.root.chroot("install", "-d", "-m", "1777", cage.OPEN_TO_ALL)
    node.root.boot()


def makes_a_database(world):
    node = world.node
    node.wait("a database", lambda: node.root.try_inside("pg_isready").returncode == 0)
    node.postgres("quintet", "db", "init")
    said = node.postgres("quintet", "db", "status")
    steps = len(list((ROOT / "schema").glob("[0-9]*.sql")))
    demand(f"schema version {steps}\n" in said and "missing" not in said, f"after init, status says {said}")
    demand("exists" in node.postgres("quintet", "db", "init"), "a second init does not find the first")


def refuses_a_foreign_folder(world):
    out = world.node.root.try_inside("quintet", "db", "migrate", "--schema", "/etc", user="postgres")
    demand(out.returncode == 1 and "no steps of the schema are in /etc" in out.stderr, f"said {out.stderr}")


def makes_a_token(world):
    node = world.node
    node.make_token()
    said = node.quintet("check")
    demand(re.search(r"^ok   kek: 1 known", said, re.MULTILINE) and "fail" not in said.lower(), said)


def starts(world):
    """Readiness: who listens when systemctl returns."""
    node = world.node
    node.import_card()
    node.root.inside("systemctl", "enable", "--now", "quintet")
    demand(node.listens(), "systemctl start came back, and nobody listens")
    demand(node.unit("StatusErrno") == "0" and node.unit("ActiveState") == "active", "the unit is not active")


def registers(world):
    said = world.node.register()
    demand("RES == XRES" in said and "still registered" in said, said)
    seconds = time.monotonic() - world.begun
    print(f"        from apt-get update to a registered subscriber: {seconds:.0f} s, at most {MOST_SECONDS}")
    demand(seconds < MOST_SECONDS, "that takes too long")


# The server as a service

def says_when_it_is_not_ready(world):
    """A server that cannot start is none that has started."""
    node = world.node
    with node.configured('label = "quintet"', 'label = "nothing"'):
        out = node.root.try_inside("systemctl", "restart", "quintet")
        demand(out.returncode != 0, "systemd takes it for started")
        demand("cannot_start" in node.log(), "the log does not say why")
        node.root.inside("systemctl", "stop", "quintet")  # it would be tried again
    node.start()


def is_ended_when_threads_hang(world):
    """One thread alone is stopped, as a debugger does; the others go on."""
    node = world.node
    with node.otherwise("WatchdogSec=3"):
        first, begun = node.unit("MainPID"), time.monotonic()
        with cage.stopped_thread(node.pid, "quintet-cx-auth"):
            node.wait("another server", lambda: node.unit("MainPID") not in ("0", first) and node.listens(), 40)
        print(f"        ended and started again after {time.monotonic() - begun:.0f} s")
        demand("threads_hang" in node.log(), "the log does not tell of it")
        node.register()


def starts_again_when_killed(world):
    node = world.node
    first = node.unit("MainPID")
    os.kill(node.pid, signal.SIGKILL)
    node.wait("another server", lambda: node.unit("MainPID") not in ("0", first) and node.listens())
    node.register()


def opens_its_log_anew(world):
    node = world.node
    node.root.inside("logrotate", "-f", "/etc/logrotate.d/quintet")
    demand("quintet.log.1" in node.root.inside("ls", "/var/log/quintet"), "nothing was rotated")
    node.register()
    node.wait("lines in the new log", lambda: "command=" in node.log() or "peer" in node.log(), 5)


def offers_tls(world):
    """Its key comes as a credential, which only root and the unit can read."""
    node = world.node
    folder = node.root.place.parent / "tls"
    hosts = [f"{name}.ims.example.org" for name in ("hss", "icscf", "scscf")]
    subprocess.run([ROOT / "deploy" / "certificates", "--out", folder, *hosts], check=True, capture_output=True)
    node.root.inside("mkdir", "-p", "/etc/quintet/tls")
    for name in ("ca.pem", "hss.ims.example.org.pem"):
        node.root.inside("tee", f"/etc/quintet/tls/{name}", input=(folder / name).read_text(encoding="ascii"))
    node.root.inside("install", "-m", "600", "/dev/stdin", "/etc/quintet/credentials/tls.key",
                     input=(folder / "hss.ims.example.org.key").read_text(encoding="ascii"))
    with node.configured("# [diameter.tls]\n# ", "[diameter.tls]\n", "\n# key = \"cred", "\nkey = \"cred", "\n# ca = ", "\nca = "), \
            node.configured("Port = 3868", "Port = 0", file="/etc/quintet/freediameter.conf"):
        node.root.inside("systemctl", "restart", "quintet")
        node.register("--tls", folder, "--port", "5658")
    node.start()


# Its end

def leaves_no_secret(world):
    node = world.node
    world.secrets = world.secrets or secrets_of(node)
    demand(all(len(secret) > 8 for secret in world.secrets), "there were no secrets to look for")
    node.root.inside("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--purge", "quintet-server", "quintet-tools", "quintet-schema")
    demand(node.root.try_inside("pgrep", "freeDiameterd").returncode == 1, "the server runs")
    look_for_secrets(node, world.secrets)
    node.root.halt()


def secrets_of(node):
    folder = "/etc/quintet/credentials"
    pins = [node.root.inside("cat", f"{folder}/{name}.pin").strip() for name in ("user", "so", "import", "import-so")]
    return *pins, node.root.inside("cat", f"{folder}/tls.key").splitlines()[2]


def look_for_secrets(node, secrets):
    for folder in ("/etc/quintet/credentials", "/var/lib/quintet", "/var/log/quintet"):
        demand(node.root.try_inside("ls", "-d", folder).returncode != 0, f"{folder} is left")
    for secret in secrets:
        out = node.root.try_inside("grep", "-rlaF", "--exclude-dir=proc", "--exclude-dir=sys", "-e", secret, "/")
        demand(not out.stdout, f"a secret is left in {out.stdout}")
    objects = node.root.inside("find", "/", "-xdev", "-name", "*.object")
    demand(not objects, f"objects of a token are left: {objects}")


# The faults

def unit_with(*lines):
    @contextmanager
    def drop_in(world):
        node = world.node
        node.drop_in(*lines, name="zz-fault")
        was_active = node.unit("ActiveState") == "active"
        node.root.try_inside("systemctl", "restart" if was_active else "is-active", "quintet")
        try:
            yield
        finally:
            node.take_back("zz-fault")
            node.root.try_inside("systemctl", "reset-failed", "quintet")
            node.root.try_inside("systemctl", "restart" if was_active else "stop", "quintet")
    drop_in.__doc__ = "a unit with " + " ".join(lines)
    return drop_in


@contextmanager
def no_schema(world):
    """the package of the schema is missing"""
    file = next(world.node.packages.glob("quintet-schema_*.deb"))
    hidden = file.rename(file.with_suffix(".hidden"))
    try:
        yield
    finally:
        hidden.rename(file)


@contextmanager
def step_left_out(world):
    """the schema's last step is not in its folder"""
    step = next((world.node.root.place / "usr/share/quintet/schema").glob("0016_*.sql"))
    hidden = step.rename(step.with_suffix(".hidden"))
    try:
        yield
    finally:
        hidden.rename(step)


@contextmanager
def another_card(world):
    """the card has another K"""
    cards = world.node.cards
    text = cards.read_text(encoding="ascii")
    cards.write_text(text.replace("465b5ce8", "465b5ce9"), encoding="ascii")
    try:
        yield
    finally:
        cards.write_text(text, encoding="ascii")


@contextmanager
def deaf_rotation(world):
    """logrotate tells nobody"""
    with world.node.configured("pkill -HUP", "true", file="/etc/logrotate.d/quintet"):
        yield
    world.node.root.inside("systemctl", "reload", "quintet")
    world.node.register()


@contextmanager
def copied_pin(world):
    """somebody has kept a copy of the PIN"""
    copy = world.node.root.place / "srv/user.pin.old"
    copy.write_bytes((world.node.root.place / "etc/quintet/credentials/user.pin").read_bytes())
    try:
        yield
    finally:
        copy.unlink()


ALL = (
    Scenario(installs, "apt installs the packages into a bare Debian 12; nothing starts unasked", no_schema, is_base=True),
    Scenario(makes_a_database, "quintet db init, status, and init again", step_left_out, is_base=True),
    Scenario(refuses_a_foreign_folder, "quintet db names the folder that has no steps"),
    Scenario(makes_a_token, "quintet token init and check, as the server's user", is_base=True),
    Scenario(starts, "systemd holds it for started when it listens", unit_with("Type=exec"), is_base=True),
    Scenario(registers, "a soft USIM and the server agree", another_card, is_base=True),
    Scenario(cage.runs_without_privileges, "its own user, no capability, calls filtered, no core, keys locked in memory",
             unit_with("CapabilityBoundingSet=CAP_CHOWN", "PrivateUsers=no")),
    Scenario(cage.writes_nowhere_else, "of all folders, files and devices it may write its own", unit_with("ProtectSystem=full")),
    Scenario(cage.stops_rather_than_writes_elsewhere, "told to write elsewhere, it does not start and says why",
             unit_with("ReadWritePaths=-/srv")),
    Scenario(cage.makes_no_strange_calls, "calls, sockets and code that it does not need are refused", unit_with("SystemCallFilter=")),
    Scenario(cage.cage_is_the_units, "without the unit's lines they are not", unit_with("SystemCallFilter=@system-service")),
    Scenario(cage.sees_its_credentials_only, "PIN and TLS key by LoadCredential, nothing else of the folder, no PIN in the environment",
             unit_with("InaccessiblePaths=")),
    Scenario(says_when_it_is_not_ready, "a server that cannot start is reported as failed", unit_with("Type=exec")),
    Scenario(is_ended_when_threads_hang, "one thread that hangs is enough for the watchdog", unit_with("WatchdogSec=0")),
    Scenario(starts_again_when_killed, "systemd starts it again after kill -9", unit_with("Restart=no")),
    Scenario(opens_its_log_anew, "logrotate moves the log, the server goes on in a new one", deaf_rotation),
    Scenario(offers_tls, "Diameter over TLS with the key from a credential",
             unit_with("LoadCredential=", "LoadCredential=user.pin:/etc/quintet/credentials/user.pin")),
    Scenario(leaves_no_secret, "after a purge no PIN, no token, no log", copied_pin),
    Scenario(upgrade.serves_as_the_older_version, "the version before the last steps of the schema registers a subscriber", is_base=True),
    Scenario(upgrade.is_upgraded, "apt, db migrate, start: configuration, numbers and registrations stay", is_base=True),
    Scenario(upgrade.keeps_registrations, "the subscriber is still registered, says the server", upgrade.somebody_else),
    Scenario(upgrade.keeps_numbers, "his card, which has seen all numbers of before, takes the next one", upgrade.later_card),
)
