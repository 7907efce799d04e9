// SPDX-License-Identifier: Apache-2.0
// How a store fails, and what a batch makes of one of its members.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace hss {

// Why the store could not answer; nothing here ever means "not found".
enum class StoreFailure : std::uint8_t {
  unavailable,  // no connection, or it was lost; the end of a commit under way is unknown
  busy,         // deadlock, lock or statement time-out: the same work may succeed alone
  refused,      // the database refused this statement (constraint, bad value): only the guilty member must fail
  config,       // schema version, durability setting or privilege is wrong: an operator must act
};

class StoreError : public std::runtime_error {
 public:
  StoreError(StoreFailure failure, const std::string& message) : std::runtime_error(message), failure_(failure) {}
  [[nodiscard]] StoreFailure failure() const noexcept { return failure_; }

 private:
  StoreFailure failure_;
};

// What a batch made of a member: its answer, or the subscription that another transaction holds and that it has to be
// tried again for.
template <typename Answer>
struct Served {
  Answer answer;
  std::int64_t held_subscription = 0;  // 0: answered
};

}  // namespace hss
