// SPDX-License-Identifier: Apache-2.0
// Rows of User-Authorization and Location-Info, read by position, and the transaction of the one change.
#include "hss/pg/cx/lookup.h"

#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/statements.h"
#include "hss/pg/transaction.h"
#include "hss/pg/words.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace hss::pg {
namespace {

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
  Command command{&statement(Sql::read_user_authorizations), {}};
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
  Command command{&statement(Sql::read_location_infos), {}};
  command.params.add(std::span<const std::string_view>(impus));
  command.params.add_flags(capabilities);
  return command;
}

std::optional<std::string> optional_text(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(std::string(result.octets(row, column)));
}

ServerCapabilities capabilities_at(const Result& result, int row, int first) {
  const auto numbers = [&](int column) {
    const auto wide = result.integers(row, column);
    return std::vector<std::uint32_t>(wide.begin(), wide.end());
  };
  const auto names = result.elements(row, first + 2);
  return {numbers(first), numbers(first + 1), {names.begin(), names.end()}};
}

// What both statements begin with: number of the request, state, QUINTET_SERVED_COLUMNS.
constexpr int first_own_column = 8;

template <typename Row>
Row row_at(const Result& result, int row) {
  Row out;
  if (!result.is_null(row, 1)) {
    out.state = state_of(result.octets(row, 1));
  }
  if (!result.is_null(row, 2)) {
    out.subscription.id = result.integer(row, 2);
    out.subscription.scscf_name = optional_text(result, row, 3);
    out.subscription.reassignment_pending = result.flag(row, 4);
  }
  if (!result.is_null(row, 5)) {
    out.subscription.capabilities = capabilities_at(result, row, 5);
  }
  return out;
}

void read_own(const Result& result, int row, UserAuthorizationRow& out) {
  int column = first_own_column;
  for (bool* flag : {&out.has_impi, &out.has_impu, &out.impu_is_distinct_pui, &out.is_associated, &out.is_barred,
                     &out.has_unbarred_sibling, &out.may_register, &out.may_roam, &out.auth_pending}) {
    *flag = result.flag(row, column++);
  }
}

void read_own(const Result& result, int row, LocationInfoRow& out) {
  out.has_impu = result.flag(row, first_own_column);
  out.wildcard = optional_text(result, row, first_own_column + 1);
  out.is_psi = result.flag(row, first_own_column + 2);
  out.psi_is_active = result.flag(row, first_own_column + 3);
  out.psi_application_server = optional_text(result, row, first_own_column + 4);
  out.has_unregistered_services = result.flag(row, first_own_column + 5);
}

template <typename Row, typename Request>
std::vector<Row> read_rows(Connection& connection, std::span<const Request* const> requests,
                           std::chrono::seconds pending_max_age) {
  const std::array commands{read_command(requests, pending_max_age)};
  const auto results = connection.run(commands);
  std::vector<Row> out(requests.size());
  for (int row = 0; row < results[0].rows(); ++row) {
    Row& into = out.at(static_cast<std::size_t>(results[0].integer(row, 0) - 1));
    into = row_at<Row>(results[0], row);
    read_own(results[0], row, into);
  }
  return out;
}

class PgReassignmentTransaction final : public ReassignmentTransaction {
 public:
  PgReassignmentTransaction(Connection& connection, std::chrono::seconds pending_max_age,
                            std::span<const std::int64_t> ids)
      : connection_(connection), transaction_(connection), pending_max_age_(pending_max_age) {
    Command lock{&statement(Sql::lock_subscriptions), {}};
    lock.params.add(ids);
    const auto results = transaction_.begin({std::move(lock)});
    locked_ = locked_in(results.front());
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
    Write write{{&statement(Sql::write_reassignment_pending), {}}, ids.size()};
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
