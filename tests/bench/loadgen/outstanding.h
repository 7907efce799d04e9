// SPDX-License-Identifier: Apache-2.0
// The requests of one connection that still wait for an answer, by hop-by-hop identifier.
#pragma once

#include <cstdint>
#include <deque>

namespace bench {

struct Request {
  std::uint64_t due_ns;   // when it should have been sent; latency counts from here
  std::uint64_t sent_ns;  // when it was written
  std::uint32_t subscriber;
  bool measured;  // false during warm-up
};

enum class Found : std::uint8_t { waiting, late, duplicate, unknown };

// Identifiers are handed out in order, so the table is a queue with gaps that closes from the front. A request
// given up is remembered for a while: its answer may still come, even over a later connection of the same name.
class Outstanding {
 public:
  explicit Outstanding(std::uint32_t first_id) : first_(first_id) {}

  std::uint32_t add(const Request& request);
  Found settle(std::uint32_t id, Request& request);

  // Gives up what was sent before the given time, or everything; returns how many, and of these the measured ones.
  struct GivenUp {
    std::uint64_t all = 0;
    std::uint64_t measured = 0;
  };
  GivenUp give_up_sent_before(std::uint64_t time_ns);
  GivenUp give_up_all() { return give_up_sent_before(~std::uint64_t{0}); }
  void forget_sent_before(std::uint64_t time_ns);

  [[nodiscard]] std::uint64_t waiting() const { return waiting_; }

 private:
  enum class State : std::uint8_t { waiting, given_up, settled };
  struct Entry {
    Request request;
    State state;
  };

  void close_front();

  std::deque<Entry> entries_;
  std::uint32_t first_;         // identifier of entries_.front()
  std::size_t not_judged_ = 0;  // entries before this one are settled or given up
  std::uint64_t waiting_ = 0;
};

}  // namespace bench
