// SPDX-License-Identifier: Apache-2.0
// What becomes due to an S-CSCF that a Multimedia-Auth replaces (TS 29.228 8.1).
#include "hss/cx/multimedia_auth.h"

#include "tests/support/fake_store.h"

#include <gtest/gtest.h>

namespace {

using hss::Outcome;
using hss::RegistrationState;

const hss::Requester old_place{"old.ims.test", "ims.test"};

class ReplacedServer : public testing::Test {
 protected:
  ReplacedServer() {
    policy.numbers.sqn = auc::default_policy();
    hss::CredentialRow credential;
    transaction.rows.credentials.rows = {credential};
    hss::SubscriptionRow subscription;
    subscription.id = 3;
    subscription.scscf_name = "sip:old.ims.test";
    subscription.scscf = old_place;
    transaction.rows.subscriptions = {subscription};
    transaction.rows.sets = {{5, RegistrationState::registered}};
    transaction.rows.impi_sets = {{1, 5}};
    hss::AuthenticationRows::Member member;
    member.has_impi = member.has_impu = member.impu_is_distinct_pui = true;
    member.schemes = {hss::Scheme::aka};
    member.subscription = member.set = member.impi_set = 0;
    transaction.rows.members.assign(4, member);
    transaction.rows.credentials.members.assign(4, {0, std::make_shared<const hsm::KeyReference>()});
    transaction.registered = {{3, {"a@ims.test", "b@ims.test"}, {"sip:a@ims.test", "tel:+12025550101"}}};
  }

  static hss::MultimediaAuthRequest from(const std::string& host) {
    hss::MultimediaAuthRequest request;
    request.impi = "a@ims.test";
    request.impu = "sip:a@ims.test";
    request.server_name = "sip:" + host;
    request.requester = {host, "ims.test"};
    request.scheme_name = "Digest-AKAv1-MD5";
    return request;
  }

  std::vector<hss::AuthenticationDecision> run(const std::vector<hss::MultimediaAuthRequest>& requests) {
    std::vector<hss::AuthenticationCase> work;
    for (const auto& request : requests) {
      work.push_back({&request, {}});
    }
    return hss::authenticate(transaction, work, policy, {});
  }

  tests::FakeTransaction transaction;
  hss::AuthenticationPolicy policy;
};

TEST_F(ReplacedServer, is_told_with_every_registered_identity) {
  run({from("new.ims.test")});
  ASSERT_EQ(transaction.committed.pushes.size(), 1U);
  const hss::Push& push = transaction.committed.pushes[0];
  EXPECT_EQ(push.kind, hss::PushKind::rtr);
  EXPECT_EQ(push.destination.host, old_place.host);
  EXPECT_EQ(push.destination.realm, old_place.realm);
  EXPECT_EQ(push.impi, "a@ims.test");
  EXPECT_EQ(push.associated, std::vector<std::string>{"b@ims.test"});
  EXPECT_EQ(push.impus, (std::vector<std::string>{"sip:a@ims.test", "tel:+12025550101"}));
  EXPECT_EQ(push.reason, hss::DeregistrationReason::new_server_assigned);
}

TEST_F(ReplacedServer, is_not_told_when_nothing_was_registered_there) {
  transaction.registered.clear();
  run({from("new.ims.test")});
  EXPECT_TRUE(transaction.committed.pushes.empty());
}

TEST_F(ReplacedServer, is_not_told_of_another_name_of_its_own) {
  auto request = from("old.ims.test");
  request.server_name = "sip:old.ims.test:5062";
  run({request});
  EXPECT_EQ(transaction.committed.subscriptions[0].scscf_name, "sip:old.ims.test:5062");
  EXPECT_TRUE(transaction.committed.pushes.empty());
}

TEST_F(ReplacedServer, is_told_once_when_two_follow_each_other_in_a_batch) {
  run({from("new.ims.test"), from("newest.ims.test")});
  ASSERT_EQ(transaction.committed.pushes.size(), 1U);
  EXPECT_EQ(transaction.committed.pushes[0].destination.host, old_place.host);
}

TEST_F(ReplacedServer, is_not_told_when_it_has_the_user_back_within_the_batch) {
  run({from("new.ims.test"), from("old.ims.test")});
  EXPECT_TRUE(transaction.committed.pushes.empty());
}

TEST_F(ReplacedServer, is_not_told_by_a_request_that_fails) {
  transaction.rows.credentials.rows[0].sqn.seq = auc::seq_ceiling;
  EXPECT_EQ(run({from("new.ims.test")}).front().outcome, Outcome::unable_to_comply);
  EXPECT_TRUE(transaction.committed.pushes.empty());
}

TEST_F(ReplacedServer, is_not_told_when_no_name_was_stored) {
  transaction.rows.subscriptions[0].scscf_name.reset();
  run({from("new.ims.test")});
  EXPECT_TRUE(transaction.committed.pushes.empty());
}

}  // namespace
