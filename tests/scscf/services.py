# SPDX-License-Identifier: Apache-2.0
"""Scenarios of services: application servers that the filter criteria of a profile name, calls, callees that are not there."""

from peer import cx
from peer.checks import result_of
from peer.cx import HOME_REALM
from peer.results import NOT_REGISTERED, UNKNOWN, UNREGISTERED_SERVICE
from registering import registers
from sip import uri_of
from world import check

INVITE = {"kind": "method", "method": "INVITE"}
REGISTER = {"kind": "method", "method": "REGISTER"}
ORIGINATING, TERMINATING, UNREGISTERED = ({"kind": "session_case", "session_case": n} for n in (0, 1, 2))
UNREGISTERED_USER = 3


def third_party_register(world):
    user = world.user(profile=world.profile("tas", REGISTER))
    registers(user.phone)
    came = world.tas.await_request("REGISTER", user.impu)
    check(came is not None, "the application server got no REGISTER")
    check(int(came.get("Expires")) > 0 and uri_of(came.get("From")).startswith("sip:scscf."), f"it got {came.encode()}")


def third_party_register_with_a_copy(world):
    user = world.user(profile=world.profile("as2", REGISTER, copy_register=True))
    registers(user.phone)
    came = world.second_as.await_request("REGISTER", user.impu)
    check(came is not None, "the application server got no REGISTER")
    check(f"Call-ID: {user.phone.call_id}" in came.body, f"its body is {came.body!r}")


def call_without_services(world):
    caller, callee = _registered(world.user(), world.user())
    world.moment("both registered", callee)
    call = _answered(caller, callee.impu)
    check(callee.phone.rang(), "the callee has no INVITE")
    check(caller.phone.hang_up(call).status == 200, "BYE was refused")


def call_of_the_caller_through_a_server(world):
    caller, callee = _registered(world.user(profile=world.profile("tas", INVITE, ORIGINATING)), world.user())
    _answered(caller, callee.impu)
    check(world.tas.await_request("INVITE", caller.impu), "the caller's application server was not asked")
    check(callee.phone.rang(), "the callee has no INVITE")


def call_to_the_callee_through_a_server(world):
    caller = _registered(world.user())[0]
    callee = _registered(world.user(profile=world.profile("as2", INVITE, TERMINATING)))[0]
    _answered(caller, callee.impu)
    check(world.second_as.await_request("INVITE", callee.impu), "the callee's application server was not asked")


def call_through_both_servers(world):
    caller = _registered(world.user(profile=world.profile("tas", INVITE, ORIGINATING)))[0]
    callee = _registered(world.user(profile=world.profile("as2", INVITE, TERMINATING)))[0]
    world.moment("both registered", callee)
    call = _answered(caller, callee.impu)
    check(world.tas.await_request("INVITE", caller.impu) and world.second_as.await_request("INVITE", callee.impu),
          "an application server was not asked")
    check(world.tas.count("INVITE", callee.impu) == 1, "the caller's application server was asked twice")
    check(caller.phone.hang_up(call).status == 200, "BYE was refused")


def call_to_a_number(world):
    """Kamailio's lookup needs ENUM for a tel URI; up to there the number is served: LIR, and the criteria of the callee."""
    caller = _registered(world.user())[0]
    callee = world.user(tel=True, profile=world.profile("as2", INVITE, TERMINATING))
    _registered(callee)
    since = world.mark()
    caller.phone.call(callee.tel)
    _located(world, callee.tel, since, (0, 2001))
    check(world.second_as.await_request("INVITE", callee.tel), "the criteria of the number were not followed")


def unknown_callee(world):
    caller, since = _registered(world.user())[0], world.mark()
    world.moment("registered", caller)
    nobody = f"sip:nobody.{caller.one.number}@{HOME_REALM}"
    call = caller.phone.call(nobody)
    check(call.status in (404, 604), lambda: f"the call got {call.answer and call.answer.start}")
    _located(world, nobody, since, UNKNOWN)


def unregistered_callee_without_services(world):
    caller, callee, since = _registered(world.user())[0], world.user(), world.mark()
    call = caller.phone.call(callee.impu)
    check(call.status == 480, lambda: f"the call got {call.answer and call.answer.start}")
    _located(world, callee.impu, since, NOT_REGISTERED)


def unregistered_callee_with_services(world):
    """The I-CSCF chooses an S-CSCF, which takes the user over as unregistered and asks his server; then he comes."""
    caller = _registered(world.user())[0]
    callee, since = world.user(profile=world.profile("as2", INVITE, UNREGISTERED)), world.mark()
    call = caller.phone.call(callee.impu)
    _located(world, callee.impu, since, UNREGISTERED_SERVICE)
    request = world.sar(callee.impu, since, UNREGISTERED_USER)
    check(request is not None and world.wire.answer(request).value("User-Data"), "no profile for an unregistered user")
    check(world.second_as.await_request("INVITE", callee.impu), "the application server was not asked")
    check(call.status == 480, lambda: f"the call got {call.answer and call.answer.start}")
    check(world.state(callee.impu).state == "unregistered", f"the HSS knows {world.state(callee.impu)}")
    registers(callee.phone)


def service_identity_at_a_server(world):
    """The LIA names the application server, and the I-CSCF goes there."""
    caller, since = _registered(world.user())[0], world.mark()
    service = f"sip:service.{caller.one.number}@{HOME_REALM}"
    world.service_identity(service, f"sip:tas.{HOME_REALM}:5060")
    world.moment("service", caller)
    caller.phone.call(service, seconds=3)
    answer = _located(world, service, since, (0, 2001))
    check(answer.value("Server-Name") == f"sip:tas.{HOME_REALM}:5060", f"the LIA names {answer.value('Server-Name')}")
    check(world.tas.await_request("INVITE", service), "the application server was not asked")


def _registered(*users):
    for one in users:
        registers(one.phone)
    return users


def _answered(caller, impu):
    call = caller.phone.call(impu)
    check(call.status == 200, lambda: f"the call got {call.answer and call.answer.start}")
    return call


def _located(world, impu, since, expected):
    request = world.wire.await_request(cx.LIR, impu, since)
    check(request is not None, f"no LIR for {impu}")
    answer = world.wire.answer(request)
    check(result_of(answer) == expected, f"the LIA says {result_of(answer)}, it should say {expected}")
    return answer
