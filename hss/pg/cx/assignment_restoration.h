// SPDX-License-Identifier: Apache-2.0
// Restoration information for the members of a batch that may see it.
#pragma once

#include "hss/pg/cx/assignment_rows.h"

#include <span>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> restoration_statements();

// A member that names no features may see restoration information that was not read.
bool lacks_restoration(AssignmentRequests requests, const AssignmentReading& reading, const AssignmentRows& rows);
Command restoration_command(AssignmentRequests requests);
void read_restoration(const Result& result, AssignmentRows& rows);

}  // namespace hss::pg
