// SPDX-License-Identifier: Apache-2.0
// Counts the answers of one command by outcome, and the requests that get none, by the reason why.
#pragma once

#include "hsm/base/log.h"
#include "hss/command.h"
#include "hss/outcome.h"
#include "hss/text_forms.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hss::app {

using AnswerCounts = std::array<std::uint64_t, outcome_codes.size()>;  // by Outcome

class Tally {
 public:
  explicit Tally(Command command) : command_(command) {}

  void count(Outcome outcome) noexcept {
    counts_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
  }
  // A request of this host is left without an answer, because this is what the host wants to hear of an outage.
  void drop(std::string_view host) noexcept {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    tell(base::event("request_dropped"), host);
  }
  // So is one whose connection has gone.
  void abandon(std::string_view host) noexcept {
    abandoned_.fetch_add(1, std::memory_order_relaxed);
    tell(base::event("request_abandoned"), host);
  }
  [[nodiscard]] AnswerCounts counts() const noexcept {
    AnswerCounts out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return out;
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t abandoned() const noexcept { return abandoned_.load(std::memory_order_relaxed); }

 private:
  // Of each host and command.
  void tell(base::Event event, std::string_view host) const noexcept {
    base::log_made(
        event->level, event, [&] { return fmt::format("{} {}", word_of(command_), host); },
        [&] { return fmt::format("command={} peer=\"{}\"", word_of(command_), log_text(host)); });
  }

  const Command command_;
  std::array<std::atomic<std::uint64_t>, outcome_codes.size()> counts_{};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> abandoned_{0};
};

}  // namespace hss::app
