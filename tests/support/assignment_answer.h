// SPDX-License-Identifier: Apache-2.0
// One subscription and requests for it: what tests of the answers to Server-Assignment begin with.
#pragma once

#include "hss/cx/server_assignment/batch.h"
#include "tests/support/fake_assignment.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tests {

class ServerAssignmentAnswer : public testing::Test {
 protected:
  ServerAssignmentAnswer() {
    request.type = hss::AssignmentType::registration;
    request.impi = "a@ims.test";
    request.impus = {"sip:a@ims.test"};
    request.server_name = own_server;
    request.requester = own_host;
    request.end_to_end = 7;
    member.impi_id = 1;
    member.subscription = 0;
    member.impus = {found(5)};
    transaction.rows.subscriptions = {subscription("N")};
  }

  void given(const std::string& line) { transaction.rows.subscriptions = {subscription(line)}; }
  void with_restoration() {
    request.features.sent = true;
    request.features.offered = hss::feature::ims_restoration;
  }
  std::vector<hss::AssignmentDecision> run(const std::vector<hss::ServerAssignmentRequest>& requests) {
    std::vector<const hss::ServerAssignmentRequest*> pointers;
    for (const auto& one : requests) {
      pointers.push_back(&one);
    }
    transaction.rows.members.resize(requests.size(), member);
    return hss::assign_servers(
        transaction, pointers, {},
        [this](std::span<const hss::WantedUserData> wanted, const hss::ProfileRows&) { return render(wanted); });
  }
  // The document of an IMPI in the profile's present version.
  std::vector<hss::UserDocument> render(std::span<const hss::WantedUserData> wanted) const {
    std::vector<hss::UserDocument> out;
    for (const auto& one : wanted) {
      const std::string text = one.impi + " " + version;
      out.push_back({text, one.addressee + " " + text, 0, {}});
    }
    return out;
  }
  // As if what the last batch told had been read again.
  void keep_told() {
    for (const auto& news : transaction.told) {
      for (auto& row : transaction.rows.subscriptions[0].associations) {
        if (row.impi_id == news.impi_id && row.set_id == news.set_id) {
          row.told = news.told;
        }
      }
    }
  }
  // The User-Data of a re-registration whose S-CSCF says that it has the profile.
  std::string user_data_again() {
    request.type = hss::AssignmentType::re_registration;
    request.data_available = true;
    const auto decision = run();
    EXPECT_EQ(decision.answer.outcome, hss::Outcome::success);
    keep_told();
    return decision.answer.user_data;
  }
  hss::AssignmentDecision run() {
    transaction.rows.members = {member};
    return run({request}).front();
  }
  const hss::AssignedSubscription& committed() const { return transaction.committed.subscriptions[0]; }
  hss::AssignmentRows committed_rows() const { return transaction.committed; }

  FakeAssignment transaction;
  std::string version = "1";  // of all profiles
  hss::ServerAssignmentRequest request;
  hss::AssignmentRows::Member member;
};

}  // namespace tests
