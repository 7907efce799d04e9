// What waits is counted by its weight.
#include "hss/app/bounded_queue.h"

#include "hss/app/registration_worker.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace {

struct Load {
  std::size_t weight;
};

}  // namespace

template <>
struct hss::app::Weight<Load> {
  static std::size_t of(const Load& load) noexcept { return load.weight; }
};

namespace {

using Queue = hss::app::BoundedQueue<Load>;
constexpr std::chrono::milliseconds at_once{0};

bool push(Queue& queue, std::size_t weight) {
  Load load{weight};
  return queue.push(load);
}

std::vector<std::size_t> take(Queue& queue, std::size_t most) {
  std::vector<std::size_t> out;
  for (const Load& load : queue.take(most, at_once)) {
    out.push_back(load.weight);
  }
  return out;
}

using Weights = std::vector<std::size_t>;

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

hss::app::PendingRegistration assignment(std::size_t identities, std::size_t contacts) {
  class Unheard final : public hss::app::Reply<hss::ServerAssignmentAnswer> {
    void send(hss::ServerAssignmentAnswer /*answer*/) noexcept override {}
  };
  hss::ServerAssignmentRequest request;
  request.impus.resize(identities, "sip:a@b");
  if (contacts > 0) {
    request.restoration.emplace().contacts.resize(contacts);
  }
  return std::make_shared<hss::app::PendingServerAssignment::element_type>(std::move(request),
                                                                           std::make_unique<Unheard>());
}

TEST(BoundedQueue, a_server_assignment_weighs_its_rows) {
  using Weight = hss::app::Weight<hss::app::PendingRegistration>;
  EXPECT_EQ(Weight::of(assignment(0, 0)), 1U);
  EXPECT_EQ(Weight::of(assignment(1, 0)), 1U);
  EXPECT_EQ(Weight::of(assignment(64, 0)), 64U);
  EXPECT_EQ(Weight::of(assignment(1, 10)), 11U);
}

}  // namespace
