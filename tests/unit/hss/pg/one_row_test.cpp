// SPDX-License-Identifier: Apache-2.0
// The form of a statement for one row, and the parameters that go with it.
#include "hss/pg/one_row.h"
#include "hss/pg/params.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using hss::pg::for_one_row;

TEST(OneRow, takes_parameters_in_place_of_arrays) {
  EXPECT_EQ(
      for_one_row("SELECT r.n FROM unnest($1::text[], $2::boolean[]) WITH ORDINALITY AS r (impu, all, n) WHERE x"),
      "SELECT r.n FROM (SELECT $1::text AS impu, $2::boolean AS all, 1::bigint AS n) AS r WHERE x");
  EXPECT_EQ(
      for_one_row("(SELECT id FROM unnest($1::bigint[]) AS v (id)) UNION SELECT t FROM unnest($2::text[]) AS w (t)"),
      "(SELECT id FROM (SELECT $1::bigint AS id) AS v) UNION SELECT t FROM (SELECT $2::text AS t) AS w");
}

TEST(OneRow, needs_no_order_to_lock_in) {
  EXPECT_EQ(
      for_one_row("SELECT s.id FROM unnest($1::bigint[]) AS r (id) ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED"),
      "SELECT s.id FROM (SELECT $1::bigint AS id) AS r FOR NO KEY UPDATE OF s SKIP LOCKED");
}

TEST(OneRow, leaves_alone_what_is_written_otherwise) {
  for (const char* sql :
       {"BEGIN", "SELECT id FROM s WHERE id = ANY ($1::bigint[])", "SELECT * FROM unnest($1::text[])",
        "SELECT a FROM unnest($1::text[], $2::text[]) AS r (a)", "SELECT a FROM unnest($1) AS r (a)"}) {
    EXPECT_EQ(for_one_row(sql), std::nullopt) << sql;
  }
}

TEST(Params, of_one_row_are_the_elements_of_the_arrays) {
  hss::pg::Params params;
  params.add(std::span<const std::optional<std::string_view>>(std::array{std::optional<std::string_view>("alice")}));
  params.add(std::span<const std::optional<std::string_view>>(std::array<std::optional<std::string_view>, 1>{}));
  params.add(std::span<const std::string_view>(std::array{std::string_view()}));
  params.add(std::span<const std::int64_t>(std::array{std::int64_t{258}}));
  params.add(std::int64_t{-1});
  ASSERT_TRUE(params.is_one_row());
  const auto elements = params.elements();
  EXPECT_EQ(elements.lengths, (std::vector{5, 0, 0, 8, 8}));
  EXPECT_EQ(std::string_view(elements.pointers[0], 5), "alice");
  EXPECT_EQ(elements.pointers[1], nullptr);
  EXPECT_NE(elements.pointers[2], nullptr) << "empty is not NULL";
  EXPECT_EQ(std::string_view(elements.pointers[3], 8), std::string_view("\0\0\0\0\0\0\1\2", 8));
}

TEST(Params, of_no_row_or_two_are_arrays) {
  hss::pg::Params none;
  none.add(std::span<const std::int64_t>());
  EXPECT_FALSE(none.is_one_row());
  hss::pg::Params two;
  two.add(std::span<const std::int64_t>(std::array{std::int64_t{1}}));
  two.add(std::span<const std::int64_t>(std::array{std::int64_t{1}, std::int64_t{2}}));
  EXPECT_FALSE(two.is_one_row());
}

}  // namespace
