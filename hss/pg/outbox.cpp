// SPDX-License-Identifier: Apache-2.0
// Pushes as parameters of one array statement, and the identities they concern.
#include "hss/pg/outbox.h"

#include "hss/pg/statements.h"

#include <string>
#include <string_view>

namespace hss::pg {
namespace {

// unnest() cannot take an array of arrays of different length; no identity holds a control character.
constexpr char separator = '\n';

std::string joined(std::span<const std::string> texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += out.empty() ? "" : std::string(1, separator);
    out += text;
  }
  return out;
}

void add_texts(Params& params, std::span<const std::string> texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  params.add(std::span<const std::string_view>(views));
}

// One text of each push as an array.
template <typename TextOf>
void add_column(Params& params, std::span<const Push> pushes, TextOf text_of) {
  std::vector<std::string> column;
  column.reserve(pushes.size());
  for (const Push& push : pushes) {
    column.push_back(text_of(push));
  }
  add_texts(params, column);
}

}  // namespace

Command read_registered_command(std::span<const std::int64_t> subscriptions) {
  Command command{&statement(Sql::read_registered), {}};
  command.params.add(subscriptions);
  return command;
}

std::vector<RegisteredIdentities> registered_in(const Result& result) {
  std::vector<RegisteredIdentities> out;
  for (int row = 0; row < result.rows(); ++row) {
    const auto subscription = result.integer(row, 0);
    if (out.empty() || out.back().subscription_id != subscription) {
      out.push_back({subscription, {}, {}});
    }
    auto& identities = result.flag(row, 1) ? out.back().impus : out.back().impis;
    identities.emplace_back(result.octets(row, 4));
  }
  return out;
}

Command write_pushes_command(std::span<const Push> pushes) {
  Command command{&statement(Sql::write_pushes), {}};
  Params& params = command.params;
  add_column(params, pushes, [](const Push& push) { return push.kind == PushKind::rtr ? "rtr" : "ppr"; });
  add_column(params, pushes, [](const Push& push) { return push.destination.host; });
  add_column(params, pushes, [](const Push& push) { return push.destination.realm; });
  add_column(params, pushes, [](const Push& push) { return push.impi; });
  add_column(params, pushes, [](const Push& push) { return joined(push.associated); });
  add_column(params, pushes, [](const Push& push) { return joined(push.impus); });
  std::vector<std::optional<std::int64_t>> reasons;
  reasons.reserve(pushes.size());
  for (const Push& push : pushes) {
    reasons.push_back(push.reason ? std::optional(static_cast<std::int64_t>(*push.reason)) : std::nullopt);
  }
  params.add(std::span<const std::optional<std::int64_t>>(reasons));
  add_column(params, pushes, [](const Push& push) { return push.reason_info; });
  std::vector<std::int64_t> subscriptions;
  subscriptions.reserve(pushes.size());
  for (const Push& push : pushes) {
    subscriptions.push_back(push.subscription_id);
  }
  params.add(std::span<const std::int64_t>(subscriptions));
  return command;
}

}  // namespace hss::pg
