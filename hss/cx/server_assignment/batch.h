// SPDX-License-Identifier: Apache-2.0
// A batch of Server-Assignments (TS 29.228 6.1.2) in one transaction.
#pragma once

#include "hss/cx/server_assignment/server_assignment.h"

#include <span>
#include <vector>

namespace hss {

// The whole batch in one transaction: lock, decide, write, render, commit; decisions in the order of the requests, with
// User-Data where the S-CSCF has none or an older one (TS 29.228 6.1.2.1, User-Data-Already-Available). Blocks for the
// store; throws StoreError, and then nothing is known to be written.
std::vector<AssignmentDecision> assign_servers(AssignmentTransaction& transaction,
                                               std::span<const ServerAssignmentRequest* const> requests,
                                               const AssignmentPolicy& policy, const RenderUserData& render);

}  // namespace hss
