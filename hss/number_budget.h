// SPDX-License-Identifier: Apache-2.0
// How many sequence numbers a peer may take of one K at a time: no peer may run a card out of reach, nor lock out
// another.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace hss {

// A token bucket for each K and requesting peer, in memory of fixed size (4 MB). Where that does not suffice, the
// bucket that is nearest to full is forgotten, which forgives what was taken of it. Any thread; does not block.
class NumberBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `burst` numbers at once, one more after each `refill`; a burst of 0 never refuses.
  NumberBudget(std::uint32_t burst, std::chrono::milliseconds refill);

  // False, and nothing taken, when fewer than `count` are left.
  bool take(std::span<const std::uint8_t> fingerprint, std::string_view peer, std::size_t count, Time now);

 private:
  // Empty so far as it takes to be full again at `full_at`.
  struct Bucket {
    std::uint64_t of = 0;
    Time full_at{};
  };
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t places = 65536;
  Bucket& bucket_of(std::uint64_t of);

  const std::uint32_t burst_;
  const std::chrono::milliseconds refill_;
  std::mutex mutex_;
  std::vector<std::array<Bucket, ways>> buckets_;
};

}  // namespace hss
