// SPDX-License-Identifier: Apache-2.0
// How a store fails, and what a batch makes of one of its members.
#pragma once

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>

namespace hss {

// Why the store could not answer; nothing here ever means "not found".
enum class StoreFailure : std::uint8_t {
  unavailable,  // no connection, or it was lost, and nothing was committed
  in_doubt,     // it was lost while a COMMIT was under way: whether that took effect is unknown
  busy,         // deadlock, lock or statement time-out: the same work may succeed alone
  refused,      // the database refused this statement (constraint, bad value): only the member at fault must fail
  config,       // schema version, durability setting or privilege is wrong: an operator must act
};

class StoreError : public std::runtime_error {
 public:
  StoreError(StoreFailure failure, const std::string& message,
             const std::source_location& where = std::source_location::current())
      : std::runtime_error(message), failure_(failure), where_(where) {}
  [[nodiscard]] StoreFailure failure() const noexcept { return failure_; }
  // Where it was thrown; for lines at debug level, what() is for operators.
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

 private:
  StoreFailure failure_;
  std::source_location where_;
};

// What a batch made of a member: its answer, or the subscription that another transaction holds and that it has to be
// tried again for.
template <typename Answer>
struct Served {
  Answer answer;
  std::int64_t held_subscription = 0;  // 0: answered
};

}  // namespace hss
