// SPDX-License-Identifier: Apache-2.0
// Keeps one connection to the database open: re-opened with back-off when it was lost. One thread at a time.
#pragma once

#include "hsm/base/back_off.h"
#include "hss/pg/options.h"
#include "hss/pg/statement.h"

#include <chrono>
#include <memory>
#include <vector>

namespace hss::pg {

class Connection;

class Link {
 public:
  // Does not connect yet; the first use does.
  Link(Options options, std::vector<Statement> statements);
  Link(const Link&) = delete;  // one connection, one owner
  Link& operator=(const Link&) = delete;
  ~Link();

  // The open connection, with the statements prepared; opens it when there is none and the back-off allows. Throws
  // StoreError (unavailable, or config: an operator must act).
  Connection& connection();
  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  Options options_;
  std::vector<Statement> statements_;
  std::unique_ptr<Connection> connection_;
  base::BackOff back_off_{std::chrono::milliseconds(100), std::chrono::milliseconds(2000)};
};

}  // namespace hss::pg
