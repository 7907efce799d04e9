// SPDX-License-Identifier: Apache-2.0
// Token buckets for each K and peer.
#include "hss/number_budget.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using hss::NumberBudget;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::uint8_t> k(16, 1), other_k(16, 2);
const NumberBudget::Time start{seconds(1000)};

TEST(NumberBudget, a_peer_takes_the_burst_and_then_one_a_second) {
  NumberBudget budget(10, seconds(1));
  EXPECT_TRUE(budget.take(k, "a", 10, start));
  EXPECT_FALSE(budget.take(k, "a", 1, start + milliseconds(999)));
  EXPECT_TRUE(budget.take(k, "a", 1, start + seconds(1)));
  EXPECT_FALSE(budget.take(k, "a", 1, start + seconds(1)));
  EXPECT_TRUE(budget.take(k, "a", 10, start + seconds(100)));
  EXPECT_FALSE(budget.take(k, "a", 1, start + seconds(100)));
}

TEST(NumberBudget, what_is_refused_takes_nothing) {
  NumberBudget budget(10, seconds(1));
  EXPECT_FALSE(budget.take(k, "a", 11, start));
  EXPECT_TRUE(budget.take(k, "a", 10, start));
}

TEST(NumberBudget, no_peer_locks_another_out_and_no_card_another) {
  NumberBudget budget(10, seconds(1));
  ASSERT_TRUE(budget.take(k, "a", 10, start));
  EXPECT_TRUE(budget.take(k, "b", 10, start));
  EXPECT_TRUE(budget.take(other_k, "a", 10, start));
  EXPECT_FALSE(budget.take(k, "a", 1, start));
}

TEST(NumberBudget, a_burst_of_0_never_refuses) {
  NumberBudget budget(0, seconds(1));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(budget.take(k, "a", 1'000'000, start));
}

TEST(NumberBudget, a_million_strangers_do_not_make_it_grow_and_an_empty_bucket_is_the_last_to_be_forgotten) {
  NumberBudget budget(1000, seconds(1));
  ASSERT_TRUE(budget.take(k, "a", 1000, start));
  for (int i = 0; i < 1'000'000; ++i) ASSERT_TRUE(budget.take(k, "stranger" + std::to_string(i), 1, start));
  EXPECT_FALSE(budget.take(k, "a", 500, start));
}

}  // namespace
