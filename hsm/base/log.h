// SPDX-License-Identifier: Apache-2.0
// Writes lines of log: an event of the table, what it is about, as `key=value`.
#pragma once

#include "hsm/base/events.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace base {

using spdlog::level::level_enum;
using EventCounts = std::array<std::uint64_t, table::events.size()>;  // in the order of the table

namespace detail {
// Counts it. Would a line be written, if its cause allows?
[[nodiscard]] bool is_wanted(level_enum level, Event event) noexcept;
// How many lines of this cause were held back, if this one may be written.
[[nodiscard]] std::optional<std::uint64_t> pass(Event event, std::string_view cause) noexcept;
void write(level_enum level, Event event, std::uint64_t held_back, std::string_view text);
}  // namespace detail

// Each line counts. Of each cause (whatever tells one reason to act from another: an error's text, a peer with a code)
// a few pass at once and then one per second (hsm/base/log_limit.h); the next that passes tells as `held_back=` how
// many did not. What cannot be written for want of memory is lost. Any thread, but none that can be cancelled.
// `make_cause` and `make` are called only if they are needed, for the cause where the level is written, for the text
// where the cause passes.
template <typename MakeCause, typename Make>
void log_made(level_enum level, Event event, const MakeCause& make_cause, const Make& make) noexcept {
  if (!detail::is_wanted(level, event)) {
    return;
  }
  try {
    if (const auto held_back = detail::pass(event, make_cause())) {
      detail::write(level, event, *held_back, make());
    }
  } catch (const std::exception&) {  // the line is lost, nothing else
  }
}
template <typename... Args>
void log_at(level_enum level, Event event, std::string_view cause, fmt::format_string<Args...> format,
            Args&&... args) noexcept {
  log_made(
      level, event, [&] { return cause; }, [&] { return fmt::vformat(format, fmt::make_format_args(args...)); });
}
template <typename... Args>
void log(Event event, std::string_view cause, fmt::format_string<Args...> format, Args&&... args) noexcept {
  log_at<Args...>(event->level, event, cause, format, std::forward<Args>(args)...);
}

// How often each event happened since the process began, written or not. Any thread.
[[nodiscard]] EventCounts event_counts() noexcept;

}  // namespace base
