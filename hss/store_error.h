// SPDX-License-Identifier: Apache-2.0
// How a store fails, and what a batch makes of one of its members.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

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
  // The place is that of the caller. Clang 14 has no std::source_location beside this library.
  StoreError(StoreFailure failure, const std::string& message, const char* file = __builtin_FILE(),
             unsigned line = __builtin_LINE())
      : std::runtime_error(message), failure_(failure), file_(file), line_(line) {}
  [[nodiscard]] StoreFailure failure() const noexcept { return failure_; }
  // Where it was thrown, "gate.cpp:120"; for those who mend us, what() is for operators.
  [[nodiscard]] std::string where() const {
    const std::string_view path(file_);
    return std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(line_);
  }

 private:
  StoreFailure failure_;
  const char* file_;
  unsigned line_;
};

// What a batch made of a member: its answer, or the subscription that another transaction holds and that it has to be
// tried again for.
template <typename Answer>
struct Served {
  Answer answer;
  std::int64_t held_subscription = 0;  // 0: answered
};

}  // namespace hss
