// SPDX-License-Identifier: Apache-2.0
// User-Authorization decided on rows, check by check in the order of TS 29.228 6.1.1.1.
#include "hss/cx/user_authorization.h"

namespace hss {
namespace {

using Decision = LookupDecision<UserAuthorizationAnswer>;

bool registers(const UserAuthorizationRequest& request) { return request.type != AuthorizationType::deregistration; }

// Whether this user may do here what the request is about; success: go on to where.
Outcome check_user(const UserAuthorizationRequest& request, const UserAuthorizationRow& row) {
  if (!row.has_impi || !row.has_impu) {  // TS 29.228 6.1.1.1 step 1
    return Outcome::user_unknown;
  }
  if (!row.impu_is_distinct_pui) {  // step 2
    return Outcome::user_unknown;
  }
  if (!row.is_associated) {  // step 3
    return Outcome::identities_dont_match;
  }
  // TS 29.228 6.1.1.1 step 4, Annex G: an emergency registration is neither barred nor kept from roaming
  if (row.is_barred && !row.has_unbarred_sibling && !request.emergency) {
    return Outcome::authorization_rejected;
  }
  if (registers(request) && !row.may_roam && !request.emergency) {  // TS 29.228 6.1.1.1 step 5a
    return Outcome::roaming_not_allowed;
  }
  if (registers(request) && !row.may_register) {  // step 5b
    return Outcome::authorization_rejected;
  }
  return Outcome::success;
}

// Step 6. The name is stored exactly while a set of the subscription is registered or unregistered or an authentication
// is pending, so it answers for all other identities too.
Outcome choose_server(const UserAuthorizationRequest& request, const UserAuthorizationRow& row,
                      UserAuthorizationAnswer& answer) {
  const bool is_deregistration = request.type == AuthorizationType::deregistration;
  if (is_deregistration && row.state == RegistrationState::not_registered && !row.auth_pending) {
    return Outcome::identity_not_registered;
  }
  if (row.subscription.scscf_name) {
    answer.server_name = row.subscription.scscf_name;
    return is_deregistration ? Outcome::success : Outcome::subsequent_registration;
  }
  if (is_deregistration) {  // somebody has taken the name away by hand
    return Outcome::identity_not_registered;
  }
  const auto& preferred = row.subscription.capabilities.server_names;
  if (request.server_name_first && preferred.size() == 1) {
    answer.server_name = preferred.front();
  } else {
    answer.capabilities = row.subscription.offer();
  }
  return Outcome::first_registration;
}

}  // namespace

LookupDecision<UserAuthorizationAnswer> decide_user_authorization(const UserAuthorizationRequest& request,
                                                                  const UserAuthorizationRow& row) {
  Decision decision;
  decision.answer.outcome = check_user(request, row);
  if (decision.answer.outcome != Outcome::success) {
    return decision;
  }
  if (request.type == AuthorizationType::registration_and_capabilities) {  // step 5, TS 23.380
    decision.reassigns = !row.subscription.reassignment_pending;
    decision.answer.capabilities = row.subscription.offer();
    return decision;
  }
  decision.answer.outcome = choose_server(request, row, decision.answer);
  return decision;
}

std::vector<Served<UserAuthorizationAnswer>> authorize_users(
    LookupStore& store, std::span<const UserAuthorizationRequest* const> requests) {
  return decide_all<UserAuthorizationAnswer>(store, requests, decide_user_authorization);
}

}  // namespace hss
