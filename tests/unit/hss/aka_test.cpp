// SPDX-License-Identifier: Apache-2.0
// Names of AKA, and what a synchronisation failure is reported with (TS 29.229 6.3.9, 6.3.11).
#include "hss/aka.h"

#include <gtest/gtest.h>

#include <numeric>

namespace {

TEST(Aka, its_names_have_no_case) {
  for (const char* name : {"Digest-AKAv1-MD5", "digest-akav2-sha-256", "DIGEST-AKAV2-MD5"}) {
    EXPECT_TRUE(hss::names_aka(name)) << name;
  }
  for (const char* name : {"", "Digest-AKAv1", "Digest-AKAv1-MD5 ", "Digest-AKAv9-MD5", "SIP Digest", "Unknown"}) {
    EXPECT_FALSE(hss::names_aka(name)) << name;
  }
}

TEST(Aka, rand_comes_before_auts) {
  std::vector<std::uint8_t> octets(30);
  std::iota(octets.begin(), octets.end(), std::uint8_t{1});
  const auto found = hss::resynchronisation_of(octets);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rand.octets.front(), 1);
  EXPECT_EQ(found->rand.octets.back(), 16);
  EXPECT_EQ(found->auts.octets.front(), 17);
  EXPECT_EQ(found->auts.octets.back(), 30);
}

TEST(Aka, another_length_is_nothing) {
  EXPECT_FALSE(hss::resynchronisation_of(std::nullopt));
  for (const std::size_t size : {0U, 29U, 31U}) {
    EXPECT_FALSE(hss::resynchronisation_of(std::vector<std::uint8_t>(size))) << size;
  }
}

}  // namespace
