// SPDX-License-Identifier: Apache-2.0
// Keeps one connection to the database open: re-opened with back-off when it was lost. One thread at a time.
#pragma once

#include "hss/pg/options.h"

#include <chrono>
#include <memory>

namespace hss::pg {

class Connection;

class Link {
 public:
  // Does not connect yet; the first use does.
  explicit Link(Options options);
  Link(const Link&) = delete;  // one connection, one owner
  Link& operator=(const Link&) = delete;
  ~Link();

  // The open connection, with all statements prepared; opens it when there is none and the back-off allows. Throws
  // StoreError (unavailable, or config: an operator must act).
  Connection& connection();
  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  Options options_;
  std::unique_ptr<Connection> connection_;
  std::chrono::steady_clock::time_point next_attempt_{};
  std::chrono::milliseconds back_off_{0};
};

}  // namespace hss::pg
