// SPDX-License-Identifier: Apache-2.0
// The SQL of Server-Assignment: array statements over a batch, read by position in assignment_store.cpp.
#pragma once

#include "hss/pg/connection.h"

#include <span>

namespace hss::pg {

enum class AssignmentSql : std::size_t {
  lock_assignments,
  read_assignments,  // the same without locks
  read_subscriptions,
  read_restoration,
  read_requests_seen,
  write_sets,
  write_associations,
  write_told,
  forget_restoration,
  write_restoration,
  write_requests_seen,
  forget_requests_seen,
};

const Statement& statement(AssignmentSql sql);
std::span<const Statement> assignment_statements();

}  // namespace hss::pg
