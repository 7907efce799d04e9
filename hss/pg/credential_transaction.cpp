// SPDX-License-Identifier: Apache-2.0
// Two round trips: lock and read; write and commit.
#include "hss/pg/credential_transaction.h"

#include "hss/pg/credential_writes.h"

#include <algorithm>
#include <iterator>

namespace hss::pg {
namespace {

class PgCredentialTransaction final : public CredentialTransaction {
 public:
  PgCredentialTransaction(Connection& connection, unsigned ind_bits) : lock_(connection, ind_bits) {}

  CredentialRows lock(Wanted wanted) override {
    CredentialRows rows;
    lock_.begin(wanted, {}, rows);
    lock_.read_left_out(wanted, rows);
    return rows;
  }

  void commit(const CredentialRows& rows, auc::Domain domain) override { lock_.commit(rows, domain); }

 private:
  CredentialLock lock_;
};

}  // namespace

std::vector<Result> CredentialLock::begin(Wanted wanted, std::vector<Command> reads, CredentialRows& rows) {
  auto commands = lock_credentials_commands(wanted);
  const auto locking = static_cast<std::ptrdiff_t>(commands.size());
  std::move(reads.begin(), reads.end(), std::back_inserter(commands));
  auto results = transaction_.begin(std::move(commands));
  rows.members.resize(wanted.size());
  if (const auto passage = read_credentials(std::span(results).first(static_cast<std::size_t>(locking)), rows)) {
    connection_.gate().check(*passage);
    has_ind_bits_ = passage->ind_bits.has_value();
  }
  results.erase(results.begin(), results.begin() + locking);
  return results;
}

void CredentialLock::read_left_out(Wanted wanted, CredentialRows& rows) {
  const auto commands = read_left_out_commands(wanted, rows);
  if (!commands.empty()) {
    pg::read_left_out(transaction_.run(commands), rows);
  }
}

void CredentialLock::commit(const CredentialRows& rows, auc::Domain domain, std::vector<Write> further) {
  auto writes = sqn_writes(rows, domain);
  std::move(further.begin(), further.end(), std::back_inserter(writes));
  if (!has_ind_bits_ && std::ranges::any_of(rows.rows, &CredentialRow::changed)) {
    writes.push_back(ind_bits_write(ind_bits_));
  }
  transaction_.commit(writes);
}

PgCredentialStore::PgCredentialStore(Options options) : link_(std::move(options), credential_store_statements()) {}

std::unique_ptr<CredentialTransaction> PgCredentialStore::begin() {
  return std::make_unique<PgCredentialTransaction>(link_.connection(), link_.options().ind_bits);
}

std::vector<std::shared_ptr<const hsm::KeyReference>> PgCredentialStore::keys_of(Wanted wanted) {
  return pg::keys_of(link_.connection(), wanted);
}

std::vector<hsm::KekCheck> PgCredentialStore::kek_checks() { return pg::kek_checks(link_.connection()); }

std::vector<Statement> credential_store_statements() {
  return joined({transaction_statements(), credential_statements(), credential_write_statements(), imsi_statements()});
}

}  // namespace hss::pg
