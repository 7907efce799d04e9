# SPDX-License-Identifier: Apache-2.0
"""All scenarios, in the order in which they are run: what each claims, and what it costs or needs."""

from dataclasses import dataclass
from typing import Callable

import ending
import guide
import registering
import services


@dataclass(frozen=True)
class Scenario:
    run: Callable
    claim: str
    slow: bool = False         # restarts a program, or waits for a time-out
    needs: str | None = None   # a program that not every machine has
    in_world: bool = True      # shares Quintet and Kamailio with the others

    @property
    def name(self):
        return self.run.__name__


ALL = (
    Scenario(registering.first_registration, "AKA, then a SAR of type 1 that gets the profile"),
    Scenario(registering.re_registration, "a fresh vector, a SAR of type 2, no profile again"),
    Scenario(registering.deregistration, "a SAR of type 5, after which the HSS knows nobody"),
    Scenario(registering.resynchronisation, "a card that is ahead sends AUTS and gets a vector that it accepts"),
    Scenario(registering.forged_auts, "an AUTS with a wrong MAC-S moves nothing"),
    Scenario(registering.wrong_res, "a wrong RES registers nobody, a right one then does"),
    Scenario(registering.foreign_network, "a card with another K takes the network for a forger"),
    Scenario(registering.unknown_user, "UAA 5001 becomes 403"),
    Scenario(registering.identity_of_another, "UAA 5002 becomes 403"),
    Scenario(registering.roaming_not_allowed, "UAA 5004 becomes 403"),
    Scenario(registering.barred_identity, "UAA 5003 becomes 403"),
    Scenario(registering.suspended_subscription, "UAA 5003 becomes 403"),
    Scenario(registering.barred_identity_of_a_set, "it registers the others, and the phone is not told of it"),
    Scenario(registering.implicit_set_with_tel, "P-Associated-URI and the registration state have the number"),
    Scenario(registering.two_devices, "two private identities of one public one, which come and go alone"),
    Scenario(registering.keys_stay_in_the_network, "CK and IK reach the P-CSCF and not the phone"),
    Scenario(registering.profile_changed_meanwhile, "the next SAA has the new profile, although the S-CSCF has one"),
    Scenario(services.third_party_register, "an application server hears of a registration"),
    Scenario(services.third_party_register_with_a_copy, "it gets the phone's REGISTER with it"),
    Scenario(services.call_without_services, "LIR finds the callee, two phones talk"),
    Scenario(services.call_of_the_caller_through_a_server, "the caller's criteria are followed"),
    Scenario(services.call_to_the_callee_through_a_server, "the callee's criteria are followed"),
    Scenario(services.call_through_both_servers, "both are followed, once each"),
    Scenario(services.call_to_a_number, "a tel URI is located, and its criteria are followed"),
    Scenario(services.unknown_callee, "LIA 5001 becomes 604"),
    Scenario(services.unregistered_callee_without_services, "LIA 5003 becomes 480"),
    Scenario(services.unregistered_callee_with_services, "LIA 2003, a SAR of type 3, and his application server is asked"),
    Scenario(services.service_identity_at_a_server, "the I-CSCF goes straight to the application server"),
    Scenario(ending.ended_by_the_operator, "the phone hears of it, cannot call, and comes back with the new profile"),
    Scenario(ending.ended_by_barring, "an RTR, then 403, then a registration again"),
    Scenario(ending.ended_by_suspension, "an RTR that Kamailio answers"),
    Scenario(ending.end_of_one_device_ends_all, "Kamailio drops every contact of the identity; the other device comes back"),
    Scenario(ending.unknown_identity_in_the_list, "Kamailio does not answer, and the time-out settles it"),
    Scenario(ending.nothing_follows_an_rtr, "who registers again at once stays registered", slow=True),
    Scenario(ending.quintet_restarted, "registrations survive", slow=True),
    Scenario(ending.scscf_restarted, "Kamailio forgets, the HSS does not", slow=True),
    Scenario(ending.profile_for_a_restarted_scscf, "SAR of type 0 without a private identity gets name and profile", slow=True),
    Scenario(ending.outage_of_location, "UAA 5012 becomes 500", slow=True),
    Scenario(ending.outage_of_vectors, "no MAA becomes 480", slow=True),
    Scenario(ending.keys_in_the_capture, "tshark sees CK and IK on the way to the P-CSCF alone", needs="tshark"),
    Scenario(ending.frames_without_a_fault, "tshark finds nothing wrong in what the HSS sent", needs="tshark"),
    Scenario(guide.guide_registers_a_phone, "docs/kamailio.md word by word gives a registered phone", in_world=False),
    Scenario(guide.relay_and_tls_beside_the_guide, "a phone through Kamailio, relay and TLS; RTR; no key on the link", in_world=False),
)
