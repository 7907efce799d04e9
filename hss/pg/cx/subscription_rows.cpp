// SPDX-License-Identifier: Apache-2.0
// The lock of subscriptions, and the columns of them that the server writes.
#include "hss/pg/cx/subscription_rows.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"lock_subscriptions",
              "SELECT id FROM subscription WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"},
    Statement{"present_subscriptions", "SELECT id FROM subscription WHERE id = ANY ($1::bigint[])"},
    Statement{"write_subscriptions",
              "UPDATE subscription SET scscf_name = v.name, scscf_host = v.host, scscf_realm = v.realm,"
              " reassignment_pending = v.pending"
              " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[])"
              " AS v (id, name, host, realm, pending)"
              " WHERE subscription.id = v.id"},
}};

}  // namespace

std::span<const Statement> subscription_statements() { return statements; }

Command lock_subscriptions_command(std::span<const std::int64_t> ids) {
  return command(statements["lock_subscriptions"], ids);
}

std::optional<Write> subscription_write(std::span<const SubscriptionRow* const> rows) {
  std::vector<std::int64_t> ids;
  std::vector<std::optional<std::string_view>> names;
  std::vector<std::optional<std::string_view>> hosts;
  std::vector<std::optional<std::string_view>> realms;
  std::vector<std::uint8_t> pending;
  for (const SubscriptionRow* each : rows) {
    const SubscriptionRow& row = *each;
    if (row.changed) {
      const bool assigned = row.scscf_name.has_value();
      ids.push_back(row.id);
      names.push_back(assigned ? std::optional<std::string_view>(*row.scscf_name) : std::nullopt);
      hosts.push_back(assigned ? std::optional<std::string_view>(row.scscf.host) : std::nullopt);
      realms.push_back(assigned ? std::optional<std::string_view>(row.scscf.realm) : std::nullopt);
      pending.push_back(row.reassignment_pending ? 1 : 0);
    }
  }
  if (ids.empty()) {
    return std::nullopt;
  }
  Write write{{statements["write_subscriptions"], {}}, ids.size()};
  write.command.params.add(std::span<const std::int64_t>(ids));
  write.command.params.add(std::span<const std::optional<std::string_view>>(names));
  write.command.params.add(std::span<const std::optional<std::string_view>>(hosts));
  write.command.params.add(std::span<const std::optional<std::string_view>>(realms));
  write.command.params.add_flags(pending);
  return write;
}

Command present_subscriptions_command(std::span<const std::int64_t> ids) {
  return command(statements["present_subscriptions"], ids);
}

}  // namespace hss::pg
