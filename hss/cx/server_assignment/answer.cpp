// SPDX-License-Identifier: Apache-2.0
// What the answer to a Server-Assignment tells, by its outcome and the rows as they have become.
#include "hss/cx/server_assignment/answer.h"

#include <algorithm>

namespace hss {
namespace {

// IMPIs of the subscription, and those registered with the set: each where there are several (TS 29.228 6.1.2.1).
void tell_associated(const AssignmentCase& assignment, ServerAssignmentAnswer& answer) {
  const auto& impis = assignment.subscription.impis;
  if (impis.size() < 2) {
    return;
  }
  std::vector<std::string> registered;
  for (const PrivateIdentityRow& row : impis) {
    answer.associated.push_back(row.identity);
    const auto* with = association_of(assignment.subscription, row.id, assignment.member.impus.front().set_id);
    if (with != nullptr && with->registered) {
      registered.push_back(row.identity);
    }
  }
  if (knows_restoration(assignment.request) && registered.size() > 1) {
    answer.associated_registered = std::move(registered);
  }
}

// An S-CSCF that registers somebody has just left its own data and is told those of the other IMPIs only.
void tell_restoration(const AssignmentCase& assignment, ServerAssignmentAnswer& answer) {
  const bool registers = assignment.request.type == AssignmentType::registration ||
                         assignment.request.type == AssignmentType::re_registration;
  const bool own_too = !registers || answer.outcome == Outcome::in_assignment_type;
  const std::int64_t set_id = assignment.member.impus.front().set_id;
  for (const AssociationRow& row : assignment.subscription.associations) {
    const bool is_own = row.impi_id == assignment.member.impi_id;
    if (row.set_id == set_id && may_see_restoration(assignment.request, row) && (own_too || !is_own)) {
      answer.restoration.push_back(*row.restoration);
    }
  }
}

UserDataForm form_of(const ServerAssignmentRequest& request) {
  return {.shared_ifc_sets = request.features.common(feature::shared_ifc_sets),
          .alias_groups = request.features.common(feature::alias_indication),
          .extensions = request.extensions};
}

std::string told_to(const AssignmentCase& assignment) {
  const ServerAssignmentRequest& request = assignment.request;
  const bool is_assigned = assignment.subscription.row.scscf_name && !is_from_another_server(assignment);
  return addressee_of(is_assigned ? *assignment.subscription.row.scscf_name : request.server_name,
                      request.requester.host, assignment.subscription.charging);
}

// What goes with the profile, where the type brings one (TS 29.228 table 6.1.2.2).
void tell_profile(const AssignmentCase& assignment, AssignmentDecision& decision) {
  ServerAssignmentAnswer& answer = decision.answer;
  const FoundIdentity& impu = assignment.member.impus.front();
  const PrivateIdentityRow* impi = impi_of(assignment);
  if (impi == nullptr) {
    throw StoreError(StoreFailure::busy, "private identity was provisioned again meanwhile");
  }
  if (assignment.request.impi.empty()) {
    answer.user_name = impi->identity;
  }
  answer.wildcard = impu.wildcard;
  answer.loose_route = impu.loose_route;
  answer.privileged_sender = impu.privileged_sender;
  tell_associated(assignment, answer);
  tell_restoration(assignment, answer);
  decision.user_data = WantedUserData{impu.set_id,
                                      impi->id,
                                      impi->identity,
                                      std::nullopt,
                                      form_of(assignment.request),
                                      told_to(assignment),
                                      assignment.subscription.charging_revision};
  if (impu.wildcard && *impu.wildcard != assignment.request.impus.front()) {
    decision.user_data->match = WildcardMatch{assignment.request.impus.front(), *impu.wildcard};
  }
}

}  // namespace

std::string addressee_of(const std::string& server_name, const std::string& host,
                         const std::optional<ChargingInformation>& charging) {
  std::string out = server_name + '\n' + host;
  if (charging) {
    for (const auto* uri : {&charging->primary_event, &charging->secondary_event, &charging->primary_collection,
                            &charging->secondary_collection}) {
      out += '\n' + uri->value_or("");
    }
  }
  return out;
}

const PrivateIdentityRow* impi_of(const AssignmentCase& assignment) {
  std::int64_t chosen = assignment.member.impi_id;
  bool is_registered = chosen != 0;
  for (const AssociationRow& row : assignment.subscription.associations) {
    const bool is_better = chosen == 0 || (row.registered && !is_registered);
    if (row.set_id == assignment.member.impus.front().set_id && is_better) {
      chosen = row.impi_id;
      is_registered = row.registered;
    }
  }
  return find_impi(assignment.subscription, chosen);
}

void fill_answer(const AssignmentCase& assignment, Outcome outcome, AssignmentDecision& decision) {
  decision.answer.outcome = outcome;
  if (outcome == Outcome::identity_already_registered) {
    decision.answer.server_name = assignment.subscription.row.scscf_name;
  }
  const bool is_served = outcome == Outcome::success || outcome == Outcome::in_assignment_type;
  if (brings_profile(assignment.request.type) && is_served) {
    tell_profile(assignment, decision);
  }
}

}  // namespace hss
