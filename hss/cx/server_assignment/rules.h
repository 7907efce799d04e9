// SPDX-License-Identifier: Apache-2.0
// Rows of one Server-Assignment, what they say, and the small changes that every type is made of.
#pragma once

#include "hss/cx/server_assignment/server_assignment.h"

namespace hss {

// One request whose identities have been found, and the rows that it may change.
struct AssignmentCase {
  const ServerAssignmentRequest& request;
  const AssignmentRows::Member& member;
  AssignedSubscription& subscription;
};

// An S-CSCF is assigned, and it is another one than that of the request.
bool is_from_another_server(const AssignmentCase& assignment);
bool knows_restoration(const ServerAssignmentRequest& request);
// Restoration information of this association goes to whoever knows the feature, and what came from an S-CSCF that
// names no features goes back to such a one.
bool may_see_restoration(const ServerAssignmentRequest& request, const AssociationRow& row);
// Types whose answers bring the profile (TS 29.228 6.1.2.1).
bool brings_profile(AssignmentType type);

AssignmentSetRow& set_of(AssignedSubscription& subscription, std::int64_t set_id);
// Null: the IMPI is not associated with the set.
AssociationRow* association_of(AssignedSubscription& subscription, std::int64_t impi_id, std::int64_t set_id);
// Null: it is none of the subscription.
const AssignmentSetRow* find_set(const AssignedSubscription& subscription, std::int64_t set_id);
const PrivateIdentityRow* find_impi(const AssignedSubscription& subscription, std::int64_t impi_id);

void change_state(AssignmentSetRow& set, RegistrationState state);
// The IMPI is no longer registered in the set, and what its S-CSCF left there is forgotten.
void end_registration(AssociationRow& association);
// Nothing is pending, neither lately nor long ago.
void end_pending(AssociationRow& association);
// Some set of it is registered or unregistered.
bool is_served(const AssignedSubscription& subscription);
bool is_registered_by_anybody(const AssignedSubscription& subscription, std::int64_t set_id);
// No S-CSCF is assigned any more, and nothing is pending, not even what began long ago.
void take_server_away(AssignedSubscription& subscription);
// The name is kept exactly as long as something of the subscription is registered, unregistered or being authenticated.
void release_server(AssignedSubscription& subscription);

}  // namespace hss
