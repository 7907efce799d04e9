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

// Hands the message to freeDiameter; blocks while its sending queue (30 messages) is full, which one peer that stops
// reading can cause. A message that could not be sent is freed: its peer has gone, or the daemon is stopping.
void send_now(Message message) noexcept;

// Answers leave in bursts: each one alone would wake freeDiameter's sending thread once more.
class Sender {
 public:
  Sender();
  Sender(const Sender&) = delete;  // its thread holds its address
  Sender& operator=(const Sender&) = delete;
  ~Sender();  // as stop()

  // From any thread. Blocks only while the most that may wait is waiting (memory stays bounded); after stop() the
  // answer is sent by the caller's own thread. Throws std::bad_alloc; the answer is then still the caller's.
  void post(std::unique_ptr<Outgoing>&& answer);

  // Sends what waits, then ends the thread. Idempotent.
  void stop();

 private:
  using Burst = std::vector<std::unique_ptr<Outgoing>>;
  void run();
  Burst take();

  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<std::unique_ptr<Outgoing>> waiting_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point last_burst_;  // of the thread alone
  std::thread thread_;
};

}  // namespace diameter_ext
