// SPDX-License-Identifier: Apache-2.0
// Reading credentials some at a time, and writing fingerprints.
#include "hss/pg/key_rows.h"

#include "hss/pg/connection.h"
#include "hss/pg/credential_rows.h"
#include "hss/pg/options.h"

#include <array>

namespace hss::pg {
namespace {

#define QUINTET_KEYS                                                                              \
  "SELECT c.id, c.name, c.kek_id, c.wrap_mechanism, c.k_wrapped, c.key_uri, c.data_key_id, NULL," \
  " CASE WHEN " QUINTET_HAS_NUMBERS " THEN c.fingerprint END FROM credential c WHERE c.id > $1::bigint "
#define QUINTET_SOME " ORDER BY c.id LIMIT 200"
#define QUINTET_HOLDS "EXISTS (SELECT FROM sqn_unclaimed u WHERE u.credential_id = c.id)"

constexpr Statements statements{std::array{
    Statement{"keys_unclaimed", QUINTET_KEYS "AND " QUINTET_HOLDS QUINTET_SOME},
    Statement{"keys_without_fingerprint",
              QUINTET_KEYS "AND NOT " QUINTET_HAS_NUMBERS " AND NOT " QUINTET_HOLDS QUINTET_SOME},
    Statement{"keys_all", QUINTET_KEYS QUINTET_SOME},
    Statement{"count_unclaimed", "SELECT count(*) FROM credential c WHERE " QUINTET_HOLDS},
    Statement{"count_without_fingerprint",
              "SELECT count(*) FROM credential c WHERE NOT " QUINTET_HAS_NUMBERS " AND NOT " QUINTET_HOLDS},
    Statement{"count_all", "SELECT count(*) FROM credential"},
    Statement{"claim_fingerprint", "SELECT claim_fingerprint($1::bigint, $2::bytea)"},
}};

#undef QUINTET_HOLDS
#undef QUINTET_SOME
#undef QUINTET_KEYS

const Statement* counting(KeyRows::Which which) {
  switch (which) {
    case KeyRows::Which::unclaimed:
      return statements["count_unclaimed"];
    case KeyRows::Which::without_fingerprint:
      return statements["count_without_fingerprint"];
    case KeyRows::Which::all:
      break;
  }
  return statements["count_all"];
}

const Statement* reading(KeyRows::Which which) {
  switch (which) {
    case KeyRows::Which::unclaimed:
      return statements["keys_unclaimed"];
    case KeyRows::Which::without_fingerprint:
      return statements["keys_without_fingerprint"];
    case KeyRows::Which::all:
      break;
  }
  return statements["keys_all"];
}

std::string_view text_of(const hsm::Fingerprint& fingerprint) {
  return {reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size()};  // binary parameter
}

}  // namespace

KeyRows::KeyRows(const AdminAccess& access)
    : options_(std::make_unique<const Options>(options_of(access))),
      connection_(std::make_unique<Connection>(*options_, std::span<const Statement>(statements))) {}
KeyRows::~KeyRows() = default;

std::uint64_t KeyRows::count(Which which) {
  const Command command{counting(which), {}};
  const auto results = connection_->run(std::span(&command, 1));
  Cursor row(results.front());
  row.next();
  return row.take<std::uint64_t>();
}

std::vector<KeyRow> KeyRows::next(Which which, std::int64_t after) {
  Command command{reading(which), {}};
  command.params.add(after);
  const auto results = connection_->run(std::span(&command, 1));
  std::vector<KeyRow> rows;
  for (Cursor row(results.front()); row.next();) {
    const auto id = row.take<std::int64_t>();
    rows.push_back({id, take_key(row)});
  }
  return rows;
}

void KeyRows::claim(std::span<const Claim> claims) {
  std::vector<Command> commands;
  for (const Claim& claim : claims) {
    commands.push_back({statements["claim_fingerprint"], {}});
    commands.back().params.add(claim.id);
    commands.back().params.add(text_of(claim.fingerprint));
  }
  if (!commands.empty()) connection_->run(commands);  // up to one synchronisation point: one transaction
}

}  // namespace hss::pg
