# SPDX-License-Identifier: Apache-2.0
"""A server of its own with subscribers whose keys are known, load on it, and every secret there is to look for."""

import contextlib
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from forms import Secret
from peer import cx
from peer.auth_items import SIP_DIGEST
from peer.connection import Connection
from support import softhsm_file
from support.instance import ROOT, Instance, build_dir, eventually

sys.path.insert(0, str(ROOT / "tests" / "bench"))
from provision import FIRST_NUMBER, REALM, psql  # noqa: E402  (the bench is not a package)

SUBSCRIBERS = 40
DIGEST_USERS = 10  # the first of them, who may use SIP Digest as well
DIGEST_REALM = "digest.example.net"
SYSLOG = build_dir() / "tests" / "libsyslog_to_stderr.so"
PINS = {"user": "pins", "so": "pins", "import": "import", "import-so": "import"}  # the folder of each


def halves(kind, octets):
    """A long key, and each half by itself: a key schedule keeps them apart."""
    middle = len(octets) // 2
    yield Secret(kind, "whole", octets)
    yield Secret(kind, "first half", octets[:middle])
    yield Secret(kind, "second half", octets[middle:])


class Scene:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.var = self.folder / "var"
        self.cards = [(secrets.token_bytes(16), secrets.token_bytes(16)) for _ in range(SUBSCRIBERS)]
        self.passwords = [secrets.token_urlsafe(24) for _ in range(DIGEST_USERS)]
        self.vectors = []
        self.digests = 0  # answers with an H(A1)
        self.instance = None
        self.environment = None
        self._provisioned = False

    # The server

    def start(self, *settings):
        """At the highest log level, SoftHSM's too; the instance of an earlier start has been stopped."""
        words = [word for setting in settings for word in ("--set", setting)]
        self.instance = Instance(self.var, None, "--log-level", "trace", "--preload", SYSLOG, *words)
        self.instance.start()
        self.environment = self.instance.environment()
        self._let_the_token_log()
        if not self._provisioned:
            self._provision()

    def _let_the_token_log(self):
        """The server, killed, is started again and finds SoftHSM at its highest log level."""
        conf = self.var / "softhsm" / "softhsm2.conf"
        conf.write_text(conf.read_text(encoding="ascii").replace("= ERROR", "= DEBUG"), encoding="ascii")
        died = self.pid
        os.kill(died, signal.SIGKILL)
        assert eventually(lambda: self.pid != died and self._serves())

    def _serves(self):
        with contextlib.suppress(OSError):
            Connection("127.0.0.1", self.instance.port, f"probe.{REALM}", REALM, timeout=5).close()
            return True
        return False

    def stop(self):
        if self.instance is not None:
            self.instance.stop()

    @property
    def pid(self):
        return self.instance.pid("server")

    def psql(self, *arguments):
        return psql(self.environment, *arguments)

    def _provision(self):
        rows = [f"bench-{i},{k.hex()},{opc.hex()}\n" for i, (k, opc) in enumerate(self.cards)]
        self._import("credential,k,opc\n" + "".join(rows), "keys", "import")
        self.psql("-v", "first=0", "-v", f"last={SUBSCRIBERS - 1}", "-v", f"number={FIRST_NUMBER}", "-v", f"realm={REALM}",
                  "-f", ROOT / "tests" / "bench" / "subscribers.sql")
        rows = [f"{self._impi(number)},{DIGEST_REALM},{password}\n" for number, password in enumerate(self.passwords)]
        self._import("impi,realm,password\n" + "".join(rows), "digest", "import", "--allow", "--realm", DIGEST_REALM)
        self._provisioned = True

    def _import(self, table, *command):
        """An operator's file, outside of var and gone when it was imported, through the tool and psql."""
        file = self.folder / "import.csv"
        file.write_text(table, encoding="ascii")
        script = self.instance.run("quintet", *command, file).stdout
        file.unlink()
        subprocess.run(["psql", "-X", "-q", "-d", self.environment["QUINTET_ADMIN_DB"]], input=script, text=True, check=True,
                       env=self.environment, stdout=subprocess.DEVNULL)

    @staticmethod
    def _impi(number):
        return f"{FIRST_NUMBER + number:015d}@{REALM}"

    # Load; what is issued is kept

    def _requests(self, connection, goes_on):
        number = 0
        while goes_on(number):
            impi = self._impi(number % SUBSCRIBERS)
            scheme = SIP_DIGEST if number % SUBSCRIBERS < DIGEST_USERS and number % 2 else cx.AKA_V1
            yield cx.mar(impi, "sip:" + impi, scheme=scheme, items=3, sender=cx.Sender.on(connection))
            number += 1

    def _load(self, name, goes_on):
        with Connection("127.0.0.1", self.instance.port, f"{name}.{REALM}", REALM, timeout=120) as connection:
            for _, answer in connection.exchange(self._requests(connection, goes_on), window=32):
                items = cx.parse_maa(answer).items
                self.digests += sum(item.digest is not None for item in items)
                self.vectors.extend(item for item in items if item.digest is None)

    def load(self, requests=2000):
        self._load("lg0", lambda number: number < requests)

    def under_load(self):
        return UnderLoad(self)

    def issue(self, name, goes_on):
        self._load(name, goes_on)

    # What must not be found

    def secrets(self):
        found = []
        for i, (k, opc) in enumerate(self.cards):
            found += [Secret("K", f"bench-{i}", k), Secret("OPc", f"bench-{i}", opc),
                      Secret("encrypted label", f"bench-{i}", softhsm_file.encrypted_label(k))]
        pins = {pin: (self.var / folder / f"{pin}.pin").read_bytes().split(b"\n")[0] for pin, folder in PINS.items()}
        found += [Secret("PIN", name, pin) for name, pin in pins.items()]
        for folder, label, pin in (("softhsm", b"quintet", pins["user"]), ("import", b"quintet-import", pins["import"])):
            found += self._token_secrets(folder, label, pin)
        for number, password in enumerate(self.passwords):
            text = f"{self._impi(number)}:{DIGEST_REALM}:{password}".encode()
            found += [Secret("password", str(number), password.encode()),
                      Secret("H(A1)", f"{number} MD5", hashlib.md5(text, usedforsecurity=False).digest()),
                      Secret("H(A1)", f"{number} SHA-256", hashlib.sha256(text).digest())]
        for number, item in enumerate(self.vectors):
            found += [Secret(kind, str(number), octets)
                      for kind, octets in (("CK", item.ck), ("IK", item.ik), ("XRES", item.xres))]
        return list({(secret.kind, secret.octets): secret for secret in found}.values())

    def _token_secrets(self, folder, label, pin):
        own, from_pin, keys = softhsm_file.keys_of(self.var / folder / "tokens", label, pin)
        yield from halves("SoftHSM's key", own)
        yield from halves("key of the PIN", from_pin)
        yield from halves("KEK", keys["quintet-kek"])
        yield from halves("OPc token key", keys["quintet-opc"])
        yield from halves("data key", softhsm_file.data_key_of(keys["quintet-opc"]))
        yield from halves("fingerprint key", softhsm_file.fingerprint_key_of(keys["quintet-opc"]))

    def kek_check_value(self):
        """Of the KEK as read from the token's files, to hold against what the tool said when it made the key."""
        pin = (self.var / "pins" / "user.pin").read_bytes().split(b"\n")[0]
        kek = softhsm_file.keys_of(self.var / "softhsm" / "tokens", b"quintet", pin)[2]["quintet-kek"]
        return Cipher(algorithms.AES(kek), modes.ECB()).encryptor().update(bytes(16))[:3].hex()


class UnderLoad:
    """While the block runs two connections ask for vectors without a pause."""

    def __init__(self, scene):
        self._end = threading.Event()
        self._threads = [threading.Thread(target=scene.issue, args=(f"lg{n}", lambda _: not self._end.is_set()), daemon=True)
                         for n in (1, 2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()


def in_call(scene, script):
    """Runs a script inside gdb on the loaded server; returns what it has written as JSON."""
    patterns, result = scene.folder / "call.patterns", scene.folder / "call.json"
    wanted = ("K", "KEK", "SoftHSM's key", "OPc token key")
    lines = [f"{secret.octets.hex()} {secret.kind} {secret.name}\n" for secret in scene.secrets() if secret.kind in wanted]
    patterns.write_text("".join(lines), encoding="ascii")
    command = ["gdb", "-p", scene.pid, "-batch", "-nx", "-ex", f"python patterns, result = {str(patterns)!r}, {str(result)!r}",
               "-x", script]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False)
    patterns.unlink()
    if not result.exists():
        raise RuntimeError(f"gdb: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    return json.loads(result.read_text(encoding="ascii"))
