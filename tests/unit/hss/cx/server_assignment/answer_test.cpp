// SPDX-License-Identifier: Apache-2.0
// What the answers to Server-Assignment tell, and batches of them in one transaction (TS 29.228 6.1.2).
#include "tests/support/assignment_answer.h"

namespace {

using hss::AssignmentType;
using hss::Outcome;
using tests::ServerAssignmentAnswer;
using Texts = std::vector<std::string>;

TEST_F(ServerAssignmentAnswer, brings_profile_and_charging_where_the_server_has_none) {
  transaction.rows.subscriptions[0].charging = hss::ChargingInformation{{}, {}, "aaa://ccf.ims.test", {}};
  const auto with = run();
  ASSERT_TRUE(with.user_data);
  EXPECT_EQ(with.user_data->set_id, 5);
  EXPECT_EQ(with.user_data->impi, "a@ims.test");
  EXPECT_EQ(with.answer.user_data, "a@ims.test 1");
  EXPECT_EQ(with.answer.charging->primary_collection, "aaa://ccf.ims.test");
  EXPECT_EQ(transaction.writes.sets, std::vector<std::int64_t>{5});
  keep_told();
  request.data_available = true;
  const auto without = run();
  EXPECT_TRUE(without.answer.user_data.empty());
  EXPECT_FALSE(without.answer.charging);
  EXPECT_EQ(without.answer.associated, (Texts{"a@ims.test", "b@ims.test"}));
  EXPECT_TRUE(transaction.told.empty());
}

TEST_F(ServerAssignmentAnswer, restoration_information_without_features_goes_back_without_features) {
  request.restoration = tests::restoration_of("a@ims.test");
  given("N ap own");
  run();
  const auto& kept = committed().associations[0];
  EXPECT_EQ(kept.restoration, tests::restoration_of("a@ims.test"));
  EXPECT_TRUE(kept.restoration_unannounced);
  transaction.rows = committed_rows();
  request.restoration.reset();
  request.type = AssignmentType::no_assignment;
  EXPECT_EQ(run().answer.restoration.size(), 1U);
  request.features.sent = true;  // and says that it knows none
  EXPECT_TRUE(run().answer.restoration.empty());
  with_restoration();
  EXPECT_EQ(run().answer.restoration.size(), 1U);
}

TEST_F(ServerAssignmentAnswer, restoration_information_is_lost_on_who_names_other_features) {
  request.features.sent = true;
  request.restoration = tests::restoration_of("a@ims.test");
  run();
  EXPECT_FALSE(committed().associations[0].restoration);
}

TEST_F(ServerAssignmentAnswer, restoration_information_follows_the_one_that_left_it_last) {
  with_restoration();
  request.restoration = tests::restoration_of("a@ims.test");
  given("R ari own");
  transaction.rows.subscriptions[0].associations[0].restoration_unannounced = true;
  run();
  EXPECT_FALSE(committed().associations[0].restoration_unannounced);
  EXPECT_TRUE(committed().associations[0].changed);
}

TEST_F(ServerAssignmentAnswer, brings_no_profile_with_other_types_or_refusals) {
  request.type = AssignmentType::user_deregistration;
  EXPECT_FALSE(run().user_data);
  request.type = AssignmentType::registration;
  given("R ar other");
  const auto refused = run();
  EXPECT_FALSE(refused.user_data);
  EXPECT_TRUE(refused.answer.user_data.empty());
  EXPECT_EQ(refused.answer.server_name, tests::other_server);
  EXPECT_TRUE(refused.answer.associated.empty());
}

TEST_F(ServerAssignmentAnswer, restoration_answers_bring_the_profile) {
  with_restoration();
  request.multiple_registration = true;
  given("R ari bri own");
  const auto decision = run();
  EXPECT_EQ(decision.answer.outcome, Outcome::in_assignment_type);
  EXPECT_TRUE(decision.user_data);
  ASSERT_EQ(decision.answer.restoration.size(), 2U);
  EXPECT_EQ(decision.answer.restoration[0], tests::restoration_of("a@ims.test"));
}

TEST_F(ServerAssignmentAnswer, who_registers_is_told_the_others_restoration_information) {
  with_restoration();
  request.restoration = tests::restoration_of("a@ims.test");
  given("R ari bri own");
  const auto decision = run();
  ASSERT_EQ(decision.answer.restoration.size(), 1U);
  EXPECT_EQ(decision.answer.restoration[0].impi, "b@ims.test");
  EXPECT_EQ(decision.answer.associated_registered, (Texts{"a@ims.test", "b@ims.test"}));
  EXPECT_FALSE(committed().associations[0].restoration_changed);
}

TEST_F(ServerAssignmentAnswer, restoration_information_that_differs_replaces_the_stored_one) {
  with_restoration();
  request.restoration = tests::restoration_of("a@ims.test");
  request.restoration->contacts[0].cseq = 8;
  request.restoration->impi = "A@ims.test";
  given("R ari own");
  run();
  EXPECT_TRUE(committed().associations[0].restoration_changed);
  EXPECT_EQ(committed().associations[0].restoration->contacts[0].cseq, 8U);
  EXPECT_EQ(committed().associations[0].restoration->impi, "a@ims.test");
}

TEST_F(ServerAssignmentAnswer, without_the_feature_there_is_no_restoration_information) {
  request.type = AssignmentType::no_assignment;
  given("R ari bri own");
  const auto decision = run();
  EXPECT_TRUE(decision.answer.restoration.empty());
  EXPECT_TRUE(decision.answer.associated_registered.empty());
  with_restoration();
  EXPECT_EQ(run().answer.restoration.size(), 2U);
}

TEST_F(ServerAssignmentAnswer, one_impi_is_not_worth_associated_identities) {
  transaction.rows.subscriptions[0].impis.pop_back();
  EXPECT_TRUE(run().answer.associated.empty());
}

TEST_F(ServerAssignmentAnswer, unregistered_user_gets_a_registered_impi_first_and_else_any) {
  request.type = AssignmentType::unregistered_user;
  request.impi.clear();
  member.impi_id = 0;
  EXPECT_EQ(run().answer.user_name, "a@ims.test");
  with_restoration();
  given("R bri own");
  EXPECT_EQ(run().answer.user_name, "b@ims.test");
}

TEST_F(ServerAssignmentAnswer, profile_without_user_name_is_that_of_a_registered_impi) {
  request.type = AssignmentType::no_assignment;
  request.impi.clear();
  member.impi_id = 0;
  given("R br own");
  const auto decision = run();
  EXPECT_EQ(decision.answer.user_name, "b@ims.test");
  EXPECT_EQ(decision.user_data->impi, "b@ims.test");
  given("U own");
  EXPECT_EQ(run().answer.user_name, "a@ims.test");
}

TEST_F(ServerAssignmentAnswer, set_without_an_impi_cannot_be_served) {
  request.impi.clear();
  member.impi_id = 0;
  for (const auto type : {AssignmentType::unregistered_user, AssignmentType::no_assignment}) {
    request.type = type;
    given("U own");
    transaction.rows.subscriptions[0].associations.clear();
    EXPECT_EQ(run().answer.outcome, Outcome::unable_to_comply);
    EXPECT_FALSE(committed().row.changed);
  }
}

TEST_F(ServerAssignmentAnswer, old_wildcard_is_answered_with_the_one_that_matched) {
  request.type = AssignmentType::unregistered_user;
  request.impus = {"sip:chat-1@ims.test"};
  request.wildcard = "sip:old-!.*!@ims.test";
  member.impus[0].type = hss::IdentityType::wildcarded_pui;
  member.impus[0].wildcard = "sip:chat-!.*!@ims.test";
  const auto decision = run();
  EXPECT_EQ(decision.answer.outcome, Outcome::in_assignment_type);
  EXPECT_EQ(decision.answer.wildcard, "sip:chat-!.*!@ims.test");
  EXPECT_FALSE(decision.user_data);
  EXPECT_FALSE(decision.remember);
}

TEST_F(ServerAssignmentAnswer, wildcard_itself_stands_for_no_other_identity) {
  request.type = AssignmentType::unregistered_user;
  request.impus = {"sip:chat-!.*!@ims.test"};
  member.impus[0].type = hss::IdentityType::wildcarded_pui;
  member.impus[0].wildcard = "sip:chat-!.*!@ims.test";
  const auto decision = run();
  EXPECT_EQ(decision.answer.wildcard, "sip:chat-!.*!@ims.test");
  EXPECT_FALSE(decision.user_data->match);
}

TEST_F(ServerAssignmentAnswer, names_the_wildcard_that_matched) {
  request.type = AssignmentType::unregistered_user;
  request.impus = {"sip:chat-1@ims.test"};
  member.impus[0].type = hss::IdentityType::wildcarded_psi;
  member.impus[0].wildcard = "sip:chat-!.*!@ims.test";
  member.impus[0].loose_route = true;
  member.impus[0].privileged_sender = false;
  const auto decision = run();
  EXPECT_EQ(decision.answer.wildcard, "sip:chat-!.*!@ims.test");
  EXPECT_EQ(decision.user_data->match->identity, "sip:chat-1@ims.test");
  EXPECT_EQ(decision.answer.loose_route, true);
  EXPECT_EQ(decision.answer.privileged_sender, false);
}

TEST_F(ServerAssignmentAnswer, same_name_under_a_new_diameter_address_is_stored) {
  given("R ar own");
  request.requester.host = "moved.ims.test";
  transaction.registered = {{3, {"a@ims.test"}, {"sip:a@ims.test"}}};
  run();
  EXPECT_EQ(committed().row.scscf.host, "moved.ims.test");
  EXPECT_TRUE(committed().row.changed);
  EXPECT_TRUE(transaction.writes.pushes.empty());
}

TEST_F(ServerAssignmentAnswer, replaced_server_is_told_once_what_was_registered_there) {
  given("R ar br other reassign");
  transaction.registered = {{3, {"a@ims.test", "b@ims.test"}, {"sip:a@ims.test"}}};
  run({request, request});
  ASSERT_EQ(transaction.writes.pushes.size(), 1U);
  const hss::Push& push = transaction.writes.pushes[0];
  EXPECT_EQ(push.destination.host, tests::other_host.host);
  EXPECT_EQ(push.reason, hss::DeregistrationReason::new_server_assigned);
  EXPECT_EQ(push.impus, Texts{"sip:a@ims.test"});
}

TEST_F(ServerAssignmentAnswer, members_of_a_batch_see_each_other) {
  auto leave = request;
  leave.type = AssignmentType::user_deregistration;
  leave.end_to_end = 8;
  const auto batch = run({request, leave});
  EXPECT_EQ(batch[1].answer.outcome, Outcome::success);
  EXPECT_EQ(tests::line_of(committed()), "N");
  EXPECT_EQ(transaction.writes.seen.size(), 2U);
}

TEST_F(ServerAssignmentAnswer, retransmission_in_the_same_batch_changes_nothing) {
  auto leave = request;
  leave.type = AssignmentType::user_deregistration;
  leave.end_to_end = 8;
  auto again = request;
  again.retransmitted = true;
  const auto batch = run({request, leave, again});
  EXPECT_EQ(batch[2].note, hss::AssignmentNote::repeated);
  EXPECT_EQ(tests::line_of(committed()), "N");
  EXPECT_EQ(transaction.writes.seen.size(), 2U);
}

TEST_F(ServerAssignmentAnswer, another_requesters_identifier_is_not_the_same_request) {
  auto foreign = request;
  foreign.requester.host = "proxy.ims.test";
  foreign.retransmitted = true;
  EXPECT_EQ(run({request, foreign})[1].note, hss::AssignmentNote::unremarkable);
}

TEST_F(ServerAssignmentAnswer, an_identifier_for_something_else_is_not_the_same_request) {
  auto leave = request;
  leave.type = AssignmentType::user_deregistration;
  leave.retransmitted = true;
  EXPECT_EQ(run({request, leave})[1].note, hss::AssignmentNote::unremarkable);
  EXPECT_EQ(tests::line_of(committed()), "N");
}

TEST_F(ServerAssignmentAnswer, only_what_may_change_something_is_remembered) {
  given("R ar own");
  request.type = AssignmentType::no_assignment;
  EXPECT_FALSE(run().remember);
  request.type = AssignmentType::re_registration;
  EXPECT_TRUE(run().remember);
  given("R ar other");
  EXPECT_FALSE(run().remember);
}

TEST_F(ServerAssignmentAnswer, late_deregistration_and_reassignment_are_noted) {
  given("R ar other reassign");
  request.type = AssignmentType::user_deregistration;
  EXPECT_EQ(run().note, hss::AssignmentNote::stale);
  request.type = AssignmentType::re_registration;
  EXPECT_EQ(run().note, hss::AssignmentNote::taken_over);
}

}  // namespace
