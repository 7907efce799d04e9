// SPDX-License-Identifier: Apache-2.0
// How many requests wait for which row that somebody else holds, so that one row cannot fill the place for all.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace hss::app {

class HeldRows {
  struct Row {
    std::size_t waiting = 0;
    std::chrono::steady_clock::time_point since;  // nobody got it since then
  };
  struct State {
    std::mutex mutex;
    std::map<std::string, Row> rows;
    std::size_t waiting = 0;
  };

 public:
  // A request's place; given back with its destruction.
  class Place {
   public:
    Place(std::shared_ptr<State> state, std::string row) : state_(std::move(state)), row_(std::move(row)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();
    void row_was_free();  // it could be locked just now

   private:
    std::shared_ptr<State> state_;
    std::string row_;
  };

  // Null when there is none left. While a row changes hands, as between two servers in normal operation, a batch may
  // wait for it; once it has been held for a while, only a few.
  [[nodiscard]] std::shared_ptr<Place> take(const std::string& row);

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// What a request remembers of its waiting.
struct Waiting {
  std::shared_ptr<HeldRows::Place> place;
  unsigned tries = 0;
};
inline void row_was_free(const Waiting& waiting) {
  if (waiting.place) {
    waiting.place->row_was_free();
  }
}

}  // namespace hss::app
