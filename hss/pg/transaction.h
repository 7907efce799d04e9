// SPDX-License-Identifier: Apache-2.0
// A transaction on a connection: begun together with its first commands, ended by a commit or, if there is none,
// undone.
#pragma once

#include "hss/pg/connection.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hss::pg {

struct Write {
  Command command;
  std::optional<std::size_t> rows;  // that it must meet; nothing: any number, or rows that this transaction has locked
};

enum class Access : std::uint8_t {
  write,
  read,  // all commands see one snapshot
};

// What the connection has to have prepared.
std::span<const Statement> transaction_statements();

// All throw StoreError. One round trip each.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  Transaction(const Transaction&) = delete;  // one end per transaction
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();  // rolls back what was not committed

  // The results of `commands`, without that of BEGIN.
  std::vector<Result> begin(std::vector<Command> commands, Access access = Access::write);
  std::vector<Result> run(std::span<const Command> commands) { return connection_.run(commands); }

  // A write that meets fewer rows than were read makes StoreError (busy): somebody has provisioned meanwhile. `last`
  // are executed after the writes; their results.
  std::vector<Result> write(std::span<const Write> writes, std::vector<Command> last = {});
  // On return it is durable. Writes that must meet their rows are counted before, in a round trip of their own, so that
  // nothing is committed in part; the others go with the COMMIT. `last` are executed after the writes; their results.
  std::vector<Result> commit(std::span<const Write> writes, std::vector<Command> last = {});

 private:
  Connection& connection_;
  bool open_ = false;
};

}  // namespace hss::pg
