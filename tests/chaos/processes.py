# SPDX-License-Identifier: Apache-2.0
"""Servers with names and configurations of their own on one database, which end with the test run, whatever happens to it."""

from support import configuration, server
from support.instance import build_dir, clean_environment

REALM = "ims.mnc001.mcc001.3gppnetwork.org"
FREEDIAMETER_CONF = """
Identity = "{identity}";
Realm = "{realm}";
Port = {port};
SecPort = 0;
No_SCTP;
No_IPv6;
NoRelay;
AppServThreads = 2;
LoadExtension = "{extension}" : "{configuration}";
"""


class Server(server.Server):
    """Under the configuration of deploy/quickstart with other values."""

    prefix = ("setpriv", "--pdeathsig", "KILL")  # the kernel ends it with this process

    def __init__(self, var, name, port, environment=None):
        super().__init__(var / f"{name}.conf", port, var / "log" / f"{name}.log", {**clean_environment(), **(environment or {})})
        self.configuration = var / f"{name}.toml"
        self._base = var / "quintet.toml"
        extension = build_dir() / "diameter_ext" / "quintet.fdx"
        self.conf.write_text(FREEDIAMETER_CONF.format(identity=f"{name}.{REALM}", realm=REALM, port=port, extension=extension,
                                                      configuration=self.configuration), encoding="utf-8")
        self.configure({})

    def configure(self, settings):
        """Other values: {"sqn.profile": "time"}."""
        self.configuration.write_text(configuration.with_values(self._base, settings), encoding="utf-8")
