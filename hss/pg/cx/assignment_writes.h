// SPDX-License-Identifier: Apache-2.0
// What became of the rows of Server-Assignment, as parameters of array statements.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/pg/connection.h"
#include "hss/pg/transaction.h"

#include <cstddef>
#include <span>
#include <vector>

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> assignment_write_statements();

// Of the rows that say `changed`, in the order that they must be written in.
std::vector<Write> writes_of(const AssignmentRows& rows, const AssignmentWrites& writes);
std::vector<Write> told_writes(std::span<const AssociationRow> told);

// One row alone, so that it waits for nobody who waits for another.
Command forget_told_command(const AssociationRow& told);

// Forgets at most `forgotten_at_once` of the requests that were seen long ago and as many from the future.
inline constexpr std::size_t forgotten_at_once = 1000;
Command forget_requests_command();

}  // namespace hss::pg
