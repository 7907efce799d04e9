// SPDX-License-Identifier: Apache-2.0
// Keeps a flood of failures from becoming one of logs, cause by cause: one that is frequent hides no other.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace base {

// Of each cause a few lines pass at once and then one per second. The number of causes is bounded; who makes up new
// ones without end takes none of the room of those that are known, and shares one line per second with all others like
// it.
class LogLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr unsigned burst = 5;  // lines at once
  static constexpr std::size_t most_causes = 1024;
  static constexpr std::size_t longest_cause = 600;  // octets that tell one from another: two host names and some words

  // How many lines of this cause were held back since its last one, if this one may be logged; nothing otherwise. Any
  // thread. A cause is whatever tells one reason to act from another: an error's text, a peer with a code.
  [[nodiscard]] std::optional<std::uint64_t> pass(std::string_view cause,
                                                  Time now = std::chrono::steady_clock::now()) noexcept;

 private:
  // Refilled with one line per second.
  struct Bucket {
    unsigned lines = burst;
    Time refilled;
    [[nodiscard]] bool take(Time now) noexcept;
  };
  struct Cause {
    std::string name;
    Bucket bucket;
    Time last;
    std::uint64_t held_back = 0;
    bool came_again = false;
  };
  using Causes = std::list<Cause>;  // the latest first

  Cause* known(std::string_view name);
  Cause* admit(std::string_view name, Time now);
  void forget_one(Time now);
  void report_others();

  std::mutex mutex_;
  Causes causes_;
  std::unordered_map<std::string_view, Causes::iterator> index_;
  Bucket newcomers_;
  std::uint64_t others_held_back_ = 0;  // of causes that are not, or no longer, known
};

}  // namespace base
