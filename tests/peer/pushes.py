# SPDX-License-Identifier: Apache-2.0
"""RTR and PPR as plain values, what the standard wants of them, and a test S-CSCF that answers them (TS 29.228 6.1.3, 6.2.2)."""

import threading
from dataclasses import dataclass, field

from . import grammar
from .auth_items import parse_item
from .cx import CX_APPLICATION, NO_STATE_MAINTAINED, PPR, RTR
from .diameter import ERROR, PROXIABLE, REQUEST, RETRANSMITTED, avp, grouped
from .dictionary import CX, GRAMMARS, TGPP
from .registration import Charging

PERMANENT_TERMINATION, NEW_SERVER_ASSIGNED, SERVER_CHANGE, REMOVE_S_CSCF = range(4)


@dataclass(frozen=True)
class Rtr:
    impi: str
    impus: tuple
    reason: int
    info: str | None = None
    associated: tuple = ()


@dataclass(frozen=True)
class Ppr:
    impi: str
    user_data: bytes | None = field(default=None, repr=False)
    charging: Charging | None = None
    digest: object = None
    features: int | None = None


def parse(request):
    """The push as plain values."""
    if request.command == RTR:
        reason = grouped(request.find("Deregistration-Reason"))
        associated = request.find("Associated-Identities")
        return Rtr(request.value("User-Name"), tuple(one.value for one in request.findall("Public-Identity")),
                   reason.value("Reason-Code"), reason.value("Reason-Info"),
                   () if associated is None else tuple(one.value for one in associated.value))
    item, charging, features = map(request.find, ("SIP-Auth-Data-Item", "Charging-Information", "Supported-Features"))
    return Ppr(request.value("User-Name"), request.value("User-Data"), charging and Charging.parse(charging),
               item and parse_item(item).digest, features and grouped(features).value("Feature-List"))


def problems(request, host, realm):
    """What is wrong with a push that this peer got."""
    if request.command not in (RTR, PPR) or request.application != CX:
        yield f"command {request.command} of application {request.application} is no push"
        return
    if request.flags & (REQUEST | PROXIABLE) != REQUEST | PROXIABLE or request.flags & (ERROR | RETRANSMITTED):
        yield f"flags are 0x{request.flags:02x}"
    if request.avps[0].name != "Session-Id" or not request.value("Session-Id").startswith(request.value("Origin-Host") + ";"):
        yield "Session-Id does not stand first, or is not of the sender"
    if (request.value("Destination-Host"), request.value("Destination-Realm")) != (host, realm):
        yield f"it is for {request.value('Destination-Host')}"
    if request.value("Auth-Session-State") != NO_STATE_MAINTAINED:
        yield "Auth-Session-State is not NO_STATE_MAINTAINED"
    application = request.value("Vendor-Specific-Application-Id", [])
    if {(one.name, one.value) for one in application} != set(CX_APPLICATION[1]):
        yield "Vendor-Specific-Application-Id is not that of Cx"
    yield from grammar._count_problems(GRAMMARS[CX, request.command, True], request.avps, True)
    yield from grammar.group_problems(request.avps)


def experimental(code):
    """An answer's AVPs in place of a Result-Code."""
    return [("Experimental-Result", [("Vendor-Id", TGPP), ("Experimental-Result-Code", code)])]


def emergency(impi, impu):
    return avp("Identity-with-Emergency-Registration", [("User-Name", impi), ("Public-Identity", impu)])


class Scscf:
    """Takes all pushes that come over a connection, on a thread of its own. `answer` (request, plain value) sends what it wants;
    by default success. What is wrong with any is kept in `wrong`."""

    def __init__(self, connection, answer=None):
        self.connection, self.answer = connection, answer or (lambda request, _: connection.answer(request))
        self.got, self.wrong, self._ended = [], [], False
        self._arrival = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended:
            try:
                request = self.connection.next_request(0.2)
            except TimeoutError:
                continue
            except OSError:
                return
            plain = parse(request)
            self.wrong += problems(request, self.connection.origin_host, self.connection.origin_realm)
            try:
                self.answer(request, plain)
            except OSError:
                return
            with self._arrival:
                self.got.append(plain)
                self._arrival.notify_all()

    def about(self, impis):
        """The pushes that name one of these private identities."""
        return [one for one in self.got if {one.impi, *getattr(one, "associated", ())} & set(impis)]

    def wait(self, impis, count=1, timeout=10):
        """The first `count` of these."""
        with self._arrival:
            assert self._arrival.wait_for(lambda: len(self.about(impis)) >= count, timeout), f"got {self.got} in {timeout} s"
            return self.about(impis)[:count]

    def close(self):
        self._ended = True
        self._thread.join()
