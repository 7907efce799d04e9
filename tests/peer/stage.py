# SPDX-License-Identifier: Apache-2.0
"""What the demonstration's steps share: two peers of the HSS, a card, and questions whose answers are printed and judged."""

from dataclasses import dataclass

from . import checks, cx, registration, trace
from .connection import Connection
from .usim import Usim


class NotVerified(Exception):
    """The HSS answered, but not as it should have."""


@dataclass
class Scene:
    icscf: Connection
    scscf: Connection
    usim: Usim
    arguments: object
    impi: str
    impu: str                  # that the UE registers
    callee: str | None = None  # that others call: the default public identity of the profile

    def ask(self, connection, build, *arguments, expect, **more):
        """Send a request, print both messages, return the answer as values; its result must be one of `expect`."""
        sender = cx.Sender.on(connection, destination_host=self.arguments.destination_host,
                              destination_realm=self.arguments.destination_realm)
        request = build(*arguments, sender=sender, **more)
        print(f"--> {trace.describe(request, self.arguments.show_secrets)}\n", flush=True)
        message = connection.request(request, check=False)
        print(f"<-- {trace.describe(message, self.arguments.show_secrets)}\n", flush=True)
        problems = checks.problems(request, message)
        if not problems and checks.result_of(message) not in expect:
            problems = [f"the result is {cx.parse_answer(message).outcome}"]
        if not problems:
            problems = list(registration.presence_problems(request, message))
        if problems:
            raise NotVerified("; ".join(problems))
        answer = registration.PARSE[request.command](message)
        if request.command == cx.MAR and (problems := list(cx.maa_problems(request, answer))):
            raise NotVerified("; ".join(problems))
        return answer


def verified(words):
    print(f"verified: {words}\n")


def demand(condition, words):
    if not condition:
        raise NotVerified(words)
