// SPDX-License-Identifier: Apache-2.0
// Watches the calls into the token, one session beside the other, for those that do not come back.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hss::app {

class TokenWatch {
  struct Session {
    std::atomic<std::int64_t> call_began{0};  // steady clock, ns; 0: not in a call
    std::atomic<bool> is_stalled{false};
  };

 public:
  // What is done about it, by the watchdog's thread, again and again as long as it lasts. Must not block for a call.
  struct Duties {
    std::function<void(std::size_t session)> one_stalls;
    std::function<void()> all_stall;
  };
  TokenWatch(std::size_t sessions, std::chrono::milliseconds call_timeout, Duties duties);
  TokenWatch(const TokenWatch&) = delete;
  TokenWatch& operator=(const TokenWatch&) = delete;
  ~TokenWatch();

  void start();
  void stop();  // idempotent

  // A call, or some in a row, under the eyes of the watchdog.
  class Call {
   public:
    Call(TokenWatch& watch, std::size_t session);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

   private:
    Session& session_;
    const std::size_t number_;
  };

  [[nodiscard]] bool is_stalled(std::size_t session) const noexcept;
  [[nodiscard]] bool are_all_stalled() const noexcept;

 private:
  void run();
  void look_at(std::size_t number);

  const std::chrono::milliseconds call_timeout_;
  const Duties duties_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hss::app
