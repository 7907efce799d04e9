# SPDX-License-Identifier: Apache-2.0
"""freeDiameterd as a child of a test, under a configuration that the test has written."""

from support.child import Child, default_signals, listens


class Server(Child):
    """On a port of its own. `prefix`: what stands before the program on its command line."""

    prefix = ()

    def __init__(self, conf, port, log, environment):
        super().__init__(log)
        self.conf, self.port, self.environment = conf, port, environment

    def launch(self):
        self.launch_command([*self.prefix, "freeDiameterd", "-c", self.conf], env=self.environment, preexec_fn=default_signals)
        return self

    def serves(self):
        return listens(self.port)

    def start(self, seconds=60):
        return self.launch().await_ready(self.serves, seconds, 0.02)
