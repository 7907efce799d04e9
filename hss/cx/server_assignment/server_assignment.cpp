// SPDX-License-Identifier: Apache-2.0
// Server-Assignment by its type: what the rows become, and how it ends.
#include "hss/cx/server_assignment/server_assignment.h"

#include "hss/cx/server_assignment/answer.h"
#include "hss/cx/server_assignment/checks.h"
#include "hss/cx/server_assignment/deregistration.h"
#include "hss/cx/server_change.h"
#include "hss/cx/server_name.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hss {
namespace {

struct NoteName {
  AssignmentNote note;
  std::string_view name;
};
constexpr std::array<NoteName, 4> note_names{{{AssignmentNote::unremarkable, "unremarkable"},
                                              {AssignmentNote::stale, "stale"},
                                              {AssignmentNote::repeated, "repeated"},
                                              {AssignmentNote::taken_over, "taken_over"}}};

std::int64_t set_id_of(const AssignmentCase& assignment) { return assignment.member.impus.front().set_id; }

bool sees_restoration(const AssignmentCase& assignment) {
  return std::ranges::any_of(assignment.subscription.associations, [&](const AssociationRow& row) {
    return row.set_id == set_id_of(assignment) && may_see_restoration(assignment.request, row);
  });
}

// The S-CSCF of the request becomes the assigned one, or stays it, perhaps under a new Diameter address.
void store_server(const AssignmentCase& assignment) {
  SubscriptionRow& row = assignment.subscription.row;
  const ServerAssignmentRequest& request = assignment.request;
  const bool same_name = row.scscf_name && same_server(*row.scscf_name, request.server_name);
  const bool same_address = row.scscf.host == request.requester.host && row.scscf.realm == request.requester.realm;
  if (!same_name || !same_address || row.reassignment_pending) {
    assign_server(row, request.server_name, request.requester);
  }
}

// NO_ASSIGNMENT (TS 29.228 6.1.2.1 type 0): the S-CSCF asks for the profile of somebody that it serves already.
Outcome give_profile(const AssignmentCase& assignment) {
  const SubscriptionRow& row = assignment.subscription.row;
  const bool is_assigned = row.scscf_name && !is_from_another_server(assignment);
  const bool is_allowed = is_assigned || row.reassignment_pending;
  return is_allowed && impi_of(assignment) != nullptr ? Outcome::success : Outcome::unable_to_comply;
}

// Also that of an S-CSCF which names no features at all: it would not send what it does not know.
void keep_restoration(const ServerAssignmentRequest& request, AssociationRow& association) {
  const bool is_unannounced = !request.features.sent;
  if (!request.restoration || (!knows_restoration(request) && !is_unannounced)) {
    return;
  }
  association.changed = association.changed || association.restoration_unannounced != is_unannounced;
  association.restoration_unannounced = is_unannounced;
  RestorationInfo left = *request.restoration;
  left.impi = request.impi;
  if (association.restoration == left) {
    return;
  }
  association.restoration = std::move(left);
  association.restoration_changed = true;
}

// REGISTRATION and RE_REGISTRATION (TS 29.228 6.1.2.1 types 1 and 2).
Outcome register_set(const AssignmentCase& assignment) {
  const ServerAssignmentRequest& request = assignment.request;
  AssignmentSetRow& set = set_of(assignment.subscription, set_id_of(assignment));
  AssociationRow& association = *association_of(assignment.subscription, assignment.member.impi_id, set.id);
  const bool was_lost = request.type == AssignmentType::registration && request.multiple_registration &&
                        set.state == RegistrationState::registered && may_see_restoration(request, association);
  store_server(assignment);
  if (was_lost) {  // the S-CSCF takes for new what was registered before it lost its data (TS 23.380 4.3)
    return Outcome::in_assignment_type;
  }
  change_state(set, RegistrationState::registered);
  association.changed = association.registered = true;
  association.assigned = true;  // whether anew or again: a push about before does not end it
  end_pending(association);
  keep_restoration(request, association);
  return Outcome::success;
}

// SAR-Flags bit 0. The flag belongs to a feature (TS 29.229 7.1.1): from an S-CSCF that does not offer it, it means
// nothing.
bool wants_p_cscf_restoration(const ServerAssignmentRequest& request) {
  return request.p_cscf_restoration && (request.features.offered & feature::p_cscf_restoration) != 0;
}

// UNREGISTERED_USER (TS 29.228 6.1.2.1 type 3): a session for somebody whom this S-CSCF does not know to be registered.
Outcome serve_unregistered(const AssignmentCase& assignment) {
  if (wants_p_cscf_restoration(assignment.request)) {  // no serving node can be reached from here
    return Outcome::serving_node_feature_not_supported;
  }
  if (impi_of(assignment) == nullptr) {
    return Outcome::unable_to_comply;
  }
  store_server(assignment);
  AssignmentSetRow& set = set_of(assignment.subscription, set_id_of(assignment));
  if (set.state == RegistrationState::registered && sees_restoration(assignment)) {
    return Outcome::in_assignment_type;
  }
  for (AssociationRow& row : assignment.subscription.associations) {  // whose contacts are lost
    if (row.set_id == set.id && row.registered) {
      end_registration(row);
    }
  }
  change_state(set, RegistrationState::unregistered);
  set.changed = true;  // as above
  return Outcome::success;
}

// What the rows become, by the type. A refusal leaves them as they were.
Outcome change(const AssignmentCase& assignment, const AssignmentPolicy& policy) {
  switch (assignment.request.type) {
    case AssignmentType::no_assignment:
      return give_profile(assignment);
    case AssignmentType::registration:
    case AssignmentType::re_registration:
      return register_set(assignment);
    case AssignmentType::unregistered_user:
      return serve_unregistered(assignment);
    case AssignmentType::timeout_deregistration_store_server_name:
    case AssignmentType::user_deregistration_store_server_name:
      return deregister_and_store(assignment, policy);
    case AssignmentType::authentication_failure:
    case AssignmentType::authentication_timeout:
      return end_authentication(assignment);
    case AssignmentType::administrative_deregistration:
      if (wants_p_cscf_restoration(assignment.request)) {
        return Outcome::serving_node_feature_not_supported;
      }
      return deregister(assignment);
    default:
      return deregister(assignment);
  }
}

// Another S-CSCF is assigned: who would take over is refused, who ends something has been too late.
std::optional<Outcome> refuse_other(const AssignmentCase& assignment) {
  if (assignment.request.type == AssignmentType::no_assignment || !is_from_another_server(assignment)) {
    return std::nullopt;
  }
  if (!brings_profile(assignment.request.type)) {
    return Outcome::success;
  }
  return assignment.subscription.row.reassignment_pending ? std::nullopt
                                                          : std::optional(Outcome::identity_already_registered);
}

// A refusal changed nothing and may be judged again; so may NO_ASSIGNMENT, which never changes anything. What had its
// effect, or found that there was none to have, must not have another one later.
bool is_to_be_remembered(AssignmentType type, Outcome outcome) {
  return type != AssignmentType::no_assignment &&
         (outcome == Outcome::success || outcome == Outcome::server_name_not_stored ||
          outcome == Outcome::in_assignment_type);
}

}  // namespace

std::string_view name(AssignmentNote note) noexcept { return note_names[static_cast<std::size_t>(note)].name; }

AssignmentDecision decide_assignment(const ServerAssignmentRequest& request, const AssignmentPolicy& policy,
                                     AssignmentRows& rows, std::size_t index) {
  AssignmentDecision decision;
  const AssignmentRows::Member& member = rows.members[index];
  decision.answer.outcome = check_assignment(request, rows, member);
  if (decision.answer.outcome != Outcome::success) {
    return decision;
  }
  const AssignmentCase assignment{request, member, rows.subscriptions[member.subscription]};
  if (member.seen) {
    decision.note = AssignmentNote::repeated;
    fill_answer(assignment, *member.seen, decision);
    return decision;
  }
  decision.other_name = other_name_of_host(assignment.subscription.row.scscf_name, request.server_name);
  decision.answer.outcome = check_state(assignment, decision.answer);
  if (decision.answer.outcome != Outcome::success) {
    return decision;
  }
  const bool was_pending = assignment.subscription.row.reassignment_pending;
  if (const auto refusal = refuse_other(assignment)) {
    decision.note = *refusal == Outcome::success ? AssignmentNote::stale : AssignmentNote::unremarkable;
    fill_answer(assignment, *refusal, decision);
  } else {
    fill_answer(assignment, change(assignment, policy), decision);
  }
  if (was_pending && !assignment.subscription.row.reassignment_pending) {
    decision.note = AssignmentNote::taken_over;
  }
  decision.remember = is_to_be_remembered(request.type, decision.answer.outcome);
  return decision;
}

}  // namespace hss
