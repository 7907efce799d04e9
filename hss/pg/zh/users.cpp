// SPDX-License-Identifier: Apache-2.0
// Two round trips: lock number states and read users; write and commit.
#include "hss/pg/zh/users.h"

#include "hss/pg/connection.h"
#include "hss/pg/credential_transaction.h"
#include "hss/pg/cursor.h"

#include <array>
#include <optional>
#include <utility>

namespace hss::pg {
namespace {

// The IMPI that was asked for; where there is none such, of those that have the IMSI one that may use AKA.
#define QUINTET_ASKED_USER                                                                                     \
  " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r (impi, imsi, n)"                                  \
  " CROSS JOIN LATERAL ("                                                                                      \
  "SELECT false AS by_imsi, id, identity, 'aka' = ANY (schemes) AS aka, subscription_id FROM impi"             \
  " WHERE identity = r.impi"                                                                                   \
  " UNION ALL SELECT true, id, identity, 'aka' = ANY (schemes), subscription_id FROM impi WHERE imsi = r.imsi" \
  " ORDER BY by_imsi, aka DESC, id LIMIT 1) i"

constexpr Statements statements{std::array{
    Statement{"read_gba_users",
              "SELECT r.n, i.by_imsi, i.aka, s.suspended, i.identity, g.impi_id IS NOT NULL, g.uicc_type = 'GBA_U',"
              " g.key_lifetime, extract(epoch FROM t.changed_at)::bigint" QUINTET_ASKED_USER
              " JOIN subscription s ON s.id = i.subscription_id"
              " LEFT JOIN guss g ON g.impi_id = i.id"
              " LEFT JOIN guss_timestamp t ON t.impi_id = i.id"},
    Statement{"read_gba_settings", "SELECT r.n, u.gsid, u.type, u.naf_group, u.flags, u.uids" QUINTET_ASKED_USER
                                   " JOIN uss u ON u.impi_id = i.id ORDER BY r.n, u.gsid, u.naf_group NULLS FIRST"},
    Statement{"read_impis_of_impus",
              "SELECT DISTINCT ON (r.n, i.credential_id) r.n, i.identity"
              " FROM unnest($1::text[]) WITH ORDINALITY AS r (impu, n)"
              " JOIN impu u ON u.identity = r.impu AND u.type = 'distinct_pui'"
              " JOIN impi_set p ON p.set_id = u.set_id"
              " JOIN impi i ON i.id = p.impi_id"
              " WHERE 'aka' = ANY (i.schemes) OR NOT EXISTS (SELECT FROM impi_set q JOIN impi o ON o.id = q.impi_id"
              " WHERE q.set_id = u.set_id AND 'aka' = ANY (o.schemes))"
              " ORDER BY r.n, i.credential_id, i.id"},
}};

#undef QUINTET_ASKED_USER

// RFC 6733 4.3.1: seconds since 1900, of which 32 bits are sent.
std::uint32_t diameter_time(std::int64_t unix_seconds) noexcept {
  constexpr std::int64_t seconds_from_1900_to_1970 = 2'208'988'800;
  return static_cast<std::uint32_t>(unix_seconds + seconds_from_1900_to_1970);
}

zh::UserSecuritySettings take_settings(Cursor& row, std::string impi) {
  zh::UserSecuritySettings out;
  out.impi = std::move(impi);
  if (const auto is_gba_u = row.take<std::optional<bool>>()) {
    out.uicc_type = *is_gba_u ? zh::UiccType::gba_u : zh::UiccType::gba;
  }
  row.read(out.key_lifetime);
  return out;
}

zh::UserRow take_user(Cursor& row) {
  zh::UserRow out;
  row.read(out.may_use_aka, out.is_suspended);
  auto impi = row.take<std::string>();
  if (!row.take<bool>()) {
    row.leave();
    return out;
  }
  out.settings = take_settings(row, std::move(impi));
  out.settings_changed_at = diameter_time(row.take<std::int64_t>());
  return out;
}

// Of the credentials, those by IMPI come first, as many as there are members, then those by IMSI.
void read_users(const Result& result, zh::UserRows& rows) {
  for (Cursor row(result); row.next();) {
    const auto place = row.place();
    auto& member = rows.members.at(place);
    const bool by_imsi = row.take<bool>();
    member.credential_member = by_imsi ? rows.members.size() + place : place;
    member.user = take_user(row);
  }
}

std::vector<std::int32_t> flags_of(const std::vector<std::int64_t>& numbers) {
  std::vector<std::int32_t> out;
  out.reserve(numbers.size());
  for (const std::int64_t number : numbers) {
    out.push_back(static_cast<std::int32_t>(number));  // of an int4[]
  }
  return out;
}

void read_settings(const Result& result, zh::UserRows& rows) {
  for (Cursor row(result); row.next();) {
    auto& user = rows.members.at(row.place()).user;
    if (!user || !user->settings) {  // given to somebody between the two readings
      row.leave();
      continue;
    }
    zh::UserSecuritySetting setting;
    row.read(setting.gsid, setting.type, setting.naf_group);
    setting.flags = flags_of(row.take<std::vector<std::int64_t>>());
    for (const std::string_view uid : row.take<std::vector<std::string_view>>()) {
      setting.uids.emplace_back(uid);
    }
    user->settings->settings.push_back(std::move(setting));
  }
}

Command users_command(const Statement* statement, std::span<const zh::AskedUser> asked) {
  std::vector<std::string_view> impis;
  std::vector<std::string_view> imsis;
  for (const zh::AskedUser& one : asked) {
    impis.push_back(one.impi);
    imsis.push_back(one.imsi);
  }
  Command out{statement, {}};
  out.params.add(std::span<const std::string_view>(impis));
  out.params.add(std::span<const std::string_view>(imsis));
  return out;
}

std::vector<CredentialWanted> wanted_of(std::span<const zh::AskedUser> asked) {
  std::vector<CredentialWanted> out(2 * asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    out[i] = {asked[i].impi, CredentialWanted::By::impi};
    out[asked.size() + i] = {asked[i].imsi, CredentialWanted::By::imsi};
  }
  return out;
}

class PgUserTransaction final : public zh::UserTransaction {
 public:
  PgUserTransaction(Connection& connection, unsigned ind_bits) : lock_(connection, ind_bits) {}

  zh::UserRows lock(std::span<const zh::AskedUser> asked) override {
    zh::UserRows rows;
    rows.members.resize(asked.size());
    const auto wanted = wanted_of(asked);
    std::vector<Command> reads{users_command(statements["read_gba_users"], asked),
                               users_command(statements["read_gba_settings"], asked)};
    const auto results = lock_.begin(wanted, std::move(reads), rows.credentials);
    read_users(results[0], rows);
    read_settings(results[1], rows);
    lock_.read_left_out(wanted, rows.credentials);
    return rows;
  }

  void commit(const zh::UserRows& rows, auc::Domain domain) override { lock_.commit(rows.credentials, domain); }

 private:
  CredentialLock lock_;
};

}  // namespace

PgUserStore::PgUserStore(Options options) : link_(std::move(options), zh_statements()) {}

std::unique_ptr<zh::UserTransaction> PgUserStore::begin() {
  return std::make_unique<PgUserTransaction>(link_.connection(), link_.options().ind_bits);
}

std::vector<std::vector<std::string>> PgUserStore::impis_of(std::span<const std::string_view> impus) {
  std::array commands{Command{statements["read_impis_of_impus"], {}}};
  commands.front().params.add(impus);
  std::vector<std::vector<std::string>> out(impus.size());
  const auto results = link_.connection().run(commands);
  for (Cursor row(results.front()); row.next();) {
    const auto place = row.place();
    out.at(place).push_back(row.take<std::string>());
  }
  return out;
}

// By IMPI where it has a key, by IMSI else.
std::vector<std::shared_ptr<const hsm::KeyReference>> PgUserStore::keys_of(std::span<const zh::AskedUser> asked) {
  auto keys = pg::keys_of(link_.connection(), wanted_of(asked));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!keys[i]) {
      keys[i] = std::move(keys[asked.size() + i]);
    }
  }
  keys.resize(asked.size());
  return keys;
}

std::vector<Statement> zh_statements() { return joined({credential_store_statements(), statements}); }

}  // namespace hss::pg
