// Counts the answers of one command by outcome, and the requests that get none.
#pragma once

#include "hss/app/log_limit.h"
#include "hss/messages.h"
#include "hss/outcome.h"
#include "hss/text_forms.h"

#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

namespace hss::app {

using AnswerCounts = std::array<std::uint64_t, outcome_codes.size()>;  // by Outcome

class Tally {
 public:
  explicit Tally(Command command) : command_(command) {}

  void count(Outcome outcome) noexcept {
    counts_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
  }
  // A request of this host is left without an answer.
  void drop(std::string_view host) noexcept {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    if (const auto held_back = limit_.pass(host)) {
      try {
        spdlog::warn("request_dropped command={} peer=\"{}\" held_back={}",
                     command_names[static_cast<std::size_t>(command_)], log_text(host), *held_back);
      } catch (const std::bad_alloc&) {  // the line is lost, nothing else
      }
    }
  }
  [[nodiscard]] AnswerCounts counts() const noexcept {
    AnswerCounts out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return out;
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  const Command command_;
  std::array<std::atomic<std::uint64_t>, outcome_codes.size()> counts_{};
  std::atomic<std::uint64_t> dropped_{0};
  LogLimit limit_;
};

}  // namespace hss::app
