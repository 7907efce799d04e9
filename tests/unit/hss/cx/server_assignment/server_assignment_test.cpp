// SPDX-License-Identifier: Apache-2.0
// Server-Assignment on rows: what each row of rows.h claims (TS 29.228 6.1.2).
#include "hss/cx/server_assignment/server_assignment.h"

#include "tests/support/fake_assignment.h"
#include "tests/unit/hss/cx/server_assignment/rows.h"

#include <gtest/gtest.h>

namespace {

using namespace tests::server_assignment;

struct Asked {
  hss::ServerAssignmentRequest request;
  hss::AssignmentRows::Member member;
  hss::AssignmentPolicy policy;
};

bool says(const std::string& ask, const std::string& word) {
  return (" " + ask + " ").find(" " + word + " ") != std::string::npos;
}

void ask_for(const std::string& ask, Asked& out) {
  auto& request = out.request;
  request.features.sent = says(ask, "restoration") || says(ask, "featured");
  request.features.offered = (says(ask, "restoration") ? hss::feature::ims_restoration : 0) |
                             (says(ask, "p-cscf") ? hss::feature::p_cscf_restoration : 0);
  request.multiple_registration = says(ask, "multiple");
  request.p_cscf_restoration = says(ask, "p-cscf") || says(ask, "p-cscf-unoffered");
  out.policy.keep_server_name = !says(ask, "drop");
  if (says(ask, "info")) {
    request.restoration = tests::restoration_of(request.impi);
  }
}

void ask_as(const std::string& ask, Asked& out) {
  auto& impu = out.member.impus.back();
  impu.set_id = says(ask, "unknown-impu") ? 0 : impu.set_id;
  impu.subscription_id = says(ask, "foreign") ? 4 : 3;
  impu.psi_active = !says(ask, "inactive");
  if (says(ask, "psi")) {
    impu.type = hss::IdentityType::distinct_psi;
  }
  if (says(ask, "wildcarded-psi") || says(ask, "wildcarded-pui")) {
    impu.type = says(ask, "wildcarded-psi") ? hss::IdentityType::wildcarded_psi : hss::IdentityType::wildcarded_pui;
    impu.wildcard = "sip:chat-!.*!@ims.test";
  }
  if (says(ask, "names-it") || says(ask, "names-old")) {
    out.request.wildcard = says(ask, "names-it") ? "sip:chat-!.*!@ims.test" : "sip:old-!.*!@ims.test";
  }
  if (says(ask, "anonymous") || says(ask, "nobody")) {
    out.request.impi.clear();
    out.member.impi_id = 0;
  }
  if (says(ask, "impi-only") || says(ask, "nobody")) {
    out.request.impus.clear();
    out.member.impus.clear();
  }
  out.member.impi_id = says(ask, "unknown-impi") ? 0 : out.member.impi_id;
  out.member.subscription = says(ask, "nobody") ? hss::none : 0;
}

Asked asked(const Row& row) {
  Asked out;
  const bool second = says(row.ask, "b");
  out.request.type = row.type;
  out.request.impi = second ? "b@ims.test" : "a@ims.test";
  out.request.server_name = tests::own_server;
  out.request.requester = tests::own_host;
  out.member.impi_id = second ? 2 : 1;
  out.request.impus = {"sip:a@ims.test"};
  out.member.impus = {tests::found(says(row.ask, "set-6") ? 6 : 5)};
  if (says(row.ask, "two")) {
    out.request.impus.emplace_back("sip:six@ims.test");
    out.member.impus.push_back(tests::found(6));
  }
  ask_for(row.ask, out);
  ask_as(row.ask, out);
  return out;
}

class ServerAssignment : public testing::TestWithParam<Row> {};

TEST_P(ServerAssignment, ends_as_the_table_says) {
  const Row& row = GetParam();
  const Asked asked_now = asked(row);
  hss::AssignmentRows rows{{asked_now.member}, {tests::subscription(row.prior)}};
  const auto decision = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
  EXPECT_EQ(hss::code_of(decision.answer.outcome).name, hss::code_of(row.outcome).name);
  EXPECT_EQ(tests::line_of(rows.subscriptions[0]), row.after);
}

// What is not marked as changed is not written.
TEST_P(ServerAssignment, marks_exactly_what_it_changes) {
  const Row& row = GetParam();
  const Asked asked_now = asked(row);
  const auto before = tests::subscription(row.prior);
  hss::AssignmentRows rows{{asked_now.member}, {before}};
  const auto decision = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
  const bool is_done = decision.answer.outcome == Outcome::success;
  const bool registers =
      is_done && (row.type == AssignmentType::registration || row.type == AssignmentType::re_registration);
  const bool serves = is_done && row.type == AssignmentType::unregistered_user;
  const auto& after = rows.subscriptions[0];
  EXPECT_EQ(after.row.changed, after.row.scscf_name != before.row.scscf_name ||
                                   after.row.reassignment_pending != before.row.reassignment_pending);
  for (std::size_t i = 0; i < after.sets.size(); ++i) {
    const bool is_assigned = serves && after.sets[i].id == asked_now.member.impus.front().set_id;  // perhaps once more
    EXPECT_EQ(after.sets[i].changed, is_assigned || after.sets[i].state != before.sets[i].state);
  }
  for (std::size_t i = 0; i < after.associations.size(); ++i) {
    const auto& was = before.associations[i];
    const auto& is = after.associations[i];
    const bool is_assigned =
        registers && is.impi_id == asked_now.member.impi_id && is.set_id == asked_now.member.impus.front().set_id;
    EXPECT_EQ(is.changed, is_assigned || is.registered != was.registered || is.auth_pending != was.auth_pending ||
                              is.restoration_unannounced != was.restoration_unannounced);
    EXPECT_TRUE(is.restoration_changed || is.restoration == was.restoration);
  }
}

// An authentication that began too long ago is as none, and is cleared with what is written.
TEST(AgedAuthentication, counts_no_longer) {
  for (const auto type :
       {AssignmentType::registration, AssignmentType::authentication_failure, AssignmentType::timeout_deregistration}) {
    const Asked asked_now = asked({"", type, "", "", Outcome::success, ""});
    hss::AssignmentRows rows{{asked_now.member}, {tests::subscription("R ar own")}};
    auto& associations = rows.subscriptions[0].associations;
    associations[0].pending_is_old = true;
    associations[2].pending_is_old = true;  // of another set
    const auto decision = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
    EXPECT_EQ(decision.answer.outcome, Outcome::success);
    const bool leaves = type == AssignmentType::timeout_deregistration;
    EXPECT_EQ(tests::line_of(rows.subscriptions[0]), leaves ? "N" : "R ar own");
    EXPECT_TRUE(associations[0].changed);
    EXPECT_FALSE(associations[0].pending_is_old);
    EXPECT_EQ(associations[2].pending_is_old, !leaves);
  }
}

// The same request again, after anything at all may have happened, changes nothing and ends as before.
TEST_P(ServerAssignment, repeated_changes_nothing) {
  const Row& row = GetParam();
  Asked asked_now = asked(row);
  hss::AssignmentRows rows{{asked_now.member}, {tests::subscription(row.prior)}};
  const auto first = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
  if (!first.remember) {
    EXPECT_TRUE(row.type == AssignmentType::no_assignment || tests::line_of(rows.subscriptions[0]) == row.prior);
    return;
  }
  for (const char* now : {"N", "R arpi br other", "U own", "R ar 6R own reassign"}) {
    rows.subscriptions[0] = tests::subscription(now);
    rows.members[0].seen = first.answer.outcome;
    const auto again = hss::decide_assignment(asked_now.request, asked_now.policy, rows, 0);
    EXPECT_EQ(again.answer.outcome, first.answer.outcome);
    EXPECT_EQ(again.note, hss::AssignmentNote::repeated);
    EXPECT_FALSE(again.remember);
    EXPECT_EQ(tests::line_of(rows.subscriptions[0]), now);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, ServerAssignment, testing::ValuesIn(table), [](const auto& param) {
  std::string out = param.param.claim;
  std::ranges::replace_if(
      out, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return std::to_string(param.index) + "_" + out;
});

}  // namespace
