// SPDX-License-Identifier: Apache-2.0
// What the statements of the operator's tool share: one round trip, and the row of audit.
#pragma once

#include "hss/pg/admin.h"
#include "hss/pg/connection.h"

#include <initializer_list>
#include <span>
#include <vector>

namespace hss::pg {

// One round trip. Throws StoreError.
std::vector<Result> run(Connection& connection, std::initializer_list<Command> commands);

// What audit_command() has to have prepared.
std::span<const Statement> audit_statements();
Command audit_command(const AuditEntry& entry);

}  // namespace hss::pg
