// SPDX-License-Identifier: Apache-2.0
// Milenage over a software token: the conformance sets, batches, forged AUTS, failing tokens.
#include "auc/milenage.h"
#include "support/milenage_conformance.h"
#include "support/soft_token.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

namespace {

using support::hex_of;
using support::MilenageSet;
using support::SoftToken;

struct MilenageTest : testing::Test {
  hsm::Key load(hsm::Bytes k, hsm::Bytes opc) { return token.load(SoftToken::reference(k, opc)); }
  hsm::Key load(const MilenageSet& of) { return load(of.k, of.opc); }

  // Challenges that differ in RAND and in SQN.
  std::vector<auc::Challenge> challenges(std::size_t count) const {
    std::vector<auc::Challenge> result;
    for (std::size_t i = 0; i < count; ++i) {
      result.push_back({set.rand, {set.sqn.value + 32 * i}});
      result.back().rand.octets[i % 16] ^= static_cast<std::uint8_t>(i);
    }
    return result;
  }

  SoftToken token;
  MilenageSet set = support::milenage_sets().front();
};

TEST_F(MilenageTest, conformance_sets_of_35_207_and_35_208_come_out) {
  support::milenage_conformance(token, [this](hsm::Bytes k, hsm::Bytes opc) { return load(k, opc); });
}

TEST_F(MilenageTest, batch_gives_what_single_calls_give_in_the_same_order) {
  const hsm::Key key = load(set);
  const std::vector<auc::Challenge> wanted = challenges(32);
  const std::vector<auc::Vector> batch = auc::vectors(token, key, wanted, set.amf);
  ASSERT_EQ(batch.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::vector<auc::Vector> single = auc::vectors(token, key, {&wanted[i], 1}, set.amf);
    EXPECT_EQ(batch[i].rand, wanted[i].rand);
    EXPECT_EQ(hex_of(batch[i].autn.octets), hex_of(single[0].autn.octets));
    EXPECT_EQ(hex_of(batch[i].xres.octets.view()), hex_of(single[0].xres.octets.view()));
    EXPECT_EQ(hex_of(batch[i].ck.octets.view()), hex_of(single[0].ck.octets.view()));
    EXPECT_EQ(hex_of(batch[i].ik.octets.view()), hex_of(single[0].ik.octets.view()));
  }
}

TEST_F(MilenageTest, batch_costs_one_begin_and_two_updates) {
  const hsm::Key key = load(set);
  (void)auc::vectors(token, key, challenges(32), set.amf);
  EXPECT_EQ(token.calls.begin, 1U);
  EXPECT_EQ(token.calls.update, 2U);
  EXPECT_EQ(token.calls.end, 1U);
}

TEST_F(MilenageTest, no_challenge_does_not_touch_the_token) {
  EXPECT_TRUE(auc::vectors(token, load(set), {}, set.amf).empty());
  EXPECT_EQ(token.calls.begin, 0U);
}

TEST_F(MilenageTest, auts_costs_one_begin_and_three_updates) {
  (void)auc::open_auts(token, load(set), set.rand, set.auts);
  EXPECT_EQ(token.calls.begin, 1U);
  EXPECT_EQ(token.calls.update, 3U);
}

TEST_F(MilenageTest, auts_with_any_bit_changed_is_refused) {
  const hsm::Key key = load(set);
  for (std::size_t bit = 0; bit < 14 * 8; ++bit) {
    auc::Auts forged = set.auts;
    forged.octets[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(auc::open_auts(token, key, set.rand, forged), std::nullopt) << "bit " << bit;
  }
}

TEST_F(MilenageTest, auts_for_another_rand_is_refused) {
  auc::Rand other = set.rand;
  other.octets[15] ^= 1;
  EXPECT_EQ(auc::open_auts(token, load(set), other, set.auts), std::nullopt);
}

TEST_F(MilenageTest, auts_of_another_card_is_refused) {
  EXPECT_EQ(auc::open_auts(token, load(support::milenage_sets().back()), set.rand, set.auts), std::nullopt);
}

TEST_F(MilenageTest, opc_is_derived_for_a_key_without_companion) {
  const hsm::Key key = load(set.k, {});
  const hsm::Secret<16> op{std::span(set.op)};
  EXPECT_EQ(hex_of(auc::opc_of(token, key, op).view()), hex_of(set.opc));
}

TEST_F(MilenageTest, companion_of_another_length_than_16_fails_this_key) {
  const std::array<std::uint8_t, 17> opc{};
  for (const std::size_t length : {0U, 15U, 17U}) {
    const hsm::Key key = load(set.k, std::span(opc).first(length));
    try {
      (void)auc::vectors(token, key, challenges(1), set.amf);
      ADD_FAILURE() << "a companion of " << length << " octets was taken";
    } catch (const hsm::Error& error) {
      EXPECT_EQ(error.kind(), hsm::Kind::key);
    }
    EXPECT_THROW((void)auc::open_auts(token, key, set.rand, set.auts), hsm::Error);
    EXPECT_THROW((void)auc::milenage(token, key, set.rand, set.sqn, set.amf), hsm::Error);
  }
  EXPECT_EQ(token.calls.begin, 0U);
}

TEST_F(MilenageTest, failing_update_leaves_no_operation_active) {
  const hsm::Key key = load(set);
  for (const std::size_t failing : {1U, 2U, 3U}) {
    token.calls = {};
    token.before = [this, failing](std::string_view call) {
      if (call == "update" && token.calls.update == failing)
        throw hsm::Error(hsm::Kind::device, "update", 0x30, "gone");
    };
    EXPECT_THROW((void)auc::open_auts(token, key, set.rand, set.auts), hsm::Error);
    EXPECT_FALSE(token.active());
  }
  token.before = nullptr;
  EXPECT_EQ(auc::open_auts(token, key, set.rand, set.auts), set.sqn);
}

}  // namespace
