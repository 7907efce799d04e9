// SPDX-License-Identifier: Apache-2.0
// Issuing SEQ: counter, ceiling, global lead and the two profiles that follow a clock (TS 33.102 C.1.1, C.3).
#include "auc/sqn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using auc::Domain;
using auc::Profile;
using auc::SqnInputs;
using auc::SqnState;

constexpr std::uint64_t now = 17'000'000'000;  // tenths of a second
constexpr std::uint64_t day = 864'000;
constexpr std::uint64_t half_delta = auc::seq_delta / 2;

auc::SqnPolicy policy_of(Profile profile) {
  auc::SqnPolicy policy = auc::default_policy();
  policy.profile = profile;
  return policy;
}

std::vector<std::uint64_t> issue(SqnState& state, Profile profile, SqnInputs inputs, std::size_t count = 1) {
  std::vector<std::uint64_t> seqs;
  const auto sqns = auc::issue(state, policy_of(profile), Domain::ims, count, inputs);
  for (const auc::Sqn sqn : sqns.value()) seqs.push_back(auc::seq_of(sqn, 5));
  return seqs;
}

std::uint64_t issue_one(SqnState& state, Profile profile, SqnInputs inputs) {
  return issue(state, profile, inputs).front();
}

using Seqs = std::vector<std::uint64_t>;

struct EveryProfile : testing::TestWithParam<Profile> {};
INSTANTIATE_TEST_SUITE_P(Sqn, EveryProfile, testing::Values(Profile::counter, Profile::partly_time, Profile::time),
                         [](const auto& of) { return std::string(auc::name(of.param)); });

TEST_P(EveryProfile, domain_that_is_not_served_is_refused_and_nothing_changes) {
  auc::SqnPolicy policy = policy_of(GetParam());
  policy.ranges.at(static_cast<std::size_t>(Domain::gba)) = std::nullopt;
  SqnState state{.seq = 7};
  const SqnState before = state;
  EXPECT_EQ(auc::issue(state, policy, Domain::gba, 1, {.lead = 5, .unix_tenths = now}), std::nullopt);
  EXPECT_EQ(state, before);
}

TEST_P(EveryProfile, none_wanted_changes_nothing) {
  SqnState state{.seq = 7};
  const SqnState before = state;
  EXPECT_TRUE(issue(state, GetParam(), {.lead = 5, .unix_tenths = now}, 0).empty());
  EXPECT_EQ(state, before);
}

TEST_P(EveryProfile, many_issues_in_one_tick_never_repeat) {
  SqnState state;
  std::uint64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    for (const std::uint64_t seq : issue(state, GetParam(), {.unix_tenths = now}, 3)) {
      ASSERT_GT(seq, last);
      last = seq;
    }
  }
}

TEST_P(EveryProfile, clock_that_goes_back_never_repeats) {
  SqnState state;
  std::uint64_t last = 0;
  for (const std::uint64_t tenths : {now, now + day, now - day, now - 400 * day, std::uint64_t{0}, now, now + 5}) {
    for (const std::uint64_t seq : issue(state, GetParam(), {.unix_tenths = tenths}, 2)) {
      EXPECT_GT(seq, last);
      EXPECT_LE(seq - last, auc::seq_delta);
      last = seq;
    }
  }
}

TEST_P(EveryProfile, ceiling_is_issued_and_nothing_above) {
  SqnState state{.seq = auc::seq_ceiling - 2};
  const SqnInputs at_seq2{.unix_tenths = state.seq % (1 << 24) * 10};  // so that partly_time counts
  EXPECT_EQ(issue(state, GetParam(), at_seq2, 2), (Seqs{auc::seq_ceiling - 1, auc::seq_ceiling}));
  const SqnState before = state;
  EXPECT_EQ(auc::issue(state, policy_of(GetParam()), Domain::ims, 1, {}), std::nullopt);
  EXPECT_EQ(state, before);
}

TEST_P(EveryProfile, batch_that_would_pass_the_ceiling_is_refused_whole) {
  SqnState state{.seq = auc::seq_ceiling - 2};
  const SqnState before = state;
  EXPECT_EQ(auc::issue(state, policy_of(GetParam()), Domain::ims, 3, {}), std::nullopt);
  EXPECT_EQ(state, before);
}

TEST_P(EveryProfile, values_past_all_bounds_are_refused_not_wrapped) {
  constexpr std::uint64_t most = ~std::uint64_t{0};
  for (const SqnState spoilt : {SqnState{.seq = most}, SqnState{.seq = most - 1}, SqnState{.seq = 5}}) {
    SqnState state = spoilt;
    EXPECT_EQ(auc::issue(state, policy_of(GetParam()), Domain::ims, 3, {.lead = most, .unix_tenths = now}),
              std::nullopt);
    EXPECT_EQ(state, spoilt);
  }
}

TEST(SqnCounter, counts_from_one_across_domains) {
  SqnState state;
  const auc::SqnPolicy policy = auc::default_policy();
  EXPECT_EQ(auc::issue(state, policy, Domain::ps, 1, {})->at(0), (auc::Sqn{1 << 5 | 0}));
  EXPECT_EQ(auc::issue(state, policy, Domain::ims, 1, {})->at(0), (auc::Sqn{2 << 5 | 16}));
  EXPECT_EQ(auc::issue(state, policy, Domain::ps, 1, {})->at(0), (auc::Sqn{3 << 5 | 1}));
}

TEST(SqnCounter, ceiling_leaves_delta_below_the_end_of_48_bits_for_every_index_length) {
  for (unsigned bits = 3; bits <= 8; ++bits) {
    auc::SqnPolicy policy = auc::default_policy();
    policy.ind_bits = bits;
    const unsigned seq_bits = std::min(48 - bits, auc::seq_bits);
    const std::uint64_t ceiling = (std::uint64_t{1} << seq_bits) - 1 - auc::seq_delta;
    SqnState state{.seq = ceiling - 1};
    EXPECT_EQ(auc::seq_of(auc::issue(state, policy, Domain::ps, 1, {})->at(0), bits), ceiling);
    EXPECT_EQ(auc::issue(state, policy, Domain::ps, 1, {}), std::nullopt);
  }
}

TEST(SqnLead, is_added_once) {
  SqnState state{.seq = 10, .lead = 100};
  EXPECT_EQ(issue_one(state, Profile::counter, {.lead = 100}), 11U);
  EXPECT_EQ(issue_one(state, Profile::counter, {.lead = 1100}), 1012U);
  EXPECT_EQ(issue_one(state, Profile::counter, {.lead = 1100}), 1013U);
  EXPECT_EQ(state.lead, 1100U);
}

TEST(SqnLead, older_value_of_another_process_takes_nothing_back) {
  SqnState state{.seq = 10, .lead = 100};
  EXPECT_EQ(issue_one(state, Profile::counter, {.lead = 50}), 11U);
  EXPECT_EQ(state.lead, 100U);
}

TEST(SqnLead, moves_the_profiles_with_a_clock_too) {
  for (const Profile profile : {Profile::partly_time, Profile::time}) {
    SqnState state;
    const std::uint64_t before = issue_one(state, profile, {.unix_tenths = now});
    EXPECT_GT(issue_one(state, profile, {.lead = 1 << 20, .unix_tenths = now + 10}), before + (1 << 20));
  }
}

// TS 33.102 C.1.1.1: p = 2^24, D = 2^16, clock in seconds.
constexpr std::uint64_t p = 1 << 24, d = 1 << 16;

struct PartlyCase {
  const char* name;
  std::uint64_t seq1, seq2, clock, next;
};
struct PartlyTimed : testing::TestWithParam<PartlyCase> {};
INSTANTIATE_TEST_SUITE_P(Sqn, PartlyTimed,
                         testing::Values(PartlyCase{"behind_the_clock_joins_it", 3, 1000, 5000, 3 * p + 5000},
                                         PartlyCase{"one_behind_joins_it", 3, 4999, 5000, 3 * p + 5000},
                                         PartlyCase{"at_the_clock_counts", 3, 5000, 5000, 3 * p + 5001},
                                         PartlyCase{"ahead_within_d_counts", 3, 5000 + d - 1, 5000, 3 * p + 5000 + d},
                                         PartlyCase{"ahead_by_d_means_the_clock_wrapped", 3, 5000 + d, 5000,
                                                    4 * p + 5000},
                                         PartlyCase{"wrapped_clock_carries", 3, p - 10, 20, 4 * p + 20},
                                         PartlyCase{"wrapped_seq2_within_d_counts", 3, 7, p + 7 - d + 1, 3 * p + 8},
                                         PartlyCase{"wrapped_seq2_beyond_d_joins", 3, 7, p + 7 - d, 3 * p + p + 7 - d},
                                         PartlyCase{"last_second_of_a_period", 3, p - 1, p - 1, 4 * p}),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_P(PartlyTimed, next_seq) {
  const PartlyCase& of = GetParam();
  for (const std::uint64_t period : {0U, 101U}) {  // the clock is taken modulo p
    SqnState state{.seq = of.seq1 * p + of.seq2};
    EXPECT_EQ(issue_one(state, Profile::partly_time, {.unix_tenths = (period * p + of.clock) * 10 + 9}), of.next);
  }
}

TEST(SqnTime, starts_where_the_counter_stands) {
  for (const std::uint64_t seq : {std::uint64_t{500}, now - day, now + day}) {
    SqnState state{.seq = seq};
    EXPECT_EQ(issue(state, Profile::time, {.unix_tenths = now}, 3), (Seqs{seq + 1, seq + 2, seq + 3}));
  }
}

TEST(SqnTime, follows_the_clock_in_tenths) {
  SqnState state{.seq = 500};
  (void)issue_one(state, Profile::time, {.unix_tenths = now});
  EXPECT_EQ(issue(state, Profile::time, {.unix_tenths = now + day}, 2), (Seqs{500 + day, 501 + day}));
}

TEST(SqnTime, counts_on_from_a_burst_until_the_clock_has_caught_up) {
  SqnState state;
  (void)issue(state, Profile::time, {.unix_tenths = now}, 100);
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = now + 50}), 101U);
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = now + 150}), 150U);
}

TEST(SqnTime, leap_of_half_delta_is_made) {
  SqnState state{.seq = 500};
  (void)issue_one(state, Profile::time, {.unix_tenths = now});
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = now + half_delta + 1}), 501 + half_delta);
}

TEST(SqnTime, dormant_card_gets_its_next_number_instead_of_a_leap) {
  SqnState state{.seq = 500};
  (void)issue_one(state, Profile::time, {.unix_tenths = now});
  const std::uint64_t later = now + half_delta + 2;
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = later}), 502U);
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = later + day}), 501 + day);  // and follows the clock again
}

TEST(SqnTime, clock_put_right_after_years_in_the_future_is_followed_again) {
  SqnState state;
  (void)issue_one(state, Profile::time, {.unix_tenths = now});
  (void)issue_one(state, Profile::time, {.unix_tenths = 2 * now});
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = now}), 3U);
  EXPECT_EQ(issue_one(state, Profile::time, {.unix_tenths = now + day}), 2 + day);
}

}  // namespace
