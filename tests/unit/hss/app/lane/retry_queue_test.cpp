// SPDX-License-Identifier: Apache-2.0
// Who may wait for a held row, in which order it is tried again, and who looks after the age of a request.
#include "hss/app/lane/retry_queue.h"

#include "hss/app/cx/commands.h"
#include "hss/app/lane/lane.h"
#include "hss/app/lane/overdue.h"
#include "hss/app/lane/pending.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace {

using One = hss::app::Pending<hss::app::MultimediaAuth>;
using Queue = hss::app::RetryQueue<hss::app::AnyPending<hss::app::MultimediaAuth>>;
constexpr std::chrono::milliseconds soon{500};

class Ignored final : public hss::app::Reply<hss::MultimediaAuthAnswer> {
 public:
  void send(hss::MultimediaAuthAnswer /*answer*/) noexcept override {}
};

One request() {
  return std::make_shared<hss::app::PendingRequest<hss::app::MultimediaAuth>>(hss::MultimediaAuthRequest{},
                                                                              std::make_unique<Ignored>());
}

std::size_t accepted(Queue& queue, const std::string& row, std::size_t count, std::vector<One>& kept) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    kept.push_back(request());
    out += queue.defer(kept.back(), row) ? 1 : 0;
  }
  return out;
}

TEST(RetryQueue, a_batch_may_wait_for_a_row_that_changes_hands_and_a_few_for_one_that_is_held) {
  Queue queue;
  std::vector<One> kept;
  EXPECT_EQ(accepted(queue, "a", 300, kept), 256U);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(accepted(queue, "a", 10, kept), 0U);
  EXPECT_EQ(accepted(queue, "b", 1, kept), 1U);
  EXPECT_EQ(queue.take(1000, soon).size(), 257U);
  kept.clear();  // all are gone, and their places
  EXPECT_EQ(accepted(queue, "a", 10, kept), 10U);
}

TEST(RetryQueue, a_row_that_was_free_counts_anew) {
  Queue queue;
  std::vector<One> kept;
  EXPECT_EQ(accepted(queue, "a", 8, kept), 8U);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(accepted(queue, "a", 1, kept), 0U);
  row_was_free(kept.front()->waiting);
  EXPECT_EQ(accepted(queue, "a", 1, kept), 1U);
}

TEST(RetryQueue, the_older_request_is_tried_first) {
  Queue queue;
  const auto first = request();
  const auto second = request();
  EXPECT_TRUE(queue.defer(first, "a"));
  ASSERT_EQ(queue.take(10, soon).size(), 1U);
  EXPECT_TRUE(queue.defer(first, "a"));   // after 4 ms
  EXPECT_TRUE(queue.defer(second, "a"));  // after 2 ms
  const auto taken = queue.take(10, soon);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(std::get<One>(taken.front()), first);
}

TEST(RetryQueue, a_closed_queue_takes_nothing_and_gives_back_what_waits) {
  Queue queue;
  const auto one = request();
  EXPECT_TRUE(queue.defer(one, "a"));
  queue.close();
  EXPECT_FALSE(queue.defer(request(), "a"));
  EXPECT_EQ(queue.take(10, soon).size(), 1U);
}

TEST(Overdue, answers_what_is_over_age_and_keeps_nothing_alive) {
  hss::app::Overdue overdue(std::chrono::milliseconds(100));
  overdue.start();
  const auto stuck = request();
  const auto served = request();
  served->answer(hss::Outcome::success);
  auto with_token = request();
  with_token->leave_to_token();
  for (const auto& one : {stuck, served, with_token}) {
    overdue.watch(one);
  }
  std::weak_ptr<hss::app::PendingRequest<hss::app::MultimediaAuth>> gone = with_token;
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_TRUE(stuck->is_answered());
  EXPECT_FALSE(with_token->is_answered());
  with_token.reset();
  EXPECT_TRUE(gone.expired());
  overdue.stop();
}

}  // namespace
