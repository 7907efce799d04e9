// SPDX-License-Identifier: Apache-2.0
// A worker outlives a piece of its work.
#include "hss/app/cx/registration_worker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <new>
#include <utility>

namespace {

// Runs out of memory at the first reading, and then knows nobody.
class PoorStore final : public hss::LookupStore {
 public:
  std::vector<hss::UserAuthorizationRow> read(std::span<const hss::UserAuthorizationRequest* const> requests) override {
    if (std::exchange(is_poor_, false)) {
      throw std::bad_alloc();
    }
    return std::vector<hss::UserAuthorizationRow>(requests.size());
  }
  std::vector<hss::LocationInfoRow> read(std::span<const hss::LocationInfoRequest* const> requests) override {
    return std::vector<hss::LocationInfoRow>(requests.size());
  }
  std::unique_ptr<hss::ReassignmentTransaction> begin_reassignment(std::span<const std::int64_t> /*ids*/) override {
    return nullptr;
  }

 private:
  bool is_poor_ = true;
};

class NoAssignments final : public hss::AssignmentStore {
 public:
  std::unique_ptr<hss::AssignmentTransaction> begin_assignment() override { return nullptr; }
  std::vector<hss::ServiceProfile> service_profiles(std::span<const std::int64_t> /*ids*/) override { return {}; }
  bool forget_requests() override { return false; }
};

class Promised final : public hss::app::Reply<hss::UserAuthorizationAnswer> {
 public:
  explicit Promised(std::promise<hss::Outcome>& outcome) : outcome_(outcome) {}
  void send(hss::UserAuthorizationAnswer answer) noexcept override { outcome_.set_value(answer.outcome); }

 private:
  std::promise<hss::Outcome>& outcome_;
};

using Queue = hss::app::BoundedQueue<hss::app::PendingRegistration>;

hss::Outcome outcome_of_one(Queue& queue) {
  std::promise<hss::Outcome> outcome;
  auto answered = outcome.get_future();
  hss::app::PendingRegistration pending = std::make_shared<hss::app::PendingUserAuthorization::element_type>(
      hss::UserAuthorizationRequest{}, std::make_unique<Promised>(outcome));
  EXPECT_TRUE(queue.push(std::move(pending)).empty());
  EXPECT_EQ(answered.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  return answered.get();
}

TEST(RegistrationWorker, answers_5012_without_memory_and_goes_on) {
  Queue queue(16);
  hss::app::SlowLane<hss::app::PendingRegistration> lane;
  hss::app::RegistrationWorker worker({std::make_unique<PoorStore>(), std::make_unique<NoAssignments>()}, queue, lane,
                                      {}, {});
  worker.start();
  EXPECT_EQ(outcome_of_one(queue), hss::Outcome::out_of_service);
  EXPECT_EQ(outcome_of_one(queue), hss::Outcome::user_unknown);
  queue.close();
}

}  // namespace
