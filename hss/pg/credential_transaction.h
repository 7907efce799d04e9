// SPDX-License-Identifier: Apache-2.0
// The CredentialStore over PostgreSQL, and the transaction on number states that the stores of interfaces build on.
// One thread at a time.
#pragma once

#include "hss/credential_store.h"
#include "hss/pg/credential_rows.h"
#include "hss/pg/link.h"
#include "hss/pg/options.h"
#include "hss/pg/transaction.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace hss::pg {

// A transaction that locks number states first, with the gate's check of what was read. All throw StoreError.
class CredentialLock {
 public:
  CredentialLock(Connection& connection, unsigned ind_bits)
      : connection_(connection), transaction_(connection), ind_bits_(ind_bits) {}

  // Begins, locks and reads, and executes `reads` after that, all in one round trip; the results of `reads`.
  std::vector<Result> begin(Wanted wanted, std::vector<Command> reads, CredentialRows& rows);
  // Tells apart what was left out of those that are wanted here: one round trip, none when there is nothing to tell.
  void read_left_out(Wanted wanted, CredentialRows& rows);
  // Further commands of the same transaction.
  std::vector<Result> run(std::span<const Command> commands) { return transaction_.run(commands); }
  // Writes number states, then `further`, and commits. On return it is durable.
  void commit(const CredentialRows& rows, auc::Domain domain, std::vector<Write> further = {});

 private:
  Connection& connection_;
  Transaction transaction_;
  const unsigned ind_bits_;
  bool has_ind_bits_ = false;  // there are numbers already
};

class PgCredentialStore final : public CredentialStore {
 public:
  // Does not connect yet; the first use does.
  explicit PgCredentialStore(Options options);

  std::unique_ptr<CredentialTransaction> begin() override;
  std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(Wanted wanted) override;
  std::vector<hsm::KekCheck> kek_checks() override;

 private:
  Link link_;
};

// What its connection prepares.
std::vector<Statement> credential_store_statements();

}  // namespace hss::pg
