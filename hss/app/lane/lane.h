// SPDX-License-Identifier: Apache-2.0
// Where requests of some commands wait together: one wake-up and one order for all, a batch of each comes out.
#pragma once

#include "hss/app/lane/bounded_queue.h"
#include "hss/app/lane/pending.h"
#include "hss/app/lane/retry_queue.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hss::app {

// A request of one of these commands while it waits; nobody but the lanes sees one.
template <typename... Commands>
using AnyPending = std::variant<Pending<Commands>...>;

template <typename... Commands>
const Wire& wire_of(const std::variant<Pending<Commands>...>& item) {
  return std::visit([](const auto& one) -> const Wire& { return one->wire(); }, item);
}
template <typename... Commands>
Waiting& waiting_of(const std::variant<Pending<Commands>...>& item) {
  return std::visit([](const auto& one) -> Waiting& { return one->waiting; }, item);
}
template <typename... Commands>
auto arrival_of(const std::variant<Pending<Commands>...>& item) {
  return std::visit([](const auto& one) { return one->arrived(); }, item);
}
template <typename... Commands>
struct Weight<std::variant<Pending<Commands>...>> {
  static std::size_t of(const AnyPending<Commands...>& item) {
    return std::visit([](const auto& one) { return one->weight(); }, item);
  }
};

// A batch of each command, in the order of their arrival.
template <typename... Commands>
using Batches = std::tuple<std::vector<Pending<Commands>>...>;

template <typename... Commands>
Batches<Commands...> by_command(std::vector<AnyPending<Commands...>> items) {
  Batches<Commands...> out;
  const auto sort_in = [&]<typename One>(One& one) { std::get<std::vector<One>>(out).push_back(std::move(one)); };
  for (auto& item : items) {
    std::visit(sort_in, item);
  }
  return out;
}

// Shared fairly by connections, bounded in work and in octets as BoundedQueue has it. Any thread.
template <typename... Commands>
class Lane {
 public:
  template <typename Command>
  static constexpr bool serves = (std::is_same_v<Command, Commands> || ...);

  explicit Lane(std::size_t places) : queue_(places) {}

  // What there is no room for, this or what gives way to it, is answered too_busy at once.
  template <typename Command>
  void submit(Pending<Command> pending) {
    for (const auto& refused : queue_.push(std::move(pending))) {
      std::visit([](const auto& one) { one->answer(Outcome::too_busy); }, refused);
    }
  }

  // Blocks until something is there, `patience` is over or the lane is closed; at most the weight `most` together, or
  // one request that weighs more.
  Batches<Commands...> take(std::size_t most, std::chrono::milliseconds patience) {
    return by_command<Commands...>(queue_.take(most, patience));
  }
  void close() { queue_.close(); }
  [[nodiscard]] bool is_closed() const { return queue_.is_closed(); }

 private:
  BoundedQueue<AnyPending<Commands...>> queue_;
};

// Its sibling for requests whose row somebody else holds, as RetryQueue has it. Any thread.
template <typename... Commands>
class SlowLane {
 public:
  // False when too many wait already, for this row or altogether, or when it is closed.
  template <typename Command>
  [[nodiscard]] bool defer(const Pending<Command>& pending, const std::string& row) {
    return queue_.defer(pending, row);
  }

  // All that waits, the oldest first, as soon as the time of one has come.
  Batches<Commands...> take(std::size_t most, std::chrono::milliseconds patience) {
    return by_command<Commands...>(queue_.take(most, patience));
  }
  void close() { queue_.close(); }
  [[nodiscard]] bool is_closed() const { return queue_.is_closed(); }

 private:
  RetryQueue<AnyPending<Commands...>> queue_;
};

// True: somebody holds this row (empty: nobody does), and the request waits for it there or is told that we are busy.
template <typename Slow, typename Command>
bool put_off(Slow& slow, const Pending<Command>& pending, const std::string& row) {
  if (row.empty()) {
    row_was_free(pending->waiting);
    return false;
  }
  if (!slow.defer(pending, row)) {
    pending->answer(Outcome::too_busy);
  }
  return true;
}

}  // namespace hss::app
