// SPDX-License-Identifier: Apache-2.0
// RANDs that an armed card's AUTS must refer to.
#include "hss/proved_rand.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

const std::vector<std::uint8_t> nonce(16, 0x0b);

auc::Rand rand_of(std::uint8_t first) {
  auc::Rand rand;
  rand.octets.fill(first);
  return rand;
}

// RFC 4231 style: HMAC-SHA-256 with the key 0b * 16 over eight octets 01, from Python's hmac.
TEST(ProvedRand, the_second_half_is_the_hmac_of_the_first) {
  auc::Rand rand = rand_of(1);
  hss::prove(rand, nonce);
  const std::array<std::uint8_t, 16> expected{1, 1, 1, 1, 1, 1, 1, 1, 0x90, 0x57, 0xf0, 0x55, 0xd3, 0x64, 0xbc, 0x99};
  EXPECT_EQ(rand.octets, expected);
}

TEST(ProvedRand, only_its_own_nonce_proves_it) {
  auc::Rand rand = rand_of(2);
  EXPECT_FALSE(hss::is_proved(rand, nonce));
  hss::prove(rand, nonce);
  EXPECT_TRUE(hss::is_proved(rand, nonce));
  EXPECT_FALSE(hss::is_proved(rand, std::vector<std::uint8_t>(16, 0x0c)));
  EXPECT_FALSE(hss::is_proved(rand, {}));
  rand.octets[3] ^= 1;
  EXPECT_FALSE(hss::is_proved(rand, nonce));
}

TEST(ProvedRand, without_a_nonce_nothing_is_proved) {
  auc::Rand rand = rand_of(3);
  hss::prove(rand, {});
  EXPECT_FALSE(hss::is_proved(rand, {}));
}

}  // namespace
