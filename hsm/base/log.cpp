// SPDX-License-Identifier: Apache-2.0
// Counters and limits by event, and the one place where a line is put together.
#include "hsm/base/log.h"

#include "hsm/base/log_limit.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <string>

namespace base {
namespace {

struct State {
  LogLimit limit;
  std::atomic<std::uint64_t> count{0};
};

// In the order of the table. Never destroyed: threads log until the process ends.
State& state_of(std::size_t row) {
  static auto& all = *new std::array<State, table::events.size()>;  // NOLINT(cppcoreguidelines-owning-memory)
  return all.at(row);
}

}  // namespace

bool detail::is_wanted(level_enum level, Event event) noexcept {
  state_of(event.row()).count.fetch_add(1, std::memory_order_relaxed);
  return spdlog::should_log(level);
}

std::optional<std::uint64_t> detail::pass(Event event, std::string_view cause) noexcept {
  return state_of(event.row()).limit.pass(cause);
}

void detail::write(level_enum level, Event event, std::uint64_t held_back, std::string_view text) {
  std::string line(event->name);
  line += text.empty() ? "" : " ";
  line += text;
  line += held_back == 0 ? std::string() : fmt::format(" held_back={}", held_back);
  spdlog::log(level, "{}", line);
}

EventCounts event_counts() noexcept {
  EventCounts out{};
  for (std::size_t row = 0; row < out.size(); ++row) {
    out[row] = state_of(row).count.load(std::memory_order_relaxed);
  }
  return out;
}

}  // namespace base
