// SPDX-License-Identifier: Apache-2.0
// Rows of User-Authorization and Location-Info, and the transaction of the one change.
#include "hss/pg/cx/lookup.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/columns.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/transaction.h"
#include "hss/pg/words.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace hss::pg {
namespace {

// Reading for User-Authorization and Location-Info: one statement and so one snapshot, no locks.
// Capabilities are looked up only for an answer that has them: no S-CSCF is assigned, or they are asked for.
#define QUINTET_SERVED_COLUMNS "s.id, s.scscf_name, s.reassignment_pending, c.mandatory, c.optional, c.server_names"
#define QUINTET_JOIN_CAPABILITIES \
  " LEFT JOIN capability_set c ON c.id = s.capability_set_id AND (s.scscf_name IS NULL OR r.capabilities)"

constexpr Statements statements{std::array{
    Statement{"read_user_authorizations",
              "SELECT r.n, t.state, " QUINTET_SERVED_COLUMNS
              ", i.id IS NOT NULL, u.id IS NOT NULL, u.type = 'distinct_pui', p.impi_id IS NOT NULL, u.barred,"
              " u.barred AND EXISTS (SELECT FROM impu o WHERE o.set_id = u.set_id AND NOT o.barred"
              " AND o.type IN ('distinct_pui', 'wildcarded_pui')),"
              " u.may_register AND NOT s.suspended,"
              " i.roaming_area_id IS NULL OR EXISTS (SELECT FROM roaming_area_network a"
              " WHERE a.area_id = i.roaming_area_id AND a.network = r.visited),"
              " is_pending(p.auth_pending, p.pending_since, $5::bigint)"
              " FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) WITH ORDINALITY"
              " AS r (impi, impu, visited, capabilities, n)"
              " LEFT JOIN impi i ON i.identity = r.impi"
              " LEFT JOIN impu u ON u.identity = r.impu"
              " LEFT JOIN impi_set p ON p.impi_id = i.id AND p.set_id = u.set_id"
              " LEFT JOIN registration_set t ON t.id = u.set_id"
              " LEFT JOIN subscription s ON s.id = i.subscription_id" QUINTET_JOIN_CAPABILITIES},
    // The identity itself, which may be that of a wildcard, or else the wildcard with the longest literal beginning
    // (TS 23.003 13.4A, 13.5).
    Statement{"read_location_infos",
              "SELECT r.n, t.state, " QUINTET_SERVED_COLUMNS
              ", u.id IS NOT NULL, u.wildcard, u.type IN ('distinct_psi', 'wildcarded_psi'), u.psi_active,"
              " u.psi_application_server, coalesce(u.unregistered_services, f.unregistered_services)"
              " FROM unnest($1::text[], $2::boolean[]) WITH ORDINALITY AS r (impu, capabilities, n)"
              " LEFT JOIN LATERAL ("
              "(SELECT d.id, d.type, d.set_id, CASE WHEN d.wildcard_prefix IS NOT NULL THEN d.identity END AS wildcard,"
              " d.psi_active, d.psi_application_server, d.unregistered_services, d.service_profile_id"
              " FROM impu d WHERE d.identity = r.impu)"
              " UNION ALL "
              "(SELECT w.id, w.type, w.set_id, w.identity, w.psi_active, w.psi_application_server,"
              " w.unregistered_services, w.service_profile_id"
              " FROM impu w WHERE w.wildcard_prefix = ANY (prefixes(r.impu)) AND r.impu ~ w.wildcard_pattern"
              " AND NOT EXISTS (SELECT FROM impu d WHERE d.identity = r.impu)"
              " ORDER BY length(w.wildcard_prefix) DESC, w.id LIMIT 1)"
              " LIMIT 1) u ON true"
              " LEFT JOIN registration_set t ON t.id = u.set_id"
              " LEFT JOIN subscription s ON s.id = t.subscription_id"
              " LEFT JOIN service_profile f ON f.id = u.service_profile_id AND u.unregistered_services IS NULL"
              " AND t.state = 'not_registered'" QUINTET_JOIN_CAPABILITIES},
    Statement{"write_reassignment_pending",
              "UPDATE subscription SET reassignment_pending = true WHERE id = ANY ($1::bigint[])"},
}};

#undef QUINTET_JOIN_CAPABILITIES
#undef QUINTET_SERVED_COLUMNS

using Texts = std::vector<std::string_view>;
using Flags = std::vector<std::uint8_t>;

bool wants_capabilities(AuthorizationType type) { return type == AuthorizationType::registration_and_capabilities; }

Command read_command(std::span<const UserAuthorizationRequest* const> requests, std::chrono::seconds pending_max_age) {
  std::array<Texts, 3> texts;
  Flags capabilities;
  for (const UserAuthorizationRequest* request : requests) {
    texts[0].push_back(request->impi);
    texts[1].push_back(request->impu);
    texts[2].push_back(request->visited_network);
    capabilities.push_back(wants_capabilities(request->type) ? 1 : 0);
  }
  Command command{statements["read_user_authorizations"], {}};
  for (const Texts& column : texts) {
    command.params.add(std::span<const std::string_view>(column));
  }
  command.params.add_flags(capabilities);
  command.params.add(pending_max_age.count());
  return command;
}

Command read_command(std::span<const LocationInfoRequest* const> requests, std::chrono::seconds /*pending_max_age*/) {
  Texts impus;
  Flags capabilities;
  for (const LocationInfoRequest* request : requests) {
    impus.push_back(request->impu);
    capabilities.push_back(wants_capabilities(request->type) ? 1 : 0);
  }
  Command command{statements["read_location_infos"], {}};
  command.params.add(std::span<const std::string_view>(impus));
  command.params.add_flags(capabilities);
  return command;
}

std::vector<std::uint32_t> take_numbers(Cursor& row) {
  const auto wide = row.take<std::vector<std::int64_t>>();
  return {wide.begin(), wide.end()};
}

ServerCapabilities take_capabilities(Cursor& row) {
  ServerCapabilities out{take_numbers(row), take_numbers(row), {}};
  const auto names = row.take<std::vector<std::string_view>>();
  out.server_names = {names.begin(), names.end()};
  return out;
}

// What both statements have behind the number of the request: state, QUINTET_SERVED_COLUMNS.
template <typename Row>
Row take_served(Cursor& row) {
  Row out;
  if (const auto state = row.take<std::optional<std::string_view>>()) {
    out.state = state_of(*state);
  }
  out.subscription.id = row.take<std::optional<std::int64_t>>().value_or(0);
  row.read(out.subscription.scscf_name, out.subscription.reassignment_pending);
  out.subscription.capabilities = take_capabilities(row);
  return out;
}

void take_own(Cursor& row, UserAuthorizationRow& out) {
  row.read(out.has_impi, out.has_impu, out.impu_is_distinct_pui, out.is_associated, out.is_barred,
           out.has_unbarred_sibling, out.may_register, out.may_roam, out.auth_pending);
}

void take_own(Cursor& row, LocationInfoRow& out) {
  row.read(out.has_impu, out.wildcard, out.is_psi, out.psi_is_active, out.psi_application_server,
           out.has_unregistered_services);
}

template <typename Row, typename Request>
std::vector<Row> read_rows(Connection& connection, std::span<const Request* const> requests,
                           std::chrono::seconds pending_max_age) {
  const std::array commands{read_command(requests, pending_max_age)};
  const auto results = connection.run(commands);
  std::vector<Row> out(requests.size());
  for (Cursor row(results.front()); row.next();) {
    Row& into = out.at(row.place());
    into = take_served<Row>(row);
    take_own(row, into);
  }
  return out;
}

class PgReassignmentTransaction final : public ReassignmentTransaction {
 public:
  PgReassignmentTransaction(Connection& connection, std::chrono::seconds pending_max_age,
                            std::span<const std::int64_t> ids)
      : connection_(connection), transaction_(connection), pending_max_age_(pending_max_age) {
    locked_ = ids_in(transaction_.begin({lock_subscriptions_command(ids)}).front());
  }

  [[nodiscard]] const std::vector<std::int64_t>& locked() const noexcept override { return locked_; }

  // The isolation is READ COMMITTED: these see what was committed before the locks were granted.
  std::vector<UserAuthorizationRow> read(std::span<const UserAuthorizationRequest* const> requests) override {
    return read_rows<UserAuthorizationRow>(connection_, requests, pending_max_age_);
  }
  std::vector<LocationInfoRow> read(std::span<const LocationInfoRequest* const> requests) override {
    return read_rows<LocationInfoRow>(connection_, requests, pending_max_age_);
  }

  void commit(std::span<const std::int64_t> ids) override {
    Write write{{statements["write_reassignment_pending"], {}}, ids.size()};
    write.command.params.add(ids);
    transaction_.commit(std::span(&write, 1));
  }

 private:
  Connection& connection_;
  Transaction transaction_;
  std::chrono::seconds pending_max_age_;
  std::vector<std::int64_t> locked_;
};

}  // namespace

std::span<const Statement> lookup_statements() { return statements; }

std::vector<UserAuthorizationRow> PgLookupStore::read(std::span<const UserAuthorizationRequest* const> requests) {
  return read_rows<UserAuthorizationRow>(link_->connection(), requests, link_->options().pending_max_age);
}

std::vector<LocationInfoRow> PgLookupStore::read(std::span<const LocationInfoRequest* const> requests) {
  return read_rows<LocationInfoRow>(link_->connection(), requests, link_->options().pending_max_age);
}

std::unique_ptr<ReassignmentTransaction> PgLookupStore::begin_reassignment(std::span<const std::int64_t> ids) {
  return std::make_unique<PgReassignmentTransaction>(link_->connection(), link_->options().pending_max_age, ids);
}

}  // namespace hss::pg
