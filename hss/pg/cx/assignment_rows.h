// SPDX-License-Identifier: Apache-2.0
// Rows of Server-Assignment out of results.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/pg/connection.h"

#include <chrono>
#include <span>
#include <vector>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> assignment_statements();

using AssignmentRequests = std::span<const ServerAssignmentRequest* const>;

// What locks and reads a batch, after BEGIN; `rows_of` takes the results of exactly these.
struct AssignmentReading {
  std::vector<Command> commands;
  bool takes_locks = false;
  bool has_restoration = false;  // a result more
  bool has_repetitions = false;  // the last result
};
AssignmentReading reading_of(AssignmentRequests requests, std::chrono::seconds pending_max_age);
AssignmentRows rows_of(AssignmentRequests requests, const AssignmentReading& reading, std::span<const Result> results);

// Whether the locking statement left any identity out, and then what tells those that are not there from those that
// somebody else holds.
bool lacks_any(AssignmentRequests requests, const Result& locked);
Command unlocked_command(AssignmentRequests requests);
void mark_held(AssignmentRequests requests, const Result& locked, const Result& unlocked, AssignmentRows& rows);

}  // namespace hss::pg
