// SPDX-License-Identifier: Apache-2.0
// Numbers for any interface: what each end of an AUTS leaves behind, the ceiling, the budget, the domain, and the way
// back of an armed card (TS 33.102 6.3.5).
#include "hss/issue.h"
#include "hss/proved_rand.h"

#include <gtest/gtest.h>

namespace {

using hss::ResyncNote;

constexpr unsigned ind_bits = 5;

class Issue : public testing::Test {
 protected:
  Issue() {
    policy.sqn = auc::default_policy();
    policy.lead_jump = 1000;
    row.sqn.seq = 100;
    row.fingerprint.assign(16, 1);
    auto reference = std::make_shared<hsm::KeyReference>();
    reference->owner = "card-1";
    key = reference;
    order.domain = auc::Domain::gba;
    order.requester = "bsf.ims.test";
    inputs.now = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'000));
  }

  hss::IssuedNumbers run() { return hss::issue(row, order, policy, inputs); }

  // With an AUTS that the token found authentic for SQN_MS with this SEQ.
  hss::IssuedNumbers run_after(std::uint64_t seq_ms) {
    order.auts = hss::ReportedAuts{hss::CheckedAuts{key, auc::Sqn{seq_ms << ind_bits}}, rand, key};
    return run();
  }

  hss::CredentialRow row;
  hss::NumberPolicy policy;
  hss::NumberInputs inputs;
  hss::NumberOrder order;
  std::shared_ptr<const hsm::KeyReference> key;
  auc::Rand rand;
};

TEST_F(Issue, takes_ascending_numbers_of_one_index_of_the_domain) {
  order.count = 3;
  const auto issued = run();
  ASSERT_EQ(issued.sqns.size(), 3U);
  for (std::size_t i = 0; i < issued.sqns.size(); ++i) {
    EXPECT_EQ(auc::seq_of(issued.sqns[i], ind_bits), 101 + i);
    EXPECT_EQ(auc::ind_of(issued.sqns[i], ind_bits),
              policy.sqn.ranges[static_cast<std::size_t>(auc::Domain::gba)]->low);
  }
  EXPECT_EQ(row.sqn.seq, 103U);
  EXPECT_EQ(issued.resync, ResyncNote::unused);
  EXPECT_TRUE(row.changed);
  EXPECT_FALSE(row.rest_changed) << "SEQ and IND of one domain can be written by the short statement";
}

TEST_F(Issue, takes_what_the_row_owes_to_the_lead) {
  inputs.seq_lead = 5000;
  EXPECT_EQ(auc::seq_of(run().sqns.at(0), ind_bits), 5101U);
  EXPECT_EQ(row.sqn.lead, 5000U);
}

TEST_F(Issue, the_offset_of_a_clock_is_written_with_the_rest) {
  policy.sqn.profile = auc::Profile::time;
  EXPECT_FALSE(run().empty());
  EXPECT_TRUE(row.rest_changed);
  row.changed = row.rest_changed = false;
  EXPECT_FALSE(run().empty());
  EXPECT_FALSE(row.rest_changed) << "it has not moved";
}

TEST_F(Issue, an_auts_of_a_card_that_is_ahead_raises) {
  const auto issued = run_after(5000);
  EXPECT_EQ(issued.resync, ResyncNote::raised);
  EXPECT_EQ(auc::seq_of(issued.sqns.at(0), ind_bits), 5001U);
  EXPECT_EQ(row.card_seq, 5000U);
  EXPECT_EQ(row.resync_count, 1U);
}

TEST_F(Issue, an_auts_after_lost_numbers_raises_past_them_and_that_is_written) {
  inputs.seq_lead = 10;
  const auto issued = run_after(5000);
  EXPECT_EQ(issued.resync, ResyncNote::raised);
  EXPECT_EQ(auc::seq_of(issued.sqns.at(0), ind_bits), 5000 + policy.lead_jump + 1);
  EXPECT_EQ(row.sqn.raised_lead, 10U);
  EXPECT_TRUE(row.rest_changed);
}

TEST_F(Issue, an_auts_of_a_card_that_would_take_what_comes_next_keeps) {
  const auto issued = run_after(50);
  EXPECT_EQ(issued.resync, ResyncNote::kept);
  EXPECT_EQ(auc::seq_of(issued.sqns.at(0), ind_bits), 101U);
  EXPECT_EQ(row.card_seq, 50U);
}

TEST_F(Issue, a_forged_auts_changes_nothing_and_does_not_count) {
  order.auts = hss::ReportedAuts{hss::CheckedAuts{key, std::nullopt}, rand, key};
  const auto issued = run();
  EXPECT_EQ(issued.resync, ResyncNote::forged);
  EXPECT_TRUE(issued.empty());
  EXPECT_FALSE(row.changed || row.rest_changed);
  EXPECT_EQ(row.resync_count, 0U);
}

TEST_F(Issue, an_auts_checked_with_another_key_or_none_changes_nothing) {
  auto other = std::make_shared<hsm::KeyReference>(*key);
  other->wrapped.push_back(1);
  for (const auto& checked : {std::optional(hss::CheckedAuts{other, auc::Sqn{5000 << ind_bits}}),
                              std::optional(hss::CheckedAuts{}), std::optional<hss::CheckedAuts>()}) {
    order.auts = hss::ReportedAuts{checked, rand, key};
    const auto issued = run();
    EXPECT_EQ(issued.resync, ResyncNote::key_changed);
    EXPECT_TRUE(issued.empty());
    EXPECT_FALSE(row.changed || row.rest_changed);
  }
}

TEST_F(Issue, more_authentic_auts_than_the_window_has_room_for_are_refused) {
  policy.resync_limit = 1;
  EXPECT_EQ(run_after(50).resync, ResyncNote::kept);
  const auto refused = run_after(50);
  EXPECT_EQ(refused.resync, ResyncNote::rate_limited);
  EXPECT_TRUE(refused.empty());
  inputs.now += policy.resync_window;
  EXPECT_EQ(run_after(50).resync, ResyncNote::kept) << "the next window";
}

TEST_F(Issue, a_card_out_of_reach_is_refused_and_what_it_said_stays) {
  row.sqn.seq = auc::seq_delta + 500;
  const auto issued = run_after(400);
  EXPECT_EQ(issued.resync, ResyncNote::refused_downwards);
  EXPECT_TRUE(issued.empty());
  EXPECT_EQ(row.sqn.seq, auc::seq_delta + 500);
  EXPECT_EQ(row.card_seq, 400U);
  EXPECT_TRUE(row.rest_changed);
}

TEST_F(Issue, an_armed_card_returns_once_and_only_by_a_proved_rand) {
  row.sqn.seq = auc::seq_delta + 500;
  row.return_nonce.assign(16, 9);
  EXPECT_EQ(run_after(400).resync, ResyncNote::refused_downwards) << "a RAND from before it was armed";
  hss::prove(rand, row.return_nonce);
  const auto issued = run_after(400);
  EXPECT_EQ(issued.resync, ResyncNote::returned);
  EXPECT_EQ(auc::seq_of(issued.sqns.at(0), ind_bits), 401U);
  EXPECT_TRUE(issued.rand_nonce.empty()) << "armed no more";
  ASSERT_TRUE(row.returned);
  EXPECT_EQ(row.returned->seq, 400U);
  EXPECT_EQ(row.returned->credential, "card-1");
  EXPECT_EQ(row.returned->nonce, std::vector<std::uint8_t>(16, 9));
  row.sqn.seq = auc::seq_delta + 500;
  EXPECT_EQ(run_after(400).resync, ResyncNote::refused_downwards);
}

TEST_F(Issue, rands_for_an_armed_card_are_to_be_proved) {
  EXPECT_TRUE(run().rand_nonce.empty());
  row.return_nonce.assign(16, 9);
  EXPECT_EQ(run().rand_nonce, row.return_nonce);
}

TEST_F(Issue, at_the_ceiling_not_even_the_resynchronisation_stays) {
  const auto ceiling = auc::ceiling(policy.sqn);
  row.sqn.seq = ceiling;
  const auto before = row.sqn;
  auto issued = run();
  EXPECT_TRUE(issued.is_at_ceiling());
  EXPECT_FALSE(row.changed);
  row.sqn.seq = 100;
  issued = run_after(ceiling);
  EXPECT_EQ(issued.resync, ResyncNote::raised);
  EXPECT_TRUE(issued.is_at_ceiling());
  EXPECT_FALSE(row.changed);
  EXPECT_EQ(row.sqn.seq, 100U);
  EXPECT_EQ(before.last_ind, row.sqn.last_ind);
}

TEST_F(Issue, a_return_that_cannot_be_followed_by_a_number_is_not_told) {
  row.sqn.seq = auc::seq_delta + 500;
  row.return_nonce.assign(16, 9);
  hss::prove(rand, row.return_nonce);
  policy.sqn.ranges[static_cast<std::size_t>(auc::Domain::gba)].reset();
  EXPECT_EQ(run_after(400).resync, ResyncNote::returned);
  EXPECT_FALSE(row.returned);
  EXPECT_EQ(row.sqn.seq, auc::seq_delta + 500);
}

TEST_F(Issue, a_domain_that_is_not_served_gets_no_numbers) {
  policy.sqn.ranges[static_cast<std::size_t>(auc::Domain::gba)].reset();
  EXPECT_TRUE(run().is_at_ceiling());
  EXPECT_EQ(row.sqn.seq, 100U);
  order.domain = auc::Domain::ims;
  EXPECT_FALSE(run().empty());
}

TEST_F(Issue, a_peer_over_its_budget_gets_none_and_another_does) {
  hss::NumberBudget budget(1, std::chrono::seconds(1));
  inputs.budget = &budget;
  EXPECT_FALSE(run().empty());
  row.changed = false;
  const auto refused = run();
  EXPECT_TRUE(refused.over_budget);
  EXPECT_TRUE(refused.empty());
  EXPECT_FALSE(refused.is_at_ceiling());
  EXPECT_FALSE(row.changed);
  order.requester = "other.ims.test";
  EXPECT_FALSE(run().empty());
}

TEST_F(Issue, an_auts_that_is_not_acted_on_costs_no_budget) {
  hss::NumberBudget budget(1, std::chrono::hours(1));
  inputs.budget = &budget;
  order.auts = hss::ReportedAuts{hss::CheckedAuts{key, std::nullopt}, rand, key};
  EXPECT_EQ(run().resync, ResyncNote::forged);
  order.auts.reset();
  EXPECT_FALSE(run().empty());
}

TEST(ResyncNotes, have_the_names_that_are_logged) {
  EXPECT_EQ(name(ResyncNote::unused), "unused");
  EXPECT_EQ(name(ResyncNote::refused_downwards), "refused_downwards");
  EXPECT_EQ(name(ResyncNote::key_changed), "key_changed");
}

}  // namespace
