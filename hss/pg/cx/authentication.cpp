// SPDX-License-Identifier: Apache-2.0
// The AuthenticationStore over PostgreSQL: rows in, rows out; what they mean is decided above.
#include "hss/pg/cx/authentication.h"

#include "hss/pg/connection.h"
#include "hss/pg/credential_transaction.h"
#include "hss/pg/cursor.h"
#include "hss/pg/cx/columns.h"
#include "hss/pg/cx/scheme_rows.h"
#include "hss/pg/cx/statements.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/outbox.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"read_registrations",
              "SELECT r.n, i.id, i.schemes, s.id, s.scscf_name, s.scscf_host, s.scscf_realm, s.reassignment_pending,"
              " u.id IS NOT NULL, u.type = 'distinct_pui', u.set_id, t.state, p.auth_pending, p.registered,"
              " NOT is_pending(p.auth_pending, p.pending_since, $3::bigint / 2) OR p.pending_since > now() + interval "
              "'1 minute'"
              " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r (impi, impu, n)"
              " LEFT JOIN impi i ON i.identity = r.impi"
              " LEFT JOIN subscription s ON s.id = i.subscription_id"
              " LEFT JOIN impu u ON u.identity = r.impu"
              " LEFT JOIN impi_set p ON p.impi_id = i.id AND p.set_id = u.set_id"
              " LEFT JOIN registration_set t ON t.id = u.set_id"},
    Statement{"write_impi_sets",
              "UPDATE impi_set SET auth_pending = v.pending,"
              " pending_since = CASE WHEN v.pending THEN now() ELSE impi_set.pending_since END"
              " FROM unnest($1::bigint[], $2::bigint[], $3::boolean[]) AS v (impi_id, set_id, pending)"
              " WHERE impi_set.impi_id = v.impi_id AND impi_set.set_id = v.set_id"},
}};

struct NamedScheme {
  std::string_view name;
  Scheme scheme;
};
constexpr std::array<NamedScheme, 4> named_schemes{{{"aka", Scheme::aka},
                                                    {"sip-digest", Scheme::sip_digest},
                                                    {"nass-bundled", Scheme::nass_bundled},
                                                    {"giba", Scheme::giba}}};

std::vector<Scheme> schemes_of(std::span<const std::string_view> names) {
  std::vector<Scheme> out;
  for (const std::string_view name : names) {
    const auto* found = std::find_if(named_schemes.begin(), named_schemes.end(),
                                     [&](const NamedScheme& row) { return row.name == name; });
    if (found != named_schemes.end()) {
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

// Where rows that several members share stand.
struct Places {
  std::map<std::int64_t, std::size_t> subscriptions;
  std::map<std::int64_t, std::size_t> sets;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> associations;
};

SubscriptionRow take_subscription(Cursor& row) {
  SubscriptionRow out;
  row.read(out.id, out.scscf_name, out.scscf.host, out.scscf.realm, out.reassignment_pending);
  return out;
}

// Schemes and subscription of an IMPI; its id, 0 when there is none.
std::int64_t take_impi(Cursor& row, AuthenticationRows::Member& member, Places& places, AuthenticationRows& rows) {
  const auto id = row.take<std::optional<std::int64_t>>();
  member.has_impi = id.has_value();
  if (!id) {
    row.skip(6);
    return 0;
  }
  member.schemes = schemes_of(row.take<std::vector<std::string_view>>());
  SubscriptionRow subscription = take_subscription(row);
  const auto key = subscription.id;
  member.subscription = place(rows.subscriptions, places.subscriptions, key, std::move(subscription));
  return *id;
}

// The set of an IMPU; its id, 0 when there is none.
std::int64_t take_impu(Cursor& row, AuthenticationRows::Member& member, Places& places, AuthenticationRows& rows) {
  row.read(member.has_impu, member.impu_is_distinct_pui);
  if (!member.has_impu) {
    row.skip(2);
    return 0;
  }
  const auto id = row.take<std::int64_t>();
  member.set = place(rows.sets, places.sets, id, SetRow{id, state_of(row.take<std::string_view>())});
  return id;
}

// Fills the registration part of all members from read_registrations.
void read_registrations(const Result& result, AuthenticationRows& rows) {
  Places places;
  for (Cursor row(result); row.next();) {
    auto& member = rows.members.at(row.place());
    const auto impi = take_impi(row, member, places, rows);
    const auto set = take_impu(row, member, places, rows);
    if (row.at_null()) {  // not associated
      row.leave();
      continue;
    }
    ImpiSetRow association{impi, set};
    row.read(association.auth_pending, association.registered, association.pending_is_old);
    member.impi_set = place(rows.impi_sets, places.associations, std::pair{impi, set}, association);
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
      throw StoreError(StoreFailure::busy, "subscription was provisioned again meanwhile");
    }
    rows.subscriptions[member.subscription] = fresh.subscriptions[from.subscription];
    rows.sets[member.set] = fresh.sets[from.set];
    rows.impi_sets[member.impi_set] = fresh.impi_sets[from.impi_set];
  }
}

Command registrations_command(std::span<const AskedAuthentication> members, std::chrono::seconds pending_max_age) {
  std::vector<std::string_view> impis;
  std::vector<std::string_view> impus;
  for (const AskedAuthentication& member : members) {
    impis.push_back(member.impi);
    impus.push_back(member.impu);
  }
  Command out{statements["read_registrations"], {}};
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
  Write write{{statements["write_impi_sets"], {}}, impis.size()};
  write.command.params.add(std::span<const std::int64_t>(impis));
  write.command.params.add(std::span<const std::int64_t>(sets));
  write.command.params.add_flags(pending);
  return write;
}

std::vector<Write> registration_writes(const AuthenticationRows& rows) {
  std::vector<Write> out;
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

std::vector<CredentialWanted> wanted_of(std::span<const AskedAuthentication> members) {
  std::vector<CredentialWanted> out(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (needs_credential(members[i].asked)) {
      out[i].identity = members[i].impi;
    }
  }
  return out;
}

// Only who may use AKA has a credential to ask for.
void forget_without_aka(const AuthenticationRows& rows, std::vector<CredentialWanted>& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& schemes = rows.members[i].schemes;
    if (std::find(schemes.begin(), schemes.end(), Scheme::aka) == schemes.end()) {
      wanted[i].identity = {};
    }
  }
}

class PgAuthenticationTransaction final : public AuthenticationTransaction {
 public:
  PgAuthenticationTransaction(Connection& connection, const Options& options)
      : lock_(connection, options.ind_bits), pending_max_age_(options.pending_max_age) {}

  AuthenticationRows lock_credentials(std::span<const AskedAuthentication> members) override {
    AuthenticationRows rows;
    rows.members.resize(members.size());
    std::vector<Command> reads{registrations_command(members, pending_max_age_)};
    const bool with_scheme_data = needs_scheme_data(members);
    if (with_scheme_data) {
      reads.push_back(read_scheme_data_command(members));
    }
    auto wanted = wanted_of(members);
    const auto results = lock_.begin(wanted, std::move(reads), rows.credentials);
    read_registrations(results[0], rows);
    if (with_scheme_data) {
      read_scheme_data(results[1], rows);
    }
    forget_without_aka(rows, wanted);
    lock_.read_left_out(wanted, rows.credentials);
    return rows;
  }

  std::vector<std::int64_t> lock_subscriptions(std::span<const AskedAuthentication> members,
                                               std::span<const std::int64_t> ids, AuthenticationRows& rows) override {
    const std::array commands{lock_subscriptions_command(ids), registrations_command(members, pending_max_age_)};
    const auto results = lock_.run(commands);
    AuthenticationRows fresh;
    fresh.members.resize(members.size());
    read_registrations(results[1], fresh);
    auto locked = ids_in(results[0]);
    refresh(fresh, locked, rows);
    return locked;
  }

  std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) override {
    const std::array commands{read_registered_command(subscriptions)};
    return registered_in(lock_.run(commands).front());
  }

  void commit(const AuthenticationRows& rows, auc::Domain domain) override {
    lock_.commit(rows.credentials, domain, registration_writes(rows));
  }

 private:
  CredentialLock lock_;
  const std::chrono::seconds pending_max_age_;
};

}  // namespace

std::span<const Statement> authentication_statements() { return statements; }

PgAuthenticationStore::PgAuthenticationStore(Options options) : link_(std::move(options), cx_statements()) {}

std::unique_ptr<AuthenticationTransaction> PgAuthenticationStore::begin_authentication() {
  return std::make_unique<PgAuthenticationTransaction>(link_.connection(), link_.options());
}

std::vector<std::shared_ptr<const hsm::KeyReference>> PgAuthenticationStore::keys_of(
    std::span<const std::string> impis) {
  std::vector<CredentialWanted> wanted;
  wanted.reserve(impis.size());
  for (const std::string& impi : impis) {
    wanted.push_back({impi});
  }
  return pg::keys_of(link_.connection(), wanted);
}

std::vector<hsm::KekCheck> PgAuthenticationStore::kek_checks() { return pg::kek_checks(link_.connection()); }

}  // namespace hss::pg
