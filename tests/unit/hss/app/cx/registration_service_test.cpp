// SPDX-License-Identifier: Apache-2.0
// A service that runs out of memory costs the requests that it had, and nothing else.
#include "hss/app/cx/registration_service.h"

#include "hss/app/lane/worker.h"

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

using Inquiries = hss::app::Lane<hss::app::UserAuthorization, hss::app::LocationInfo>;

hss::Outcome outcome_of_one(Inquiries& lane) {
  std::promise<hss::Outcome> outcome;
  auto answered = outcome.get_future();
  lane.submit(std::make_shared<hss::app::PendingRequest<hss::app::UserAuthorization>>(
      hss::UserAuthorizationRequest{}, std::make_unique<Promised>(outcome)));
  EXPECT_EQ(answered.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  return answered.get();
}

TEST(RegistrationService, answers_5012_without_memory_and_goes_on) {
  Inquiries lane(16);
  hss::app::SlowRegistrations slow;
  hss::app::RegistrationStores stores{std::make_unique<PoorStore>(), std::make_unique<NoAssignments>()};
  hss::app::Worker worker(
      lane, std::make_unique<hss::app::RegistrationService>(std::move(stores), slow, hss::app::AssignmentConfig{}),
      hss::app::BatchLimits{});
  worker.start();
  EXPECT_EQ(outcome_of_one(lane), hss::Outcome::out_of_service);
  EXPECT_EQ(outcome_of_one(lane), hss::Outcome::user_unknown);
  lane.close();
}

}  // namespace
