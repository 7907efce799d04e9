// SPDX-License-Identifier: Apache-2.0
// A walk through a result: every type of column, what is NULL, and what is wrong with a walk that loses its way.
#include "hss/pg/cursor.h"
#include "hss/store_error.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using hss::pg::Cursor;
using hss::pg::Result;
using namespace std::string_literals;

using Row = std::vector<std::optional<std::string>>;

// As libpq would have it from the server.
Result result_of(const std::vector<Row>& rows) {
  PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  static std::string names[] = {"first", "second", "third", "fourth"};
  std::vector<PGresAttDesc> columns(rows.front().size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i] = {names[i].data(), 0, 0, 1, 0, -1, -1};
  }
  PQsetResultAttrs(result, static_cast<int>(columns.size()), columns.data());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      auto value = rows[row][column];
      PQsetvalue(result, static_cast<int>(row), static_cast<int>(column), value ? value->data() : nullptr,
                 value ? static_cast<int>(value->size()) : -1);
    }
  }
  return {result, "read_toys"};
}

std::string message_of(Cursor& row, void (*act)(Cursor&)) {
  try {
    act(row);
  } catch (const hss::StoreError& error) {
    EXPECT_EQ(error.failure(), hss::StoreFailure::config);
    return error.what();
  }
  return "";
}

TEST(Cursor, reads_numbers_of_each_size) {
  const Result result = result_of({{"\xff\xfe"s, "\0\0\1\0"s, "\xff\xff\xff\xff\xff\xff\xff\xff"s, std::nullopt}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  EXPECT_EQ(row.take<std::int16_t>(), -2);
  EXPECT_EQ(row.take<std::uint32_t>(), 256U);
  EXPECT_EQ(row.take<std::int64_t>(), -1);
  EXPECT_EQ(row.take<std::optional<std::int64_t>>(), std::nullopt);
  EXPECT_FALSE(row.next());
}

TEST(Cursor, reads_texts_octets_and_flags) {
  const Result result = result_of({{"alice"s, "\1\2"s, "\1"s, "\0"s}, {std::nullopt, std::nullopt, std::nullopt, ""s}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  std::string text;
  std::vector<std::uint8_t> octets;
  bool yes = false;
  bool no = true;
  row.read(text, octets, yes, no);
  EXPECT_EQ(text, "alice");
  EXPECT_EQ(octets, (std::vector<std::uint8_t>{1, 2}));
  EXPECT_TRUE(yes);
  EXPECT_FALSE(no);
  ASSERT_TRUE(row.next());
  EXPECT_TRUE(row.at_null());
  row.read(text, octets, yes);
  EXPECT_EQ(text, "");
  EXPECT_TRUE(octets.empty());
  EXPECT_FALSE(yes) << "NULL is false";
  EXPECT_EQ(row.take<std::optional<std::string_view>>(), "") << "empty is not NULL";
}

TEST(Cursor, reads_arrays) {
  const std::string head = "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1"s;
  const Result result = result_of({{head + "\0\0\0\2ab\0\0\0\0"s, head + "\0\0\0\2\0\7\0\0\0\4\0\0\0\x8"s,
                                    "\0\0\0\0\0\0\0\0\0\0\0\x19"s, std::nullopt}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  EXPECT_EQ(row.take<std::vector<std::string_view>>(), (std::vector<std::string_view>{"ab", ""}));
  EXPECT_EQ(row.take<std::vector<std::int64_t>>(), (std::vector<std::int64_t>{7, 8}));
  EXPECT_TRUE(row.take<std::vector<std::int64_t>>().empty());
  EXPECT_TRUE(row.take<std::vector<std::string_view>>().empty()) << "NULL";
}

TEST(Cursor, counts_places_from_zero) {
  const Result result = result_of({{"\0\0\0\3"s}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  EXPECT_EQ(row.place(), 2U);
}

TEST(Cursor, names_the_column_that_was_left_unread) {
  const Result result = result_of({{"\0\1"s, "\0\2"s}, {"\0\1"s, "\0\2"s}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  row.skip();
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.next(); }),
            "statement read_toys, column 2 (second) was not read, or is not there");
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.end(); }),
            "statement read_toys, column 2 (second) was not read, or is not there");
  row.leave();
  EXPECT_TRUE(row.next());
}

TEST(Cursor, does_not_walk_past_the_end) {
  const Result result = result_of({{"\0\1"s}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  row.skip();
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.take<std::int64_t>(); }),
            "statement read_toys, column 2 () is not there");
  EXPECT_EQ(message_of(row, [](Cursor& at) { static_cast<void>(at.at_null()); }),
            "statement read_toys, column 2 () is not there");
  row.skip();
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.next(); }),
            "statement read_toys, column 3 () was not read, or is not there");
}

TEST(Cursor, takes_no_value_of_another_type) {
  const Result result = result_of({{"abc"s, std::nullopt, "\1\0"s, "\0\0\0\1\0\0\0\0\0\0\0\x19\0"s}});
  Cursor row(result);
  ASSERT_TRUE(row.next());
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.take<std::int64_t>(); }),
            "statement read_toys, column 1 (first) is not an integer");
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.take<std::int64_t>(); }),
            "statement read_toys, column 2 (second) is not an integer")
      << "NULL is no number";
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.take<std::uint8_t>(); }),
            "statement read_toys, column 3 (third) does not fit");
  EXPECT_EQ(message_of(row, [](Cursor& at) { at.take<std::vector<std::string_view>>(); }),
            "statement read_toys, column 4 (fourth) is not an array");
}

}  // namespace
