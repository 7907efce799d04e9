// SPDX-License-Identifier: Apache-2.0
// The row of audit, and round trips of a few commands.
#include "hss/pg/admin_commands.h"

#include <array>
#include <string_view>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"audit", "INSERT INTO audit (action, subject, detail) VALUES ($1::text, $2::text, $3::text)"},
}};

}  // namespace

std::vector<Result> run(Connection& connection, std::initializer_list<Command> commands) {
  return connection.run(std::span(commands.begin(), commands.size()));
}

std::span<const Statement> audit_statements() { return statements; }

Command audit_command(const AuditEntry& entry) {
  return command(statements["audit"], std::string_view(entry.action), std::string_view(entry.subject),
                 std::string_view(entry.detail));
}

}  // namespace hss::pg
