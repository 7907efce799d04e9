// SPDX-License-Identifier: Apache-2.0
// Pushes on their way: what was sent, and what it means when it is answered.
#pragma once

#include "hss/cx/push_messages.h"
#include "hss/cx/push_preparation.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace hss::app {

// CLOCK_BOOTTIME: goes on while the machine sleeps, as the database's does.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

// A push whose answer is waited for.
struct Flight {
  SentPush sent;
  BootClock::time_point answer_until;
};

struct Landed {
  SentPush sent;
  PushAnswer answer;  // without a code: none came in time
  bool is_late = false;
};

// Any thread.
class Flights {
 public:
  // `late`: how long an answer is still heard that was taken for lost.
  explicit Flights(std::chrono::milliseconds late) : late_(late) {}

  // The key under which its answer is told.
  std::uint64_t add(Flight flight);
  // An answer; of one that was taken for lost: a late one; of any other: nothing happens.
  void land(std::uint64_t key, PushAnswer answer);
  // What has landed, and what waits too long for its answer.
  std::vector<Landed> take();
  // How many are on their way to a host.
  [[nodiscard]] std::size_t count(const std::string& host) const;

  // For the thread that works them off.
  void wake();
  void wait(std::chrono::milliseconds most);
  void stop();
  [[nodiscard]] bool is_stopping() const;

 private:
  const std::chrono::milliseconds late_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::map<std::uint64_t, Flight> flights_;
  std::map<std::uint64_t, Flight> lost_;  // `answer_until`: as long as an answer would still be heard
  std::map<std::string, std::size_t> by_host_;
  std::vector<Landed> landed_;
  std::uint64_t next_ = 1;
  bool is_woken_ = false;
  bool stopping_ = false;
};

}  // namespace hss::app
