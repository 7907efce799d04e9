// Rows of Server-Assignment out of results, and what became of them as parameters of array statements.
#pragma once

#include "hss/assignment_store.h"
#include "hss/pg/connection.h"
#include "hss/pg/transaction.h"

#include <span>
#include <vector>

namespace hss::pg {

using AssignmentRequests = std::span<const ServerAssignmentRequest* const>;

// What locks and reads a batch, after BEGIN; `rows_of` takes the results of exactly these.
struct AssignmentReading {
  std::vector<Command> commands;
  bool takes_locks = false;
  bool has_restoration = false;  // a result more
  bool has_repetitions = false;  // the last result
};
AssignmentReading reading_of(AssignmentRequests requests);
AssignmentRows rows_of(AssignmentRequests requests, const AssignmentReading& reading, std::span<const Result> results);

// Of the rows that say `changed`, in the order that they must be written in.
std::vector<Write> writes_of(const AssignmentRows& rows, const AssignmentWrites& writes);

}  // namespace hss::pg
