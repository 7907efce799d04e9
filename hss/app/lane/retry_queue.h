// SPDX-License-Identifier: Apache-2.0
// A queue of what waits for a row that somebody else holds: tried again and again, apart from all others, until the row
// is free or the request too old. Nobody waits inside the database for another's row.
#pragma once

#include "hss/app/lane/held_rows.h"
#include "hss/app/lane/weight.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace hss::app {

// Of an Item, `waiting_of(item)` is a Waiting& that only the thread owning the request touches, and `arrival_of(item)`
// when it came.
template <typename Item>
class RetryQueue {
 public:
  // False when too many wait already, for this row or altogether, or when it is closed; the item is then still the
  // caller's.
  [[nodiscard]] bool defer(const Item& item, const std::string& row) {
    Waiting& waiting = waiting_of(item);
    if (!waiting.place) {
      waiting.place = places_.take(row);
    }
    if (!waiting.place) {
      return false;
    }
    {
      const std::lock_guard lock(mutex_);
      if (closed_) {
        return false;
      }
      items_.emplace(Clock::now() + delay(waiting.tries++), item);
    }
    changed_.notify_one();
    return true;
  }

  // All that waits, at most the weight `most` (or one item that weighs more), the oldest first, as soon as the time of
  // one has come; blocks for that until `patience` is over or the queue is closed.
  std::vector<Item> take(std::size_t most, std::chrono::milliseconds patience) {
    const auto end = Clock::now() + patience;
    std::unique_lock lock(mutex_);
    while (!closed_ && Clock::now() < end && (items_.empty() || items_.begin()->first > Clock::now())) {
      changed_.wait_until(lock, items_.empty() ? end : std::min(end, items_.begin()->first));
    }
    std::vector<Item> out;
    if (!items_.empty() && (closed_ || items_.begin()->first <= Clock::now())) {
      for (auto& [due, item] : items_) {
        out.push_back(std::move(item));
      }
      items_.clear();
    }
    // The same request again must not overtake the first.
    std::ranges::stable_sort(out, std::less<>(), [](const Item& item) { return arrival_of(item); });
    const std::size_t count = count_within(out, most);
    for (std::size_t i = count; i < out.size(); ++i) {
      items_.emplace(Clock::now(), std::move(out[i]));
    }
    out.resize(count);
    return out;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  [[nodiscard]] bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static std::size_t count_within(const std::vector<Item>& items, std::size_t most) {
    std::size_t weight = 0;
    std::size_t count = 0;
    while (count < items.size() && (count == 0 || weight + Weight<Item>::of(items[count]) <= most)) {
      weight += Weight<Item>::of(items[count++]);
    }
    return count;
  }

  // Every 2 ms at first, often enough to meet the row free where others take it again and again; later every 8, for a
  // row that is left locked.
  static std::chrono::milliseconds delay(unsigned tries) {
    constexpr unsigned often = 64;
    return std::chrono::milliseconds(tries < often ? 2 : 8);
  }

  HeldRows places_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Item> items_;  // by when they are tried again
  bool closed_ = false;
};

}  // namespace hss::app
