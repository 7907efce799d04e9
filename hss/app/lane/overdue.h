// SPDX-License-Identifier: Apache-2.0
// Answers what has waited too long, whatever the thread that should have answered it is waiting for.
#pragma once

#include "hss/app/lane/pulse.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hss::app {

// A request that is owed its answer in time.
class Owed {
 public:
  Owed() = default;
  Owed(const Owed&) = delete;
  Owed& operator=(const Owed&) = delete;
  virtual ~Owed() = default;

  // It is answered, or something else sees to it that it will be.
  [[nodiscard]] virtual bool is_settled() const noexcept = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::duration age() const = 0;
  virtual void give_up() noexcept = 0;  // too_busy, unless somebody was faster
};

// Looks at all that waits, in a thread of its own that never touches database or token. An answer comes at the latest a
// twentieth of the limit after it.
class Overdue {
 public:
  explicit Overdue(std::chrono::milliseconds max_age);
  Overdue(const Overdue&) = delete;
  Overdue& operator=(const Overdue&) = delete;
  ~Overdue();

  void start();
  void stop();

  // Any thread. Keeps no request alive.
  void watch(const std::shared_ptr<Owed>& request);

  [[nodiscard]] const Pulse& pulse() const noexcept { return pulse_; }

 private:
  void run();
  void sweep();

  const std::chrono::milliseconds max_age_;
  std::mutex mutex_;
  std::condition_variable ending_;
  std::vector<std::weak_ptr<Owed>> arrived_;
  bool stopping_ = false;
  std::deque<std::weak_ptr<Owed>> waiting_;  // the thread's own; by age
  Pulse pulse_;
  std::thread thread_;
};

}  // namespace hss::app
