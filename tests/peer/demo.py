#!/usr/bin/python3
"""Show one Multimedia-Auth exchange with the HSS and verify the vector with a soft USIM."""

import sys
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peer import cards, checks, cx, options, trace
from peer.connection import Connection
from peer.diameter import DecodeError
from peer.usim import Accepted, SyncFailure, Usim


class NotVerified(Exception):
    """The HSS answered, but not as it should have."""


@dataclass
class Scene:
    """What the steps share."""

    connection: Connection
    usim: Usim
    arguments: object
    impi: str
    impu: str


def ask(scene, **extra):
    """Send one MAR, print both messages, return the only item of the answer."""
    arguments = scene.arguments
    sender = cx.Sender.on(scene.connection, destination_host=arguments.destination_host,
                          destination_realm=arguments.destination_realm)
    request = cx.mar(scene.impi, scene.impu, arguments.server_name, arguments.scheme, sender=sender, **extra)
    print(f"--> {trace.describe(request, arguments.show_secrets)}\n", flush=True)
    answer = scene.connection.request(request, check=False)
    print(f"<-- {trace.describe(answer, arguments.show_secrets)}\n", flush=True)
    problems = checks.problems(request, answer)
    if not problems:
        maa = cx.parse_maa(answer)
        problems = list(cx.aka_problems(request, maa)) if maa.is_success else [f"the result is {maa.outcome}"]
    if problems:
        raise NotVerified("; ".join(problems))
    return maa.items[0]


def verify(scene, item):
    """What the card and the S-CSCF find out about a vector."""
    seen = scene.usim.authenticate(item.rand, item.autn)
    if isinstance(seen, SyncFailure):
        raise NotVerified(f"AUTN MAC ok, but the USIM reports a synchronisation failure: {seen.reason}")
    if not isinstance(seen, Accepted):
        raise NotVerified("the MAC in AUTN is wrong: the HSS has other keys than this card")
    if seen.amf[0] & 0x80:
        raise NotVerified("the separation bit of AMF is set in a vector for IMS")
    for name, ours, theirs in (("RES and XRES", seen.res, item.xres), ("CK", seen.ck, item.ck),
                               ("IK", seen.ik, item.ik)):
        if not compare_digest(ours, theirs):
            raise NotVerified(f"{name} of USIM and HSS differ")
    print(f"verified: AUTN MAC ok, SQN seq={seen.seq} ind={seen.ind} fresh, RES == XRES, CK and IK agree\n")
    return seen


def authenticate(scene):
    verify(scene, ask(scene))


def resynchronise(scene):
    """TS 33.102 6.3.5: the card is ahead of the HSS, says so with AUTS, and accepts the next vector."""
    pushed = scene.usim.push_ahead(scene.arguments.push)
    print(f"(the USIM now behaves as if seq={pushed} had been used elsewhere)\n")
    stale = ask(scene)
    failure = scene.usim.authenticate(stale.rand, stale.autn)
    if not isinstance(failure, SyncFailure):
        raise NotVerified(f"expected a synchronisation failure, the USIM says {type(failure).__name__}")
    print(f"USIM: synchronisation failure, {failure.reason}; sends AUTS\n")
    seen = verify(scene, ask(scene, rand=stale.rand, auts=failure.auts))
    print(f"verified: resynchronised, the HSS went on from seq={failure.seq} to seq={seen.seq}\n")


def steps(arguments):
    yield "Multimedia-Auth: the S-CSCF asks for an authentication vector", authenticate
    if arguments.resync:
        yield "Resynchronisation: the USIM is ahead of the HSS", resynchronise


def play(arguments):
    card = cards.find_card(arguments.card, arguments.impi, arguments.impu, arguments.credential)
    usim = Usim(card.k, card.opc)
    usim.slots = [arguments.usim_seq] * len(usim.slots)
    with Connection(arguments.host, arguments.port, arguments.origin_host, arguments.origin_realm,
                    arguments.timeout) as connection:
        print(f"connected to {connection.cea.value('Origin-Host')} at {arguments.host}:{arguments.port} "
              f"as {connection.origin_host}\n")
        scene = Scene(connection, usim, arguments, arguments.impi or card.impi, arguments.impu or card.impu)
        for number, (title, step) in enumerate(steps(arguments), 1):
            print(f"=== {number}. {title}\n")
            step(scene)


def main(argv=None):
    parser = options.parser(__doc__)
    parser.add_argument("--resync", action="store_true", help="show a resynchronisation too")
    parser.add_argument("--push", type=int, default=1000, help="how far --resync pushes the USIM ahead")
    parser.add_argument("--usim-seq", type=int, default=0, help="SEQ that the USIM starts with in every slot")
    arguments = parser.parse_args(argv)
    if not arguments.card:
        parser.error("--card is needed: without its keys nothing can be verified")
    try:
        play(arguments)
    except (NotVerified, checks.AnswerError, DecodeError, OSError, LookupError, ValueError) as error:
        print(f"NOT verified: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
