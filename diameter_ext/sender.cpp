// SPDX-License-Identifier: Apache-2.0
// The sending thread and its queue.
#include "diameter_ext/sender.h"

#include "diameter_ext/hardened.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace diameter_ext {
namespace {

constexpr std::size_t most_waiting = 1024;
constexpr std::size_t burst_size = 24;  // below the 30 messages that the sending queue of Debian's library holds
constexpr std::chrono::microseconds burst_interval{200};
constexpr std::chrono::milliseconds alone_after{1};

}  // namespace

Sender::Sender() : thread_([this] { run(); }) {}

Sender::~Sender() { stop(); }

void Sender::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Sender::post(std::unique_ptr<Outgoing>&& answer) {
  const auto now = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  const bool comes_alone = waiting_.empty() && !sending_ && now - std::exchange(last_post_, now) > alone_after;
  if (stopping_ || waiting_.size() >= most_waiting || (comes_alone && sending_never_waits())) {
    lock.unlock();
    send_now(std::exchange(answer, nullptr)->build());
    return;
  }
  if (waiting_.empty() && !sending_) {
    busy_since_ = now;
  }
  waiting_.push_back(std::move(answer));
  const std::size_t count = waiting_.size();
  lock.unlock();
  if (count == 1 || count == burst_size) {
    filled_.notify_one();
  }
}

std::chrono::steady_clock::duration Sender::silence() {
  const std::lock_guard lock(mutex_);
  const bool is_busy = sending_ || !waiting_.empty();
  return is_busy ? std::chrono::steady_clock::now() - busy_since_ : std::chrono::steady_clock::duration{};
}

// An answer that comes alone is taken at once; those that follow each other closely gather first.
Sender::Burst Sender::take() {
  std::unique_lock lock(mutex_);
  sending_ = false;
  filled_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  sending_ = true;
  busy_since_ = std::chrono::steady_clock::now();
  filled_.wait_until(lock, last_burst_ + burst_interval, [this] { return stopping_ || waiting_.size() >= burst_size; });
  const std::size_t count = std::min(burst_size, waiting_.size());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  Burst burst(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return burst;
}

void Sender::run() {
  pthread_setname_np(pthread_self(), "quintet-sender");
  std::vector<Message> messages;
  messages.reserve(burst_size);
  for (Burst burst = take(); !burst.empty(); burst = take()) {
    for (auto& answer : burst) {
      messages.push_back(answer->build());
      answer.reset();  // wipes its secrets before Debian's library may hold us up
    }
    send_now(messages);
    messages.clear();
    last_burst_ = std::chrono::steady_clock::now();
  }
}

}  // namespace diameter_ext
