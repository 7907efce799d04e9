// SPDX-License-Identifier: Apache-2.0
// The one thread that builds and sends answers, so that neither the token's nor the database's threads do.
#pragma once

#include "diameter_ext/message.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace diameter_ext {

// An answer in plain values together with its request, whatever the command. Secrets in it are wiped with it.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  // The complete message, called once by the sender's thread; null when nothing can be sent.
  virtual Message build() noexcept = 0;
};

// Answers leave in bursts: each one alone would wake freeDiameter's sending thread once more.
class Sender {
 public:
  Sender();
  Sender(const Sender&) = delete;  // its thread holds its address
  Sender& operator=(const Sender&) = delete;
  ~Sender();  // as stop()

  // From any thread; never waits. The caller's own thread builds and sends while the most that may wait is waiting,
  // after stop(), and an answer that comes alone where sending never waits: handing it over would cost more. Throws
  // std::bad_alloc; the answer is then still the caller's.
  void post(std::unique_ptr<Outgoing>&& answer);

  // How long the thread has not come for more, although answers wait or are being sent; 0 when there are none. Any
  // thread; does not wait.
  [[nodiscard]] std::chrono::steady_clock::duration silence();
  // Sends what waits, then ends the thread. Idempotent.
  void stop();

 private:
  using Burst = std::vector<std::unique_ptr<Outgoing>>;
  void run();
  Burst take();

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::unique_ptr<Outgoing>> waiting_;
  bool stopping_ = false;
  bool sending_ = false;                              // the thread has a burst at hand
  std::chrono::steady_clock::time_point busy_since_;  // while there is something to do
  std::chrono::steady_clock::time_point last_post_;
  std::chrono::steady_clock::time_point last_burst_;  // of the thread alone
  std::thread thread_;
};

}  // namespace diameter_ext
