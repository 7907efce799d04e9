// SPDX-License-Identifier: Apache-2.0
// User-Data for an S-CSCF that says it has the profile: only when it is not the one that it got last
// (TS 29.228 6.1.2.1).
#include "tests/support/assignment_answer.h"

namespace {

using hss::AssignmentType;
using hss::Outcome;
using ToldUserData = tests::ServerAssignmentAnswer;

TEST_F(ToldUserData, who_has_the_profile_gets_it_again_when_it_has_changed) {
  given("R ar own");
  EXPECT_EQ(user_data_again(), "a@ims.test 1");  // who knows what it has
  EXPECT_EQ(user_data_again(), "");
  version = "2";
  EXPECT_EQ(user_data_again(), "a@ims.test 2");
  EXPECT_EQ(user_data_again(), "");
  transaction.rows.subscriptions[0].charging = hss::ChargingInformation{{}, {}, "aaa://ccf.ims.test", {}};
  EXPECT_EQ(user_data_again(), "a@ims.test 2");
  EXPECT_EQ(user_data_again(), "");
}

TEST_F(ToldUserData, what_one_impi_got_the_other_has_not) {
  given("R ar br own");
  EXPECT_EQ(user_data_again(), "a@ims.test 1");
  request.impi = "b@ims.test";
  member.impi_id = 2;
  EXPECT_EQ(user_data_again(), "b@ims.test 1");
  EXPECT_EQ(user_data_again(), "");
}

TEST_F(ToldUserData, another_server_has_got_nothing) {
  given("R ar own");
  EXPECT_EQ(user_data_again(), "a@ims.test 1");
  transaction.rows.subscriptions[0].row.reassignment_pending = true;
  request.server_name = tests::other_server;
  request.requester = tests::other_host;
  EXPECT_EQ(user_data_again(), "a@ims.test 1");
  transaction.rows.subscriptions[0].row.scscf_name = tests::other_server;
  transaction.rows.subscriptions[0].row.scscf = tests::other_host;
  EXPECT_EQ(user_data_again(), "");
}

TEST_F(ToldUserData, no_assignment_is_told_what_is_new_and_writes_nothing) {
  given("R ar own");
  request.type = AssignmentType::no_assignment;
  request.data_available = true;
  EXPECT_EQ(run().answer.user_data, "a@ims.test 1");
  EXPECT_TRUE(transaction.told.empty());
  EXPECT_EQ(user_data_again(), "a@ims.test 1");
  request.type = AssignmentType::no_assignment;
  EXPECT_EQ(run().answer.user_data, "");
}

TEST_F(ToldUserData, no_assignment_of_who_may_take_over_is_told) {
  given("R ar own");
  user_data_again();
  transaction.rows.subscriptions[0].row.reassignment_pending = true;
  request.server_name = tests::other_server;
  request.requester = tests::other_host;
  request.type = AssignmentType::no_assignment;
  EXPECT_EQ(run().answer.user_data, "a@ims.test 1");
}

TEST_F(ToldUserData, repeated_request_brings_the_profile_again) {
  given("R ar own");
  user_data_again();
  auto again = request;
  again.retransmitted = true;
  const auto batch = run({request, again});
  EXPECT_EQ(batch[0].answer.user_data, "");
  EXPECT_EQ(batch[1].note, hss::AssignmentNote::repeated);
  EXPECT_EQ(batch[1].answer.user_data, "a@ims.test 1");
}

TEST_F(ToldUserData, members_of_a_batch_are_told_once) {
  given("R ar own");
  request.type = AssignmentType::re_registration;
  request.data_available = true;
  auto second = request;
  second.end_to_end = 8;
  const auto batch = run({request, second});
  EXPECT_EQ(batch[0].answer.user_data, "a@ims.test 1");
  EXPECT_EQ(batch[1].answer.user_data, "");
  EXPECT_EQ(transaction.told.size(), 1U);
}

TEST_F(ToldUserData, what_comes_with_an_error_is_not_taken_for_told) {
  with_restoration();
  request.multiple_registration = true;
  request.data_available = true;
  given("R ari own");
  const auto decision = run();
  EXPECT_EQ(decision.answer.outcome, Outcome::in_assignment_type);
  EXPECT_EQ(decision.answer.user_data, "a@ims.test 1");
  EXPECT_TRUE(transaction.told.empty());
}

}  // namespace
