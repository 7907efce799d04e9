// SPDX-License-Identifier: Apache-2.0
// Opening, and opening again.
#include "hss/pg/link.h"

#include "hsm/base/log.h"
#include "hss/pg/connection.h"

#include <utility>

namespace hss::pg {

Link::Link(Options options, std::vector<Statement> statements)
    : options_(std::move(options)), statements_(std::move(statements)) {}
Link::~Link() = default;

Connection& Link::connection() {
  if (connection_ && !connection_->broken()) {
    return *connection_;
  }
  if (!back_off_.is_due()) {
    throw StoreError(StoreFailure::unavailable, "no database connection; trying again soon");
  }
  connection_.reset();
  back_off_.failed();  // until it has succeeded
  connection_ = std::make_unique<Connection>(options_, statements_);
  back_off_.succeeded();
  base::log(base::event("database_connected"), "", "");
  return *connection_;
}

}  // namespace hss::pg
