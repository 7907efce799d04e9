// Lets one line of a kind through per second and counts the rest, so that a flood of failures does not become one of
// logs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace hss::app {

class LogLimit {
 public:
  // How many were held back since the last line, if this one may be logged; nothing otherwise. Any thread.
  std::optional<std::uint64_t> pass() noexcept {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
    auto last = last_.load();
    if (last == now || !last_.compare_exchange_strong(last, now)) {
      ++held_back_;
      return std::nullopt;
    }
    return held_back_.exchange(0);
  }

 private:
  std::atomic<std::int64_t> last_{-1};
  std::atomic<std::uint64_t> held_back_{0};
};

}  // namespace hss::app
