// The Store over PostgreSQL: rows in, rows out; what they mean is decided above.
#include "hss/pg/store.h"

#include "hss/pg/connection.h"
#include "hss/pg/push_rows.h"
#include "hss/pg/scheme_rows.h"
#include "hss/pg/statements.h"
#include "hss/pg/subscription_rows.h"
#include "hss/pg/transaction.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace hss::pg {
namespace {

std::vector<std::uint8_t> bytes(std::string_view octets) { return {octets.begin(), octets.end()}; }

std::optional<std::int64_t> optional_integer(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(result.integer(row, column));
}

// The columns of QUINTET_KEY_COLUMNS begin at `first` with the credential's id.
std::shared_ptr<const hsm::KeyReference> key_at(const Result& result, int row, int first) {
  auto key = std::make_shared<hsm::KeyReference>();
  key->owner = result.octets(row, first + 1);
  key->kek_id =
      result.is_null(row, first + 2) ? std::uint16_t{0} : static_cast<std::uint16_t>(result.integer(row, first + 2));
  key->wrap_mechanism = result.octets(row, first + 3);
  key->wrapped = bytes(result.octets(row, first + 4));
  key->uri = result.octets(row, first + 5);
  key->data_key_id = static_cast<std::uint16_t>(result.integer(row, first + 6));
  key->sealed = bytes(result.octets(row, first + 7));
  return key;
}

CredentialRow credential_at(const Result& result, int row) {
  CredentialRow out;
  out.id = result.integer(row, 1);
  out.key = key_at(result, row, 1);
  out.sqn.seq = static_cast<std::uint64_t>(result.integer(row, 9));
  out.sqn.lead = static_cast<std::uint64_t>(result.integer(row, 10));
  out.sqn.clock_offset = optional_integer(result, row, 11);
  for (std::size_t domain = 0; domain < auc::domain_count; ++domain) {
    if (const auto ind = optional_integer(result, row, 12 + static_cast<int>(domain))) {
      out.sqn.last_ind[domain] = static_cast<std::uint8_t>(*ind);
    }
  }
  if (const auto since = optional_integer(result, row, 18)) {
    out.resync_since = std::chrono::sys_seconds(std::chrono::seconds(*since));
  }
  out.resync_count = static_cast<std::uint32_t>(result.integer(row, 19));
  return out;
}

struct NamedScheme {
  std::string_view name;
  Scheme scheme;
};
constexpr std::array<NamedScheme, 4> schemes{{{"aka", Scheme::aka},
                                              {"sip-digest", Scheme::sip_digest},
                                              {"nass-bundled", Scheme::nass_bundled},
                                              {"giba", Scheme::giba}}};

std::vector<Scheme> schemes_of(std::string_view list) {
  std::vector<Scheme> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto* found = std::find_if(schemes.begin(), schemes.end(),
                                     [&](const NamedScheme& row) { return row.name == list.substr(0, comma); });
    if (found != schemes.end()) {
      out.push_back(found->scheme);
    }
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
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
      member.schemes = schemes_of(result.octets(row, 1));
      member.subscription =
          place(rows.subscriptions, subscriptions, result.integer(row, 7), subscription_at(result, row));
    }
    if (member.has_impu) {
      const auto id = result.integer(row, 4);
      member.set = place(rows.sets, sets, id, SetRow{id, state_of(result.octets(row, 5))});
    }
    if (!result.is_null(row, 6)) {
      const std::pair key{result.integer(row, 0), result.integer(row, 4)};
      member.impi_set =
          place(rows.impi_sets, associations, key, ImpiSetRow{key.first, key.second, result.flag(row, 6)});
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

// No IMPI stands where a member needs no credential.
Command lock_command(std::span<const Identities> members) {
  std::vector<std::string_view> impis;
  for (const Identities& member : members) {
    impis.push_back(needs_credential(member.asked) ? std::string_view(member.impi) : std::string_view{});
  }
  Command out = command(Sql::lock_credentials);
  out.params.add(std::span<const std::string_view>(impis));
  return out;
}

Command registrations_command(std::span<const Identities> members) {
  std::vector<std::string_view> impis;
  std::vector<std::string_view> impus;
  for (const Identities& member : members) {
    impis.push_back(member.impi);
    impus.push_back(member.impu);
  }
  Command out = command(Sql::read_registrations);
  out.params.add(std::span<const std::string_view>(impis));
  out.params.add(std::span<const std::string_view>(impus));
  return out;
}

std::optional<Write> sqn_write(const AuthenticationRows& rows, auc::Domain domain) {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> seqs;
  std::vector<std::int64_t> leads;
  std::vector<std::int16_t> inds;
  for (const CredentialRow& row : rows.credentials) {
    if (row.changed) {
      ids.push_back(row.id);
      seqs.push_back(static_cast<std::int64_t>(row.sqn.seq));
      leads.push_back(static_cast<std::int64_t>(row.sqn.lead));
      inds.push_back(row.sqn.last_ind[static_cast<std::size_t>(domain)].value_or(0));
    }
  }
  if (ids.empty()) {
    return std::nullopt;
  }
  Write write{{&write_sqn(domain), {}}, std::nullopt};
  write.command.params.add(std::span<const std::int64_t>(ids));
  write.command.params.add(std::span<const std::int64_t>(seqs));
  write.command.params.add(std::span<const std::int64_t>(leads));
  write.command.params.add(std::span<const std::int16_t>(inds));
  return write;
}

std::optional<Write> resync_write(const AuthenticationRows& rows) {
  std::vector<std::int64_t> ids;
  std::vector<std::optional<std::int64_t>> offsets;
  std::vector<std::optional<std::int64_t>> since;
  std::vector<std::int64_t> counts;
  for (const CredentialRow& row : rows.credentials) {
    if (row.resync_changed) {
      ids.push_back(row.id);
      offsets.push_back(row.sqn.clock_offset);
      since.push_back(row.resync_since ? std::optional(row.resync_since->time_since_epoch().count()) : std::nullopt);
      counts.push_back(row.resync_count);
    }
  }
  if (ids.empty()) {
    return std::nullopt;
  }
  Write write{command(Sql::write_resync), std::nullopt};
  write.command.params.add(std::span<const std::int64_t>(ids));
  write.command.params.add(std::span<const std::optional<std::int64_t>>(offsets));
  write.command.params.add(std::span<const std::optional<std::int64_t>>(since));
  write.command.params.add(std::span<const std::int64_t>(counts));
  return write;
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
  std::vector<Write> out;
  for (auto& write : {sqn_write(rows, domain), resync_write(rows), subscription_write(pointers_to(rows.subscriptions)),
                      association_write(rows)}) {
    if (write) {
      out.push_back(*write);
    }
  }
  if (!rows.pushes.empty()) {
    out.push_back({write_pushes_command(rows.pushes), rows.pushes.size()});
  }
  return out;
}

void read_credentials(const Result& result, AuthenticationRows& rows) {
  std::map<std::int64_t, std::size_t> places;
  for (int row = 0; row < result.rows(); ++row) {
    auto& member = rows.members.at(static_cast<std::size_t>(result.integer(row, 0) - 1));
    const auto id = result.integer(row, 1);
    const auto known = places.find(id);
    member.credential =
        known != places.end() ? known->second : place(rows.credentials, places, id, credential_at(result, row));
    rows.seq_lead = static_cast<std::uint64_t>(result.integer(row, 20));
  }
}

class PgAuthenticationTransaction final : public AuthenticationTransaction {
 public:
  explicit PgAuthenticationTransaction(Connection& connection) : transaction_(connection) {}

  AuthenticationRows lock_credentials(std::span<const Identities> members) override {
    std::vector<Command> commands{lock_command(members), registrations_command(members)};
    const bool with_scheme_data = needs_scheme_data(members);
    if (with_scheme_data) {
      commands.push_back(read_scheme_data_command(members));
    }
    const auto results = transaction_.begin(std::move(commands));
    AuthenticationRows rows;
    rows.members.resize(members.size());
    read_credentials(results[0], rows);
    read_registrations(results[1], rows);
    if (with_scheme_data) {
      read_scheme_data(results[2], rows);
    }
    return rows;
  }

  void lock_subscriptions(std::span<const Identities> members, std::span<const std::int64_t> ids,
                          AuthenticationRows& rows) override {
    Params params;
    params.add(ids);
    const std::array commands{Command{&statement(Sql::lock_subscriptions), std::move(params)},
                              registrations_command(members)};
    const auto results = transaction_.run(commands);
    AuthenticationRows fresh;
    fresh.members.resize(members.size());
    read_registrations(results[1], fresh);
    refresh(fresh, ids, rows);
  }

  std::vector<RegisteredIdentities> read_registered(std::span<const std::int64_t> subscriptions) override {
    const std::array commands{read_registered_command(subscriptions)};
    return registered_in(transaction_.run(commands).front());
  }

  void commit(const AuthenticationRows& rows, auc::Domain domain) override {
    transaction_.commit(writes_of(rows, domain));
  }

 private:
  Transaction transaction_;
};

}  // namespace

std::unique_ptr<AuthenticationTransaction> PgStore::begin_authentication() {
  return std::make_unique<PgAuthenticationTransaction>(link_.connection());
}

std::vector<std::shared_ptr<const hsm::KeyReference>> PgStore::keys_of(std::span<const std::string> impis) {
  std::vector<std::string_view> views(impis.begin(), impis.end());
  Params params;
  params.add(std::span<const std::string_view>(views));
  const std::array commands{Command{&statement(Sql::read_keys), std::move(params)}};
  const auto results = link_.connection().run(commands);
  std::vector<std::shared_ptr<const hsm::KeyReference>> out(impis.size());
  for (int row = 0; row < results[0].rows(); ++row) {
    out.at(static_cast<std::size_t>(results[0].integer(row, 0) - 1)) = key_at(results[0], row, 1);
  }
  return out;
}

std::vector<hsm::KekCheck> PgStore::kek_checks() {
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
