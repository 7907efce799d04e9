// SPDX-License-Identifier: Apache-2.0
// A row of a table, chosen by its name while it is compiled: a name without a row does not compile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace base {

[[noreturn]] void no_row_has_this_name();  // is nowhere: to call it is not constant

// `rows`: an array of static storage, whose elements have a `name`.
template <const auto& rows>
class RowOf {
 public:
  consteval explicit RowOf(std::string_view name) : row_(place_of(name)) {}
  constexpr const auto* operator->() const { return &rows[row_]; }
  [[nodiscard]] constexpr std::size_t row() const { return row_; }
  friend constexpr bool operator==(RowOf, RowOf) = default;

 private:
  static consteval std::size_t place_of(std::string_view name) {
    const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.name == name; });
    if (found == rows.end()) {
      no_row_has_this_name();
    }
    return static_cast<std::size_t>(found - rows.begin());
  }
  std::size_t row_;
};

}  // namespace base
