// SPDX-License-Identifier: Apache-2.0
// Judging an authentic SQN_MS: kept, raised or refused, never down (TS 33.102 6.3.5).
#include "auc/sqn.h"
#include "support/usim.h"

#include <gtest/gtest.h>

namespace {

using auc::Domain;
using auc::Profile;
using auc::Resync;
using auc::SqnState;

constexpr std::uint64_t now = 17'000'000'000;
constexpr std::uint64_t day = 864'000;
const auc::SqnPolicy counter = auc::default_policy();

auc::Sqn sqn(std::uint64_t seq, std::uint64_t ind = 9) { return {seq << 5 | ind}; }

std::uint64_t next_seq(SqnState& state, const auc::SqnPolicy& policy, auc::SqnInputs inputs = {}) {
  return auc::seq_of(auc::issue(state, policy, Domain::ims, 1, inputs)->at(0), 5);
}

struct Judged {
  const char* name;
  std::uint64_t seq, seq_ms;
  Resync verdict;
};
struct ResyncVerdict : testing::TestWithParam<Judged> {};
constexpr std::uint64_t delta = auc::seq_delta, top = auc::seq_ceiling;
INSTANTIATE_TEST_SUITE_P(Auc, ResyncVerdict,
                         testing::Values(Judged{"next_is_just_fresh", 99, 99, Resync::kept},
                                         Judged{"far_below", 5000, 3, Resync::kept},
                                         Judged{"next_equals_the_cards", 98, 99, Resync::raised},
                                         Judged{"card_far_ahead", 0, 1 << 30, Resync::raised},
                                         Judged{"leap_of_delta", 99 + delta, 100, Resync::kept},
                                         Judged{"leap_beyond_delta", 100 + delta, 100, Resync::refused},
                                         Judged{"new_card_behind_an_old_counter", top - 1, 0, Resync::refused},
                                         Judged{"card_at_the_ceiling", 0, top, Resync::raised},
                                         Judged{"card_above_the_ceiling", 0, top + 1, Resync::refused},
                                         Judged{"card_at_the_end", top, top + delta, Resync::refused}),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_P(ResyncVerdict, is_given_and_only_raised_changes_the_state) {
  const Judged& of = GetParam();
  SqnState state{.seq = of.seq, .last_ind = {3, {}, 17}};
  SqnState expected = state;
  if (of.verdict == Resync::raised) expected.seq = of.seq_ms;
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(of.seq_ms), {}), of.verdict);
  EXPECT_EQ(state, expected);  // the IND of SQN_MS is not adopted
}

TEST(Resync, next_after_raising_is_one_above_the_card) {
  SqnState state;
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(1000), {}), Resync::raised);
  EXPECT_EQ(next_seq(state, counter), 1001U);
}

// The database has lost 300 numbers and leapt by 100: the card is ahead, and what it has not accepted may lie above it.
TEST(Resync, raised_after_a_leap_passes_what_was_lost_above_the_card_once) {
  const auc::SqnInputs leapt{.lead = 100, .lead_jump = 100};
  SqnState state{.seq = 1000};
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(1250), leapt), Resync::raised);
  EXPECT_EQ(state, (SqnState{.seq = 1350, .lead = 100, .raised_lead = 100}));
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(2000), leapt), Resync::raised);
  EXPECT_EQ(state.seq, 2000U);
}

TEST(Resync, raised_without_a_leap_since_the_state_began_is_the_cards_number_exactly) {
  const auc::SqnInputs earlier{.lead = 100, .lead_jump = 100};
  SqnState state{.seq = 1000, .lead = 100, .raised_lead = 100};
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(1250), earlier), Resync::raised);
  EXPECT_EQ(state.seq, 1250U);
}

TEST(Resync, raised_after_a_leap_stays_below_the_ceiling) {
  SqnState state{.seq = 1000};
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(top - 99), {.lead = 100, .lead_jump = 100}), Resync::refused);
  EXPECT_EQ(state, SqnState{.seq = 1000});
}

TEST(Resync, what_is_out_of_reach_is_what_is_refused) {
  for (const std::uint64_t seq : {100 + delta - 1, 100 + delta, 100 + delta + 1}) {
    SqnState state{.seq = seq};
    EXPECT_EQ(auc::is_out_of_reach(state, counter, sqn(100), {}),
              auc::resynchronise(state, counter, sqn(100), {}) == Resync::refused);
  }
}

TEST(Resync, a_card_ahead_is_never_out_of_reach) {
  EXPECT_FALSE(auc::is_out_of_reach({.seq = 5}, counter, sqn(5 + 2 * delta), {}));
}

TEST(Resync, going_back_takes_the_cards_number_and_the_lead_in_force) {
  SqnState state{.seq = 100 + 2 * delta, .clock_offset = 7};
  auc::go_back(state, counter, sqn(100), {.lead = 50});
  EXPECT_EQ(state, (SqnState{.seq = 100, .lead = 50, .raised_lead = 50}));
  EXPECT_EQ(next_seq(state, counter, {.lead = 50}), 101U);
}

TEST(Resync, card_at_the_ceiling_gets_nothing_more) {
  SqnState state;
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(top), {}), Resync::raised);
  EXPECT_EQ(auc::issue(state, counter, Domain::ims, 1, {}), std::nullopt);
}

TEST(Resync, repeated_auts_is_kept_the_second_time) {
  SqnState state;
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(1000), {}), Resync::raised);
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(1000), {}), Resync::kept);
  EXPECT_EQ(state.seq, 1000U);
}

TEST(Resync, replay_of_an_old_auts_harms_no_domain) {
  SqnState state;
  support::SqnArray card;
  const auto authenticate = [&](Domain domain) {
    return card.accept(auc::issue(state, counter, domain, 1, {})->at(0));
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(authenticate(Domain::ims));
  const auc::Sqn old = card.sqn_ms();
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(authenticate(Domain::ps));
  EXPECT_EQ(auc::resynchronise(state, counter, old, {}), Resync::kept);
  EXPECT_TRUE(authenticate(Domain::ims));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(authenticate(Domain::ps));
}

TEST(Resync, counts_the_lead_that_the_next_issue_would_add) {
  const auc::SqnInputs inputs{.lead = 1000};
  SqnState state{.seq = 10};
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(1010), inputs), Resync::kept);
  EXPECT_EQ(state.seq, 10U);
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(1011), inputs), Resync::raised);
  EXPECT_EQ(next_seq(state, counter, inputs), 1012U);  // the lead is contained, not added once more
}

TEST(Resync, lead_takes_a_stale_card_out_of_range) {
  SqnState state{.seq = 10};
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(10), {.lead = delta}), Resync::refused);
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(10), {.lead = delta - 1}), Resync::kept);
}

TEST(Resync, older_lead_of_another_process_takes_nothing_back) {
  SqnState state{.seq = 10, .lead = 100};
  ASSERT_EQ(auc::resynchronise(state, counter, sqn(50), {.lead = 60}), Resync::raised);
  EXPECT_EQ(state.lead, 100U);
}

TEST(Resync, state_past_all_bounds_is_refused) {
  SqnState state{.seq = ~std::uint64_t{0}};
  const SqnState before = state;
  EXPECT_EQ(auc::resynchronise(state, counter, sqn(10), {.lead = 5}), Resync::refused);
  EXPECT_EQ(state, before);
}

TEST(ResyncTime, raised_follows_the_clock_from_the_card) {
  auc::SqnPolicy policy = counter;
  policy.profile = Profile::time;
  SqnState state;
  (void)next_seq(state, policy, {.unix_tenths = now});
  for (const std::uint64_t seq_ms : {2 * day, delta, 3 * delta}) {
    ASSERT_EQ(auc::resynchronise(state, policy, sqn(seq_ms), {.unix_tenths = now}), Resync::raised);
    EXPECT_EQ(next_seq(state, policy, {.unix_tenths = now}), seq_ms + 1);
    EXPECT_EQ(next_seq(state, policy, {.unix_tenths = now + day}), seq_ms + day);
  }
}

TEST(ResyncTime, clock_that_has_moved_past_the_card_keeps_the_state) {
  auc::SqnPolicy policy = counter;
  policy.profile = Profile::time;
  SqnState state;
  (void)next_seq(state, policy, {.unix_tenths = now});
  const SqnState before = state;
  EXPECT_EQ(auc::resynchronise(state, policy, sqn(day - 1), {.unix_tenths = now + day}), Resync::kept);
  EXPECT_EQ(state, before);
  EXPECT_EQ(auc::resynchronise(state, policy, sqn(day), {.unix_tenths = now + day}), Resync::raised);
}

TEST(ResyncPartlyTime, raised_counts_on_or_joins_the_clock_above_the_card) {
  auc::SqnPolicy policy = counter;
  policy.profile = Profile::partly_time;
  const std::uint64_t clock = now / 10 % (1 << 24);
  for (const std::uint64_t seq_ms : {(5ULL << 24) + clock, (5ULL << 24) + clock + 100, (5ULL << 24) + clock - 100}) {
    SqnState state;
    ASSERT_EQ(auc::resynchronise(state, policy, sqn(seq_ms), {.unix_tenths = now}), Resync::raised);
    const std::uint64_t next = next_seq(state, policy, {.unix_tenths = now});
    EXPECT_GT(next, seq_ms);
    EXPECT_LE(next - seq_ms, 100U);
  }
}

}  // namespace
