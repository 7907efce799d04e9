// SPDX-License-Identifier: Apache-2.0
// The AuthenticationStore over PostgreSQL: rows in, rows out; what they mean is decided above.
#include "hss/pg/cx/authentication.h"

#include "hss/pg/connection.h"
#include "hss/pg/credential_rows.h"
#include "hss/pg/cx/scheme_rows.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/outbox.h"
#include "hss/pg/statements.h"
#include "hss/pg/transaction.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace hss::pg {
namespace {

std::vector<std::uint8_t> bytes(std::string_view octets) { return {octets.begin(), octets.end()}; }

struct NamedScheme {
  std::string_view name;
  Scheme scheme;
};
constexpr std::array<NamedScheme, 4> schemes{{{"aka", Scheme::aka},
                                              {"sip-digest", Scheme::sip_digest},
                                              {"nass-bundled", Scheme::nass_bundled},
                                              {"giba", Scheme::giba}}};

std::vector<Scheme> schemes_of(std::span<const std::string_view> names) {
  std::vector<Scheme> out;
  for (const std::string_view name : names) {
    const auto* found =
        std::find_if(schemes.begin(), schemes.end(), [&](const NamedScheme& row) { return row.name == name; });
    if (found != schemes.end()) {
      out.push_back(found->scheme);
    }
  }
  return out;
}

// Finds or adds a row by key; rows shared by several members exist once.
template <typename Row, typename Key>
std::size_t place(std::vector<Row>& rows, std::map<Key, std::size_t>& places, const Key& key, Row row) {
  const auto [at, inserted] = places.try_emplace(key, rows.size());
  if (inserted) {
    rows.push_back(std::move(row));
  }
  return at->second;
}

SubscriptionRow subscription_at(const Result& result, int row) {
  SubscriptionRow out;
  out.id = result.integer(row, 7);
  if (!result.is_null(row, 8)) {
    out.scscf_name = std::string(result.octets(row, 8));
  }
  out.scscf = {std::string(result.octets(row, 9)), std::string(result.octets(row, 10))};
  out.reassignment_pending = result.flag(row, 11);
  return out;
}

// Fills the registration part of all members from read_registrations.
void read_registrations(const Result& result, AuthenticationRows& rows) {
  std::map<std::int64_t, std::size_t> subscriptions;
  std::map<std::int64_t, std::size_t> sets;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> associations;
  for (int row = 0; row < result.rows(); ++row) {
    auto& member = rows.members.at(static_cast<std::size_t>(result.integer(row, 12) - 1));
    member.has_impi = !result.is_null(row, 0);
    member.has_impu = !result.is_null(row, 2);
    member.impu_is_distinct_pui = result.flag(row, 3);
    if (member.has_impi) {
      member.schemes = schemes_of(result.elements(row, 1));
      member.subscription =
          place(rows.subscriptions, subscriptions, result.integer(row, 7), subscription_at(result, row));
    }
    if (member.has_impu) {
      const auto id = result.integer(row, 4);
      member.set = place(rows.sets, sets, id, SetRow{id, state_of(result.octets(row, 5))});
    }
    if (!result.is_null(row, 6)) {
      const std::pair key{result.integer(row, 0), result.integer(row, 4)};
      member.impi_set = place(
          rows.impi_sets, associations, key,
          ImpiSetRow{key.first, key.second, result.flag(row, 6), result.flag(row, 13), false, result.flag(row, 14)});
    }
  }
}

// Replaces in `rows` what belongs to the locked subscriptions by the fresh reading.
void refresh(const AuthenticationRows& fresh, std::span<const std::int64_t> locked, AuthenticationRows& rows) {
  for (std::size_t i = 0; i < rows.members.size(); ++i) {
    const auto& from = fresh.members[i];
    auto& member = rows.members[i];
    const bool both = from.impi_set != none && member.impi_set != none;
    const bool is_locked = member.subscription != none &&
                           std::binary_search(locked.begin(), locked.end(), rows.subscriptions[member.subscription].id);
    const bool neither = from.impi_set == none && member.impi_set == none;  // refused whatever the rows say
    if (!is_locked || neither) {
      continue;
    }
    if (!both || from.subscription == none ||
        fresh.subscriptions[from.subscription].id != rows.subscriptions[member.subscription].id) {
      throw StoreError(StoreFailure::busy, "subscription was provisioned anew meanwhile");
    }
    rows.subscriptions[member.subscription] = fresh.subscriptions[from.subscription];
    rows.sets[member.set] = fresh.sets[from.set];
    rows.impi_sets[member.impi_set] = fresh.impi_sets[from.impi_set];
  }
}

Command command(Sql sql) { return {&statement(sql), {}}; }

Command registrations_command(std::span<const AskedAuthentication> members, std::chrono::seconds pending_max_age) {
  std::vector<std::string_view> impis;
  std::vector<std::string_view> impus;
  for (const AskedAuthentication& member : members) {
    impis.push_back(member.impi);
    impus.push_back(member.impu);
  }
  Command out = command(Sql::read_registrations);
  out.params.add(std::span<const std::string_view>(impis));
  out.params.add(std::span<const std::string_view>(impus));
  out.params.add(pending_max_age.count());
  return out;
}

std::vector<const SubscriptionRow*> pointers_to(const std::vector<SubscriptionRow>& rows) {
  std::vector<const SubscriptionRow*> out;
  out.reserve(rows.size());
  for (const SubscriptionRow& row : rows) {
    out.push_back(&row);
  }
  return out;
}

std::optional<Write> association_write(const AuthenticationRows& rows) {
  std::vector<std::int64_t> impis;
  std::vector<std::int64_t> sets;
  std::vector<std::uint8_t> pending;
  for (const ImpiSetRow& row : rows.impi_sets) {
    if (row.changed) {
      impis.push_back(row.impi_id);
      sets.push_back(row.set_id);
      pending.push_back(row.auth_pending ? 1 : 0);
    }
  }
  if (impis.empty()) {
    return std::nullopt;
  }
  Write write{command(Sql::write_impi_sets), impis.size()};
  write.command.params.add(std::span<const std::int64_t>(impis));
  write.command.params.add(std::span<const std::int64_t>(sets));
  write.command.params.add_flags(pending);
  return write;
}

std::vector<Write> writes_of(const AuthenticationRows& rows, auc::Domain domain) {
  std::vector<Write> out = sqn_writes(rows, domain);
  for (auto& write : {subscription_write(pointers_to(rows.subscriptions)), association_write(rows)}) {
    if (write) {
      out.push_back(*write);
    }
  }
  if (!rows.pushes.empty()) {
    out.push_back({write_pushes_command(rows.pushes), rows.pushes.size()});
  }
  return out;
}

class PgAuthenticationTransaction final : public AuthenticationTransaction {
 public:
  PgAuthenticationTransaction(Connection& connection, unsigned ind_bits, std::chrono::seconds pending_max_age)
      : connection_(connection), transaction_(connection), ind_bits_(ind_bits), pending_max_age_(pending_max_age) {}

  AuthenticationRows lock_credentials(std::span<const AskedAuthentication> members) override {
    std::vector<Command> commands{lock_credentials_command(members), registrations_command(members, pending_max_age_)};
    const bool with_scheme_data = needs_scheme_data(members);
    if (with_scheme_data) {
      commands.push_back(read_scheme_data_command(members));
    }
    const auto results = transaction_.begin(std::move(commands));
    if (const auto passage = passage_in(results[0])) {
      connection_.gate().check(*passage);
      has_ind_bits_ = passage->ind_bits.has_value();
    }
    AuthenticationRows rows;
    rows.members.resize(members.size());
    read_credentials(results[0], rows);
    read_registrations(results[1], rows);
    if (with_scheme_data) {
      read_scheme_data(results[2], rows);
    }
    read_keys_without_numbers(members, rows);
    return rows;
  }

  std::vector<std::int64_t> lock_subscriptions(std::span<const AskedAuthentication> members,
                                               std::span<const std::int64_t> ids, AuthenticationRows& rows) override {
    Params params;
    params.add(ids);
    const std::array commands{Command{&statement(Sql::lock_subscriptions), std::move(params)},
                              registrations_command(members, pending_max_age_)};
    const auto results = transaction_.run(commands);
    AuthenticationRows fresh;
    fresh.members.resize(members.size());
    read_registrations(results[1], fresh);
    auto locked = locked_in(results[0]);
    refresh(fresh, locked, rows);
    return locked;
  }

  std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) override {
    const std::array commands{read_registered_command(subscriptions)};
    return registered_in(transaction_.run(commands).front());
  }

  void commit(const AuthenticationRows& rows, auc::Domain domain) override {
    auto writes = writes_of(rows, domain);
    const bool is_number = std::any_of(rows.credentials.begin(), rows.credentials.end(),
                                       [](const CredentialRow& row) { return row.changed; });
    if (is_number && !has_ind_bits_) {
      writes.push_back(ind_bits_write(ind_bits_));
    }
    transaction_.commit(writes);
  }

 private:
  // What the locking statement leaves out: credentials that have no fingerprint, and number states that somebody else
  // holds.
  void read_keys_without_numbers(std::span<const AskedAuthentication> members, AuthenticationRows& rows) {
    std::vector<std::string_view> impis(members.size());
    bool is_any = false;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& member = rows.members[i];
      const bool may_use_aka =
          std::find(member.schemes.begin(), member.schemes.end(), Scheme::aka) != member.schemes.end();
      if (needs_credential(members[i].asked) && may_use_aka && member.credential == none) {
        impis[i] = members[i].impi;
        is_any = true;
      }
    }
    if (!is_any) {
      return;
    }
    const std::array commands{read_keys_command(impis)};
    const auto keys = keys_in(transaction_.run(commands).front(), impis.size());
    for (std::size_t i = 0; i < impis.size(); ++i) {
      if (keys[i] && rows.members[i].credential == none) {
        rows.members[i].key = keys[i];
        rows.members[i].numbers_held = !keys[i]->fingerprint.empty();
      }
    }
  }

  Connection& connection_;
  Transaction transaction_;
  const unsigned ind_bits_;
  bool has_ind_bits_ = false;  // there are numbers already
  const std::chrono::seconds pending_max_age_;
};

}  // namespace

std::unique_ptr<AuthenticationTransaction> PgAuthenticationStore::begin_authentication() {
  return std::make_unique<PgAuthenticationTransaction>(link_.connection(), ind_bits_, link_.options().pending_max_age);
}

std::vector<std::shared_ptr<const hsm::KeyReference>> PgAuthenticationStore::keys_of(
    std::span<const std::string> impis) {
  const std::vector<std::string_view> views(impis.begin(), impis.end());
  const std::array commands{read_keys_command(views)};
  return keys_in(link_.connection().run(commands).front(), impis.size());
}

std::vector<hsm::KekCheck> PgAuthenticationStore::kek_checks() {
  const std::array commands{command(Sql::read_keks)};
  const auto results = link_.connection().run(commands);
  std::vector<hsm::KekCheck> out;
  out.reserve(static_cast<std::size_t>(results[0].rows()));
  for (int row = 0; row < results[0].rows(); ++row) {
    out.push_back({static_cast<std::uint16_t>(results[0].integer(row, 0)), std::string(results[0].octets(row, 1)),
                   bytes(results[0].octets(row, 2)), bytes(results[0].octets(row, 3))});
  }
  return out;
}

}  // namespace hss::pg
