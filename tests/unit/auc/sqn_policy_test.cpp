// SPDX-License-Identifier: Apache-2.0
// Index ranges per service domain: what is refused at the start, and how the index walks (TS 33.203 Annex G).
#include "auc/sqn.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using auc::Domain;
using auc::IndRange;

constexpr std::array<Domain, auc::domain_count> domains{Domain::ps,  Domain::cs,   Domain::ims,
                                                        Domain::eps, Domain::wlan, Domain::gba};

std::optional<IndRange>& range_of(auc::SqnPolicy& policy, Domain domain) {
  return policy.ranges.at(static_cast<std::size_t>(domain));
}

bool says(const std::optional<std::string>& fault, std::string_view word) {
  return fault && fault->find(word) != std::string::npos;
}

TEST(SqnPolicy, names_go_both_ways) {
  for (const Domain domain : domains) EXPECT_EQ(auc::domain_of(auc::name(domain)), domain);
  for (const auto profile : {auc::Profile::counter, auc::Profile::partly_time, auc::Profile::time}) {
    EXPECT_EQ(auc::profile_of(auc::name(profile)), profile);
  }
  EXPECT_EQ(auc::name(Domain::ims), "ims");
  EXPECT_EQ(auc::name(auc::Profile::partly_time), "partly_time");
  EXPECT_EQ(auc::domain_of("IMS"), std::nullopt);
  EXPECT_EQ(auc::profile_of(""), std::nullopt);
}

TEST(SqnPolicy, default_covers_all_32_indexes_once) {
  auc::SqnPolicy policy = auc::default_policy();
  EXPECT_EQ(auc::fault_in(policy), std::nullopt);
  std::vector<int> owners(32);
  for (const Domain domain : domains) {
    const IndRange range = range_of(policy, domain).value();
    for (unsigned ind = range.low; ind <= range.high; ++ind) ++owners.at(ind);
  }
  EXPECT_EQ(owners, std::vector<int>(32, 1));
}

TEST(SqnPolicy, overlap_is_refused_with_both_names) {
  for (const Domain a : domains) {
    for (const Domain b : domains) {
      if (a == b) continue;
      auc::SqnPolicy policy;
      range_of(policy, a) = IndRange{4, 9};
      for (const IndRange meeting :
           {IndRange{0, 4}, IndRange{9, 31}, IndRange{5, 6}, IndRange{0, 31}, IndRange{4, 9}}) {
        range_of(policy, b) = meeting;
        const auto fault = auc::fault_in(policy);
        EXPECT_TRUE(says(fault, auc::name(a)) && says(fault, auc::name(b)) && says(fault, "overlap"));
      }
      for (const IndRange apart : {IndRange{0, 3}, IndRange{10, 31}}) {
        range_of(policy, b) = apart;
        EXPECT_EQ(auc::fault_in(policy), std::nullopt);
      }
    }
  }
}

TEST(SqnPolicy, range_outside_of_the_array_is_refused) {
  auc::SqnPolicy policy;
  range_of(policy, Domain::ims) = IndRange{16, 32};
  EXPECT_TRUE(says(auc::fault_in(policy), "ims (16-32)"));
  policy.ind_bits = 6;
  EXPECT_EQ(auc::fault_in(policy), std::nullopt);
  policy.ind_bits = 9;
  EXPECT_TRUE(says(auc::fault_in(policy), "9 bits"));
}

TEST(SqnPolicy, range_of_one_index_is_allowed) {
  auc::SqnPolicy policy;
  range_of(policy, Domain::ims) = IndRange{31, 31};
  EXPECT_EQ(auc::fault_in(policy), std::nullopt);
}

TEST(SqnPolicy, reversed_range_is_refused) {
  auc::SqnPolicy policy;
  range_of(policy, Domain::cs) = IndRange{9, 8};
  EXPECT_TRUE(says(auc::fault_in(policy), "cs (9-8)"));
}

TEST(SqnIndex, walks_its_range_in_a_circle_for_every_domain) {
  auc::SqnPolicy policy = auc::default_policy();
  auc::SqnState state;
  for (int round = 0; round < 3; ++round) {
    for (const Domain domain : domains) {
      const IndRange range = range_of(policy, domain).value();
      for (unsigned ind = range.low; ind <= range.high; ++ind) {
        const auto sqns = auc::issue(state, policy, domain, 1, {});
        EXPECT_EQ(auc::ind_of(sqns->at(0), policy.ind_bits), ind) << auc::name(domain);
      }
    }
  }
}

TEST(SqnIndex, walks_on_in_one_domain_while_others_are_served) {
  const auc::SqnPolicy policy = auc::default_policy();
  auc::SqnState state;
  for (unsigned i = 0; i < 20; ++i) {
    EXPECT_EQ(auc::ind_of(auc::issue(state, policy, Domain::ims, 1, {})->at(0), 5), 16 + i % 8);
    for (unsigned j = 0; j < i; ++j) (void)auc::issue(state, policy, Domain::ps, 3, {});
  }
}

TEST(SqnIndex, is_one_for_the_whole_batch) {
  auc::SqnState state;
  const auto sqns = auc::issue(state, auc::default_policy(), Domain::cs, 5, {});
  ASSERT_EQ(sqns->size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(sqns->at(i), (auc::Sqn{(i + 1) << 5 | 8}));
}

TEST(SqnIndex, starts_at_the_low_end_when_the_range_was_moved_away) {
  auc::SqnPolicy policy = auc::default_policy();
  auc::SqnState state;
  (void)auc::issue(state, policy, Domain::ims, 1, {});
  range_of(policy, Domain::ps) = std::nullopt;
  for (const IndRange moved : {IndRange{0, 3}, IndRange{20, 23}}) {
    range_of(policy, Domain::ims) = moved;
    EXPECT_EQ(auc::ind_of(auc::issue(state, policy, Domain::ims, 1, {})->at(0), 5), moved.low);
  }
}

TEST(SqnIndex, fits_arrays_of_other_sizes) {
  auc::SqnPolicy policy;
  policy.ind_bits = 8;
  range_of(policy, Domain::ims) = IndRange{254, 255};
  ASSERT_EQ(auc::fault_in(policy), std::nullopt);
  auc::SqnState state;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    EXPECT_EQ(auc::issue(state, policy, Domain::ims, 1, {})->at(0), (auc::Sqn{i << 8 | (i % 2 == 1 ? 254 : 255)}));
  }
}

}  // namespace
