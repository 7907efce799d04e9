// A queue between threads that refuses when full and hands over everything that waits.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <vector>

namespace hss::app {

template <typename Item>
class BoundedQueue {
 public:
  using value_type = Item;
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  // False when full or closed; the item is then still the caller's.
  [[nodiscard]] bool push(Item& item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= capacity_) {
        return false;
      }
      items_.push_back(std::move(item));
    }
    filled_.notify_one();
    return true;
  }

  // Blocks until something is there, `patience` is over or the queue is closed; takes at most `most`, oldest first.
  std::vector<Item> take(std::size_t most, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, patience, [this] { return closed_ || !items_.empty(); });
    const std::size_t count = std::min(most, items_.size());
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Item> out(std::make_move_iterator(items_.begin()), std::make_move_iterator(end));
    items_.erase(items_.begin(), end);
    return out;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
  }

  [[nodiscard]] bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Item> items_;
  bool closed_ = false;
};

}  // namespace hss::app
