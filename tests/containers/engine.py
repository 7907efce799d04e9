# SPDX-License-Identifier: Apache-2.0
"""podman with a store of the test's own, and docker-compose on its socket; nothing of the user's images and containers is touched."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from support.child import Child, eventually

NEEDED = ("podman", "runc", "docker-compose", "iptables", "debootstrap")
BASE, POSTGRES = "localhost/debian", "localhost/quintet-postgres"
# A process may not raise its limits where the machine itself is a container; podman asks for more than those.
CONF = """[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]
"""
STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'


def missing():
    return [name for name in NEEDED if shutil.which(name) is None]


class Engine:
    """`folder` keeps the images between runs."""

    def __init__(self, folder, temporary):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("containers.conf", CONF), ("storage.conf", STORAGE)):
            (self.folder / name).write_text(text.format(folder=self.folder), encoding="ascii")
        self.socket = temporary / "podman.sock"
        self.environment = {**os.environ, "CONTAINERS_CONF": str(self.folder / "containers.conf"), "ENGINE": "podman",
                            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"), "DOCKER_HOST": f"unix://{self.socket}"}
        self.service = Child(temporary / "service.log")

    def command(self, *words, check=True, **more):
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 600, **more}
        done = subprocess.run(list(map(str, words)), env=self.environment, check=False, **more)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(map(str, words))} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def podman(self, *words, **more):
        return self.command("podman", *words, **more)

    def why_not(self):
        """Why no container runs here, or None; BASE has to be there."""
        done = self.podman("run", "--rm", BASE, "true", check=False)
        return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]

    def serve(self):
        self.service.launch_command(["podman", "system", "service", "--time=0", f"unix://{self.socket}"], env=self.environment)
        self.service.await_ready(self.socket.exists, 20)

    def remove_all(self):
        """Containers, volumes and networks; images stay."""
        self.podman("rm", "--all", "--force", "--time", "2", check=False)
        self.podman("volume", "rm", "--all", "--force", check=False)
        self.podman("network", "prune", "--force", check=False)


class Lab:
    """deploy/compose.yaml, as it stands but for the image of PostgreSQL."""

    NODES = {"pyhss": "172.22.0.18", "hss2": "172.22.0.118"}
    PCSCF, UE = "172.22.0.21", "172.22.0.1"

    def __init__(self, engine, root):
        self.engine, self.root = engine, root
        engine.environment["POSTGRES_IMAGE"] = POSTGRES

    def compose(self, *words):
        return self.engine.command("docker-compose", "--project-name", "quintet-test", "--file", self.root / "deploy/compose.yaml", *words)

    def up(self):
        """Seconds until both nodes serve and the CSCFs are connected to them."""
        begun = time.monotonic()
        self.compose("up", "--detach")
        for node in self.NODES:
            if not eventually(lambda one=node: self.is_healthy(one) and self.cscfs(one) == {"icscf", "scscf"}, 90, 0.3):
                raise RuntimeError(f"{node} does not serve:\n{self.logs(node)[-3000:]}")
        return time.monotonic() - begun

    def is_healthy(self, name):
        return self.engine.podman("healthcheck", "run", name, check=False).returncode == 0

    def logs(self, name):
        done = self.engine.podman("logs", name)
        return done.stdout + done.stderr

    def since_start(self, node):
        log = self.logs(node)
        return log[max(0, log.rfind(" server_started ")):]

    def cscfs(self, node):
        """Which of Kamailio's two have connected to a node since it began."""
        return {name for name in ("icscf", "scscf") if f'peer_connected peer="{name}.' in self.since_start(node)}

    def inside(self, name, *words, **more):
        return self.engine.podman("exec", "--interactive", name, *words, **more)

    def sql(self, text, *words):
        return self.inside("db", "psql", "--username", "postgres", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", *words, "quintet",
                           input=text).stdout

    def import_keys(self, csv):
        """As an operator does; the file is gone from the container afterwards."""
        statements = self.inside("tools", "sh", "-c", "cat >/tmp/cards && quintet keys import /tmp/cards; rm /tmp/cards", input=csv).stdout
        self.sql(statements)
