// SPDX-License-Identifier: Apache-2.0
// The last sign of life of a thread.
#pragma once

#include <atomic>
#include <chrono>

namespace hss::app {

class Pulse {
 public:
  using Clock = std::chrono::steady_clock;

  void beat() noexcept { last_.store(Clock::now().time_since_epoch().count()); }
  [[nodiscard]] Clock::duration silence() const noexcept {
    return Clock::now().time_since_epoch() - Clock::duration(last_.load());
  }

 private:
  std::atomic<Clock::rep> last_{Clock::now().time_since_epoch().count()};
};

}  // namespace hss::app
