// SPDX-License-Identifier: Apache-2.0
// One connection to PostgreSQL and the gate it passes before it is used.
#include "hss/pg/connection.h"

#include "hss/pg/one_row.h"

#include <poll.h>

#include <algorithm>
#include <array>

namespace hss::pg {
namespace {

using Clock = std::chrono::steady_clock;

// SQLSTATE by class: what the caller may do about it.
struct StateClass {
  std::string_view prefix;
  StoreFailure failure;
};
constexpr std::array<StateClass, 13> state_classes{{
    {"40", StoreFailure::busy},            // serialization failure, deadlock
    {"55P03", StoreFailure::busy},         // lock_timeout
    {"57014", StoreFailure::busy},         // statement_timeout
    {"08", StoreFailure::unavailable},     // connection
    {"57P", StoreFailure::unavailable},    // shutdown, crash, starting up
    {"53", StoreFailure::unavailable},     // disk full, too many connections
    {"58", StoreFailure::unavailable},     // I/O error
    {"0A", StoreFailure::unavailable},     // a prepared statement whose tables were made again: reconnect
    {"25006", StoreFailure::unavailable},  // read only: not the primary any more
    {"42", StoreFailure::config},          // privilege, missing table
    {"28", StoreFailure::config},          // password
    {"3D", StoreFailure::config},          // no such database
    {"XX", StoreFailure::unavailable},     // internal error, corruption
}};

StoreFailure failure_of(std::string_view state) {
  for (const StateClass& row : state_classes) {
    if (state.starts_with(row.prefix)) {
      return row.failure;
    }
  }
  return state.empty() ? StoreFailure::unavailable : StoreFailure::refused;
}

// Only severity, code and primary text: details may quote row contents.
StoreError error_of(PGresult* result, const char* doing) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string code = state == nullptr ? "" : state;
  return {failure_of(code), std::string(doing) + ": " +
                                (primary == nullptr ? one_line(PQresultErrorMessage(result)) : one_line(primary)) +
                                " (" + (code.empty() ? "no SQLSTATE" : code) + ")"};
}

// Nested loops over index scans keep the lock order of the sorted batch and never surprise on a grown table.
// Last, memory: a block of this size, once freed, teaches the backend's allocator (glibc) to keep what a transaction
// has freed. Otherwise, as its heap happens to lie, it gives pages back and takes them again in each one.
constexpr std::array settings{"SET search_path = quintet, pg_catalog",
                              "SET default_transaction_isolation = 'read committed'",
                              "SET default_transaction_read_only = off",
                              "SET plan_cache_mode = force_generic_plan",
                              "SET jit = off",
                              "SET enable_hashjoin = off",
                              "SET enable_mergejoin = off",
                              "SET enable_seqscan = off",
                              "SET enable_bitmapscan = off",
                              "SET idle_in_transaction_session_timeout = '30s'",
                              "SELECT length(repeat('x', 4194304))"};

constexpr const char* outside = "database session";  // of a pipeline

bool is_commit(const Command& command) { return std::string_view(command.statement->sql) == "COMMIT"; }

bool is_failure(PGresult* result) {
  const auto status = PQresultStatus(result);
  return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC;
}

}  // namespace

Connection::Connection(const Options& options, std::span<const Statement> statements)
    : patience_(options.statement_timeout + std::chrono::milliseconds(1000)),
      deadline_(Clock::now() + options.connect_timeout),
      connection_(connect(options, deadline_)) {
  if (PQsetnonblocking(connection_.get(), 1) != 0) {
    lost("PQsetnonblocking");
  }
  apply_settings(options);
  gate_.emplace(*this, options);
  for (const Statement& statement : statements) {
    prepare(statement.name, statement.sql);
    if (const auto sql = for_one_row(statement.sql)) {
      const auto& name = one_row_names_.emplace(statement.name, std::string(statement.name) + "_of_one").first->second;
      prepare(name.c_str(), sql->c_str());
    }
  }
  if (PQenterPipelineMode(connection_.get()) != 1) {
    lost("PQenterPipelineMode");
  }
  deadline_ = Clock::time_point::max();
}

void Connection::prepare(const char* name, const char* sql) {
  if (PQsendPrepare(connection_.get(), name, sql, 0, nullptr) != 1) {
    lost("PQsendPrepare");
  }
  const Result prepared = only_result();
  if (prepared.get() == nullptr || is_failure(prepared.get())) {
    throw error_of(prepared.get(), name);
  }
}

void Connection::apply_settings(const Options& options) {
  for (const char* setting : settings) {
    execute(setting);
  }
  execute(("SET statement_timeout = " + std::to_string(options.statement_timeout.count())).c_str());
  execute(("SET lock_timeout = " + std::to_string(options.lock_timeout.count())).c_str());
}

Result Connection::execute(const char* sql) {
  const bool pipeline = PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF;
  if (pipeline) {
    throw StoreError(StoreFailure::config, "execute inside a pipeline");
  }
  if (PQsendQuery(connection_.get(), sql) != 1) {
    lost("PQsendQuery");
  }
  Result first = only_result();
  if (first.get() == nullptr || is_failure(first.get())) {
    throw error_of(first.get(), outside);
  }
  return first;
}

void Connection::send(std::span<const Command> commands) {
  PGconn* connection = connection_.get();
  for (const Command& command : commands) {
    const auto one_row =
        command.params.is_one_row() ? one_row_names_.find(command.statement->name) : one_row_names_.end();
    const bool is_one_row = one_row != one_row_names_.end();
    const Values values = is_one_row ? command.params.elements() : command.params.values();
    const std::vector<int> formats(values.lengths.size(), 1);
    if (is_commit(command)) {
      when_lost_ = StoreFailure::in_doubt;
    }
    if (PQsendQueryPrepared(connection, is_one_row ? one_row->second.c_str() : command.statement->name,
                            command.params.count(), values.pointers.data(), values.lengths.data(), formats.data(),
                            1) != 1) {
      lost("PQsendQueryPrepared");
    }
  }
  if (PQpipelineSync(connection) != 1) {
    lost("PQpipelineSync");
  }
}

std::vector<Result> Connection::run(std::span<const Command> commands) {
  broken_ = true;  // whatever is thrown before all has been read leaves the two sides out of step
  send(commands);
  std::vector<Result> results;
  results.reserve(commands.size());
  std::unique_ptr<StoreError> first_failure;
  for (const Command& command : commands) {
    Result result = next_result(command.statement->name);
    if (result.get() == nullptr) {
      lost("PQgetResult");
    }
    if (!first_failure && is_failure(result.get())) {
      first_failure = std::make_unique<StoreError>(error_of(result.get(), command.statement->name));
      when_lost_ = is_commit(command) ? when_lost_ : StoreFailure::unavailable;  // nothing behind it is executed
    }
    results.push_back(std::move(result));
    if (next_result(command.statement->name).get() != nullptr) {  // the NULL that ends each command
      lost("PQgetResult");
    }
  }
  if (const Result sync = next_result("sync"); PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) {
    lost("PQgetResult");
  }
  broken_ = false;
  when_lost_ = StoreFailure::unavailable;
  if (first_failure) {
    broken_ = first_failure->failure() == StoreFailure::unavailable;
    throw StoreError(*first_failure);
  }
  return results;
}

// The result of a command outside a pipeline, and the NULL that ends it.
Result Connection::only_result() {
  Result first = next_result(outside);
  while (first.get() != nullptr && next_result(outside).get() != nullptr) {
  }
  return first;
}

// Waits for one result without ever waiting longer than the server's own time-outs allow it to take.
Result Connection::next_result(const char* statement) {
  while (PQflush(connection_.get()) == 1 || PQisBusy(connection_.get()) != 0) {
    wait_readable();
  }
  Result result(PQgetResult(connection_.get()), statement);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) {
    lost("PQgetResult");
  }
  return result;
}

void Connection::wait_readable() {
  PGconn* connection = connection_.get();
  const auto deadline = std::min(Clock::now() + patience_, deadline_);
  while (true) {
    const int pending = PQflush(connection);
    if (pending < 0) {
      lost("PQflush");
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd poll_fd{PQsocket(connection), static_cast<short>(pending == 1 ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = left > 0 ? poll(&poll_fd, 1, static_cast<int>(left)) : 0;
    if (ready == 0) {
      lost("no answer in time");
    }
    if (ready > 0) {
      break;
    }
  }
  if (PQconsumeInput(connection) != 1) {
    lost("PQconsumeInput");
  }
}

// Closes at once: a server that was only slow would otherwise keep the transaction's locks.
void Connection::lost(const std::string& what) {
  broken_ = true;
  const std::string why = one_line(PQerrorMessage(connection_.get()));
  connection_.reset();
  const char* doubt = when_lost_ == StoreFailure::in_doubt ? "; a COMMIT was under way, its end is unknown" : "";
  throw StoreError(when_lost_, "database connection lost: " + what + ": " + why + doubt);
}

void Connection::end(const std::string& why) {
  broken_ = true;
  connection_.reset();
  throw StoreError(StoreFailure::unavailable, "database connection ended: " + why);
}

std::span<const char* const> session_settings() noexcept { return settings; }

}  // namespace hss::pg
