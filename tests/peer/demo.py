#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Show one registration as the HSS sees it, from the first REGISTER to the last, and verify every answer."""

import sys
from hmac import compare_digest
from pathlib import Path
from xml.etree import ElementTree

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peer import cards, checks, cx, options, registration
from peer.diameter import DecodeError
from peer.results import FIRST, NOT_REGISTERED, SUBSEQUENT, SUCCESS, UNREGISTERED_SERVICE
from peer.stage import NotVerified, Scene, demand, verified
from peer.usim import Accepted, SyncFailure, Usim

RE_REGISTRATION, USER_DEREGISTRATION = 2, 5  # Server-Assignment-Type


# Authentication

def ask_vector(scene, **extra):
    """The only item of a Multimedia-Auth-Answer."""
    arguments = scene.arguments
    maa = scene.ask(scene.scscf, cx.mar, scene.impi, scene.impu, arguments.server_name, arguments.scheme, expect=[SUCCESS], **extra)
    return maa.items[0]


def verify(scene, item):
    """What the card and the S-CSCF find out about a vector."""
    seen = scene.usim.authenticate(item.rand, item.autn)
    if isinstance(seen, SyncFailure):
        raise NotVerified(f"AUTN MAC ok, but the USIM reports a synchronisation failure: {seen.reason}")
    demand(isinstance(seen, Accepted), "the MAC in AUTN is wrong: the HSS has other keys than this card")
    demand(not seen.amf[0] & 0x80, "the separation bit of AMF is set in a vector for IMS")
    for name, ours, theirs in (("RES and XRES", seen.res, item.xres), ("CK", seen.ck, item.ck), ("IK", seen.ik, item.ik)):
        demand(compare_digest(ours, theirs), f"{name} of USIM and HSS differ")
    verified(f"AUTN MAC ok, SQN seq={seen.seq} ind={seen.ind} fresh, RES == XRES, CK and IK agree")
    return seen


def authenticate(scene):
    verify(scene, ask_vector(scene))


def resynchronise(scene):
    """TS 33.102 6.3.5: the card is ahead of the HSS, says so with AUTS, and accepts the next vector."""
    pushed = scene.usim.push_ahead(scene.arguments.push)
    print(f"(the USIM now behaves as if seq={pushed} had been used elsewhere)\n")
    stale = ask_vector(scene)
    failure = scene.usim.authenticate(stale.rand, stale.autn)
    demand(isinstance(failure, SyncFailure), f"expected a synchronisation failure, the USIM says {type(failure).__name__}")
    print(f"USIM: synchronisation failure, {failure.reason}; sends AUTS\n")
    seen = verify(scene, ask_vector(scene, rand=stale.rand, auts=failure.auts))
    verified(f"resynchronised, the HSS went on from seq={failure.seq} to seq={seen.seq}")


# Registration

def ask_where(scene, *expect, **extra):
    """User-Authorization; a named S-CSCF must be ours."""
    answer = scene.ask(scene.icscf, cx.uar, scene.impi, scene.impu, visited_network=scene.arguments.realm, expect=expect, **extra)
    if checks.result_of(answer.message) == FIRST:
        offered = answer.capabilities
        verified("the user may register; no S-CSCF serves it yet, "
                 + (f"one with these capabilities shall: {offered}" if offered else "any will do"))
    else:
        demand(answer.server_name == scene.arguments.server_name, f"the HSS names {answer.server_name}")
        verified(f"the S-CSCF of this user is {answer.server_name}")


def assign(scene, kind, data_available):
    return scene.ask(scene.scscf, cx.sar, scene.impi, [scene.impu], kind, scene.arguments.server_name, data_available,
                     expect=[SUCCESS])


def read_profile(scene, octets):
    """The public identities that were registered together, barred ones marked; the default one is who gets calls."""
    try:
        root = ElementTree.fromstring(octets)
    except ElementTree.ParseError as error:
        raise NotVerified(f"User-Data is no XML: {error}") from None
    found = [(one.findtext("Identity"), one.findtext("BarringIndication", "0") in ("1", "true"))
             for one in root.iterfind("ServiceProfile/PublicIdentity")]
    demand(root.findtext("PrivateID") == scene.impi, f"the profile is that of {root.findtext('PrivateID')}")
    demand(scene.impu in [identity for identity, _ in found], f"the profile does not hold {scene.impu}")
    usable = [identity for identity, barred in found if not barred]
    demand(usable, "every identity of the profile is barred")
    scene.callee = usable[0]
    criteria = len(root.findall("ServiceProfile/InitialFilterCriteria"))
    verified("registered together: " + ", ".join(identity + " (barred)" * barred for identity, barred in found)
             + f"; default {scene.callee}; {criteria} initial filter criteria")


def register(scene):
    read_profile(scene, assign(scene, 1, 0).user_data)


def renew(scene):
    ask_where(scene, SUBSEQUENT)
    assign(scene, RE_REGISTRATION, 1)
    verified("still registered; the S-CSCF has the profile already")


def find(scene):
    answer = scene.ask(scene.icscf, cx.lir, scene.callee, expect=[SUCCESS])
    demand(answer.server_name == scene.arguments.server_name, f"the HSS names {answer.server_name}")
    verified(f"calls for {scene.callee} go to {answer.server_name}")


def leave(scene):
    ask_where(scene, SUCCESS, authorization_type=registration.DE_REGISTRATION)
    assign(scene, USER_DEREGISTRATION, 1)
    verified("no longer registered")


def miss(scene):
    answer = scene.ask(scene.icscf, cx.lir, scene.callee, expect=[NOT_REGISTERED, UNREGISTERED_SERVICE])
    has_services = checks.result_of(answer.message) == UNREGISTERED_SERVICE
    verified(f"{scene.callee} is not registered, " + ("but has services then: any S-CSCF may be chosen" if has_services
                                                      else "and has no services then: the call ends here"))


AUTHENTICATION = [("Multimedia-Auth: the S-CSCF asks for an authentication vector", authenticate)]
RESYNCHRONISATION = [("Resynchronisation: the USIM is ahead of the HSS", resynchronise)]
BEFORE = [("User-Authorization: the first REGISTER reaches the I-CSCF", lambda scene: ask_where(scene, FIRST, SUBSEQUENT))]
AFTER = [
    ("User-Authorization: the second REGISTER, with the UE's response", lambda scene: ask_where(scene, SUBSEQUENT)),
    ("Server-Assignment: the response was right, the S-CSCF registers the user", register),
    ("Location-Info: somebody calls", find),
    ("Re-registration: User-Authorization and Server-Assignment", renew),
    ("Deregistration: User-Authorization and Server-Assignment", leave),
    ("Location-Info: somebody calls again", miss),
]
STAYING = 4  # of them, before deregistration


def steps(arguments):
    authentication = AUTHENTICATION + (RESYNCHRONISATION if arguments.resync else [])
    return authentication if arguments.mar else BEFORE + authentication + (AFTER[:STAYING] if arguments.stay else AFTER)


def connect(arguments, host):
    connection = options.connect(arguments, host)
    print(f"connected to {connection.cea.value('Origin-Host')} at {arguments.host}:{arguments.port} as {connection.origin_host}")
    return connection


def play(arguments):
    card = cards.find_card(arguments.card, arguments.impi, arguments.impu, arguments.credential)
    usim = Usim(card.k, card.opc)
    usim.slots = [arguments.usim_seq] * len(usim.slots)
    with connect(arguments, arguments.origin_host) as scscf, connect(arguments, arguments.icscf_host) as icscf:
        scene = Scene(icscf, scscf, usim, arguments, arguments.impi or card.impi, arguments.impu or card.impu)
        for number, (title, step) in enumerate(steps(arguments), 1):
            print(f"\n=== {number}. {title}\n")
            step(scene)


def main(argv=None):
    realm = options.realm_of(argv)
    parser = options.parser(__doc__, realm)
    parser.add_argument("--mar", action="store_true", help="show Multimedia-Auth only")
    parser.add_argument("--stay", action="store_true", help="leave the user registered")
    parser.add_argument("--resync", action="store_true", help="show a resynchronisation too")
    parser.add_argument("--icscf-host", default=f"icscf.{realm}", help="Diameter identity of the I-CSCF")
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
