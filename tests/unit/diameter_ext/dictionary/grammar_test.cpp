// SPDX-License-Identifier: Apache-2.0
// The notation of grammars, and the table that its names come from.
#include "diameter_ext/dictionary/grammar.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <utility>

namespace {

using diameter_ext::avp;
using diameter_ext::Grammar;
using diameter_ext::grammar;
using diameter_ext::Rule;

constexpr Grammar sample = grammar(
    "< Session-Id > { User-Name } [ Server-Name ] *[ Public-Identity ] *{ Path } 1*{ Contact } 2*3{ Line-Identifier }",
    "0*1[ DRMP ]");

struct Expected {
  std::size_t place;
  unsigned least, most;
  bool is_fixed;
};

TEST(GrammarNotation, says_how_often_an_avp_occurs) {
  constexpr std::array expected{Expected{0, 1, 1, true},
                                Expected{1, 1, 1, false},
                                Expected{2, 0, 1, false},
                                Expected{3, 0, Rule::any_times, false},
                                Expected{4, 1, Rule::any_times, false},
                                Expected{5, 1, Rule::any_times, false},
                                Expected{6, 2, 3, false},
                                Expected{7, 0, 1, false}};
  ASSERT_EQ(sample.size(), expected.size());
  for (const Expected& row : expected) {
    EXPECT_EQ(sample[row.place].least, row.least) << row.place;
    EXPECT_EQ(sample[row.place].most, row.most) << row.place;
    EXPECT_EQ(sample[row.place].is_fixed, row.is_fixed) << row.place;
  }
}

TEST(GrammarNotation, keeps_the_order_and_finds_a_rule_by_its_avp) {
  EXPECT_EQ(sample[2].which, avp("Server-Name"));
  EXPECT_EQ(sample.place_of(avp("Contact")), 5);
  EXPECT_EQ(sample.place_of(avp("Result-Code")), Grammar::no_rule);
  EXPECT_EQ(sample.place_of(diameter_ext::unknown_avp), Grammar::no_rule);
}

// Numbers from outside: TS 29.229 6.3, RFC 6733 4.5, ETSI TS 183 066 8.2.
TEST(AvpTable, is_found_by_code_and_vendor) {
  using diameter_ext::find_avp;
  EXPECT_EQ(find_avp(601, 10415), avp("Public-Identity"));
  EXPECT_EQ(find_avp(1, 0), avp("User-Name"));
  EXPECT_EQ(find_avp(500, 13019), avp("Line-Identifier"));
  EXPECT_EQ(find_avp(621, 0), avp("OC-Supported-Features"));
  EXPECT_EQ(find_avp(621, 10415), avp("Primary-Charging-Collection-Function-Name"));
  EXPECT_EQ(find_avp(601, 0), diameter_ext::unknown_avp);
  EXPECT_EQ(find_avp(601, 4711), diameter_ext::unknown_avp);
  EXPECT_EQ(find_avp(0xffffffff, 10415), diameter_ext::unknown_avp);
}

TEST(AvpTable, has_each_name_once) {
  std::set<std::string_view> names;
  for (const auto& row : diameter_ext::table::avps) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.name.data()[row.name.size()], '\0') << row.name;
  }
}

}  // namespace
