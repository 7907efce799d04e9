// SPDX-License-Identifier: Apache-2.0
// One connection to PostgreSQL: opened only through a gate of checks, used only in pipelines, every wait with a
// deadline.
#pragma once

#include "hss/pg/connect.h"
#include "hss/pg/gate.h"
#include "hss/pg/options.h"
#include "hss/pg/params.h"
#include "hss/pg/result.h"
#include "hss/pg/statement.h"
#include "hss/store_error.h"

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hss::pg {

// A prepared statement with its parameters.
struct Command {
  const Statement* statement = nullptr;
  Params params;
};
template <typename... Values>
Command command(const Statement* statement, const Values&... values) {
  Command out{statement, {}};
  (out.params.add(values), ...);
  return out;
}

class Connection {
 public:
  // Connects, forces the session's settings, passes the gate, prepares the statements; keeps a reference to `options`.
  // Blocks up to the connect time-out, all of that together. Throws StoreError: unavailable, or config with what to do.
  Connection(const Options& options, std::span<const Statement> statements);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends all commands with one synchronisation point and waits for all results. Throws StoreError of the first command
  // that failed; the connection stays usable unless broken() says otherwise. Where it is lost while a COMMIT among them
  // is under way, the end of that is unknown (in_doubt).
  std::vector<Result> run(std::span<const Command> commands);

  // One command and its answer in text form, no parameters; for settings and the ends of transactions.
  Result execute(const char* sql);

  [[nodiscard]] bool broken() const noexcept { return broken_; }

  [[nodiscard]] Gate& gate() noexcept { return *gate_; }
  // Closes it at once, so that the next one passes the gate again. Throws StoreError (unavailable).
  [[noreturn]] void end(const std::string& why);

 private:
  void apply_settings(const Options& options);
  void prepare(const char* name, const char* sql);
  void send(std::span<const Command> commands);  // with the synchronisation point
  Result next_result(const char* statement);
  Result only_result();
  void wait_readable();
  [[noreturn]] void lost(const std::string& what);

  std::chrono::milliseconds patience_;              // with one answer
  std::chrono::steady_clock::time_point deadline_;  // of the opening
  ConnectionHandle connection_;
  std::optional<Gate> gate_;
  std::unordered_map<std::string_view, std::string> one_row_names_;  // by name, of statements that have such a form
  StoreFailure when_lost_ = StoreFailure::unavailable;               // in_doubt while a COMMIT is under way
  bool broken_ = false;
};

// What every session sets that runs the statements: plans depend on it.
std::span<const char* const> session_settings() noexcept;

}  // namespace hss::pg
