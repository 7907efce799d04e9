#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Send Multimedia-Auth-Requests and print the result as JSON: one answer, or a summary of many."""

import collections
import json
import sys
import threading
import time
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peer import cards, checks, cx, options, trace
from peer.connection import Connection
from peer.diameter import DecodeError
from peer.usim import Usim, split_sqn


def item_as_json(item, usim, show_secrets):
    shown = {"item": item.number, "scheme": item.scheme, "rand": item.rand and item.rand.hex(),
             "autn": item.autn and item.autn.hex()}
    for name in ("xres", "ck", "ik"):
        octets = getattr(item, name)
        shown[name] = octets and (octets.hex() if show_secrets else trace.masked(octets))
    if item.family != cx.AKA_V1:
        shown = {"scheme": item.scheme, **of_another_scheme(item, show_secrets)}
    if usim and item.autn:
        opened = usim.milenage.open_autn(item.rand, item.autn)
        seq, ind = split_sqn(opened.sqn)
        shown |= {"mac_ok": opened.mac_ok, "seq": seq, "ind": ind, "amf": opened.amf.hex()}
    return shown


def of_another_scheme(item, show_secrets):
    """What is there of a SIP Digest, a line or an address."""
    digest = item.digest and {"realm": item.digest.realm, "qop": item.digest.qop, **{
        name: value and (value if show_secrets else trace.masked(bytes.fromhex(value)))
        for name, value in (("ha1", item.digest.ha1), ("ha1_sha256", item.digest.alternate_ha1))}}
    found = {"digest": digest, "lines": [line.hex() for line in item.lines], "ipv4": item.ipv4 and item.ipv4.hex(),
             "ipv6_prefix": item.ipv6_prefix and item.ipv6_prefix.hex(), "interface_id": item.interface_id}
    return {name: value for name, value in found.items() if value}


def answer_as_json(request, answer, usim, show_secrets):
    maa = cx.parse_maa(answer)
    return {
        "outcome": maa.outcome, "failed_avp": maa.failed_avp and [one.name for one in maa.failed_avp],
        "error_message": maa.error_message, "user_name": maa.user_name, "public_identity": maa.public_identity,
        "item_count": maa.item_count, "items": [item_as_json(one, usim, show_secrets) for one in maa.items],
        "problems": checks.problems(request, answer) + (list(cx.maa_problems(request, maa)) if maa.is_success else [])}


def connect(arguments, number=1):
    """Connection n; each needs an identity of its own, so the first label of the host gets a number."""
    label, dot, rest = arguments.origin_host.partition(".")
    host = arguments.origin_host if number == 1 else f"{label}{number}{dot}{rest}"
    return options.connect(arguments, host)


def build(arguments, connection):
    sender = cx.Sender.on(connection, destination_realm=arguments.destination_realm,
                          destination_host=arguments.destination_host)
    return cx.mar(arguments.impi, arguments.impu, arguments.server_name, arguments.scheme, arguments.items,
                  arguments.rand, arguments.auts, sender)


def one(arguments, usim):
    with connect(arguments) as connection:
        request = build(arguments, connection)
        answer = connection.request(request, check=False)
    shown = answer_as_json(request, answer, usim, arguments.show_secrets)
    return shown, shown["outcome"] == "2001" and not shown["problems"]


def run_connection(connection, arguments, count, outcomes):
    """One connection's share of a run; what goes wrong is counted like any other outcome."""
    requests = (build(arguments, connection) for _ in range(count))
    try:
        for _, answer in connection.exchange(requests, arguments.window):
            outcomes[cx.parse_maa(answer).outcome] += 1
    except (OSError, DecodeError, checks.AnswerError) as error:
        outcomes[f"{type(error).__name__}: {error}"] += 1


def many(arguments):
    connections = [connect(arguments, n + 1) for n in range(arguments.connections)]
    tallies = [collections.Counter() for _ in connections]
    share, rest = divmod(arguments.count, len(connections))
    threads = [threading.Thread(target=run_connection, args=(connection, arguments, share + (n < rest), tallies[n]))
               for n, connection in enumerate(connections)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begin
    for connection in connections:
        connection.close()
    outcomes = sum(tallies, collections.Counter())
    return {"count": arguments.count, "connections": len(connections), "seconds": round(seconds, 3),
            "per_second": round(outcomes.total() / seconds), "outcomes": outcomes}, set(outcomes) == {"2001"}


def parse_arguments(argv):
    parser = options.parser(__doc__, options.realm_of(argv))
    parser.add_argument("--items", type=int, default=1, help="SIP-Number-Auth-Items")
    parser.add_argument("--rand", type=bytes.fromhex, help="RAND of a resynchronisation, hex")
    parser.add_argument("--auts", type=bytes.fromhex, help="AUTS of a resynchronisation, hex")
    parser.add_argument("--count", type=int, default=1, help="how many requests")
    parser.add_argument("--connections", type=int, default=1, help="over how many connections")
    parser.add_argument("--window", type=int, default=16, help="requests on their way per connection")
    arguments = parser.parse_args(argv)
    if (arguments.rand is None) != (arguments.auts is None):
        parser.error("--rand and --auts belong together")
    if not arguments.card and not (arguments.impi and arguments.impu):
        parser.error("--card, or --impi and --impu are needed")
    return arguments


def read_card(arguments):
    """The USIM of --card, or None; what the card says of the identities fills the gaps."""
    if not arguments.card:
        return None
    card = cards.find_card(arguments.card, arguments.impi, arguments.impu, arguments.credential)
    arguments.impi, arguments.impu = arguments.impi or card.impi, arguments.impu or card.impu
    return Usim(card.k, card.opc)


def main(argv=None):
    arguments = parse_arguments(argv)
    try:
        usim = read_card(arguments)
        single = arguments.count == 1 and arguments.connections == 1
        shown, good = one(arguments, usim) if single else many(arguments)
    except (OSError, DecodeError, LookupError, ValueError) as error:
        shown, good = {"error": f"{type(error).__name__}: {error}"}, False
    print(json.dumps(shown, indent=2))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
