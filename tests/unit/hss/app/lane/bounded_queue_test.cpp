// SPDX-License-Identifier: Apache-2.0
// What waits is counted by its weight and its length, and shared by the connections it came on.
#include "hss/app/lane/bounded_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <utility>

namespace {

struct Load {
  std::size_t weight = 1;
  hss::app::Wire wire{};
  int number = 0;
};
const hss::app::Wire& wire_of(const Load& load) { return load.wire; }

}  // namespace

template <>
struct hss::app::Weight<Load> {
  static std::size_t of(const Load& load) noexcept { return load.weight; }
};

namespace {

using Queue = hss::app::BoundedQueue<Load>;
using Numbers = std::vector<int>;
using Weights = std::vector<std::size_t>;
constexpr std::chrono::milliseconds at_once{0};
constexpr std::uint64_t flooder = 1;
constexpr std::uint64_t good = 2;

bool push(Queue& queue, std::size_t weight) { return queue.push({weight}).empty(); }

Numbers numbers(const std::vector<Load>& loads) {
  Numbers out;
  for (const Load& load : loads) {
    out.push_back(load.number);
  }
  return out;
}

// What had to be refused.
Numbers push(Queue& queue, std::uint64_t connection, int number, std::size_t weight = 1) {
  return numbers(queue.push({weight, {connection, 0}, number}));
}

void fill(Queue& queue, std::uint64_t connection, int count) {
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(push(queue, connection, i), Numbers{});
  }
}

Weights take(Queue& queue, std::size_t most) {
  Weights out;
  for (const Load& load : queue.take(most, at_once)) {
    out.push_back(load.weight);
  }
  return out;
}

Numbers take_numbers(Queue& queue, std::size_t most) { return numbers(queue.take(most, at_once)); }

std::map<std::uint64_t, std::size_t> weights_by_connection(const std::vector<Load>& loads) {
  std::map<std::uint64_t, std::size_t> out;
  for (const Load& load : loads) {
    out[load.wire.connection] += load.weight;
  }
  return out;
}

TEST(BoundedQueue, a_batch_takes_items_until_they_weigh_enough) {
  Queue queue(1000);
  for (const std::size_t weight : {3, 4, 3, 1, 1}) {
    EXPECT_TRUE(push(queue, weight));
  }
  EXPECT_EQ(take(queue, 7), (Weights{3, 4}));
  EXPECT_EQ(take(queue, 4), (Weights{3, 1}));
  EXPECT_EQ(take(queue, 4), (Weights{1}));
  EXPECT_EQ(take(queue, 4), (Weights{}));
}

TEST(BoundedQueue, what_is_heavier_than_a_batch_comes_alone) {
  Queue queue(1000);
  for (const std::size_t weight : {9, 1, 9}) {
    EXPECT_TRUE(push(queue, weight));
  }
  EXPECT_EQ(take(queue, 4), (Weights{9}));
  EXPECT_EQ(take(queue, 4), (Weights{1}));
  EXPECT_EQ(take(queue, 4), (Weights{9}));
}

TEST(BoundedQueue, is_full_by_weight_and_empties_by_weight) {
  Queue queue(10);
  EXPECT_TRUE(push(queue, 6));
  EXPECT_FALSE(push(queue, 5));
  EXPECT_TRUE(push(queue, 4));
  EXPECT_FALSE(push(queue, 1));
  EXPECT_EQ(take(queue, 6), (Weights{6}));
  EXPECT_TRUE(push(queue, 6));
  EXPECT_EQ(take(queue, 100), (Weights{4, 6}));
  EXPECT_TRUE(push(queue, 11));  // an empty one refuses nothing
}

TEST(BoundedQueue, is_full_by_octets_as_well) {
  Queue queue(10);
  const auto long_one = [&](std::size_t octets) { return queue.push({1, {1, octets}}).empty(); };
  EXPECT_TRUE(long_one(8 * Queue::octets_a_place));
  EXPECT_FALSE(long_one(2 * Queue::octets_a_place + 1));
  EXPECT_TRUE(long_one(2 * Queue::octets_a_place));
  EXPECT_FALSE(long_one(1));
  EXPECT_EQ(take(queue, 1), (Weights{1}));  // a batch is measured by weight alone
  EXPECT_TRUE(long_one(8 * Queue::octets_a_place));
  EXPECT_EQ(take(queue, 2), (Weights{1, 1}));
}

TEST(BoundedQueue, one_connection_alone_may_use_all_of_it) {
  Queue queue(100);
  fill(queue, flooder, 100);
  EXPECT_EQ(push(queue, flooder, 100), Numbers{100});
  EXPECT_EQ(queue.take(1000, at_once).size(), 100U);
}

TEST(BoundedQueue, when_it_is_full_the_newest_of_the_longest_line_gives_way) {
  Queue queue(100);
  fill(queue, flooder, 100);
  EXPECT_EQ(push(queue, good, 1000), Numbers{99});
  EXPECT_EQ(push(queue, flooder, 100), Numbers{100});
  EXPECT_EQ(push(queue, good, 1001), Numbers{98});
}

TEST(BoundedQueue, of_two_that_flood_each_has_half) {
  Queue queue(100);
  fill(queue, flooder, 100);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(push(queue, good, 1000 + i), Numbers{99 - i});
  }
  EXPECT_EQ(push(queue, good, 1050), Numbers{1050});
  EXPECT_EQ(push(queue, flooder, 100), Numbers{100});
}

TEST(BoundedQueue, as_many_give_way_as_a_heavy_one_needs) {
  Queue queue(10);
  fill(queue, flooder, 10);
  EXPECT_EQ(push(queue, good, 1000, 3), (Numbers{9, 8, 7}));
  EXPECT_EQ(push(queue, good, 1001, 4), Numbers{1001}) << "it would then have as much as the flooder has now";
  EXPECT_EQ(push(queue, good, 1002, 3), (Numbers{6, 5, 4}));
}

TEST(BoundedQueue, what_is_long_gives_way_as_one) {
  Queue queue(10);
  EXPECT_TRUE(queue.push({1, {flooder, 6 * Queue::octets_a_place}, 1}).empty());
  EXPECT_TRUE(queue.push({1, {flooder, 4 * Queue::octets_a_place}, 2}).empty());
  EXPECT_EQ(push(queue, good, 3), Numbers{2});
  EXPECT_EQ(push(queue, good, 4), Numbers{});
}

TEST(BoundedQueue, connections_are_served_in_turn_and_each_in_order) {
  Queue queue(1000);
  fill(queue, flooder, 5);
  EXPECT_EQ(push(queue, good, 100), Numbers{});
  EXPECT_EQ(push(queue, good, 101), Numbers{});
  EXPECT_EQ(push(queue, 3, 200), Numbers{});
  EXPECT_EQ(take_numbers(queue, 2), (Numbers{0, 100}));
  EXPECT_EQ(take_numbers(queue, 4), (Numbers{200, 1, 101, 2}));
  EXPECT_EQ(push(queue, 3, 201), Numbers{});
  EXPECT_EQ(take_numbers(queue, 10), (Numbers{3, 201, 4}));
}

TEST(BoundedQueue, who_sends_what_is_heavy_gets_no_more_work_done_than_others) {
  Queue queue(10000);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(push(queue, flooder, i, 64), Numbers{});
  }
  fill(queue, good, 300);
  std::map<std::uint64_t, std::size_t> served;
  for (int i = 0; i < 2; ++i) {
    for (const auto& [connection, weight] : weights_by_connection(queue.take(256, at_once))) {
      served[connection] += weight;
    }
  }
  EXPECT_NEAR(static_cast<double>(served[flooder]), static_cast<double>(served[good]), 64);
}

TEST(BoundedQueue, a_flood_neither_refuses_others_nor_lets_them_wait_behind_it) {
  constexpr int others = 1000;
  Queue queue(2048);
  fill(queue, flooder, 2048);
  for (int i = 0; i < others; ++i) {
    const auto connection = static_cast<std::uint64_t>(10 + i);
    EXPECT_EQ(push(queue, connection, 10000 + i).at(0), 2047 - i);
  }
  const auto served = weights_by_connection(queue.take(others + 1, at_once));
  EXPECT_EQ(served.size(), others + 1U) << "each has had its turn";
}

TEST(BoundedQueue, gives_back_what_comes_when_it_is_closed) {
  Queue queue(10);
  fill(queue, good, 2);
  queue.close();
  EXPECT_EQ(push(queue, good, 2), Numbers{2});
  EXPECT_EQ(take_numbers(queue, 10), (Numbers{0, 1}));
}

// By any history: nothing is lost or doubled, order is kept, and the places are not exceeded.
TEST(BoundedQueue, every_item_leaves_once) {
  constexpr std::size_t places = 50;
  Queue queue(places);
  std::mt19937 random(29);
  std::map<int, std::size_t> waiting;
  std::map<std::uint64_t, int> last;
  const auto leave = [&](const Load& load) { EXPECT_EQ(waiting.erase(load.number), 1U); };
  for (int number = 1; number < 20000; ++number) {
    const Load load{1 + random() % 9, {random() % 7, random() % 9 * Queue::octets_a_place}, number};
    waiting[number] = std::max(load.weight, load.wire.octets / Queue::octets_a_place);
    std::ranges::for_each(queue.push(load), leave);
    std::size_t taken = 0;
    for (const auto& [which, its] : waiting) {
      taken += its;
    }
    ASSERT_LE(taken, places);
    if (random() % 8 == 0) {
      for (const Load& one : queue.take(1 + random() % 40, at_once)) {
        leave(one);
        EXPECT_LT(std::exchange(last[one.wire.connection], one.number), one.number);
      }
    }
  }
  std::ranges::for_each(queue.take(places, at_once), leave);
  EXPECT_TRUE(waiting.empty());
}

TEST(BoundedQueue, passes_items_between_threads) {
  Queue queue(64);
  std::atomic<int> refused{0};
  std::vector<std::thread> callers;
  for (std::uint64_t connection = 0; connection < 4; ++connection) {
    callers.emplace_back([&, connection] {
      for (int i = 0; i < 2000; ++i) {
        refused += static_cast<int>(queue.push({1, {connection, 0}, i}).size());
      }
    });
  }
  int taken = 0;
  std::thread worker([&] {
    for (auto batch = queue.take(16, at_once); !batch.empty() || !queue.is_closed(); batch = queue.take(16, at_once)) {
      taken += static_cast<int>(batch.size());
    }
  });
  for (auto& caller : callers) {
    caller.join();
  }
  queue.close();
  worker.join();
  EXPECT_EQ(taken + refused, 8000);
}

}  // namespace
