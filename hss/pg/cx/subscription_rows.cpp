// SPDX-License-Identifier: Apache-2.0
// The columns of a subscription that the server writes.
#include "hss/pg/cx/subscription_rows.h"

#include "hss/pg/statements.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace hss::pg {

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
  Write write{{&statement(Sql::write_subscriptions), {}}, ids.size()};
  write.command.params.add(std::span<const std::int64_t>(ids));
  write.command.params.add(std::span<const std::optional<std::string_view>>(names));
  write.command.params.add(std::span<const std::optional<std::string_view>>(hosts));
  write.command.params.add(std::span<const std::optional<std::string_view>>(realms));
  write.command.params.add_flags(pending);
  return write;
}

std::vector<std::int64_t> locked_in(const Result& result) {
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(result.rows()));
  for (int row = 0; row < result.rows(); ++row) {
    out.push_back(result.integer(row, 0));
  }
  return out;
}

}  // namespace hss::pg
