// SPDX-License-Identifier: Apache-2.0
// A queue between threads that is shared fairly by the connections its items came on, bounded in work and in octets.
#pragma once

#include "hss/app/lane/weight.h"
#include "hss/app/lane/wire.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hss::app {

// Of an Item, `wire_of(item)` is its Wire. It takes as many places as it weighs, or one for each `octets_a_place` that
// it is long, whichever is more: so the octets that wait are bounded with the places.
//
// Each connection has a line of its own. One alone may use all places; when they are all taken, the newest of the
// longest line gives way to whoever would still have less than that. Lines are served in turn, by weight.
template <typename Item>
class BoundedQueue {
 public:
  static constexpr std::size_t octets_a_place = 2048;

  explicit BoundedQueue(std::size_t places) : places_(places) {}

  // Gives back what is to be refused: nothing, the item itself, or what gave way to it.
  [[nodiscard]] std::vector<Item> push(Item item) {
    std::vector<Item> refused;
    {
      const std::lock_guard lock(mutex_);
      const std::uint64_t connection = wire_of(item).connection;
      const std::size_t places = places_of(item);
      if (!admits(connection, places)) {
        refused.push_back(std::move(item));
        return refused;
      }
      std::list<Item> newest;  // what may throw comes before what changes a line
      newest.push_back(std::move(item));
      while (!has_room(places)) {
        refused.push_back(remove(longest(), std::prev(longest().items.end())));
      }
      Line& line = open(connection);
      line.items.splice(line.items.end(), newest);
      resize(line, line.places + places);
    }
    filled_.notify_one();
    return refused;
  }

  // Blocks until something is there, `patience` is over or the queue is closed; takes at most the weight `most`, or one
  // item that weighs more. What came on one connection stays in order.
  std::vector<Item> take(std::size_t most, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, patience, [this] { return closed_ || !turns_.empty(); });
    std::vector<Item> out;
    std::size_t taken = 0;
    for (Line* line = next_in_turn(); line != nullptr; line = next_in_turn()) {
      const std::size_t weight = Weight<Item>::of(line->items.front());
      if (!out.empty() && taken + weight > most) {
        break;
      }
      taken += weight;
      line->debt = weight - 1;
      turns_.splice(turns_.end(), turns_, line->turn);
      out.push_back(remove(*line, line->items.begin()));
    }
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
  struct Line {
    std::uint64_t connection = 0;
    std::list<Item> items;
    std::size_t places = 0;                    // that they take
    std::size_t debt = 0;                      // turns to miss: its last item weighed more than one
    typename std::list<Line*>::iterator turn;  // as long as there are items
  };

  static std::size_t places_of(const Item& item) {
    const std::size_t by_length = (wire_of(item).octets + octets_a_place - 1) / octets_a_place;
    return std::max(Weight<Item>::of(item), by_length);
  }

  [[nodiscard]] bool has_room(std::size_t places) const { return taken_ == 0 || taken_ + places <= places_; }

  [[nodiscard]] bool admits(std::uint64_t connection, std::size_t places) const {
    if (closed_ || has_room(places)) {
      return !closed_;
    }
    const auto own = lines_.find(connection);
    return places + (own == lines_.end() ? 0 : own->second.places) < longest().places;
  }

  [[nodiscard]] Line& longest() const { return *by_places_.rbegin()->second; }

  Line& open(std::uint64_t connection) {
    Line& line = lines_[connection];
    if (line.items.empty()) {
      line.connection = connection;
      std::list<Line*> turn(1, &line);
      by_places_.emplace(line.places, &line);
      line.turn = turn.begin();
      turns_.splice(turns_.end(), turn);
    }
    return line;
  }

  Item remove(Line& line, typename std::list<Item>::iterator which) {
    Item item = std::move(*which);
    line.items.erase(which);
    resize(line, line.places - places_of(item));
    if (line.items.empty()) {
      by_places_.erase({line.places, &line});
      turns_.erase(line.turn);
      lines_.erase(lines_.find(line.connection));
    }
    return item;
  }

  void resize(Line& line, std::size_t places) {
    auto entry = by_places_.extract({line.places, &line});
    entry.value().first = places;
    by_places_.insert(std::move(entry));
    taken_ = taken_ - line.places + places;
    line.places = places;
  }

  // Null when nothing waits.
  Line* next_in_turn() {
    while (!turns_.empty() && turns_.front()->debt > 0) {
      --turns_.front()->debt;
      turns_.splice(turns_.end(), turns_, turns_.begin());
    }
    return turns_.empty() ? nullptr : turns_.front();
  }

  const std::size_t places_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::unordered_map<std::uint64_t, Line> lines_;
  std::list<Line*> turns_;                             // of lines in which something waits
  std::set<std::pair<std::size_t, Line*>> by_places_;  // the same lines
  std::size_t taken_ = 0;                              // places, of all lines
  bool closed_ = false;
};

}  // namespace hss::app
