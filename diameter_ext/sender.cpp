// The sending thread and its queue.
#include "diameter_ext/sender.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace diameter_ext {
namespace {

constexpr std::size_t most_waiting = 1024;
constexpr std::size_t burst_size = 24;  // below the 30 messages that freeDiameter's sending queue holds
constexpr std::chrono::microseconds burst_interval{200};

}  // namespace

void send_now(Message message) noexcept {
  msg* handle = message.get();
  if (handle != nullptr && fd_msg_send(&handle, nullptr, nullptr) == 0) {
    static_cast<void>(message.release());
  }
}

Sender::Sender() : thread_([this] { run(); }) {}

Sender::~Sender() { stop(); }

void Sender::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  emptied_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Sender::post(std::unique_ptr<Outgoing>&& answer) {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [this] { return stopping_ || waiting_.size() < most_waiting; });
  if (stopping_) {
    lock.unlock();
    send_now(std::exchange(answer, nullptr)->build());
    return;
  }
  waiting_.push_back(std::move(answer));
  const std::size_t count = waiting_.size();
  lock.unlock();
  if (count == 1 || count == burst_size) {
    filled_.notify_one();
  }
}

// An answer that comes alone is taken at once; those that follow each other closely gather first.
Sender::Burst Sender::take() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  filled_.wait_until(lock, last_burst_ + burst_interval, [this] { return stopping_ || waiting_.size() >= burst_size; });
  const std::size_t count = std::min(burst_size, waiting_.size());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  Burst burst(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  const bool made_room = waiting_.size() + count >= most_waiting;
  lock.unlock();
  if (made_room) {
    emptied_.notify_all();
  }
  return burst;
}

void Sender::run() {
  pthread_setname_np(pthread_self(), "quintet-sender");
  std::vector<Message> messages;
  messages.reserve(burst_size);
  for (Burst burst = take(); !burst.empty(); burst = take()) {
    for (auto& answer : burst) {
      messages.push_back(answer->build());
      answer.reset();  // wipes its secrets before freeDiameter may block us
    }
    for (Message& message : messages) {
      send_now(std::move(message));
    }
    messages.clear();
    last_burst_ = std::chrono::steady_clock::now();
  }
}

}  // namespace diameter_ext
