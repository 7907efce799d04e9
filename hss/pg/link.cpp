// SPDX-License-Identifier: Apache-2.0
// Opening, and opening again.
#include "hss/pg/link.h"

#include "hss/pg/connection.h"
#include "hss/pg/statements.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hss::pg {

Link::Link(Options options) : options_(std::move(options)) {}
Link::~Link() = default;

Connection& Link::connection() {
  if (connection_ && !connection_->broken()) {
    return *connection_;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_attempt_) {
    throw StoreError(StoreFailure::unavailable, "no database connection; trying again soon");
  }
  connection_.reset();
  constexpr std::chrono::milliseconds shortest{100};
  constexpr std::chrono::milliseconds longest{2000};
  back_off_ = std::clamp(back_off_ * 2, shortest, longest);
  next_attempt_ = now + back_off_;
  connection_ = std::make_unique<Connection>(options_, all_statements());
  back_off_ = std::chrono::milliseconds(0);
  spdlog::info("database_connected");
  return *connection_;
}

}  // namespace hss::pg
