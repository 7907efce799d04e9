// SPDX-License-Identifier: Apache-2.0
// From claims to requests and from answers to rows, over rows in memory.
#include "hss/cx/push_settlement.h"

#include "tests/support/fake_push.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using hss::PushState;

class Pushes : public testing::Test {
 protected:
  Pushes() {
    transaction.rows.subscriptions = {tests::subscription("R ar br own")};
    transaction.profiles.members[5].resize(1);
    context.manner_of = [this](std::string_view) { return manner; };
    context.render = [this](std::span<const hss::WantedUserData> wanted, const hss::ProfileRows&,
                            hss::PushTransaction&) {
      std::vector<hss::UserDocument> out;
      for (const auto& one : wanted) {
        out.push_back({"document of " + one.impi, digest, 9, "sip:a@ims.test"});
      }
      return out;
    };
  }

  hss::AssociationRow& association(std::size_t n) { return transaction.rows.subscriptions[0].associations[n]; }
  hss::PreparedPushes prepared(hss::PushRow push) {
    return hss::prepare_pushes(transaction, {std::move(push)}, context);
  }
  hss::SettledPushes settled(hss::SentPush sent, const hss::PushAnswer& answer, bool silence_is_done = false) {
    return hss::settle_pushes(transaction, {{std::move(sent), answer, false, silence_is_done}});
  }
  hss::SentPush sent() {
    return {tests::ppr(), 1, association(0).generation, {"digest", 9, {}, "sip:a@ims.test", false, false}, {1, 5, 0}};
  }
  const hss::PushWrite& written() { return transaction.writes.pushes.at(0); }

  tests::FakePushes transaction;
  hss::PushContext context;
  hss::PushManner manner;
  std::string digest = "digest";
};

TEST_F(Pushes, are_remembered_as_unknown_before_they_leave) {
  association(0).told.digest = "older";
  association(1).told.digest = "older";
  const auto out = prepared(tests::ppr());
  ASSERT_EQ(out.to_send.size(), 1U);
  EXPECT_EQ(std::get<hss::ProfileRequest>(out.to_send[0].request).user_data, "document of a@ims.test");
  ASSERT_EQ(transaction.writes.told.size(), 2U) << "of both private identities";
  EXPECT_EQ(transaction.writes.told[0].told.digest, "");
  EXPECT_TRUE(transaction.writes.pushes.empty()) << "it stays claimed";
}

TEST_F(Pushes, of_what_the_s_cscf_has_already_are_done) {
  association(0).told.digest = digest;
  EXPECT_TRUE(prepared(tests::ppr()).to_send.empty());
  EXPECT_EQ(written().state, PushState::done);
  EXPECT_EQ(transaction.writes.told.at(0).told.revision, 9) << "the next pass need not ask again";
}

TEST_F(Pushes, of_what_came_unasked_leave_all_the_same) {
  association(0).told.digest = digest;
  association(0).told.is_unasked = true;
  EXPECT_EQ(prepared(tests::ppr()).to_send.size(), 1U);
}

TEST_F(Pushes, of_what_came_unasked_are_done_where_the_peer_takes_no_ppr) {
  manner.policy = hss::PushPolicy::rtr_instead;
  association(0).told = {digest, 9, {}, "sip:a@ims.test", true, false};
  EXPECT_TRUE(prepared(tests::ppr()).to_send.empty());
  EXPECT_EQ(written().state, PushState::done);
  EXPECT_FALSE(transaction.writes.told.at(0).told.is_unasked);
}

TEST_F(Pushes, make_an_rtr_where_the_peer_takes_no_ppr_and_it_is_news) {
  manner.policy = hss::PushPolicy::rtr_instead;
  association(0).told.digest = "older";
  EXPECT_TRUE(prepared(tests::ppr()).to_send.empty());
  EXPECT_EQ(transaction.writes.ends.at(0).reason, hss::DeregistrationReason::server_change);
  for (const bool is_by_older : {false, true}) {  // after an upgrade nobody is thrown out for nothing
    association(0).told.digest = is_by_older ? "older" : "";
    association(0).told.is_by_older = is_by_older;
    prepared(tests::ppr());
    EXPECT_TRUE(transaction.writes.ends.empty()) << is_by_older;
    EXPECT_EQ(written().state, PushState::done);
  }
}

TEST_F(Pushes, make_an_rtr_where_the_default_identity_is_another) {
  association(0).told.default_identity = "sip:before@ims.test";
  EXPECT_TRUE(prepared(tests::ppr()).to_send.empty());
  EXPECT_EQ(transaction.writes.ends.at(0).reason, hss::DeregistrationReason::permanent_termination);
  transaction.rows.subscriptions = {tests::subscription("U own")};
  association(0).told.default_identity = "sip:before@ims.test";
  EXPECT_EQ(prepared(tests::ppr()).to_send.size(), 1U) << "nobody is registered";
}

TEST_F(Pushes, that_go_once_more_are_not_compared) {
  association(0).told = {digest, 9, {}, "sip:a@ims.test", false, false};
  hss::PushRow push = tests::ppr();
  push.cause = "again";
  EXPECT_EQ(prepared(push).to_send.size(), 1U);
}

TEST_F(Pushes, of_a_set_without_members_are_superseded) {
  transaction.profiles.members.clear();
  EXPECT_TRUE(prepared(tests::ppr()).to_send.empty());
  EXPECT_EQ(written().state, PushState::superseded);
}

TEST_F(Pushes, that_no_message_can_hold_are_given_up) {
  digest.clear();
  EXPECT_EQ(prepared(tests::ppr()).too_long.size(), 1U);
  EXPECT_EQ(written().state, PushState::given_up);
}

TEST_F(Pushes, of_a_held_subscription_wait_and_the_attempt_does_not_count) {
  transaction.rows.subscriptions.clear();
  transaction.held_by_others = {3};
  EXPECT_TRUE(prepared(tests::ppr()).to_send.empty());
  EXPECT_EQ(written().state, PushState::waiting);
  EXPECT_FALSE(written().counts);
}

TEST_F(Pushes, that_cannot_be_delivered_in_time_are_given_up_and_an_rtr_ends_what_it_was_about) {
  context.is_reachable = false;
  hss::PushRow push = tests::rtr({{1, 5, 0}, {2, 5, 0}});
  push.is_overdue = true;
  EXPECT_EQ(prepared(push).given_up.size(), 1U);
  EXPECT_EQ(tests::line_of(transaction.committed.subscriptions[0]), "N");
}

TEST_F(Pushes, of_a_digest_are_opened_by_the_token_first) {
  hss::PushRow push = tests::ppr();
  push.set_id = 0;
  push.impi_id = 1;
  transaction.digest_rows = {{1, {}}};
  const auto out = prepared(push);
  ASSERT_EQ(out.to_send.size(), 1U);
  EXPECT_EQ(std::get<hss::DigestOrder>(out.to_send[0].request).request.impi, "a@ims.test");
}

TEST_F(Pushes, that_were_answered_are_what_the_s_cscf_has) {
  EXPECT_EQ(settled(sent(), {0, 2001, {}, {}}).done, 1U);
  ASSERT_EQ(transaction.writes.told.size(), 1U);
  EXPECT_EQ(transaction.writes.told[0].told.digest, "digest");
}

TEST_F(Pushes, that_an_assignment_came_between_leave_nobody_knowing) {
  association(1).told.digest = "of an assignment";
  settled(sent(), {0, 2001, {}, {}});
  ASSERT_EQ(transaction.writes.told.size(), 1U);
  EXPECT_EQ(transaction.writes.told[0].impi_id, 2);
  EXPECT_EQ(transaction.writes.told[0].told.digest, "");
  transaction.rows.subscriptions = {tests::subscription("R ar own")};
  auto older = sent();
  association(0).generation = 1;
  settled(older, {0, 2001, {}, {}});
  EXPECT_TRUE(transaction.writes.told.empty()) << "registered anew: what it has is not what was sent before";
}

TEST_F(Pushes, that_somebody_else_took_over_go_once_more) {
  transaction.taken_over = {1};
  settled(sent(), {0, 2001, {}, {}});
  EXPECT_TRUE(transaction.writes.pushes.empty());
  EXPECT_EQ(transaction.writes.profiles_again, std::vector<std::int64_t>{5});
}

TEST_F(Pushes, that_are_answered_late_go_once_more_but_not_for_ever) {
  hss::settle_pushes(transaction, {{sent(), {0, 2001, {}, {}}, true, false}});
  EXPECT_TRUE(transaction.writes.pushes.empty());
  EXPECT_EQ(transaction.writes.profiles_again, std::vector<std::int64_t>{5});
  auto again = sent();
  again.push.cause = "again";
  hss::settle_pushes(transaction, {{again, {0, 2001, {}, {}}, true, false}});
  EXPECT_TRUE(transaction.writes.profiles_again.empty());
  auto secret = sent();
  secret.push.set_id = 0;
  secret.push.impi_id = 1;
  hss::settle_pushes(transaction, {{secret, {0, 2001, {}, {}}, true, false}});
  EXPECT_EQ(transaction.writes.digests_again, std::vector<std::int64_t>{1});
}

TEST_F(Pushes, of_a_user_who_can_be_restored_do_not_end_his_registration) {
  auto last = sent();
  last.push.ends = {{1, 5, 0}};
  transaction.restorable_rows = {{1, 5}};
  settled(last, {0, 2001, {}, {}});
  EXPECT_EQ(tests::line_of(transaction.committed.subscriptions[0]), "R ar br own");
  transaction.restorable_rows.clear();
  settled(last, {0, 2001, {}, {}});
  EXPECT_EQ(tests::line_of(transaction.committed.subscriptions[0]), "R br own");
}

TEST_F(Pushes, without_an_answer_are_tried_again_after_a_while) {
  EXPECT_EQ(settled(sent(), {}).again, 1U);
  EXPECT_EQ(written().state, PushState::waiting);
  EXPECT_EQ(written().due_in.count(), 1000);
  EXPECT_EQ(settled(sent(), {}, true).done, 1U) << "a peer of few words";
}

TEST_F(Pushes, that_stay_unanswered_too_long_are_given_up) {
  auto late = sent();
  late.push.is_overdue = true;
  EXPECT_EQ(settled(late, {}).given_up.size(), 1U);
}

TEST_F(Pushes, of_too_much_data_make_an_rtr) {
  settled(sent(), {hss::vendor_3gpp, 5008, {}, {}});
  ASSERT_EQ(transaction.writes.ends.size(), 1U);
  EXPECT_EQ(transaction.writes.ends[0].reason, hss::DeregistrationReason::server_change);
  auto secret = sent();
  secret.push.set_id = 0;
  secret.push.impi_id = 1;
  settled(secret, {hss::vendor_3gpp, 5008, {}, {}});
  EXPECT_TRUE(transaction.writes.ends.empty());
  EXPECT_EQ(written().state, PushState::given_up);
}

TEST_F(Pushes, of_an_unknown_user_name_him_for_the_next_attempt) {
  settled(sent(), {hss::vendor_3gpp, 5001, {}, {}});
  ASSERT_TRUE(written().end);
  EXPECT_EQ(written().end->impi_id, 1);
  EXPECT_EQ(written().due_in.count(), 0);
}

TEST_F(Pushes, of_a_held_subscription_are_settled_later) {
  transaction.rows.subscriptions.clear();
  transaction.held_by_others = {3};
  EXPECT_EQ(settled(sent(), {0, 2001, {}, {}}).held.size(), 1U);
  EXPECT_TRUE(transaction.writes.pushes.empty());
}

TEST(PauseAfterAttempt, doubles_up_to_a_minute) {
  EXPECT_EQ(hss::pause_after(1).count(), 1000);
  EXPECT_EQ(hss::pause_after(4).count(), 8000);
  EXPECT_EQ(hss::pause_after(100).count(), 60000);
}

}  // namespace
