// SPDX-License-Identifier: Apache-2.0
// The rows of an assignment: finding them, changing them.
#include "hss/cx/server_assignment/rules.h"

#include "hss/cx/server_name.h"

#include <algorithm>

namespace hss {

bool is_from_another_server(const AssignmentCase& assignment) {
  const auto& assigned = assignment.subscription.row.scscf_name;
  return assigned && !same_server(*assigned, assignment.request.server_name);
}

bool knows_restoration(const ServerAssignmentRequest& request) {
  return request.features.common(feature::ims_restoration);
}

bool may_see_restoration(const ServerAssignmentRequest& request, const AssociationRow& row) {
  return row.restoration && (knows_restoration(request) || (!request.features.sent && row.restoration_unannounced));
}

bool brings_profile(AssignmentType type) { return type <= AssignmentType::unregistered_user; }

AssignmentSetRow& set_of(AssignedSubscription& subscription, std::int64_t set_id) {
  const auto found = std::ranges::find(subscription.sets, set_id, &AssignmentSetRow::id);
  if (found == subscription.sets.end()) {  // it was there when the identity was found
    throw StoreError(StoreFailure::busy, "registration set was provisioned again meanwhile");
  }
  return *found;
}

AssociationRow* association_of(AssignedSubscription& subscription, std::int64_t impi_id, std::int64_t set_id) {
  const auto found = std::ranges::find_if(subscription.associations, [&](const AssociationRow& row) {
    return row.impi_id == impi_id && row.set_id == set_id;
  });
  return found == subscription.associations.end() ? nullptr : &*found;
}

const AssignmentSetRow* find_set(const AssignedSubscription& subscription, std::int64_t set_id) {
  const auto found = std::ranges::find(subscription.sets, set_id, &AssignmentSetRow::id);
  return found == subscription.sets.end() ? nullptr : &*found;
}

const PrivateIdentityRow* find_impi(const AssignedSubscription& subscription, std::int64_t impi_id) {
  const auto found = std::ranges::find(subscription.impis, impi_id, &PrivateIdentityRow::id);
  return found == subscription.impis.end() ? nullptr : &*found;
}

void change_state(AssignmentSetRow& set, RegistrationState state) {
  set.changed = set.changed || set.state != state;
  set.state = state;
}

void end_registration(AssociationRow& association) {
  association.registered = false;
  association.changed = true;
  association.restoration.reset();
  association.restoration_unannounced = false;
  association.restoration_changed = true;
}

bool is_registered_by_anybody(const AssignedSubscription& subscription, std::int64_t set_id) {
  return std::ranges::any_of(subscription.associations,
                             [&](const AssociationRow& row) { return row.set_id == set_id && row.registered; });
}

void end_pending(AssociationRow& association) {
  association.changed = association.changed || association.auth_pending || association.pending_is_old;
  association.auth_pending = association.pending_is_old = false;
}

bool is_served(const AssignedSubscription& subscription) {
  return std::ranges::any_of(
      subscription.sets, [](const AssignmentSetRow& set) { return set.state != RegistrationState::not_registered; });
}

void take_server_away(AssignedSubscription& subscription) {
  if (!subscription.row.scscf_name) {
    return;
  }
  subscription.row.scscf_name.reset();
  subscription.row.scscf = {};
  subscription.row.reassignment_pending = false;
  subscription.row.changed = true;
  std::ranges::for_each(subscription.associations, end_pending);
}

void release_server(AssignedSubscription& subscription) {
  const bool is_pending =
      std::ranges::any_of(subscription.associations, [](const AssociationRow& row) { return row.auth_pending; });
  if (!is_served(subscription) && !is_pending) {
    take_server_away(subscription);
  }
}

}  // namespace hss
