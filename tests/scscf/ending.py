# SPDX-License-Identifier: Apache-2.0
"""Scenarios of the end: registrations that the HSS ends (RTR), and what is left when Quintet or Kamailio is restarted or away."""

from kamailio import ADDRESSES
from peer import cx
from peer.checks import result_of
from peer.results import REJECTED, SUCCESS, UNABLE
from registering import REGISTRATION, SCSCF_NAME, USER_DEREGISTRATION, assignment, is_refused, registers
from services import REGISTER
from subscribers import HOLD
from support.child import eventually
from world import SCSCF_HOST, check

NO_ASSIGNMENT = 0
CLEAN_UP_S = 5.0  # two looks of Kamailio at its records


def ended(world, user, since):
    """An RTR has come to Kamailio, which has answered; the HSS knows nobody."""
    request = world.wire.await_request(cx.RTR, user.impu, since)
    check(request is not None, "no RTR was sent")
    answer = world.wire.answer(request)
    check(answer is not None and result_of(answer) == SUCCESS, "the RTR was not answered with success")
    check(world.becomes(user.impu, "not_registered"), f"the HSS knows {world.state(user.impu)}")
    return request


def ended_by_the_operator(world):
    """The phone hears of it, cannot call, and gets the new profile when it registers again."""
    user, other = world.user(tel=True, profile=world.profile("tas", REGISTER)), world.user()
    registers(other.phone)
    registers(user.phone)
    check(user.phone.subscribe().status == 200, "no subscription to its own registration")
    world.use_profile(user, world.profile("as2", REGISTER))
    world.moment("registered", user)
    since = world.mark()
    world.deregister(user.impu, "--info", "please register again")
    request = ended(world, user, since)
    check([one.value for one in request.findall("Public-Identity")] == [user.impu, user.tel], "the RTR does not name the whole set")
    check(user.phone.notified(lambda one: 'state="terminated"' in one.body), "the phone hears nothing of it")
    check(user.phone.unsubscribe().status == 200, "the subscription cannot be ended")
    # Within two looks at its records Kamailio has dropped this one, which keeps the old profile as long as it lives.
    check(eventually(lambda: user.phone.call(other.impu).status == 403, CLEAN_UP_S, 0.5), "calls after the end succeed")
    since = world.mark()
    registers(user.phone)
    again = world.sar(user.impi, since)
    check(assignment(again) == (REGISTRATION, 0), "no SAR of type 1")
    check(world.second_as.await_request("REGISTER", user.impu), "the new profile is not followed")


def ended_by_barring(world):
    user = world.user()
    registers(user.phone)
    world.moment("registered", user)
    since = world.mark()
    world.bar(user.impu, True)
    ended(world, user, since)
    is_refused(world, user, REJECTED)
    world.bar(user.impu, False)
    registers(user.phone)


def ended_by_suspension(world):
    user = world.user()
    registers(user.phone)
    world.moment("registered", user)
    since = world.mark()
    world.product.sql("UPDATE quintet.subscription SET suspended = true WHERE id = (SELECT subscription_id FROM quintet.impi"
                      " WHERE identity = %s)", (user.impi,))
    ended(world, user, since)


def end_of_one_device_ends_all(world):
    """Kamailio drops all contacts of an identity, whichever device the RTR names; the HSS keeps the other until it is told."""
    user, caller = world.user(), world.user()
    second = world.second_phone(user)
    for phone in (user.phone, second, caller.phone):
        registers(phone)
    world.moment("registered", user)
    since = world.mark()
    world.deregister(user.impi)
    request = world.wire.await_request(cx.RTR, user.impi, since)
    check(request is not None and world.wire.answer(request) is not None, "no RTR of that device was answered")
    gone = eventually(lambda: caller.phone.call(user.impu).status == 480, CLEAN_UP_S, 0.5)
    check(gone, "calls to the second device still succeed")
    registers(second)
    check(caller.phone.call(user.impu).status == 200 and second.rang(), "the second device cannot be called again")


def unknown_identity_in_the_list(world):
    """Kamailio answers no RTR that names an identity which it does not know: the time-out settles it."""
    user = world.user()
    registers(user.phone)
    added = f"sip:added.{user.impu.removeprefix('sip:')}"
    world.add_identity(user, added)
    world.moment("added", user)
    since = world.mark()
    world.deregister(user.impu)
    request = world.wire.await_request(cx.RTR, user.impu, since)
    check(request is not None, "no RTR was sent")
    check(world.wire.answer(request, 1.0) is None, "the RTR was answered")
    check(world.becomes(user.impu, "not_registered"), f"the HSS knows {world.state(user.impu)}")
    registers(user.phone)


def nothing_follows_an_rtr(world):
    """A phone that registers again at once stays registered: Kamailio 5.6.3 tells nothing when it drops what the RTR has ended."""
    user, since = world.user(), world.mark()
    registers(user.phone)
    world.deregister(user.impu)
    ended(world, user, since)
    since = world.mark()
    registers(user.phone)
    world.moment("back", user)
    check(world.sar(user.impu, since, USER_DEREGISTRATION, CLEAN_UP_S) is None, "Kamailio ends the new registration itself")
    check(world.state(user.impu).registered == [user.impi], f"the HSS knows {world.state(user.impu)}")


def quintet_restarted(world):
    user, callee = world.user(), world.user()
    registers(user.phone)
    registers(callee.phone)
    world.restart_quintet()
    world.moment("restarted", user)
    check(world.state(user.impu).registered == [user.impi], f"the HSS knows {world.state(user.impu)}")
    since = world.mark()
    registers(user.phone)
    request = world.sar(user.impi, since)
    check(request.value("Server-Assignment-Type") == 2 and result_of(world.wire.answer(request)) == SUCCESS, "no re-registration")
    check(user.phone.call(callee.impu).status == 200, "no call after the restart")


def scscf_restarted(world):
    """Kamailio forgets everything; the HSS knows, and gives the profile to the next registration."""
    user, callee = world.user(), world.user()
    registers(user.phone)
    registers(callee.phone)
    world.restart("scscf")
    world.moment("restarted", user)
    check(world.state(user.impu).registered == [user.impi], f"the HSS knows {world.state(user.impu)}")
    call = user.phone.call(callee.impu)
    check(call.status == 403, lambda: f"a call before that got {call.answer and call.answer.start}")
    since = world.mark()
    registers(user.phone)
    request = world.sar(user.impi, since)
    check(assignment(request) == (REGISTRATION, 0), "no SAR of type 1")
    check(world.wire.answer(request).value("User-Data"), "the SAA has no User-Data")


def profile_for_a_restarted_scscf(world):
    """NO_ASSIGNMENT without a private identity; Kamailio does not ask that, so the test's own S-CSCF does, under its name."""
    user = world.user()
    registers(user.phone)
    world.moment("registered", user)
    world.kamailio["scscf"].stop()
    try:
        with world.product.connect("scscf", returns=True) as peer:
            answer = peer.request(cx.sar(None, [user.impu], NO_ASSIGNMENT, SCSCF_NAME, sender=cx.Sender.on(peer)))
    finally:
        world.kamailio.start("scscf")
    check(result_of(answer) == SUCCESS and answer.value("User-Name") == user.impi, f"the SAA says {result_of(answer)}")
    check(user.impu.encode() in answer.value("User-Data", b""), "the SAA has no profile of that user")


def outage_of_location(world):
    """5012 becomes 500 in the I-CSCF, after which a phone tries again."""
    user, since = world.user(), world.mark()
    with world.product.held("LOCK TABLE quintet.impi"):
        world.moment("held", user)
        attempt = user.phone.register()
    check(attempt.status == 500, lambda: f"REGISTER in an outage got {attempt.answer and attempt.answer.start}")
    check(result_of(world.wire.answer(world.wire.requests(cx.UAR, user.impi, since)[0])) == UNABLE, "the UAA is not 5012")
    registers(user.phone)


def outage_of_vectors(world):
    """A MAR without an answer becomes 480 in the S-CSCF; any answer would become 403, which is final for a phone."""
    user, since = world.user(), world.mark()
    with world.product.held(HOLD, (user.one.credential,)):
        world.moment("held", user)
        attempt = user.phone.register(seconds=10)
    check(attempt.status == 480, lambda: f"REGISTER in an outage got {attempt.answer and attempt.answer.start}")
    check(world.wire.answer(world.wire.requests(cx.MAR, user.impi, since)[0], 0.1) is None, "the MAR was answered")
    registers(user.phone)


def keys_in_the_capture(world):
    """As tshark sees it: CK and IK in the 401 on its way to the P-CSCF, none of them in that to the phone."""
    user = world.user()
    registers(user.phone)
    one = f'sip.Call-ID == "{user.phone.call_id}" && sip.Status-Code == 401'
    inside, outside = (world.seen_by_tshark(f'{one} && ip.dst == {target} && frame matches " (ck|ik)="')
                       for target in (ADDRESSES["pcscf"], user.phone.address))
    check(inside and not outside, f"{inside} packets to the P-CSCF and {outside} to the phone hold keys")


def frames_without_a_fault(world):
    """tshark finds nothing malformed or unknown in what the HSS has sent."""
    found = world.judge_frames()
    check(not found, f"tshark says: {found[:5]}")
    check(any(one.command == cx.MAR for one in world.wire.diameter), f"nothing was sent to {SCSCF_HOST}")
