// SPDX-License-Identifier: Apache-2.0
// AuC against a card: challenges are answered, stale ones lead to AUTS, and AUTS leads back (TS 33.102 6.3).
#include "auc/milenage.h"
#include "auc/sqn.h"
#include "support/soft_token.h"
#include "support/usim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace {

using support::CardAnswer;
using Kind = support::CardAnswer::Kind;

constexpr support::Block k{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr support::Block opc{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6};
constexpr auc::Amf amf{{0, 0}};

struct AkaTest : testing::Test {
  std::vector<auc::Vector> vectors(auc::Domain domain, std::size_t count, auc::Amf with = amf) {
    std::vector<auc::Challenge> challenges;
    const auto sqns = auc::issue(state, policy, domain, count, {});
    for (const auc::Sqn sqn : sqns.value()) {
      challenges.push_back({{}, sqn});
      token.random(challenges.back().rand.octets);
    }
    return auc::vectors(token, key, challenges, with);
  }

  support::SoftToken token;
  hsm::Key key = token.load(support::SoftToken::reference(k, opc));
  support::Usim card{k, opc};
  auc::SqnPolicy policy = auc::default_policy();
  auc::SqnState state;
};

TEST_F(AkaTest, card_accepts_a_batch_and_computes_the_same_keys) {
  for (const auc::Vector& vector : vectors(auc::Domain::ims, 5)) {
    const CardAnswer answer = card.authenticate(vector.rand, vector.autn);
    ASSERT_EQ(answer.kind, Kind::accepted);
    EXPECT_TRUE(std::ranges::equal(answer.res, vector.xres.octets.view()));
    EXPECT_TRUE(std::ranges::equal(answer.ck, vector.ck.octets.view()));
    EXPECT_TRUE(std::ranges::equal(answer.ik, vector.ik.octets.view()));
  }
}

TEST_F(AkaTest, card_sees_the_amf_that_was_asked_for) {
  const std::vector<auc::Vector> made = vectors(auc::Domain::eps, 1, {{0x80, 0x01}});
  EXPECT_EQ(made[0].autn.octets[6], 0x80);
  EXPECT_EQ(made[0].autn.octets[7], 0x01);
  EXPECT_EQ(card.authenticate(made[0].rand, made[0].autn).kind, Kind::accepted);
}

TEST_F(AkaTest, card_refuses_an_autn_with_any_octet_changed) {
  const std::vector<auc::Vector> made = vectors(auc::Domain::ims, 1);
  for (std::size_t i = 0; i < 16; ++i) {
    auc::Autn changed = made[0].autn;
    changed.octets[i] ^= 0x10;
    EXPECT_EQ(card.authenticate(made[0].rand, changed).kind, Kind::mac_failure) << "octet " << i;
  }
}

TEST_F(AkaTest, replayed_challenge_gives_an_auts_that_opens_to_the_cards_highest_sqn) {
  const std::vector<auc::Vector> made = vectors(auc::Domain::ims, 2);
  ASSERT_EQ(card.authenticate(made[1].rand, made[1].autn).kind, Kind::accepted);
  const CardAnswer answer = card.authenticate(made[0].rand, made[0].autn);
  ASSERT_EQ(answer.kind, Kind::synchronisation_failure);
  EXPECT_EQ(auc::open_auts(token, key, made[0].rand, answer.auts), card.array().sqn_ms());
}

TEST_F(AkaTest, auts_over_another_amf_than_zeros_is_refused) {
  const auc::Rand rand{{1, 2, 3}};
  const auc::Sqn sqn_ms{12345};
  EXPECT_EQ(auc::open_auts(token, key, rand, card.auts(rand, sqn_ms)), sqn_ms);
  for (const auc::Amf star : {auc::Amf{{0x80, 0x00}}, auc::Amf{{0x00, 0x01}}, auc::Amf{{0xb9, 0xb9}}}) {
    EXPECT_EQ(auc::open_auts(token, key, rand, card.auts(rand, sqn_ms, star)), std::nullopt);
  }
}

TEST_F(AkaTest, lost_counter_is_found_again_through_one_resynchronisation) {
  for (int i = 0; i < 100; ++i) {
    const std::vector<auc::Vector> made = vectors(auc::Domain::ps, 1);
    ASSERT_EQ(card.authenticate(made[0].rand, made[0].autn).kind, Kind::accepted);
  }
  state = {};
  const std::vector<auc::Vector> stale = vectors(auc::Domain::ps, 1);
  const CardAnswer answer = card.authenticate(stale[0].rand, stale[0].autn);
  ASSERT_EQ(answer.kind, Kind::synchronisation_failure);

  const auto sqn_ms = auc::open_auts(token, key, stale[0].rand, answer.auts);
  ASSERT_TRUE(sqn_ms);
  EXPECT_EQ(auc::resynchronise(state, policy, *sqn_ms, {}), auc::Resync::raised);
  for (const auc::Domain domain : {auc::Domain::ps, auc::Domain::ims, auc::Domain::cs}) {
    const std::vector<auc::Vector> fresh = vectors(domain, 1);
    EXPECT_EQ(card.authenticate(fresh[0].rand, fresh[0].autn).kind, Kind::accepted);
  }
}

}  // namespace
