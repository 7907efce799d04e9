// A queue between threads that refuses when full and hands over everything that waits, both by the weight of its items.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <vector>

namespace hss::app {

// How much work an item is, in units of a request for one row; to be specialised where items differ.
template <typename Item>
struct Weight {
  static constexpr std::size_t of(const Item& /*item*/) noexcept { return 1; }
};

// Where a worker gets its work from.
template <typename Item>
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;
  virtual std::vector<Item> take(std::size_t most, std::chrono::milliseconds patience) = 0;
  [[nodiscard]] virtual bool is_closed() const = 0;
};

template <typename Item>
class BoundedQueue final : public Source<Item> {
 public:
  using value_type = Item;
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  // False when full or closed; the item is then still the caller's.
  [[nodiscard]] bool push(Item& item) {
    {
      const std::lock_guard lock(mutex_);
      const std::size_t weight = Weight<Item>::of(item);
      if (closed_ || (!items_.empty() && waiting_ + weight > capacity_)) {
        return false;
      }
      waiting_ += weight;
      items_.push_back(std::move(item));
    }
    filled_.notify_one();
    return true;
  }

  // Blocks until something is there, `patience` is over or the queue is closed; takes at most the weight `most`, oldest
  // first, or one item that weighs more.
  std::vector<Item> take(std::size_t most, std::chrono::milliseconds patience) override {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, patience, [this] { return closed_ || !items_.empty(); });
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(count_within(most));
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

  [[nodiscard]] bool is_closed() const override {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  // How many from the front do not weigh more than `most`; what they weigh waits no longer.
  std::size_t count_within(std::size_t most) {
    std::size_t count = 0;
    std::size_t taken = 0;
    for (; count < items_.size(); ++count) {
      const std::size_t weight = Weight<Item>::of(items_[count]);
      if (count > 0 && taken + weight > most) {
        break;
      }
      taken += weight;
    }
    waiting_ -= taken;
    return count;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Item> items_;
  std::size_t waiting_ = 0;  // weight of all items
  bool closed_ = false;
};

}  // namespace hss::app
