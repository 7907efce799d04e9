// SPDX-License-Identifier: Apache-2.0
// A log-linear histogram of durations: 64 steps per power of two, so a percentile is exact to 1.6 %.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace bench {

class Histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_[index(value)];
    ++total_;
    sum_ += value;
    largest_ = std::max(largest_, value);
  }

  // Upper edge of the step in which the given part (0..1) of all values has been reached; 0 when empty.
  [[nodiscard]] std::uint64_t percentile(double part) const {
    if (total_ == 0) return 0;
    const auto wanted =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(part * static_cast<double>(total_) + 0.5));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= wanted) return std::min(upper_edge(i), largest_);
    }
    return largest_;
  }

  [[nodiscard]] std::uint64_t count() const { return total_; }
  [[nodiscard]] std::uint64_t largest() const { return largest_; }
  [[nodiscard]] double mean() const {
    return total_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(total_);
  }

 private:
  static constexpr unsigned step_bits = 6;
  static constexpr std::size_t steps = std::size_t{1} << step_bits;

  static std::size_t index(std::uint64_t value) {
    if (value < steps) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - step_bits;
    return (shift + 1) * steps + (value >> shift) - steps;
  }
  static std::uint64_t upper_edge(std::size_t i) {
    if (i < steps) return i;
    const std::size_t shift = i / steps - 1;
    return ((i % steps + steps + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(steps * (64 - step_bits + 1));
  std::uint64_t total_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace bench
