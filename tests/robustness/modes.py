# SPDX-License-Identifier: Apache-2.0
"""The attacks, each a function of a Target; it returns what went wrong, or None."""

import collections
import random
import time

import mutate
import wire
from target import FOREIGN, alive, ask
from wire import Closed, avp

UNKNOWN_APP = 16777999


def nul_session_id(target):
    """A NUL octet in the Session-Id of an otherwise good request; wants an error answer."""
    shapes = ["{};1\0;2", "\0{};1;2", "{};1;2\0", "\0\0\0\0", "{};\0;\0"]
    codes = collections.Counter()
    for n in range(target.repeat):
        with target.open() as peer:
            command = (wire.MAR, wire.UAR, wire.LIR, wire.SAR)[n % 4]
            answer = peer.request(target.names.cx(command, peer.host, shapes[n % len(shapes)].format(peer.host)), 2.0)
            codes[wire.result_code(answer) if answer else "none"] += 1
    print(f"  answers by Result-Code: {dict(codes)}")
    return "a bad Session-Id was not answered" if codes["none"] else None


def routing_error_close(target):
    """Requests that cannot be routed, and the connection closed at once."""
    names = target.names
    for n in range(target.repeat):
        for variant in range(4):
            peer = target.open()
            raw = (names.cx(wire.MAR, peer.host, realm=FOREIGN),
                   names.cx(wire.MAR, peer.host, app=UNKNOWN_APP),
                   names.cx(wire.MAR, peer.host, realm=False),
                   wire.message(wire.MAR, 0, 0xE0, names.origin(peer.host)))[variant]
            peer.send(raw * (1 + n % 8))
            peer.close(reset=bool(n & 1))
    return None


def leave_owing(target):
    """Requests, then a disconnect request, then gone before the answers were sent."""
    names = target.names
    for n in range(target.repeat):
        peer = target.open()
        good = b"".join(names.cx(wire.MAR, peer.host) for _ in range(20))
        peer.send(good + names.cx(wire.MAR, peer.host, realm=FOREIGN) * 5
                  + names.dpr(peer.host, n % 3) + good)
        time.sleep((n % 4) * 0.001)
        peer.close(reset=bool(n & 1))
    return None


def deaf(target):
    """Requests without end from a peer that never reads an answer; others wait, but not for long."""
    peers = [target.open() for _ in range(3)]
    for peer in peers:
        burst = target.names.cx(wire.MAR, peer.host, realm=FOREIGN) * 200
        peer.sock.settimeout(0.5)
        try:
            for _ in range(200):
                peer.send(burst)
        except Closed:
            pass
    reason = alive(target)
    for peer in peers:
        peer.close()
    return reason


def proxy_info(target):
    """Unparsable Proxy-Info in a request that gets an error answer (which copies Proxy-Info)."""
    codes = collections.Counter()
    inner = [b"\0\0\1\x18\x40\0\0\xff", b"\0" * 12, b"abc", avp(280, "x") + b"\0\0\0\x21\x40\0\0\4",
             avp(280, "x") + avp(33, "y") + avp(99999, b"", flags=0)]
    for bad in inner:
        for options in ({"realm": FOREIGN}, {"app": UNKNOWN_APP}, {"realm": False}, {}):
            with target.open() as peer:
                raw = target.names.cx(wire.MAR, peer.host, extra=[avp(284, bad)], **options)
                answer = peer.request(raw, 2.0)
                codes[wire.result_code(answer) if answer else "none"] += 1
    print(f"  answers by Result-Code: {dict(codes)}")
    return None


def bad_capabilities(target):
    """CERs, which need no permission, with members the server does not expect."""
    strange = [avp(99999, "x", flags=0), avp(279, avp(1, "x")), avp(284, b""), avp(267, 1, flags=0), b""]
    for inside in strange:
        group = avp(260, avp(266, wire.VENDOR_3GPP) + avp(258, wire.CX) + inside)
        for extra in ([group], [inside], [group, avp(257, b"\0\1\x7f")], [avp(299, 77)], [avp(278, 1), avp(278, 1)]):
            with target.peer() as peer:
                ask(peer, target.names.cer(peer.host, extra), 1.0)
        with target.peer() as peer:  # Origin-Realm marked as somebody's own AVP
            head = [avp(264, peer.host), b"\0\0\1\x28\xc0\0\0\x10\0\0\0\0test"]
            ask(peer, wire.message(wire.CER, 0, 0x80, head + [
                avp(257, b"\0\1\x7f\0\0\1"), avp(266, 1), avp(269, "x", flags=0), group]), 1.0)
            ask(peer, target.names.cx(wire.MAR, peer.host), 0.2)
    return None


def vendor_zero(target):
    """AVPs of the base protocol that claim to be those of vendor 0, before or instead of the real ones."""
    names = target.names
    for flags in (0x80, 0xC0):
        fakes = {code: avp(code, b"\0\0\0\0fake", flags=flags) for code in (263, 264, 296, 278, 283, 273, 268, 1)}
        for fake in fakes.values():
            with target.peer() as peer:
                ask(peer, insert(names.cer(peer.host), fake), 0.2)
            for n in range(4):
                with target.open() as peer:
                    ask(peer, insert((names.dwr(peer.host), names.dpr(peer.host, 0), names.cx(wire.MAR, peer.host),
                                      names.cx(wire.MAR, peer.host, realm=False))[n], fake), 0.2)
    return None


def insert(raw, extra):
    """The message with an AVP put before all others."""
    return raw[:1] + (len(raw) + len(extra)).to_bytes(3, "big") + raw[4:20] + extra + raw[20:]


def short_messages(target):
    """Messages whose length field is less than a header, as first and as later message."""
    for length in list(range(20)) * 2:
        raw = b"\1\0\0" + bytes([length]) + b"\x80\0\1\x18" + b"\xff" * 12
        for peer in (target.open(), target.peer()):
            with peer:
                peer.send(raw)
                ask(peer, target.names.dwr(peer.host), 0.02)
    return None


def deep_nesting(target):
    """Grouped AVPs inside each other as deep as a message can hold."""
    for depth in (100, 1000, 4000, 8100):
        heads = b"".join(b"\0\0\1\x17\x40" + (8 * n).to_bytes(3, "big") for n in range(depth, 0, -1))
        for opened in (True, False):
            with target.open() if opened else target.peer() as peer:
                raw = (target.names.cx(wire.MAR, peer.host, extra=[heads]) if opened
                       else target.names.cer(peer.host, [heads]))
                ask(peer, raw, 3.0)
    return None


def _bad_watchdogs(peer, request):
    good = peer.names.origin(peer.host)
    short, odd = avp(268, b"\0\7\xd1"), avp(99999, "x")
    for flags in (0, wire.ERROR, wire.PROXIABLE, wire.PROXIABLE | wire.ERROR):
        yield peer.dwa(request, flags)
        yield peer.dwa(request, flags, avps=[short] + good)
        yield peer.dwa(request, flags, avps=[odd, avp(268, 5012)] + good)
        yield peer.dwa(request, flags, code=999)
        yield peer.dwa(request, flags, code=wire.MAR)
        yield peer.dwa(request, flags, avps=[])


def bad_watchdog_answers(target):
    """Wrong answers to the server's own watchdogs, which it sends at once after an unclean reconnect."""
    total = 24
    sent = 0
    for n in range(total):
        host = target.names.host()
        target.open(host).close()
        time.sleep(0.05)
        peer = _reopen(target, host)
        request = peer.receive(2.0) if peer else None
        if request and wire.header(request)[:2] == (wire.REQUEST, wire.DWR):
            peer.send(list(_bad_watchdogs(peer, request))[n])
            sent += 1
            time.sleep(0.1)
        if peer:
            peer.close()
    print(f"  {sent} of {total} watchdogs answered wrongly")
    return None if sent else "the server sent no watchdog"


def _reopen(target, host):
    for _ in range(20):
        peer = target.peer(host)
        try:
            return peer.open()
        except Closed:
            peer.close()
            time.sleep(0.1)
    return None


def nai_flood(target):
    """Many decorated User-Names, which the server puts back on the queue it reads from."""
    user = f"{FOREIGN}!user@{target.names.destination_realm}"
    peers = [target.open() for _ in range(8)]
    for _ in range(40):
        for peer in peers:
            peer.send(target.names.cx(wire.MAR, peer.host, user=user) * 20)
    for peer in peers:
        peer.close()
    return None


def many_connections(target):
    """Accepted connections until the server runs out of descriptors."""
    peers = []
    try:
        for _ in range(min(target.count, 1200)):
            peers.append(target.peer(wait=0.5).open())
    except Closed:
        pass
    print(f"  {len(peers)} connections held")
    time.sleep(0.5)
    for peer in peers:
        peer.close()
    return None


def mutations(target):
    """Thousands of damaged messages; the last ones are shown when the server stops answering."""
    rng = random.Random(target.seed)
    names, peer, last = target.names, None, collections.deque(maxlen=4)
    for n in range(target.count):
        host = names.host() if peer is None else peer.host
        bases = [names.dwr(host), names.cer(host)] + [
            names.cx(code, host) for code in (wire.MAR, wire.MAR, wire.UAR, wire.SAR, wire.LIR)]
        raw = mutate.damage(rng, rng.choice(bases), rng.choice(bases))
        last.append(raw)
        try:
            if peer is None:
                peer = target.peer(host) if n % 3 == 0 else target.open(host)
            peer.send(raw)
            while peer.receive(0.001):
                pass
            if n % 10 == 9:
                peer.close(reset=bool(rng.getrandbits(1)))
                peer = None
        except Closed:
            peer = None
            if alive(target, 2.0) and alive(target):
                for old in last:
                    print(f"  {old.hex()}")
                return f"no life after message {n} of seed {target.seed}"
    return None


def slow(target):
    """Half headers that never go on, less of them than the server has workers for new connections."""
    held = [target.peer() for _ in range(3)]
    for peer, part in zip(held, (b"\x01", b"\x01\0\0\xff\x80", b"\x01\0\0\x14")):
        peer.send(part)
    opened = target.open()
    opened.send(target.names.cx(wire.MAR, opened.host)[:100])
    reason = alive(target)
    for peer in held + [opened]:
        peer.close()
    return reason


def realms(target):
    """Realms that are not served, some of them no names at all, and another host of the server's own realm (needs NoRelay)."""
    names = target.names
    own = names.destination_realm
    other_host = avp(wire.DESTINATION_HOST, f"other.{own}")
    wanted = [(realm, (), {3003}) for realm in (FOREIGN, f"x{own}", f"{own}x", f"x.{own}", own[1:], "\0", "x" * 60000, f"{own}\0")]
    wanted += [(own, (other_host,), {3002}), (FOREIGN, (other_host,), {3003})]
    for realm, extra, codes in wanted:
        with target.open() as peer:
            got = wire.result_code(peer.request(names.cx(wire.MAR, peer.host, realm=realm, extra=extra), 5.0))
        if got not in codes:
            return f"Destination-Realm {realm[:40]!r} was answered {got}, not {codes}"
    with target.open() as peer:
        if wire.result_code(peer.request(names.cx(wire.MAR, peer.host, realm=own.upper()), 5.0)) in (3002, 3003):
            return "the server's own realm in upper case is not served"
    return None


MODES = {
    "nul-session-id": nul_session_id,
    "routing-error-close": routing_error_close,
    "leave-owing": leave_owing,
    "deaf": deaf,
    "proxy-info": proxy_info,
    "bad-capabilities": bad_capabilities,
    "vendor-zero": vendor_zero,
    "short-messages": short_messages,
    "deep-nesting": deep_nesting,
    "bad-watchdog-answers": bad_watchdog_answers,
    "nai-flood": nai_flood,
    "many-connections": many_connections,
    "mutate": mutations,
    "slow": slow,
    "realms": realms,
    "alive": lambda target: None,
}
