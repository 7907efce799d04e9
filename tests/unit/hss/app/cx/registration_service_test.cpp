// SPDX-License-Identifier: Apache-2.0
// A service that runs out of memory costs the requests that it had, and nothing else.
#include "hss/app/cx/registration_service.h"

#include "hss/app/lane/worker.h"
#include "tests/support/fake_assignment.h"

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
  void forget_told(const hss::AssociationRow& /*told*/) override {}
  bool forget_requests() override { return false; }
};

// One subscription, registered again and again; remembers what was taken back.
class OneSubscriber final : public hss::AssignmentStore {
 public:
  std::unique_ptr<hss::AssignmentTransaction> begin_assignment() override {
    class Transaction final : public hss::AssignmentTransaction {
     public:
      hss::AssignmentRows lock(std::span<const hss::ServerAssignmentRequest* const> requests) override {
        hss::AssignmentRows rows;
        rows.subscriptions = {tests::subscription("N")};
        rows.members.resize(requests.size());
        for (auto& member : rows.members) {
          member.impi_id = 1;
          member.subscription = 0;
          member.impus = {tests::found(5)};
        }
        return rows;
      }
      std::vector<hss::RegisteredIdentities> read_registered(std::span<const std::int64_t> /*ids*/) override {
        return {};
      }
      hss::ProfileRows write(const hss::AssignmentRows& /*rows*/, const hss::AssignmentWrites& /*writes*/) override {
        hss::ProfileRows out;
        out.members[5].resize(1);
        out.private_extensions[1] = {};
        return out;
      }
      void commit(std::span<const hss::AssociationRow> /*told*/) override {}
    };
    return std::make_unique<Transaction>();
  }
  std::vector<hss::ServiceProfile> service_profiles(std::span<const std::int64_t> /*ids*/) override { return {}; }
  void forget_told(const hss::AssociationRow& told) override { taken_back.push_back(told.set_id); }
  bool forget_requests() override { return false; }
  std::vector<std::int64_t> taken_back;
};

// Nobody waits for this answer any more, or somebody does.
class Somebody final : public hss::app::Reply<hss::ServerAssignmentAnswer> {
 public:
  explicit Somebody(bool waits) : waits_(waits) {}
  void send(hss::ServerAssignmentAnswer /*answer*/) noexcept override {}
  [[nodiscard]] bool is_wanted() const noexcept override { return waits_; }

 private:
  const bool waits_;
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

TEST(RegistrationService, takes_back_what_an_s_cscf_did_not_get) {
  hss::app::SlowRegistrations slow;
  auto store = std::make_unique<OneSubscriber>();
  const auto& taken_back = store->taken_back;
  hss::app::RegistrationService service({std::make_unique<PoorStore>(), std::move(store)}, slow, {});
  hss::ServerAssignmentRequest request;
  request.type = hss::AssignmentType::registration;
  request.impi = "a@ims.test";
  request.impus = {"sip:a@ims.test"};
  request.server_name = tests::own_server;
  request.requester = tests::own_host;
  for (const bool waits : {true, false}) {
    const std::vector<hss::app::Pending<hss::app::ServerAssignment>> batch{
        std::make_shared<hss::app::PendingRequest<hss::app::ServerAssignment>>(request,
                                                                               std::make_unique<Somebody>(waits))};
    service.serve(std::span<const hss::app::Pending<hss::app::ServerAssignment>>(batch));
    service.do_housekeeping();
    EXPECT_EQ(taken_back.size(), waits ? 0U : 1U);
  }
}

}  // namespace
