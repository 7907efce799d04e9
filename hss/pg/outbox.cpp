// SPDX-License-Identifier: Apache-2.0
// Pushes as parameters of one array statement, and the identities they concern.
#include "hss/pg/outbox.h"

#include "hss/pg/cursor.h"

#include <array>
#include <string>
#include <string_view>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    // IMPIs first, then the members of the sets in their order; an IMPI that is registered in several sets comes once.
    Statement{"read_registered",
              "SELECT t.subscription_id, false, i.id, 0, i.identity FROM registration_set t"
              " JOIN impi_set p ON p.set_id = t.id AND p.registered JOIN impi i ON i.id = p.impi_id"
              " WHERE t.subscription_id = ANY ($1::bigint[]) AND t.state = 'registered'"
              " UNION"
              " SELECT t.subscription_id, true, t.id, u.position, u.identity FROM registration_set t"
              " JOIN impu u ON u.set_id = t.id AND u.type <> 'wildcarded_pui'"
              " WHERE t.subscription_id = ANY ($1::bigint[]) AND t.state = 'registered'"
              " ORDER BY 1, 2, 3, 4"},
    Statement{
        "write_pushes",
        "INSERT INTO push (kind, destination_host, destination_realm, impi, associated, impus, reason, reason_info,"
        " subscription_id)"
        " SELECT v.kind::push_kind, v.host, v.realm, v.impi, string_to_array(v.associated, E'\\n'),"
        " string_to_array(v.impus, E'\\n'), v.reason, v.info, v.subscription"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],"
        " $8::text[], $9::bigint[]) AS v (kind, host, realm, impi, associated, impus, reason, info, subscription)"},
}};

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

std::span<const Statement> outbox_statements() { return statements; }

Command read_registered_command(std::span<const std::int64_t> subscriptions) {
  Command command{statements["read_registered"], {}};
  command.params.add(subscriptions);
  return command;
}

std::vector<RegisteredIdentities> registered_in(const Result& result) {
  std::vector<RegisteredIdentities> out;
  for (Cursor row(result); row.next();) {
    const auto subscription = row.take<std::int64_t>();
    if (out.empty() || out.back().subscription_id != subscription) {
      out.push_back({subscription, {}, {}});
    }
    auto& identities = row.take<bool>() ? out.back().impus : out.back().impis;
    row.skip(2);  // to be sorted by
    identities.push_back(row.take<std::string>());
  }
  return out;
}

Command write_pushes_command(std::span<const Push> pushes) {
  Command command{statements["write_pushes"], {}};
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
