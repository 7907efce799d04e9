// SPDX-License-Identifier: Apache-2.0
// Rows of Server-Assignment out of results, and what became of them as parameters of array statements.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/pg/connection.h"
#include "hss/pg/transaction.h"

#include <chrono>
#include <span>
#include <vector>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> assignment_statements();
std::span<const Statement> restoration_statements();
std::span<const Statement> assignment_write_statements();

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

// A member that names no features may see restoration information that was not read.
bool lacks_restoration(AssignmentRequests requests, const AssignmentReading& reading, const AssignmentRows& rows);
Command restoration_command(AssignmentRequests requests);
void read_restoration(const Result& result, AssignmentRows& rows);

// Whether the locking statement left any identity out, and then what tells those that are not there from those that
// somebody else holds.
bool lacks_any(AssignmentRequests requests, const Result& locked);
Command unlocked_command(AssignmentRequests requests);
void mark_held(AssignmentRequests requests, const Result& locked, const Result& unlocked, AssignmentRows& rows);

// Of the rows that say `changed`, in the order that they must be written in.
std::vector<Write> writes_of(const AssignmentRows& rows, const AssignmentWrites& writes);
std::vector<Write> told_writes(std::span<const AssociationRow> told);

// Forgets at most `forgotten_at_once` of the requests that were seen long ago and as many from the future.
inline constexpr std::size_t forgotten_at_once = 1000;
Command forget_requests_command();

}  // namespace hss::pg
