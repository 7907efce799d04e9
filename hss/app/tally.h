// Counts the answers of one command by outcome.
#pragma once

#include "hss/outcome.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hss::app {

using AnswerCounts = std::array<std::uint64_t, outcome_codes.size()>;  // by Outcome

class Tally {
 public:
  void count(Outcome outcome) noexcept {
    counts_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] AnswerCounts counts() const noexcept {
    AnswerCounts out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, outcome_codes.size()> counts_{};
};

}  // namespace hss::app
