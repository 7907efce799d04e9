// SPDX-License-Identifier: Apache-2.0
// The checks of Server-Assignment before it goes by the type (TS 29.228 6.1.2.1 steps 1 to 4).
#pragma once

#include "hss/cx/server_assignment/rules.h"

namespace hss {

// TS 29.228 6.1.2.1 steps 1 to 4, and which identities each type needs. Success: go on by the type.
Outcome check_assignment(const ServerAssignmentRequest& request, const AssignmentRows& rows,
                         const AssignmentRows::Member& member);

// Whether a wildcard may be named with this type (TS 29.228 table 6.1.2.1).
bool fits_wildcard(AssignmentType type);

// Step 4 where it depends on what is stored: a wildcard named that is not ours, a PSI that a user would leave. The
// answer to a refusal names our wildcard, if there is one.
Outcome check_state(const AssignmentCase& assignment, ServerAssignmentAnswer& answer);

}  // namespace hss
