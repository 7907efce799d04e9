// SPDX-License-Identifier: Apache-2.0
// What a flood of log lines may hide: nothing of another cause.
#include "hsm/base/log_limit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace hss::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = base::LogLimit::Time;

const Time begin{seconds(600)};

int passed(base::LogLimit& limit, const std::string& cause, int times, Time now) {
  int count = 0;
  for (int i = 0; i < times; ++i) {
    count += limit.pass(cause, now).has_value() ? 1 : 0;
  }
  return count;
}

TEST(LogLimit, lets_a_few_lines_through_and_then_one_per_second) {
  base::LogLimit limit;
  EXPECT_EQ(passed(limit, "a", 100, begin), 5);
  EXPECT_EQ(limit.pass("a", begin + milliseconds(999)), std::nullopt);
  EXPECT_EQ(limit.pass("a", begin + seconds(1)), 96U);
  EXPECT_EQ(limit.pass("a", begin + seconds(1)), std::nullopt);
  EXPECT_EQ(passed(limit, "a", 100, begin + seconds(60)), 5);
}

TEST(LogLimit, of_one_cause_hides_no_other) {
  base::LogLimit limit;
  for (int i = 0; i < 1000; ++i) {
    passed(limit, "frequent", 1, begin + milliseconds(i));
  }
  EXPECT_EQ(limit.pass("rare", begin + seconds(1)), 0U);
}

TEST(LogLimit, of_names_made_up_keeps_those_that_are_known_and_lets_new_ones_in) {
  base::LogLimit limit;
  int made_up = 0;
  for (int i = 0; i < 60000; ++i) {  // a minute of a thousand names per second
    const Time now = begin + milliseconds(i);
    made_up += passed(limit, "made up " + std::to_string(i), 1, now);
    if (i % 2000 == 0) {
      EXPECT_TRUE(limit.pass("known", now)) << i;
    }
  }
  EXPECT_LE(made_up, 1024 + 5 + 60);  // until it is full, then a few at once, then one per second
  EXPECT_TRUE(limit.pass("late", begin + seconds(61)));
}

TEST(LogLimit, tells_causes_apart_by_their_beginning) {
  base::LogLimit limit;
  const std::string common(base::LogLimit::longest_cause, 'x');
  EXPECT_EQ(passed(limit, common + "1", 9, begin) + passed(limit, common + "2", 9, begin), 5);
}

}  // namespace
}  // namespace hss::app
