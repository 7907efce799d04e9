// Parts of Server-Assignment: the checks before it goes by the type, the types that end something, what answers tell.
#pragma once

#include "hss/server_assignment.h"

namespace hss {

// One request whose identities have been found, and the rows that it may change.
struct AssignmentCase {
  const ServerAssignmentRequest& request;
  const AssignmentRows::Member& member;
  AssignedSubscription& subscription;
};

// TS 29.228 6.1.2.1 steps 1 to 4, and which identities each type needs. Success: go on by the type.
Outcome check_assignment(const ServerAssignmentRequest& request, const AssignmentRows& rows,
                         const AssignmentRows::Member& member);

// Step 4 where it depends on what is stored: a wildcard named that is not ours, a PSI that a user would leave. The
// answer to a refusal names our wildcard, if there is one.
Outcome check_state(const AssignmentCase& assignment, ServerAssignmentAnswer& answer);

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

void change_state(AssignmentSetRow& set, RegistrationState state);
// The IMPI is no longer registered in the set, and what its S-CSCF left there is forgotten.
void end_registration(AssociationRow& association);
// Nothing is pending, neither lately nor long ago.
void end_pending(AssociationRow& association);

// Types that end registrations: for each identity named, or for all of the IMPI, its whole set.
Outcome deregister(const AssignmentCase& assignment);
// Types ..._STORE_SERVER_NAME.
Outcome deregister_and_store(const AssignmentCase& assignment, const AssignmentPolicy& policy);
// AUTHENTICATION_FAILURE and _TIMEOUT.
Outcome end_authentication(const AssignmentCase& assignment);

// The IMPI that the answer is about: that of the request, otherwise one of the set, of the registered ones first.
// Null: nobody is associated with the set.
const PrivateIdentityRow* impi_of(const AssignmentCase& assignment);
// The answer to a request that passed the checks, from the rows as they are now.
void tell(const AssignmentCase& assignment, Outcome outcome, AssignmentDecision& decision);

}  // namespace hss
