// SPDX-License-Identifier: Apache-2.0
// Counters become rows of the table of metrics.
#include "hss/app/metrics.h"

#include "hsm/base/log.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hss::app {
namespace {

constexpr auto answers = metric("quintet_answers_total");

TEST(Metrics, answers_are_counted_by_application_command_and_outcome) {
  Tally cx(command("Cx", "MAR"));
  Tally zh(command("Zh", "MAR"));
  cx.count(Outcome::success);
  cx.count(Outcome::success);
  cx.count(Outcome::user_unknown);
  zh.count(Outcome::success);
  Samples samples;
  add_commands(samples, command("Cx", "MAR"), cx);
  add_commands(samples, command("Zh", "MAR"), zh);
  EXPECT_EQ(sum_of(samples, answers, {"Cx", "MAR", "success"}), 2U);
  EXPECT_EQ(sum_of(samples, answers, {"Cx", "MAR", "user_unknown"}), 1U);
  EXPECT_EQ(sum_of(samples, answers, {"Cx", "MAR"}), 3U);
  EXPECT_EQ(sum_of(samples, answers, {"Zh"}), 1U);
  EXPECT_EQ(sum_of(samples, answers), 4U);
}

TEST(Metrics, two_outcomes_of_one_name_are_one_row) {
  Tally tally(command("Cx", "SAR"));
  tally.count(Outcome::missing_identity);
  tally.count(Outcome::missing_user_name);
  Samples samples;
  add_commands(samples, command("Cx", "SAR"), tally);
  EXPECT_EQ(sum_of(samples, answers, {"Cx", "SAR", "missing_avp"}), 2U);
  std::set<Labels> seen;
  for (const Sample& one : samples) {
    if (one.metric == answers) {
      EXPECT_TRUE(seen.insert(one.labels).second) << one.labels[2];
    }
  }
}

TEST(Metrics, requests_without_an_answer_are_counted_by_the_reason) {
  Tally tally(command("Cx", "LIR"));
  tally.drop("a.test");
  tally.abandon("a.test");
  tally.abandon("b.test");
  Samples samples;
  add_commands(samples, command("Cx", "LIR"), tally);
  EXPECT_EQ(sum_of(samples, metric("quintet_requests_dropped_total"), {"Cx", "LIR"}), 1U);
  EXPECT_EQ(sum_of(samples, metric("quintet_requests_abandoned_total"), {"Cx", "LIR"}), 2U);
}

TEST(Metrics, the_tokens_counters_have_rows_of_their_own) {
  Samples samples;
  add_token(samples, {1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(samples.size(), 7U);
  EXPECT_EQ(sum_of(samples, metric("quintet_token_keys_reused_total")), 1U);
  EXPECT_EQ(sum_of(samples, metric("quintet_token_keys_cached")), 7U);
}

TEST(Metrics, events_of_the_log_are_counted) {
  constexpr auto events = metric("quintet_log_events_total");
  Samples before;
  add_events(before);
  base::log(base::event("row_held"), "r", "row=r");
  Samples after;
  add_events(after);
  EXPECT_EQ(sum_of(after, events, {"row_held"}), sum_of(before, events, {"row_held"}) + 1);
  EXPECT_EQ(sum_of(after, events), sum_of(before, events) + 1);
}

TEST(Metrics, stand_once_in_their_table_as_prometheus_wants_them_named) {
  std::set<std::string_view> names;
  for (const MetricRow& row : table::metrics) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.name.starts_with("quintet_")) << row.name;
    EXPECT_EQ(row.name.ends_with("_total"), row.kind == MetricKind::counter) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
  }
}

}  // namespace
}  // namespace hss::app
