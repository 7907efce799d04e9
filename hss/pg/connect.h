// SPDX-License-Identifier: Apache-2.0
// Opens a connection to PostgreSQL within one time, however many hosts and addresses there are to try.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>

namespace hss::pg {

struct Options;

struct FinishConnection {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;

// A connection that is open, to the first address that has a primary. Those that do not answer share what is left of
// the time. Throws StoreError: unavailable, or config when the conninfo cannot be read. Blocks until `deadline`, and
// beyond it only while the system looks a name up.
ConnectionHandle connect(const Options& options, std::chrono::steady_clock::time_point deadline);

// What libpq says, in one line.
std::string one_line(const char* message);

}  // namespace hss::pg
