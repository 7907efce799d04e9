// SPDX-License-Identifier: Apache-2.0
// Beginning, writing, ending.
#include "hss/pg/transaction.h"

#include "hsm/base/log.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"begin", "BEGIN"},
    Statement{"begin_reading", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
    Statement{"commit", "COMMIT"},
    Statement{"rollback", "ROLLBACK"},
}};

Command beginning(Access access) {
  return {access == Access::read ? statements["begin_reading"] : statements["begin"], {}};
}

std::vector<Command> commands_of(std::span<const Write> writes) {
  std::vector<Command> commands;
  commands.reserve(writes.size() + 1);
  for (const Write& write : writes) {
    commands.push_back(write.command);
  }
  return commands;
}

void check_rows(std::span<const Write> writes, std::span<const Result> results) {
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (writes[i].rows && results[i].affected() != *writes[i].rows) {
      throw StoreError(StoreFailure::busy,
                       std::string(writes[i].command.statement->name) + " met fewer rows than were read");
    }
  }
}

}  // namespace

std::span<const Statement> transaction_statements() { return statements; }

Transaction::~Transaction() {
  if (!open_ || connection_.broken()) {
    return;
  }
  try {
    const std::array rollback{Command{statements["rollback"], {}}};
    connection_.run(rollback);
  } catch (const std::exception& error) {
    base::log(base::event("rollback_failed"), error.what(), "error=\"{}\"",
              error.what());  // the connection is given up by its owner
  }
}

std::vector<Result> Transaction::begin(std::vector<Command> commands, Access access) {
  open_ = true;
  commands.insert(commands.begin(), beginning(access));
  auto results = connection_.run(commands);
  results.erase(results.begin());
  return results;
}

std::vector<Result> Transaction::write(std::span<const Write> writes, std::vector<Command> last) {
  auto commands = commands_of(writes);
  std::move(last.begin(), last.end(), std::back_inserter(commands));
  if (commands.empty()) {
    return {};
  }
  auto results = connection_.run(commands);
  check_rows(writes, results);
  results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(writes.size()));
  return results;
}

std::vector<Result> Transaction::commit(std::span<const Write> writes, std::vector<Command> last) {
  if (std::any_of(writes.begin(), writes.end(), [](const Write& each) { return each.rows.has_value(); })) {
    write(writes);
    writes = {};
  }
  auto commands = commands_of(writes);
  std::move(last.begin(), last.end(), std::back_inserter(commands));
  commands.push_back({statements["commit"], {}});
  auto results = connection_.run(commands);
  open_ = false;
  if (results.back().command() != "COMMIT") {
    throw StoreError(StoreFailure::busy, "the transaction was rolled back");
  }
  results.pop_back();
  results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(writes.size()));
  return results;
}

}  // namespace hss::pg
