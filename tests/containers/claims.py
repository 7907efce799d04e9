# SPDX-License-Identifier: Apache-2.0
"""What holds of images and containers, in the order in which it is tried; each returns what was seen."""

import json
import re
import subprocess
import tarfile
import time
from pathlib import Path

from peer.cards import find_card
from peer.cx import HOME_REALM
from peer.usim import Usim
from phone import Phone
from support.child import eventually
from support.instance import ROOT, build_dir

IMAGE = "localhost/quintet"
SAMPLES = ROOT / "schema" / "samples"
BENCH = build_dir() / "tests" / "bench"
NUMBER = 1010100000001  # of the first card for load, as tests/bench has it
CARDS = 200


class Failed(AssertionError):
    """A claim does not hold."""


def check(holds, said):
    if not holds:
        raise Failed(said)


# The image

def image_is_lean(lab):
    image = json.loads(lab.engine.podman("image", "inspect", IMAGE).stdout)[0]
    base = json.loads(lab.engine.podman("image", "inspect", "localhost/debian").stdout)[0]
    found = run_image(lab, "for p in gcc g++ cc c++ clang ld as make cmake; do command -v $p; done; find / -xdev -name '*.pin' -o -xdev -name"
                           " 'sample_cards*' 2>/dev/null; true")
    check(image["Config"]["User"] == "quintet", f"runs as {image['Config']['User']!r}")
    check(not found, f"has {found}")
    return f"{image['Size'] / 1e6:.0f} MB, {(image['Size'] - base['Size']) / 1e6:.0f} of them above Debian"


def run_image(lab, script):
    return lab.engine.podman("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", script).stdout.split()


def no_secret_in_image_or_environment(lab):
    secrets = [(lab.root / "deploy/secrets" / name).read_text(encoding="ascii").strip() for name in ("user.pin", "so.pin", "quintet.password")]
    archive = lab.temporary / "image.tar"
    lab.engine.podman("save", "--output", archive, IMAGE)
    layers = list(octets_of_layers(archive))
    check(any(b"quintet-start" in one for one in layers), "what was searched does not even have quintet-start")
    described = lab.engine.podman("inspect", "pyhss", "tools", "hss2").stdout + lab.engine.podman("history", "--no-trunc", IMAGE).stdout
    pid = lab.engine.podman("inspect", "--format", "{{.State.Pid}}", "pyhss").stdout.strip()
    processes = "".join(Path("/proc", pid, name).read_text(encoding="utf-8") for name in ("environ", "cmdline"))
    check("HSS_HOST" in described and "HSS_HOST" in processes, "what was searched has no environment")
    for secret in secrets:
        check(not any(secret.encode() in one for one in layers), "a secret is in a layer")
        check(secret not in described + processes, "a secret is in an environment")
    return f"searched {sum(map(len, layers)) / 1e6:.0f} MB of {len(layers)} layers, and the environment of three containers"


def octets_of_layers(archive):
    with tarfile.open(archive) as outer:
        for member in outer:
            if member.isfile():
                yield outer.extractfile(member).read()


# The containers

def serves(lab):
    return f"both nodes, with both CSCFs, {lab.first_up:.0f} s after the first start with empty volumes"


def is_confined(lab):
    for name in lab.NODES:
        status = dict(line.split(":\t", 1) for line in lab.inside(name, "cat", "/proc/1/status").stdout.splitlines() if ":\t" in line)
        limits = lab.inside(name, "cat", "/proc/1/limits").stdout
        check(status["Name"] == "freeDiameterd" and status["Uid"].split()[0] != "0", f"{status['Name']} as {status['Uid']}")
        check(int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0, f"capabilities {status['CapBnd']}")
        check(status["NoNewPrivs"] == "1", "may get new privileges")
        check(re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), "dumps core")
        for folder in ("/etc", "/usr/lib", "/var/log", "/var/lib"):
            check(lab.inside(name, "touch", f"{folder}/x", check=False).returncode, f"writes in {folder}")
        check(lab.inside(name, "touch", "/var/lib/quintet/x", check=False).returncode == 0, "does not even write where it should")
    return "own user, no capability, no new privileges, no core; writes in /var/lib/quintet, /run/quintet and /tmp"


def provisioned(lab):
    lab.import_keys((SAMPLES / "sample_cards.csv").read_text(encoding="ascii"))
    lab.sql((SAMPLES / "subscribers.sql").read_text(encoding="utf-8"))
    bulk = subprocess.run([BENCH / "bulkcsv", "--first-subscriber", "0", "--subscribers", str(CARDS)], check=True, capture_output=True, text=True)
    lab.import_keys(bulk.stdout)
    lab.sql((ROOT / "tests/bench/subscribers.sql").read_text(encoding="utf-8"), "-v", "first=0", "-v", f"last={CARDS - 1}", "-v",
            f"number={NUMBER}", "-v", f"realm={HOME_REALM}")
    count = lab.sql("SELECT count(*) FROM quintet.impi").strip()
    return f"{count} private identities, keys wrapped in the tools container, opened by tokens that were made from the same components"


def registers(lab, user, number):
    impi, attempts = f"00101000000000{number}@{HOME_REALM}", []
    card = find_card(SAMPLES / "sample_cards.csv", impi=impi)
    one = Phone(lab.UE, impi, f"sip:{user}@{HOME_REALM}", Usim(card.k, card.opc), pcscf=(lab.PCSCF, 5060))
    try:
        good = eventually(lambda: attempts.append(one.register().status) or attempts[-1] == 200, 30, 1)
    finally:
        one.close()
    check(good, f"{user} got {attempts}")


def through(lab, node, user, number):
    """Only this node is there."""
    other = next(name for name in lab.NODES if name != node)
    lab.engine.podman("stop", "--time", "30", other)
    try:
        registers(lab, user, number)
    finally:
        lab.engine.podman("start", other)
        check(eventually(lambda: lab.is_healthy(other) and lab.cscfs(other) == {"icscf", "scscf"}, 60, 0.5), f"{other} does not come back")
    return f"{user} by AKA through Kamailio while {other} was stopped"


def registered_through_the_first_node(lab):
    return through(lab, "pyhss", "alice", 1)


def registered_through_the_second_node(lab):
    return through(lab, "hss2", "bob", 2)


# One node dies under load

class Load:
    """Vectors for all cards of both nodes, checked, each number written down."""

    def __init__(self, lab, log, seconds):
        targets = [word for address in lab.NODES.values() for word in ("--target", f"{address}:3868")]
        self.log = log
        command = [BENCH / "loadgen", *targets, "--first-number", NUMBER, "--realm", HOME_REALM, "--subscribers", CARDS, "--sqn-log", log,
                   "--connections", 4, "--rate", 1000, "--duration", seconds]
        self.child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self):
        out, errors = self.child.communicate(timeout=120)
        if not out:
            raise RuntimeError(f"loadgen: {errors}")
        return json.loads(out)


def one_node_killed_under_load(lab):
    load = Load(lab, lab.temporary / "sqn.log", 12)
    time.sleep(4)
    lab.engine.podman("kill", "--signal", "KILL", "pyhss")
    time.sleep(2)
    registers(lab, "carol", 3)
    lab.engine.podman("start", "pyhss")
    result = load.finish()
    verdict = numbers_of(load.log)
    successes = result["results"].get("2001", 0)
    check(verdict["repeated_seq"] == 0, f"numbers twice: {verdict}")
    check(verdict["vectors"] >= successes > 4000, f"too few answers to mean anything: {result}")
    check(eventually(lambda: lab.is_healthy("pyhss"), 60), "the node does not come back")
    return (f"{result['requests']} MAR, {successes} answered, {result['lost']} lost with the node; {verdict['vectors']} numbers,"
            f" {verdict['repeated_seq']} twice; a phone registered through the other node meanwhile")


def numbers_of(*logs):
    done = subprocess.run([BENCH / "sqncheck", *logs], capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def numbers_twice_are_noticed(lab):
    """The detector of the claim before."""
    log = lab.temporary / "sqn.log"
    twice = numbers_of(log, log)["repeated_seq"]
    check(twice > 4000, f"{twice} of the same log, read twice")
    return f"{twice} numbers twice in that log, read twice"


def kept_over_a_second_start(lab):
    tokens = lab.inside("pyhss", "ls", "/var/lib/quintet/softhsm/tokens").stdout
    before = lab.sql("SELECT sum(seq) FROM quintet.sqn_state")
    lab.compose("down")
    seconds = lab.up()
    check(lab.inside("pyhss", "ls", "/var/lib/quintet/softhsm/tokens").stdout == tokens, "another token")
    check("initialised" not in lab.logs("pyhss"), "the token was made anew")
    check(lab.sql("SELECT state FROM quintet.registration_set r JOIN quintet.impu u ON u.set_id = r.id"
                  f" WHERE u.identity = 'sip:alice@{HOME_REALM}'").strip() == "registered", "alice is no longer registered")
    check(int(lab.sql("SELECT sum(seq) FROM quintet.sqn_state")) >= int(before), "numbers went back")
    registers(lab, "alice", 1)
    return f"containers removed and made again with the same volumes, serving after {seconds:.0f} s; alice still registered, and again"


def another_pkcs11_module(lab):
    """Mounted, with the token of a node; what is no SoftHSM is not initialised by the image."""
    module = lab.temporary / "vendor.so"
    lab.engine.podman("cp", "pyhss:/usr/lib/softhsm/libsofthsm2.so", module)
    lab.compose("stop", "pyhss")
    name, address = "vendor", lab.NODES["pyhss"]
    secrets = [word for file in (lab.root / "deploy/secrets").iterdir() for word in ("--volume", f"{file}:/run/secrets/{file.name}:ro")]
    lab.engine.podman("run", "--detach", "--name", name, "--network", "quintet-test_default", "--ip", address, "--read-only", "--cap-drop", "all",
                      "--tmpfs", "/run/quintet:mode=1777", "--volume", "quintet-test_node1:/var/lib/quintet", "--volume",
                      f"{module}:/hsm/vendor.so:ro", "--volume", "/dev/null:/usr/lib/softhsm/libsofthsm2.so:ro", "--env", "TOKEN_MODULE=/hsm/vendor.so", "--env", f"LISTEN={address}", *secrets, IMAGE)
    try:
        check(eventually(lambda: " server_started " in lab.logs(name), 30), lab.logs(name)[-2000:])
    finally:
        lab.engine.podman("rm", "--force", "--time", "5", name)
        lab.compose("start", "pyhss")
    return "a module mounted at /hsm/vendor.so, named by TOKEN_MODULE, opens the token of a node; that of the image was hidden"


ALL = (image_is_lean, serves, is_confined, no_secret_in_image_or_environment, provisioned, registered_through_the_first_node,
       registered_through_the_second_node, one_node_killed_under_load, numbers_twice_are_noticed, kept_over_a_second_start,
       another_pkcs11_module)
