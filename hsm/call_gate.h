// SPDX-License-Identifier: Apache-2.0
// Lets calls on the token go on side by side, and keeps all of them out while one thread opens it again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace hsm {

class CallGate {
 public:
  // Waits while the gate is shut or somebody waits to shut it.
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_shut_; });
    ++inside_;
  }
  void leave() noexcept {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) changed_.notify_all();
  }

  // Lets nobody in any more and waits for those inside. False, and the gate open again, when they do not come out in
  // time.
  [[nodiscard]] bool shut(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_shut_; });
    is_shut_ = true;
    if (changed_.wait_for(lock, patience, [this] { return inside_ == 0; })) return true;
    is_shut_ = false;
    changed_.notify_all();
    return false;
  }
  void open() noexcept {
    const std::lock_guard lock(mutex_);
    is_shut_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t inside_ = 0;
  bool is_shut_ = false;
};

}  // namespace hsm
