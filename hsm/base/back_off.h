// SPDX-License-Identifier: Apache-2.0
// When a failed attempt may be repeated: after a delay that doubles up to a limit.
#pragma once

#include <algorithm>
#include <chrono>

namespace base {

class BackOff {
 public:
  using Clock = std::chrono::steady_clock;
  BackOff(std::chrono::milliseconds min, std::chrono::milliseconds max) : min_(min), max_(max) {}

  [[nodiscard]] bool is_due() const noexcept { return Clock::now() >= due_; }
  [[nodiscard]] std::chrono::milliseconds left() const noexcept {
    return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now()));
  }
  void failed() noexcept {
    delay_ = std::clamp(delay_ * 2, min_, max_);
    due_ = Clock::now() + delay_;
  }
  void succeeded() noexcept {
    delay_ = std::chrono::milliseconds(0);
    due_ = Clock::time_point();
  }

 private:
  std::chrono::milliseconds min_, max_, delay_{0};
  Clock::time_point due_;
};

}  // namespace base
