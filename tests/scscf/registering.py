# SPDX-License-Identifier: Apache-2.0
"""Scenarios of registering: who may, how cards and S-CSCF are made sure of each other, what the S-CSCF gets of a user."""

import base64

from kamailio import ADDRESSES
from peer import cx
from peer.checks import result_of
from peer.cx import HOME_REALM
from peer.results import DONT_MATCH, NO_ROAMING, REJECTED, SUCCESS, UNKNOWN
from peer.usim import Accepted, MacFailure, SyncFailure
from sip import parameters, uri_of
from support.child import eventually
from world import SCSCF_HOST, check

REGISTRATION, RE_REGISTRATION, USER_DEREGISTRATION = 1, 2, 5
SCSCF_NAME = f"sip:{SCSCF_HOST}:6060"


def registers(phone, **more):
    """A phone that has to succeed."""
    attempt = phone.register(**more)
    said = attempt.answer and attempt.answer.start
    check(attempt.status == 200, f"REGISTER of {phone.impu} got {said}, the card said {attempt.verdicts}")
    return attempt


def assignment(request):
    """Type of a SAR, and whether the S-CSCF says that it has a profile."""
    return request.value("Server-Assignment-Type"), request.value("User-Data-Already-Available")


def is_refused(world, user, expected, phone=None):
    """The HSS refuses the User-Authorization with that result, and the phone hears a 4xx without a challenge."""
    since = world.mark()
    attempt = (phone or user.phone).register()
    check(not attempt.challenges and attempt.status == 403, lambda: f"REGISTER got {attempt.answer and attempt.answer.start}")
    request = world.wire.await_request(cx.UAR, (phone or user.phone).impi, since)
    check(request is not None, "the I-CSCF asked nothing")
    result = result_of(world.wire.answer(request))
    check(result == expected, f"the UAA says {result}, it should say {expected}")


def first_registration(world):
    user, since = world.user(), world.mark()
    attempt = registers(user.phone)
    check(len(attempt.challenges) == 1 and isinstance(attempt.verdicts[0], Accepted), f"the card said {attempt.verdicts}")
    known = world.state(user.impu)
    check((known.state, known.scscf, known.registered) == ("registered", SCSCF_NAME, [user.impi]), f"the HSS knows {known}")
    request = world.sar(user.impi, since)
    check(assignment(request) == (REGISTRATION, 0), "no SAR of type 1")
    check(world.wire.answer(request).value("User-Data"), "the SAA has no User-Data")


def re_registration(world):
    user = world.user()
    first = registers(user.phone)
    world.moment("registered", user)
    since = world.mark()
    again = registers(user.phone)
    request = world.sar(user.impi, since)
    check(request.value("Server-Assignment-Type") == RE_REGISTRATION, "no SAR of type 2")
    answer = world.wire.answer(request)
    check(result_of(answer) == SUCCESS and answer.value("User-Data") is None, "the SAA repeats a profile that is known")
    check(again.verdicts[0].seq > first.verdicts[0].seq, "no fresh vector")
    check(world.state(user.impu).state == "registered", "not registered any more")


def deregistration(world):
    user = world.user()
    registers(user.phone)
    world.moment("registered", user)
    since = world.mark()
    registers(user.phone, expires=0)
    request = world.sar(user.impi, since)
    check(request is not None and request.value("Server-Assignment-Type") == USER_DEREGISTRATION, "no SAR of type 5")
    check(world.becomes(user.impu, "not_registered"), f"the HSS knows {world.state(user.impu)}")
    check(world.state(user.impu).scscf is None, "the name of the S-CSCF is kept")


def resynchronisation(world):
    user = world.user()
    ahead = user.phone.usim.push_ahead(5000)
    attempt = registers(user.phone)
    kinds = [type(one) for one in attempt.verdicts]
    check(kinds == [SyncFailure, Accepted], f"the card said {attempt.verdicts}")
    check(attempt.verdicts[1].seq > ahead, "the new vector is behind the card")


def forged_auts(world):
    """The HSS neither believes it nor moves; the honest card comes through afterwards."""
    user = world.user()
    user.phone.usim.push_ahead(5000)
    user.phone.forge = lambda what, octets: octets[:6] + bytes(8) if what == "auts" else octets
    before = world.subscribers.state(user.one).seq
    attempt = user.phone.register()
    world.moment("forged", user)
    check(attempt.status != 200, "registered with a forged AUTS")
    moved = world.subscribers.state(user.one).seq - before
    check(moved < 100, f"SEQ went {moved} ahead for a forged AUTS")
    check(world.state(user.impu).state == "not_registered", "the HSS takes the forger for registered")
    user.phone.forge = lambda _, octets: octets
    registers(user.phone)


def wrong_res(world):
    user = world.user()
    right = user.phone.forge
    user.phone.forge = lambda what, octets: bytes(8) if what == "res" else octets
    attempt = user.phone.register()
    world.moment("answered", user)
    check(attempt.challenges and attempt.status in (401, 403), lambda: f"a wrong RES got {attempt.answer and attempt.answer.start}")
    check(world.state(user.impu).state == "not_registered", "registered with a wrong RES")
    user.phone.forge = right
    registers(user.phone)


def foreign_network(world):
    """A card that does not know K takes the network for a forger, and says nothing."""
    user, other = world.user(), world.user()
    user.phone.usim = other.one.usim()
    world.moment("card swapped", user)
    attempt = user.phone.register()
    check(attempt.challenges and isinstance(attempt.verdicts[0], MacFailure), f"the card said {attempt.verdicts}")
    check(world.state(user.impu).state == "not_registered", "registered without an answer of the card")


def unknown_user(world):
    user = world.user()
    user.phone.impi = f"nobody.{user.one.number}@{HOME_REALM}"
    world.moment("renamed", user)
    is_refused(world, user, UNKNOWN)


def identity_of_another(world):
    user, other = world.user(), world.user()
    user.phone.impu = other.impu
    world.moment("stolen", user)
    is_refused(world, user, DONT_MATCH)
    check(world.state(other.impu).state == "not_registered", "the thief is registered")


_ROAMING = """
WITH area AS (INSERT INTO quintet.roaming_area (name) VALUES (%(name)s) RETURNING id),
     net AS (INSERT INTO quintet.roaming_area_network (area_id, network) SELECT id, 'ims.elsewhere.example.org' FROM area)
UPDATE quintet.impi SET roaming_area_id = (SELECT id FROM area) WHERE identity = %(impi)s
"""


def roaming_not_allowed(world):
    user = world.user()
    world.product.sql(_ROAMING, {"name": user.impi, "impi": user.impi})
    world.moment("restricted", user)
    is_refused(world, user, NO_ROAMING)


def barred_identity(world):
    user = world.user(barred=True)
    is_refused(world, user, REJECTED)


def suspended_subscription(world):
    user = world.user()
    world.product.sql("UPDATE quintet.subscription SET suspended = true WHERE id = (SELECT subscription_id FROM quintet.impi"
                      " WHERE identity = %s)", (user.impi,))
    world.moment("suspended", user)
    is_refused(world, user, REJECTED)


def barred_identity_of_a_set(world):
    """The identity that is derived from the IMSI registers the others and is not told to the phone."""
    user = world.user(barred=True)
    open_one = f"sip:open.{user.one.number}@{HOME_REALM}"
    world.add_identity(user, open_one)
    world.moment("opened", user)
    attempt = registers(user.phone)
    told = [uri_of(one) for one in attempt.answer.all("P-Associated-URI")]
    check(told == [open_one], f"P-Associated-URI names {told}")
    check(world.state(open_one).state == "registered", "the other identity is not registered")


def implicit_set_with_tel(world):
    user = world.user(tel=True)
    attempt = registers(user.phone)
    told = [uri_of(one) for one in attempt.answer.all("P-Associated-URI")]
    check(told == [user.impu, user.tel], f"P-Associated-URI names {told}")
    check(user.phone.subscribe().status == 200, "no subscription to its own registration")
    check(user.phone.notified(lambda one: f'aor="{user.tel}"' in one.body), "the registration state lacks the number")
    check(world.state(user.tel).state == "registered", "the HSS does not take the number for registered")


def two_devices(world):
    """Each has a card of its own; the first to go leaves the other registered."""
    user = world.user()
    second = world.second_phone(user)
    registers(user.phone)
    registers(second)
    both = sorted([user.impi, second.impi])
    check(world.state(user.impu).registered == both, f"the HSS knows {world.state(user.impu)}")
    registers(user.phone, expires=0)
    check(world.state(user.impu).state == "registered", "the second device went with the first")
    # Kamailio tells of the last device alone; of the first the HSS hears when the operator has it ended.
    registers(second, expires=0)
    check(eventually(lambda: world.state(user.impu).registered == [user.impi], 3, 0.02), f"the HSS knows {world.state(user.impu)}")
    world.deregister(user.impi)
    check(world.becomes(user.impu, "not_registered"), f"the HSS knows {world.state(user.impu)}")


def keys_stay_in_the_network(world):
    """CK and IK come to the P-CSCF, which keeps them for itself."""
    user = world.user()
    attempt = registers(user.phone)
    check(not attempt.leaked, f"the phone was told {attempt.leaked}")
    inside = world.wire.challenges(user.phone.call_id, ADDRESSES["scscf"])
    keys = parameters(inside[0].get("WWW-Authenticate"))
    card = user.one.usim().authenticate(*_challenge(keys["nonce"]))
    own = card.ck.hex(), card.ik.hex()
    check((keys.get("ck"), keys.get("ik")) == own, "CK and IK did not come to the P-CSCF")
    check(world.kamailio.kept_keys(user.phone.call_id) == own, "the P-CSCF does not keep CK and IK")


def _challenge(nonce):
    octets = base64.b64decode(nonce)
    return octets[:16], octets[16:32]


def profile_changed_meanwhile(world):
    """Kamailio takes no PPR and says that it has a profile: it gets the new one all the same."""
    user = world.user()
    registers(user.phone)
    profile = world.profile("tas", {"kind": "method", "method": "REGISTER"})
    world.use_profile(user, profile)
    world.moment("changed", user)
    since = world.mark()
    registers(user.phone)
    request = world.sar(user.impi, since)
    check(request.value("User-Data-Already-Available") == 1, "the S-CSCF asks for a profile")
    check(world.wire.answer(request).value("User-Data"), "the SAA has no User-Data")
    check(not world.wire.requests(cx.PPR, since=since), "a PPR was sent")
