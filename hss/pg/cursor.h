// SPDX-License-Identifier: Apache-2.0
// Walks through a result row by row and column by column, so that no column has a number: what a statement selects is
// read in its order, and all of it.
#pragma once

#include "hss/pg/result.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hss::pg {

// Columns come in binary and are trusted to have the type that the statement gives them; lengths and ranges are
// checked. Throws StoreError (config) with the names of statement and column. The result has to outlive it, and every
// string_view that it gives.
class Cursor {
 public:
  explicit Cursor(const Result& result) : result_(&result) {}

  // Goes to the first or the following row; false at the end. A column that was left unread is an error.
  bool next();
  void end() const;  // the row has been read: a column that was left unread is an error
  // What is left of this row is not wanted.
  void leave() noexcept { column_ = result_->columns(); }
  void skip(int columns = 1) noexcept { column_ += columns; }

  [[nodiscard]] bool at_null() const;  // the next column is NULL

  // The next column: a number (int2, int4 or int8), bool, text or bytea as std::string, std::string_view or octets, or
  // a one-dimensional array without NULLs. Of NULL: nothing of an optional, else false, the empty text or array; no
  // number.
  template <typename Value>
  Value take();

  // The next columns, one into each.
  template <typename... Values>
  void read(Values&... into) {
    ((into = take<Values>()), ...);
  }

  // Of a column made by WITH ORDINALITY: where in the batch the row belongs, from 0.
  std::size_t place() { return take<std::size_t>() - 1; }

 private:
  template <typename>
  struct IsOptional : std::false_type {};
  template <typename Value>
  struct IsOptional<std::optional<Value>> : std::true_type {};

  std::string_view octets();
  std::int64_t integer();
  std::vector<std::string_view> elements();
  std::vector<std::int64_t> integers();
  [[nodiscard]] std::int64_t number_of(std::string_view value) const;
  [[noreturn]] void fail(const char* what, int column) const;

  const Result* result_;
  int row_ = -1;
  int column_ = 0;
};

template <typename Value>
Value Cursor::take() {
  if constexpr (IsOptional<Value>::value) {
    if (at_null()) {
      skip();
      return std::nullopt;
    }
    return take<typename Value::value_type>();
  } else if constexpr (std::same_as<Value, bool>) {
    const std::string_view value = octets();
    return !value.empty() && value.front() != '\0';
  } else if constexpr (std::integral<Value>) {
    const std::int64_t value = integer();
    if (!std::in_range<Value>(value)) {
      fail("does not fit", column_ - 1);
    }
    return static_cast<Value>(value);
  } else if constexpr (std::same_as<Value, std::vector<std::string_view>>) {
    return elements();
  } else if constexpr (std::same_as<Value, std::vector<std::int64_t>>) {
    return integers();
  } else if constexpr (std::same_as<Value, std::vector<std::uint8_t>>) {
    const std::string_view value = octets();
    return {value.begin(), value.end()};
  } else {
    return Value(octets());
  }
}

}  // namespace hss::pg
