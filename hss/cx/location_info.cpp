// SPDX-License-Identifier: Apache-2.0
// Location-Info decided on rows, check by check in the order of TS 29.228 6.1.4.1.
#include "hss/cx/location_info.h"

namespace hss {
namespace {

using Decision = LookupDecision<LocationInfoAnswer>;

// Step 4: by the state of the identity's set.
Outcome choose_server(const LocationInfoRequest& request, const LocationInfoRow& row, LocationInfoAnswer& answer) {
  const bool may_be_served =
      row.state != RegistrationState::not_registered || row.has_unregistered_services || request.originating;
  if (!may_be_served) {
    return Outcome::identity_not_registered;
  }
  if (row.subscription.scscf_name) {  // its own, or that of another identity of the subscription
    answer.server_name = row.subscription.scscf_name;
    return Outcome::success;
  }
  answer.capabilities = row.subscription.offer();
  return Outcome::unregistered_service;
}

}  // namespace

LookupDecision<LocationInfoAnswer> decide_location_info(const LocationInfoRequest& request,
                                                        const LocationInfoRow& row) {
  Decision decision;
  LocationInfoAnswer& answer = decision.answer;
  if (!row.has_impu || (row.is_psi && !row.psi_is_active)) {  // TS 29.228 6.1.4.1 steps 1 and 2
    answer.outcome = Outcome::user_unknown;
    return decision;
  }
  if (row.is_psi && row.psi_application_server && !request.originating) {  // step 2: direct routing
    answer.outcome = Outcome::success;
    answer.server_name = row.psi_application_server;
    answer.psi_direct_routing = true;
  } else if (request.type == AuthorizationType::registration_and_capabilities) {  // step 3, TS 23.380
    answer.outcome = Outcome::success;
    decision.reassigns = !row.subscription.reassignment_pending;
    answer.capabilities = row.subscription.offer();
  } else {
    answer.outcome = choose_server(request, row, answer);
  }
  if (answer.outcome == Outcome::success || answer.outcome == Outcome::unregistered_service) {
    answer.wildcard = row.wildcard;  // step 5
  }
  return decision;
}

std::vector<Served<LocationInfoAnswer>> locate_users(LookupStore& store,
                                                     std::span<const LocationInfoRequest* const> requests) {
  return decide_all<LocationInfoAnswer>(store, requests, decide_location_info);
}

}  // namespace hss
