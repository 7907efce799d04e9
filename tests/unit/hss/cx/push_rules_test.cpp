// SPDX-License-Identifier: Apache-2.0
// What a change makes due and what an answer means, as tables (TS 29.228 6.1.3, 6.2.2).
#include "hss/cx/push_rules.h"

#include "tests/support/fake_push.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using hss::ChangeCause;
using hss::PushAct;
using hss::PushKind;
using hss::PushState;
using hss::PushStep;
using hss::PushVerdict;
using hss::RegistrationState;
using namespace std::chrono_literals;
using enum hss::DeregistrationReason;

struct Members {
  std::string what;
  RegistrationState state;
  std::string default_identity;
  std::string told_default;
  std::optional<PushAct> act;
  hss::DeregistrationReason reason = permanent_termination;
};

TEST(ChangeOfMembers, is_a_ppr_but_where_the_standard_forbids_one) {
  const std::vector<Members> rows{
      {"not registered", RegistrationState::not_registered, "a", "a", {}},
      {"registered", RegistrationState::registered, "a", "a", PushAct::profile},
      {"nobody knows what was told", RegistrationState::registered, "a", "", PushAct::profile},
      {"unregistered", RegistrationState::unregistered, "a", "b", PushAct::profile},
      {"another default identity", RegistrationState::registered, "a", "b", PushAct::end},
      {"nothing is left", RegistrationState::registered, "", "a", PushAct::end},
      {"nothing is left of an unregistered set", RegistrationState::unregistered, "", "a", PushAct::end},
  };
  for (const Members& row : rows) {
    hss::ChangeRow change;
    change.cause = ChangeCause::members;
    change.state = row.state;
    change.default_identity = row.default_identity;
    change.told_default = row.told_default;
    const auto decision = hss::decide_change(change);
    EXPECT_EQ(decision.act, row.act) << row.what;
    EXPECT_EQ(decision.reason, row.reason) << row.what;
  }
}

TEST(ChangeOfMembers, takes_the_s_cscf_from_a_service_that_is_not_active) {
  hss::ChangeRow change;
  change.cause = ChangeCause::members;
  change.is_service = true;
  change.state = RegistrationState::unregistered;
  EXPECT_EQ(hss::decide_change(change).reason, remove_s_cscf);
  change.service_is_active = true;
  EXPECT_EQ(hss::decide_change(change).act, PushAct::profile);
}

TEST(Change, of_anything_else_needs_no_state) {
  const std::vector<std::pair<ChangeCause, std::pair<PushAct, hss::DeregistrationReason>>> rows{
      {ChangeCause::subscription_charging, {PushAct::profile, permanent_termination}},
      {ChangeCause::location, {PushAct::profile, permanent_termination}},
      {ChangeCause::digest, {PushAct::digest, permanent_termination}},
      {ChangeCause::subscription_capabilities, {PushAct::end, server_change}},
      {ChangeCause::suspended, {PushAct::end, permanent_termination}},
      {ChangeCause::schemes, {PushAct::end, permanent_termination}},
      {ChangeCause::imsi, {PushAct::end, permanent_termination}},
  };
  for (const auto& [cause, expected] : rows) {
    hss::ChangeRow change;
    change.cause = cause;
    change.is_suspended = true;
    const auto decision = hss::decide_change(change);
    EXPECT_EQ(decision.act, expected.first) << static_cast<int>(cause);
    EXPECT_EQ(decision.reason, expected.second) << static_cast<int>(cause);
  }
}

TEST(Change, that_was_taken_back_concerns_nobody) {
  hss::ChangeRow change;
  change.cause = ChangeCause::suspended;
  EXPECT_FALSE(hss::decide_change(change).act);
}

TEST(Change, by_an_operator_has_his_reason) {
  hss::ChangeRow change;
  change.cause = ChangeCause::operator_word;
  change.reason = server_change;
  change.info = "moving";
  const auto decision = hss::decide_change(change);
  EXPECT_EQ(decision.act, PushAct::end);
  EXPECT_EQ(decision.reason, server_change);
  EXPECT_EQ(decision.info, "moving");
}

struct Verdict {
  PushKind kind;
  std::uint32_t vendor;
  std::uint32_t code;
  PushVerdict verdict;
};
constexpr std::uint32_t exp = hss::vendor_3gpp;

TEST(PushAnswer, means_what_the_standard_says) {
  const std::vector<Verdict> rows{
      {PushKind::rtr, 0, 2001, PushVerdict::done},
      {PushKind::rtr, 0, 2002, PushVerdict::done},
      {PushKind::rtr, exp, 5001, PushVerdict::done},
      {PushKind::rtr, exp, 5003, PushVerdict::done},
      {PushKind::rtr, exp, 5002, PushVerdict::other_impi},
      {PushKind::rtr, 0, 5012, PushVerdict::again},
      {PushKind::rtr, 0, 3004, PushVerdict::again},
      {PushKind::rtr, 0, 0, PushVerdict::again},
      {PushKind::rtr, 0, 5001, PushVerdict::refused},
      {PushKind::rtr, exp, 5008, PushVerdict::refused},
      {PushKind::ppr, 0, 2001, PushVerdict::done},
      {PushKind::ppr, exp, 5001, PushVerdict::unknown_there},
      {PushKind::ppr, exp, 5008, PushVerdict::too_much_data},
      {PushKind::ppr, exp, 5009, PushVerdict::unusable_data},
      {PushKind::ppr, 0, 5012, PushVerdict::again},
      {PushKind::ppr, 0, 4002, PushVerdict::again},
      {PushKind::ppr, 13019, 5001, PushVerdict::refused},
  };
  for (const Verdict& row : rows) {
    EXPECT_EQ(hss::verdict_on(row.kind, {row.vendor, row.code, {}, {}}), row.verdict) << row.vendor << ' ' << row.code;
  }
}

TEST(PushAnswer, with_an_emergency_registration_has_ended_the_rest) {
  EXPECT_EQ(hss::verdict_on(PushKind::rtr, {0, 5012, {{"a@ims.test", "sip:a@ims.test"}}, {}}), PushVerdict::done);
}

class Plan : public testing::Test {
 protected:
  hss::PushPlan plan(const hss::PushRow& push, hss::PushPolicy policy = hss::PushPolicy::ppr) {
    return hss::plan_push(push, &subscription, policy, 1000ms);
  }
  hss::AssignedSubscription subscription = tests::subscription("R ar br own");
};

TEST_F(Plan, sends_a_profile_for_whom_the_s_cscf_was_told) {
  subscription.associations[1].told.digest = "digest";
  const auto planned = plan(tests::ppr());
  ASSERT_EQ(planned.step, PushStep::send_profile);
  EXPECT_EQ(planned.association->impi_id, 2);
}

TEST_F(Plan, tries_another_private_identity_and_ends_when_none_is_left) {
  hss::PushRow push = tests::ppr();
  push.ends = {{1, 5, 0}};
  EXPECT_EQ(plan(push).association->impi_id, 2);
  push.ends.push_back({2, 5, 0});
  EXPECT_EQ(plan(push).step, PushStep::settle);
  EXPECT_EQ(plan(push).state, PushState::done);
}

TEST_F(Plan, waits_until_the_last_assignment_must_have_been_answered) {
  subscription.associations[0].assigned_ms_ago = 300;
  EXPECT_EQ(plan(tests::ppr()).step, PushStep::wait);
  EXPECT_EQ(plan(tests::ppr()).wait_for, 700ms);
  subscription.associations[0].assigned_ms_ago = -5000;  // by a clock that was set back
  EXPECT_EQ(plan(tests::ppr()).wait_for, 1000ms);
  subscription.associations[0].assigned_ms_ago = 1000;
  EXPECT_EQ(plan(tests::ppr()).step, PushStep::send_profile);
}

TEST_F(Plan, goes_by_how_the_peer_takes_pushes) {
  EXPECT_EQ(plan(tests::ppr(), hss::PushPolicy::no_ppr).step, PushStep::settle);
  EXPECT_EQ(plan(tests::ppr(), hss::PushPolicy::rtr_instead).step, PushStep::send_profile) << "if it is news, an RTR";
  EXPECT_EQ(plan(tests::rtr({{1, 5, 0}}), hss::PushPolicy::no_ppr).step, PushStep::terminate);
}

TEST_F(Plan, sends_nothing_to_an_s_cscf_that_is_not_assigned_any_more) {
  subscription.row.scscf = tests::other_host;
  EXPECT_EQ(plan(tests::ppr()).state, PushState::superseded);
  subscription = tests::subscription("N own");
  EXPECT_EQ(plan(tests::ppr()).state, PushState::superseded);
}

TEST_F(Plan, ends_only_what_is_still_the_same_registration) {
  EXPECT_EQ(plan(tests::rtr({{1, 5, 0}})).step, PushStep::terminate);
  subscription.associations[0].generation = 1;
  EXPECT_EQ(plan(tests::rtr({{1, 5, 0}})).state, PushState::superseded);
  hss::PushRow removed = tests::rtr({{1, 5, 0}});
  removed.cause = "removed";
  EXPECT_EQ(plan(removed).step, PushStep::terminate) << "what is gone cannot be compared";
}

TEST_F(Plan, of_several_goes_to_who_was_told_of_last) {
  subscription = tests::subscription("R ar br own");
  subscription.associations[0].assigned_ms_ago = 5000;
  subscription.associations[1].assigned_ms_ago = 60000;
  EXPECT_EQ(plan(tests::ppr()).association, &subscription.associations[0]);
  subscription.associations[1].told.digest = "told";
  EXPECT_EQ(plan(tests::ppr()).association, &subscription.associations[1]);
  subscription.associations[0].told.digest = "told";
  EXPECT_EQ(plan(tests::ppr()).association, &subscription.associations[0]);
}

TEST_F(Plan, ends_an_unregistered_set_that_the_s_cscf_does_not_know) {
  subscription = tests::subscription("U own");
  hss::PushRow push = tests::ppr();
  push.ends = {{0, 5, subscription.sets[0].generation}};
  EXPECT_EQ(plan(push).state, PushState::done);
  hss::end_registrations(push, {}, {}, subscription);
  EXPECT_EQ(tests::line_of(subscription), "N");
  subscription = tests::subscription("U own");
  ++subscription.sets[0].generation;
  EXPECT_EQ(plan(push).step, PushStep::send_profile) << "assigned anew meanwhile";
}

TEST_F(Plan, waits_with_a_secret_while_an_answer_with_an_older_one_may_be_on_its_way) {
  hss::PushRow push = tests::ppr();
  push.set_id = 0;
  push.impi_id = 1;
  push.age = 300ms;
  EXPECT_EQ(plan(push).wait_for, 700ms);
  push.age = 1000ms;
  EXPECT_EQ(plan(push).step, PushStep::send_digest);
}

TEST_F(Plan, sends_what_was_given_up_once_more_unless_the_s_cscf_serves_the_user_again) {
  subscription = tests::subscription("N");
  EXPECT_EQ(plan(tests::rtr({})).step, PushStep::terminate);
  subscription = tests::subscription("R br own");
  EXPECT_EQ(plan(tests::rtr({})).state, PushState::superseded) << "b is among the associated";
  subscription = tests::subscription("U own");
  EXPECT_EQ(plan(tests::rtr({})).state, PushState::superseded);
  subscription = tests::subscription("R ar other");
  EXPECT_EQ(plan(tests::rtr({})).step, PushStep::terminate);
}

TEST_F(Plan, does_not_end_at_an_s_cscf_that_was_replaced_and_has_come_back) {
  hss::PushRow replaced = tests::rtr({{1, 5, 0}});
  replaced.cause = "replaced";
  EXPECT_EQ(plan(replaced).state, PushState::superseded);
  subscription = tests::subscription("R ar other");
  EXPECT_EQ(plan(replaced).step, PushStep::terminate);
}

TEST(EndOfRegistrations, spares_what_moved_on) {
  auto subscription = tests::subscription("R ar br 6R own");
  subscription.associations[1].generation = 4;
  hss::end_registrations(tests::rtr({{1, 5, 0}, {2, 5, 3}, {1, 6, 0}}), {}, {}, subscription);
  EXPECT_EQ(tests::line_of(subscription), "R br own");
}

TEST(EndOfRegistrations, gives_the_s_cscf_back_when_nothing_is_left) {
  auto subscription = tests::subscription("R ar own");
  hss::end_registrations(tests::rtr({{1, 5, 0}}), {}, {}, subscription);
  EXPECT_EQ(tests::line_of(subscription), "N");
}

TEST(EndOfRegistrations, keeps_an_emergency_registration) {
  auto subscription = tests::subscription("R ar 6R own");
  hss::ProfileRows members;
  members.members[6].resize(1);
  members.members[6].front().identity = "sip:sos@ims.test";
  hss::end_registrations(tests::rtr({{1, 5, 0}, {1, 6, 0}}), {0, 2002, {{"a@ims.test", "sip:sos@ims.test"}}, {}},
                         members, subscription);
  EXPECT_EQ(tests::line_of(subscription), "N 6R own");
}

TEST(EndOfRegistrations, of_a_changed_server_takes_the_name_away_though_somebody_authenticates) {
  auto subscription = tests::subscription("R ar bp own");
  hss::PushRow push = tests::rtr({{1, 5, 0}});
  push.reason = server_change;
  hss::end_registrations(push, {}, {}, subscription);
  EXPECT_EQ(tests::line_of(subscription), "N");
}

TEST(UserName, of_the_next_attempt_is_one_that_was_not_tried) {
  hss::PushRow push = tests::rtr({});
  EXPECT_EQ(hss::next_user_name(push), "b@ims.test");
  push.attempt = 7;
  EXPECT_EQ(hss::next_user_name(push), "b@ims.test") << "attempts that nobody answered do not count";
  push.names_tried = 1;
  EXPECT_EQ(hss::next_user_name(push), std::nullopt);
}

}  // namespace
