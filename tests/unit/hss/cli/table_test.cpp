// SPDX-License-Identifier: Apache-2.0
// Lists of the tool: columns that stand below each other, JSON without control characters, names that are counted.
#include "hss/cli/table.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace {

using hss::app::cli::Cells;

TEST(Table, columns_are_aligned_and_empty_cells_are_seen) {
  const std::array rows{Cells{"ID", "STATE", "ERROR"}, Cells{"1", "waiting", ""}, Cells{"1234", "", "none at all"}};
  EXPECT_EQ(hss::app::cli::table_of(rows), "ID    STATE    ERROR\n1     waiting  -\n1234  -        none at all\n");
}

TEST(Table, a_cell_is_one_line_of_printable_ascii_and_widths_are_those_of_what_is_seen) {
  const std::array rows{Cells{"a\nb\x1b", "x"}, Cells{"\xc3\xa9", "y"}};
  EXPECT_EQ(hss::app::cli::table_of(rows), "a\\x0ab\\x1b  x\n\\xc3\\xa9    y\n");
}

TEST(Table, the_longest_identity_is_not_cut_but_more_is) {
  EXPECT_EQ(hss::app::cli::shown(std::string(1024, 'a')), std::string(1024, 'a'));
  EXPECT_EQ(hss::app::cli::shown(std::string(1025, 'a')), std::string(1024, 'a') + "...(1025 octets)");
}

TEST(Json, objects_become_one_array) {
  using namespace std::string_literals;
  EXPECT_EQ(hss::app::cli::array_of({}), "[]\n");
  EXPECT_EQ(hss::app::cli::array_of(std::array{R"({"a":1})"s, R"({"a":2})"s}), "[{\"a\":1},\n {\"a\":2}]\n");
}

// RFC 8259 7 has U+0000 to U+001F escaped by whoever writes; these are left.
TEST(Json, control_characters_that_json_lets_pass_are_escaped_and_nothing_else_is) {
  const std::array objects{
      std::string("\x7f \xc2\x80 \xc2\x9b \xc2\x9f | \xc2\xa0 \xc3\x9b \xe2\x80\x93 \xf0\x9f\x98\x80 \xc2")};
  EXPECT_EQ(hss::app::cli::array_of(objects),
            "[\\u007f \\u0080 \\u009b \\u009f | \xc2\xa0 \xc3\x9b \xe2\x80\x93 \xf0\x9f\x98\x80 \xc2]\n");
}

TEST(Names, some_are_named_and_the_others_counted) {
  const std::array<std::string, 3> names{"a", "b", "c"};
  EXPECT_EQ(hss::app::cli::names_of(names, 3, 3), "a, b, c");
  EXPECT_EQ(hss::app::cli::names_of(names, 3, 2), "a, b and 1 more");
  EXPECT_EQ(hss::app::cli::names_of(names, 100, 5), "a, b, c and 97 more");
  EXPECT_EQ(hss::app::cli::names_of({}, 0, 3), "");
}

}  // namespace
